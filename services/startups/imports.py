"""Bulk: profiles from a table, first as a plan (what would be made, changed, refused), then in
earnest; and profiles as a table.
"""

import re
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.startups import columns
from services.startups.actions import STARTUP
from services.startups.columns import COLUMNS, NAMES, PLAIN, RAISE
from services.startups.models import Mapping, Startup
from services.startups.proposals import record_of
from shared.errors import Conflict, DomainError, FieldError, Forbidden, Invalid
from shared.judgement.fields import FIELDS, check
from shared.linkage import BadNumber, Directory, Why, corporate_number, fold
from shared.organizations import profiles
from shared.organizations.models import WITHDRAWN
from shared.organizations.sheets import Row, Table, is_total
from shared.reading import amounts, answers, dates
from shared.reading import facts as facts_of
from shared.reading.words import Unread
from shared.vocabulary import vocabulary

LONGEST_NAME, MORE = 200, ("founded", "capital")
# values of one cell, and faults of a table before the rest of it is left unread
MOST_VALUES, MOST_FAULTS = 100, 1000
SEVERAL = "; "
SCRIPT = re.compile("[\u3041-\u30ff\u3400-\u9fff\uff66-\uff9f]")


@dataclass
class Plan:
    """What a table would do, row by row (numbered as a spreadsheet shows them)."""

    creates: list[dict] = field(default_factory=list)
    updates: list[dict] = field(default_factory=list)
    same: int = 0
    conflicts: list[dict] = field(default_factory=list)

    def refuse(self, row: int, refused: DomainError) -> int:
        """A row with everything that is wrong with it, and how much that is."""
        errors = refused.errors or [FieldError("row", refused.code, refused.params)]
        self.conflicts.append({"row": row, "errors": errors})
        return len(errors)

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


def mapping(session: Session, given: dict[str, str] | None, name: str | None) -> dict[str, str]:
    """Somebody's own headings: those given, which are kept under the name, else those kept under
    it. Raises Invalid.
    """
    unknown = sorted({c for c in (given or {}).values() if c not in COLUMNS})
    if unknown:
        raise Invalid(errors=[FieldError("mapping", "unknown-column", {"given": unknown[0][:80]})])
    own = (_saved(session, name) if name else {}) | (given or {})
    if name and given:
        _save(session, name, given)
    return own


def mapped(table: Table, own: dict[str, str]) -> tuple[dict[str, str], list[Row]]:
    """What the headings mean, and the rows under our own column names; a row that holds nothing of
    them, or sums others up, is left out. Raises Invalid.
    """
    meanings = columns.meanings(table.headings, own)
    if not {*meanings.values()} & {"id", columns.NAME, *NAMES}:
        raise Invalid(errors=[FieldError("file", "no-name-column", table.place())])
    rows = [row.under(meanings) for row in table.rows if not is_total(row)]
    return meanings, [row for row in rows if any(row.values()) or row.faults]


def _saved(session: Session, name: str) -> dict[str, str]:
    row = session.get(Mapping, (session.info["actor"].org, name))
    return row.columns if row else {}


def _save(session: Session, name: str, columns: dict[str, str]) -> None:
    session.merge(Mapping(owner=session.info["actor"].org, name=name, columns=columns))


def bring(
    session: Session,
    rows: list[Row],
    meanings: dict[str, str],
    apply: bool = False,
    partly: bool = False,
) -> tuple[Plan, bool]:
    """Compares rows with what is there and does what they say, row by row; without `apply`, or
    where a row is refused and not `partly`, nothing of it stays. Whether it stays comes along.
    """
    planned = plan(session, rows, meanings)
    reserve = session.info["reserve"]
    if not apply:  # ids are taken in another database, which no rollback reaches
        session.info["reserve"] = lambda *_: True
    try:
        with session.begin_nested() as trial:
            _try(session, planned)
            stays = apply and (partly or not planned.conflicts)
            if not stays:
                trial.rollback()
    finally:
        session.info["reserve"] = reserve
    return planned, stays


