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
from shared.judgement.dates import parts
from shared.judgement.fields import FIELDS, open_tiers
from shared.linkage import Directory, Record, fold
from shared.organizations.models import PUBLISHED, fact_document
from shared.organizations.profiles import record
from shared.organizations.sheets import BadTable

PHASES = {
    "phase1": "phase-1",
    "earlyphase1": "phase-1",
    "phase1phase2": "phase-1-2",
    "phase2": "phase-2",
    "phase2phase3": "phase-2",
    "phase3": "phase-3",
    "第1相": "phase-1",
    "第12相": "phase-1-2",
    "第2相": "phase-2",
    "第3相": "phase-3",
    "1": "phase-1",
    "12": "phase-1-2",
    "2": "phase-2",
    "3": "phase-3",
}
ROMAN = str.maketrans({"Ⅰ": "1", "Ⅱ": "2", "Ⅲ": "3", "１": "1", "２": "2", "３": "3"})
COUNTRIES = {"united states": "us", "japan": "jp", "日本": "jp", "米国": "us"}
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
    "company": ("代表機関", "企業名", "実施機関", "採択事業者", "Company"),
    "call": ("公募回", "公募", "Call"),
    "adopted": ("採択日", "採択年月", "Adopted", "Date"),
    "stage": ("ステージ", "開発段階", "Stage"),
}


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
    rows: list[dict],
    kind: str,
    programme: str | None,
    source: dict,
    first: int = 2,
) -> Plan:
    """What a table would propose, row by row; names are matched exactly once folded, near ones only
    listed. Raises BadTable, Forbidden.
    """
    session.info["actor"].need("staff")
    headings = _headings(rows[0] if rows else {})
    name = "sponsor" if kind == "registry" else "company"
    if name not in headings:
        raise BadTable("table-column-missing", given=HEADINGS[name][0])
    read = _trial if kind == "registry" else _adoption(programme or "amed-startup-ecosystem")
    directory, made = _directory(session), Plan()
    for number, row in enumerate(rows, first):
        told = {key: row.get(heading, "").strip() for key, heading in headings.items()}
        _row(session, number, told, told[name], directory, lambda t: read(t, source), made)
    return made


def _headings(row: dict) -> dict[str, str]:
    """Which of the file's headings is which of our columns."""
    known = {fold(h): key for key, names in HEADINGS.items() for h in names}
    found: dict[str, str] = {}
    for heading in row:
        if key := known.get(fold(heading)):
            found.setdefault(key, heading)
    return found


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
    words = re.sub(r"[^a-z0-9第相]", "", told.get("phase", "").translate(ROMAN).lower())
    stage = PHASES.get(words) or PHASES.get(re.sub(r"[^0-9]", "", words))
    if stage is None:
        return f"phase {told.get('phase') or '-'}"
    if not told.get("number"):
        return "number"
    places = {code for word, code in COUNTRIES.items() if word in told.get("places", "").lower()}
    detail = {"registry": told["number"][:100]} | (
        {"territory": next(iter(places))} if len(places) == 1 else {}
    )
    named = {"kind": "dataset", "title": told["number"][:100], "publisher": source["title"]}
    named |= {"url": told["url"]} if told.get("url", "").startswith("https://") else {}
    day = told.get("updated", "").replace("/", "-")[:10]
    return {
        "field": "stage",
        "value": stage,
        "as_of": day if parts(day) else source["as_of"],
        "source": named,
        "detail": detail,
    }


def _adoption(programme: str) -> Callable[[dict, dict], dict | str]:
    def read(told: dict, source: dict) -> dict | str:
        day = re.sub(r"[年月./]", "-", told.get("adopted", "")).rstrip("-日")
        day = "-".join(p.zfill(2) for p in day.split("-")) if day else source["as_of"]
        if parts(day) is None:
            return f"date {told.get('adopted')}"
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
