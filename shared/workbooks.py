"""Every table and workbook that leaves the product: Excel opens it, it runs nothing, and what is
stored never fails it.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from shared.text import plain

# of a title Excel takes 31, openpyxl numbers those that stand twice
FORMULA, LONGEST, TITLE = frozenset("=+-@\u2212"), 32_767, 28
EXACT = 10**15  # beyond, a spreadsheet rounds
UNSEEN = re.compile(r"^[\s\u00ad\u200b-\u200f\u2060\ufeff]+")
NO_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\\n\t", " "))
Cell = str | int | float


@dataclass(frozen=True)
class Chart:
    """Bars of a sheet's numbers beneath them; names stand in its first row and column."""

    title: str | None = None
    by_row: bool = False
    kind: str = "col"
    stacked: bool = False
    height: float = 9
    width: float = 22


@dataclass(frozen=True)
class Sheet:
    """Rows of cells, of which the `bold` ones are headings; what is above and left of `frozen`
    stays in sight.
    """

    title: str
    rows: Sequence[Sequence]
    bold: Sequence[int] = (1,)
    frozen: str | None = "A2"
    widths: Sequence[float] = ()
    chart: Chart | None = None


def safe(value: object) -> Cell:
    """A cell that no spreadsheet takes for a formula, however its first sign is written. Numbers
    stay numbers.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < EXACT:
        return value
    text = plain(value)
    said = text.lstrip("'")  # which the intake takes one of, so that a round trip changes nothing
    return (
        f"'{text}"
        if said[:1] == "\t" or normalize("NFKC", UNSEEN.sub("", said, 1)[:1])[:1] in FORMULA
        else text
    )


def table(headings: Sequence[str], rows: Iterable[Sequence], kind: str) -> bytes:
    """A CSV (UTF-8 with the mark Excel looks for) or an XLSX of these rows."""
    lines = [[safe(v) for v in row] for row in (headings, *rows)]
    if kind == "csv":
        out = io.StringIO()
        csv.writer(out).writerows(lines)
        return ("\ufeff" + out.getvalue()).encode()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Nakodo")
    sheet.freeze_panes = "A2"
    for line in lines:
        sheet.append([_short(c) for c in line])
    return _saved(book)


def workbook(*sheets: Sheet) -> bytes:
    """An XLSX of these sheets."""
    book = Workbook()
    book.remove(book.active)
    for given in sheets:
        sheet = book.create_sheet(plain(given.title).translate(NO_TITLE).strip(" '")[:TITLE])
        for row in given.rows:
            sheet.append([_short(safe(v)) for v in row])
        for cell in (c for number in given.bold for c in sheet[number]):
            cell.font = Font(bold=True)
        sheet.freeze_panes = given.frozen
        for place, width in enumerate(given.widths, 1):
            sheet.column_dimensions[get_column_letter(place)].width = width
        if given.chart:
            _draw(sheet, given.chart, len(given.rows))
    return _saved(book)


def fitting(rows: Sequence[Sequence]) -> list[float]:
    """Widths that show most texts whole."""
    return [
        min(50, 4 + 1.6 * max(len(plain(v)) for v in column)) for column in zip(*rows, strict=True)
    ]


def _draw(sheet: Worksheet, asked: Chart, last: int) -> None:
    """Bars of columns 2 and on: of each column, or of each row."""
    chart, last, right = BarChart(), max(2, last), sheet.max_column
    chart.type, chart.title, chart.height, chart.width = (
        asked.kind,
        asked.title and plain(asked.title),
        asked.height,
        asked.width,
    )
    if asked.stacked:
        chart.grouping, chart.overlap = "stacked", 100
    by_row = asked.by_row
    data = Reference(
        sheet, min_col=1 if by_row else 2, max_col=right, min_row=2 if by_row else 1, max_row=last
    )
    names = (
        Reference(sheet, min_col=2, max_col=right, min_row=1)
        if by_row
        else Reference(sheet, min_col=1, min_row=2, max_row=last)
    )
    chart.add_data(data, from_rows=by_row, titles_from_data=True)
    chart.set_categories(names)
    sheet.add_chart(chart, f"A{last + 3}")


def _short(cell: Cell) -> Cell:
    """A text as long as a cell of Excel may be, which counts in UTF-16."""
    if not isinstance(cell, str) or len(cell) <= LONGEST // 2:
        return cell
    units = cell.encode("utf-16-le")
    return (
        cell
        if len(units) <= 2 * LONGEST
        else units[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + "…"
    )


def _saved(book: Workbook) -> bytes:
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()
