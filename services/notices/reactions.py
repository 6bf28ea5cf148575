"""What events become: messages to those subscribed who may know. Thin ones: who wants to read more
asks as itself.
"""

import uuid
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.notices.deliverer import message
from services.notices.models import ACTIVE, PAUSED, WAITING, Delivery, MandateOwner, Subscription
from shared.consumer import Consumer
from shared.db import Database
from shared.errors import TryAgain
from shared.eventlog import EventLog
from shared.events import Event

PROFILES = ("startups", "investors", "sites", "providers", "programs")
MATCHES = ("matches",)
ASKS = ("asks",)
EXPOSURES = ("exposures",)
EDITIONS = ("editions",)
DECISIONS = ("decisions",)
INTRODUCTIONS = ("introductions", "meetings")
TOLD = {
    "asked": "introduction.received",
    "introduced": "introduction.made",
    "ended": "introduction.ended",
    "agreed": "meeting.agreed",
}
VERBS = {
    "registered": "profile.published",
    "updated": "profile.changed",
    "withdrawn": "profile.withdrawn",
}
PATHS = {
    "startup": "startups",
    "investor": "investors",
    "mandate": "mandates",
    "site": "sites",
    "provider": "providers",
    "program": "programs",
}
# whose work it is, by the first word of what is told; everything else is for all who subscribe
HEARD_BY = {
    "match": {"reviewer"},
    "decision": {"reviewer"},
    "edition": {"reviewer"},
    "exposure": {"startup"},
}
SIDES = {"startup": "startup", "investor": "reviewer"}
PATIENCE = timedelta(seconds=60)
SPACE = uuid.UUID("6f2c1b1e-6f0d-5b43-9d59-3c2f6c3f9a10")


def on_profile(session: Session, event: Event) -> None:
    """A profile was published, changed or withdrawn: told to its owner, and to the network where
    the network can see it.
    """
    kind, verb, _ = event.type.split(".")
    owner = event.data.get("owner")
    if kind == "mandate":
        _own(session, event.subject, owner)
    data = {"kind": kind, "id": event.subject, "path": f"/api/v1/{PATHS[kind]}/{event.subject}"}
    counted = event.data.get("shown", {}).get("network", event.subjectversion)
    seen = verb != "updated" or "network" in event.data.get("changed_for", ("network",))
    for subscription in _subscribed(session, VERBS[verb], event):
        if subscription.owner == owner or subscription.network and seen:
            version = event.subjectversion if subscription.owner == owner else counted
            _deliver(
                session,
                subscription,
                VERBS[verb],
                event,
                event.subject,
                data | {"version": version},
            )


def _own(session: Session, mandate: str, owner: str) -> None:
    held = session.get(MandateOwner, mandate)
    if held is None:
        session.add(MandateOwner(mandate=mandate, owner=owner))
    else:
        held.owner = owner


def on_matches(session: Session, event: Event) -> None:
    """What changed among a startup's matches, each told to the owner of the mandate it concerns."""
    changes = [
        (f"match.{word}", mandate)
        for word in ("appeared", "changed", "left")
        for mandate in event.data[word]
    ]
    subscribed = {kind: _subscribed(session, kind, event) for kind in {k for k, _ in changes}}
    if not any(subscribed.values()):
        return
    owners = _owners(session, {mandate for _, mandate in changes})
    for kind, mandate in changes:
        owner = owners.get(mandate)
        if owner is None and session.info["now"] - event.time < PATIENCE:
            raise TryAgain(f"mandate {mandate} is not known here yet")
        startup = event.data["startup"]
        data = {
            "startup": startup,
            "mandate": mandate,
            "path": f"/api/v1/matches/{startup}/{mandate}",
        }
        for subscription in subscribed[kind]:
            if subscription.owner == owner:
                _deliver(session, subscription, kind, event, mandate, data)


def on_ask(session: Session, event: Event) -> None:
    """A question: told to the startup it is put to; its answer, to those who waited for it. Who
    asks is told to nobody.
    """
    data = {"ask": event.subject, "startup": event.data["startup"], "field": event.data["field"]}
    if event.type == "ask.asked.v1":
        for subscription in _subscribed(session, "ask.received", event):
            if subscription.owner == event.data["owner"] and "startup" in subscription.roles:
                path = f"/api/v1/asks?startup={event.data['startup']}"
                _deliver(
                    session,
                    subscription,
                    "ask.received",
                    event,
                    event.subject,
                    data | {"path": path},
                )
        return
    owners = _owners(session, set(event.data["mandates"]))
    for subscription in _subscribed(session, "ask.answered", event):
        for mandate in sorted(
            m
            for m, owner in owners.items()
            if owner == subscription.owner and "reviewer" in subscription.roles
        ):
            path = f"/api/v1/matches/{event.data['startup']}/{mandate}"
            _deliver(
                session,
                subscription,
                "ask.answered",
                event,
                mandate,
                data | {"mandate": mandate, "path": path},
            )


def on_exposure(session: Session, event: Event) -> None:
    """What a list means for a startup's suppliers: told to that startup alone."""
    startup = event.data["startup"]
    data = {
        "startup": startup,
        "before": event.data["before"],
        "after": event.data["after"],
        "path": f"/api/v1/rules?startup={startup}",
    }
    for subscription in _subscribed(session, "exposure.changed", event):
        if subscription.owner == event.data["owner"]:
            _deliver(session, subscription, "exposure.changed", event, startup, data)


