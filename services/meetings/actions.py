"""What people do about introductions: ask or propose, answer, question, grant a budget, say what
came of it.
"""

from datetime import timedelta
from random import SystemRandom
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.meetings import rules
from services.meetings.models import Grant, Introduction, Letter, Outcome, Remark
from services.meetings.pairs import Pair
from services.meetings.rules import (
    CLOSED,
    DECLINED,
    INTRODUCED,
    INVESTOR,
    LIVE,
    OFFICER,
    OTHER,
    PROPOSED,
    STARTUP,
    STEPS,
)
from shared import audit, outbox, timers
from shared.auth import OFFICERS, PLATFORM, Actor
from shared.clock import JST
from shared.db import unscoped
from shared.errors import Conflict, Forbidden, NotFound, Stale, TooMany
from shared.ids import new_id
from shared.letters import write

TELL, EXPIRE, PROMPT = "introduction-tell", "introduction-expire", "introduction-prompt"
MOST_REMARKS = 10
SPACE = UUID("9d5f3c1e-4a2b-5c6d-8e7f-1a2b3c4d5e6f")
DICE = SystemRandom()
ROLES = {STARTUP: "startup", INVESTOR: "reviewer", OFFICER: "officer"}


def ask(session: Session, pair: Pair | None, form: dict) -> Introduction:
    """Asks for an introduction from one side, or proposes it to both as an officer.

    A startup that keeps itself apart from the pair has said no before it was asked: it gets no
    letter, and to who asks it reads as silence. Raises NotFound for a pair not there; Forbidden for
    one that is not theirs; Conflict where a side is unclaimed, one is open already, or was lately
    declined; TooMany above the week's budget.
    """
    actor, now = session.info["actor"], session.info["now"]
    if pair is None:
        raise NotFound()
    side = _asking_side(actor, pair)
    if pair.apart and side == STARTUP:
        raise Conflict("introduction-void")  # its own word
    if PLATFORM in (pair.startup_owner, pair.investor_owner):
        name = pair.names["startup" if pair.startup_owner == PLATFORM else "investor"]
        raise Conflict("side-unclaimed", given=name["en"])
    if pair.startup_owner == pair.investor_owner:
        raise Conflict("own-pair")
    again = _open_or_resting(session, pair, side)
    if again is not None:
        return step(session, again.id, rules.ACCEPT, pair, None)
    _spend(session, actor.org, side)
    row = Introduction(
        id=new_id(),
        owner=actor.org,
        asked_by=side,
        version=0,
        startup_steps=0,
        investor_steps=0,
        said_no=[],
    )
    row.startup, row.mandate, row.investor, row.names, row.seats = (
        pair.startup,
        pair.mandate,
        pair.investor,
        pair.names,
        pair.seats,
    )
    row.startup_owner, row.investor_owner = pair.startup_owner, pair.investor_owner
    row.state = {STARTUP: rules.FOR_INVESTOR, INVESTOR: rules.FOR_STARTUP, OFFICER: PROPOSED}[side]
    if pair.apart:
        row.state = STEPS[row.state][STARTUP, rules.DECLINE]
        row.said_no, row.startup_steps = list(rules.SAID_NO[row.state]), 1
    row.note, row.attends = form.get("note"), side == OFFICER and form.get("attends", False)
    row.startup_person = actor.person if side == STARTUP else None
    row.investor_person = actor.person if side == INVESTOR else None
    row.asked_at, row.expires_at, row.told_at, row.introduced_at, row.closed_at = (
        now,
        now + rules.LIFE,
        None,
        None,
        None,
    )
    session.add(row)
    session.flush()  # its event raises the version: 1 for the first
    timers.at(session, row.expires_at, EXPIRE, row.id)
    audit.note(
        session, "introduction-asked", row.id, startup=row.startup, mandate=row.mandate, by=side
    )
    tell(session, row, "asked")
    for other in (STARTUP, INVESTOR):
        if side != other and other not in row.said_no:
            _write(session, row, other, "introduction")
    return row


