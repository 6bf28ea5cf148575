"""Delivers webhook messages: in order for each subscription, tried again with growing pauses, at least once, and never silently given up."""

import asyncio
import json
import threading
import time
from datetime import timedelta

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.notices.caller import Caller, Told
from services.notices.models import ACTIVE, ENDED, FAILED, PAUSED, SENT, WAITING, Delivery, Subscription
from services.notices.rules import GIVE_UP, Network, signature, wait
from shared import audit
from shared.auth import worker
from shared.db import Database
from shared.secrets import Seals

log = structlog.get_logger()
AT_ONCE, EACH, ROUND_S, LOOK_S = 200, 20, 2.0, 0.5
KEEP = timedelta(days=30)
GONE = 410


class Deliverer:
    def __init__(self, db: Database, seals: Seals, private: tuple[Network, ...]):
        self.db, self.seals, self.private = db, seals, private
        self.actor = worker("notices")

    def round(self) -> int:
        """Tries what is due, every subscription beside the others; returns how many messages were tried."""
        with self.db.reading(self.actor) as session:
            now = session.info["now"]
            due = (Delivery.state == WAITING) & (Delivery.next_at <= now)
            waiting = select(Subscription).where(Subscription.state == ACTIVE)
            waiting = waiting.where(Subscription.id.in_(select(Delivery.subscription).where(due)))
            work = []
            for subscription in session.scalars(waiting.limit(AT_ONCE)):
                rows = select(Delivery).where(due, Delivery.subscription == subscription.id).order_by(Delivery.number).limit(EACH)
                work.append((subscription, list(session.scalars(rows))))
        if not work:
            return 0
        told = asyncio.run(self._call(work, now))
        with self.db.transaction(self.actor) as session:
            for subscription, outcomes in told.items():
                self._note(session, session.get(Subscription, subscription), outcomes)
        return sum(map(len, told.values()))

    async def _call(self, work: list[tuple[Subscription, list[Delivery]]], now) -> dict[str, list[tuple[str, Told]]]:
        async with Caller(self.private) as caller:
            done = await asyncio.gather(*(self._in_order(caller, s, rows, now) for s, rows in work))
        return {subscription.id: outcomes for (subscription, _), outcomes in zip(work, done, strict=True)}

    async def _in_order(self, caller: Caller, subscription: Subscription, rows: list[Delivery], now) -> list[tuple[str, Told]]:
        """One after the other, up to the first that fails, for the rest would as well; whoever is slow gets few a round, not all of it."""
        outcomes, begun = [], time.monotonic()
        for row in rows:
            headers = {"webhook-id": row.id, "webhook-timestamp": str(int(now.timestamp()))}
            headers["webhook-signature"] = " ".join(
                signature(secret, row.id, int(now.timestamp()), row.body) for secret in self._secrets(subscription, now)
            )
            told = await caller.post(subscription.url, row.body, headers)
            outcomes.append((row.id, told))
            if told.fault or time.monotonic() - begun > ROUND_S:
                break
        return outcomes

    def _secrets(self, subscription: Subscription, now) -> list[str]:
        """The secret in force and, for a day after a change, the one before it: receivers may take either."""
        sealed = [subscription.secret]
        if subscription.old_secret and subscription.old_until and subscription.old_until > now:
            sealed.append(subscription.old_secret)
        return [self.seals.open(subscription.id, s) for s in sealed]

    def _note(self, session: Session, subscription: Subscription, outcomes: list[tuple[str, Told]]) -> None:
        now = session.info["now"]
        for delivery_id, told in outcomes:
            row = session.get(Delivery, delivery_id)
            row.tries, row.status, row.fault = row.tries + 1, told.status, told.fault
            if told.fault is None:
                row.state, row.sent_at, subscription.failing_since = SENT, now, None
                continue
            subscription.failing_since = subscription.failing_since or now
            pause = wait(row.tries)
            row.state, row.next_at = (FAILED, now) if pause is None else (WAITING, now + pause)
            later = (Delivery.subscription == subscription.id) & (Delivery.state == WAITING) & (Delivery.next_at < row.next_at)
            session.execute(update(Delivery).where(later).values(next_at=row.next_at))  # whoever is down is asked once, not once a message
            log.warning("webhook not delivered", subscription=subscription.id, message=row.id, fault=told.fault)
            if subscription.state == ACTIVE and (told.status == GONE or now - subscription.failing_since >= GIVE_UP):
                subscription.state = PAUSED
                subscription.why = (
                    "the receiver said it is gone" if told.status == GONE else f"failing since {subscription.failing_since:%Y-%m-%d}"
                )
                audit.note(session, "subscription-paused", subscription.id, why=subscription.why)

    def tidy(self) -> None:
        """Forgets messages of a month ago, and all of subscriptions that have ended."""
        with self.db.transaction(self.actor) as session:
            session.execute(delete(Delivery).where(Delivery.made_at < session.info["now"] - KEEP))
            ended = select(Subscription.id).where(Subscription.state == ENDED)
            session.execute(delete(Delivery).where(Delivery.subscription.in_(ended)))

    def run(self, stop: threading.Event) -> None:
        rounds = 0
        while not stop.is_set():
            try:
                if not self.round():
                    stop.wait(LOOK_S)
                if rounds % 3600 == 0:
                    self.tidy()
                rounds += 1
            except OperationalError as error:
                log.warning("cannot reach the database", error=str(error))
                stop.wait(2)


def message(kind: str, at, data: dict) -> str:
    """The body of a webhook message: thin, with the address to read the rest at, as the reader one is."""
    return json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data}, ensure_ascii=False, sort_keys=True)
