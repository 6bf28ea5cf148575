"""What happens in programs when others' events arrive."""

from sqlalchemy.orm import Session

from services.programs.actions import PROGRAM, PROVIDER, SITE
from services.programs.models import Company
from shared.events import Event
from shared.linkage import Record
from shared.organizations.profiles import hand_over

KINDS = {kind.name: kind for kind in (SITE, PROVIDER, PROGRAM)}


def on_claim(session: Session, event: Event) -> None:
    """A claimed site, provider or programme goes to its owner, with its history."""
    if kind := KINDS.get(event.data["kind"]):
        hand_over(session, kind, event.data["id"], event.data["owner"])


def on_startup(session: Session, event: Event) -> None:
    """Notes whose company a startup is, and what it is called."""
    held = session.get(Company, event.subject) or Company(startup=event.subject)
    held.owner = event.data["owner"]
    stated = [
        event.data.get(part) for part in ("name", "aliases", "former_names", "legal_entities")
    ]
    held.names = list(Record.of(event.subject, *stated).spelt)
    session.add(held)


HEARS = {"claim.approved.v2": on_claim}
REACTIONS = {f"startup.{verb}.v1": on_startup for verb in ("registered", "updated", "withdrawn")}
