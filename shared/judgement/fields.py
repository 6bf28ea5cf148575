"""The registry of fact fields and the check of a value against its field: arity, vocabulary, shape,
tier, shelf life.
"""

import difflib
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from shared.judgement.dates import UNDATED, parts
from shared.judgement.money import MINOR_DIGITS
from shared.vocabulary import read, vocabulary

TIERS = ("public", "network", "matched", "introduced", "private")
open_tiers = frozenset({"public", "network"})
LARGEST_AMOUNT = 10**15
LARGEST_WEIGHT = 100
WEIGHED = ("ticket", "area", "modality", "geography", "stage", "text", "readiness", "supply")


@dataclass(frozen=True)
class Field:
    """How one field behaves; `per` is "asset" where each asset has its own single value."""

    slug: str
    of: tuple[str, ...]
    arity: str
    tier: str
    en: str
    ja: str
    per: str | None = None
    vocabulary: str | None = None
    shape: str | None = None
    type: str | None = None
    shelf_life_days: int | None = None


FIELDS = {row["slug"]: Field(**{**row, "of": tuple(row["of"])}) for row in read("fields")["nodes"]}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a value: where, a code from `shared.errors`, and what the text needs."""

    path: str
    code: str
    params: dict


def check(field: str, value: Any, kind: str) -> list[Fault]:
    """All faults of a value stated for a field of a record kind; an empty list means it may be
    stored.
    """
    known = FIELDS.get(field)
    if known is None or kind not in known.of:
        mine = [f for f, d in FIELDS.items() if kind in d.of]
        return [Fault("field", "unknown-field", {"given": field, "nearest": _nearest(field, mine)})]
    faults = list(_strings("value", value))
    if faults:
        return faults
    if known.vocabulary:
        return list(_code("value", value, known.vocabulary))
    if known.shape:
        return list(SHAPES[known.shape]("value", value))
    return list(TYPES[known.type]("value", value))


def _nearest(word: str, words: list[str]) -> list[str]:
    return difflib.get_close_matches(str(word), words, 3, 0.5)


def _characters(path: str, value: str) -> Iterator[Fault]:
    if len(value) > 4000:
        yield Fault(path, "too-long", {"max": 4000})
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in value):
        yield Fault(path, "bad-characters", {})


def _strings(path: str, value: Any, depth: int = 0) -> Iterator[Fault]:
    if depth > 4:
        yield Fault(path, "too-deep", {})
    elif isinstance(value, str):
        yield from _characters(path, value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(f"{path}.{key}", inner, depth + 1)
    elif isinstance(value, list):
        if len(value) > 200:
            yield Fault(path, "too-many", {"max": 200})
        for i, inner in enumerate(value[:200]):
            yield from _strings(f"{path}.{i}", inner, depth + 1)
    elif isinstance(value, (int, float)) and abs(value) > LARGEST_AMOUNT:
        yield Fault(path, "out-of-range", {"max": LARGEST_AMOUNT})


def _code(path: str, value: Any, name: str) -> Iterator[Fault]:
    words = vocabulary(name)
    if not isinstance(value, str) or value not in words:
        yield Fault(
            path,
            "unknown-code",
            {"given": str(value)[:80], "vocabulary": name, "nearest": words.nearest(value)},
        )


def _text(path: str, value: Any) -> Iterator[Fault]:
    if not isinstance(value, str) or not value.strip():
        yield Fault(path, "not-text", {})


def _date(path: str, value: Any) -> Iterator[Fault]:
    if value != UNDATED and parts(value) is None:
        yield Fault(path, "bad-date", {"given": str(value)[:80]})


def _amount(path: str, value: Any) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield Fault(path, "not-whole-amount", {"given": str(value)[:80]})
    elif not 0 < value <= LARGEST_AMOUNT:
        yield Fault(path, "out-of-range", {"max": LARGEST_AMOUNT})


def _number(path: str, value: Any) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield Fault(path, "not-number", {"given": str(value)[:80]})


def _share(path: str, value: Any) -> Iterator[Fault]:
    """A part of the whole, in percent."""
    yield from _number(path, value)
    if isinstance(value, (int, float)) and not 0 < value <= 100:
        yield Fault(path, "out-of-range", {"max": 100})


def _bool(path: str, value: Any) -> Iterator[Fault]:
    if not isinstance(value, bool):
        yield Fault(path, "not-boolean", {"given": str(value)[:80]})


def _any(path: str, value: Any) -> Iterator[Fault]:
    if value is None:
        yield Fault(path, "required", {})


def _currency(path: str, value: Any) -> Iterator[Fault]:
    if value not in MINOR_DIGITS:
        yield Fault(
            path,
            "unknown-code",
            {"given": str(value)[:80], "vocabulary": "currency", "nearest": list(MINOR_DIGITS)},
        )


def _exclusion(path: str, value: Any) -> Iterator[Fault]:
    """Words, or a coded exclusion {therapeutic_area: slug} or {modality: slug}, which gates."""
    if isinstance(value, dict):
        yield from _shape(
            path, value, {"therapeutic_area?": of("therapeutic_area"), "modality?": of("modality")}
        )
    else:
        yield from _text(path, value)


def _when(path: str, value: Any) -> Iterator[Fault]:
    """A date, or a text that says more or less than one: {"text": "2024, middle of the year"}."""
    if isinstance(value, dict):
        yield from _shape(path, value, {"text": _text})
    else:
        yield from _date(path, value)


def _count(path: str, value: Any) -> Iterator[Fault]:
    """A number, or from one to another."""
    if isinstance(value, dict):
        yield from _shape(path, value, {"min": _amount, "max": _amount, "*": _min_below_max})
    else:
        yield from _number(path, value)


TYPES: dict[str, Callable] = {
    "when": _when,
    "count": _count,
    "text": _text,
    "date": _date,
    "number": _number,
    "bool": _bool,
    "any": _any,
    "exclusion": _exclusion,
}


@dataclass(frozen=True)
class CodesOf:
    """A checker for codes of one vocabulary, which it names."""

    vocabulary: str

    def __call__(self, path: str, value: Any) -> Iterator[Fault]:
        return _code(path, value, self.vocabulary)


def of(name: str) -> CodesOf:
    """A checker for codes of one vocabulary."""
    return CodesOf(name)


def one_of(*words: str) -> Callable:
    def checker(path, value):
        if value not in words:
            yield Fault(
                path,
                "unknown-code",
                {"given": str(value)[:80], "vocabulary": "choice", "nearest": list(words)},
            )

    return checker


def nested(shape: dict) -> Callable:
    return lambda path, value: _shape(path, value, shape)


def _shape(path: str, value: Any, shape: dict) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(path, "not-object", {"keys": ", ".join(k.rstrip("?") for k in shape)})
        return
    names = {key.rstrip("?"): (key, checker) for key, checker in shape.items() if key != "*"}
    for name, (key, checker) in names.items():
        if name in value:
            yield from checker(f"{path}.{name}", value[name])
        elif not key.endswith("?"):
            yield Fault(f"{path}.{name}", "required", {})
    for key in value:
        if key not in names:
            yield Fault(f"{path}.{key}", "unknown-key", {"nearest": _nearest(key, list(names))})
    yield from shape.get("*", lambda p, v: ())(path, value)


def _min_below_max(path: str, value: dict) -> Iterator[Fault]:
    low, high = value.get("min"), value.get("max")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield Fault(f"{path}.min", "min-above-max", {})


def _window(path: str, value: Any) -> Iterator[Fault]:
    scale = value.get("scale") if isinstance(value, dict) else None
    if scale not in ("funding_round", "development_stage"):
        yield Fault(
            f"{path}.scale",
            "unknown-code",
            {
                "given": str(scale),
                "vocabulary": "scale",
                "nearest": ["funding_round", "development_stage"],
            },
        )
        return
    yield from _shape(
        path,
        value,
        {
            "from": of(scale),
            "to?": of(scale),
            "scale": _any,
            "as_written?": _text,
            "area?": of("therapeutic_area"),
        },
    )
    low, high = (vocabulary(scale).rank(value.get(k)) for k in ("from", "to"))
    if low is not None and high is not None and low > high:
        yield Fault(f"{path}.from", "window-order", {})


def _amount_needs_currency(path: str, value: dict) -> Iterator[Fault]:
    if "amount" in value and "currency" not in value:
        yield Fault(f"{path}.currency", "required", {})


def _weights(path: str, value: Any) -> Iterator[Fault]:
    """Weights by criterion: none negative, not all zero; they count relative to each other."""
    if not isinstance(value, dict) or not value:
        yield Fault(path, "not-object", {"keys": ", ".join(WEIGHED)})
        return
    for name, weight in value.items():
        if name not in WEIGHED:
            yield Fault(f"{path}.{name}", "unknown-key", {"nearest": _nearest(name, list(WEIGHED))})
        elif isinstance(weight, bool) or not isinstance(weight, (int, float)):
            yield Fault(f"{path}.{name}", "not-number", {})
        elif not 0 <= weight <= LARGEST_WEIGHT:
            yield Fault(f"{path}.{name}", "bad-weight", {"max": LARGEST_WEIGHT})
    if set(value) >= set(WEIGHED) and not any(value.values()):
        yield Fault(path, "weights-all-zero", {})


def _rule(path: str, value: Any) -> Iterator[Fault]:
    yield from _shape(path, value, RULE)
    if isinstance(value, dict) and value.get("op") in ("max", "min"):
        yield from _number(f"{path}.value", value.get("value"))


RULE = {
    "rule": of("eligibility_criterion"),
    "op": one_of("max", "min", "in", "is"),
    "value": _any,
    "unit": _text,
    "text": _text,
    "counts?": of("total_counts"),
    "period?": _text,
    "effect?": one_of("allows"),
}
ALSO = nested({"amount": _amount, "currency": _currency, "approximate?": _bool})
LEDGER = {
    "round?": of("funding_round"),
    "kind": of("ledger_kind"),
    "amount?": _amount,
    "first_close?": _amount,
    "cumulative?": _amount,
    "currency?": _currency,
    "date": _date,
    "approximate?": _bool,
    "also?": ALSO,
    "state?": one_of("committed", "received"),
    "tranche?": _text,
    "*": lambda path, value: _amount_needs_currency(path, value),
}
OWNERSHIP = {
    "relation": of("ownership_relation"),
    "org?": _text,
    "holder?": _text,
    "share?": _number,
    "share_as_of?": _date,
    "commitment?": _any,
    "price?": _any,
}
RIGHTS = {
    "asset": _text,
    "holder": _text,
    "territory?": of("geography"),
    "territory_text?": _text,
    "scope?": _text,
    "holder_org?": _text,
    "originator?": _text,
}
PROGRAMME = {
    "modality": of("modality"),
    "status": one_of("active", "ended"),
    "therapeutic_area?": of("therapeutic_area"),
    "stage?": _any,
    "asset?": _text,
    "as_written?": _text,
}
PAST_DEAL = {
    "date": _date,
    "company?": _text,
    "round?": of("funding_round"),
    "amount?": _amount,
    "currency?": _currency,
    "therapeutic_area?": of("therapeutic_area"),
    "modality?": of("modality"),
    "stage?": of("development_stage"),
    "place?": of("geography"),
    "*": lambda path, value: _amount_needs_currency(path, value),
}
RAISE = {
    "state": one_of("raising", "not-raising"),
    "round?": of("funding_round"),
    "amount?": _amount,
    "currency?": _currency,
    "lead?": one_of("wanted", "found"),
    "closing?": _date,
    "*": lambda path, value: _amount_needs_currency(path, value),
}
BUDGET = {
    "currency": _currency,
    "amount?": _amount,
    "min?": _amount,
    "max?": _amount,
    "text?": _text,
    "*": _min_below_max,
}
ORIGIN = {
    "institution": of("institution"),
    "how": one_of(
        "spin-out", "licensed-research", "carve-out", "founder-affiliation", "joint-research"
    ),
}
FOCUS_INSTITUTION = {
    "institution": of("institution"),
    "strength": one_of("only", "focus", "also"),
}
INVESTMENT = {
    "org": _text,
    "date?": _date,
    "round?": of("funding_round"),
    "role?": one_of("lead", "participant", "existing"),
    "fund?": _text,
}

SHAPES: dict[str, Callable] = {
    "budget": nested(BUDGET),
    "origin": nested(ORIGIN),
    "focus_institution": nested(FOCUS_INSTITUTION),
    "investment_received": nested(INVESTMENT),
    "ledger": nested(LEDGER),
    "total": nested(
        {
            "amount": _amount,
            "currency": _currency,
            "counts": of("total_counts"),
            "approximate?": _bool,
            "also?": ALSO,
        }
    ),
    "fund_size": nested(
        {
            "currency": _currency,
            "which": of("fund_scope"),
            "amount?": _amount,
            "min?": _amount,
            "max?": _amount,
            "fund?": _text,
            "at_least?": _bool,
            "*": _min_below_max,
        }
    ),
    "ticket": nested(
        {
            "currency": _currency,
            "kind": of("ticket_kind"),
            "min?": _amount,
            "max?": _amount,
            "typical?": _amount,
            "may_exceed_max?": _bool,
            "*": _min_below_max,
        }
    ),
    "window": _window,
    "rule": _rule,
    "rights": nested(RIGHTS),
    "refused_right": nested({"right?": _text, "territory?": of("geography")}),
    "rights_sought": nested({"right?": _text, "territory?": of("geography")}),
    "ownership": nested(OWNERSHIP),
    "internal_programme": nested(PROGRAMME),
    "availability": nested(
        {"state": of("availability_state"), "waiting_list": _bool, "occupancy?": _number}
    ),
    "grant": nested({"programme": _text, "date": _date, "call?": _any, "stage?": _text}),
    "sponsor": nested({"site": _text, "form?": _text}),
    "raise": nested(RAISE),
    "us_plan": nested(
        {"hub?": of("geography"), "entity?": _bool, "milestone?": _text, "would_move?": _bool}
    ),
    "revenue": nested({"amount": _number, "currency": _currency, "period?": _text}),
    "money": nested({"amount": _amount, "currency": _currency}),
    "shareholder": nested({"holder": _text, "share": _share, "org?": _text, "large?": _bool}),
    "relationship": nested(
        {"org": _text, "relation": one_of("shareholder", "adviser", "introducer", "in-talks")}
    ),
    "past_deal": nested(PAST_DEAL),
    "criterion_weights": _weights,
    "conflict_policy": nested({"policy": one_of("note", "gate")}),
}
SHAPED: dict[str, dict] = {  # the parts of values that people also write as texts
    "ledger": LEDGER,
    "raise": RAISE,
    "budget": BUDGET,
    "origin": ORIGIN,
    "investment_received": INVESTMENT,
    "past_deal": PAST_DEAL,
    "internal_programme": PROGRAMME,
    "rights": RIGHTS,
    "ownership": OWNERSHIP,
    "money": {"amount": _amount, "currency": _currency},
    "total": {"amount": _amount, "currency": _currency, "counts": of("total_counts")},
    "revenue": {"amount": _number, "currency": _currency},
    "us_plan": {"hub?": of("geography"), "entity?": _bool, "would_move?": _bool},
    "shareholder": {"share": _share, "large?": _bool},
    "grant": {"date": _date},
}
