"""What happens in startups when others' events arrive."""

from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from services.startups.actions import STARTUP
from services.startups.models import Letter
from shared.auth import PLATFORM
from shared.events import Event
from shared.organizations.profiles import hand_over

PATIENCE = timedelta(days=30)
SPACE = UUID("3b0f8a7e-5b7d-4a53-9f43-1d7f1c1f4f20")


def on_claim(session: Session, event: Event) -> None:
    """A claimed profile goes to its owner, with its history."""
    if event.data["kind"] == "startup":
        hand_over(session, STARTUP, event.data["id"], event.data["owner"])


def on_ask(session: Session, event: Event) -> None:
    """A new question: its startup's owners get a mail. One that others join later is told on the page alone."""
    if len(event.data["mandates"]) != 1 or event.data["owner"] == PLATFORM:
        return
    _write(session, event, "asked", f"/startups/{event.data['startup']}/asks")


def on_exposure(session: Session, event: Event) -> None:
    """A list of companies of concern changes what is said of a startup's suppliers: its owners get a mail."""
    if event.data["owner"] != PLATFORM:
        _write(session, event, "exposure", f"/startups/{event.data['startup']}")


def _write(session: Session, event: Event, template: str, path: str) -> None:
    """One letter an event, however often it is told."""
    letter = Letter(id=str(uuid5(SPACE, event.id)), org=event.data["owner"], template=template)
    letter.params = {"path": path, "expires": (event.time + PATIENCE).isoformat()}
    letter.written_at, letter.handed_at = session.info["now"], None
    session.add(letter)


HEARS = {"claim.approved.v1": on_claim}
REACTIONS = {"ask.asked.v1": on_ask, "exposure.changed.v1": on_exposure}
