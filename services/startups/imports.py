"""Bulk: profiles from a table, first as a plan (what would be made, changed, refused), then in
earnest; and profiles as a table.
"""

from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.startups.actions import STARTUP
from services.startups.models import Mapping, Startup
from services.startups.proposals import record_of
from shared.errors import Conflict, DomainError, FieldError, Forbidden, Invalid
from shared.judgement.fields import FIELDS, check
from shared.linkage import BadNumber, Directory, Why, corporate_number, fold
from shared.organizations import profiles
from shared.organizations.models import WITHDRAWN
from shared.vocabulary import vocabulary

NAMES = {"name_en": "en", "name_ja": "ja", "name_kana": "kana"}
PLAIN = {
    f: d for f, d in FIELDS.items() if "startup" in d.of and (d.vocabulary or d.type == "text")
}
COLUMNS = ("id", *NAMES, "corporate_number", *PLAIN)
SEVERAL = ";"
# values of one cell, and faults of a table before the rest of it is left unread
MOST_VALUES, MOST_FAULTS = 100, 1000


@dataclass
class Plan:
    """What a table would do, row by row (numbered as a spreadsheet shows them)."""

    creates: list[dict] = field(default_factory=list)
    updates: list[dict] = field(default_factory=list)
    same: int = 0
    conflicts: list[dict] = field(default_factory=list)

    def document(self, lang: str) -> dict:
        told = [
            {
                "row": c["row"],
                "errors": [
                    {"field": e.field, "code": e.code, "message": e.text(lang)} for e in c["errors"]
                ],
            }
            for c in self.conflicts
        ]
        made = [{"row": c["row"], "id": c["id"], "name": c["form"]["name"]} for c in self.creates]
        changed = [
            {"row": u["row"], "id": u["id"]}
            | {"fields": sorted({f["field"] for f in u["facts"]} | u["form"].keys())}
            for u in self.updates
        ]
        return {"creates": made, "updates": changed, "same": self.same, "conflicts": told}


def headings(lang: str) -> list[str]:
    """The columns of the template in the reader's language."""
    fixed = {
        "id": ("id", "ID"),
        "name_en": ("Name (EN)", "社名（英語）"),
        "name_ja": ("Name (JA)", "社名（日本語）"),
        "name_kana": ("Kana", "フリガナ"),
    }
    fixed["corporate_number"] = ("Corporate Number", "法人番号")
    return [fixed[c][lang == "ja"] if c in fixed else getattr(FIELDS[c], lang) for c in COLUMNS]


def mapped(
    session: Session, rows: list[dict[str, str]], given: dict[str, str] | None, name: str | None
) -> list[dict[str, str]]:
    """Rows under our own column names: by the mapping given, the one saved under a name, or
    headings we know. Raises Invalid.
    """
    own = {c: c for c in COLUMNS} | {
        h: c for lang in ("en", "ja") for h, c in zip(headings(lang), COLUMNS, strict=True)
    }
    saved = _saved(session, name) if name else {}
    wanted = own | saved | (given or {})
    unknown = sorted({c for c in (given or {}).values() if c not in COLUMNS})
    if unknown:
        raise Invalid(errors=[FieldError("mapping", "unknown-column", {"given": unknown[0][:80]})])
    if name and given:
        _save(session, name, given)
    known = [h for h in (rows[0] if rows else {}) if wanted.get(h) in COLUMNS]
    if not {wanted[h] for h in known} & {"id", *NAMES}:
        raise Invalid(errors=[FieldError("file", "no-name-column", {})])
    return [{wanted[h]: row.get(h, "") for h in known} for row in rows]


def _saved(session: Session, name: str) -> dict[str, str]:
    row = session.get(Mapping, (session.info["actor"].org, name))
    return row.columns if row else {}


def _save(session: Session, name: str, columns: dict[str, str]) -> None:
    session.merge(Mapping(owner=session.info["actor"].org, name=name, columns=columns))


def plan(session: Session, rows: list[dict[str, str]], first: int = 2) -> Plan:
    """Compares rows with what is there; nothing is written. A row that is already true counts as
    the same.
    """
    out, seen = Plan(), {}
    known = {s.id: s for s in session.scalars(select(Startup))}
    directory = Directory(record_of(s) for s in known.values() if s.state != WITHDRAWN)
    faults = 0
    for number, row in enumerate(rows, first):
        try:
            _one(session, number, row, known, directory, seen, out)
        except DomainError as refused:
            errors = refused.errors or [FieldError("row", refused.code, refused.params)]
            out.conflicts.append({"row": number, "errors": errors})
            faults += len(errors)
        if faults >= MOST_FAULTS and (left := first + len(rows) - 1 - number):
            rest = FieldError("row", "rows-unread", {"count": left})
            out.conflicts.append({"row": number + 1, "errors": [rest]})
            break
    return out


def _one(
    session: Session,
    number: int,
    row: dict[str, str],
    known: dict[str, Startup],
    directory: Directory,
    seen: dict[str, int],
    out: Plan,
) -> None:
    name = {NAMES[c]: row[c] for c in NAMES if row.get(c)}
    facts, corporate = _facts(row), _number(row)
    held = _held(row, name, corporate, known, directory)
    _once(number, {held.id if held else fold(" ".join(name.values())), corporate}, seen)
    if held is None:
        if not name:
            raise Invalid(errors=[FieldError("name", "required", {})])
        form = {"name": name, "facts": facts} | ({"id": row["id"]} if row.get("id") else {})
        if corporate:
            form["legal_entities"] = [_entity(name, corporate)]
        out.creates.append({"row": number, "id": row.get("id"), "form": form})
        return
    if not session.info["actor"].may_change(held.owner, "startup"):
        raise Forbidden()
    stated = {(f.field, _value(f.value)) for f in held.facts}
    new = [f for f in facts if (f["field"], _value(f["value"])) not in stated]
    form = _completed(held, name, corporate)
    if new or form:
        out.updates.append({"row": number, "id": held.id, "facts": new, "form": form})
    else:
        out.same += 1


