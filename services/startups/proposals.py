"""Facts that files propose: clinical-trial registry exports and lists of adopted projects. Nothing
counts until a person confirms it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.startups.actions import STARTUP
from services.startups.models import Startup, StartupFact
from shared import audit
from shared.db import held, unscoped
from shared.errors import Conflict, Forbidden, NotFound
from shared.ids import new_id
from shared.judgement.fields import FIELDS, open_tiers
from shared.linkage import Directory, Record
from shared.organizations.headings import match, words
from shared.organizations.models import PUBLISHED, fact_document
from shared.organizations.profiles import record
from shared.organizations.sheets import Table, is_total
from shared.reading import answers, dates
from shared.reading.words import Unread, normal
from shared.vocabulary import country_of, vocabulary

NEVER = frozenset(  # a trial in one of these states shows no stage that was reached
    (
        *("withdrawn", "no longer available", "terminated", "suspended", "withheld"),
        *("中止", "試験中止", "中断", "取下げ", "取り下げ"),
    )
)
HEADINGS = {  # our name for a column: what exports call it
    "sponsor": (
        "Sponsor",
        "Lead Sponsor",
        "実施責任組織",
        "依頼者等",
        "研究責任（代表）医師の所属機関",
    ),
    "number": ("NCT Number", "jRCT番号", "臨床研究実施計画番号", "Study Number"),
    "title": ("Study Title", "研究名称", "課題名", "採択課題名", "Title"),
    "url": ("Study URL", "URL"),
    "phase": ("Phases", "Phase", "試験等のフェーズ", "フェーズ", "試験のフェーズ"),
    "updated": ("Last Update Posted", "最終公表日", "掲載日", "Last Updated"),
    "places": ("Locations", "実施国", "Countries"),
    "status": (
        "Study Status",
        "Overall Status",
        "Recruitment Status",
        "研究の進捗状況",
        "進捗状況",
    ),
    "company": ("代表機関", "企業名", "実施機関", "採択事業者", "Company"),
    "call": ("公募回", "公募", "Call"),
    "adopted": ("採択日", "採択年月", "Adopted", "Date"),
    "stage": ("ステージ", "開発段階", "Stage"),
}

WORDS = words(HEADINGS)


@dataclass
class Plan:
    """What a file would propose, and the rows nobody could be found for; `near` asks a person."""

    proposed: list[dict] = field(default_factory=list)
    near: list[dict] = field(default_factory=list)
    unknown: list[dict] = field(default_factory=list)
    faulty: list[dict] = field(default_factory=list)
    same: int = 0

    def document(self) -> dict:
        return {
            "proposed": self.proposed,
            "near": self.near,
            "unknown": self.unknown,
            "faulty": self.faulty,
            "same": self.same,
        }


def plan(
    session: Session,
    table: Table,
    kind: str,
    programme: str | None,
    source: dict,
) -> Plan:
    """What a table would propose, row by row; names are matched exactly once folded, near ones only
    listed. Raises BadTable, Forbidden.
    """
    session.info["actor"].need("staff")
    name = "sponsor" if kind == "registry" else "company"
    meanings = match(table.headings, WORDS)
    if name not in meanings.values():
        raise table.missing("table-column-missing", given=HEADINGS[name][0])
    read = _trial if kind == "registry" else _adoption(programme or "amed-startup-ecosystem")
    directory, made = _directory(session), Plan()
    for row in table.rows:
        told = row.under(meanings)
        if told.faults:
            made.faulty.append({"row": row.number, "name": told[name], "why": told.fault()})
        elif any(told.values()) and not is_total(told):
            _row(session, row.number, told, told[name], directory, lambda t: read(t, source), made)
    return made


def _directory(session: Session) -> Directory:
    """Published startups by every name and number."""
    with unscoped(session):
        held = session.scalars(select(Startup).where(Startup.state == PUBLISHED))
        return Directory(map(record_of, held))


def record_of(startup: Startup) -> Record:
    """A startup as it is found by its names."""
    return Record.of(
        startup.id,
        startup.name,
        startup.aliases,
        startup.former_names,
        startup.legal_entities,
    )


def _row(
    session: Session,
    number: int,
    told: dict,
    name: str,
    directory: Directory,
    read: Callable,
    made: Plan,
) -> None:
    """One row: whose it is, what it would propose."""
    match = directory.find(name)
    startup = match.one
    if startup is None:
        (made.near if match.tier else made.unknown).append(
            {"row": number, "name": name}
            | ({"candidates": list(match.candidates)} if match.tier else {})
        )
        return
    fact = read(told)
    if isinstance(fact, str):
        made.faulty.append({"row": number, "name": name, "why": fact})
    elif _known(session, startup, fact):
        made.same += 1
    else:
        made.proposed.append({"row": number, "startup": startup, "fact": fact})


def _known(session: Session, startup: str, fact: dict) -> bool:
    """Whether the profile says so already to the network, or has been proposed it before; what it
    keeps to itself is not asked.
    """
    told = StartupFact.tier.in_(open_tiers) | StartupFact.proposed
    with unscoped(session):
        stated = session.scalars(
            select(StartupFact).where(
                StartupFact.subject == startup, StartupFact.field == fact["field"], told
            )
        )
        return any(
            f.value == fact["value"] and f.source.get("title") == fact["source"]["title"]
            for f in stated
        )


def _trial(told: dict, source: dict) -> dict | str:
    """A trial as a stage of development in its country, dated by the registry."""
    try:
        stage = answers.phase(told.get("phase", ""))
        day = dates.partial(told["updated"]) if told.get("updated") else source["as_of"]
    except Unread as unread:
        return f"{'phase' if unread.code == 'unread-phase' else 'date'} {unread.params['given']}"
    if not told.get("number"):
        return "number"
    if normal(told.get("status", "")).replace("_", " ") in NEVER:
        return f"status {told['status'][:80]}"
    places = _countries(told.get("places", ""))
    detail = {"registry": told["number"][:100]} | (
        {"territory": next(iter(places))} if len(places) == 1 else {}
    )
    named = {"kind": "dataset", "title": told["number"][:100], "publisher": source["title"]}
    named |= {"url": told["url"]} if told.get("url", "").startswith("https://") else {}
    return {
        "field": "stage",
        "value": stage,
        "as_of": day,
        "source": named,
        "detail": detail,
    }


def _countries(text: str) -> set[str]:
    """The countries of addresses, each the last part of its own; what is no country we know is
    another one.
    """
    found = set()
    for address in filter(None, (a.strip() for a in re.split(r"[|;；\n]", text))):
        last = re.split(r"[,，、・/]", address)[-1].strip()
        for part in [last] if "," in address else re.split(r"[,，、・/]", address):
            try:
                found.add(country_of(answers.code("geography", part)) or part)
            except Unread:
                found.add(part)
    known = {code for code in found if code in vocabulary("geography")}
    return known if known == found else set()


def _adoption(programme: str) -> Callable[[dict, dict], dict | str]:
    def read(told: dict, source: dict) -> dict | str:
        try:
            day = dates.partial(told["adopted"]) if told.get("adopted") else source["as_of"]
        except Unread as unread:
            return f"date {unread.params['given']}"
        value: dict = {"programme": programme, "date": day}
        value |= {"call": told["call"][:60]} if told.get("call") else {}
        value |= {"stage": told["stage"][:60]} if told.get("stage") else {}
        named = {
            "kind": "dataset",
            "title": source["title"],
            **({"url": source["url"]} if source.get("url") else {}),
        }
        return {"field": "public_grant", "value": value, "as_of": day, "source": named}

    return read


def apply(session: Session, made: Plan) -> int:
    """Adds the proposals to the profiles, where they wait; returns how many."""
    by_startup: dict[str, list[dict]] = {}
    for item in made.proposed:
        by_startup.setdefault(item["startup"], []).append(item["fact"])
    with unscoped(session):
        for slug, facts in sorted(by_startup.items()):
            startup = session.scalar(select(Startup).where(Startup.id == slug).with_for_update())
            startup.facts.extend(_fact(startup, f) for f in facts)
            audit.note(session, "facts-proposed", slug, count=len(facts))
            record(session, STARTUP, startup, "updated")
    return len(made.proposed)


def _fact(startup: Startup, form: dict) -> StartupFact:
    value = form["value"]
    return StartupFact(
        id=new_id(),
        owner=startup.owner,
        subject=startup.id,
        field=form["field"],
        code=value if isinstance(value, str) else None,
        value=value,
        source=form["source"],
        as_of=form["as_of"],
        tier=FIELDS[form["field"]].tier,
        detail=form.get("detail"),
        proposed=True,
    )


def confirm(session: Session, slug: str, fact_id: str, yes: bool) -> Startup:
    """A person's word on a proposal: it counts from now on, or goes. For the profile's owner; for
    an unclaimed one, staff.

    Raises NotFound, Forbidden, Conflict where it is no proposal.
    """
    actor = session.info["actor"]
    if session.scalar(select(Startup.id).where(Startup.id == slug)) is None:
        raise NotFound()  # another's draft is not there
    with unscoped(session):
        startup = session.scalar(select(Startup).where(Startup.id == slug).with_for_update())
    if not actor.may_change(startup.owner, "startup"):
        raise Forbidden()
    fact = next((f for f in startup.facts if f.id == fact_id), None)
    if fact is None:
        raise NotFound()
    if not fact.proposed:
        raise Conflict("not-proposed")
    if yes:
        fact.proposed, fact.verified = False, "confirmed"
    else:
        startup.facts.remove(fact)
    audit.note(
        session,
        "proposal-confirmed" if yes else "proposal-refused",
        slug,
        field=fact.field,
        fact=fact.id,
    )
    record(session, STARTUP, startup, "updated")
    return startup


def waiting(session: Session) -> list[dict]:
    """Proposals the actor may decide about: of their own profile; of unclaimed ones, for staff."""
    actor = session.info["actor"]
    with unscoped(session):
        rows = (
            select(StartupFact)
            .where(StartupFact.proposed)
            .order_by(StartupFact.subject, StartupFact.id)
        )
        if not actor.sees_everything:
            rows = rows.where(held(StartupFact.owner, actor, "startup"))
        return [
            {"startup": f.subject, "fact": fact_document(f)}
            for f in session.scalars(rows.limit(500))
        ]