def _asking_side(actor: Actor, pair: Pair) -> str:
    for side, owner in ((STARTUP, pair.startup_owner), (INVESTOR, pair.investor_owner)):
        if actor.acts_for(owner, ROLES[side]):
            return side
    if actor.roles & {*OFFICERS}:
        return OFFICER
    raise Forbidden()


def _open_or_resting(session: Session, pair: Pair, side: str) -> Introduction | None:
    """The one this side had declined and may still take back. Raises Conflict where another is
    open, or the other side declined lately.
    """
    now = session.info["now"]
    same = (Introduction.startup == pair.startup) & (Introduction.mandate == pair.mandate)
    with unscoped(session):
        rows = list(session.scalars(select(Introduction).where(same).with_for_update()))
    for row in rows:
        if row.state in LIVE and side in rules.SAID_NO.get(row.state, ()):
            return row
        if row.state in (*LIVE, INTRODUCED):
            raise Conflict("introduction-open")
        if (
            row.state == DECLINED
            and row.closed_at > now - rules.REST
            and set(row.said_no) != {side}
        ):
            raise Conflict(
                "introduction-rests",
                date=(row.closed_at + rules.REST).astimezone(JST).date().isoformat(),
            )
    return None


def budget(session: Session, org: str, side: str) -> dict:
    """An organisation's requests this week: allowed, granted beyond that, used, left, and the day
    the count begins anew.
    """
    week = rules.week_of(session.info["now"].astimezone(JST).date())
    begun = (
        session.info["now"]
        .astimezone(JST)
        .replace(year=week.year, month=week.month, day=week.day, hour=0, minute=0, second=0)
    )
    begun = begun.replace(microsecond=0)
    with unscoped(session):
        asked = (
            select(func.count())
            .select_from(Introduction)
            .where(Introduction.owner == org, Introduction.asked_at >= begun)
        )
        used = session.scalar(asked.where(Introduction.asked_by == side)) or 0
        granted = (
            session.scalar(
                select(func.sum(Grant.extra)).where(Grant.owner == org, Grant.week == week)
            )
            or 0
        )
    allowed = rules.WEEKLY[side]
    left = rules.left(allowed, granted, used)
    return {
        "allowed": allowed,
        "granted": granted,
        "used": used,
        "left": left,
        "resets_at": (begun + timedelta(days=7)).isoformat(),
    }


def _spend(session: Session, org: str, side: str) -> None:
    now, held = session.info["now"], budget(session, org, side)
    if not held["left"]:
        resets = now.fromisoformat(held["resets_at"])
        raise TooMany(
            "introductions-enough", when=resets, now=now, max=held["allowed"] + held["granted"]
        )


def grant(session: Session, form: dict) -> Grant:
    """Allows an organisation more requests this week; kept, with the reason, for anyone who looks
    later.
    """
    actor, now = session.info["actor"], session.info["now"]
    actor.need("staff")
    row = Grant(
        id=new_id(),
        owner=form["org"],
        extra=form["extra"],
        reason=form["reason"],
        by=actor.person,
        at=now,
    )
    row.week = rules.week_of(now.astimezone(JST).date())
    session.add(row)
    audit.note(
        session, "introductions-granted", row.id, org=row.owner, extra=row.extra, reason=row.reason
    )
    return row


def side_of(actor: Actor, row: Introduction) -> str | None:
    """On which side of an introduction an actor stands; None: on none."""
    for side, owner in ((STARTUP, row.startup_owner), (INVESTOR, row.investor_owner)):
        if actor.acts_for(owner, ROLES[side]):
            return side
    return OFFICER if row.asked_by == OFFICER and actor.acts_for(row.owner, "officer") else None


def version_for(row: Introduction, side: str | None) -> int:
    """The version as one side counts it: the steps all may know of, and its own private ones."""
    return row.version + {STARTUP: row.startup_steps, INVESTOR: row.investor_steps}.get(
        side or "", 0
    )


def found(session: Session, introduction: str) -> tuple[Introduction, str]:
    """An introduction and the actor's side of it, locked. Raises NotFound, Forbidden."""
    row = session.scalar(
        select(Introduction).where(Introduction.id == introduction).with_for_update()
    )
    if row is None:
        raise NotFound()
    side = side_of(session.info["actor"], row)
    if side is None:
        raise Forbidden()
    return row, side