def on_decision(session: Session, event: Event) -> None:
    """A step of a team, or a pair that has come back: told to that team alone."""
    kind = event.type.removesuffix(".v1")
    data = {
        k: event.data[k]
        for k in ("startup", "mandate", "state", "reason", "until")
        if k in event.data
    }
    path = f"/api/v1/decisions?startup={event.data['startup']}&mandate={event.data['mandate']}"
    for subscription in _subscribed(session, kind, event):
        if subscription.owner == event.data["owner"]:
            _deliver(
                session,
                subscription,
                kind,
                event,
                event.subject,
                data | {"decision": event.subject, "path": path},
            )


def on_introduction(session: Session, event: Event) -> None:
    """A request to whoever is asked; that both have accepted, that it is over, or when they meet,
    to both sides.
    """
    subject, verb, _ = event.type.split(".")
    kind, owners = TOLD[verb], event.data["owners"]
    sides = {
        side: org
        for side, org in owners.items()
        if verb != "asked" or side != event.data["asked_by"]
    }
    data = {
        k: event.data[k]
        for k in ("startup", "mandate", "state", "introduction", "starts_at", "minutes")
        if k in event.data
    }
    path = f"/api/v1/introductions/{event.data.get('introduction', event.subject)}"
    for subscription in _subscribed(session, kind, event):
        if any(
            subscription.owner == org and SIDES[side] in subscription.roles
            for side, org in sides.items()
        ):
            _deliver(
                session,
                subscription,
                kind,
                event,
                event.subject,
                data | {subject: event.subject, "path": path},
            )


def on_edition(session: Session, event: Event) -> None:
    """A week's edition is out: told to its owner."""
    mandate, week = event.data["mandate"], event.data["week"]
    data = {
        "mandate": mandate,
        "week": week,
        "items": event.data["items"],
        "path": f"/api/v1/feeds/{mandate}/editions/{week}",
    }
    for subscription in _subscribed(session, "edition.made", event):
        if subscription.owner == event.data["owner"]:
            _deliver(session, subscription, "edition.made", event, mandate, data)


def _owners(session: Session, mandates: set[str]) -> dict[str, str]:
    rows = select(MandateOwner.mandate, MandateOwner.owner).where(
        MandateOwner.mandate.in_(mandates)
    )
    return {mandate: owner for mandate, owner in session.execute(rows)}


def _subscribed(session: Session, kind: str, event: Event) -> list[Subscription]:
    """Who wants to hear of this kind, and wanted it when it happened; paused ones hear later."""
    if "subscriptions" not in session.info:
        session.info["subscriptions"] = list(
            session.scalars(select(Subscription).where(Subscription.state.in_((ACTIVE, PAUSED))))
        )
    heard = [
        s for s in session.info["subscriptions"] if kind in s.events and s.created_at <= event.time
    ]
    return [s for s in heard if HEARD_BY.get(kind.split(".")[0], {*s.roles}) & {*s.roles}]


def _deliver(
    session: Session, subscription: Subscription, kind: str, event: Event, about: str, data: dict
) -> None:
    """One message; its id follows from what it tells of, so that told twice it is the same
    message.
    """
    name = str(uuid.uuid5(SPACE, f"{event.id}/{subscription.id}/{kind}/{about}"))
    if session.get(Delivery, name) is None:
        session.add(delivery(session, subscription, name, kind, message(kind, event.time, data)))


def delivery(
    session: Session, subscription: Subscription, name: str, kind: str, body: str
) -> Delivery:
    """A message that waits to be sent, after all that were made before."""
    if "number" not in session.info:
        session.info["number"] = session.scalar(select(func.max(Delivery.number))) or 0
    session.info["number"] += 1
    row = Delivery(
        id=name,
        number=session.info["number"],
        subscription=subscription.id,
        type=kind,
        body=body,
        state=WAITING,
        tries=0,
    )
    row.made_at = row.next_at = session.info["now"]
    row.sent_at = row.status = row.fault = None
    return row


def consumers(db: Database, eventlog: EventLog) -> list[Consumer]:
    """Apart, so that news of matches may wait for the mandates they are about."""
    profiles = {f"{kind}.{verb}.v1": on_profile for kind in PATHS for verb in VERBS}
    return [
        Consumer("profiles", db, eventlog, PROFILES, profiles),
        Consumer(
            "asks",
            db,
            eventlog,
            ASKS,
            {"ask.asked.v1": on_ask, "ask.answered.v1": on_ask},
            deltas=ASKS,
        ),
        Consumer("exposures", db, eventlog, EXPOSURES, {"exposure.changed.v1": on_exposure}),
        Consumer(
            "decisions",
            db,
            eventlog,
            DECISIONS,
            {f"decision.{verb}.v1": on_decision for verb in ("made", "returned")},
            deltas=DECISIONS,
        ),
        Consumer(
            "introductions",
            db,
            eventlog,
            INTRODUCTIONS,
            {
                f"{'meeting' if verb == 'agreed' else 'introduction'}.{verb}.v1": on_introduction
                for verb in TOLD
            },
            deltas=INTRODUCTIONS,
        ),
        Consumer(
            "editions", db, eventlog, EDITIONS, {"edition.made.v1": on_edition}, deltas=EDITIONS
        ),
        Consumer(
            "matches", db, eventlog, MATCHES, {"matches.changed.v1": on_matches}, deltas=MATCHES
        ),
    ]
