"""Applications from somebody's table: its columns mapped once under a name, first what it would do,
then in earnest, all or nothing.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.programs import rules
from services.programs.cohorts import own_call, receipt, tell
from services.programs.models import Application, Cohort, Mapping
from services.programs.panel import TOPICS
from services.programs.rules import SUBMITTED
from shared import audit
from shared.errors import FieldError, Invalid
from shared.ids import new_id
from shared.linkage import spellings
from shared.organizations import headings
from shared.organizations.sheets import Row, Table, is_total
from shared.reading import amounts, answers, dates
from shared.reading.facts import plain
from shared.reading.words import Unread, normal
from shared.vocabulary import vocabulary

PLAIN = ("name", "kind", "startup", "hubs", "topics", "submitted_at")


WORDS: dict[str, tuple[str, ...]] = {
    "name": (
        *("会社名", "企業名", "社名", "商号", "法人名", "応募者", "応募者名", "申請者名"),
        *("申請企業名", "応募企業名", "団体名", "事業者名", "名称", "company", "company name"),
        *("applicant", "applicant name", "organisation", "organization", "startup name"),
    ),
    "kind": ("応募者区分", "申請者区分", "区分", "applicant type"),
    "startup": ("スタートアップID", "startup id", "company id"),
    "hubs": (
        *("希望拠点", "希望ハブ", "希望地", "希望地域", "滞在希望拠点", "派遣先", "希望都市"),
        *("hub", "preferred hub", "preferred hubs", "location", "preferred location"),
    ),
    "topics": (
        *("モダリティ", "疾患領域", "技術分野", "領域", "対象疾患", "テーマ", "分野"),
        *("topic", "modality", "therapeutic area", "area"),
    ),
    "submitted_at": (
        *("申請日", "申請日時", "応募日", "応募日時", "提出日", "提出日時", "受付日", "受付日時"),
        *("タイムスタンプ", "submitted", "submitted at", "submission date", "timestamp"),
    ),
}


def targets(call: Cohort) -> list[str]:
    """What a column of the table may mean in this call."""
    return [*PLAIN, *(f"answer:{q['key']}" for q in call.questions)]


def words(call: Cohort) -> dict[str, str]:
    """Which heading means what in this call: our names, common ones, the questions' own words."""
    asked = {f"answer:{q['key']}": (q["en"], q["ja"], q["key"]) for q in call.questions}
    return headings.words(asked | WORDS)


def own(session: Session, call: Cohort, given: dict | None, name: str | None) -> dict[str, str]:
    """Somebody's own headings: those given, which are kept under the name, else those kept under
    it. Raises Invalid.
    """
    known = targets(call)
    if wrong := sorted({t for t in (given or {}).values() if t not in known}):
        raise Invalid(errors=[FieldError("mapping", "unknown-column", {"given": wrong[0][:80]})])
    if not name:
        return given or {}
    saved = session.scalar(select(Mapping).where(Mapping.name == name).with_for_update())
    if given and saved is None:
        session.add(Mapping(id=new_id(), owner=session.info["actor"].org, name=name, columns=given))
    elif given and saved is not None:
        saved.columns = given
    return given or (saved.columns if saved else {})


def mapped(call: Cohort, table: Table, said: dict[str, str]) -> tuple[dict[str, str], list[Row]]:
    """What the headings mean, and the rows under our own names; a row that holds nothing of them,
    or sums others up, is left out. Raises Invalid.
    """
    chosen = {h: t for h, t in said.items() if h in table.headings and t in targets(call)}
    guessed = headings.match([h for h in table.headings if h not in chosen], words(call))
    meanings = chosen | {h: t for h, t in guessed.items() if t not in chosen.values()}
    if "name" not in meanings.values():
        raise Invalid(errors=[FieldError("file", "no-name-column", table.place())])
    rows = [row.under(meanings) for row in table.rows if not is_total(row)]
    return meanings, [row for row in rows if any(row.values()) or row.faults]


def bring(
    session: Session,
    cohort: str,
    rows: list[Row],
    apply: bool,
    names: dict[str, set[str]],
    partly: bool = False,
) -> dict:
    """What rows would become, numbered as a spreadsheet shows them; with `apply` and no fault, or
    those without one where `partly`, they do, with receipts, owned by the office.

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
    for row in rows:
        number = row.number
        form, wrong = _read(call, row)
        wrong = list(row.faults.values()) + [w for w in wrong if w.field not in row.faults]
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
    done = apply and (partly or not faults)
    if done:
        for form in made:
            _add(session, call, form)
        audit.note(session, "applications-imported", call.id, count=len(made))
    return {
        "count": len(made),
        "faults": faults,
        "applied": done,
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
    readers: dict[str, Callable[[str], Any]] = {
        "hubs": lambda text: _hubs(call, text),
        "topics": _topics,
        "submitted_at": dates.instant,
    }
    for part, read in readers.items():
        form[part] = [] if part != "submitted_at" else None
        if row.get(part):
            form[part] = _taken(part, read, row[part], form[part], wrong)
    for question in call.questions:
        if text := row.get(f"answer:{question['key']}", ""):
            at = f"answers.{question['key']}"
            read = partial(_answer, question)
            form["answers"][question["key"]] = _taken(at, read, text, text, wrong)
    named = {fault.field for fault in wrong}
    return form, wrong + [
        FieldError(*fault)
        for fault in rules.answer_faults(call.questions, form["answers"], True)
        if fault[0] not in named
    ]


def _taken(field: str, read: Callable[[str], Any], text: str, held: Any, wrong: list) -> Any:
    """What a cell means; where it cannot be read, what was held, and the fault among the others."""
    try:
        return read(text)
    except Unread as unread:
        wrong.append(unread.at(field))
        return held


def _hubs(call: Cohort, text: str) -> list[str]:
    """Places of the call by code or name. Raises Unread."""
    allowed = {h["hub"] for h in call.hubs}
    try:
        found = answers.codes("geography", text)
    except Unread as unread:
        raise Unread("not-a-choice", unread.params["given"], nearest=sorted(allowed)) from None
    for code in found:
        if allowed and code not in allowed:
            label = vocabulary("geography").label(code)
            raise Unread("not-a-choice", label, nearest=sorted(allowed))
    return found


def _topics(text: str) -> list[str]:
    """Codes of any vocabulary that topics come from. Raises Unread."""
    found: list[str] = []
    for part in answers.listed(text):
        found += _topic(part)
    return list(dict.fromkeys(found))


def _topic(text: str) -> list[str]:
    for name in TOPICS:
        try:
            return answers.codes(name, text)
        except Unread:
            continue
    raise Unread("not-a-choice", text)


def _answer(question: dict, text: str) -> Any:
    """A cell as the question's type wants it. Raises Unread."""
    if question["type"] == "number":
        return plain(amounts.number(text))
    if question["type"] == "choice":
        return next((c for c in question["choices"] if normal(c) == normal(text)), text)
    if question["type"] == "yes-no":
        said = answers.yes_no(text)
        if said.remark:
            raise Unread("not-boolean", text)
        return said.yes
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
