"""Facts: a value with its source and date, when it holds, and which one wins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from shared.judgement.dates import UNDATED, first_day, last_day, parts
from shared.judgement.fields import FIELDS, Field, open_tiers
from shared.judgement.sources import class_of, standing
from shared.vocabulary import vocabulary

CLOSE = 0.05  # amounts this near to each other are one amount, rounded
ABOUT = timedelta(days=92)  # dates no further apart than a quarter are about the same


@dataclass(frozen=True)
class Fact:
    """One statement about an organisation or one of its assets; the wire form is the same
    mapping.
    """

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
        return (
            self.tier or FIELDS[self.field].tier if self.field in FIELDS else "private"
        ) in open_tiers

    def within(self, on: date) -> bool:
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)

    def replaced_by(self, other: "Fact") -> bool:
        return (
            other is not self
            and other.field == self.field
            and any(_matches(self.value, r) for r in other.replaces)
        )

    def says(self, other: "Fact") -> bool:
        """Whether both state the same of the same."""
        return (self.field, self.asset, self.value) == (other.field, other.asset, other.value)

    def stale(self, on: date) -> bool:
        """Past its shelf life at a date; an undated fact counts as stale where the field has a
        shelf life.
        """
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
    """The facts that hold at a date: begun, not ended, confirmed, and not replaced by another that
    holds.
    """
    within = [f for f in facts if not f.proposed and f.within(on)]
    replacing = [f for f in within if f.replaces]
    return [f for f in within if not any(f.replaced_by(r) for r in replacing)]


def best(facts: Iterable[Fact]) -> Fact:
    """The fact whose source stands best, and of those the newest."""
    return min(facts, key=lambda f: (standing(f.source), -(f.start or date.min).toordinal()))


def winner(facts: list[Fact]) -> Fact | None:
    """Of a single-valued field: the newest wins, unless a better source contradicts it at about the
    same date.
    """
    newest = _newest(facts)
    rivals = against(newest, facts) if newest else []
    return best([newest, *rivals]) if rivals else newest


def _newest(facts: Iterable[Fact]) -> Fact | None:
    """The latest start; undated loses to any date; ties go to the later said, then listed."""
    newest = None
    for fact in facts:
        key = (fact.start or date.min, first_day(fact.as_of) or date.min)
        if newest is None or key >= newest[0]:
            newest = (key, fact)
    return newest[1] if newest else None


def against(newest: Fact, facts: Iterable[Fact]) -> list[Fact]:
    """The facts that contradict the newest of their field."""
    return [f for f in facts if f is not newest and contradicts(newest, f)]


def contradicts(newer: Fact, other: Fact) -> bool:
    """Whether two facts of a single-valued field disagree at about the same date (decision 32).

    Two texts give values of which neither is the finer one, no more than `ABOUT` apart, or at any
    dates where the field never changes. What says since when it is true, or goes on to a later
    stage, tells of a change; what the organisation itself says later settles it; neither is a
    contradiction.
    """
    field = FIELDS.get(newer.field)
    if (
        field is None
        or field.arity != "single"
        or field.type in ("text", "any")
        or class_of(newer.source) == "stated"
    ):
        return False
    if _same_text(newer.source, other.source) or _place(newer) != _place(other):
        return False
    return differ(field, newer.value, other.value) and _about_one_date(field, newer, other)


def differ(field: Field, one: Any, other: Any) -> bool:
    """Whether two values of a field cannot both be true: neither is the finer, the rounded or the
    fuller form of the other.
    """
    words = vocabulary(field.vocabulary) if field.vocabulary else None
    return not (words and (words.holds(one, other) or words.holds(other, one))) and _differ(
        one, other
    )


def _differ(one: Any, other: Any) -> bool:
    if isinstance(one, dict) != isinstance(other, dict):
        return False  # words beside a value
    if isinstance(one, dict):
        return one.get("currency") == other.get("currency") and any(
            _differ(one[key], other[key]) for key in one.keys() & other.keys()
        )
    if (
        isinstance(one, int | float)
        and isinstance(other, int | float)
        and not isinstance(one, bool)
    ):
        return abs(one - other) > CLOSE * max(abs(one), abs(other))
    if isinstance(one, str) and isinstance(other, str) and parts(one) and parts(other):
        return not (one.startswith(other) or other.startswith(one))
    return one != other


def _same_text(one: dict, other: dict) -> bool:
    return one == other or bool(one.get("url")) and one.get("url") == other.get("url")


def _place(fact: Fact) -> str | None:
    """The territory that a statement is confined to."""
    return (fact.detail or {}).get("territory")


def _about_one_date(field: Field, newer: Fact, other: Fact) -> bool:
    if field.shelf_life_days is None:
        return True
    if newer.start is None or other.start is None:
        return False
    after = newer.start - last_day(other.valid_from or other.as_of)
    began = newer.valid_from is not None and newer.start > other.start
    went_on = after > timedelta(0) and _further(field, newer.value, other.value)
    return not began and not went_on and after <= ABOUT


def _further(field: Field, value: Any, than: Any) -> bool:
    """Whether a value of a ranked vocabulary comes after another."""
    words = vocabulary(field.vocabulary) if field.vocabulary else None
    ranks = [words.rank(v) for v in (value, than)] if words else [None]
    return None not in ranks and ranks[0] > ranks[1]


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

    @cached_property
    def contradictions(self) -> list[tuple[Fact, list[Fact]]]:
        """Where sources disagree: the fact that stands and those against it."""
        found = []
        for facts in self._by_field.values():
            if len(facts) == 1:
                continue
            for asset in dict.fromkeys(f.asset for f in facts):
                mine = [f for f in facts if f.asset == asset]
                newest = _newest(mine)
                if rivals := against(newest, mine):
                    stands = best([newest, *rivals])
                    found.append((stands, [f for f in [newest, *rivals] if f is not stands]))
        return found

    def doubtful(self, fact: Fact) -> bool:
        """Whether another source contradicts it, or it another."""
        return any(f is fact for stands, others in self.contradictions for f in (stands, *others))

    def __iter__(self):
        return (f for facts in self._by_field.values() for f in facts)
