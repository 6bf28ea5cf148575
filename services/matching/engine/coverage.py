"""What is known of an organisation and how well: missing, undated, stale, contradicted, weakly
sourced, unconfirmed.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.matching.engine.coach import CRITERION_ASKS, GATE_ASKS
from shared.judgement.dates import UNDATED
from shared.judgement.facts import Fact, Facts, best
from shared.judgement.sources import class_of, weak

WANTED = {  # what gates, scores and lists ask of a record
    "startup": tuple(dict.fromkeys([*GATE_ASKS.values(), *CRITERION_ASKS.values()])),
    "mandate": ("focus_area", "focus_modality", "focus_stage", "focus_geography", "ticket"),
    "investor": ("fund_size", "office"),
    "site": ("location", "lab_offer", "availability", "eligibility"),
    "provider": ("location", "manufacturing_offer"),
    "program": ("operator", "eligibility"),
}


@dataclass(frozen=True)
class Coverage:
    """Counts of facts that hold, and the fields that are asked for and not stated."""

    known: int
    missing: tuple[str, ...]
    undated: int
    stale: int
    contradictory: int
    weak: int
    unconfirmed: int

    @property
    def faults(self) -> int:
        """What there is to look up; that nobody has confirmed a fact is no fault of it."""
        return len(self.missing) + self.undated + self.stale + self.contradictory + self.weak


def coverage(records: Iterable[tuple[str, Facts]], on: date) -> Coverage:
    """Of an organisation's records, each with what it is (a key of WANTED): an investor's mandates
    count with it.
    """
    read = list(records)
    facts = [fact for _, record in read for fact in record]
    return Coverage(
        known=len(facts),
        missing=tuple(
            field for kind, record in read for field in WANTED[kind] if not record.all(field)
        ),
        undated=sum(f.as_of == UNDATED for f in facts),
        stale=sum(f.as_of != UNDATED and f.stale(on) for f in facts),
        contradictory=sum(len(record.contradictions) for _, record in read),
        weak=_weak(facts),
        unconfirmed=sum(class_of(f.source) != "stated" for f in facts),
    )


def _weak(facts: list[Fact]) -> int:
    """Values for which nothing better than a copy, an aggregator, a blog or hearsay stands."""
    by_value: dict[str, list[Fact]] = {}
    for fact in facts:
        by_value.setdefault(
            json.dumps([fact.field, fact.asset, fact.value], sort_keys=True), []
        ).append(fact)
    found = (best(same) for same in by_value.values())
    return sum(weak(class_of(f.source)) or f.verified == "second-hand" for f in found)
