"""What people may do with their accounts: sign in and out, be invited, change what proves them, claim a profile, run API clients."""

import secrets as dice
from datetime import timedelta

import pyotp
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.accounts import names, rules
from services.accounts.models import ACTIVE, ENDED, ApiClient, Letter, Link, LogIn, Membership, Person
from services.accounts.passwords import Passwords
from shared import audit, outbox
from shared.addresses import folded
from shared.auth import PLATFORM, Actor
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Unauthorized
from shared.events import Event
from shared.ids import new_id
from shared.links import new_secret, trace
from shared.secrets import Seals

IDLE, ABSOLUTE, TOKEN_LIFE = timedelta(hours=12), timedelta(days=7), timedelta(minutes=15)
LONGEST_GLASS = timedelta(hours=1)
LINK_LIFE = {"invitation": timedelta(days=7), "registration": timedelta(days=1), "reset": timedelta(hours=1)}


class BadCredentials(Unauthorized):
    code = "bad-credentials"


# -- signing in and out


def prove(session: Session, passwords: Passwords, form: dict) -> str:
    """The stored hash that a person's password fits. Raises BadCredentials, the same for every reason.

    Slow on purpose, so it only reads: nobody else's write waits for it.
    """
    person = session.scalar(select(Person).where(Person.email == folded(form["email"])))
    known = person.password if person and person.state == ACTIVE else None
    if not passwords.fits(known, form["password"]) or known is None:
        raise BadCredentials()
    return known


def sign_in(session: Session, proved: str, seals: Seals, form: dict, demo: bool = False) -> tuple[str, LogIn]:
    """A new session for a person who has `proved` the password. Raises BadCredentials; code-required for the second factor.

    In a `demo` the invented people, whom many visitors share, count as having shown a second factor.
    """
    person = session.scalar(select(Person).where(Person.email == folded(form["email"])))
    if person is None or person.state != ACTIVE or person.password != proved:
        raise BadCredentials()  # changed between proof and now
    if person.totp_on:
        if not form.get("code"):
            raise Unauthorized("code-required")
        _use_code(person, seals, form["code"], session.info["now"].timestamp())
    memberships = _memberships(session, person.id)
    org = form.get("org") or (memberships[0].org if memberships else "")
    if org and org not in {m.org for m in memberships}:
        raise BadCredentials()
    return begin(session, person, org, strong=person.totp_on or (demo and rules.is_invented(person.email)))


def sign_in_openid(session: Session, claims: dict, strong: bool) -> tuple[str, LogIn]:
    """A new session for whom a provider vouches: known here by a verified address, and from then on by the provider's own subject.

    Raises Unauthorized for a stranger, an address that is not verified or has since gone to somebody else, and for a person
    who has switched a second factor on, where the provider has asked for none.
    """
    subject = f"{claims['iss']} {claims['sub']}"
    email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
    person = session.scalar(select(Person).where(Person.openid == subject, Person.state == ACTIVE))
    person = person or session.scalar(select(Person).where(Person.email == folded(email), Person.state == ACTIVE))
    if person is None or person.openid not in (None, subject):
        raise Unauthorized("openid-stranger")
    if person.totp_on and not strong:
        raise Unauthorized("openid-weak")
    if person.openid is None:
        person.openid = subject
        audit.note(session, "openid-bound", person.id)
    memberships = _memberships(session, person.id)
    return begin(session, person, memberships[0].org if memberships else "", strong)


def begin(session: Session, person: Person, org: str, strong: bool) -> tuple[str, LogIn]:
    """A session row and its handle, which is shown once; a new one at every sign-in, so none can be planted beforehand."""
    handle, now = new_secret(), session.info["now"]
    row = LogIn(id=new_id(), handle=trace(handle), person=person.id, org=org, strong=strong)
    row.created_at = row.seen_at = now
    row.expires_at = now + ABSOLUTE
    row.ended_at = row.elevated_until = None
    session.add(row)
    audit.note(session, "signed-in", person.id, session=row.id, strong=strong)
    return handle, row


def _use_code(person: Person, seals: Seals, code: str, now: float) -> None:
    """Takes a one-time code of this or the last half minute, once. Raises BadCredentials."""
    clock = pyotp.TOTP(seals.open(person.id, person.totp))
    step = int(now) // 30
    for at in (step, step - 1):
        if at > person.totp_step and dice.compare_digest(clock.at(at * 30), code.strip().replace(" ", "")):
            person.totp_step = at
            return
    raise BadCredentials()


