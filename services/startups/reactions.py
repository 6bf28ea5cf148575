"""What happens in startups when others' events arrive."""

from sqlalchemy.orm import Session

from services.startups.actions import STARTUP
from shared.events import Event
from shared.organizations.profiles import hand_over


def on_claim(session: Session, event: Event) -> None:
    """A claimed profile goes to its owner, with its history."""
    if event.data["kind"] == "startup":
        hand_over(session, STARTUP, event.data["id"], event.data["owner"])


HEARS = {"claim.approved.v1": on_claim}