def _number(row: dict[str, str]) -> str | None:
    """The Corporate Number of a row. Raises Invalid for one whose check digit is wrong."""
    try:
        return corporate_number(row.get("corporate_number", ""))
    except BadNumber:
        raise Invalid(errors=[FieldError("corporate_number", "bad-number-jp", {})]) from None


def _once(number: int, keys: set[str | None], seen: dict[str, int]) -> None:
    """Refuses a company that a row above names already, by id, name or number. Raises Invalid."""
    for key in sorted(key for key in keys if key):
        if seen.setdefault(key, number) != number:
            raise Invalid(errors=[FieldError("row", "row-twice", {"row": seen[key]})])


def _entity(name: dict[str, str], number: str) -> dict[str, str | None]:
    return {
        "name": name.get("ja") or name.get("en"),
        "corporate_number": number,
        "jurisdiction": "jp",
    }


def _completed(held: Startup, name: dict[str, str], number: str | None) -> dict:
    """What a row adds to who a company is: a name in another language, its Corporate Number."""
    names = {k: text for k, text in name.items() if not (held.name or {}).get(k)}
    entities = held.legal_entities or []
    new = number is not None and number not in {e.get("corporate_number") for e in entities}
    added = {"legal_entities": [*entities, _entity(held.name | name, number)]} if new else {}
    return ({"name": held.name | names} if names else {}) | added


def _held(
    row: dict[str, str],
    name: dict[str, str],
    number: str | None,
    known: dict[str, Startup],
    directory: Directory,
) -> Startup | None:
    """The profile a row means: by id, by Corporate Number, by any of its names; a name that is only
    like another is that of a new company where the row gives a new id. Raises Conflict where a
    person has to say which.
    """
    if row.get("id") in known:
        held = known[row["id"]]
        numbers = record_of(held).numbers
        if number and numbers and number not in numbers:
            raise Conflict("number-differs", nearest=[held.id])
        return held
    match = directory.find(*name.values(), number=number or "")
    if match.one:
        return known[match.one]
    if match.why and not (match.why == Why.NEAR and row.get("id")):
        code = "ambiguous-name" if match.why == Why.SEVERAL else str(match.why)
        raise Conflict(code, given=next(iter(name.values())), nearest=list(match.candidates))
    return None


def _facts(row: dict[str, str]) -> list[dict]:
    """The facts a row states: codes or their labels, several with semicolons; texts, one a line.
    Raises Invalid naming every fault.
    """
    facts, errors = [], []
    for column, known in PLAIN.items():
        parts = row.get(column, "").split(SEVERAL if known.vocabulary else "\n")
        if len(parts) > MOST_VALUES:
            errors.append(FieldError(column, "too-many", {"max": MOST_VALUES}))
            continue
        for text in (t.strip() for t in parts if t.strip()):
            value = _code(known.vocabulary, text) if known.vocabulary else text
            faults = check(column, value, "startup")
            errors += [FieldError(column, fault.code, fault.params) for fault in faults]
            facts += [] if faults else [{"field": column, "value": value}]
    if errors:
        raise Invalid(errors=errors)
    return facts


def _code(name: str, text: str) -> str:
    """A code by itself or by its label in either language."""
    return text if text in vocabulary(name) else _labels(name).get(fold(text), text)


@cache
def _labels(name: str) -> dict[str, str]:
    """The codes of a vocabulary by their folded labels."""
    nodes = reversed(vocabulary(name).nodes.items())
    return {fold(node[lang]): slug for slug, node in nodes for lang in ("ja", "en")}


def _value(value) -> str:
    """A value as it is compared: a cell has no place for line breaks within one text."""
    return _line(value) if isinstance(value, str) else repr(value)


def _line(text: str) -> str:
    return " ".join(text.split())


def apply(session: Session, planned: Plan) -> None:
    """Does what was planned; all of it or, by the transaction around it, nothing."""
    session.info["actor"].need(*STARTUP.roles)
    for one in planned.creates:
        profiles.register(session, STARTUP, one["form"])
    for one in planned.updates:
        if one["form"]:
            version = session.get_one(Startup, one["id"]).version
            profiles.change(session, STARTUP, one["id"], version, one["form"])
        if one["facts"]:
            profiles.add_facts(session, STARTUP, one["id"], one["facts"])


def table(startups: list, lang: str) -> list[list[str]]:
    """Profiles as rows under `headings`: newest statement of single fields, all of listed ones,
    codes as labels.
    """
    rows = []
    for one in startups:
        stated: dict[str, list[str]] = {}
        for f in one.facts:
            if f.field in PLAIN:
                words = PLAIN[f.field].vocabulary
                stated.setdefault(f.field, []).append(
                    vocabulary(words).label(f.value, lang) if words else _line(str(f.value))
                )
        number = next(
            (
                e.get("corporate_number")
                for e in one.legal_entities or []
                if e.get("corporate_number")
            ),
            "",
        )
        fixed = [one.id, *((one.name or {}).get(k, "") for k in NAMES.values()), number]
        joined = (
            (f"{SEVERAL} " if d.vocabulary else "\n").join(dict.fromkeys(stated.get(c, [])))
            for c, d in PLAIN.items()
        )
        rows.append([*fixed, *joined])
    return rows
