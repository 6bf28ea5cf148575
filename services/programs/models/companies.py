"""Whose company a startup is: a fact of its own, as the startup's profile states it."""

from collections.abc import Iterable

from sqlalchemy import JSON, ColumnElement, String, exists, false, or_, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.programs.models.profiles import Base
from shared.auth import Actor
from shared.db import Owned


class Company(Owned, Base):
    """Of a startup's published profile, which everybody may read there: the organisation that owns
    it, and every name it goes by (None until its next event).
    """

    __tablename__ = "companies"
    readers = ("startup", "officer", "site-manager", "reviewer")

    startup: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    names: Mapped[list | None] = mapped_column(JSON(none_as_null=True), default=None)

    @classmethod
    def visible_to(cls, actor: Actor):
        return true()


def of_company(column, actor: Actor) -> ColumnElement[bool]:
    """Rows about a startup of the actor's own organisation; one whose profile is not known goes by
    the name of its own.
    """
    if not actor.acts_for(actor.org, "startup"):
        return false()
    own = select(Company.startup).where(Company.owner == actor.org)
    unknown = (column == actor.org) & ~exists().where(Company.startup == actor.org)
    return or_(column.in_(own), unknown)


def owner_of(session: Session, startup: str) -> str:
    """The organisation of a startup."""
    known = session.get(Company, startup)
    return known.owner if known else startup


def company_of(session: Session, org: str) -> str | None:
    """The startup of an organisation: the one of its own name, else the first by name; None where
    that name is another's.
    """
    own = list(
        session.scalars(
            select(Company.startup).where(Company.owner == org).order_by(Company.startup)
        )
    )
    if own:
        return org if org in own else own[0]
    return None if session.get(Company, org) else org


def called(session: Session, applications: Iterable) -> dict[str, tuple[str, ...]]:
    """By application, every name of its applicant: as applied, and as its profile has it."""
    applied = list(applications)
    wanted = select(Company).where(Company.startup.in_({a.startup for a in applied if a.startup}))
    known = {company.startup: company.names or [] for company in session.scalars(wanted)}
    return {
        a.id: tuple(n for n in (a.name, a.startup, *known.get(a.startup, ())) if n) for a in applied
    }


def applicant_of(session: Session, application) -> str:
    """Who hears of an application: the organisation of its startup, else who has it (a team, or the
    office that imported it).
    """
    return owner_of(session, application.startup) if application.startup else application.owner
