"""Signing in and out, sessions, people and what they may be."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts import mail, names, passkeys, rules
from services.accounts.factors import has_factor, show_factor, stands
from services.accounts.models import ACTIVE, ENDED, LogIn, Membership, Person
from services.accounts.passwords import BadCredentials, Passwords
from shared import audit, outbox
from shared.addresses import folded
from shared.auth import PLATFORM, Actor
from shared.errors import Forbidden, NotFound, Unauthorized
from shared.events import Event
from shared.ids import new_id
from shared.links import new_secret, trace
from shared.secrets import Seals

IDLE, ABSOLUTE, TOKEN_LIFE = timedelta(hours=12), timedelta(days=7), timedelta(minutes=15)
LONGEST_GLASS = timedelta(hours=1)
Seen = tuple[str, str]  # where somebody signs in from, and with what


# -- signing in and out


def prove(session: Session, passwords: Passwords, form: dict) -> str:
    """The stored hash that a person's password fits. Raises BadCredentials, the same for every
    reason.

    Slow on purpose, so it only reads: nobody else's write waits for it.
    """
    person = session.scalar(select(Person).where(Person.email == folded(form["email"])))
    known = person.password if person and person.state == ACTIVE else None
    if not passwords.fits(known, form["password"]) or known is None:
        raise BadCredentials()
    return known


def sign_in(
    session: Session,
    proved: str,
    seals: Seals,
    form: dict,
    demo: bool = False,
    seen: Seen = ("", ""),
) -> tuple[str, LogIn]:
    """A new session for a person who has `proved` the password. Raises BadCredentials;
    code-required for the second factor.

    In a `demo` the invented people, whom many visitors share, count as having shown a second
    factor.
    """
    person = session.scalar(select(Person).where(Person.email == folded(form["email"])))
    if person is None or person.state != ACTIVE or person.password != proved:
        raise BadCredentials()  # changed between proof and now
    factor = show_factor(session, person, seals, form)
    memberships = _memberships(session, person.id)
    org = form.get("org") or (memberships[0].org if memberships else "")
    if org and org not in {m.org for m in memberships}:
        raise BadCredentials()
    return begin(
        session,
        person,
        org,
        factor is not None or (demo and rules.is_invented(person.email)),
        factor,
        seen,
    )


def sign_in_passkey(
    session: Session, seals: Seals, form: dict, seen: Seen = ("", "")
) -> tuple[str, LogIn]:
    """A new session for whoever holds a passkey: it is both factors. Raises BadCredentials."""
    key = passkeys.shown(session, seals, form)
    memberships = _memberships(session, key.person)
    person = session.get_one(Person, key.person)
    return begin(session, person, memberships[0].org if memberships else "", True, key.id, seen)


def sign_in_openid(
    session: Session, claims: dict, strong: bool, seen: Seen = ("", "")
) -> tuple[str, LogIn]:
    """A new session for whom a provider vouches: known here by a verified address, and from then on
    by the provider's own subject.

    Raises Unauthorized for a stranger, an address that is not verified or has since gone to
    somebody else, and for a person who has switched a second factor on, where the provider has
    asked for none.
    """
    subject = f"{claims['iss']} {claims['sub']}"
    email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
    person = session.scalar(select(Person).where(Person.openid == subject, Person.state == ACTIVE))
    person = person or session.scalar(
        select(Person).where(Person.email == folded(email), Person.state == ACTIVE)
    )
    if person is None or person.openid not in (None, subject):
        raise Unauthorized("openid-stranger")
    if has_factor(session, person) and not strong:
        raise Unauthorized("openid-weak")
    if person.openid is None:
        person.openid = subject
        audit.note(session, "openid-bound", person.id)
    memberships = _memberships(session, person.id)
    return begin(session, person, memberships[0].org if memberships else "", strong, None, seen)


def begin(
    session: Session,
    person: Person,
    org: str,
    strong: bool,
    factor: str | None = None,
    seen: Seen = ("", ""),
) -> tuple[str, LogIn]:
    """A session row and its handle, which is shown once; a new one at every sign-in, so none can be
    planted beforehand.
    """
    handle, now = new_secret(), session.info["now"]
    row = LogIn(
        id=new_id(), handle=trace(handle), person=person.id, org=org, strong=strong, factor=factor
    )
    row.place, row.agent = seen[0][:64] or None, seen[1][:300] or None
    row.created_at = row.seen_at = now
    row.expires_at = now + ABSOLUTE
    row.ended_at = row.elevated_until = None
    session.add(row)
    audit.note(session, "signed-in", person.id, session=row.id, strong=strong)
    return handle, row


def exchange(session: Session, handle: str) -> tuple[Person, LogIn, Actor]:
    """The actor behind a session handle, for a fresh token. Raises Unauthorized where it ended,
    idled out or the person is gone.
    """
    row = session.scalar(select(LogIn).where(LogIn.handle == trace(handle)))
    now = session.info["now"]
    if row is None or row.ended_at is not None or row.expires_at < now or row.seen_at < now - IDLE:
        raise Unauthorized("session-ended")
    person = session.get(Person, row.person)
    if (
        person is None
        or person.state != ACTIVE
        or (person.revoked_before and row.created_at < person.revoked_before)
    ):
        raise Unauthorized("session-ended")
    if row.seen_at < now - timedelta(minutes=5):
        row.seen_at = now
    membership = next((m for m in _memberships(session, person.id) if m.org == row.org), None)
    elevated = row.elevated_until is not None and row.elevated_until > now
    roles = rules.roles_of(
        membership.roles if membership else [], is_strong(session, person, row), elevated
    )
    leads = membership is not None and membership.owner
    return (
        person,
        row,
        Actor(
            person.id,
            row.org if membership else person.id,
            roles,
            row.id,
            name=person.name,
            leads=leads,
        ),
    )


def is_strong(session: Session, person: Person, row: LogIn) -> bool:
    """Whether a session counts as one with a second factor: only while that factor stands."""
    return row.strong and stands(session, person, row.factor)


def switch(session: Session, handle: str, org: str) -> None:
    """Goes on as a member of another of one's organisations."""
    person, row, _ = exchange(session, handle)
    if org not in {m.org for m in _memberships(session, person.id)}:
        raise NotFound()
    row.org = org


