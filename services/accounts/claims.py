"""Taking over an unclaimed profile: asked by somebody with a company address, decided by staff."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.accounts import rules
from services.accounts.actions import join, me
from services.accounts.models import ACTIVE, Claim, Membership, Person
from shared import audit, outbox
from shared.auth import PLATFORM
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.events import Event
from shared.ids import SLUG, new_id

MOST_WAITING = 3


def claim(session: Session, form: dict, profile: dict | None) -> Claim:
    """Asks to take over an unclaimed profile, or, with a name, to begin one that is not there yet. Raises Invalid for a free-mail address or no such profile, Conflict where it has an owner."""
    person = me(session)
    domain = rules.domain_of(person.email)
    if domain in rules.FREE_MAIL:
        raise Invalid(errors=[FieldError("organization", "free-mail", {"given": domain})])
    new = profile is None and form.get("name")
    if profile is None and not (new and SLUG.match(form["organization"])):
        raise Invalid(errors=[FieldError("organization", "unknown-organization", {"given": form["organization"]})])
    taken = select(Membership.id).where(Membership.org == form["organization"], Membership.state == ACTIVE)
    if (profile is not None and profile["owner"] != PLATFORM) or (new and session.scalar(taken.limit(1))):
        raise Conflict("claimed", id=form["organization"])
    addresses = [] if profile is None else [f["source"].get("url") or "" for f in profile["facts"]]
    waiting = select(Claim.id).where(Claim.org == form["organization"], Claim.person == person.id, Claim.state == "waiting")
    if session.scalar(waiting):
        raise Conflict("claim-waits")
    mine = select(func.count()).select_from(Claim).where(Claim.person == person.id, Claim.state == "waiting")
    if session.scalar(mine) >= MOST_WAITING:
        raise Conflict("too-many-claims", max=MOST_WAITING)
    row = Claim(id=new_id(), person=person.id, org=form["organization"], kind=form["kind"], domain=domain, state="waiting")
    row.name = form["name"] if new else None
    row.known = rules.names_domain(domain, addresses)
    row.note, row.created_at, row.decided_at, row.decided_by = form.get("note"), session.info["now"], None, None
    session.add(row)
    audit.note(session, "claim-made", row.org, claim=row.id)
    return row


CLAIM_ROLE = {"startup": "startup", "investor": "reviewer"}


def decide_claim(session: Session, claim_id: str, approve: bool) -> Claim:
    """Staff's answer; with a yes the person becomes the organisation's first owner and the profile is theirs. Raises NotFound, Conflict."""
    actor = session.info["actor"]
    actor.need("officer")
    row = session.scalar(select(Claim).where(Claim.id == claim_id).with_for_update())
    if row is None:
        raise NotFound()
    if row.state != "waiting":
        raise Conflict("claim-decided", state=row.state)
    if row.person == actor.person:
        raise Forbidden()  # nobody decides about a claim of his own
    taken = select(Claim.id).where(Claim.org == row.org, Claim.kind == row.kind, Claim.state == "approved")
    if approve and session.scalar(taken.limit(1)):
        raise Conflict("claimed", id=row.org)
    row.state, row.decided_at, row.decided_by = ("approved" if approve else "refused"), session.info["now"], actor.person
    if approve:
        join(session, session.get(Person, row.person), row.org, [CLAIM_ROLE[row.kind]], owner=True)
        data = {"id": row.org, "kind": row.kind, "owner": row.org}
        outbox.publish(session, Event("claim.approved.v1", "accounts", row.org, 1, session.info["now"], data))
    audit.note(session, f"claim-{row.state}", row.org, claim=row.id)
    return row
