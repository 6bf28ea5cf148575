"""Applications from somebody's table: its columns mapped once under a name, first what it would do,
then in earnest, all or nothing.
"""

from datetime import datetime
from math import isfinite

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.programs import rules
from services.programs.cohorts import own_call, receipt, tell
from services.programs.models import Application, Cohort, Mapping
from services.programs.panel import TOPICS
from services.programs.rules import SUBMITTED
from shared import audit
from shared.clock import JST
from shared.errors import FieldError, Invalid
from shared.ids import new_id
from shared.linkage import spellings
from shared.vocabulary import vocabulary

PLAIN = ("name", "kind", "startup", "hubs", "topics", "submitted_at")
YES, NO = (
    {"yes", "y", "true", "1", "はい", "有", "あり", "○"},
    {"no", "n", "false", "0", "いいえ", "無", "なし", "×"},
)


def targets(call: Cohort) -> list[str]:
    """What a column of the table may mean in this call."""
    return [*PLAIN, *(f"answer:{q['key']}" for q in call.questions)]


def mapped(
    session: Session, call: Cohort, rows: list[dict], given: dict | None, name: str | None
) -> list[dict]:
    """Rows under our own names: by the mapping given, the one saved under a name, our names, or the
    questions' own words. Raises Invalid.
    """
    known = targets(call)
    if wrong := sorted({t for t in (given or {}).values() if t not in known}):
        raise Invalid(errors=[FieldError("mapping", "unknown-column", {"given": wrong[0][:80]})])
    saved = (
        session.scalar(select(Mapping).where(Mapping.name == name).with_for_update())
        if name
        else None
    )
    if name and given:
        if saved is None:
            session.add(
                Mapping(id=new_id(), owner=session.info["actor"].org, name=name, columns=given)
            )
        else:
            saved.columns = given
    asked = {q[lang]: f"answer:{q['key']}" for q in call.questions for lang in ("en", "ja")}
    meaning = (
        {t: t for t in known}
        | asked
        | (saved.columns if saved and not given else {})
        | (given or {})
    )
    used = {
        heading: meaning[heading]
        for heading in (rows[0] if rows else {})
        if meaning.get(heading) in known
    }
    if "name" not in used.values():
        raise Invalid(errors=[FieldError("file", "no-name-column", {})])
    return [{target: row.get(heading, "") for heading, target in used.items()} for row in rows]


def bring(
    session: Session,
    cohort: str,
    rows: list[dict],
    first: int,
    apply: bool,
    names: dict[str, set[str]],
) -> dict:
    """What rows would become, numbered as a spreadsheet shows them; with `apply` and no fault they
    do, with receipts, owned by the office.

    `names`: the folded names of every startup a row names by id, so that no application is shown to
    another company by a slip of a row.
    """
    call = own_call(session, cohort)
    held = set(
        session.execute(
            select(Application.name, Application.startup).where(Application.cohort == call.id)
        ).all()
    )
    taken = {s for name, _ in held for s in spellings(name)}
    taken |= {startup for _, startup in held if startup}
    made, faults = [], []
    for number, row in enumerate(rows, first):
        form, wrong = _read(call, row)
        spelt = spellings(form["name"])
        if form["startup"] and not spelt & names.get(form["startup"], set()):
            wrong.append(FieldError("startup", "startup-differs", {"given": form["startup"][:64]}))
        keys = spelt | {form["startup"]} - {None}
        if not wrong and keys & taken:
            wrong = [FieldError("name", "row-applied", {})]
        if wrong:
            faults.append((number, wrong))
            continue
        taken |= keys
        made.append(form)
    if apply and not faults:
        for form in made:
            _add(session, call, form)
        audit.note(session, "applications-imported", call.id, count=len(made))
    return {
        "count": len(made),
        "faults": faults,
        "applied": apply and not faults,
        "names": [form["name"] for form in made[:20]],
    }


def _read(call: Cohort, row: dict) -> tuple[dict, list[FieldError]]:
    form: dict = {
        "name": row["name"].strip(),
        "kind": row.get("kind") or call.applicants[0],
        "startup": row.get("startup") or None,
        "answers": {},
    }
    wrong = [] if 0 < len(form["name"]) <= 200 else [FieldError("name", "required", {})]
    if form["kind"] not in call.applicants:
        wrong.append(FieldError("kind", "not-a-choice", {"given": form["kind"][:80]}))
    for part, allowed in (
        ("hubs", {h["hub"] for h in call.hubs} or set(vocabulary("geography").nodes)),
        ("topics", _topics()),
    ):
        form[part] = [t.strip() for t in row.get(part, "").split(";") if t.strip()]
        wrong += [
            FieldError(part, "not-a-choice", {"given": t[:80]})
            for t in form[part]
            if t not in allowed
        ]
    try:
        form["submitted_at"] = _instant(row["submitted_at"]) if row.get("submitted_at") else None
    except ValueError:
        wrong.append(FieldError("submitted_at", "bad-date", {"given": row["submitted_at"][:40]}))
    for question in call.questions:
        if text := row.get(f"answer:{question['key']}", ""):
            form["answers"][question["key"]] = _answer(question, text)
    return form, wrong + [
        FieldError(*fault) for fault in rules.answer_faults(call.questions, form["answers"], True)
    ]


def _topics() -> set[str]:
    return {slug for name in TOPICS for slug in vocabulary(name).nodes}


def _instant(text: str) -> datetime:
    """A date or a local time in Japan, as a sheet has it."""
    at = datetime.fromisoformat(text.replace("/", "-"))
    return at if at.tzinfo else at.replace(tzinfo=JST)


def _answer(question: dict, text: str):
    """A cell as the question's type wants it; what does not fit goes on to be refused."""
    if question["type"] == "number":
        try:
            number = float(text.replace(",", ""))
        except ValueError:
            return text
        return number if isfinite(number) else text
    if question["type"] == "yes-no":
        return True if text.lower() in YES else False if text.lower() in NO else text
    return text


def _add(session: Session, call: Cohort, form: dict) -> None:
    now = session.info["now"]
    row = Application(
        id=new_id(),
        cohort=call.id,
        owner=call.owner,
        office=call.owner,
        checks={},
        states={},
        decided=SUBMITTED,
        version=0,
    )
    for name in ("name", "kind", "startup", "hubs", "topics", "answers"):
        setattr(row, name, form[name])
    row.receipt, row.submitter, row.reason, row.chased_at = receipt(call), None, None, None
    row.made_at, row.submitted_at = now, form["submitted_at"] or now
    session.add(row)
    session.flush()
    tell(session, row)
