"""Who belongs to an organisation and what ends with them: invitations, members and their rights,
API clients.
"""

import secrets as dice
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.accounts import rules
from services.accounts.actions import end_sessions, tell, tell_of
from services.accounts.links import end_invitations, make_link
from services.accounts.models import ACTIVE, ENDED, ApiClient, Link, Membership, Person
from services.accounts.passwords import BadCredentials
from shared import audit
from shared.auth import Actor
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.ids import new_id
from shared.links import new_secret, trace


def _mine(session: Session, org: str) -> Membership | None:
    """The membership that whoever acts has in an organisation; none of a program."""
    held = select(Membership).where(
        Membership.person == session.info["actor"].person,
        Membership.org == org,
        Membership.state == ACTIVE,
    )
    return session.scalar(held)


def _lead(session: Session, org: str) -> None:
    """Raises Forbidden unless whoever acts owns the organisation, or sees everything."""
    held = _mine(session, org)
    if not (held is not None and held.owner) and not session.info["actor"].sees_everything:
        raise Forbidden()


# -- invitations


def invite(session: Session, form: dict) -> Link:
    """Invites somebody into one's own organisation, by mail; owners may, and members an owner lets.

    Raises Forbidden; Invalid for a free-mail address, unless an owner says that it is meant.
    """
    actor = session.info["actor"]
    org, roles = form.get("org", actor.org), list(dict.fromkeys(form["roles"]))
    if org != actor.org and not actor.sees_everything:
        raise Forbidden()
    held = _mine(session, org)
    allowed = actor.sees_everything or (held is not None and (held.owner or held.invites))
    if not allowed or not rules.may_invite(actor.roles, roles):
        raise Forbidden()
    domain = rules.domain_of(form["email"])
    if domain in rules.FREE_MAIL:
        if held is not None and not held.owner:
            raise Invalid(errors=[FieldError("email", "free-mail-owner", {"given": domain})])
        if not form.get("free_mail"):
            raise Invalid(errors=[FieldError("free_mail", "free-mail-confirm", {"given": domain})])
    row = make_link(
        session,
        "invitation",
        form["email"],
        form.get("locale", "ja"),
        org=org,
        roles=roles,
        made_by=actor.person,
    )
    audit.note(
        session,
        "invited",
        row.id,
        org=org,
        roles=roles,
        free_mail=domain in rules.FREE_MAIL,
    )
    return row


def cancel_invitation(session: Session, invitation: str) -> None:
    """Takes an invitation back: whoever made it may, and owners. Raises NotFound, Forbidden,
    Conflict once it is used.
    """
    actor, row = session.info["actor"], session.get(Link, invitation, with_for_update=True)
    if (
        row is None
        or row.kind != "invitation"
        or (row.org != actor.org and not actor.sees_everything)
    ):
        raise NotFound()
    if row.made_by != actor.person:
        _lead(session, row.org)
    if row.used_at is not None:
        raise Conflict("invitation-used")
    row.ended_at = row.ended_at or session.info["now"]
    audit.note(session, "invitation-cancelled", row.id, org=row.org)


# -- members


def _member(session: Session, membership: str) -> Membership:
    """A member of one's own organisation. Raises NotFound."""
    actor, row = session.info["actor"], session.get(Membership, membership, with_for_update=True)
    if row is None or row.state != ACTIVE or (row.org != actor.org and not actor.sees_everything):
        raise NotFound()
    return row


def _keep_an_owner(session: Session, row: Membership) -> None:
    owners = select(Membership.id).where(
        Membership.org == row.org,
        Membership.owner,
        Membership.state == ACTIVE,
        Membership.id != row.id,
    )
    if (
        row.owner
        and session.scalar(owners.limit(1)) is None
        and not session.info["actor"].sees_everything
    ):
        raise Conflict("last-owner")


def change_member(session: Session, membership: str, form: dict) -> Membership:
    """Makes a member an owner, or lets them invite, or neither any more; only an owner may, and the
    last one stays.

    Who owns no more signs in anew, and invitations of somebody who may not invite any more end.
    Raises NotFound, Forbidden, Conflict.
    """
    row = _member(session, membership)
    _lead(session, row.org)
    demoted = row.owner and form.get("owner") is False
    if demoted:
        _keep_an_owner(session, row)
    row.owner, row.invites = form.get("owner", row.owner), form.get("invites", row.invites)
    if not (row.owner or row.invites):
        end_invitations(session, row.person, row.org)
    session.flush()
    if demoted:
        end_sessions(session, row.person)
        tell(session, session.get_one(Person, row.person), revoke=True)
    audit.note(
        session, "member-changed", row.person, org=row.org, owner=row.owner, invites=row.invites
    )
    return row


