"""What people may do to startups, beyond what every profile offers."""

from typing import Any

from sqlalchemy.orm import Session

from services.startups.models import Agreement, Document, Link, Merge, Startup, StartupFact
from services.startups.rules import gaps
from shared import audit
from shared.errors import FieldError, Invalid, NotFound
from shared.organizations import profiles
from shared.organizations.profiles import ProfileKind

STARTUP = ProfileKind(
    "startup",
    "startups",
    Startup,
    StartupFact,
    gaps,
    Merge,
    single=True,
    belongings=(Document, Agreement, Link),
)


def add_asset(session: Session, slug: str, asset: dict, expected: int | None) -> Any:
    """Adds a drug programme or platform; a new lead takes the place of the old one."""
    startup = profiles.owned(session, STARTUP, slug, expected)
    if any(a["id"] == asset["id"] for a in startup.assets):
        raise Invalid(errors=[FieldError("id", "twice", {"given": asset["id"]})])
    lead = asset.get("lead") or not startup.assets
    others = [a | {"lead": False} if lead else a for a in startup.assets]
    return profiles.change(
        session, STARTUP, slug, startup.version, {"assets": [*others, asset | {"lead": lead}]}
    )


def company(session: Session, slug: str) -> dict:
    """Who represents a company; for its own people alone."""
    return profiles.owned(session, STARTUP, slug, None).company or {}


def set_company(session: Session, slug: str, form: dict) -> dict:
    """Says who represents a company; nothing is told to anybody. An empty form forgets it."""
    startup = profiles.owned(session, STARTUP, slug, None)
    startup.company = form or None
    audit.note(session, "company-changed", slug)
    return form


def add_aliases(session: Session, slug: str, names: list[str], expected: int | None) -> Any:
    """Adds names by which the company is also known."""
    startup = profiles.owned(session, STARTUP, slug, expected)
    return profiles.change(
        session,
        STARTUP,
        slug,
        startup.version,
        {"aliases": [*dict.fromkeys([*startup.aliases, *names])]},
    )


def drop_alias(session: Session, slug: str, name: str, expected: int | None) -> Any:
    startup = profiles.owned(session, STARTUP, slug, expected)
    if name not in startup.aliases:
        raise NotFound()
    return profiles.change(
        session,
        STARTUP,
        slug,
        startup.version,
        {"aliases": [a for a in startup.aliases if a != name]},
    )