def exchange(session: Session, handle: str) -> tuple[Person, LogIn, Actor]:
    """The actor behind a session handle, for a fresh token. Raises Unauthorized where it ended, idled out or the person is gone."""
    row = session.scalar(select(LogIn).where(LogIn.handle == trace(handle)))
    now = session.info["now"]
    if row is None or row.ended_at is not None or row.expires_at < now or row.seen_at < now - IDLE:
        raise Unauthorized("session-ended")
    person = session.get(Person, row.person)
    if person is None or person.state != ACTIVE or (person.revoked_before and row.created_at < person.revoked_before):
        raise Unauthorized("session-ended")
    if row.seen_at < now - timedelta(minutes=5):
        row.seen_at = now
    membership = next((m for m in _memberships(session, person.id) if m.org == row.org), None)
    elevated = row.elevated_until is not None and row.elevated_until > now
    roles = rules.roles_of(membership.roles if membership else [], row.strong, elevated)
    leads = membership is not None and membership.owner
    return person, row, Actor(person.id, row.org if membership else person.id, roles, row.id, name=person.name, leads=leads)


def switch(session: Session, handle: str, org: str) -> None:
    """Goes on as a member of another of one's organisations."""
    person, row, _ = exchange(session, handle)
    if org not in {m.org for m in _memberships(session, person.id)}:
        raise NotFound()
    row.org = org


def break_glass(session: Session, seals: Seals, form: dict) -> None:
    """Makes an administrator's session one that sees everything, for an hour at most, with a reason that is kept and mailed to the others.

    Raises Unauthorized, BadCredentials, Forbidden for whoever is no administrator or has shown no second factor.
    """
    person, row, _ = exchange(session, form["session"])
    member = next((m for m in _memberships(session, person.id) if m.org == row.org), None)
    if member is None or "administrator" not in member.roles or not row.strong or not person.totp_on:
        raise Forbidden()
    now = session.info["now"]
    _use_code(person, seals, form["code"], now.timestamp())
    row.elevated_until = now + min(timedelta(minutes=form["minutes"]), LONGEST_GLASS)
    audit.note(session, "glass-broken", person.id, reason=form["reason"], until=row.elevated_until.isoformat(), session=row.id)
    params = {"path": "/account", "expires": row.elevated_until.isoformat(), "org": person.name, "reason": form["reason"]}
    everybody = select(Person).join(Membership, Membership.person == Person.id).where(Membership.org == row.org, Membership.state == ACTIVE)
    for other in session.scalars(everybody):
        letter = Letter(id=new_id(), recipient=other.email, template="glass-broken", locale=other.locale, params=params, written_at=now)
        letter.handed_at = None
        session.add(letter)


def sign_out(session: Session, handle: str) -> None:
    """Ends a session; its tokens stop counting everywhere within seconds."""
    row = session.scalar(select(LogIn).where(LogIn.handle == trace(handle)))
    if row is not None and row.ended_at is None:
        row.ended_at = session.info["now"]
        _tell(session, row.id, "session", 1, ENDED, session.info["now"], [])
        audit.note(session, "signed-out", row.person, session=row.id)


def client_actor(session: Session, client_id: str, secret: str) -> tuple[ApiClient, Actor]:
    """The actor of an API client that shows its secret. Raises BadCredentials."""
    client = session.get(ApiClient, client_id)
    if not dice.compare_digest(client.secret if client else trace(""), trace(secret)) or client is None or client.ended_at is not None:
        raise BadCredentials()
    return client, Actor(client.id, client.org, frozenset(client.roles), client.id, name=client.name)


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


def add_person(session: Session, email: str, name: str, locale: str, password_hash: str | None) -> Person:
    person = Person(id=new_id(), email=folded(email), name=name, locale=locale, password=password_hash, openid=None)
    person.totp, person.totp_on, person.totp_step = None, False, 0
    person.state, person.version, person.created_at, person.revoked_before = ACTIVE, 1, session.info["now"], None
    session.add(person)
    session.flush()
    return person


def join(session: Session, person: Person, org: str, roles: list[str], owner: bool) -> None:
    """Makes a person a member, or gives a member these roles, and tells the others. Raises Forbidden for staff of anybody else."""
    if "staff" in roles and org != PLATFORM:
        raise Forbidden()
    names.organization(session, org)
    held = session.scalar(select(Membership).where(Membership.person == person.id, Membership.org == org))
    if held is None:
        held = Membership(id=new_id(), person=person.id, org=org, since=session.info["now"], owner=owner, roles=[], state=ACTIVE)
        session.add(held)
    held.roles, held.state = sorted(set(roles) | (set(held.roles) if held.state == ACTIVE else set())), ACTIVE
    held.owner = held.owner or owner
    session.flush()
    tell(session, person)


