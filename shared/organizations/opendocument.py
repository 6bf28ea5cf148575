"""Sheets of an OpenDocument spreadsheet (LibreOffice): the cells of its content, repeated ones
counted, what they show left aside for what they hold.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, iterparse

from shared.sandbox import Refused

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
FAR = 1 << 20


@dataclass(frozen=True)
class Fault:
    """A cell that holds no value: an error, or a formula that was never calculated."""

    code: str
    given: str


def tables(content: bytes) -> dict[str, list[tuple[int, list]]]:
    """Rows of every sheet with their numbers. Raises Refused."""
    if b"<!DOCTYPE" in content[:2000] or b"<!ENTITY" in content:
        raise Refused("table-not-xlsx")
    found: dict[str, list[tuple[int, list]]] = {}
    rows: list[tuple[int, list]] = []
    number, name = 0, ""
    for event, element in iterparse(io.BytesIO(content), events=("start", "end")):
        if event == "start" and element.tag == f"{TABLE}table":
            name, rows, number = element.get(f"{TABLE}name", ""), [], 0
            found[name] = rows
        elif event == "end" and element.tag == f"{TABLE}table-row":
            many = _many(element, "rows")
            cells = _cells(element)
            if cells:
                rows += [(number + n + 1, list(cells)) for n in range(min(many, 5001))]
            number += many
            element.clear()
    return found


def _many(element: Element, what: str) -> int:
    text = element.get(f"{TABLE}number-{what}-repeated", "1")
    return min(int(text), FAR) if text.isdecimal() else 1


def _cells(row: Element) -> list[Any]:
    """The values of a row, without the empty ones at its end."""
    made: list[Any] = []
    waiting = 0
    for cell in row:
        if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            continue
        many, value = _many(cell, "columns"), _value(cell)
        if value is None:
            waiting += many
            continue
        made += [None] * min(waiting, 300)
        made += [value] * min(many, 300)
        waiting = 0
    return made


def _value(cell: Element) -> Any:
    kind = cell.get(f"{OFFICE}value-type")
    if cell.get(f"{CALC}value-type") == "error":
        return Fault("cell-error", "".join(cell.itertext()).strip())
    if kind is None and cell.get(f"{TABLE}formula"):
        return Fault("cell-uncalculated", "")
    if kind == "date":
        said = cell.get(f"{OFFICE}date-value", "")
        return datetime.fromisoformat(said) if said else None
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value") == "true"
    if kind in ("float", "currency", "percentage"):
        return float(cell.get(f"{OFFICE}value", "nan"))
    shown = "\n".join(_shown(p) for p in cell.iter(f"{TEXT}p"))
    return shown or None


def _shown(paragraph: Element) -> str:
    """The text of a paragraph; several spaces are written as one mark."""
    found = [paragraph.text or ""]
    for child in paragraph:
        if child.tag == f"{TEXT}s":
            many = child.get(f"{TEXT}c", "1")
            found.append(" " * min(int(many) if many.isdecimal() else 1, 1000))
        elif child.tag == f"{TEXT}line-break":
            found.append("\n")
        else:
            found.append(_shown(child))
        found.append(child.tail or "")
    return "".join(found)
