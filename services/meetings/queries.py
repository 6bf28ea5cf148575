"""Reads of the meetings service: introductions as each side may see them, contacts once both have
accepted.
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.meetings import rules
from services.meetings.actions import ROLES, side_of, version_for
from services.meetings.actions import budget as held
from services.meetings.arrange import meeting_document
from services.meetings.models import Grant, Introduction, Meeting, Outcome, Remark
from services.meetings.rules import INTRODUCED, INVESTOR, OFFICER, OTHER, STARTUP
from services.meetings.words import OUTCOMES, say
from shared.errors import NotFound, Unavailable

Contact = Callable[[str, str], dict | None]


def listed(session: Session, query: dict, lang: str) -> list[dict]:
    """The actor's introductions, those that wait for them first, then the newest."""
    actor = session.info["actor"]
    rows = select(Introduction).order_by(Introduction.asked_at.desc(), Introduction.id)
    for name in ("startup", "mandate"):
        if query.get(name):
            rows = rows.where(getattr(Introduction, name) == query[name])
    found = [(row, side_of(actor, row)) for row in session.scalars(rows.limit(500))]
    documents = [
        document(session, row, side, lang) for row, side in found if side or actor.sees_everything
    ]
    if query.get("state"):
        documents = [d for d in documents if d["state"] == query["state"]]
    if query.get("waiting"):
        documents = [
            d for d in documents if rules.ACCEPT in d["legal"] and d["state"] != rules.RESTS
        ]
    return sorted(
        documents, key=lambda d: rules.ACCEPT not in d["legal"] or d["state"] == rules.RESTS
    )


def one(session: Session, introduction: str) -> tuple[Introduction, str]:
    """An introduction and the reader's side of it. Raises NotFound."""
    row = session.scalar(select(Introduction).where(Introduction.id == introduction))
    side = side_of(session.info["actor"], row) if row is not None else None
    if row is None or side is None and not session.info["actor"].sees_everything:
        raise NotFound()
    return row, side or OFFICER


def document(session: Session, row: Introduction, side: str | None, lang: str) -> dict:
    """An introduction as one side may know it."""
    side = side or OFFICER
    state = rules.seen_by(row.state, side)
    told = {
        name: getattr(row, name)
        for name in ("id", "startup", "mandate", "investor", "names", "asked_by", "note", "attends")
    }
    told |= {
        "side": side,
        "state": state,
        "version": version_for(row, side),
        "legal": rules.legal(row.state, side),
    }
    told["text"] = say(
        _key(state, side),
        lang,
        startup=_name(row, STARTUP, lang),
        investor=_name(row, INVESTOR, lang),
    )
    told |= {"asked_at": row.asked_at.isoformat(), "expires_at": row.expires_at.isoformat()}
    if row.introduced_at:
        told["introduced_at"] = row.introduced_at.isoformat()
    if row.closed_at and state == row.state:
        told["closed_at"] = row.closed_at.isoformat()
    return told


def _key(state: str, side: str) -> str:
    waits = {rules.FOR_STARTUP: STARTUP, rules.FOR_INVESTOR: INVESTOR}.get(state)
    if waits is None or side == OFFICER:
        return state if waits is None or side != OFFICER else f"{state}-officer"
    return "awaits-you" if waits == side else state


def _name(row: Introduction, side: str, lang: str) -> str:
    name = row.names[side]
    return name.get(lang) or name.get("en") or name.get("ja") or row.startup


def whole(session: Session, introduction: str, contact: Contact, lang: str) -> dict:
    """One introduction with what was said, what came of it, its meetings, and the other side's
    contact where it is released.
    """
    row, side = one(session, introduction)
    told = document(session, row, side, lang)
    if side in OTHER:
        told |= _between(session, row, side, lang)
        told["contact"] = _contact(row, OTHER[side], side, contact)
        told["own_contact"] = _released(row, side)
    return told


def _between(session: Session, row: Introduction, side: str, lang: str) -> dict:
    said = session.scalars(
        select(Remark).where(Remark.introduction == row.id).order_by(Remark.at, Remark.id)
    )
    came = session.scalars(
        select(Outcome).where(Outcome.introduction == row.id).order_by(Outcome.at, Outcome.id)
    )
    meetings = session.scalars(
        select(Meeting).where(Meeting.introduction == row.id).order_by(Meeting.made_at, Meeting.id)
    )
    outcomes = [outcome_document(o, lang) for o in came]
    return {
        "remarks": [remark_document(r, side) for r in said],
        "outcomes": outcomes,
        "due": due(row, [o["at"] for o in outcomes], session.info["now"]),
        "meetings": [meeting_document(m, side) for m in meetings],
    }


def remark_document(row: Remark, side: str) -> dict:
    return {
        "id": row.id,
        "mine": row.side == side,
        "side": row.side,
        "text": row.text,
        "at": row.at.isoformat(),
    }


def outcome_document(row: Outcome, lang: str) -> dict:
    text = OUTCOMES[row.outcome][lang == "ja"]
    return {
        "id": row.id,
        "outcome": row.outcome,
        "text": text,
        "note": row.note,
        "at": row.at.isoformat(),
    }


def due(row: Introduction, said: list[str], now) -> int | None:
    """The day after the introduction (7, 30, 180) for which this side has not yet said what came of
    it; None: nothing is due.
    """
    if row.introduced_at is None or row.state != INTRODUCED:
        return None
    passed = [d for d in rules.PROMPTS if row.introduced_at + timedelta(days=d) <= now]
    if not passed:
        return None
    since = (row.introduced_at + timedelta(days=passed[-1] - 7)).isoformat()
    return None if any(at > since for at in said) else passed[-1]


def _contact(row: Introduction, theirs: str, mine: str, contact: Contact) -> dict | None:
    """The other side's name and address: only once both have accepted, and under their consent for
    every country the reader sits in.
    """
    if row.state != INTRODUCED:
        return None
    person, countries = getattr(row, f"{theirs}_person"), row.seats[mine]
    if person is None or not countries:
        return {"state": "seat-unknown" if person else "no-person"}
    try:
        held = [contact(person, country) for country in countries]
    except Unavailable:
        return {"state": "unavailable"}  # the rest of the page does not wait for it
    if not all(held):
        return {
            "state": "no-consent",
            "countries": [c for c, h in zip(countries, held, strict=True) if not h],
        }
    return {"state": "released", "name": held[0]["name"], "email": held[0]["email"]}


def _released(row: Introduction, mine: str) -> dict:
    """To which countries one's own contact would go."""
    return {"countries": row.seats[OTHER[mine]], "person": getattr(row, f"{mine}_person")}


def budget(session: Session, org: str | None) -> dict:
    """What an organisation may still ask for this week; another's is for staff. Raises
    Forbidden.
    """
    actor = session.info["actor"]
    if org and org != actor.org:
        actor.need("staff")
        return held(session, org, INVESTOR)
    side = next((side for side, role in ROLES.items() if role in actor.roles), OFFICER)
    return held(session, actor.org, side)


def grant_document(row: Grant) -> dict:
    return {
        "id": row.id,
        "org": row.owner,
        "week": row.week.isoformat(),
        "extra": row.extra,
        "reason": row.reason,
    }