def tell(session: Session, person: Person, revoke: bool = False, erased: bool = False) -> None:
    """The whole state of a person's access as an event: opaque ids and roles, never a name or an address."""
    person.version += 1
    if revoke:
        person.revoked_before = session.info["now"]
    held = [{"org": m.org, "roles": m.roles} for m in _memberships(session, person.id)]
    _tell(session, person.id, "person", person.version, person.state, person.revoked_before, held, erased)


def _tell(
    session: Session, subject: str, kind: str, version: int, state: str, before, memberships: list[dict], erased: bool = False
) -> None:
    data = {"id": subject, "kind": kind, "state": state, "memberships": memberships} | ({"erased": True} if erased else {})
    if before is not None:
        data["revoked_before"] = before.isoformat()
    outbox.publish(session, Event("access.changed.v1", "accounts", subject, version, session.info["now"], data))


def change_password(session: Session, passwords: Passwords, form: dict) -> None:
    """A new password for oneself; every other session ends. Raises BadCredentials, Invalid."""
    person = me(session)
    if not passwords.fits(person.password, form["old"]):
        raise BadCredentials()
    set_password(session, passwords, person, form["new"], "new")


def set_password(session: Session, passwords: Passwords, person: Person, password: str, field: str) -> None:
    fault = rules.password_fault(password, person.email, person.name)
    if fault:
        raise Invalid(errors=[FieldError(field, fault, {"min": rules.SHORTEST, "max": rules.LONGEST})])
    person.password = passwords.hash(password)
    session.execute(update(LogIn).where(LogIn.person == person.id, LogIn.ended_at.is_(None)).values(ended_at=session.info["now"]))
    tell(session, person, revoke=True)
    audit.note(session, "password-changed", person.id)


def begin_totp(session: Session, seals: Seals) -> dict:
    """A new secret for an authenticator app, not in force until a code made from it has been shown."""
    person = me(session)
    if person.totp_on:
        raise Conflict("totp-on")
    secret = pyotp.random_base32()
    person.totp = seals.close(person.id, secret)
    return {"secret": secret, "uri": pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name="Nakodo")}


def confirm_totp(session: Session, seals: Seals, code: str) -> None:
    person = me(session)
    if person.totp is None or person.totp_on:
        raise Conflict("totp-on" if person.totp_on else "totp-not-begun")
    _use_code(person, seals, code, session.info["now"].timestamp())
    person.totp_on = True
    session.execute(update(LogIn).where(LogIn.id == session.info["actor"].credential).values(strong=True))
    audit.note(session, "second-factor-on", person.id)


def drop_totp(session: Session, passwords: Passwords, password: str) -> None:
    person = me(session)
    if not passwords.fits(person.password, password):
        raise BadCredentials()
    person.totp, person.totp_on = None, False
    audit.note(session, "second-factor-off", person.id)


# -- links: invitations and resets


def invite(session: Session, form: dict) -> Link:
    """Invites somebody into one's own organisation, by mail. Raises Forbidden, Invalid."""
    actor = session.info["actor"]
    org = form.get("org") if actor.sees_everything and form.get("org") else actor.org
    if not rules.may_invite(actor.roles, form["roles"]):
        raise Forbidden()
    row = _link(session, "invitation", form["email"], form.get("locale", "ja"), org=org, roles=form["roles"], made_by=actor.person)
    audit.note(session, "invited", row.id, org=org, roles=form["roles"])
    return row


def ask_reset(session: Session, email: str) -> None:
    """Mails a link to set a new password, where there is such a person; says nothing either way."""
    person = session.scalar(select(Person).where(Person.email == folded(email), Person.state == ACTIVE))
    if person is not None:
        _link(session, "reset", person.email, person.locale, made_by=person.id)


def ask_registration(session: Session, email: str, locale: str) -> None:
    """Mails a link to begin an account with; whoever has one already gets the way back in. Says nothing either way."""
    if session.scalar(select(Person.id).where(Person.email == folded(email), Person.state == ACTIVE)):
        return ask_reset(session, email)
    _link(session, "registration", email, locale, made_by="self")


def _link(session: Session, kind: str, email: str, locale: str, made_by: str, org: str | None = None, roles: list | None = None) -> Link:
    token, now = new_secret(), session.info["now"]
    row = Link(id=new_id(), kind=kind, token=trace(token), email=folded(email), org=org, roles=roles, made_by=made_by)
    row.created_at, row.expires_at, row.used_at = now, now + LINK_LIFE[kind], None
    session.add(row)
    params = {"path": f"/links/{token}", "expires": row.expires_at.isoformat(), "org": org}
    session.add(Letter(id=new_id(), recipient=row.email, template=kind, locale=locale, params=params, written_at=now, handed_at=None))
    return row


