"""Delivers webhook messages: in order for each subscription, tried again with growing pauses, at
least once, and never silently given up.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from services.notices.caller import Caller, Told
from services.notices.models import (
    ACTIVE,
    ENDED,
    FAILED,
    PAUSED,
    SENT,
    WAITING,
    Delivery,
    Subscription,
)
from services.notices.rules import GIVE_UP, Network, signature, wait
from shared import audit
from shared.db import Database
from shared.queue import BOTH, Queue
from shared.secrets import Seals
from shared.text import as_json

log = structlog.get_logger()
AT_ONCE, EACH, ROUND_S = 200, 20, 2.0
KEEP = timedelta(days=30)
GONE = 410


class Deliverer(Queue):
    """Its rows are subscriptions with messages due; what a receiver answers is noted with each
    message, not as a setback of the row.
    """

    name, lanes, batch = "webhooks", (BOTH,), AT_ONCE

    def __init__(self, db: Database, seals: Seals, private: tuple[Network, ...]):
        super().__init__("notices", db)
        self.seals, self.private = seals, private
        self.rounds = 0

    def waiting(self, session: Session) -> Select:
        due = (Delivery.state == WAITING) & (Delivery.next_at <= session.info["now"])
        oldest = (
            select(Delivery.subscription, func.min(Delivery.made_at).label("since"))
            .where(due)
            .group_by(Delivery.subscription)
            .subquery()
        )
        rows = select(Subscription.id, oldest.c.since).join(
            oldest, oldest.c.subscription == Subscription.id
        )
        return rows.where(Subscription.state == ACTIVE).order_by(oldest.c.since, Subscription.id)

    def act_all(self, items: list[str]) -> Iterator[tuple[str, Any]]:
        """Every subscription beside the others."""
        return iter(zip(items, asyncio.run(self._call(items)), strict=True)) if items else iter(())

    def settle(self, session: Session, item: str, told: Any) -> None:
        self._note(session, session.get(Subscription, item), told)

    def drop(self, session: Session, item: str) -> None:
        waiting = (Delivery.subscription == item) & (Delivery.state == WAITING)
        session.execute(update(Delivery).where(waiting).values(state=FAILED))

    async def _call(self, items: list[str]) -> list[list[tuple[str, Told]] | BaseException]:
        with self.db.reading(self.actor) as session:
            now, work = session.info["now"], []
            for subscription in (session.get(Subscription, item) for item in items):
                due = (
                    (Delivery.state == WAITING)
                    & (Delivery.next_at <= now)
                    & (Delivery.subscription == subscription.id)
                )
                work.append(
                    (
                        subscription,
                        list(
                            session.scalars(
                                select(Delivery).where(due).order_by(Delivery.number).limit(EACH)
                            )
                        ),
                    )
                )
        async with Caller(self.private) as caller:
            calls = (self._in_order(caller, s, rows, now) for s, rows in work)
            return await asyncio.gather(*calls, return_exceptions=True)

    async def _in_order(
        self, caller: Caller, subscription: Subscription, rows: list[Delivery], now
    ) -> list[tuple[str, Told]]:
        """One after the other, up to the first that fails, for the rest would as well; whoever is
        slow gets few a round, not all of it.
        """
        outcomes, begun = [], time.monotonic()
        for row in rows:
            headers = {"webhook-id": row.id, "webhook-timestamp": str(int(now.timestamp()))}
            headers["webhook-signature"] = " ".join(
                signature(secret, row.id, int(now.timestamp()), row.body)
                for secret in self._secrets(subscription, now)
            )
            told = await caller.post(subscription.url, row.body, headers)
            outcomes.append((row.id, told))
            if told.fault or time.monotonic() - begun > ROUND_S:
                break
        return outcomes

    def _secrets(self, subscription: Subscription, now) -> list[str]:
        """The secret in force and, for a day after a change, the one before it: receivers may take
        either.
        """
        sealed = [subscription.secret]
        if subscription.old_secret and subscription.old_until and subscription.old_until > now:
            sealed.append(subscription.old_secret)
        return [self.seals.open(subscription.id, s) for s in sealed]

    def _note(
        self, session: Session, subscription: Subscription, outcomes: list[tuple[str, Told]]
    ) -> None:
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
            later = (
                (Delivery.subscription == subscription.id)
                & (Delivery.state == WAITING)
                & (Delivery.next_at < row.next_at)
            )
            # whoever is down is asked once, not once a message
            session.execute(update(Delivery).where(later).values(next_at=row.next_at))
            log.warning(
                "webhook not delivered",
                subscription=subscription.id,
                message=row.id,
                fault=told.fault,
            )
            if subscription.state == ACTIVE and (
                told.status == GONE or now - subscription.failing_since >= GIVE_UP
            ):
                subscription.state = PAUSED
                subscription.why = (
                    "the receiver said it is gone"
                    if told.status == GONE
                    else f"failing since {subscription.failing_since:%Y-%m-%d}"
                )
                audit.note(session, "subscription-paused", subscription.id, why=subscription.why)

    def tidy(self) -> None:
        """Forgets messages of a month ago, and all of subscriptions that have ended."""
        with self.db.transaction(self.actor) as session:
            session.execute(delete(Delivery).where(Delivery.made_at < session.info["now"] - KEEP))
            ended = select(Subscription.id).where(Subscription.state == ENDED)
            session.execute(delete(Delivery).where(Delivery.subscription.in_(ended)))

    def forget(self) -> None:
        """Now and then, besides, tidies."""
        super().forget()
        if self.rounds % 3600 == 0:
            self.tidy()
        self.rounds += 1


def message(kind: str, at, data: dict) -> str:
    """The body of a webhook message: thin, with the address to read the rest at, as the reader one
    is.
    """
    return as_json({"type": kind, "timestamp": at.isoformat(), "data": data}, sort_keys=True)
