"""A table's cells as texts, read from CSV or XLSX in a sandbox: this module knows nothing but the
parsers.
"""

import csv
import io
import json
import math
import zipfile
from collections.abc import Iterable, Sequence

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from shared.sandbox import Refused
from shared.text import BadText, cleaned

MOST_ROWS, MOST_COLUMNS, MOST_CELLS, LONGEST = 5000, 200, 1_000_000, 4000
MOST_PARTS, MOST_BYTES, MOST_TAGS, RATIO, SMALL = 400, 60_000_000, 1_500_000, 50, 1_000_000
LAST_ROW = 1 << 20
PIECE, MOST_FAULTS = 1 << 20, 10

Row = tuple[int, list[str]]


def parsed(content: bytes, name: str) -> bytes:
    """The rows of the first sheet, as JSON: number and texts of each row that holds any."""
    if content[:2] == b"PK":
        table = _xlsx(content)
    elif name.lower().endswith((".xlsx", ".xlsm", ".xls")):
        raise Refused("table-not-xlsx")
    else:
        table = _csv(content)
    return json.dumps(_clean(table)).encode()


def _csv(content: bytes) -> list[Row]:
    encodings = ("utf-8-sig", "cp932") if b"\x1b" not in content else ("iso2022_jp_ext",)
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused("table-encoding")
    if "\0" in text:
        raise Refused("table-encoding")
    try:
        delimiter = max(",\t;", key=text.partition("\n")[0].count)
        return _bounded(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Refused("bad-table") from error


def _xlsx(content: bytes) -> list[Row]:
    """The first sheet, values only. The archive is measured before it is parsed: a small file may
    unpack to a large one.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _measure(archive)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its size is not believed
        return _bounded(sheet.iter_rows(values_only=True))
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a parser stumbles over, this is no workbook
        raise Refused("table-not-xlsx") from error


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


def _bounded(rows: Iterable[Sequence]) -> list[Row]:
    """The rows that hold a text, no more than we take; cells that are only coloured do not
    count.
    """
    found: list[Row] = []
    cells = 0
    for number, row in enumerate(rows, 1):
        texts = [_text(v) for v in row]
        while texts and not texts[-1]:
            texts.pop()
        cells += len(row)
        if (
            number > LAST_ROW
            or len(texts) > MOST_COLUMNS
            or len(found) > MOST_ROWS
            or cells > MOST_CELLS
        ):
            raise Refused("table-too-large")
        if texts:
            found.append((number, texts))
    return found


def _clean(rows: list[Row]) -> list[Row]:
    """The same rows, each text cleaned. Raises Refused with the cells that hold what no text may
    hold.
    """
    faults, made = [], []
    for number, texts in rows:
        made.append((number, []))
        for place, text in enumerate(texts):
            try:
                made[-1][1].append(cleaned(text))
            except BadText as error:
                faults.append(
                    {"row": number, "column": get_column_letter(place + 1), **error.params}
                )
    if faults:
        raise Refused("table-characters", cells=faults[:MOST_FAULTS])
    return made


def _text(value) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    return str(value).strip()[:LONGEST]
