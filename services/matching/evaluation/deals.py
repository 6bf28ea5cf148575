"""Historical deals as columns, and the questions they pose at a date."""

import csv
import gzip
import io
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

HEALTH = ("biotech", "health", "medical")
COLUMNS = {
    "deals": ("date", "company_id", "investor_id", "round_type", "round_amount_usd", "category"),
    "rounds": ("company_id", "date", "round_type", "round_amount_usd", "category"),
    "companies": ("company_id", "region", "state_code", "city", "founded_year"),
}
PLACES = ("region", "state_code", "city")


class BadDeals(ValueError):
    """A deals folder that cannot be read; the message names file, row and column."""


def months_after(day: date, months: int) -> date:
    """The same day of the month, some months later or (negative) earlier; the last day where the
    month is shorter.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")


@dataclass(frozen=True)
class Deals:
    """Columns over deal rows (R,): `day` (proleptic ordinal), `company`, `investor`, `kind`,
    `category` as positions in the name lists (-1 unknown) and `amount` in nominal USD (nan
    undisclosed); columns over companies (C,): `places`, `founded`; and `financings`, the sorted
    days of each company's known rounds, with or without a listed investor.
    """

    day: np.ndarray
    company: np.ndarray
    investor: np.ndarray
    kind: np.ndarray
    category: np.ndarray
    amount: np.ndarray
    companies: tuple[str, ...]
    investors: tuple[str, ...]
    kinds: tuple[str, ...]
    categories: tuple[str, ...]
    places: dict[str, np.ndarray]
    founded: np.ndarray
    financings: tuple[np.ndarray, ...]

    @cached_property
    def health(self) -> np.ndarray:
        """(R,) bool: rows of health companies."""
        return np.isin(self.category, [i for i, c in enumerate(self.categories) if c in HEALTH])

    @classmethod
    def read(cls, folder: Path) -> "Deals":
        """Reads deals, rounds and companies, gzipped or plain. Raises BadDeals."""
        rows, rounds, companies = (
            _table(folder, name) for name in ("deals", "rounds", "companies")
        )
        if not rows:
            raise BadDeals(f"{folder}: deals has no rows")
        names = sorted({r["company_id"] for r in rows} | {r["company_id"] for r in companies})
        at = {c: i for i, c in enumerate(names)}
        known = {r["company_id"]: r for r in companies}
        days = _each("deals", rows, "date", lambda text: date.fromisoformat(text).toordinal())
        columns = {
            c: _coded([r[c] for r in rows]) for c in ("investor_id", "round_type", "category")
        }
        company = np.array([at[r["company_id"]] for r in rows])
        places = {p: _coded([known.get(n, {}).get(p, "") for n in names])[1] for p in PLACES}
        return cls(
            day=np.array(days),
            company=company,
            investor=columns["investor_id"][1],
            kind=columns["round_type"][1],
            category=columns["category"][1],
            amount=np.array(
                _each("deals", rows, "round_amount_usd", lambda text: float(text or "nan"))
            ),
            companies=tuple(names),
            investors=columns["investor_id"][0],
            kinds=columns["round_type"][0],
            categories=columns["category"][0],
            places=places,
            founded=np.array(
                _each(
                    "companies",
                    [known.get(n, {}) for n in names],
                    "founded_year",
                    lambda text: float(text or "nan"),
                )
            ),
            financings=_financings(rounds, at, company, np.array(days)),
        )


def _table(folder: Path, name: str) -> list[dict]:
    for path in (folder / f"{name}.csv.gz", folder / f"{name}.csv"):
        if path.exists():
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            reader = csv.DictReader(io.StringIO(data.decode("utf-8")))
            missing = [c for c in COLUMNS[name] if c not in (reader.fieldnames or ())]
            if missing:
                raise BadDeals(f"{path.name}: no column {', '.join(missing)}")
            return list(reader)
    raise BadDeals(f"{folder} holds no {name}.csv.gz")


def _each(name: str, rows: list[dict], column: str, parse) -> list:
    out = []
    for number, row in enumerate(rows, 2):
        try:
            out.append(parse(row.get(column, "")))
        except ValueError as error:
            raise BadDeals(f"{name}: line {number}: {column} {row[column]!r}: {error}") from error
    return out


def _coded(values: list[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Names in order and each value's position among them; an empty value is unknown, -1."""
    names = sorted(set(values) - {""})
    at = {n: i for i, n in enumerate(names)} | {"": -1}
    return tuple(names), np.array([at[v] for v in values])


