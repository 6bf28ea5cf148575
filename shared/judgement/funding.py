"""What a company has raised, as bounds: stated totals, the ledger, and what a rule counts."""

from dataclasses import dataclass

from shared.judgement.dates import first_day, year_of
from shared.judgement.facts import Fact, Facts
from shared.judgement.money import Money

COUNTED = {
    "equity": {"equity", "convertible"},
    "all": {"equity", "convertible", "grant", "debt", "mixed", "not-stated"},
}


@dataclass(frozen=True)
class Bounds:
    """At least `low`; at most `high` where that is known. Both in one currency, with the facts
    behind them.
    """

    low: Money
    high: Money | None
    facts: tuple[Fact, ...]


def amount_in(value: dict, currency: str, year: int | None) -> Money | None:
    """The amount of a ledger entry or total in a currency: as stated there (`also`), else at the
    rate of its year.
    """
    also = value.get("also")
    if value.get("currency") != currency and also and also["currency"] == currency:
        return Money.of(also["amount"], currency)
    largest = max(
        (value[k] for k in ("cumulative", "amount", "first_close") if k in value), default=None
    )
    if largest is None or "currency" not in value:
        return None
    return Money.of(largest, value["currency"]).to(currency, year)


def rounds(facts: Facts) -> list[Fact]:
    """Ledger entries, oldest first, undated before all dated."""
    entries = [f for f in facts.all("funding_round")]
    return sorted(
        entries,
        key=lambda f: (
            first_day(f.value.get("date")) is not None,
            first_day(f.value.get("date")) or 0,
            f.as_of,
        ),
    )


def raised(facts: Facts, counts: str, currency: str) -> Bounds:
    """Bounds of the money raised that a rule counts ("equity" or "all").

    A ledger sum is a lower bound (an upper one too where the ledger is declared complete); a stated
    total bounds what it counts: of "all" it is an upper bound of equity, of "not-stated" it is an
    upper bound of equity and a lower one of all.
    """
    per_round: dict[str, Money] = {}
    used: list[Fact] = []
    whole = True
    for i, fact in enumerate(facts.all("funding_round")):
        if fact.value["kind"] not in COUNTED[counts]:
            continue
        amount = amount_in(fact.value, currency, year_of(fact.value.get("date")))
        if amount is None:
            whole = False
            continue
        name = fact.value.get("round") or f"entry-{i}"
        name = (
            name if fact.value["kind"] in COUNTED["equity"] else f"{name}-{fact.value['kind']}-{i}"
        )
        if amount.minor > per_round.get(name, Money(0, currency)).minor:
            per_round[name] = amount
        used.append(fact)
    low = Money(sum(m.minor for m in per_round.values()), currency)
    complete = facts.one("ledger_complete")
    high = low if complete and complete.value is True and whole else None
    for fact in facts.all("total_raised"):
        total = amount_in(fact.value, currency, year_of(fact.valid_from or fact.as_of))
        if total is None:
            continue
        used.append(fact)
        says = fact.value["counts"]
        if says == counts or (counts == "equity" and says in ("all", "not-stated")):
            high = total if high is None or total.minor > high.minor else high
        if says == counts or counts == "all":
            low = max(low, total, key=lambda m: m.minor)
    return Bounds(low, high, tuple(used))
