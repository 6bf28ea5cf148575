"""Tables as people send them, the one way in: XLSX, ODS, CSV and TSV in whatever encoding; read in
a sandbox, rows under their headings, with the numbers a person sees.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared import sandbox
from shared.errors import DomainError, FieldError, Unavailable
from shared.organizations import headings
from shared.organizations.grid import MOST_ROWS as MOST_ROWS
from shared.reading import answers

LIMITS = sandbox.Limits(cpu_s=8, memory=150_000_000)
MADE_SAFE = re.compile(r"'(?='*[\s\u00ad\u200b-\u200f\u2060\ufeff]*[=+\-@\u2212＝＋－＠\t])")
TOTALS = frozenset(("合計", "計", "小計", "総計", "total", "subtotal", "sum", "grand total"))
SHOWN = 5  # rows that a plan shows as they were understood


class BadTable(DomainError):
    """The file is no table we read; the code says why."""

    status, code = 422, "bad-table"


class Row(dict[str, str]):
    """Texts under their headings; `number` as a person sees it, `faults` by heading."""

    def __init__(self, texts: Mapping[str, str], number: int, faults: dict[str, FieldError]):
        super().__init__(texts)
        self.number, self.faults = number, faults

    def fault(self) -> str:
        """The first cell that holds no value, as a person finds it."""
        return next((f"{f.params['cell']} {f.params['given']}" for f in self.faults.values()), "")

    def under(self, meanings: Mapping[str, str]) -> "Row":
        """The row under what its headings mean; a fault of a column nobody reads is none."""
        faults = {
            m: FieldError(m, self.faults[h].code, self.faults[h].params)
            for h, m in meanings.items()
            if h in self.faults
        }
        return Row({m: self.get(h, "") for h, m in meanings.items()}, self.number, faults)


@dataclass
class Table:
    """A table as it was found: where, and what stands in it."""

    kind: str
    sheet: str
    sheets: list[str]
    heading_rows: list[int]
    headings: list[str]
    rows: list[Row] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)  # letters by heading

    def told(self, meanings: Mapping[str, str]) -> dict[str, Any]:
        """What was found, for whoever looks before anything is done; the columns nobody reads by
        name.
        """
        return {
            "table": {
                "kind": self.kind,
                "sheet": self.sheet,
                "sheets": self.sheets,
                "heading_rows": self.heading_rows,
                "mapping": dict(meanings),
                "ignored_columns": [h for h in self.headings if h not in meanings],
                "rows": len(self.rows),
            }
        }

    def place(self) -> dict[str, str]:
        """Where was looked and what stands there, for a refusal."""
        found = "、".join(h for h in self.headings[:12])
        return {
            "sheet": self.sheet or "1",
            "rows": "–".join(map(str, self.heading_rows)),
            "found": found or "–",
        }

    def missing(self, code: str, **params) -> BadTable:
        """The refusal of a table that lacks a column."""
        return BadTable(code, **self.place(), **params)


def take(
    content: bytes,
    name: str,
    known: Iterable[str] = (),
    sheet: str | None = None,
    heading: int | None = None,
) -> Table:
    """The table of a file; of its sheets and rows those that have most of the known headings, or
    the ones a person chose. Raises BadTable, Unavailable.
    """
    keys = sorted({headings.key(h) for h in known} - {""})
    told = _parsed(content, name, known=keys, sheet=sheet, heading=heading) if content else None
    if not told or not told["heading_rows"]:
        raise BadTable("table-empty")
    names = _named(told["headings"], told["rows"], set(keys))
    table = Table(told["kind"], told["sheet"], told["sheets"], told["heading_rows"], names)
    table.columns = {h: headings.letters(n) for n, h in enumerate(names, 1)}
    table.rows = [_row(names, *one) for one in told["rows"]]
    return table


def read(content: bytes, name: str, known: Iterable[str] = ()) -> list[Row]:
    """The rows of a table under its headings. Raises BadTable, Unavailable."""
    return take(content, name, known).rows


def _named(found: Sequence[str], rows: list, known: set[str]) -> list[str]:
    """One name a column: a column without a heading that holds anything by its letters, a heading
    that stands twice by its place, unless it is one that is read. Raises BadTable.
    """
    width = max([len(found), *(len(texts) for _, texts, _ in rows)], default=0)
    names: list[str] = []
    for place in range(width):
        heading = found[place].strip() if place < len(found) else ""
        heading = heading or f"({headings.letters(place + 1)})"
        if heading in names:
            if headings.key(heading) in known or not known:
                raise BadTable("table-heading-twice", given=heading[:80])
            heading = f"{heading} ({headings.letters(place + 1)})"
        names.append(heading)
    return names


def _row(names: list[str], number: int, texts: list[str], faults: list) -> Row:
    held = dict.fromkeys(names, "") | {
        h: MADE_SAFE.sub("", t, count=1) if t[:1] == "'" else t
        for h, t in zip(names, texts, strict=False)
    }
    wrong = {}
    for place, code, given in faults:
        at = f"{headings.letters(place + 1)}{number}"
        wrong[names[place]] = FieldError(names[place], code, {"given": given, "cell": at})
    return Row(held, number, wrong)


def _parsed(content: bytes, name: str, **options) -> dict:
    try:
        return json.loads(
            sandbox.run("shared.organizations.grid:parsed", content, LIMITS, name=name, **options)
        )
    except sandbox.Refused as refused:
        cells = [
            FieldError(f"{c['column']}{c['row']}", "bad-characters", c)
            for c in refused.params.pop("cells", ())
        ]
        raise BadTable(refused.code, **refused.params, errors=cells) from refused
    except sandbox.Exceeded as exceeded:
        raise BadTable("table-too-much") from exceeded
    except sandbox.Busy as busy:
        raise Unavailable() from busy


def is_total(row: Mapping[str, str]) -> bool:
    """Whether a row says what the rows above it sum up to."""
    return any(text.strip().casefold() in TOTALS for text in row.values())


LISTED = {
    "name": (
        "会社名",
        "企業名",
        "社名",
        "名称",
        "商号",
        "entity",
        "company",
        "entity name",
        "company name",
    ),
    "aliases": ("別名", "別称", "略称", "alias", "also known as", "aka"),
    "corporate_number": ("法人番号", "corporate number"),
    "lei": ("LEI", "LEIコード"),
    "ein": ("EIN",),
}
LISTED_WORDS = headings.words(LISTED)


def listed(content: bytes, name: str) -> list[dict]:
    """A list of companies as its entries: name, aliases, corporate_number, lei, ein; empty cells
    left out. Raises BadTable, Unavailable.
    """
    table = take(content, name, LISTED_WORDS)
    meanings = headings.match(table.headings, LISTED_WORDS)
    if "name" not in meanings.values():
        raise table.missing("table-column-missing", given="name")
    faults = [f for row in table.rows for f in row.under(meanings).faults.values()]
    if faults:
        raise BadTable("table-cells", errors=faults)
    found = []
    for row in table.rows:
        entry: dict = {key: text for key, text in row.under(meanings).items() if text}
        if "aliases" in entry:
            entry["aliases"] = answers.listed(entry["aliases"])
        found += [entry] if entry else []
    return found