def break_glass(session: Session, seals: Seals, form: dict) -> None:
    """Makes an administrator's session one that sees everything, for an hour at most, with a reason
    that is kept and mailed to the others.

    Raises Unauthorized, BadCredentials, Forbidden for whoever is no administrator or has shown no
    second factor.
    """
    person, row, _ = exchange(session, form["session"])
    member = next((m for m in _memberships(session, person.id) if m.org == row.org), None)
    if (
        member is None
        or "administrator" not in member.roles
        or not is_strong(session, person, row)
        or not has_factor(session, person)
    ):
        raise Forbidden()
    now = session.info["now"]
    show_factor(session, person, seals, form)
    row.elevated_until = now + min(timedelta(minutes=form["minutes"]), LONGEST_GLASS)
    audit.note(
        session,
        "glass-broken",
        person.id,
        reason=form["reason"],
        until=row.elevated_until.isoformat(),
        session=row.id,
    )
    everybody = (
        select(Person)
        .join(Membership, Membership.person == Person.id)
        .where(Membership.org == row.org, Membership.state == ACTIVE)
    )
    for other in session.scalars(everybody):
        mail.write(
            session,
            other.email,
            other.locale,
            "glass-broken",
            expires=row.elevated_until,
            org=person.name,
            reason=form["reason"],
        )


def sign_out(session: Session, handle: str) -> None:
    """Ends a session; its tokens stop counting everywhere within seconds."""
    row = session.scalar(select(LogIn).where(LogIn.handle == trace(handle)))
    if row is not None and row.ended_at is None:
        _end(session, row)
        audit.note(session, "signed-out", row.person, session=row.id)


def _end(session: Session, row: LogIn) -> None:
    row.ended_at = session.info["now"]
    tell_of(session, row.id, "session", 1, ENDED, row.ended_at)


