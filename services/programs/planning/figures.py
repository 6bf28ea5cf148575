"""The ledger's arithmetic: rows that happened become figures by window and hub, each figure keeping
the rows it is counted from.

Windows follow the cohort: until its end (`during`), then months 1-6, 7-12, 13-24 after it, apart
from each other, so that they add up. A figure of unit `startups` counts each company once, where it
first appears; `count` counts rows; `hours` and `number` add amounts; `money` adds amounts in JPY
and USD by the rate of the year each was paid in, and names rows whose year has no rate.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.programs.planning.masking import masked
from shared.judgement.money import MINOR_DIGITS, Money, newest_year

DURING, SIX, TWELVE, TWENTY_FOUR = "during", "6", "12", "24"
WINDOWS, TOTAL, NO_HUB = (DURING, SIX, TWELVE, TWENTY_FOUR), "total", "-"
STARTUPS, COUNT, HOURS, NUMBER, MONEY = "startups", "count", "hours", "number", "money"
UNITS = (STARTUPS, COUNT, HOURS, NUMBER, MONEY)


@dataclass(frozen=True)
class Row:
    """One thing that happened: `amount` in minor units of a currency, in minutes, or a number."""

    id: str
    indicator: str
    startup: str
    on: date
    amount: int
    currency: str | None
    evidence: str


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def window_of(on: date, ends: date) -> str | None:
    """The window a day falls into; None: later than two years after."""
    if on <= ends:
        return DURING
    return next(
        (name for name in (SIX, TWELVE, TWENTY_FOUR) if on <= months_after(ends, int(name))), None
    )


def counted(rows: Iterable[Row], unit: str, ends: date, until: date) -> list[tuple[Row, str]]:
    """The rows that count, with their windows: none later than `until`, and of a company only the
    first where companies are counted.
    """
    found, seen = [], set()
    for row in sorted(rows, key=lambda r: (r.on, r.id)):
        window = window_of(row.on, ends)
        if window is None or row.on > until or unit == STARTUPS and row.startup in seen:
            continue
        seen.add(row.startup)
        found.append((row, window))
    return found


def cells(
    found: list[tuple[Row, str]], hubs: dict[str, str], names: list[str]
) -> dict[tuple[str, str], list[Row]]:
    """Rows by (hub, window), totals among them: what a figure opens to."""
    told: dict[tuple[str, str], list[Row]] = {
        (hub, window): [] for hub in (*names, TOTAL) for window in (*WINDOWS, TOTAL)
    }
    for row, window in found:
        hub = hubs.get(row.startup, NO_HUB)
        for at in {(hub, window), (hub, TOTAL), (TOTAL, window), (TOTAL, TOTAL)}:
            told[at].append(row)
    return told


def value(rows: list[Row], unit: str) -> int | float | dict:
    """What a cell says."""
    if unit in (STARTUPS, COUNT):
        return len(rows)
    if unit == HOURS:
        return round(sum(r.amount for r in rows) / 60, 1)
    if unit == NUMBER:
        return sum(r.amount for r in rows)
    told: dict = {"rates": sorted({min(r.on.year, newest_year()) for r in rows if r.currency})}
    for currency in ("JPY", "USD"):
        paid = [
            Money(r.amount, r.currency).to(currency, min(r.on.year, newest_year())) for r in rows
        ]
        told[currency] = sum(m.minor for m in paid if m) // 10 ** MINOR_DIGITS[currency]
    told["unconverted"] = [
        r.id
        for r in rows
        if Money(r.amount, r.currency).to("JPY", min(r.on.year, newest_year())) is None
    ]
    return told


def figure_table(
    rows: Iterable[Row],
    unit: str,
    ends: date,
    until: date,
    hubs: dict[str, str],
    names: list[str],
    public: bool,
) -> dict:
    """Values by hub and window. Public: counts of companies or things under five hidden with enough
    beside them, amounts hidden where their companies are.
    """
    found = counted(rows, unit, ends, until)
    by_cell = cells(found, hubs, names)
    told = {
        hub: {window: value(by_cell[hub, window], unit) for window in (*WINDOWS, TOTAL)}
        for hub in (*names, TOTAL)
    }
    if not public:
        return told
    inner = [[len(by_cell[hub, window]) for window in WINDOWS] for hub in names]
    if unit not in (STARTUPS, COUNT):
        inner = _companies(by_cell, names)
    if not names:
        return {}
    shown = masked(inner)
    for i, hub in enumerate((*names, TOTAL)):
        for j, window in enumerate((*WINDOWS, TOTAL)):
            if isinstance(shown[i][j], str):
                told[hub][window] = shown[i][j]
    return told


def _companies(by_cell: dict, names: list[str]) -> list[list[int]]:
    """How many companies stand behind each amount."""
    return [[len({r.startup for r in by_cell[hub, window]}) for window in WINDOWS] for hub in names]
