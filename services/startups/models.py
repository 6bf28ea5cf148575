"""Tables of the startups service."""

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.db import Owned, new_base
from shared.organizations.models import FactColumns, MergeColumns, ProfileColumns

Base = new_base()


class StartupFact(FactColumns, Base):
    """A fact of a startup; `answers` names the reviewers' question that it answers."""

    __tablename__ = "startup_facts"
    profile_key = "startups.id"

    answers: Mapped[str | None] = mapped_column(String(36))


class Startup(ProfileColumns, Base):
    __tablename__ = "startups"
    fact_class = "StartupFact"


class Mapping(Owned, Base):
    """How an organisation's own table names our columns, saved for the next import."""

    __tablename__ = "import_mappings"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    columns: Mapped[dict] = mapped_column(JSON)


class Merge(MergeColumns, Base):
    __tablename__ = "merges"
