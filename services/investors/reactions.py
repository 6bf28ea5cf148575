"""What happens in investors when others' events arrive."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.investors.actions import INVESTOR, MANDATE
from services.investors.models import Mandate
from shared.events import Event
from shared.organizations.profiles import hand_over


def on_claim(session: Session, event: Event) -> None:
    """A claimed investor goes to its owner, with its mandates and their history."""
    if event.data["kind"] != "investor":
        return
    hand_over(session, INVESTOR, event.data["id"], event.data["owner"])
    for slug in session.scalars(
        select(Mandate.id).where(Mandate.investor == event.data["id"])
    ).all():
        hand_over(session, MANDATE, slug, event.data["owner"])


HEARS = {"claim.approved.v1": on_claim}
