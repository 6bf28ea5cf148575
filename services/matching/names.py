"""The directory of names: exact resolution, and search that forgives width, case, kana,
romanisation and typos.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import delete, func, literal, select, union_all
from sqlalchemy.orm import Session

from services.matching.models import Copy, Gram, Name
from shared.db import insert_rows
from shared.errors import Invalid, NotFound
from shared.linkage import fold, forms, grams, spellings

COMMON, RAREST, CANDIDATES, TOGETHER = 800, 8, 300, 500


@dataclass(frozen=True)
class Found:
    """An organisation a name may mean; `score` 0 to 100."""

    topic: str
    subject: str
    written: str
    score: float


def index(session: Session, documents: Sequence[tuple[str, dict]]) -> None:
    """Replaces the names of organisations, given as (topic, document), by those of their newest
    state; a withdrawn one is not found.
    """
    after = {(topic, document["id"]): _forms(document) for topic, document in documents}
    before = _held(session, after)
    changed = {place: forms for place, forms in after.items() if forms != before.get(place, set())}
    for topic, subject in changed:
        if before.get((topic, subject)):
            session.execute(delete(Name).where(Name.topic == topic, Name.subject == subject))
    rows = [
        {"folded": f, "subject": s, "topic": t, "written": w}
        for (t, s), forms in changed.items()
        for f, w in sorted(forms)
    ]
    insert_rows(session, Name.__table__, rows)
    folded = {row["folded"] for row in rows}
    wanted = {(g, f) for f in folded for g in grams(f)}
    have = (
        set(
            map(
                tuple,
                session.execute(select(Gram.gram, Gram.folded).where(Gram.folded.in_(folded))),
            )
        )
        if folded
        else set()
    )
    insert_rows(
        session, Gram.__table__, [{"gram": g, "folded": f} for g, f in sorted(wanted - have)]
    )


def _held(
    session: Session, places: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], set[tuple[str, str]]]:
    by_topic: dict[str, list[str]] = {}
    for topic, subject in places:
        by_topic.setdefault(topic, []).append(subject)
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for topic, subjects in by_topic.items():
        for row in session.execute(
            select(Name).where(Name.topic == topic, Name.subject.in_(subjects))
        ).scalars():
            found.setdefault((topic, row.subject), set()).add((row.folded, row.written))
    return found


def _forms(document: dict) -> set[tuple[str, str]]:
    """(folded, written) of all names of a published organisation; mandates have none of their
    own.
    """
    if document["state"] != "published" or document.get("investor"):
        return set()
    found = forms(document["name"], document.get("aliases", []), document.get("former_names", []))
    return {(folded[:200], written[:200]) for folded, written in found}


def resolve(session: Session, name: str, topics: tuple[str, ...]) -> tuple[str, str]:
    """The (topic, id) of a slug or any exact name. Raises NotFound with the nearest names, Invalid
    where it is ambiguous.
    """
    exact = select(Copy.topic, Copy.subject).where(Copy.subject == name, Copy.topic.in_(topics))
    by_slug = session.execute(exact).all()
    if by_slug:
        return by_slug[0].topic, by_slug[0].subject
    held = select(Name.topic, Name.subject).where(Name.topic.in_(topics)).distinct()
    looks = (Name.folded == fold(name)[:200], Name.folded.in_(spellings(name)))
    rows = next((found for look in looks if (found := session.execute(held.where(look)).all())), [])
    if len(rows) == 1:
        return rows[0].topic, rows[0].subject
    if rows:
        raise Invalid("ambiguous-name", given=name[:80], nearest=[r.subject for r in rows])
    near = [f.subject for f in search(session, name, topics, 3)]
    raise NotFound("unknown-name", given=name[:80], nearest=near)


def exact(session: Session, texts: Iterable[str], topics: tuple[str, ...]) -> dict[str, set[str]]:
    """The ids that go by exactly each of these names; asked for together."""
    spelt: dict[str, set[str]] = {}
    for text in set(texts):
        for spelling in spellings(text):
            spelt.setdefault(spelling, set()).add(text)
    found: dict[str, set[str]] = {}
    asked = sorted(spelt.keys() - {""})
    for start in range(0, len(asked), TOGETHER):
        query = select(Name.folded, Name.subject).where(
            Name.topic.in_(topics), Name.folded.in_(asked[start : start + TOGETHER])
        )
        for name, subject in session.execute(query):
            for text in spelt[name]:
                found.setdefault(text, set()).add(subject)
    return found


def search(session: Session, text: str, topics: tuple[str, ...], limit: int = 20) -> list[Found]:
    """Organisations whose names hold the text or nearly do, best first, each once."""
    folded, exact = fold(text)[:200], spellings(text)
    if not folded:
        return []
    columns = (
        select(Name.topic, Name.subject, Name.folded, Name.written)
        .where(Name.topic.in_(topics))
        .order_by(Name.folded, Name.subject)
    )
    rows = [
        *session.execute(columns.where(Name.folded.in_(exact)).limit(CANDIDATES)),
        *session.execute(
            columns.where(
                Name.folded.in_(_candidates(session, folded)), Name.folded.not_in(exact)
            ).limit(3 * CANDIDATES)
        ),
    ]
    best: dict[tuple[str, str], Found] = {}
    for topic, subject, name, written in rows:
        score = 100.0 if name in exact else _score(folded, name)
        held = best.get((topic, subject))
        if score >= 60 and (held is None or score > held.score):
            best[topic, subject] = Found(topic, subject, written, round(score, 1))
    return sorted(best.values(), key=lambda f: (-f.score, f.subject))[:limit]


def _candidates(session: Session, folded: str) -> list[str]:
    """Folded names that may be meant: those that share most of the rarest trigrams, found without
    reading long lists.

    How common a trigram is is counted only up to COMMON; where all are, names that share the rarest
    of them must do.
    """
    counted = [
        select(literal(g).label("gram"), func.count().label("n")).select_from(
            select(Gram.gram).where(Gram.gram == g).limit(COMMON).subquery()
        )
        for g in sorted(grams(folded))[:40]
    ]
    common = {g: n for g, n in session.execute(union_all(*counted)) if n}
    rare = sorted((g for g, n in common.items() if n < COMMON), key=lambda g: (common[g], g))[
        :RAREST
    ]
    if rare:
        shared = func.count()
        by_gram = (
            select(Gram.folded, shared)
            .where(Gram.gram.in_(rare))
            .group_by(Gram.folded)
            .order_by(shared.desc(), Gram.folded)
            .limit(CANDIDATES)
        )
        found = [name for name, _ in session.execute(by_gram)]
    else:
        found = list(
            session.scalars(
                select(Gram.folded).where(Gram.gram.in_(list(common)[:1])).limit(CANDIDATES)
            )
        )
    near = (
        select(Name.folded)
        .where(Name.folded >= folded, Name.folded < folded + "\U0010ffff")
        .distinct()
        .limit(CANDIDATES // 4)
    )
    return list({*found, *session.scalars(near)})


def _score(asked: str, name: str) -> float:
    """Nearness of two folded names: whole against whole, and the part asked for inside the name."""
    inside = 95.0 if asked in name and len(asked) >= 2 else 0.0
    return max(
        inside,
        fuzz.ratio(asked, name),
        fuzz.partial_ratio(asked, name) * 0.85 if len(asked) >= 4 else 0.0,
    )
