"""Tables of the startups service."""

from datetime import date, datetime

from sqlalchemy import JSON, Date, String, Text, exists, or_
from sqlalchemy.orm import Mapped, mapped_column

from shared.auth import Actor
from shared.db import Owned, held, new_base
from shared.departures import Made
from shared.letters import LetterColumns
from shared.organizations.models import PUBLISHED, FactColumns, MergeColumns, ProfileColumns

Base = new_base()


class Introduced(Owned, Base):
    """`owner`, an organisation that a startup has been introduced to: it sees what the startup
    keeps for those, until it is closed.
    """

    __tablename__ = "introduced"
    readers = ("reviewer",)

    introduction: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64), index=True)
    owner: Mapped[str] = mapped_column(String(64))


def _introduced(model: type, startup, actor: Actor):
    """Rows of the introduced and matched tiers, for an organisation the startup has been introduced
    to.
    """
    both = exists().where(Introduced.startup == startup, held(Introduced.owner, actor, "reviewer"))
    return model.tier.in_(("matched", "introduced")) & both


class StartupFact(FactColumns, Base):
    """A fact of a startup; `answers` names the reviewers' question that it answers."""

    __tablename__ = "startup_facts"
    readers = ("startup",)
    profile_key = "startups.id"

    answers: Mapped[str | None] = mapped_column(String(36))

    @classmethod
    def visible_to(cls, actor: Actor):
        seen = super().visible_to(actor)
        return (
            seen
            if "reviewer" not in actor.roles
            else or_(seen, _introduced(cls, cls.subject, actor) & cls.proposed.is_(False))
        )


class Startup(ProfileColumns, Base):
    """A startup; `company` names its representative, which no event carries and nobody else
    reads.
    """

    __tablename__ = "startups"
    readers = ("startup",)
    fact_class = "StartupFact"

    company: Mapped[dict | None] = mapped_column(JSON(none_as_null=True), default=None)


class Mapping(Owned, Base):
    """How an organisation's own table names our columns, saved for the next import."""

    __tablename__ = "import_mappings"
    readers = ("startup",)

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    columns: Mapped[dict] = mapped_column(JSON)


class Merge(MergeColumns, Base):
    __tablename__ = "merges"


class Document(Owned, Base):
    """A paper of a startup that is not confidential, read by others while its profile is published;
    `kind` deck, one-pager, pledge or other.

    Its bytes lie in a file of that id.
    """

    __tablename__ = "documents"
    readers = ("startup",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    version: Mapped[int]
    tier: Mapped[str] = mapped_column(String(16))
    pages: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    expires_on: Mapped[date | None] = mapped_column(Date)
    added_at: Mapped[datetime]

    @classmethod
    def visible_to(cls, actor: Actor):
        tiers = ("public", "network") if actor.in_network else ("public",)
        shown = cls.tier.in_(tiers)
        shown = (
            or_(shown, _introduced(cls, cls.startup, actor)) if "reviewer" in actor.roles else shown
        )
        published = exists().where(Startup.id == cls.startup, Startup.state == PUBLISHED)
        return or_(super().visible_to(actor), shown & published)


class Agreement(Owned, Base):
    """A confidentiality agreement: with whom, from when to when, and where the data room is. Seen
    by its owner alone.
    """

    __tablename__ = "agreements"
    readers = ("startup",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    counterparty: Mapped[str] = mapped_column(String(200))
    org: Mapped[str | None] = mapped_column(String(64))
    signed_on: Mapped[str] = mapped_column(String(16))
    ends_on: Mapped[str | None] = mapped_column(String(16))
    data_room: Mapped[str | None] = mapped_column(String(1000))
    note: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime]


class Link(Made, Owned, Base):
    """What somebody without an account may follow until it expires: the one-pager, or a quarter's
    reconfirmation; the secret as a hash.

    A reconfirmation, which nobody made, goes to the owners by mail: it ends when one of them
    leaves.
    """

    __tablename__ = "links"
    readers = ("startup",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    startup: Mapped[str] = mapped_column(String(64), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(2))
    tier: Mapped[str] = mapped_column(String(16))
    used: Mapped[int]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Letter(LetterColumns, Base):
    """Mail to the owners of a startup."""
