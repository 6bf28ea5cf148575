"""Partnering days: opened by an office, wished for by both sides, computed, published, mended when something is lost, told of by who came."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.meetings.models import Attendee, Day, DayMeeting, Introduction, Job
from services.meetings.scheduling import DAY, REPAIR
from services.meetings.scheduling import table as tables
from shared import audit, jobs
from shared.db import unscoped
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.ids import new_id, slug_of

STARTUP, INVESTOR = "startup", "investor"
SIDE_MOST = {STARTUP: 8, INVESTOR: 16}


def open_day(session: Session, form: dict) -> Day:
    """A day of one's own office. Raises Invalid naming each slot that ends before it begins or crosses another, Conflict for a taken id."""
    actor, now = session.info["actor"], session.info["now"]
    actor.need("officer")
    slots, faults = form["slots"], []
    for i, one in enumerate(slots):
        if one["ends_at"] <= one["starts_at"]:
            faults.append((f"slots.{i}.ends_at", "window-order", {}))
        elif any(one["starts_at"] < other["ends_at"] and other["starts_at"] < one["ends_at"] for other in slots[:i]):
            faults.append((f"slots.{i}", "slots-overlap", {}))
    if form["requests_until"] >= min(s["starts_at"] for s in slots):
        faults.append(("requests_until", "window-order", {}))
    if min(s["starts_at"] for s in slots) <= now:
        faults.append(("slots.0.starts_at", "date-past", {}))
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    slug = form.get("id") or slug_of(form["name"].get("en") or "day")
    with unscoped(session):
        if session.get(Day, slug) is not None:
            raise Conflict("slug-taken", id=slug)
    row = Day(
        id=slug, owner=actor.org, name=form["name"], zone=form["zone"], musts=[], bans=[], met_days=form["met_days"], job=None, said={}
    )
    row.slots = [
        [s["starts_at"].astimezone(UTC).isoformat(), s["ends_at"].astimezone(UTC).isoformat()]
        for s in sorted(slots, key=lambda s: s["starts_at"])
    ]
    row.rooms, row.interpreters = [form["rooms"]] * len(slots), [form["interpreters"]] * len(slots)
    row.requests_until, row.published_at, row.version = form["requests_until"], None, 1
    session.add(row)
    audit.note(session, "day-opened", row.id)
    return row


def own_day(session: Session, day: str, lock: bool = True) -> Day:
    """A day of one's own office. Raises NotFound, Forbidden."""
    actor, wanted = session.info["actor"], select(Day).where(Day.id == day)
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound()
    actor.need("officer")
    if row.owner != actor.org and not actor.sees_everything:
        raise Forbidden()
    return row


def set_rules(session: Session, day: str, form: dict) -> Day:
    """Who must meet and who must not. Raises Invalid for a pair that is not there, twice, or in both lists."""
    row = own_day(session, day)
    sides = {a.party: a.side for a in _attendees(session, day)}
    musts, bans = form.get("musts", row.musts), form.get("bans", row.bans)
    faults = []
    for name, pairs in (("musts", musts), ("bans", bans)):
        for i, (a, b) in enumerate(pairs):
            if (sides.get(a), sides.get(b)) != (STARTUP, INVESTOR):
                faults.append((f"{name}.{i}", "not-found", {}))
    faults += [(f"musts.{i}", "must-banned", {}) for i, pair in enumerate(musts) if pair in bans]
    pinned = [[m.startup, m.investor] for m in _meetings(session, day) if m.pinned]
    faults += [(f"bans.{i}", "ban-pinned", {}) for i, pair in enumerate(bans) if pair in pinned]
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    row.musts, row.bans = musts, bans
    row.version += 1
    audit.note(session, "day-rules", row.id)
    return row


def invite(session: Session, day: str, form: dict) -> Attendee:
    """Somebody who comes. Raises Conflict for one who is on the list."""
    row = own_day(session, day)
    if session.scalar(select(Attendee).where(Attendee.day == row.id, Attendee.party == form["party"])) is not None:
        raise Conflict("applied-already")
    one = Attendee(id=new_id(), day=row.id, owner=row.owner, people=[], away=[], wishes=[], interpreter=False, version=1)
    one.side, one.party, one.org, one.name = form["side"], form["party"], form["org"], form["name"]
    one.most = min(SIDE_MOST[one.side], len(row.slots))
    session.add(one)
    return one


