"""Tables as people send them: CSV in UTF-8 or Shift_JIS, XLSX; read with care, written so that Excel shows Japanese and runs nothing."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from shared.errors import DomainError

MOST_ROWS, MOST_COLUMNS, MOST_BYTES, MOST_PARTS, LONGEST = 5000, 200, 60_000_000, 400, 4000
RISKY = ("=", "+", "-", "@", "\t", "\r")


class BadTable(DomainError):
    """The file is no table we read; the code says why."""

    status, code = 422, "bad-table"


def read(content: bytes, name: str) -> list[dict[str, str]]:
    """The rows under the first row's headings, texts stripped, empty rows left out. Raises BadTable."""
    if not content:
        raise BadTable("table-empty")
    if content[:2] == b"PK":
        table = _xlsx(content)
    elif name.lower().endswith((".xlsx", ".xlsm", ".xls")):
        raise BadTable("table-not-xlsx")
    else:
        table = _csv(content)
    if not table:
        raise BadTable("table-empty")
    headings = [h.strip() for h in table[0]]
    doubled = sorted({h for h in headings if h and headings.count(h) > 1})
    if doubled:
        raise BadTable("table-heading-twice", given=doubled[0][:80])
    rows = [{h: v for h, v in zip(headings, row, strict=False) if h} for row in table[1:]]
    return [row for row in rows if any(row.values())]


def listed(rows: list[dict[str, str]]) -> list[dict]:
    """Rows of a list of companies as its entries: name, aliases (divided by ";"), corporate_number, lei, ein; empty cells left out."""
    found = []
    for row in rows:
        entry: dict = {key: text for key, text in row.items() if text}
        if "aliases" in entry:
            entry["aliases"] = [a.strip() for a in entry["aliases"].split(";") if a.strip()]
        found.append(entry)
    return found


def _csv(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise BadTable("table-encoding")
    if "\0" in text:
        raise BadTable("table-encoding")
    try:
        delimiter = max(",\t;", key=text.partition("\n")[0].count)
        return _bounded(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadTable("bad-table") from error


def _xlsx(content: bytes) -> list[list[str]]:
    """The first sheet, values only. The archive is measured before it is opened: a small file may unpack to a large one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(p.file_size for p in parts) > MOST_BYTES:
                raise BadTable("table-too-large")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        return _bounded(book.worksheets[0].iter_rows(values_only=True))
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, SyntaxError, OSError) as error:
        raise BadTable("table-not-xlsx") from error


def _bounded(rows: Iterable[Sequence]) -> list[list[str]]:
    found = []
    for row in rows:
        if len(row) > MOST_COLUMNS or len(found) > MOST_ROWS:
            raise BadTable("table-too-large")
        found.append([_text(v) for v in row])
    return found


def _text(value) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()[:LONGEST]


def safe(value) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text


def write(headings: Sequence[str], rows: Iterable[Sequence], kind: str) -> bytes:
    """A CSV (UTF-8 with the mark Excel looks for) or an XLSX of these rows."""
    if kind == "csv":
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(headings)
        writer.writerows([safe(v) for v in row] for row in rows)
        return ("\ufeff" + out.getvalue()).encode()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Nakodo")
    sheet.freeze_panes = "A2"
    sheet.append(list(headings))
    for row in rows:
        sheet.append([safe(v) for v in row])
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()
