"""Two profiles of one organisation: candidates found, a person decides, a merge that can be undone
exactly.

The merged profile's facts, names, entities, assets and followers (an investor's mandates) go to the
one that stays; the row of the merge names each thing that moved, so that undoing moves just these
back and leaves what came since where it is.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from shared import audit
from shared.auth import PLATFORM
from shared.db import unscoped
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id
from shared.judgement.fields import open_tiers
from shared.linkage import forms
from shared.organizations.models import PUBLISHED, WITHDRAWN
from shared.organizations.profiles import ProfileKind, record

MERGED, UNDONE, DISTINCT = "merged", "undone", "distinct"
LISTS = ("aliases", "former_names", "legal_entities", "assets")
SHORTEST = 4  # folded names shorter than this are shared by too many
CROWD = 5  # a name that so many share says nothing about any two


def candidates(session: Session, kind: ProfileKind, limit: int) -> list[dict]:
    """Pairs that may be one organisation, the surest first: a Corporate Number in common, else a
    folded name.
    """
    session.info["actor"].need("staff")
    model = kind.model
    columns = (
        model.id,
        model.name,
        model.aliases,
        model.former_names,
        model.legal_entities,
        model.origin,
        model.owner,
    )
    by_number, by_name, rows, written = defaultdict(set), defaultdict(set), {}, {}
    for row in session.execute(select(*columns).where(model.state == PUBLISHED).order_by(model.id)):
        rows[row.id] = row
        for entity in row.legal_entities or []:
            if entity.get("corporate_number"):
                by_number[entity["corporate_number"]].add(row.id)
        for folded, text in forms(row.name or {}, row.aliases or [], row.former_names or []):
            if len(folded) >= SHORTEST:
                by_name[folded].add(row.id)
                written.setdefault(folded, text)
    because: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for reason, groups in (("corporate-number", by_number), ("name", by_name)):
        for value, ids in groups.items():
            for pair in combinations(sorted(ids), 2) if 2 <= len(ids) <= CROWD else ():
                if reason not in {known["kind"] for known in because[pair]}:
                    because[pair].append({"kind": reason, "value": written.get(value, value)})
    settled = _settled(session, kind)
    found = [(pair, reasons) for pair, reasons in because.items() if pair not in settled]
    found.sort(key=lambda f: (f[1][0]["kind"] != "corporate-number", -len(f[1]), f[0]))
    return [
        {"a": _shown(rows[a]), "b": _shown(rows[b]), "because": reasons}
        for (a, b), reasons in found[:limit]
    ]


def _shown(row: Any) -> dict:
    return {"id": row.id, "name": row.name, "origin": row.origin, "claimed": row.owner != PLATFORM}


def _settled(session: Session, kind: ProfileKind) -> set[tuple[str, str]]:
    rows = select(kind.merge.winner, kind.merge.loser).where(
        kind.merge.kind == kind.name, kind.merge.state == DISTINCT
    )
    return {tuple(sorted(pair)) for pair in session.execute(rows)}


def keep_apart(session: Session, kind: ProfileKind, a: str, b: str) -> Any:
    """Notes that two profiles are of two organisations, so that nobody is asked again."""
    _two(session, kind, a, b)
    row = _row(session, kind, a, b, DISTINCT, {})
    audit.note(session, f"{kind.name}-kept-apart", a, other=b)
    return row


def merge(session: Session, kind: ProfileKind, winner_id: str, loser_id: str) -> Any:
    """Moves everything of one profile to the other and withdraws it. Raises NotFound; Conflict
    where it has another owner.
    """
    with unscoped(session):  # whoever decides sees a part of the facts; all of them move
        return _merge(session, kind, winner_id, loser_id)


def _merge(session: Session, kind: ProfileKind, winner_id: str, loser_id: str) -> Any:
    winner, loser = _two(session, kind, winner_id, loser_id)
    if loser.owner not in (PLATFORM, winner.owner):
        raise Conflict("two-owners", id=loser_id)
    moved = {
        "owner": loser.owner,
        "facts": [f.id for f in loser.facts],
        "assets": _rename_assets(winner, loser),
        "followers": {},
    }
    moved["added"] = {
        name: _added(getattr(winner, name), _offered(winner, loser, name, moved["assets"]))
        for name in LISTS
    }
    for name, items in moved["added"].items():
        setattr(winner, name, [*getattr(winner, name), *items])
    hidden = _move_facts(loser, winner, set(moved["facts"]), moved["assets"])
    moved["belongings"] = {
        m.__tablename__: _move_belongings(session, kind, m, loser, winner, None)
        for m in kind.belongings
    }
    for follower_kind in kind.followers:
        moved["followers"][follower_kind.name] = _move_followers(
            session, follower_kind, loser, winner, None
        )
    loser.state = WITHDRAWN
    session.flush()
    record(session, kind, winner, "updated", secrets_changed=hidden)
    record(session, kind, loser, "withdrawn", secrets_changed=hidden)
    row = _row(session, kind, winner_id, loser_id, MERGED, moved)
    audit.note(session, f"{kind.name}-merged", winner_id, loser=loser_id, merge=row.id)
    return row


def undo(session: Session, kind: ProfileKind, merge_id: str) -> Any:
    """Moves back what a merge had moved, and only that. Raises NotFound, Conflict where it was
    undone already.
    """
    session.info["actor"].need("staff")
    with unscoped(session):
        return _undo(session, kind, merge_id)


def _undo(session: Session, kind: ProfileKind, merge_id: str) -> Any:
    row = session.scalar(
        select(kind.merge)
        .where(kind.merge.id == merge_id, kind.merge.kind == kind.name)
        .with_for_update()
    )
    if row is None or row.state == DISTINCT:
        raise NotFound()
    later = select(kind.merge.id).where(
        kind.merge.kind == kind.name,
        kind.merge.state == MERGED,
        kind.merge.made_at > row.made_at,
        kind.merge.loser == row.winner,
    )
    if row.state == UNDONE or session.scalar(later.limit(1)):
        raise Conflict("merge-undone" if row.state == UNDONE else "merged-on", id=row.winner)
    winner, loser = (
        session.get(kind.model, slug, with_for_update=True) for slug in (row.winner, row.loser)
    )
    moved, back = row.moved, {new: old for old, new in row.moved["assets"].items()}
    for name, items in moved["added"].items():
        setattr(winner, name, [i for i in getattr(winner, name) if i not in items])
    loser.owner, loser.state = moved["owner"], PUBLISHED
    hidden = _move_facts(winner, loser, set(moved["facts"]), back)
    for model in kind.belongings:
        _move_belongings(
            session,
            kind,
            model,
            winner,
            loser,
            moved.get("belongings", {}).get(model.__tablename__, []),
        )
    for follower_kind in kind.followers:
        _move_followers(
            session, follower_kind, winner, loser, moved["followers"][follower_kind.name]
        )
    session.flush()
    record(session, kind, winner, "updated", secrets_changed=hidden)
    record(session, kind, loser, "registered", secrets_changed=hidden)
    row.state, row.undone_at = UNDONE, session.info["now"]
    audit.note(session, f"{kind.name}-merge-undone", row.winner, loser=row.loser, merge=row.id)
    return row


def made(session: Session, kind: ProfileKind, limit: int = 200) -> list[dict]:
    """What was decided about duplicates, the newest first."""
    session.info["actor"].need("staff")
    rows = (
        select(kind.merge)
        .where(kind.merge.kind == kind.name)
        .order_by(kind.merge.made_at.desc(), kind.merge.id.desc())
    )
    return [merge_document(row) for row in session.scalars(rows.limit(limit))]


def merge_document(row: Any) -> dict:
    shown = {name: getattr(row, name) for name in ("id", "winner", "loser", "state", "made_by")}
    return shown | {
        "made_at": row.made_at.isoformat(),
        "undone_at": row.undone_at.isoformat() if row.undone_at else None,
    }


def _two(session: Session, kind: ProfileKind, a: str, b: str) -> list[Any]:
    """Two published profiles, locked in one order. Raises Forbidden, NotFound, Invalid."""
    session.info["actor"].need("staff")
    if a == b:
        raise Invalid(errors=[FieldError("loser", "twice", {"given": b})])
    rows = (
        select(kind.model)
        .where(kind.model.id.in_((a, b)), kind.model.state == PUBLISHED)
        .order_by(kind.model.id)
        .with_for_update()
    )
    found = {row.id: row for row in session.scalars(rows)}
    if len(found) < 2:
        raise NotFound()
    return [found[a], found[b]]


def _row(
    session: Session, kind: ProfileKind, winner: str, loser: str, state: str, moved: dict
) -> Any:
    actor = session.info["actor"]
    row = kind.merge(
        id=new_id(),
        kind=kind.name,
        winner=winner,
        loser=loser,
        owner=actor.org,
        state=state,
        moved=moved,
    )
    row.made_by, row.made_at, row.undone_at = actor.person, session.info["now"], None
    session.add(row)
    return row


def _rename_assets(winner: Any, loser: Any) -> dict[str, str]:
    """New ids for assets whose id the other profile uses too, by old id."""
    taken, renamed = {a["id"] for a in winner.assets} | {a["id"] for a in loser.assets}, {}
    for asset in loser.assets:
        if asset["id"] in {a["id"] for a in winner.assets}:
            new = next(n for i in range(2, 10_000) if (n := f"{asset['id'][:58]}-{i}") not in taken)
            renamed[asset["id"]] = new
            taken.add(new)
    return renamed


def _offered(winner: Any, loser: Any, name: str, renamed: dict[str, str]) -> list:
    """What the merged profile brings to a list of the one that stays: its own names count as
    aliases there.
    """
    if name == "aliases":
        return [*(loser.name[k] for k in ("en", "ja", "kana") if loser.name.get(k)), *loser.aliases]
    if name == "assets":
        mine = [a | {"id": renamed.get(a["id"], a["id"])} for a in loser.assets]
        return [a | {"lead": False} if winner.assets else a for a in mine]
    return getattr(loser, name)


def _added(held: list, offered: Iterable) -> list:
    """What of the offered is new, each once."""
    new: list = []
    for item in offered:
        if item not in held and item not in new:
            new.append(item)
    return new


def _move_facts(source: Any, target: Any, ids: set[str], assets: dict[str, str]) -> bool:
    """Moves facts, their assets renamed; returns whether any of them is hidden."""
    hidden = False
    for fact in [f for f in source.facts if f.id in ids]:
        source.facts.remove(fact)
        fact.owner, fact.asset = target.owner, assets.get(fact.asset, fact.asset)
        target.facts.append(fact)
        hidden = hidden or fact.tier not in open_tiers
    return hidden


def _move_belongings(
    session: Session,
    kind: ProfileKind,
    model: type,
    source: Any,
    target: Any,
    only: list[str] | None,
) -> list[str]:
    """Moves what hangs on a profile, all or `only` some; returns their ids."""
    column = getattr(model, kind.name)
    found = list(
        session.scalars(
            select(model)
            .where(column == source.id, or_(model.id.in_(only or []), only is None))
            .order_by(model.id)
        )
    )
    for row in found:
        setattr(row, kind.name, target.id)
        row.owner = target.owner
    return [row.id for row in found]


def _move_followers(
    session: Session, kind: ProfileKind, source: Any, target: Any, only: list[str] | None
) -> list[str]:
    """Moves profiles that belong to the organisation, all or `only` some; returns their ids."""
    model = kind.model
    rows = select(model).where(
        model.investor == source.id, or_(model.id.in_(only or []), only is None)
    )
    moved = []
    for follower in session.scalars(rows.order_by(model.id).with_for_update()):
        follower.investor, follower.owner = target.id, target.owner
        for fact in follower.facts:
            fact.owner = target.owner
        if follower.state == PUBLISHED:
            record(
                session, kind, follower, "updated", secrets_changed=bool(follower.secret_version)
            )
        moved.append(follower.id)
    return moved
