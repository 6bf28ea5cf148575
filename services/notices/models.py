"""Tables of the notices service."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, String, Text, cast, false, or_
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from shared.auth import Actor
from shared.db import Owned, new_base
from shared.departures import Made

Base = new_base()
WAITING, SENT, FAILED = "waiting", "sent", "failed"
ACTIVE, PAUSED, ENDED = "active", "paused", "ended"


class Mail(Base):
    """One mail; its text is dropped once it is sent, for it may hold a link that lets somebody
    in.
    """

    __tablename__ = "mails"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    template: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), index=True)
    # with next_at and fault, what a worker of the version before reads during an upgrade
    tries: Mapped[int]
    next_at: Mapped[datetime]
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    fault: Mapped[str | None] = mapped_column(String(300))


class Subscription(Made, Owned, Base):
    """What an organisation wants to be told, and where; `network` says whether its maker may read
    others' profiles in full.
    """

    __tablename__ = "subscriptions"
    readers = ("startup", "reviewer", "officer", "site-manager")

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list] = mapped_column(JSON)
    network: Mapped[bool]
    # those of its maker
    roles: Mapped[list] = mapped_column(
        JSON, server_default='["officer", "reviewer", "site-manager"]'
    )
    secret: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: it signs, so a hash would not do
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16), index=True)
    why: Mapped[str | None] = mapped_column(String(300))
    failing_since: Mapped[datetime | None]
    made_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]

    @classmethod
    def visible_to(cls, actor: Actor):
        """Read in a role in which it was made."""
        mine = or_(
            *(
                cast(cls.roles, String).contains(f'"{role}"')
                for role in cls.readers
                if role in actor.roles
            ),
            false(),
        )
        return super().visible_to(actor) & mine

    @classmethod
    def begun(cls) -> InstrumentedAttribute[datetime]:
        return cls.created_at

    @classmethod
    def ending(cls, now: datetime) -> dict[str, str]:
        return {"state": ENDED}


class Delivery(Base):
    """One message to one subscription; its id is the same however often it is made or sent, so that
    receivers can tell.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_due", "state", "next_at"),
        Index("ix_deliveries_of", "subscription", "made_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    subscription: Mapped[str] = mapped_column(String(36))
    # in the order things happened, and are told
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    type: Mapped[str] = mapped_column(String(32))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int]
    next_at: Mapped[datetime]
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    status: Mapped[int | None]
    fault: Mapped[str | None] = mapped_column(String(300))


class MandateOwner(Base):
    """Whose mandate it is: changes among its matches are told to its owner alone."""

    __tablename__ = "mandate_owners"

    mandate: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
