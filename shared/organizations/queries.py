"""Reads of profiles: one, a page, by filters. Every one goes through a session that knows its
actor.
"""

from typing import Any

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session, object_session

from shared.errors import Forbidden, NotFound
from shared.organizations.models import WITHDRAWN, profile_document
from shared.organizations.profiles import ProfileKind
from shared.organizations.seen import seen
from shared.vocabulary import vocabulary

FILTERS = {
    "modality": ("modality", ("modality", "focus_modality")),
    "area": ("therapeutic_area", ("therapeutic_area", "focus_area")),
    "place": ("geography", ("hq", "office", "location", "hub", "focus_geography")),
}


def document(profile: Any) -> dict:
    """A profile as its reader may see it: its session has already left out what is not theirs."""
    told = seen(object_session(profile), profile)
    return profile_document(profile, profile.facts) | {
        "version": told.version,
        "created_at": profile.created_at.isoformat(),
        "updated_at": told.at.isoformat(),
    }


def tag(profile: Any) -> str:
    """What tells the states of a profile apart that its reader may see; to its owner, the
    version.
    """
    return seen(object_session(profile), profile).tag


def one(session: Session, kind: ProfileKind, slug: str) -> Any:
    """A profile the actor may see. Raises NotFound, for a withdrawn one of another organisation
    too.
    """
    profile = session.scalar(select(kind.model).where(kind.model.id == slug))
    if profile is None:
        raise NotFound()
    return profile


def own(session: Session, kind: ProfileKind, slug: str) -> Any:
    """A profile of the actor's organisation. Raises NotFound, Forbidden for another's."""
    profile, actor = one(session, kind, slug), session.info["actor"]
    if not actor.may_change(profile.owner, *kind.roles):
        raise Forbidden()
    return profile


def many(
    session: Session, kind: ProfileKind, limit: int, after: str | None, filters: dict
) -> tuple[list[Any], str | None]:
    """A page in the order of ids, and the key of the next page; `modality`, `area` and `place`
    include what lies under them.
    """
    model, fact = kind.model, kind.fact
    query = select(model).order_by(model.id).limit(limit + 1)
    if after is not None:
        query = query.where(model.id > after)
    query = query.where(
        model.state == filters["state"] if filters.get("state") else model.state != WITHDRAWN
    )
    for name in ("kind", "origin", "investor"):
        if filters.get(name):
            query = query.where(getattr(model, name) == filters[name])
    if filters.get("q"):
        text = f"%{_escaped(filters['q'].lower())}%"
        names = (
            func.lower(model.name["en"].as_string()),
            model.name["ja"].as_string(),
            model.name["kana"].as_string(),
            cast(model.aliases, String),
        )
        query = query.where(or_(*(n.like(text, escape="\\") for n in names)))
    for name, (words, fields) in FILTERS.items():
        if filters.get(name):
            inside = vocabulary(words).under(filters[name])
            has = select(fact.id).where(
                fact.subject == model.id, fact.field.in_(fields), fact.code.in_(inside)
            )
            query = query.where(has.exists())
    rows = list(session.scalars(query))
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
