"""The platform's own staff: named by the operator's command alone, never by an invitation or a
claim.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts.actions import join, tell
from services.accounts.membership import leave, stop_client
from services.accounts.models import ACTIVE, ApiClient, Membership, Person
from shared import audit
from shared.auth import PLATFORM
from shared.errors import NotFound

STAFF = "staff"


def members(session: Session) -> list[Person]:
    """Who is staff, by address."""
    rows = select(Person, Membership).join(Membership, Membership.person == Person.id)
    rows = rows.where(
        Membership.org == PLATFORM, Membership.state == ACTIVE, Person.state == ACTIVE
    )
    return sorted((p for p, m in session.execute(rows) if STAFF in m.roles), key=lambda p: p.email)


def name(session: Session, person: Person) -> None:
    """Makes somebody staff, from now on."""
    join(session, person, PLATFORM, [STAFF], owner=False)
    audit.note(session, "staff-named", person.id)


def dismiss(session: Session, person: Person) -> None:
    """Somebody is staff no longer; their tokens stop counting within seconds. Raises NotFound for
    whoever is not.
    """
    rows = select(Membership).where(
        Membership.person == person.id, Membership.org == PLATFORM, Membership.state == ACTIVE
    )
    held = session.scalar(rows)
    if held is None or STAFF not in held.roles:
        raise NotFound("not-staff", given=person.email)
    held.roles = [r for r in held.roles if r != STAFF]
    if not held.roles:
        leave(session, held)
    else:
        session.flush()
        tell(session, person, revoke=True)
        for client in session.scalars(
            select(ApiClient).where(ApiClient.created_by == person.id, ApiClient.org == PLATFORM)
        ):
            stop_client(session, client)
    audit.note(session, "staff-dismissed", person.id)