def step(
    session: Session, introduction: str, act: str, pair: Pair | None, expected: int | None
) -> Introduction:
    """Accepts, declines, withdraws or closes. A decline is told to nobody until its time; until
    then it may be taken back.

    Raises Stale where the reader's own side moved meanwhile, Conflict naming the legal steps,
    Conflict where the pair is no more.
    """
    row, side = found(session, introduction)
    if expected is not None and expected != version_for(row, side):
        raise Stale(version=version_for(row, side))
    after = STEPS[row.state].get((side, act))
    if after is None:
        raise Conflict(
            "illegal-step",
            given=rules.seen_by(row.state, side),
            legal=", ".join(rules.legal(row.state, side)) or "-",
        )
    if act == rules.ACCEPT and (pair is None or pair.apart and side == STARTUP):
        raise Conflict("introduction-void")
    if (
        act == rules.ACCEPT
        and pair.apart
        and row.state not in rules.SAID_NO
        and after == INTRODUCED
    ):
        return _taken_back(session, row)
    if act == rules.ACCEPT:
        setattr(row, f"{side}_person", session.info["actor"].person)
    _move(session, row, side, act, after)
    audit.note(session, f"introduction-{act}", row.id, by=side)
    return row


def _taken_back(session: Session, row: Introduction) -> Introduction:
    """The startup has kept itself apart since it agreed: to who accepts now it reads as taken back
    a moment before.
    """
    _move(session, row, rules.TIME, rules.WITHDRAW, rules.WITHDRAWN)
    audit.note(session, "introduction-void", row.id)
    return row


def _move(session: Session, row: Introduction, who: str, act: str, after: str) -> None:
    """One step: what all may know becomes an event, what is private moves its own side's count
    alone.
    """
    now, private = session.info["now"], act == rules.DECLINE
    row.state = after
    no = rules.SAID_NO.get(after)
    row.said_no = list(no) if no else row.said_no if after == DECLINED else []
    if private:
        setattr(row, f"{who}_steps", getattr(row, f"{who}_steps") + 1)
        if row.told_at is None:
            row.told_at = rules.told_at(now.astimezone(JST), DICE.random())
            timers.at(session, row.told_at, TELL, row.id)
        session.flush()
        return
    row.told_at = row.told_at if no else None
    if after == INTRODUCED:
        row.introduced_at = now
        for day in rules.PROMPTS:
            timers.at(session, now + timedelta(days=day), PROMPT, f"{row.id}/{day}")
    elif after in STEPS and not STEPS[after]:
        row.closed_at = now
    tell(
        session,
        row,
        {INTRODUCED: "introduced"}.get(after, "ended" if not STEPS[after] else "accepted"),
    )
    _letters(session, row, who, act, after)


def _letters(session: Session, row: Introduction, who: str, act: str, after: str) -> None:
    if after == INTRODUCED:
        for side in (STARTUP, INVESTOR):
            _write(session, row, side, "introduced")
    elif after == DECLINED:
        for side in (STARTUP, INVESTOR):
            if side not in row.said_no and (row.asked_by == side or getattr(row, f"{side}_person")):
                _write(session, row, side, "introduction-declined")
    elif after == rules.EXPIRED and row.asked_by in OTHER:
        _write(session, row, row.asked_by, "introduction-expired")
    elif after == CLOSED:
        _write(session, row, OTHER[who], "introduction-closed")


def _write(session: Session, row: Introduction, side: str, template: str, about: str = "") -> None:
    """A letter to the owners of one side, once however often it is told."""
    org = row.startup_owner if side == STARTUP else row.investor_owner
    params = {"path": f"/introductions/{row.id}", "expires": row.expires_at.isoformat()}
    write(
        session,
        Letter,
        str(uuid5(SPACE, f"{row.id}/{side}/{template}/{about or row.version}")),
        org,
        template,
        params,
    )


