"""Ids of profiles: asked for or made from a name, taken among the ids of all kinds and
organisations.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.errors import Conflict, FieldError, Unavailable
from shared.ids import SLUG, new_id, slug_of, unguessed
from shared.linkage import romanised
from shared.organizations.models import DRAFT, PUBLISHED

# paths beside the profiles' own
RESERVED = {"imports", "exports", "duplicates", "merges", "proposals"}


def new_slug(session: Session, kind: Any, form: dict, errors: list[FieldError]) -> str:
    """The id asked for, else one from the name: a draft's is one that nobody guesses. `reserved`
    finds out whether it is taken.
    """
    asked = form.get("id")
    if asked is not None and not SLUG.match(asked):
        errors.append(FieldError("id", "bad-slug", {}))
        return new_id()
    name = form.get("name") or {}
    latin = name.get("en") or romanised(name.get("kana") or name.get("ja") or "") or ""
    base = slug_of(latin) or f"{kind.name}-{new_id()[-12:]}"
    return asked or (
        unguessed(base) if form.get("state") == DRAFT else next(_free_slugs(session, kind, base))
    )


def _free_slugs(session: Session, kind: Any, base: str) -> Iterator[str]:
    """A name, then the same with numbers, as far as no profile of this kind has them."""
    table = kind.model.__table__
    # base itself and base-2, base-3 ...: "." follows "-"
    near = (table.c.id >= base) & (table.c.id < f"{base}.")
    taken = RESERVED | set(session.scalars(select(table.c.id).where(near)))
    numbered = (base if i == 1 else f"{base[:58]}-{i}" for i in range(1, 10_000))
    return (slug for slug in numbered if slug not in taken)


def reserved(session: Session, kind: Any, profile: Any, form: dict) -> str:
    """The profile's id, or where none was asked for the next free one, taken among the ids of all
    kinds.

    Raises Conflict, the same whatever has it: another's draft, an organisation, a path. Asked once
    all else is right, so that no fault of the form comes before or after it according to who has
    the id.
    """
    if not form.get("id"):
        free = (
            slug
            for slug in _free_slugs(session, kind, profile.id)
            if takes(session, kind, slug, profile.owner)
        )
        return next(free)
    table = kind.model.__table__
    has_it = profile.id in RESERVED or session.scalar(
        select(table.c.id).where(table.c.id == profile.id)
    )
    if has_it or not takes(session, kind, profile.id, profile.owner):
        raise Conflict("slug-taken", id=profile.id)
    return profile.id


def takes(session: Session, kind: Any, slug: str, owner: str) -> bool:
    """Whether the owner of all ids lets this organisation have one for a profile of this kind.
    Raises Unavailable.
    """
    try:
        return session.info["reserve"](kind.name, slug, owner)
    except OSError as error:
        raise Unavailable() from error


def refuse_second(session: Session, kind: Any, profile: Any) -> None:
    """An organisation is one company: a second one is an organisation of its own, which staff look
    at. Raises Conflict.
    """
    if not kind.single or profile.state != PUBLISHED or session.info["actor"].sees_everything:
        return
    model = kind.model
    other = select(model.id).where(
        model.owner == profile.owner, model.state == PUBLISHED, model.id != profile.id
    )
    if session.scalar(other.limit(1)):
        raise Conflict("second-company", id=profile.id)
