"""What is asked of notices: of services, to send a mail, once; of organisations, to be told what
happens.
"""

import secrets as dice
from base64 import b64encode
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from services.notices.deliverer import message
from services.notices.digest import DIGEST, digest
from services.notices.models import (
    ACTIVE,
    ENDED,
    FAILED,
    PAUSED,
    WAITING,
    Delivery,
    Mail,
    Subscription,
)
from services.notices.reactions import delivery
from services.notices.rules import Network, url_fault
from services.notices.texts import erasure_words, needed, written
from shared import audit
from shared.clock import JST
from shared.departures import sign
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, TooMany
from shared.ids import new_id
from shared.secrets import Seals
from shared.tables import setbacks

MOST, LONGEST_TITLE, OVERLAP = 20, 300, timedelta(days=1)
TESTS_AN_HOUR, HOUR = 10, timedelta(hours=1)


def post(session: Session, form: dict, address: str) -> Mail:
    """Takes a mail in; the same id again is the same mail. Links are paths, made whole with the
    installation's own address.
    """
    session.info["actor"].need("service")
    held = session.get(Mail, form["id"])
    if held is not None:
        return held
    params = form["params"]
    expires = params["expires"].astimezone(JST).strftime("%Y-%m-%d %H:%M JST")
    words = {k: v for k, v in params.items() if k.startswith(("subject_", "text_"))}
    words |= {
        "org": params.get("org") or "",
        "reason": params.get("reason") or "",
        "expires": expires,
        "link": address.rstrip("/") + params["path"],
    }
    if form["template"] == DIGEST:
        title, text, html = digest(
            params.get("digest"), form["locale"], address.rstrip("/"), params["path"]
        )
    else:
        (title, text), html = _written(form["template"], form["locale"], words), None
    title = " ".join(title.split())[:LONGEST_TITLE]  # one line, whatever a name holds
    if params.get("erasure"):
        text += erasure_words(form["locale"], address.rstrip("/") + params["erasure"])
    mail = Mail(
        id=form["id"],
        recipient=form["to"],
        template=form["template"],
        title=title,
        text=text,
        html=html,
        state=WAITING,
        tries=0,
    )
    mail.next_at = mail.written_at = session.info["now"]
    session.add(mail)
    return mail


def _written(template: str, locale: str, words: dict[str, str]) -> tuple[str, str]:
    """Title and text. Raises Invalid where the template needs a word that was not sent."""
    missing = needed(template, locale) - set(words)
    if missing:
        raise Invalid(
            errors=[FieldError(f"params.{word}", "required", {}) for word in sorted(missing)]
        )
    return written(template, locale, **words)


def fates(session: Session, mails: list[str]) -> dict[str, str]:
    """What became of mails, by id: sent, waiting, or failed where one is parked or given up.
    Unknown ids are left out.
    """
    session.info["actor"].need("service")
    parked = select(setbacks.c.item).where(
        setbacks.c.queue == "mail", setbacks.c.parked_at.is_not(None)
    )
    stuck = set(session.scalars(parked.where(setbacks.c.item.in_(mails))))
    rows = session.execute(select(Mail.id, Mail.state).where(Mail.id.in_(mails)))
    return {number: FAILED if number in stuck else state for number, state in rows}


def forget(session: Session, address: str, folder: Path) -> None:
    """Drops every mail to an address, sent or not, and where mail goes into files, those too."""
    session.info["actor"].need("service")
    for name in session.scalars(delete(Mail).where(Mail.recipient == address).returning(Mail.id)):
        (folder / f"{name}.eml").unlink(missing_ok=True)


# -- subscriptions


def subscribe(
    session: Session, seals: Seals, private: tuple[Network, ...], form: dict
) -> tuple[Subscription, str]:
    """A new subscription of one's organisation and its signing secret, which is shown once. Raises
    Invalid, Conflict.
    """
    actor = session.info["actor"]
    actor.need(*Subscription.readers)
    _check(form, private)
    held = (
        select(func.count())
        .select_from(Subscription)
        .where(Subscription.owner == actor.org, Subscription.state != ENDED)
    )
    if session.scalar(held) >= MOST:
        raise Conflict("too-many-subscriptions", max=MOST)
    row = Subscription(
        id=new_id(),
        owner=actor.org,
        name=form["name"],
        url=form["url"],
        events=sorted(form["events"]),
    )
    row.roles = [r for r in Subscription.readers if r in actor.roles or actor.sees_everything]
    row.network, row.created_at, row.state = actor.in_network, session.info["now"], ACTIVE
    sign(session, row)
    row.old_secret = row.old_until = row.why = row.failing_since = None
    secret = _new_secret()
    row.secret = seals.close(row.id, secret)
    session.add(row)
    audit.note(session, "subscribed", row.id, url=row.url, events=row.events)
    return row, secret