def _try(session: Session, planned: Plan) -> None:
    """Does every row in a savepoint of its own; what is refused moves to the conflicts."""
    session.info["actor"].need(*STARTUP.roles)
    for items in (planned.creates, planned.updates):
        for one in [*items]:
            try:
                with session.begin_nested():
                    _do(session, one)
            except DomainError as refused:
                items.remove(one)
                planned.refuse(one["row"], refused)
    planned.conflicts.sort(key=lambda c: c["row"])


def _do(session: Session, one: dict) -> None:
    if "facts" not in one:
        profiles.register(session, STARTUP, one["form"])
        return
    if one["form"]:
        version = session.get_one(Startup, one["id"]).version
        profiles.change(session, STARTUP, one["id"], version, one["form"])
    if one["facts"]:
        profiles.add_facts(session, STARTUP, one["id"], one["facts"])


def plan(session: Session, rows: list[Row], meanings: dict[str, str]) -> Plan:
    """Compares rows with what is there; nothing is written. A row that is already true counts as
    the same.
    """
    out, seen, faults = Plan(), Seen(session), 0
    units = {c: amounts.unit(h) for h, c in meanings.items()}
    for at, row in enumerate(rows, 1):
        try:
            _one(session, row, units, seen, out)
        except DomainError as refused:
            faults += out.refuse(row.number, refused)
        if faults >= MOST_FAULTS and (left := len(rows) - at):
            rest = FieldError("row", "rows-unread", {"count": left})
            out.conflicts.append({"row": rows[at].number, "errors": [rest]})
            break
    return out


class Seen:
    """Who is known here, and which row of the table has named whom already."""

    def __init__(self, session: Session):
        self.known = {s.id: s for s in session.scalars(select(Startup))}
        self.directory = Directory(
            record_of(s) for s in self.known.values() if s.state != WITHDRAWN
        )
        self.rows: dict[str, int] = {}

    def once(self, number: int, keys: set[str | None]) -> None:
        """Refuses a company that a row above names already, by id, name or number. Raises
        Invalid.
        """
        for key in sorted(key for key in keys if key):
            if self.rows.setdefault(key, number) != number:
                raise Invalid(errors=[FieldError("row", "row-twice", {"row": self.rows[key]})])


def _one(session: Session, row: Row, units: dict, seen: Seen, out: Plan) -> None:
    if row.faults:
        raise Invalid(errors=list(row.faults.values()))
    name, corporate = _name(row), _number(row)
    facts = _facts(row, units)
    held = _held(row, name, corporate, seen)
    seen.once(row.number, {held.id if held else fold(" ".join(name.values())), corporate})
    if held is None:
        if not name:
            raise Invalid(errors=[FieldError("name", "required", {})])
        form: dict = {"name": name, "facts": facts} | ({"id": row["id"]} if row.get("id") else {})
        if corporate:
            form["legal_entities"] = [_entity(name, corporate)]
        out.creates.append({"row": row.number, "id": row.get("id"), "form": form})
        return
    if not session.info["actor"].may_change(held.owner, "startup"):
        raise Forbidden()
    stated = {(f.field, _value(f.value)) for f in held.facts}
    new = [f for f in facts if (f["field"], _value(f["value"])) not in stated]
    form = _completed(held, name, corporate)
    if new or form:
        out.updates.append({"row": row.number, "id": held.id, "facts": new, "form": form})
    else:
        out.same += 1


def _number(row: Row) -> str | None:
    """The Corporate Number of a row. Raises Invalid for one whose check digit is wrong."""
    try:
        return corporate_number(row.get("corporate_number", ""))
    except BadNumber:
        raise Invalid(errors=[FieldError("corporate_number", "bad-number-jp", {})]) from None


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


