"""Facts: a value with its source and date, when it holds, and which one wins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from shared.judgement.dates import UNDATED, first_day, last_day
from shared.judgement.fields import FIELDS, open_tiers


@dataclass(frozen=True)
class Fact:
    """One statement about an organisation or one of its assets; the wire form is the same mapping."""

    field: str
    value: Any
    source: dict
    as_of: str = UNDATED
    id: str | None = None
    asset: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    replaces: tuple = ()
    list: str | None = None
    window: str | None = None
    detail: dict | None = None
    partner_org: str | None = None
    verified: str | None = None
    note: str | None = None
    tier: str | None = None
    proposed: bool = False

    @classmethod
    def of(cls, document: dict) -> "Fact":
        known = {k: v for k, v in document.items() if k in cls.__dataclass_fields__}
        return cls(**{**known, "replaces": tuple(known.get("replaces") or ())})

    @cached_property
    def start(self) -> date | None:
        """The first day it counts; None for an undated fact, which always held."""
        return first_day(self.valid_from or self.as_of)

    @cached_property
    def end(self) -> date | None:
        return last_day(self.valid_to)

    @property
    def open(self) -> bool:
        """Whether a score may use it: public and network tiers only."""
        return (self.tier or FIELDS[self.field].tier if self.field in FIELDS else "private") in open_tiers

    def within(self, on: date) -> bool:
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)

    def replaced_by(self, other: "Fact") -> bool:
        return other is not self and other.field == self.field and any(_matches(self.value, r) for r in other.replaces)

    def says(self, other: "Fact") -> bool:
        """Whether both state the same of the same."""
        return (self.field, self.asset, self.value) == (other.field, other.asset, other.value)

    def stale(self, on: date) -> bool:
        """Past its shelf life at a date; an undated fact counts as stale where the field has a shelf life."""
        days = FIELDS[self.field].shelf_life_days if self.field in FIELDS else None
        if days is None:
            return False
        said = first_day(self.as_of)
        return said is None or said + timedelta(days=days) < on

    def turns(self, on: date) -> Iterable[date]:
        """The days after `on` on which this fact begins, ends or goes stale."""
        days = FIELDS[self.field].shelf_life_days if self.field in FIELDS else None
        said = first_day(self.as_of)
        candidates = [
            self.start,
            self.end + timedelta(days=1) if self.end and self.end < date.max else None,
            said + timedelta(days=days + 1) if said and days is not None else None,
            first_day((self.detail or {}).get("planned_date")),
        ]
        return (d for d in candidates if d and d > on)


def _matches(value: Any, pattern: Any) -> bool:
    if isinstance(value, dict) and isinstance(pattern, dict):
        return pattern.items() <= value.items()
    return value == pattern


def holding(facts: Iterable[Fact], on: date) -> list[Fact]:
    """The facts that hold at a date: begun, not ended, confirmed, and not replaced by another that holds."""
    within = [f for f in facts if not f.proposed and f.within(on)]
    replacing = [f for f in within if f.replaces]
    return [f for f in within if not any(f.replaced_by(r) for r in replacing)]


def winner(facts: list[Fact]) -> Fact | None:
    """Of a single-valued field: the latest start wins, undated loses to any date; ties go to the later said, then listed."""
    best = None
    for fact in facts:
        key = (fact.start or date.min, first_day(fact.as_of) or date.min)
        if best is None or key >= best[0]:
            best = (key, fact)
    return best[1] if best else None


class Facts:
    """The facts of one record that hold at a date, by field and asset."""

    def __init__(self, facts: Iterable[Fact], on: date):
        everything = list(facts)
        self.on = on
        self.turns = sorted({d for f in everything for d in f.turns(on)})
        self._by_field: dict[str, list[Fact]] = {}
        for fact in holding(everything, on):
            self._by_field.setdefault(fact.field, []).append(fact)

    def all(self, field: str, asset: str | None = None) -> list[Fact]:
        """Of a set-valued field: those of the asset, else those of the company."""
        facts = self._by_field.get(field, [])
        if asset is None:
            return facts
        return [f for f in facts if f.asset == asset] or [f for f in facts if f.asset is None]

    def one(self, field: str, asset: str | None = None) -> Fact | None:
        return winner(self.all(field, asset))

    def __iter__(self):
        return (f for facts in self._by_field.values() for f in facts)