def tell(session: Session, row: Introduction, verb: str) -> None:
    """An event says only what both sides and an officer may know."""

    def data() -> dict:
        owners = {"startup": row.startup_owner, "investor": row.investor_owner}
        known = row.state if row.state not in rules.SAID_NO else rules.seen_by(row.state, OFFICER)
        about = {
            "startup": row.startup,
            "mandate": row.mandate,
            "investor": row.investor,
            "owners": owners,
            "state": known,
        }
        return about | {
            "asked_by": row.asked_by,
            "asker": row.owner,
            "asked_at": row.asked_at.isoformat(),
        }

    outbox.record(session, row, f"introduction.{verb}.v1", "meetings", data)


def remark(session: Session, introduction: str, text: str) -> Remark:
    """A question before answering, or a word to the other side. Raises Conflict once it is over,
    TooMany words.
    """
    row, side = found(session, introduction)
    if side == OFFICER:
        raise Forbidden()
    if row.state not in (*LIVE, INTRODUCED) or side in rules.SAID_NO.get(row.state, ()):
        raise Conflict("introduction-over")
    mine = (
        select(func.count())
        .select_from(Remark)
        .where(Remark.introduction == row.id, Remark.side == side)
    )
    if session.scalar(mine) >= MOST_REMARKS:
        raise Conflict("remarks-enough", max=MOST_REMARKS)
    made = Remark(
        id=new_id(),
        introduction=row.id,
        side=side,
        text=text,
        by=session.info["actor"].person,
        at=session.info["now"],
    )
    session.add(made)
    _write(session, row, OTHER[side], "introduction-remark", made.id)
    return made


def outcome(session: Session, introduction: str, form: dict) -> Outcome:
    """What came of it, as one's own side tells it. Raises Conflict before both have accepted."""
    row, side = found(session, introduction)
    if side == OFFICER:
        raise Forbidden()
    if row.introduced_at is None:
        raise Conflict("not-introduced")
    actor = session.info["actor"]
    made = Outcome(
        id=new_id(),
        introduction=row.id,
        owner=actor.org,
        outcome=form["outcome"],
        note=form.get("note"),
    )
    made.by, made.at = actor.person, session.info["now"]
    session.add(made)
    audit.note(session, "introduction-outcome", row.id, outcome=made.outcome, by=side)
    return made


# -- timers and what other services tell


def on_tell(session: Session, introduction: str) -> None:
    """The time a decline was put off to has come."""
    row = session.scalar(
        select(Introduction).where(Introduction.id == introduction).with_for_update()
    )
    if (
        row is not None
        and row.state in rules.SAID_NO
        and row.told_at
        and row.told_at <= session.info["now"]
    ):
        _move(session, row, rules.TIME, rules.TELL, STEPS[row.state][rules.TIME, rules.TELL])


def on_expire(session: Session, introduction: str) -> None:
    row = session.scalar(
        select(Introduction).where(Introduction.id == introduction).with_for_update()
    )
    if row is not None and row.state in LIVE and row.expires_at <= session.info["now"]:
        _move(session, row, rules.TIME, rules.EXPIRE, rules.EXPIRED)


def on_prompt(session: Session, about: str) -> None:
    """Some days after an introduction both sides are asked what came of it, unless they have said
    so lately.
    """
    introduction, day = about.split("/")
    row = session.get(Introduction, introduction)
    if row is None or row.state != INTRODUCED:
        return
    since = row.introduced_at + timedelta(days=int(day) - 7)
    for side, org in ((STARTUP, row.startup_owner), (INVESTOR, row.investor_owner)):
        said = (
            select(Outcome.id)
            .where(Outcome.introduction == row.id, Outcome.owner == org, Outcome.at > since)
            .limit(1)
        )
        if session.scalar(said) is None:
            _write(session, row, side, "introduction-outcome", day)


def end_all(session: Session, where) -> None:
    """A side is gone: whatever is open about it ends."""
    for row in session.scalars(
        select(Introduction).where(where, Introduction.state.in_(LIVE)).with_for_update()
    ):
        row.said_no = []
        _move(session, row, rules.TIME, rules.WITHDRAW, rules.WITHDRAWN)
