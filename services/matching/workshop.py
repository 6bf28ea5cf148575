"""The mandate workshop: changes a team's coded decisions suggest, remembered once judged; and the
funnel of a quarter.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching import days
from services.matching.engine.calibration import own_shares
from services.matching.engine.explain import match_document
from services.matching.engine.learning import Decision as Observed
from services.matching.engine.learning import propose
from services.matching.engine.sentences import say
from services.matching.engine.suggestions import ENOUGH, suggestions
from services.matching.engine.views import Mandate
from services.matching.engine.words import label
from services.matching.models import (
    AskedBy,
    Decision,
    Edition,
    IntroductionCopy,
    ProposedChange,
    Step,
)
from services.matching.population import Population
from services.matching.queries import Asking, Reader
from services.matching.rules import ADVANCE, PASS
from shared import audit, workbooks
from shared.errors import Conflict, Forbidden, NotFound
from shared.workbooks import Chart, Sheet, fitting

LATELY, FURTHEST = timedelta(days=180), timedelta(days=1)  # no zone is further from UTC
WORTH = 0.01  # of all shares together: below it a change moves nobody
STAGES = ("shown", "asked", "advance", "hold", "pass", "returned", "introductions", "introduced")


def proposals(session: Session, reader: Reader, mandate: str, asking: Asking) -> list[dict]:
    """What the passes of half a year suggest for one's own mandate, less what the team has judged
    already.
    """
    judged = set(
        session.scalars(select(ProposedChange.key).where(ProposedChange.mandate == mandate))
    )
    return [s for s in _suggested(session, reader, mandate, asking) if s["key"] not in judged]


def shares(session: Session, reader: Reader, mandate: str) -> dict[str, float]:
    """The share of each criterion in a mandate's score as it stands; they sum to what the model
    gives all of them.
    """
    population = _own(session, reader, mandate, Asking())
    return own_shares(population.calibration.shares(), population.mandates[mandate].weights or {})


def _suggested(session: Session, reader: Reader, mandate: str, asking: Asking) -> list[dict]:
    population = _own(session, reader, mandate, asking)
    since = session.info["now"] - LATELY
    rows = (
        select(Decision)
        .where(
            Decision.mandate == mandate, Decision.state.in_((PASS, ADVANCE)), Decision.at > since
        )
        .order_by(Decision.at)
    )
    taken = [
        (population.startups[d.startup], d)
        for d in session.scalars(rows)
        if d.startup in population.startups
    ]
    passes = [(startup, d.reason) for startup, d in taken if d.state == PASS and d.reason]
    return [
        s.document(asking.lang) for s in suggestions(population.mandates[mandate], passes)
    ] + _weights(population, mandate, taken, asking)


def _weights(population: Population, mandate: str, taken: list, asking: Asking) -> list[dict]:
    """Shares the decisions speak for, where three or more do and the step is worth a look."""
    columns = population.columns_of(frozenset([mandate]))
    seen = [
        Observed(
            d.startup,
            d.reason if d.state == PASS else None,
            _points(population, d.startup, columns, asking.lang),
        )
        for _, d in taken
        if d.state == ADVANCE or d.reason
    ]
    now = own_shares(population.calibration.shares(), population.mandates[mandate].weights or {})
    worth = [
        p
        for p in propose(now, seen)
        if p.passed + p.taken >= ENOUGH and abs(p.after - p.before) >= WORTH
    ]
    return [
        {
            "key": f"weight:{p.criterion}:{'up' if p.after > p.before else 'down'}",
            "reason": "weights",
            "facts": [
                {
                    "field": "criterion_weights",
                    "value": {c: round(v, 4) for c, v in (now | {p.criterion: p.after}).items()},
                }
            ],
            "because": list(p.examples),
            "text": p.text(asking.lang),
        }
        for p in worth
    ]


def _points(population: Population, startup: str, columns, lang: str) -> dict[str, float]:
    """Points of the investor's side by criterion, as the explanation shows them."""
    told: dict[str, float] = {}
    for part in match_document(population.evaluate(startup, columns), columns, 0, lang)[
        "contributions"
    ]:
        if part["side"] == "investor":
            told[part["criterion"]] = told.get(part["criterion"], 0.0) + part["points"]
    return told