def end_sessions(session: Session, person: str, but: str = "") -> None:
    """Ends a person's sessions, all or all but one."""
    for row in session.scalars(
        select(LogIn).where(LogIn.person == person, LogIn.ended_at.is_(None), LogIn.id != but)
    ):
        _end(session, row)


def end_session(session: Session, which: str) -> None:
    """Ends one session of one's own, on another device or this. Raises NotFound."""
    row = session.get(LogIn, which)
    if row is None or row.person != me(session).id or row.ended_at is not None:
        raise NotFound()
    _end(session, row)
    audit.note(session, "signed-out", row.person, session=row.id)


# -- people


def _memberships(session: Session, person: str) -> list[Membership]:
    rows = select(Membership).where(Membership.person == person, Membership.state == ACTIVE)
    return list(session.scalars(rows.order_by(Membership.since, Membership.id)))


def me(session: Session) -> Person:
    """The person who acts. Raises NotFound for a program."""
    person = session.get(Person, session.info["actor"].person)
    if person is None:
        raise NotFound()
    return person


def add_person(
    session: Session, email: str, name: str, locale: str, password_hash: str | None
) -> Person:
    person = Person(
        id=new_id(),
        email=folded(email),
        name=name,
        locale=locale,
        password=password_hash,
        openid=None,
    )
    person.totp, person.totp_on, person.totp_step = None, False, 0
    person.state, person.version, person.created_at, person.revoked_before = (
        ACTIVE,
        1,
        session.info["now"],
        None,
    )
    session.add(person)
    session.flush()
    return person


def join(session: Session, person: Person, org: str, roles: list[str], owner: bool) -> None:
    """Makes a person a member, or gives a member these roles, and tells the others. Who comes back
    begins anew. Raises Forbidden for staff of anybody else.
    """
    if "staff" in roles and org != PLATFORM:
        raise Forbidden()
    names.organization(session, org)
    held = session.scalar(
        select(Membership).where(Membership.person == person.id, Membership.org == org)
    )
    if held is None:
        held = Membership(id=new_id(), person=person.id, org=org, state=ENDED)
        session.add(held)
    if held.state == ENDED:
        held.since, held.roles, held.owner, held.invites, held.state = (
            session.info["now"],
            [],
            False,
            False,
            ACTIVE,
        )
    held.roles, held.owner = sorted({*held.roles, *roles}), held.owner or owner
    session.flush()
    tell(session, person)


def tell(session: Session, person: Person, revoke: bool = False, erased: bool = False) -> None:
    """The whole state of a person's access as an event: opaque ids and roles, never a name or an
    address.
    """
    person.version += 1
    if revoke:
        person.revoked_before = session.info["now"]
    held = [
        {"org": m.org, "roles": m.roles, "since": m.since.isoformat()}
        for m in _memberships(session, person.id)
    ]
    ended = session.scalars(
        select(Membership)
        .where(Membership.person == person.id, Membership.state == ENDED)
        .order_by(Membership.id)
    )
    left = [{"org": m.org, "owner": m.owner} for m in ended]
    more = {"erased": True} if erased else {}
    tell_of(
        session,
        person.id,
        "person",
        person.version,
        person.state,
        person.revoked_before,
        memberships=held,
        left=left,
        **more,
    )


def tell_of(
    session: Session,
    subject: str,
    kind: str,
    version: int,
    state: str,
    before: datetime | None,
    **more,
) -> None:
    """The access of a person, session or client, as everybody hears it: from `before` on its older
    tokens count no more.
    """
    data = {"id": subject, "kind": kind, "state": state, "memberships": []} | more
    if before is not None:
        data["revoked_before"] = before.isoformat()
    outbox.publish(
        session, Event("access.changed.v1", "accounts", subject, version, session.info["now"], data)
    )


def ensure(
    session: Session,
    passwords: Passwords,
    email: str,
    name: str,
    org: str,
    roles: list[str],
    password: str,
) -> Person:
    """A person with a password and, where `org` names one, a membership, made once: the demo's
    invented people, the first administrator.
    """
    person = session.scalar(select(Person).where(Person.email == folded(email)))
    if person is None:
        person = add_person(session, email, name, "ja", passwords.hash(password))
        if org:
            join(session, person, org, roles, owner=True)
    return person
