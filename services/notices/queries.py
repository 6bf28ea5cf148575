"""Reads of the notices service; every one takes the actor."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.notices.models import ENDED, Delivery, Subscription


def subscriptions(session: Session) -> list[dict]:
    """One's organisation's subscriptions with how many messages wait, were sent and given up in the
    last month.
    """
    org = session.info["actor"].org
    rows = list(
        session.scalars(
            select(Subscription)
            .where(Subscription.owner == org, Subscription.state != ENDED)
            .order_by(Subscription.created_at)
        )
    )
    counted = select(Delivery.subscription, Delivery.state, func.count()).where(
        Delivery.subscription.in_([r.id for r in rows])
    )
    counts: dict[str, dict[str, int]] = {}
    for subscription, state, number in session.execute(
        counted.group_by(Delivery.subscription, Delivery.state)
    ):
        counts.setdefault(subscription, {})[state] = number
    return [document(r) | {"messages": counts.get(r.id, {})} for r in rows]


def document(row: Subscription) -> dict:
    shown = {
        name: getattr(row, name)
        for name in ("id", "name", "url", "events", "state", "why", "made_by")
    }
    times = {
        "created_at": row.created_at.isoformat(),
        "failing_since": row.failing_since.isoformat() if row.failing_since else None,
    }
    return shown | times


def deliveries(session: Session, row: Subscription, limit: int = 100) -> list[dict]:
    """The newest messages of a subscription, with what came of each."""
    rows = (
        select(Delivery)
        .where(Delivery.subscription == row.id)
        .order_by(Delivery.number.desc())
        .limit(limit)
    )
    return [delivery_document(d) for d in session.scalars(rows)]


def delivery_document(row: Delivery) -> dict:
    shown = {
        name: getattr(row, name) for name in ("id", "type", "state", "tries", "status", "fault")
    }
    return shown | {
        "made_at": row.made_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "next_at": row.next_at.isoformat() if row.state == "waiting" else None,
    }
