"""Tables as people send them: CSV in UTF-8 or Shift_JIS, XLSX; read in a sandbox, rows under their
headings.
"""

import json

from shared import sandbox
from shared.errors import DomainError, FieldError, Unavailable
from shared.organizations.grid import MOST_ROWS as MOST_ROWS

LIMITS = sandbox.Limits(cpu_s=8, memory=150_000_000)


class BadTable(DomainError):
    """The file is no table we read; the code says why."""

    status, code = 422, "bad-table"


def read(content: bytes, name: str) -> list[dict[str, str]]:
    """The rows under the first row's headings, texts stripped, empty rows left out. Raises
    BadTable, Unavailable.
    """
    table = _parsed(content, name) if content else []
    if not table:
        raise BadTable("table-empty")
    headings = [h.strip() for h in table[0]]
    doubled = sorted({h for h in headings if h and headings.count(h) > 1})
    if doubled:
        raise BadTable("table-heading-twice", given=doubled[0][:80])
    rows = [
        dict.fromkeys(filter(None, headings), "")
        | {h: v for h, v in zip(headings, row, strict=False) if h}
        for row in table[1:]
    ]
    return [row for row in rows if any(row.values())]


def _parsed(content: bytes, name: str) -> list[list[str]]:
    try:
        return [
            texts
            for _, texts in json.loads(
                sandbox.run("shared.organizations.grid:parsed", content, LIMITS, name=name)
            )
        ]
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


def listed(rows: list[dict[str, str]]) -> list[dict]:
    """Rows of a list of companies as its entries: name, aliases (divided by ";"), corporate_number,
    lei, ein; empty cells left out.
    """
    found = []
    for row in rows:
        entry: dict = {key: text for key, text in row.items() if text}
        if "aliases" in entry:
            entry["aliases"] = [a.strip() for a in entry["aliases"].split(";") if a.strip()]
        found.append(entry)
    return found