def open_link(session: Session, token: str) -> Link:
    """A link that still counts. Raises NotFound for one that was used, ran out or never was."""
    row = session.scalar(select(Link).where(Link.token == trace(token)).with_for_update())
    if row is None or row.used_at is not None or row.expires_at < session.info["now"]:
        raise NotFound()
    return row


def use_link(session: Session, passwords: Passwords, token: str, form: dict) -> Person:
    """Accepts an invitation or sets a new password; the link is used up. Raises NotFound, Invalid."""
    link = open_link(session, token)
    person = session.scalar(select(Person).where(Person.email == link.email))
    if link.kind == "registration" and person is not None:
        raise NotFound()
    if link.kind in ("invitation", "registration") and person is None:
        if not form.get("name"):
            raise Invalid(errors=[FieldError("name", "required", {})])
        person = add_person(session, link.email, form["name"], form.get("locale") or "ja", None)
        set_password(session, passwords, person, form["password"], "password")
    elif link.kind == "invitation":
        if not passwords.fits(person.password, form["password"]):
            raise BadCredentials()
    else:
        set_password(session, passwords, person, form["password"], "password")
    if link.kind == "invitation":
        first = session.scalar(select(Membership.id).where(Membership.org == link.org, Membership.state == ACTIVE).limit(1)) is None
        join(session, person, link.org, link.roles, owner=first)
    link.used_at = session.info["now"]
    audit.note(session, f"{link.kind}-used", person.id, link=link.id)
    return person


def end_membership(session: Session, membership_id: str) -> None:
    """Takes somebody out of one's organisation; only an owner may, and the last owner stays. Raises NotFound, Forbidden, Conflict."""
    actor = session.info["actor"]
    row = session.get(Membership, membership_id)
    if row is None or row.state != ACTIVE or (row.org != actor.org and not actor.sees_everything):
        raise NotFound()
    mine = session.scalar(
        select(Membership.owner).where(Membership.person == actor.person, Membership.org == row.org, Membership.state == ACTIVE)
    )
    if not (mine or row.person == actor.person or actor.sees_everything):
        raise Forbidden()
    owners = select(Membership.id).where(Membership.org == row.org, Membership.owner, Membership.state == ACTIVE, Membership.id != row.id)
    if row.owner and session.scalar(owners.limit(1)) is None and not actor.sees_everything:
        raise Conflict("last-owner")
    row.state = ENDED
    session.flush()
    tell(session, session.get(Person, row.person), revoke=True)
    for client in session.scalars(select(ApiClient).where(ApiClient.created_by == row.person, ApiClient.org == row.org)):
        stop_client(session, client)  # whoever leaves knows its secret
    audit.note(session, "membership-ended", row.person, org=row.org)


# -- API clients


def add_client(session: Session, form: dict) -> tuple[ApiClient, str]:
    """A program of one's organisation, with at most one's own roles; its secret is shown once."""
    actor = session.info["actor"]
    if not set(form["roles"]) <= actor.roles and not actor.sees_everything:
        raise Forbidden()
    secret = new_secret()
    row = ApiClient(id=new_id(), org=actor.org, name=form["name"], roles=sorted(set(form["roles"])), secret=trace(secret), ended_at=None)
    row.created_by, row.created_at = actor.person, session.info["now"]
    session.add(row)
    audit.note(session, "client-added", row.id, roles=row.roles)
    return row, secret


def end_client(session: Session, client_id: str) -> None:
    actor, row = session.info["actor"], session.get(ApiClient, client_id)
    if row is None or (row.org != actor.org and not actor.sees_everything):
        raise NotFound()
    stop_client(session, row)


def stop_client(session: Session, client: ApiClient) -> None:
    """Ends a client, if it still runs; its tokens stop counting everywhere within seconds."""
    if client.ended_at is None:
        client.ended_at = session.info["now"]
        _tell(session, client.id, "client", 1, ENDED, client.ended_at, [])
        audit.note(session, "client-ended", client.id)


def ensure(session: Session, passwords: Passwords, email: str, name: str, org: str, roles: list[str], password: str) -> Person:
    """A person with a password and, where `org` names one, a membership, made once: the demo's invented people, the first administrator."""
    person = session.scalar(select(Person).where(Person.email == folded(email)))
    if person is None:
        person = add_person(session, email, name, "ja", passwords.hash(password))
        if org:
            join(session, person, org, roles, owner=True)
    return person
