"""Bulk: profiles from a table, first as a plan (what would be made, changed, refused), then in
earnest; and profiles as a table.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.startups.actions import STARTUP
from services.startups.models import Mapping, Startup
from shared.errors import Conflict, DomainError, FieldError, Forbidden, Invalid
from shared.judgement.fields import FIELDS, check
from shared.organizations import profiles
from shared.organizations.names import fold
from shared.vocabulary import vocabulary

NAMES = {"name_en": "en", "name_ja": "ja", "name_kana": "kana"}
PLAIN = {
    f: d for f, d in FIELDS.items() if "startup" in d.of and (d.vocabulary or d.type == "text")
}
COLUMNS = ("id", *NAMES, "corporate_number", *PLAIN)
SEVERAL = ";"


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
            {"row": u["row"], "id": u["id"], "fields": sorted({f["field"] for f in u["facts"]})}
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
    by_name = _by_name(known.values())
    for number, row in enumerate(rows, first):
        try:
            _one(session, number, row, known, by_name, seen, out)
        except DomainError as refused:
            errors = refused.errors or [FieldError("row", refused.code, refused.params)]
            out.conflicts.append({"row": number, "errors": errors})
    return out


def _by_name(startups) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in startups:
        for text in {fold(t) for t in (one.name or {}).values() if t}:
            found.setdefault(text, []).append(one)
    return found


def _one(
    session: Session,
    number: int,
    row: dict[str, str],
    known: dict,
    by_name: dict,
    seen: dict,
    out: Plan,
) -> None:
    name = {NAMES[c]: row[c] for c in NAMES if row.get(c)}
    facts = _facts(row)
    held = _held(row, name, known, by_name)
    key = held.id if held else fold(" ".join(name.values()))
    if key in seen:
        raise Invalid(errors=[FieldError("row", "row-twice", {"row": seen[key]})])
    seen[key] = number
    if held is None:
        if not name:
            raise Invalid(errors=[FieldError("name", "required", {})])
        form = {"name": name, "facts": facts} | ({"id": row["id"]} if row.get("id") else {})
        if row.get("corporate_number"):
            form["legal_entities"] = [
                {
                    "name": name.get("ja") or name.get("en"),
                    "corporate_number": row["corporate_number"],
                    "jurisdiction": "jp",
                }
            ]
        out.creates.append({"row": number, "id": row.get("id"), "form": form})
        return
    actor = session.info["actor"]
    if not actor.may_change(held.owner, "startup"):
        raise Forbidden()
    stated = {(f.field, _value(f.value)) for f in held.facts}
    new = [f for f in facts if (f["field"], _value(f["value"])) not in stated]
    if new:
        out.updates.append({"row": number, "id": held.id, "facts": new})
    else:
        out.same += 1


def _held(row: dict[str, str], name: dict[str, str], known: dict, by_name: dict):
    """The profile a row means: by id, by Corporate Number, by any of its names. Raises Conflict
    where several answer.
    """
    if row.get("id") in known:
        return known[row["id"]]
    if number := row.get("corporate_number"):
        numbered = [
            s
            for s in known.values()
            if any(e.get("corporate_number") == number for e in s.legal_entities or [])
        ]
        if numbered:
            return numbered[0]
    found = {s.id: s for text in name.values() for s in by_name.get(fold(text), [])}
    if len(found) > 1:
        raise Conflict("ambiguous-name", given=next(iter(name.values())), nearest=sorted(found)[:3])
    return next(iter(found.values()), None)


def _facts(row: dict[str, str]) -> list[dict]:
    """The facts a row states: codes or their labels, several with semicolons; texts, one a line.
    Raises Invalid naming every fault.
    """
    facts, errors = [], []
    for column, known in PLAIN.items():
        parts = row.get(column, "").split(SEVERAL if known.vocabulary else "\n")
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
    words = vocabulary(name)
    if text in words:
        return text
    wanted = fold(text)
    return next(
        (
            slug
            for slug, node in words.nodes.items()
            if wanted in (fold(node["en"]), fold(node["ja"]))
        ),
        text,
    )


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