def end_membership(session: Session, membership: str) -> None:
    """Takes somebody out of one's organisation, or oneself; only an owner may, and the last one
    stays. Raises NotFound, Forbidden, Conflict.
    """
    row = _member(session, membership)
    if row.person != session.info["actor"].person:
        _lead(session, row.org)
    _keep_an_owner(session, row)
    leave(session, row)


def leave(session: Session, row: Membership) -> None:
    """Ends a membership with everything it made: sessions, invitations, API clients here; links and
    webhooks where they are kept, by the event.
    """
    row.state = ENDED
    end_invitations(session, row.person, row.org)
    for client in session.scalars(
        select(ApiClient).where(ApiClient.created_by == row.person, ApiClient.org == row.org)
    ):
        stop_client(session, client)
    end_sessions(session, row.person)
    session.flush()
    tell(session, session.get_one(Person, row.person), revoke=True)
    audit.note(session, "membership-ended", row.person, org=row.org)


# -- API clients


def add_client(session: Session, form: dict) -> tuple[ApiClient, str]:
    """A program of one's organisation, with at most one's own roles; its secret is shown once. Only
    people add one: a program would outlive them.
    """
    actor = session.info["actor"]
    if not (
        actor.sees_everything
        or (_mine(session, actor.org) is not None and set(form["roles"]) <= actor.roles)
    ):
        raise Forbidden()
    secret = new_secret()
    row = ApiClient(
        id=new_id(),
        org=actor.org,
        name=form["name"],
        roles=sorted(set(form["roles"])),
        secret=trace(secret),
        ended_at=None,
    )
    row.created_by, row.created_at, row.used_at, row.version = (
        actor.person,
        session.info["now"],
        None,
        0,
    )
    session.add(row)
    audit.note(session, "client-added", row.id, roles=row.roles)
    return row, secret


def _client(session: Session, client: str) -> ApiClient:
    actor, row = session.info["actor"], session.get(ApiClient, client, with_for_update=True)
    if row is None or (row.org != actor.org and not actor.sees_everything):
        raise NotFound()
    return row


def end_client(session: Session, client: str) -> None:
    """Ends a client of one's organisation: people may, and a program only itself. Raises NotFound,
    Forbidden.
    """
    row, actor = _client(session, client), session.info["actor"]
    if not (actor.sees_everything or _mine(session, row.org) is not None or actor.person == row.id):
        raise Forbidden()
    stop_client(session, row)


def stop_client(session: Session, client: ApiClient) -> None:
    """Ends a client and whatever clients it has made, as far as they run; their tokens stop
    counting everywhere within seconds.
    """
    if client.ended_at is None:
        client.ended_at = session.info["now"]
        client.version += 1
        tell_of(session, client.id, "client", client.version, ENDED, client.ended_at)
        audit.note(session, "client-ended", client.id)
    for child in session.scalars(
        select(ApiClient).where(ApiClient.created_by == client.id, ApiClient.ended_at.is_(None))
    ):
        stop_client(session, child)


def take_over_client(session: Session, client: str) -> tuple[ApiClient, str]:
    """An owner makes a client their own, so that it outlives its maker: under a new secret, for the
    maker knows the old one. Raises Forbidden, NotFound.
    """
    row = _client(session, client)
    _lead(session, row.org)
    if row.ended_at is not None:
        raise NotFound()
    secret, now = new_secret(), session.info["now"]
    row.secret, row.created_by, row.version = (
        trace(secret),
        session.info["actor"].person,
        row.version + 1,
    )
    tell_of(session, row.id, "client", row.version, ACTIVE, now)
    audit.note(session, "client-taken-over", row.id)
    return row, secret


def client_actor(session: Session, client: str, secret: str) -> tuple[ApiClient, Actor]:
    """The actor of an API client that shows its secret. Raises BadCredentials."""
    row = session.get(ApiClient, client)
    if (
        not dice.compare_digest(row.secret if row else trace(""), trace(secret))
        or row is None
        or row.ended_at is not None
    ):
        raise BadCredentials()
    return row, Actor(row.id, row.org, frozenset(row.roles), row.id, name=row.name)


def is_fresh(session: Session, client: ApiClient) -> bool:
    """Whether a client's last use is noted already, to five minutes."""
    return client.used_at is not None and client.used_at > session.info["now"] - timedelta(
        minutes=5
    )


def note_use(session: Session, client: str) -> None:
    session.get_one(ApiClient, client).used_at = session.info["now"]