def _financings(
    rounds: list[dict], at: dict[str, int], company: np.ndarray, day: np.ndarray
) -> tuple[np.ndarray, ...]:
    found: list[set[int]] = [set() for _ in at]
    for place, when in zip(company, day, strict=True):
        found[place].add(int(when))
    for row, when in zip(
        rounds,
        _each("rounds", rounds, "date", lambda text: date.fromisoformat(text).toordinal()),
        strict=True,
    ):
        if row["company_id"] in at:
            found[at[row["company_id"]]].add(when)
    return tuple(np.array(sorted(days)) for days in found)


@dataclass(frozen=True)
class Questions:
    """What a window after a date asks: Q companies, M candidate investors.

    `company`, `kind`, `category`, `amount`, `asked` (Q,): the company and its first round in the
    window; `candidates` (M,); `relevant`, `known` (Q, M) bool; `cold` (Q,) bool; `prior` (R,) bool:
    the deal rows one may know.
    """

    deals: Deals
    day: date
    prior: np.ndarray
    candidates: np.ndarray
    company: np.ndarray
    kind: np.ndarray
    category: np.ndarray
    amount: np.ndarray
    asked: np.ndarray
    relevant: np.ndarray
    known: np.ndarray
    cold: np.ndarray

    @cached_property
    def at(self) -> np.ndarray:
        """Position of each investor among the candidates, -1 elsewhere."""
        at = np.full(len(self.deals.investors), -1)
        at[self.candidates] = np.arange(len(self.candidates))
        return at

    @cached_property
    def prior_rows(self) -> np.ndarray:
        """Prior rows of candidates."""
        return np.flatnonzero(self.prior & (self.at[self.deals.investor] >= 0))


def questions(deals: Deals, day: date, months: int) -> Questions:
    """The questions of the window of some months from a day on, to the letter of the deals'
    README.
    """
    start, end = day.toordinal(), months_after(day, months).toordinal()
    prior = deals.day < start
    window = np.flatnonzero((deals.day >= start) & (deals.day < end) & deals.health)
    candidates = np.unique(deals.investor[prior & deals.health])
    company = np.unique(deals.company[window])
    first = [_first_round(deals, window[deals.company[window] == c]) for c in company]
    best = np.array([b for b, _ in first], dtype=int)
    made = Questions(
        deals=deals,
        day=day,
        prior=prior,
        candidates=candidates,
        company=company,
        kind=deals.kind[best],
        category=deals.category[best],
        amount=deals.amount[best],
        asked=deals.day[best],
        relevant=np.zeros((len(company), len(candidates)), dtype=bool),
        known=np.zeros((len(company), len(candidates)), dtype=bool),
        cold=~np.isin(company, deals.company[prior]),
    )
    for row, (_, members) in zip(made.relevant, first, strict=True):
        places = made.at[deals.investor[members]]
        row[places[places >= 0]] = True
    asked = np.full(len(deals.companies), -1)
    asked[company] = np.arange(len(company))
    past = made.prior_rows[asked[deals.company[made.prior_rows]] >= 0]
    made.known[asked[deals.company[past]], made.at[deals.investor[past]]] = True
    made.relevant[made.known] = False
    return made


def _first_round(deals: Deals, rows: np.ndarray) -> tuple[int, np.ndarray]:
    """The row that speaks for the first round (largest amount, then type in byte order), and all
    rows of it.
    """
    members = rows[deals.day[rows] == deals.day[rows].min()]
    amount = np.nan_to_num(deals.amount[members], nan=-1.0)
    return int(members[np.lexsort((deals.kind[members], -amount))[0]]), members
