"""A table's cells as texts, read from XLSX, ODS, CSV or TSV in a sandbox: this module knows nothing
but the parsers. It looks for the sheet and the heading rows that say most of what is known.
"""

import io
import json
import math
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet._reader import WorkSheetParser

from shared.organizations import delimited, opendocument
from shared.organizations.headings import key
from shared.organizations.opendocument import Fault
from shared.sandbox import Refused
from shared.text import BadText, cleaned

MOST_ROWS, MOST_COLUMNS, MOST_CELLS, LONGEST = 5000, 200, 1_000_000, 32_767
MOST_PARTS, MOST_BYTES, MOST_TAGS, RATIO, SMALL = 400, 60_000_000, 1_500_000, 50, 1_000_000
LAST_ROW = 1 << 20
PIECE, MOST_FAULTS, MOST_MERGED = 1 << 20, 10, 20_000
LOOK = 40  # rows among which headings are looked for
STRICT = b"http://purl.oclc.org/ooxml/"
LEGACY = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|table|\?xml)", re.IGNORECASE)

ERRORS = frozenset(
    ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
)

Row = tuple[int, list[str]]


@dataclass
class Sheet:
    """The rows of a sheet that hold anything; `faults` by row: column from 0, code, what stood
    there.
    """

    rows: list[Row] = field(default_factory=list)
    faults: dict[int, list[tuple[int, str, str]]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def parsed(
    content: bytes,
    name: str,
    known: Iterable[str] = (),
    sheet: str | None = None,
    heading: int | None = None,
) -> bytes:
    """The table as JSON: kind, sheets, the sheet taken, numbers of its heading rows, headings, and
    number, texts and faults of each row beneath that holds anything.
    """
    warnings.simplefilter("ignore")
    sheets, kind = _opened(content, name)
    if sheet is not None and sheet not in sheets:
        raise Refused("table-no-sheet", given=sheet[:80], nearest=list(sheets)[:20])
    names = [sheet] if sheet is not None else list(sheets)
    taken, rows, held = _chosen(names, sheets, frozenset(known), heading)
    _clean(held.rows)
    headings = _headings(held, rows)
    told = {
        "kind": kind,
        "sheet": taken,
        "sheets": list(sheets),
        "heading_rows": rows,
        "headings": headings,
        "rows": [[n, texts, held.faults.get(n, [])] for n, texts in held.rows if n > rows[-1]],
    }
    if len(told["rows"]) > MOST_ROWS:
        raise Refused("table-too-large")
    return json.dumps(told).encode()


# -- which sheet, which rows


def _opened(content: bytes, name: str) -> tuple[dict[str, Any], str]:
    """A reader for each sheet by its name, those that are shown first, and what kind of file it
    is.
    """
    if content[:2] == b"PK":
        return _archive(content)
    if content[:8] == LEGACY:
        plain = any(w.encode("utf-16-le") in content for w in ("Workbook", "Book\0"))
        locked = "EncryptedPackage".encode("utf-16-le") in content or (
            name.lower().endswith((".xlsx", ".xlsm")) and not plain
        )
        raise Refused("table-password" if locked else "table-xls")
    if MARKUP.match(content):
        raise Refused("table-html")
    if name.lower().endswith((".xlsx", ".xlsm", ".xls", ".ods", ".xlsb")):
        raise Refused("table-not-xlsx")
    return {"": lambda: _bounded(delimited.records(content))}, "csv"


def _chosen(
    names: list[str], sheets: dict, known: frozenset[str], heading: int | None
) -> tuple[str, list[int], Sheet]:
    """The sheet whose heading rows say most of what is known; the first that holds anything where
    none says any. Raises Refused.
    """
    best: tuple[int, str, list[int], Sheet] | None = None
    refused: Refused | None = None
    for name in names:
        try:
            held = sheets[name]()
        except Refused as error:
            refused = refused or error
            continue
        if held.rows:
            score, rows = _best(held, known, heading)
            if best is None or score > best[0]:
                best = (score, name, rows, held)
    if best is None or (refused is not None and best[0] == 0):
        raise refused or Refused("table-empty")
    return best[1:]


def _best(held: Sheet, known: frozenset[str], heading: int | None) -> tuple[int, list[int]]:
    """How many known headings the best row, or pair of rows, has, and which it is; of those that
    have as many, two rows that merged cells hold together, then one row.
    """
    rows = held.rows[:LOOK] if heading is None else [r for r in held.rows if r[0] >= heading][:2]
    best, found = (0, 0), [rows[0][0]] if rows else []
    for at, (number, _) in enumerate(rows[:1] if heading is not None else rows):
        for numbers in ([number], [number, *(n for n, _ in rows[at + 1 : at + 2])]):
            if numbers[-1] - number > 1:
                continue
            score = len({key(h) for h in _headings(held, numbers)} & known)
            joined = 1 if len(numbers) == 1 else 2 if _joined(held, number) else 0
            if score and (score, joined) > best:
                best, found = (score, joined), numbers
    return best[0], found


def _joined(held: Sheet, number: int) -> bool:
    """Whether merged cells make a row and the next one the two rows of a heading."""
    here = [m for m in held.merged if m[0] == number]
    return any(bottom == number + 1 for _, _, bottom, _ in here) or (
        sum(right > left for _, left, _, right in here) > 1
    )


def _headings(held: Sheet, numbers: list[int]) -> list[str]:
    """One heading a column; of two rows the lower says it, the upper names the group where two
    would be called the same.
    """
    texts = {n: t for n, t in held.rows if n in numbers}
    lines = [_spread(held, n, texts.get(n, [])) for n in numbers]
    width = max((len(line) for line in lines), default=0)
    upper, lower = ([*line, *[""] * (width - len(line))] for line in (lines[0], lines[-1]))
    if len(lines) < 2:
        return [_one_line(t) for t in lower]
    found = [_one_line(low or up) for up, low in zip(upper, lower, strict=True)]
    return [
        f"{_one_line(up)} {h}" if h and up and low and found.count(h) > 1 else h
        for up, low, h in zip(upper, lower, found, strict=True)
    ]


def _spread(held: Sheet, number: int, texts: list[str]) -> list[str]:
    """A heading row with merged cells filled to the right."""
    spread = [*texts]
    for top, left, _, right in held.merged:
        if top == number and left <= len(texts) and texts[left - 1]:
            spread += [""] * (min(right, MOST_COLUMNS) - len(spread))
            for place in range(left, min(right, MOST_COLUMNS)):
                spread[place] = spread[place] or texts[left - 1]
    return spread


def _one_line(text: str) -> str:
    return " ".join(text.split())


# -- workbooks


class _Reader(ExcelReader):
    """A workbook without its charts."""

    def read_chartsheet(self, sheet, rel) -> None:
        """A sheet that is a chart holds no table."""


class _Cells(WorkSheetParser):
    """Cells with errors and formulas without a value told from empty ones."""

    def parse_cell(self, element) -> dict:
        cell = super().parse_cell(element)
        tags = {child.tag.rpartition("}")[2] for child in element} if cell["value"] is None else ()
        if "f" in tags and element.get("t") != "str":  # which is a formula that says nothing
            cell["data_type"] = "uncalculated"
        return cell


def _archive(content: bytes) -> tuple[dict[str, Any], str]:
    """The archive is measured before it is parsed: a small file may unpack to a large one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _measure(archive)
            _named(archive)
            if "content.xml" in archive.namelist():
                tables = opendocument.tables(archive.read("content.xml"))
                return {n: lambda r=r: _bounded(r) for n, r in tables.items()}, "ods"
        reader = _Reader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        reader.read()
        book = reader.wb
        shown = sorted(book.worksheets, key=lambda one: one.sheet_state != "visible")
        return {s.title: lambda s=s: _whole(s) for s in shown}, "xlsx"
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a parser stumbles over, this is no workbook
        raise Refused("table-not-xlsx") from error


def _named(archive: zipfile.ZipFile) -> None:
    """Refuses kinds of file that look like a workbook, by what they are."""
    names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        raise Refused("table-xlsb")
    if any(n.startswith("Index/") and n.endswith(".iwa") for n in names):
        raise Refused("table-numbers")
    if "xl/workbook.xml" in names and STRICT in archive.read("xl/workbook.xml"):
        raise Refused("table-strict")


def _whole(sheet: Any) -> Sheet:
    """What a file says of its size is not believed: every cell says where it is."""
    try:
        with sheet._get_source() as source:
            book = sheet.parent
            parser = _Cells(
                source,
                sheet._shared_strings,
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            held = _bounded(_placed(parser))
            held.merged = _merged(parser)
        return _filled(held)
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a parser stumbles over, this is no sheet
        raise Refused("table-not-xlsx") from error


def _placed(parser: _Cells) -> Iterator[tuple[int, list]]:
    for number, cells in parser.parse():
        row: list[Any] = []
        for cell in cells:
            place, value = cell["column"], cell["value"]
            if cell["data_type"] == "e" or cell["data_type"] == "uncalculated":
                code = "cell-error" if cell["data_type"] == "e" else "cell-uncalculated"
                value = Fault(code, str(value or ""))
            if value is not None and place > MOST_COLUMNS:
                raise Refused("table-too-large")
            if value is not None:
                row += [None] * (place - len(row))
                row[place - 1] = value
        yield number, row


def _merged(parser: _Cells) -> list[tuple[int, int, int, int]]:
    """Merged ranges: top, left, bottom, right."""
    ranges = parser.merged_cells.mergeCell if parser.merged_cells else ()
    found = []
    for one in list(ranges)[:MOST_MERGED]:
        left, top, right, bottom = range_boundaries(one.ref)
        found.append((top, left, bottom, right))
    return found


def _filled(held: Sheet) -> Sheet:
    """A value merged over several rows is the value of each of them that holds anything else."""
    by_number = dict(held.rows)
    cells = sum(len(texts) for texts in by_number.values())
    for top, left, bottom, _ in held.merged:
        above = by_number.get(top, [])
        if bottom == top or left > len(above) or not above[left - 1]:
            continue
        for number in range(top + 1, min(bottom, top + MOST_ROWS) + 1):
            texts = by_number.get(number)
            if texts is not None:
                cells += max(0, left - len(texts))
                texts += [""] * (left - len(texts))
                texts[left - 1] = texts[left - 1] or above[left - 1]
        if cells > MOST_CELLS:
            raise Refused("table-too-large")
    return held


def _measure(archive: zipfile.ZipFile) -> None:
    """Refuses by size, by ratio and by the number of XML tags, unpacked in pieces and never
    whole.
    """
    parts, tags, size = archive.infolist(), 0, 0
    if len(parts) > MOST_PARTS or sum(p.file_size for p in parts) > MOST_BYTES:
        raise Refused("table-too-large")
    for part in parts:
        if part.file_size > max(SMALL, RATIO * part.compress_size):
            raise Refused("table-unpacks")
        with archive.open(part) as stream:
            while piece := stream.read(PIECE):
                size += len(piece)
                tags += piece.count(b"<") if part.filename.endswith((".xml", ".rels")) else 0
                if size > MOST_BYTES or tags > MOST_TAGS:
                    raise Refused("table-too-large")


# -- cells


def _bounded(rows: Iterable[tuple[int, list]]) -> Sheet:
    """The rows that hold a text, no more than we take; cells that are only coloured do not
    count.
    """
    held, cells, seen = Sheet(), 0, 0
    for number, row in rows:
        texts, faults = _row(row)
        while len(texts) > (faults[-1][0] + 1 if faults else 0) and not texts[-1]:
            texts.pop()
        cells, seen = cells + len(row), seen + bool(texts)
        if not 0 < number <= LAST_ROW or len(texts) > MOST_COLUMNS or cells > MOST_CELLS:
            raise Refused("table-too-large")
        if texts:
            held.rows.append((number, texts))
        if faults:
            held.faults[number] = faults
        if seen > MOST_ROWS + LOOK:
            raise Refused("table-too-large")
    held.rows.sort(key=lambda one: one[0])
    return held


def _row(row: list) -> tuple[list[str], list[tuple[int, str, str]]]:
    """Texts of a row, and its cells that hold no value."""
    texts, faults = [], []
    for place, value in enumerate(row):
        text = "" if isinstance(value, Fault) else _text(value)
        if isinstance(value, Fault):
            faults.append((place, value.code, value.given[:80]))
        elif text in ERRORS:
            faults.append((place, "cell-error", text))
        elif len(text) > LONGEST:
            faults.append((place, "cell-too-long", f"{text[:40]}…"))
        texts.append("" if faults and faults[-1][0] == place else text)
    return texts, faults


def _clean(rows: list[Row]) -> None:
    """Cleans each text in place. Raises Refused with the cells that hold what no text may hold."""
    faults = []
    for number, texts in rows:
        for place, text in enumerate(texts):
            try:
                texts[place] = cleaned(text)
            except BadText as error:
                faults.append(
                    {"row": number, "column": get_column_letter(place + 1), **error.params}
                )
    if faults:
        raise Refused("table-characters", cells=faults[:MOST_FAULTS])


def _text(value: Any) -> str:
    """A value as a person would write it: days without a time where there is none, whole numbers
    without a point.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (
            value.isoformat(timespec="seconds") if value.time() != time() else f"{value:%Y-%m-%d}"
        )
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value).strip()