def _check(form: dict, private: tuple[Network, ...]) -> None:
    fault = url_fault(form["url"], private) if "url" in form else None
    if fault:
        raise Invalid(errors=[FieldError("url", fault, {})])


def _new_secret() -> str:
    return "whsec_" + b64encode(dice.token_bytes(32)).decode()


def mine(session: Session, subscription: str) -> Subscription:
    """A subscription of one's organisation. Raises NotFound."""
    row = session.scalar(select(Subscription).where(Subscription.id == subscription))
    if row is None or row.state == ENDED or row.owner != session.info["actor"].org:
        raise NotFound()
    return row


def change(
    session: Session, subscription: str, private: tuple[Network, ...], form: dict
) -> Subscription:
    """New name, address or events; or paused, or active again, which tries all that waits at
    once.
    """
    row = mine(session, subscription)
    _check(form, private)
    for name in ("name", "url", "state"):
        setattr(row, name, form.get(name, getattr(row, name)))
    row.events = sorted(form.get("events", row.events))
    if form.get("state") == ACTIVE:
        row.why = row.failing_since = None
        waiting = (Delivery.subscription == row.id) & (Delivery.state == WAITING)
        session.execute(update(Delivery).where(waiting).values(next_at=session.info["now"]))
    elif form.get("state") == PAUSED:
        row.why = None
    audit.note(session, "subscription-changed", row.id, **form)
    return row


def end(session: Session, subscription: str) -> None:
    row = mine(session, subscription)
    row.state = ENDED
    audit.note(session, "subscription-ended", row.id)


def rotate(session: Session, seals: Seals, subscription: str) -> tuple[Subscription, str]:
    """A new signing secret, shown once; for a day messages carry the signature of the old one
    too.
    """
    row = mine(session, subscription)
    row.old_secret, row.old_until = row.secret, session.info["now"] + OVERLAP
    secret = _new_secret()
    row.secret = seals.close(row.id, secret)
    audit.note(session, "subscription-secret-changed", row.id)
    return row, secret


def take_over(session: Session, seals: Seals, subscription: str) -> tuple[Subscription, str]:
    """Makes an owner of the organisation its maker, so that it outlives who made it; the old
    secret, which they know, ends at once. Raises Forbidden.
    """
    if not session.info["actor"].leads:
        raise Forbidden()
    row = mine(session, subscription)
    secret = _new_secret()
    row.secret, row.old_secret, row.old_until = seals.close(row.id, secret), None, None
    sign(session, row)
    audit.note(session, "subscription-taken-over", row.id)
    return row, secret


def send_test(session: Session, subscription: str) -> Delivery:
    """A message that says only that it is a test. Raises NotFound; Conflict while paused, TooMany
    beyond so many an hour: each is a request to somebody's address.
    """
    row = mine(session, subscription)
    if row.state != ACTIVE:
        raise Conflict("subscription-paused")
    kind, now = "subscription.test", session.info["now"]
    since = (Delivery.type == kind) & (Delivery.made_at > now - HOUR)
    of_mine = (Delivery.subscription == row.id) & since
    begun = select(func.count(), func.min(Delivery.made_at)).where(of_mine)
    count, oldest = session.execute(begun).one()
    if count >= TESTS_AN_HOUR:
        raise TooMany("too-many-tests", when=oldest + HOUR, now=now, max=TESTS_AN_HOUR)
    made = delivery(session, row, new_id(), kind, message(kind, now, {"subscription": row.id}))
    session.add(made)
    return made


def replay(session: Session, subscription: str, since: datetime) -> int:
    """Sends again what was made since then, each under its old id; returns how many."""
    row = mine(session, subscription)
    again = (Delivery.subscription == row.id) & (Delivery.made_at >= since)
    values = {"state": WAITING, "tries": 0, "next_at": session.info["now"], "fault": None}
    count = session.execute(update(Delivery).where(again).values(values)).rowcount
    audit.note(session, "subscription-replayed", row.id, since=since.isoformat(), messages=count)
    return count
