"""Letters that other services have written to the owners of an organisation, whose addresses only accounts knows."""

from uuid import uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.models import ACTIVE, Letter, Membership, Person


def write_to(session: Session, form: dict) -> int:
    """A letter to each owner of an organisation, once however often it is asked for; returns how many."""
    session.info["actor"].need("service")
    now = session.info["now"]
    rows = select(Person).join(Membership, Membership.person == Person.id)
    owners = rows.where(Membership.org == form["org"], Membership.state == ACTIVE, Membership.owner, Person.state == ACTIVE)
    found = list(session.scalars(owners.order_by(Person.id)))
    for person in found:
        letter = str(uuid5(form["id"], person.id))
        if session.get(Letter, letter) is None:
            parts = {"id": letter, "recipient": person.email, "locale": person.locale, "params": form["params"] | {"org": form["org"]}}
            session.add(Letter(template=form["template"], source=str(form["id"]), written_at=now, handed_at=None, **parts))
    return len(found)