def _own(session: Session, reader: Reader, mandate: str, asking: Asking) -> Population:
    actor = session.info["actor"]
    actor.need("reviewer")
    population = reader.population(session, asking)
    if mandate not in population.mandates:
        raise NotFound("no-mandate", given=mandate)
    if population.mandates[mandate].owner != actor.org:
        raise Forbidden()
    return population


def judge(session: Session, reader: Reader, mandate: str, key: str, verdict: str) -> dict:
    """Remembers what the team said to a suggestion, one that has come true meanwhile too; whoever
    accepts adds its facts to the mandate.
    """
    made = next(
        (s for s in _suggested(session, reader, mandate, Asking()) if s["key"] == key),
        {"facts": []},
    )
    if session.get(ProposedChange, (mandate, key)) is not None:
        raise Conflict("judged-already")
    row = ProposedChange(
        mandate=mandate,
        key=key,
        owner=session.info["actor"].org,
        verdict=verdict,
        at=session.info["now"],
    )
    session.add(row)
    audit.note(session, "proposed-change-judged", mandate, key=key, verdict=verdict)
    return {"key": key, "verdict": verdict, "facts": made["facts"]}


# -- the funnel of a quarter


def quarter(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which a quarter such as 2026-Q4 begins and ends in a zone."""
    year, part = int(text[:4]), int(text[-1])
    begins = datetime(year, 3 * part - 2, 1, tzinfo=zone)
    ends = datetime(year + (part == 4), 3 * part % 12 + 1, 1, tzinfo=zone)
    return begins.astimezone(UTC), ends.astimezone(UTC)


def this_quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def funnel(session: Session, reader: Reader, name: str | None, lang: str) -> dict:
    """What went through one's organisation's mandates in a quarter: counts by mandate, passes by
    reason, and the steps behind them.

    Without a name it is the quarter that has begun for all of them.
    """
    actor = session.info["actor"]
    actor.need("reviewer")
    population = reader.population(session, Asking(lang))
    mandates = sorted(m.id for m in population.mandates.values() if m.owner == actor.org)
    zones, now = days.zones(session, mandates), session.info["now"]
    name = name or this_quarter(
        min((now.astimezone(z).date() for z in zones.values()), default=session.info["today"])
    )
    begins, ends = quarter(name, ZoneInfo("UTC"))
    near = (Step.at >= begins - FURTHEST) & (Step.at < ends + FURTHEST)
    found = session.scalars(
        select(Step).where(Step.owner == actor.org, near).order_by(Step.at, Step.id)
    )
    spans = {m: quarter(name, zone) for m, zone in zones.items()}
    steps = [
        s for s in found if s.mandate in spans and spans[s.mandate][0] <= s.at < spans[s.mandate][1]
    ]
    stood = _stood(steps)
    names = {m: _called(population.mandates[m], lang) for m in mandates}
    rows = [
        _counts(session, m, [s for s in stood if s.mandate == m], *spans[m]) | {"name": names[m]}
        for m in mandates
    ]
    reasons: dict[str, int] = {}
    for step in stood:
        if step.verb == "made" and step.state == PASS and step.reason:
            reasons[step.reason] = reasons.get(step.reason, 0) + 1
    ranked = sorted(reasons.items(), key=lambda r: (-r[1], r[0]))
    told = [
        {"reason": code, "text": label("pass_reason", code, lang), "count": count}
        for code, count in ranked
    ]
    return {
        "quarter": name,
        "mandates": rows,
        "reasons": told,
        "steps": [_step(s, zones[s.mandate], population, names, lang) for s in steps],
    }


def _stood(steps: list[Step]) -> list[Step]:
    """The steps that were not taken back."""
    kept: list[Step] = []
    for step in steps:
        if step.verb != "undone":
            kept.append(step)
        elif last := next(
            (k for k in reversed(kept) if (k.startup, k.mandate) == (step.startup, step.mandate)),
            None,
        ):
            kept.remove(last)
    return kept


def _counts(
    session: Session, mandate: str, steps: list[Step], begins: datetime, ends: datetime
) -> dict:
    def inside(column):
        return (column >= begins) & (column < ends)

    editions = session.scalars(
        select(Edition).where(Edition.mandate == mandate, inside(Edition.made_at))
    )
    shown = {item["startup"] for edition in editions for item in edition.items["en"]}
    asked = (
        select(func.count())
        .select_from(AskedBy)
        .where(AskedBy.mandate == mandate, inside(AskedBy.asked_at))
    )
    met = (
        select(func.count())
        .select_from(IntroductionCopy)
        .where(IntroductionCopy.mandate == mandate)
    )
    counted = {"shown": len(shown), "asked": session.scalar(asked)}
    for state in ("advance", "hold", "pass"):
        counted[state] = len({s.startup for s in steps if s.verb == "made" and s.state == state})
    counted["returned"] = len({s.startup for s in steps if s.verb == "returned"})
    counted["introductions"] = session.scalar(met.where(inside(IntroductionCopy.asked_at)))
    counted["introduced"] = session.scalar(met.where(inside(IntroductionCopy.introduced_at)))
    return {"mandate": mandate} | counted


def _called(mandate: Mandate, lang: str) -> str:
    """A mandate by its own name, else its investor's with the kind of deal."""
    return (
        mandate.title(lang)
        if mandate.name
        else f"{mandate.title(lang)} · {say(f'mandate.{mandate.kind}', lang)}"
    )


def _step(
    step: Step, zone: ZoneInfo, population: Population, names: dict[str, str], lang: str
) -> dict:
    startup = population.startups.get(step.startup)
    return {
        "date": step.at.astimezone(zone).date().isoformat(),
        "startup": step.startup,
        "name": startup.title(lang) if startup else step.startup,
        "mandate": step.mandate,
        "mandate_name": names[step.mandate],
        "verb": step.verb,
        "state": step.state,
        "reason": label("pass_reason", step.reason, lang) if step.reason else "",
    }


def _row(step: dict, lang: str) -> list[str]:
    """A step as its reader says it: what was decided, or what else came of the pair."""
    what = step["state"] if step["verb"] == "made" else step["verb"]
    return [
        step["date"],
        step["name"],
        step["mandate_name"],
        say(f"funnel.{what}", lang),
        step["reason"],
    ]


def workbook(told: dict, lang: str) -> bytes:
    """The funnel as XLSX: counts with a chart, passes by reason, and every step they are counted
    from.
    """
    stages = [[say("funnel.mandate", lang), *(say(f"funnel.{s}", lang) for s in STAGES)]]
    stages += [[m["name"], *(m[s] for s in STAGES)] for m in told["mandates"]]
    title, columns = say("funnel.sheet", lang), ("date", "name", "mandate", "step", "reason")
    reasons = [
        [say("funnel.reason", lang), say("funnel.count", lang)],
        *([r["text"], r["count"]] for r in told["reasons"]),
    ]
    steps = [[say(f"funnel.{c}", lang) for c in columns], *(_row(s, lang) for s in told["steps"])]
    return workbooks.workbook(
        Sheet(
            title,
            stages,
            widths=fitting(stages),
            chart=Chart(f"{title} {told['quarter']}", by_row=True),
        ),
        Sheet(say("funnel.reasons", lang), reasons, widths=fitting(reasons)),
        Sheet(say("funnel.steps", lang), steps, widths=fitting(steps)),
    )
