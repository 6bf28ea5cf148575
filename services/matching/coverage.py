"""The coverage of all organisations for staff: what is known of each and how well, most matches
first, as a list to work off.
"""

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching.engine.coverage import coverage
from services.matching.engine.grade import FLOOR
from services.matching.engine.views import Organisation
from services.matching.models import Match
from services.matching.population import Population
from services.matching.queries import Asking, Reader
from services.matching.relations import everyone
from shared.judgement.facts import Facts
from shared.judgement.fields import FIELDS

COUNTS = ("known", "undated", "stale", "contradictory", "weak", "unconfirmed")
KINDS = {
    "startups": "startup",
    "investors": "investor",
    "sites": "site",
    "providers": "provider",
    "programs": "program",
}


def report(session: Session, reader: Reader, asking: Asking) -> list[dict]:
    """Every published organisation, by the number of matches that what is known of it decides, then
    by how much there is to look up.
    """
    session.info["actor"].need("staff")
    population = reader.population(session, asking)
    topics = {subject: topic for topic, subject in population.copies if topic in KINDS}
    matches = _matches(session, population)
    mandates: dict[str, list[Organisation]] = {}
    for mandate in population.mandates.values():
        mandates.setdefault(mandate.investor.id, []).append(mandate)
    shown = [o for o in everyone(population).values() if asking.invented or not o.invented]
    items = [
        _item(o, KINDS[topics[o.id]], mandates.get(o.id, []), matches[o.id], asking.lang)
        for o in shown
    ]
    return sorted(items, key=lambda i: (-i["matches"] if i["faults"] else 1, -i["faults"], i["id"]))


def _matches(session: Session, population: Population) -> Counter[str]:
    """Matches by startup and by investor."""
    pairs = select(Match.startup, Match.mandate, func.count()).where(
        Match.state == "match", Match.fit >= FLOOR
    )
    counted: Counter[str] = Counter()
    for startup, mandate, n in session.execute(pairs.group_by(Match.startup, Match.mandate)):
        counted[startup] += n
        if mandate in population.mandates:
            counted[population.mandates[mandate].investor.id] += n
    return counted


def _item(
    organisation: Organisation, kind: str, mandates: list[Organisation], matches: int, lang: str
) -> dict:
    records: list[tuple[str, Facts]] = [
        (kind, organisation.open),
        *(("mandate", m.open) for m in mandates),
    ]
    found = coverage(records, organisation.on)
    return {
        "id": organisation.id,
        "kind": organisation.kind,
        "name": organisation.title(lang),
        "claimed": organisation.origin == "self-declared",
        "matches": matches,
        "faults": found.faults,
        "missing": [getattr(FIELDS[field], lang) for field in dict.fromkeys(found.missing)],
        **{key: getattr(found, key) for key in COUNTS},
    }


def rows(items: list[dict], lang: str) -> tuple[list[str], list[list]]:
    """The list as a table: headings and rows."""
    heads = HEADS[lang == "ja"]
    separator = "、" if lang == "ja" else ", "
    return heads, [[*(i[key] for key in COLUMNS), separator.join(i["missing"])] for i in items]


COLUMNS = ("id", "name", "kind", "matches", "faults", *COUNTS)
HEADS = (
    [
        *("Id", "Name", "Kind", "Matches", "To look up", "Facts", "Undated", "Past shelf life"),
        *("Sources disagree", "Weak source only", "Unconfirmed", "Not stated"),
    ],
    [
        *("ID", "名称", "種別", "マッチ数", "要確認", "事実数", "日付なし", "期限切れ"),
        *("出典の食い違い", "弱い出典のみ", "未確認", "記載なしの項目"),
    ],
)
