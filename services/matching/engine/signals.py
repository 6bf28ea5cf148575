"""Signals: the dated events that facts tell, a pure function of an organisation's facts and of
those that name it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from shared.judgement.dates import first_day
from shared.judgement.facts import Fact, best, contradicts
from shared.vocabulary import country_of, vocabulary

RECENT = timedelta(days=92)  # an event this old is news to who has never looked
STATUS = {
    "listed": "listing",
    "planned-listing": "listing",
    "acquired": "acquisition",
    "closed": "closure",
}
LEDGER = {"grant": "grant", "licence": "licence"}


@dataclass(frozen=True)
class Signal:
    """One event of `subject`: its kind (vocabulary `signal`), its day as the text gives it, and the
    fact that tells it.
    """

    kind: str
    day: str
    subject: str
    fact: Fact

    @property
    def start(self) -> date:
        return first_day(self.day) or date.min


def signals_of(subject: str, facts: Iterable[Fact], on: date, speaks: bool) -> list[Signal]:
    """What has happened to an organisation by a day, as its facts tell, newest first, each event
    once.

    Args:
        subject: its id.
        facts: all that is stated of it, also what has ended or been replaced since.
        on: the day.
        speaks: whether it speaks for itself here; a profile compiled from public sources does not.
    """
    stated = [f for f in facts if not f.proposed]
    found = [signal for fact in stated for signal in _told(subject, fact)]
    found += [
        s for name in SERIES for s in _moves(subject, name, [f for f in stated if f.field == name])
    ]
    found += _joined(subject, stated) if speaks else []
    return settled(s for s in found if s.start != date.min and s.start <= on)


def settled(found: Iterable[Signal]) -> list[Signal]:
    """Each event once, by the best source that tells it; newest first."""
    told: dict[tuple, list[Signal]] = {}
    for signal in found:
        told.setdefault(
            (signal.kind, signal.subject, signal.day[:7], _what(signal.fact)), []
        ).append(signal)
    chosen = [_best(same) for same in told.values()]
    return sorted(chosen, key=lambda s: (s.start, s.kind, s.subject, _what(s.fact)), reverse=True)


def _best(same: list[Signal]) -> Signal:
    fact = best(s.fact for s in same)
    return next(s for s in same if s.fact is fact)


def _what(fact: Fact) -> str:
    """What an event is about: two texts about the same of it tell one event."""
    value = fact.value if isinstance(fact.value, dict) else {"value": fact.value}
    named = [
        value.get(k)
        for k in (
            "value",
            "round",
            "org",
            "holder",
            "programme",
            "asset",
            "territory",
            "fund",
            "amount",
        )
    ]
    return f"{fact.field}|{fact.asset}|{'|'.join(str(v) for v in named)}"


def newest(signals: list[Signal], on: date) -> Signal | None:
    """The last event, if it is recent on a day."""
    last = next(iter(signals), None)
    return last if last and on - last.start <= RECENT else None


def _told(subject: str, fact: Fact) -> Iterator[Signal]:
    """The events that one fact tells by itself."""
    for kind, day in READ[fact.field](fact) if fact.field in READ else ():
        if day:
            yield Signal(kind, day, subject, fact)


def _when(kind: str) -> Callable:
    """An event on the day since when a fact is true, else of its text."""
    return lambda fact: [(kind, fact.valid_from or fact.as_of)]


def _since(kind: str) -> Callable:
    """An event only where the text says since when it is true."""
    return lambda fact: [(kind, fact.valid_from)]


def _dated(kind: str) -> Callable:
    """An event on the date within a value, else since when the fact is true."""
    return lambda fact: [(kind, fact.value.get("date") or fact.valid_from)]


READ: dict[str, Callable[[Fact], list[tuple[str, str | None]]]] = {
    "funding_round": lambda f: [(LEDGER.get(f.value["kind"], "financing"), f.value["date"])],
    "investment_received": _dated("investment"),
    "public_grant": _dated("grant"),
    "rights": lambda f: [("licence", f.valid_from), ("rights-ended", f.valid_to)],
    "collaboration": _when("collaboration"),
    "regulatory": _when("regulatory"),
    "corporate_status": lambda f: [(STATUS[f.value], f.valid_from)] if f.value in STATUS else [],
    "fund_size": lambda f: [("fund", f.valid_from)] if f.value["which"] == "current" else [],
    "office": _since("office"),
    "us_presence": _since("office"),
    "parent": _since("ownership"),
    "ownership": _since("ownership"),
    "raise": lambda f: (
        [("raising", f.valid_from or f.as_of)] if f.value["state"] == "raising" else []
    ),
    "opened": lambda f: [("opening", f.value)],
}


def _moves(subject: str, name: str, facts: list[Fact]) -> Iterator[Signal]:
    """Where a later text of a field says something else than the one before: it has moved."""
    kind_of, differs = SERIES[name]
    for asset in dict.fromkeys(f.asset for f in facts):
        dated = sorted((f for f in facts if f.asset == asset and f.start), key=lambda f: f.start)
        for before, after in zip(dated, dated[1:], strict=False):
            if (
                after.start > before.start
                and differs(before, after)
                and not contradicts(after, before)
            ):
                yield Signal(kind_of(after), after.valid_from or after.as_of, subject, after)


def _went_on(before: Fact, after: Fact) -> bool:
    ranks = [vocabulary("development_stage").rank(f.value) for f in (before, after)]
    return None not in ranks and ranks[0] < ranks[1] and _place(before) == _place(after)


def _place(fact: Fact) -> str | None:
    return (fact.detail or {}).get("territory")


def _grew(before: Fact, after: Fact) -> bool:
    """Whether a later text gives the same fund another size."""
    old, new = before.value, after.value
    same = all(old.get(k) == new.get(k) for k in ("which", "fund", "currency"))
    return (
        same
        and new["which"] == "current"
        and "amount" in old
        and "amount" in new
        and old["amount"] < new["amount"]
    )


SERIES: dict[str, tuple[Callable[[Fact], str], Callable[[Fact, Fact], bool]]] = {
    "stage": (lambda after: "stage", _went_on),
    "hq": (
        lambda after: "headquarters",
        lambda before, after: country_of(before.value) != country_of(after.value),
    ),
    "corporate_status": (
        lambda after: STATUS[after.value],
        lambda before, after: after.value in STATUS and before.value != after.value,
    ),
    "fund_size": (lambda after: "fund", _grew),
}


def _joined(subject: str, facts: list[Fact]) -> list[Signal]:
    """That an organisation speaks for itself here, from the day on which it first did."""
    own = [f for f in facts if f.source.get("kind") == "self-declared" and first_day(f.as_of)]
    first = min(own, key=lambda f: first_day(f.as_of), default=None)
    return [Signal("profile", first.as_of, subject, first)] if first else []