def _attendees(session: Session, day: str) -> list[Attendee]:
    return list(session.scalars(select(Attendee).where(Attendee.day == day).order_by(Attendee.side, Attendee.party)))


def _own_attendee(session: Session, day: str, party: str) -> tuple[Day, Attendee]:
    """An attendee of one's own, or of one's own office's day. Raises NotFound, Forbidden."""
    actor = session.info["actor"]
    row = session.scalar(select(Attendee).where(Attendee.day == day, Attendee.party == party).with_for_update())
    if row is None:
        raise NotFound()
    if actor.org not in (row.org, row.owner) and not actor.sees_everything:
        raise Forbidden()
    return session.get_one(Day, day), row


def be_there(session: Session, day: str, party: str, form: dict) -> Attendee:
    """Who sits at the table, when they are away, how much they take. Raises Invalid for a slot the day has not, Conflict once it is published."""
    whole, row = _own_attendee(session, day, party)
    if whole.published_at is not None:
        raise Conflict("day-published")
    if any(t >= len(whole.slots) for t in form.get("away", [])):
        raise Invalid(errors=[FieldError("away", "window-count", {"max": len(whole.slots)})])
    for name, value in form.items():
        setattr(row, name, sorted(set(value)) if name == "away" else value)
    row.version += 1
    return row


def wish(session: Session, day: str, party: str, wishes: list[str], may: set[str]) -> Attendee:
    """Whom an attendee wants to meet, by rank. `may`: parties nothing keeps apart. Raises Invalid, Conflict after the last day for wishes."""
    whole, row = _own_attendee(session, day, party)
    if session.info["now"] > whole.requests_until:
        raise Conflict("requests-over")
    others = {a.party for a in _attendees(session, day) if a.side != row.side}
    faults = [(f"wishes.{i}", "twice", {"given": w}) for i, w in enumerate(wishes) if w in wishes[:i]]
    faults += [(f"wishes.{i}", "not-found", {}) for i, w in enumerate(wishes) if w not in others or w not in may]
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    row.wishes = wishes
    row.version += 1
    return row


# -- the schedule


