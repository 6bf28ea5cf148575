"""A team's own list of companies it knows, and its decisions as a table: where resurfacing starts
from, and what goes to the CRM.
"""

from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching import days, names
from services.matching.models import Decision
from services.matching.population import Population
from services.matching.queries import Asking, Reader
from services.matching.rules import KNOWN, OPEN, PASS
from shared import audit
from shared.errors import Forbidden, NotFound
from shared.ids import new_id
from shared.organizations.headings import match, words
from shared.organizations.sheets import Table, is_total
from shared.reading import answers, dates
from shared.reading.words import Unread, normal
from shared.vocabulary import vocabulary

TOPICS, MOST_SEARCHES = ("startups",), 300
HEADINGS = {
    "company": (
        *("会社名", "企業名", "社名", "商号", "法人名", "スタートアップ", "スタートアップ名"),
        *("company name", "startup", "account name", "organization", "organisation", "name"),
    ),
    "status": (
        "状況",
        "ステータス",
        "状態",
        "検討状況",
        "stage",
        "deal stage",
        "state",
        "decision",
    ),
    "reason": ("理由", "見送り理由", "見送理由", "判断理由", "reason code", "pass reason"),
    "date": (
        *(
            "日付",
            "判断日",
            "決定日",
            "見送り日",
            "更新日",
            "decided on",
            "decided_on",
            "close date",
        ),
        *("last updated", "date of decision"),
    ),
    "note": ("備考", "メモ", "コメント", "notes", "comment", "comments", "description", "remarks"),
}
WORDS = words(HEADINGS)
STATUS = {
    "portfolio": KNOWN,
    "投資先": KNOWN,
    "in-talks": KNOWN,
    "in talks": KNOWN,
    "協議中": KNOWN,
    "passed": PASS,
    "pass": PASS,
    "declined": PASS,
    "見送り": PASS,
    "見送": PASS,
    "辞退": PASS,
    "出資先": KNOWN,
    "既存投資先": KNOWN,
    "検討中": KNOWN,
    "面談中": KNOWN,
    "portfolio company": KNOWN,
    "in discussion": KNOWN,
}
EXPORT = (
    "company_id",
    "company",
    "mandate",
    "state",
    "reason",
    "reason_text",
    "decided_on",
    "until",
    "condition",
    "note",
)


# headings the import of a CRM maps by itself, each with the column of EXPORT it holds; "deal" is
# company and mandate
CRM = {
    "hubspot": {
        "Company name": "company",
        "Deal name": "deal",
        "Deal stage": "state",
        "Close date": "until",
        "Description": "why",
        "External ID": "company_id",
    },
    "salesforce": {
        "Account Name": "company",
        "Opportunity Name": "deal",
        "Stage": "state",
        "Close Date": "until",
        "Description": "why",
        "External ID": "company_id",
    },
}


@dataclass
class Plan:
    """What a list would note; `near` and `unknown` are for a person, `same` is decided already. Of
    the unknown, `unsearched` were looked for by their exact names alone.
    """

    known: list[dict] = field(default_factory=list)
    near: list[dict] = field(default_factory=list)
    unknown: list[dict] = field(default_factory=list)
    faulty: list[dict] = field(default_factory=list)
    same: int = 0
    unsearched: int = 0

    def document(self) -> dict:
        return {
            "known": self.known,
            "near": self.near,
            "unknown": self.unknown,
            "faulty": self.faulty,
            "same": self.same,
            "unsearched": self.unsearched,
        }


class Directory:
    """The startups a list may mean: by exact name at once, by nearness a few hundred names."""

    def __init__(self, session: Session, population: Population, written: list[str]):
        self.session, self.startups = session, population.startups
        self._exact = names.exact(session, written, TOPICS)
        self._near: dict[str, list[str]] = {}

    def exact(self, text: str) -> list[str]:
        return sorted(self._exact.get(text, set()) & self.startups.keys())

    def near(self, text: str) -> list[str] | None:
        """Up to three; None where too many have been looked for already."""
        if text not in self._near:
            if len(self._near) >= MOST_SEARCHES:
                return None
            found = names.search(self.session, text, TOPICS, 3) if text else []
            self._near[text] = [f.subject for f in found if f.subject in self.startups]
        return self._near[text]


