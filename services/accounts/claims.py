"""Taking over an unclaimed profile of any kind, or beginning a new organisation: asked by somebody
with its address, decided by staff.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.accounts import names, rules
from services.accounts.actions import join, me
from services.accounts.models import Claim, Name, Person
from shared import audit, outbox
from shared.auth import PLATFORM
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.events import Event
from shared.ids import new_id

MOST_WAITING = 3
WAITING, APPROVED, REFUSED = "waiting", "approved", "refused"
ROLES = {
    "startup": "startup",
    "investor": "reviewer",
    "program": "officer",
    "site": "site-manager",
    "provider": "site-manager",
}
FIRST = ("startup", "investor")  # the kinds that the first version of the event knows


def claim(session: Session, form: dict, profile: dict | None) -> Claim:
    """Asks to take over an unclaimed profile, or, with a name, to begin one that is not there yet;
    its id is then of our making.

    Raises Invalid for a free-mail address or no such profile, Conflict where it has an owner or
    somebody waits for too many answers.
    """
    person = me(session)
    domain = rules.domain_of(person.email)
    if domain in rules.FREE_MAIL:
        raise Invalid(errors=[FieldError("organization", "free-mail", {"given": domain})])
    new = form.get("name") if profile is None else None
    if profile is None and not new:
        raise Invalid(
            errors=[
                FieldError(
                    "organization", "unknown-organization", {"given": form.get("organization", "")}
                )
            ]
        )
    if profile is not None and (
        profile["owner"] != PLATFORM or names.has_members(session, profile["id"])
    ):
        raise Conflict("claimed", id=profile["id"])
    _refuse_more(session, person, Claim.name == new if new else Claim.org == profile["id"])
    org = names.fresh(session, new) if new else profile["id"]
    addresses = [] if profile is None else [f["source"].get("url") or "" for f in profile["facts"]]
    row = Claim(
        id=new_id(),
        person=person.id,
        org=org,
        kind=form["kind"],
        domain=domain,
        state=WAITING,
        name=new,
    )
    row.known = rules.names_domain(domain, addresses)
    row.note, row.created_at, row.decided_at, row.decided_by = (
        form.get("note"),
        session.info["now"],
        None,
        None,
    )
    session.add(row)
    audit.note(session, "claim-made", row.org, claim=row.id)
    return row


def _refuse_more(session: Session, person: Person, same) -> None:
    mine = (
        select(func.count())
        .select_from(Claim)
        .where(Claim.person == person.id, Claim.state == WAITING)
    )
    if session.scalar(mine.where(same)):
        raise Conflict("claim-waits")
    if session.scalar(mine) >= MOST_WAITING:
        raise Conflict("too-many-claims", max=MOST_WAITING)


def waiting(session: Session, claim_id: str) -> Claim:
    """A claim that staff may decide, locked. Raises NotFound, Conflict for a decided one, Forbidden
    for one's own.
    """
    actor = session.info["actor"]
    actor.need("staff")
    row = session.scalar(select(Claim).where(Claim.id == claim_id).with_for_update())
    if row is None:
        raise NotFound()
    if row.state != WAITING:
        raise Conflict("claim-decided", state=row.state)
    if row.person == actor.person:
        raise Forbidden()
    return row


def decide_claim(session: Session, claim_id: str, approve: bool, profiles: list[dict]) -> Claim:
    """Staff's answer; with a yes the person becomes the organisation's first owner and its profile
    is theirs.

    `profiles` are those of the claimed id as they stand now. Raises NotFound, Forbidden, Conflict
    where it is not free any more.
    """
    row = waiting(session, claim_id)
    if approve and not _free(session, row, profiles):
        raise Conflict("claimed", id=row.org)
    row.state, row.decided_at = APPROVED if approve else REFUSED, session.info["now"]
    row.decided_by = session.info["actor"].person
    if approve:
        _grant(session, row)
    elif row.name:
        names.release(session, row.org)
    audit.note(session, f"claim-{row.state}", row.org, claim=row.id)
    return row


def _free(session: Session, row: Claim, profiles: list[dict]) -> bool:
    """Whether nobody else has it: an organisation without members, and the one unclaimed profile
    asked for, or none yet.
    """
    if row.org == PLATFORM or names.has_members(session, row.org):
        return False
    if row.name:
        held = session.get(Name, row.org)
        return not profiles and (held is None or (held.holder, held.kind) == (row.org, None))
    return [(p["kind"], p["owner"]) for p in profiles] == [(row.kind, PLATFORM)]


def _grant(session: Session, row: Claim) -> None:
    """The first owner joins; the event is the claim's own, so that no other act shares its
    number.
    """
    _join_owner(session, row)
    told = "claim.approved.v1" if row.kind in FIRST else "claim.approved.v2"
    data = {"id": row.org, "kind": row.kind, "owner": row.org}
    outbox.publish(session, Event(told, "accounts", row.id, 1, session.info["now"], data))


def _join_owner(session: Session, row: Claim) -> None:
    join(session, session.get(Person, row.person), row.org, [ROLES[row.kind]], owner=True)
    held = session.get(Name, row.org)
    held.holder, held.kind = row.org, held.kind if row.name else row.kind


def approved_again(session: Session, claim_id: str, event: Event) -> bool:
    """After a restore: a claim that the log knows as approved is approved here too. False: nobody
    here has made it.
    """
    row = session.get(Claim, claim_id)
    if row is None:
        return False
    if row.state == WAITING:
        row.state, row.decided_at = APPROVED, event.time
        _join_owner(session, row)
        audit.note(session, "claim-approved-again", row.org, claim=row.id)
    return True