def problem(session: Session, day: Day, kept_apart: set[tuple[str, str]] = frozenset()) -> dict:
    """A day as `scheduling` reads it: wishes of both sides by rank as one value, met-before and banned pairs left out."""
    attendees = _attendees(session, day.id)
    sides = {a.party: a for a in attendees}
    slots = range(len(day.slots))
    people = [
        {"id": a.party, "side": a.side, "free": [t for t in slots if t not in a.away], "most": min(a.most, len(slots))} for a in attendees
    ]
    values: dict[tuple[str, str], int] = {}
    for a in attendees:
        for rank, other in enumerate(a.wishes):
            pair = (a.party, other) if a.side == STARTUP else (other, a.party)
            values[pair] = values.get(pair, 0) + max(50 - 50 * rank // max(len(a.wishes), 1), 1)
    musts = {tuple(p) for p in day.musts}
    out = {tuple(p) for p in day.bans} | (_met(session, day) - musts) | kept_apart
    asked = [
        {
            "a": a,
            "b": b,
            "value": values.get((a, b), 1),
            "must": (a, b) in musts,
            "interpreter": sides[a].interpreter or sides[b].interpreter,
        }
        for a, b in sorted(values.keys() | musts)
        if (a, b) not in out and a in sides and b in sides
    ]
    known = {(r["a"], r["b"]) for r in asked}
    pins = [[m.startup, m.investor, m.slot] for m in _meetings(session, day.id) if m.pinned and (m.startup, m.investor) in known]
    return {
        "slots": len(day.slots),
        "people": people,
        "requests": asked,
        "rooms": day.rooms,
        "interpreters": day.interpreters,
        "pins": pins,
    }


def _met(session: Session, day: Day) -> set[tuple[str, str]]:
    """Pairs of startup and mandate introduced within the day's cut-off."""
    since = session.info["now"] - timedelta(days=day.met_days)
    with unscoped(session):
        rows = session.execute(select(Introduction.startup, Introduction.mandate).where(Introduction.introduced_at >= since))
        return {tuple(row) for row in rows}


def _meetings(session: Session, day: str) -> list[DayMeeting]:
    return list(session.scalars(select(DayMeeting).where(DayMeeting.day == day).order_by(DayMeeting.slot, DayMeeting.room)))


def schedule(session: Session, day: str, form: dict) -> Job:
    """Has the day computed; what is pinned stays. Raises Conflict once it is published: from then on it is mended."""
    row = own_day(session, day)
    if row.published_at is not None:
        raise Conflict("day-published")
    job = jobs.ask(session, Job, DAY, row.id, problem(session, row), form["limit_s"], form["seed"])
    row.job = job.id
    return job


def lose(session: Session, day: str, form: dict) -> Job:
    """Something is lost: the day is mended with the fewest moves. Raises Invalid, NotFound, Conflict before there is a schedule."""
    row = own_day(session, day)
    held, slot = _meetings(session, row.id), form.get("slot")
    if not held:
        raise Conflict("plan-unfinished")
    if slot is not None and slot >= len(row.slots):
        raise Invalid(errors=[FieldError("slot", "window-count", {"max": len(row.slots)})])
    if form["what"] == "attendee":
        one = session.scalar(select(Attendee).where(Attendee.day == row.id, Attendee.party == form["party"]).with_for_update())
        if one is None:
            raise NotFound()
        one.away = list(range(len(row.slots)))
    elif form["what"] == "slot":
        row.rooms = [0 if t == slot else n for t, n in enumerate(row.rooms)]
    else:
        name = f"{form['what']}s"
        setattr(row, name, [max(n - 1, 0) if t >= slot else n for t, n in enumerate(getattr(row, name))])
    made = problem(session, row)
    pairs = {(r["a"], r["b"]) for r in made["requests"]}
    made["requests"] += [
        {"a": m.startup, "b": m.investor, "value": 1, "must": False, "interpreter": False}
        for m in held
        if (m.startup, m.investor) not in pairs
    ]
    made["pins"] = [p for p in made["pins"] if made["rooms"][p[2]] and all(p[2] in q["free"] for q in made["people"] if q["id"] in p[:2])]
    made["meetings"] = [[m.startup, m.investor, m.slot] for m in held]
    job = jobs.ask(session, Job, REPAIR, row.id, made, 10.0)
    row.job = job.id
    audit.note(session, "day-loss", row.id, what=form["what"])
    return job


def on_scheduled(session: Session, job: Job) -> None:
    """A solver's answer becomes the day's meetings; who stays where they were keeps the row, the rest moves, comes or goes."""
    row = session.get(Day, job.subject, with_for_update=True)
    orgs = {a.party: a.org for a in _attendees(session, row.id)}
    held = {(m.startup, m.investor): m for m in _meetings(session, row.id)}
    wanted = {(a, b): t for a, b, t in job.best["meetings"]}
    for pair, meeting in held.items():
        if pair not in wanted:
            session.delete(meeting)
    session.flush()
    taken: dict[int, set[int]] = {}
    for pair, slot in sorted(wanted.items(), key=lambda w: (held.get(w[0]) is None or held[w[0]].slot != w[1], w)):
        one, used = held.get(pair), taken.setdefault(slot, set())
        room = (
            one.room
            if one is not None and one.slot == slot and one.room not in used
            else next(n for n in range(len(wanted) + 1) if n not in used)
        )
        used.add(room)
        if one is None:
            one = DayMeeting(
                id=new_id(), day=row.id, owner=row.owner, startup=pair[0], investor=pair[1], pinned=False, came=None, version=0
            )
            one.startup_org, one.investor_org = orgs[pair[0]], orgs[pair[1]]
            session.add(one)
        if (one.slot, one.room) != (slot, room):
            one.slot, one.room, one.version = slot, room, one.version + 1
    row.said = job.said | {k: job.best[k] for k in ("unmet", "moved", "dropped") if k in job.best}
    row.version += 1


def publish(session: Session, day: str) -> Day:
    """Everybody may read their own plan from now on. Raises Conflict without one."""
    row = own_day(session, day)
    if not _meetings(session, row.id):
        raise Conflict("plan-unfinished")
    row.published_at = row.published_at or session.info["now"]
    row.version += 1
    audit.note(session, "day-published", row.id)
    return row


def move(session: Session, day: str, meeting: str, form: dict) -> DayMeeting:
    """Moves one meeting, exchanging it with whatever stands in its way in that slot, or pins it. Raises NotFound, Conflict naming what it would break."""
    row = own_day(session, day)
    held = {m.id: m for m in _meetings(session, row.id)}
    one = held.get(meeting)
    if one is None:
        raise NotFound()
    if "pinned" in form:
        one.pinned = form["pinned"]
    slot = form.get("slot", one.slot)
    if slot != one.slot:
        if one.pinned or slot >= len(row.slots):
            raise Conflict("slot-taken")
        clash = [m for m in held.values() if m.slot == slot and {m.startup, m.investor} & {one.startup, one.investor}]
        if any(m.pinned for m in clash):
            raise Conflict("slot-taken")
        back = one.slot
        for other in clash:
            other.slot = back
        one.slot = slot
        made = problem(session, row)
        known = {(r["a"], r["b"]) for r in made["requests"]}
        made["requests"] += [
            {"a": m.startup, "b": m.investor, "value": 1, "must": False, "interpreter": False}
            for m in held.values()
            if (m.startup, m.investor) not in known
        ]
        if faults := tables.Day(made).faults([[m.startup, m.investor, m.slot] for m in held.values()]):
            raise Conflict("day-breaks", given=faults[0])
        for m in (one, *clash):
            m.room = next(n for n in range(len(held) + 1) if n not in {o.room for o in held.values() if o.slot == m.slot and o.id != m.id})
            m.version += 1
    audit.note(session, "day-moved", one.id)
    return one


def tell_who_came(session: Session, day: str, meeting: str, form: dict) -> DayMeeting:
    """Who was there, once the slot has begun; by the office. Raises NotFound, Conflict before."""
    row = own_day(session, day)
    one = session.scalar(select(DayMeeting).where(DayMeeting.id == meeting, DayMeeting.day == row.id).with_for_update())
    if one is None:
        raise NotFound()
    if datetime.fromisoformat(row.slots[one.slot][0]) > session.info["now"]:
        raise Conflict("hour-not-over")
    one.came = form
    one.version += 1
    return one


# -- reads


def listed(session: Session) -> list[dict]:
    """Days of one's own office, or that one comes to."""
    return [
        document(session, row, whole=False) for row in session.scalars(select(Day).order_by(Day.requests_until.desc(), Day.id).limit(200))
    ]


def one(session: Session, day: str) -> dict:
    row = session.scalar(select(Day).where(Day.id == day))
    if row is None:
        raise NotFound()
    return document(session, row, whole=True)


def document(session: Session, row: Day, whole: bool) -> dict:
    """A day; to its office with rules, wishes and what the schedule reaches, to who comes with the others' names and their own meetings."""
    actor = session.info["actor"]
    office = row.owner == actor.org or actor.sees_everything
    told = {n: getattr(row, n) for n in ("id", "owner", "name", "zone", "slots", "version")} | {
        "requests_until": row.requests_until.isoformat()
    }
    told["published_at"] = row.published_at and row.published_at.isoformat()
    if not whole:
        return told
    told["attendees"] = [_attendee(a, office or a.org == actor.org) for a in _attendees(session, row.id)]
    told["meetings"] = [meeting_document(m) for m in _meetings(session, row.id)]
    if office:
        job = session.get(Job, row.job) if row.job else None
        told |= {n: getattr(row, n) for n in ("rooms", "interpreters", "musts", "bans", "met_days", "said")} | {
            "job": job.state if job else None
        }
    return told


def _attendee(a: Attendee, own: bool) -> dict:
    """An attendee: name and side for all, people with their say too; wishes, absences and caps are their own and the office's."""
    told = {n: getattr(a, n) for n in ("party", "side", "name", "people")}
    return told | ({n: getattr(a, n) for n in ("org", "away", "most", "interpreter", "wishes")} if own else {})


def attendee_document(a: Attendee) -> dict:
    return _attendee(a, True)


def meeting_document(m: DayMeeting) -> dict:
    return {n: getattr(m, n) for n in ("id", "startup", "investor", "slot", "room", "pinned", "came", "version")}


def wanted_by(session: Session, day: str, party: str) -> tuple[str, list[str]]:
    """An attendee's side, and who of the other side could be wished for."""
    _, row = _own_attendee(session, day, party)
    return row.side, [a.party for a in _attendees(session, day) if a.side != row.side]


def mine(session: Session, day: str, party: str) -> tuple[Day, Attendee, list[tuple[DayMeeting, Attendee]]]:
    """One attendee's own plan with whom they meet. Raises NotFound, Forbidden."""
    row, me = _own_attendee(session, day, party)
    others = {a.party: a for a in _attendees(session, day)}
    side = or_(DayMeeting.startup == party, DayMeeting.investor == party)
    rows = session.scalars(select(DayMeeting).where(DayMeeting.day == day, side).order_by(DayMeeting.slot))
    return row, me, [(m, others[m.investor if me.side == STARTUP else m.startup]) for m in rows]
