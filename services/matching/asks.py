"""Questions from reviewers to startups: an unknown gate becomes one, of all who ask it one, and the
answer goes back to each of them.
"""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.matching.engine.coach import GATE_ASKS
from services.matching.engine.sentences import say
from services.matching.engine.words import label
from services.matching.models import ANSWERED, DECLINED, OPEN, Ask, AskedBy, History
from services.matching.queries import Asking, Reader
from services.matching.rules import may_answer
from shared import outbox
from shared.auth import PLATFORM
from shared.db import unscoped
from shared.errors import Conflict, Forbidden, NotFound, TooMany
from shared.ids import new_id
from shared.judgement.fields import FIELDS

WEEK, PATIENCE, REST = timedelta(days=7), timedelta(days=30), timedelta(days=90)
# a week: questions of one organisation, new questions to one startup
MOST_ASKED, MOST_RECEIVED = 20, 10


def ask(session: Session, reader: Reader, form: dict, asking: Asking) -> tuple[AskedBy, Ask]:
    """Puts an unknown gate of a pair to the startup; where others have asked it already, as one
    more who waits for the answer.

    Raises Forbidden for another's mandate, NotFound for a pair not theirs to see, Conflict where
    nothing is unknown or they have asked already, TooMany above the limits of a week.
    """
    actor, now = session.info["actor"], session.info["now"]
    actor.need("reviewer")
    population = reader.population(session, asking)
    mandate, startup = form["mandate"], reader.startup(session, population, form["startup"])
    if mandate not in population.mandates:
        raise NotFound("no-mandate", given=mandate)
    if population.mandates[mandate].owner != actor.org:
        raise Forbidden()
    unknown = next(
        (
            u
            for u in reader.explain(session, startup, mandate, asking)["unknowns"]
            if u["gate"] == form["gate"]
        ),
        None,
    )
    if unknown is None or form["gate"] not in GATE_ASKS:
        raise Conflict("nothing-to-ask", given=label("gate", form["gate"], asking.lang))
    field = unknown.get("field", GATE_ASKS[form["gate"]])
    found = _question(session, startup, population.startups[startup].owner, form["gate"], field)
    if any(a.waits(now) for a in _askers(session, found, mandate)):
        raise Conflict("asked-already")
    _limit(session, actor.org)
    row = AskedBy(
        id=new_id(),
        ask=found.id,
        owner=actor.org,
        mandate=mandate,
        named=form["named"],
        asked_at=now,
        answered_at=None,
    )
    row.expires_at = now + PATIENCE
    session.add(row)
    _tell(session, found, "asked")
    return row, found


def _question(session: Session, startup: str, owner: str, gate: str, field: str) -> Ask:
    """The startup's question about a gate: begun, opened again where it was answered or declined
    long ago, or as it waits.
    """
    now = session.info["now"]
    with unscoped(session):
        found = session.scalar(
            select(Ask).where(Ask.startup == startup, Ask.gate == gate).with_for_update()
        )
        since = (
            select(Ask.opened_at)
            .where(Ask.startup == startup, Ask.opened_at > now - WEEK)
            .order_by(Ask.opened_at)
        )
        recent = list(session.scalars(since))
    rests = found is not None and found.state == DECLINED and found.closed_at > now - REST
    if found is not None and (rests or found.state == OPEN and _waiting(session, found)):
        return found
    if len(recent) >= MOST_RECEIVED:
        raise TooMany("startup-asked-enough", when=recent[0] + WEEK, now=now)
    if found is None:
        found = Ask(id=new_id(), startup=startup, gate=gate, version=0)
        session.add(found)
    found.field = field
    found.owner, found.state, found.opened_at, found.closed_at, found.answer = (
        owner,
        OPEN,
        now,
        None,
        None,
    )
    session.flush()
    return found


def _askers(session: Session, question: Ask, mandate: str | None = None) -> list[AskedBy]:
    rows = select(AskedBy).where(AskedBy.ask == question.id)
    with unscoped(session):
        return list(
            session.scalars(
                (rows if mandate is None else rows.where(AskedBy.mandate == mandate)).order_by(
                    AskedBy.id
                )
            )
        )


def _waiting(session: Session, question: Ask) -> list[AskedBy]:
    return [a for a in _askers(session, question) if a.waits(session.info["now"])]


def _limit(session: Session, org: str) -> None:
    now = session.info["now"]
    mine = (
        select(AskedBy.asked_at)
        .where(AskedBy.owner == org, AskedBy.asked_at > now - WEEK)
        .order_by(AskedBy.asked_at)
    )
    recent = list(session.scalars(mine))
    if len(recent) >= MOST_ASKED:
        raise TooMany("asked-enough", when=recent[0] + WEEK, now=now, max=MOST_ASKED)


def decline(session: Session, ask_id: str) -> Ask:
    """Lets a question rest. Whoever asked is not told: to them it stays open, until it expires as
    any other.
    """
    found = session.scalar(select(Ask).where(Ask.id == ask_id).with_for_update())
    actor = session.info["actor"]
    if found is None or not may_answer(actor, found.owner):
        raise NotFound()
    if found.state != OPEN:
        raise Conflict("ask-closed")
    found.state, found.closed_at = DECLINED, session.info["now"]
    _tell(session, found, "declined")
    return found


