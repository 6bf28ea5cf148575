"""What happens in startups when others' events arrive."""

from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from services.startups.actions import STARTUP
from services.startups.models import Introduced, Letter
from shared.auth import PLATFORM
from shared.events import Event
from shared.letters import write
from shared.organizations.profiles import hand_over

PATIENCE = timedelta(days=30)
SPACE = UUID("3b0f8a7e-5b7d-4a53-9f43-1d7f1c1f4f20")


def on_claim(session: Session, event: Event) -> None:
    """A claimed profile goes to its owner, with its history."""
    if event.data["kind"] == "startup":
        hand_over(session, STARTUP, event.data["id"], event.data["owner"])


def on_ask(session: Session, event: Event) -> None:
    """A new question: its startup's owners get a mail. One that others join later is told on the
    page alone.
    """
    if len(event.data["mandates"]) != 1 or event.data["owner"] == PLATFORM:
        return
    _write(session, event, "asked", f"/startups/{event.data['startup']}/asks")


def on_exposure(session: Session, event: Event) -> None:
    """A list of companies of concern changes what is said of a startup's suppliers: its owners get
    a mail.
    """
    if event.data["owner"] != PLATFORM:
        _write(session, event, "exposure", f"/startups/{event.data['startup']}")


def _write(session: Session, event: Event, template: str, path: str) -> None:
    """One letter an event, however often it is told."""
    params = {"path": path, "expires": (event.time + PATIENCE).isoformat()}
    write(session, Letter, str(uuid5(SPACE, event.id)), event.data["owner"], template, params)


def on_introduced(session: Session, event: Event) -> None:
    """Both sides have accepted: the investor may see what the startup keeps for those it has met;
    it ends with the introduction.
    """
    held = session.get(Introduced, event.subject)
    if event.data["state"] == "introduced" and held is None:
        org = event.data["owners"]["investor"]
        session.add(
            Introduced(introduction=event.subject, startup=event.data["startup"], owner=org)
        )
    elif event.data["state"] != "introduced" and held is not None:
        session.delete(held)


HEARS = {"claim.approved.v1": on_claim}
REACTIONS = {
    "ask.asked.v1": on_ask,
    "exposure.changed.v1": on_exposure,
    "introduction.introduced.v1": on_introduced,
    "introduction.ended.v1": on_introduced,
}
