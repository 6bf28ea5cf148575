"""Letters that other services have written to the owners of an organisation, whose addresses only
accounts knows.
"""

from collections.abc import Callable
from uuid import uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.models import ACTIVE, Letter, Membership, Person
from shared.tables import setbacks


def fates(
    session: Session, letters: list[str], mails: Callable[[list[str]], dict[str, str]]
) -> dict[str, dict[str, int]]:
    """To how many people each letter was written, and how many of those mails wait, have been sent,
    have failed.
    """
    session.info["actor"].need("service")
    rows = session.execute(
        select(Letter.id, Letter.source, Letter.handed_at).where(Letter.source.in_(letters))
    ).all()
    parked = select(setbacks.c.item).where(
        setbacks.c.queue == "letters", setbacks.c.parked_at.is_not(None)
    )
    stuck = set(session.scalars(parked.where(setbacks.c.item.in_([r.id for r in rows]))))
    known = mails([r.id for r in rows if r.handed_at is not None])
    told = {letter: {"waiting": 0, "sent": 0, "failed": 0} for letter in {r.source for r in rows}}
    for row in rows:
        told[row.source]["failed" if row.id in stuck else known.get(row.id, "waiting")] += 1
    return told


def write_to(session: Session, form: dict) -> int:
    """A letter to each owner of an organisation, once however often it is asked for; returns how
    many.
    """
    session.info["actor"].need("service")
    now = session.info["now"]
    rows = select(Person).join(Membership, Membership.person == Person.id)
    owners = rows.where(
        Membership.org == form["org"],
        Membership.state == ACTIVE,
        Membership.owner,
        Person.state == ACTIVE,
    )
    found = list(session.scalars(owners.order_by(Person.id)))
    for person in found:
        letter = str(uuid5(form["id"], person.id))
        if session.get(Letter, letter) is None:
            parts = {
                "id": letter,
                "recipient": person.email,
                "locale": person.locale,
                "params": form["params"] | {"org": form["org"]},
            }
            session.add(
                Letter(
                    template=form["template"],
                    source=str(form["id"]),
                    written_at=now,
                    handed_at=None,
                    **parts,
                )
            )
    return len(found)