def plan(session: Session, reader: Reader, mandate: str, table: Table) -> Plan:
    """Compares a list with who is known here. Raises Forbidden for another's mandate, BadTable
    without the columns.
    """
    actor = session.info["actor"]
    actor.need("reviewer")
    population = reader.population(session, Asking())
    if mandate not in population.mandates:
        raise NotFound("no-mandate", given=mandate)
    if population.mandates[mandate].owner != actor.org:
        raise Forbidden()
    meanings = match(table.headings, WORDS)
    for key in ("company", "status"):
        if key not in meanings.values():
            raise table.missing("table-column-missing", given=key)
    held = {
        d.startup
        for d in session.scalars(
            select(Decision).where(Decision.mandate == mandate, Decision.state != OPEN)
        )
    }
    made, today = Plan(), days.today(session, mandate)
    rows = [row.under(meanings) for row in table.rows if not is_total(row)]
    directory = Directory(session, population, [row["company"].strip() for row in rows])
    for row in rows:
        told = dict.fromkeys(HEADINGS, "") | {key: text.strip() for key, text in row.items()}
        if row.faults:
            made.faulty.append({"row": row.number, "name": told["company"], "why": row.fault()})
        elif any(told.values()):
            _row(directory, row.number, told, held, made, today)
    return made


def _row(
    directory: Directory, number: int, told: dict, held: set[str], made: Plan, today: date
) -> None:
    exact = directory.exact(told["company"])
    if len(exact) != 1:
        near = directory.near(told["company"])
        made.unsearched += near is None
        (made.near if near else made.unknown).append(
            {"row": number, "name": told["company"]} | ({"candidates": near} if near else {})
        )
        return
    state, reason = STATUS.get(normal(told["status"])), _reason(told["reason"])
    day = _day(told["date"]) if told["date"] else today
    if state is None or day is None or day > today or (state == PASS and reason is None):
        wrong = "status" if state is None else "date" if day is None or day > today else "reason"
        made.faulty.append(
            {"row": number, "name": told["company"], "why": f"{wrong}: {told[wrong]}"}
        )
    elif exact[0] in held:
        made.same += 1
    else:
        held.add(exact[0])
        item = {
            "row": number,
            "startup": exact[0],
            "state": state,
            "on": day.isoformat(),
            "note": told["note"] or told["status"],
        }
        made.known.append(item | ({"reason": reason} if state == PASS else {}))


def _reason(text: str) -> str | None:
    """A pass reason by its code, either label or a word people use."""
    try:
        found = answers.code("pass_reason", text)
    except Unread:
        return None
    return found if vocabulary("pass_reason").nodes[found]["type"] != "group" else None


def _day(text: str) -> date | None:
    """The first day a date may mean."""
    try:
        return dates.read(text).first
    except Unread:
        return None


def apply(session: Session, mandate: str, made: Plan) -> int:
    """Notes them: from now on they are not news."""
    actor, now = session.info["actor"], session.info["now"]
    for item in made.known:
        row = session.scalar(
            select(Decision)
            .where(Decision.mandate == mandate, Decision.startup == item["startup"])
            .with_for_update()
        )
        row = row or Decision(
            id=new_id(), startup=item["startup"], mandate=mandate, owner=actor.org, version=0
        )
        row.state, row.reason, row.note, row.by, row.at = (
            item["state"],
            item.get("reason"),
            item["note"],
            actor.person,
            now,
        )
        row.condition = row.until = row.back_at = row.back_because = row.before = None
        row.version += 1
        session.add(row)
    audit.note(session, "known-companies-noted", mandate, count=len(made.known))
    return len(made.known)


def table(session: Session, population: Population, lang: str) -> list[list]:
    """One's organisation's decisions as rows, the newest first."""
    rows = list(
        session.scalars(
            select(Decision).where(Decision.state != OPEN).order_by(Decision.at.desc(), Decision.id)
        )
    )
    zones = days.zones(session, [row.mandate for row in rows])
    return [_exported(row, zones[row.mandate], population, lang) for row in rows]


def shaped(rows: list[list], crm: str | None) -> tuple[list[str], list[list]]:
    """Headings and rows as a CRM's import names them; as they are without one."""
    if crm is None:
        return list(EXPORT), rows
    told = [dict(zip(EXPORT, row, strict=True)) for row in rows]
    told = [
        r
        | {
            "deal": f"{r['company']} / {r['mandate']}",
            "why": ". ".join(p for p in (r["reason_text"], r["note"]) if p),
        }
        for r in told
    ]
    return list(CRM[crm]), [[r[column] for column in CRM[crm].values()] for r in told]


def _exported(row: Decision, zone: ZoneInfo, population: Population, lang: str) -> list:
    startup = population.startups.get(row.startup)
    words = vocabulary("pass_reason")
    reason = words.label(row.reason, lang) if row.reason else ""
    decided = row.at.astimezone(zone).date()
    name = startup.title(lang) if startup else row.startup
    until = row.until.isoformat() if row.until else ""
    return [
        row.startup,
        name,
        row.mandate,
        row.state,
        row.reason or "",
        reason,
        decided.isoformat(),
        until,
        row.condition or "",
        row.note or "",
    ]
