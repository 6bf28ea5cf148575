"""Tables of the notices service."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db import new_base

Base = new_base()
WAITING, SENT, FAILED = "waiting", "sent", "failed"


class Mail(Base):
    """One mail; its text is dropped once it is sent, for it may hold a link that lets somebody in."""

    __tablename__ = "mails"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    template: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), index=True)
    tries: Mapped[int]
    next_at: Mapped[datetime]
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    fault: Mapped[str | None] = mapped_column(String(300))