def about(session: Session, startups: list[str]) -> set[str]:
    """Those of some startups that have been asked anything."""
    return (
        set(session.scalars(select(Ask.startup).where(Ask.startup.in_(startups))))
        if startups
        else set()
    )


def close(session: Session, startup: str, document: dict) -> None:
    """What a startup's newest state means for its questions: they follow its owner, and facts that
    answer them close them.
    """
    rows = select(Ask).where(Ask.startup == startup).with_for_update()
    answers = {f["answers"]: f for f in document["facts"] if f.get("answers")}
    for question in session.scalars(rows):
        question.owner = document["owner"]
        fact = answers.get(question.id)
        if (
            fact is None
            or question.state == ANSWERED
            or fact["id"] == question.answer
            or fact["field"] != question.field
        ):
            continue
        waiting = _waiting(session, question)
        question.state, question.closed_at, question.answer = (
            ANSWERED,
            session.info["now"],
            fact["id"],
        )
        for asker in waiting:
            asker.answered_at = session.info["now"]
        _bring_back(session, question, [a.mandate for a in waiting])
        _tell(session, question, "answered", waiting)


def _bring_back(session: Session, question: Ask, mandates: list[str]) -> None:
    """The answer is news to those who asked, also where it moves no number."""
    pairs = (History.startup == question.startup) & History.mandate.in_(mandates)
    change = {"kind": "answer", "gate": question.gate, "field": question.field}
    session.execute(
        update(History).where(pairs).values(material_at=session.info["now"], change=change)
    )


def _tell(session: Session, question: Ask, verb: str, askers: list[AskedBy] | None = None) -> None:
    def data() -> dict:
        waiting = _waiting(session, question) if askers is None else askers
        named = {
            "startup": question.startup,
            "owner": question.owner,
            "gate": question.gate,
            "field": question.field,
        }
        return named | {"state": question.state, "mandates": sorted({a.mandate for a in waiting})}

    outbox.record(session, question, f"ask.{verb}.v1", "matching", data)


# -- reading


def received(session: Session, reader: Reader, name: str, asking: Asking) -> list[dict]:
    """A startup's open questions, those most wait for first. Who asks is "a reviewer" unless they
    gave their name.
    """
    population = reader.population(session, asking)
    startup = reader.startup(session, population, name)
    if not may_answer(session.info["actor"], population.startups[startup].owner):
        raise NotFound()
    rows = session.scalars(
        select(Ask).where(Ask.startup == startup, Ask.state == OPEN).order_by(Ask.opened_at, Ask.id)
    )
    found = [(question, _waiting(session, question)) for question in rows]
    found.sort(key=lambda pair: -len(pair[1]))
    return [
        _received(question, waiting, population, asking.lang)
        for question, waiting in found
        if waiting
    ]


def _received(question: Ask, waiting: list[AskedBy], population, lang: str) -> dict:
    named = {a.mandate for a in waiting if a.named and a.mandate in population.mandates}
    names = list(dict.fromkeys(population.mandates[m].title(lang) for m in sorted(named)))
    return _document(question, lang) | {
        "mandates": len({a.mandate for a in waiting}),
        "by": names or [say("ask.reviewer", lang)],
        "expires_at": max(a.expires_at for a in waiting).isoformat(),
    }


def sent(session: Session, asking: Asking) -> list[dict]:
    """What the actor's organisation has asked, the newest first, and what became of it."""
    rows = (
        select(AskedBy, Ask)
        .join(Ask, Ask.id == AskedBy.ask)
        .where(AskedBy.owner == session.info["actor"].org)
    )
    with unscoped(session):
        found = session.execute(rows.order_by(AskedBy.asked_at.desc(), AskedBy.id)).all()
    return [
        sent_document(asker, question, session.info["now"], asking.lang)
        for asker, question in found
    ]


def sent_document(asker: AskedBy, question: Ask, now, lang: str) -> dict:
    """A question as who asked it sees it: a private decline reads like a question still open."""
    state = ANSWERED if asker.answered_at else OPEN if asker.waits(now) else "expired"
    return _document(question, lang) | {
        "state": state,
        # the question's own beginning would tell one that rests from one reopened
        "opened_at": asker.asked_at.isoformat(),
        "mandate": asker.mandate,
        "named": asker.named,
        "claimed": question.owner != PLATFORM,
        "asked_at": asker.asked_at.isoformat(),
        "expires_at": asker.expires_at.isoformat(),
        "answered_at": asker.answered_at and asker.answered_at.isoformat(),
    }


def _document(question: Ask, lang: str) -> dict:
    field = getattr(FIELDS[question.field], lang)
    return {
        "id": question.id,
        "startup": question.startup,
        "gate": question.gate,
        "field": question.field,
        "label": field,
        "text": say(f"ask.{question.gate}", lang)
        if question.field == GATE_ASKS[question.gate]
        else say("ask.doubt", lang, field=field),
        "state": OPEN,
        "opened_at": question.opened_at.isoformat(),
    }