def _held(row: Row, name: dict[str, str], number: str | None, seen: Seen) -> Startup | None:
    """The profile a row means: by id, by Corporate Number, by any of its names; a name that is only
    like another is that of a new company where the row gives a new id. Raises Conflict where a
    person has to say which.
    """
    if row.get("id") in seen.known:
        held = seen.known[row["id"]]
        numbers = record_of(held).numbers
        if number and numbers and number not in numbers:
            raise Conflict("number-differs", nearest=[held.id])
        return held
    match = seen.directory.find(*name.values(), number=number or "")
    if match.one:
        return seen.known[match.one]
    if match.why and not (match.why == Why.NEAR and row.get("id")):
        code = "ambiguous-name" if match.why == Why.SEVERAL else str(match.why)
        raise Conflict(code, given=next(iter(name.values())), nearest=list(match.candidates))
    return None


def _name(row: Row) -> dict[str, str]:
    """The names a row states; one without a language is of the one its letters are of."""
    name = {NAMES[c]: row[c] for c in NAMES if row.get(c)}
    text = row.get(columns.NAME, "")
    if text:
        name.setdefault("ja" if SCRIPT.search(text) else "en", text)
    too_long = next((t for t in name.values() if len(t) > LONGEST_NAME), None)
    if too_long:
        raise Invalid(errors=[FieldError("name", "too-long", {"max": LONGEST_NAME})])
    return name


def _facts(row: Row, units: dict) -> list[dict]:
    """The facts a row states: codes by any of their names; texts, one a line; a date, sums of money
    in the unit of their column. Raises Invalid naming every fault.
    """
    facts: list[dict] = []
    errors: list[FieldError] = []
    for column, text in row.items():
        if not text or not (column in PLAIN or column in MORE):
            continue
        try:
            values = _values(column, text, units.get(column, (None, 0)))
        except Unread as unread:
            errors.append(unread.at(column))
            continue
        for value in values:
            faults = check(column, value, "startup")
            errors += [FieldError(column, fault.code, fault.params) for fault in faults]
            facts += [] if faults else [{"field": column, "value": value}]
    try:
        facts += _raise(row, units)
    except Unread as unread:
        errors.append(unread.at("raise"))
    if errors:
        raise Invalid(errors=errors)
    return facts


def _values(column: str, text: str, unit: tuple[str | None, int]) -> list:
    """What a cell states of a column. Raises Unread."""
    if column == "founded":
        return [dates.partial(text)]
    if column == "capital":
        found = amounts.whole(text, *unit)
        return [{"amount": int(found.exact or 0), "currency": found.currency}]
    known = PLAIN[column]
    parts = re.split(r"[;；\n、,，]" if known.vocabulary else r"\n", text)
    if len(parts) > MOST_VALUES:
        raise Unread("too-many", text, max=MOST_VALUES)
    if known.vocabulary:
        return answers.codes(known.vocabulary, text)
    return [line.strip() for line in parts if line.strip()]


def _raise(row: Row, units: dict) -> list[dict]:
    """The present raise, of the columns that speak of it. Raises Unread."""
    said = {part: row[c] for c, part in RAISE.items() if row.get(c)}
    if not said:
        return []
    value: dict = {"state": "raising"}
    if text := said.pop("amount", ""):
        found = amounts.whole(text, *units["raise_amount"])
        value |= {"amount": int(found.exact or 0), "currency": found.currency}
    return [{"field": "raise", "value": facts_of.read("raise", value | said)}]


def _value(value) -> str:
    """A value as it is compared: a cell has no place for line breaks within one text."""
    return _line(value) if isinstance(value, str) else repr(value)


def _line(text: str) -> str:
    return " ".join(text.split())


def table(startups: list, lang: str) -> list[list[str]]:
    """Profiles as rows under `columns.labels`: newest statement of single fields, all of listed
    ones, codes as labels.
    """
    rows = []
    for one in startups:
        stated: dict[str, list[str]] = {}
        for f in one.facts:
            if f.field in PLAIN or f.field == "founded":
                words = FIELDS[f.field].vocabulary
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
            (SEVERAL if d.vocabulary else "\n").join(dict.fromkeys(stated.get(c, [])))
            for c, d in PLAIN.items()
        )
        founded = next(iter(stated.get("founded", [])), "")
        rows.append([*fixed, *joined, founded])
    return rows
