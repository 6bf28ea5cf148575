"""What-if: a mandate with other weights or facts, and the moves in rank it would make. Nothing is
stored.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from sqlalchemy.orm import Session

from services.matching.engine.columns import Columns
from services.matching.engine.crowd import Crowd, Ranking, moves
from services.matching.engine.score import CLASSES
from services.matching.engine.sentences import say
from services.matching.engine.views import Mandate
from services.matching.population import Population, chain_of
from services.matching.queries import Asking, Reader
from shared.errors import Conflict, NotFound

SHOWN = 200


def preview(reader: Reader, session: Session, form: dict, asking: Asking) -> dict:
    """The moves in rank of a mandate if it were changed; facts given replace all facts of the
    fields they name. With an investor instead: what a new mandate of its own would list.
    """
    population = reader.population(session, asking)
    if "mandate" in form:
        mandates = reader.mandate(session, population, form["mandate"])
        reader.may_read(session, population, mandates)
        if len(mandates) > 1:
            raise Conflict("several-mandates", given=", ".join(mandates))
        columns = population.columns_of(frozenset(mandates))
    else:
        columns = Columns([_blank(session, population, form["investor"])], population.calibration)
    changed = Columns([_changed(columns.mandates[0], form)], population.calibration)
    with population.lock:
        crowd = population.crowd
        before, after = (_visible(crowd, c, crowd.rank(c), asking) for c in (columns, changed))
        if "mandate" not in form:
            before = replace(before, rank=np.zeros_like(before.rank))
    found = moves(before, after)
    told = [
        m
        for kind, places in found.items()
        for m in _told(kind, places, crowd, before, after, asking.lang)
    ]
    return {
        "mandate": columns.mandates[0].id,
        "startups": len(crowd.startups),
        "before": int((before.rank > 0).sum()),
        "after": int((after.rank > 0).sum()),
        "counts": {kind: len(places) for kind, places in found.items()},
        "moves": sorted(told, key=lambda m: (m["to"] is None, m["to"] or m["from"]))[:SHOWN],
        "calibration": population.calibration.hash,
    }


def _blank(session: Session, population: Population, name: str) -> Mandate:
    """A mandate of the reader's own investor that says nothing yet. Raises NotFound."""
    investor = population.organisations.get(name)
    if investor is None or not session.info["actor"].may_change(investor.owner, "reviewer"):
        raise NotFound()
    document = {
        "id": f"{investor.id}-new",
        "kind": "mandate",
        "name": {},
        "owner": investor.owner,
        "origin": investor.origin,
        "investor": investor.id,
        "facts": [],
    }
    return Mandate(
        document, [], population.on, investor, chain_of(investor, population.organisations)
    )


def _changed(mandate: Mandate, form: dict) -> Mandate:
    """The mandate as it would be, as of the same day; what it keeps private still counts."""
    today = mandate.on.isoformat()
    stated = {"as_of": today, "source": {"kind": "self-declared"}, "tier": "network"}
    new = [stated | f for f in form["facts"]]
    if form["weights"] is not None:
        new.append(stated | {"field": "criterion_weights", "value": form["weights"]})
    gone = {f["field"] for f in new} | set(form["without"])
    facts = [f for f in mandate.document["facts"] if f["field"] not in gone] + new
    return Mandate(
        mandate.document | {"facts": facts},
        mandate.secrets,
        mandate.on,
        mandate.investor,
        mandate.chain,
        mandate.version,
    )


def _visible(crowd: Crowd, columns: Columns, ranking: Ranking, asking: Asking) -> Ranking:
    """The ranking without invented startups, unless they are asked for."""
    own = columns.mandates[0].invented or asking.invented
    away = crowd.invented & (not own)
    kept = np.flatnonzero((ranking.rank > 0) & ~away)
    rank = np.zeros_like(ranking.rank)
    rank[kept[np.argsort(ranking.rank[kept])]] = np.arange(1, len(kept) + 1)
    return replace(ranking, rank=rank)


def _told(
    kind: str, places: np.ndarray, crowd: Crowd, before: Ranking, after: Ranking, lang: str
) -> Iterator[dict]:
    for i in places[:SHOWN]:
        was, now = int(before.rank[i]) or None, int(after.rank[i]) or None
        startup = crowd.startups[i]
        yield {
            "startup": startup.id,
            "name": startup.title(lang),
            "move": kind,
            "from": was,
            "to": now,
            "state": CLASSES[after.cls[i]],
            "log_odds": float(after.score[i]),
            "text": say(f"move.{kind}", lang, startup=startup.title(lang), before=was, after=now),
        }
