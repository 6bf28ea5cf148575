"""The schedule of a partnering day: computed, moved by hand, published, mended with the fewest
moves when something is lost.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.meetings.afterwards import set_prompts
from services.meetings.days import STARTUP, Pairs, attendees, meetings, own_day, pair_of, tell
from services.meetings.models import Attendee, Day, DayMeeting, Introduction, Job
from services.meetings.scheduling import DAY, REPAIR
from services.meetings.scheduling import table as tables
from shared import audit, jobs
from shared.db import unscoped
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id

MEND_S = 10.0


def asked_for(session: Session, day: str) -> Pairs:
    """Pairs somebody wishes for, the office wants, or that meet already: those to be asked about
    before a schedule. Raises NotFound, Forbidden.
    """
    row = own_day(session, day, lock=False)
    wished = {pair_of(a, other) for a in attendees(session, day) for other in a.wishes}
    return (
        wished
        | {tuple(p) for p in row.musts}
        | {(m.startup, m.investor) for m in meetings(session, day)}
    )


def problem(
    session: Session,
    day: Day,
    apart: Pairs = frozenset(),
    held: Sequence[DayMeeting] = (),
    begun: int = 0,
) -> dict:
    """A day as `scheduling` reads it: wishes of both sides by rank as one value; banned, blocked
    and met-before pairs left out, unless they are `held`.

    Slots before `begun` are over: nobody is free in them, and what stood there counts towards caps.
    """
    there = {a.party: a for a in attendees(session, day.id)}
    over = [m for m in held if m.slot < begun]
    slots = range(len(day.slots))
    people = []
    for a in there.values():
        most = min(a.most, len(slots)) - sum(a.party in (m.startup, m.investor) for m in over)
        people.append(
            {
                "id": a.party,
                "side": a.side,
                "free": [t for t in slots[begun:] if t not in a.away],
                "most": max(most, 0),
            }
        )
    values, musts = _values(there), {tuple(p) for p in day.musts}
    standing = {(m.startup, m.investor) for m in held}
    met = _met(session, day) - musts - standing
    out = {tuple(p) for p in day.bans} | met | apart
    asked = []
    for a, b in sorted((values.keys() | musts | standing) - out):
        if a in there and b in there:
            spoken = there[a].interpreter or there[b].interpreter
            asked.append(
                {
                    "a": a,
                    "b": b,
                    "value": values.get((a, b), 1),
                    "must": (a, b) in musts,
                    "interpreter": spoken,
                }
            )
    made = {
        "slots": len(slots),
        "people": people,
        "requests": asked,
        "interpreters": day.interpreters,
    }
    made |= {
        "rooms": [len(numbers) for numbers in day.rooms],
        "apart": sorted(list(p) for p in musts & apart),
    }
    made["met"] = sorted(list(p) for p in values.keys() & met)
    return made | {"pins": _pins(session, made, day)}


def _values(there: dict[str, Attendee]) -> dict[tuple[str, str], int]:
    """What a meeting is worth to both sides together, 1 to 100, by the place it has on their
    lists.
    """
    values: dict[tuple[str, str], int] = {}
    for a in there.values():
        for rank, other in enumerate(a.wishes):
            pair = pair_of(a, other)
            values[pair] = values.get(pair, 0) + max(50 - 50 * rank // len(a.wishes), 1)
    return values


def _pins(session: Session, made: dict, day: Day) -> list[list]:
    """Pinned meetings where they still can be; one whose slot, room or guest is gone has to give
    way.
    """
    known, free = (
        {(r["a"], r["b"]) for r in made["requests"]},
        {p["id"]: p["free"] for p in made["people"]},
    )
    pinned = [
        m
        for m in meetings(session, day.id)
        if m.pinned and (m.startup, m.investor) in known and made["rooms"][m.slot]
    ]
    return [
        [m.startup, m.investor, m.slot]
        for m in pinned
        if m.slot in free[m.startup] and m.slot in free[m.investor]
    ]


def _met(session: Session, day: Day) -> Pairs:
    """Pairs of startup and mandate introduced within the day's cut-off."""
    since = session.info["now"] - timedelta(days=day.met_days)
    with unscoped(session):
        rows = session.execute(
            select(Introduction.startup, Introduction.mandate).where(
                Introduction.introduced_at >= since
            )
        )
        return {tuple(row) for row in rows}


def begun_slots(day: Day, now: datetime) -> int:
    """How many slots have begun: they are in order."""
    return sum(datetime.fromisoformat(begins) <= now for begins, _ in day.slots)


def schedule(session: Session, day: str, form: dict, apart: Pairs) -> Job:
    """Has the day computed; what is pinned stays. Raises Conflict once it is published: from then
    on it is mended.
    """
    row = own_day(session, day)
    if row.published_at is not None:
        raise Conflict("day-published")
    job = jobs.ask(
        session, Job, DAY, row.id, problem(session, row, apart), form["limit_s"], form["seed"]
    )
    row.job = job.id
    return job


def stop(session: Session, day: str) -> Day:
    """Stops the day's computation; the best schedule so far becomes the day's. Raises Conflict
    where none is under way.
    """
    row = own_day(session, day)
    job = jobs.cancel(session, Job, row.job or "")
    if job.best:
        on_scheduled(session, job)
    return row


def lose(session: Session, day: str, form: dict, apart: Pairs) -> Job:
    """Something is lost, or nothing new (withdrawals and blocks since are heeded): the day is
    mended with the fewest moves, and nothing that has begun is touched.

    Raises Invalid naming what there is not, Conflict before there is a schedule or while one is
    computed.
    """
    row = own_day(session, day)
    held, begun = meetings(session, row.id), begun_slots(row, session.info["now"])
    if not held:
        raise Conflict("plan-unfinished")
    _take_away(session, row, form)
    made = problem(session, row, apart, held, begun)
    stood = [[m.startup, m.investor, m.slot] for m in held]
    made |= {
        "meetings": [m for m in stood if m[2] >= begun],
        "over": [m for m in stood if m[2] < begun],
    }
    job = jobs.ask(session, Job, REPAIR, row.id, made, MEND_S)
    row.job = job.id
    audit.note(session, "day-loss", row.id, what=form["what"])
    return job


def _take_away(session: Session, row: Day, form: dict) -> None:
    what, slot = form["what"], form.get("slot", 0)
    if slot >= len(row.slots):
        raise Invalid(errors=[FieldError("slot", "window-count", {"max": len(row.slots)})])
    if what == "attendee":
        one = session.scalar(
            select(Attendee)
            .where(Attendee.day == row.id, Attendee.party == form["party"])
            .with_for_update()
        )
        if one is None:
            raise Invalid(errors=[FieldError("party", "not-found", {})])
        one.away = sorted({*one.away, *range(slot, len(row.slots))})
    elif what == "slot":
        row.rooms = [[] if t == slot else numbers for t, numbers in enumerate(row.rooms)]
    elif what == "room":
        if form["room"] not in row.rooms[slot]:
            raise Invalid(errors=[FieldError("room", "not-found", {})])
        row.rooms = [
            [n for n in numbers if t < slot or n != form["room"]]
            for t, numbers in enumerate(row.rooms)
        ]
    elif what == "interpreter":
        row.interpreters = [
            max(n - 1, 0) if t >= slot else n for t, n in enumerate(row.interpreters)
        ]


def on_scheduled(session: Session, job: Job) -> None:
    """A solver's answer becomes the day's meetings; who stays where they were keeps the row, the
    rest moves, comes or goes. Raises Conflict where the day has changed.
    """
    row = session.get(Day, job.subject, with_for_update=True)
    held = {(m.startup, m.investor): m for m in meetings(session, row.id)}
    _check(session, row, job, list(held.values()))
    wanted = {(a, b): t for a, b, t in [*job.best["meetings"], *job.problem.get("over", [])]}
    touched = {who for pair in held.keys() - wanted.keys() for who in pair}
    for pair in held.keys() - wanted.keys():
        session.delete(held.pop(pair))
    session.flush()
    touched |= _seat(session, row, held, wanted)
    row.said = job.said | {k: job.best[k] for k in ("unmet", "moved", "dropped") if k in job.best}
    row.version += 1
    if row.published_at is not None:
        _tell_changed(session, row, touched)


def _check(session: Session, row: Day, job: Job, held: list[DayMeeting]) -> None:
    """Whether the answer still holds for the day as it now is. Raises Conflict."""
    now = problem(session, row, held=held)
    now["pins"] = [p for p in now["pins"] if p not in job.problem["pins"]]
    known = {(r["a"], r["b"]) for r in now["requests"]}
    if any((a, b) not in known for a, b, _ in job.best["meetings"]) or tables.Day(now).faults(
        job.best["meetings"]
    ):
        raise Conflict("day-changed")


def _seat(session: Session, row: Day, held: dict, wanted: dict) -> set[str]:
    """Puts the wanted pairs into slots and rooms; returns who has a meeting that is new or
    elsewhere. Whoever stays keeps the room first, and an investor theirs.
    """
    orgs = {a.party: a.org for a in attendees(session, row.id)}
    used: dict[int, set[int]] = {}
    homes: dict[str, int] = {}
    touched: set[str] = set()

    def turn(want):
        pair, slot = want
        stays = pair in held and held[pair].slot == slot
        return not stays, stays and held[pair].room not in row.rooms[slot], want

    for pair, slot in sorted(wanted.items(), key=turn):
        one, taken = held.get(pair), used.setdefault(slot, set())
        free = [n for n in row.rooms[slot] if n not in taken]
        stays = one is not None and one.slot == slot and (one.room in free or not free)
        room = one.room if stays else _room(free, homes, pair[1])
        taken.add(room)
        homes.setdefault(pair[1], room)
        if one is None:
            one = DayMeeting(
                id=new_id(),
                day=row.id,
                owner=row.owner,
                startup=pair[0],
                investor=pair[1],
                pinned=False,
                came=None,
            )
            one.startup_org, one.investor_org, one.version = orgs[pair[0]], orgs[pair[1]], 0
            session.add(one)
        if (one.slot, one.room) != (slot, room):
            one.slot, one.room, one.version = slot, room, one.version + 1
            touched |= set(pair)
    return touched


def _room(free: list[int], homes: dict[str, int], investor: str) -> int:
    """The room an investor sits in already, else one nobody else sits in."""
    if homes.get(investor) in free:
        return homes[investor]
    return next((n for n in free if n not in homes.values()), free[0])


def _tell_changed(session: Session, row: Day, parties: set[str]) -> None:
    for one in attendees(session, row.id):
        if one.party in parties:
            tell(session, row, one, "day-changed", str(row.version))


def publish(session: Session, day: str) -> Day:
    """Everybody may read their own plan from now on, and is told so. Raises Conflict without
    one.
    """
    row = own_day(session, day)
    there = {who for m in meetings(session, row.id) for who in (m.startup, m.investor)}
    if not there:
        raise Conflict("plan-unfinished")
    if row.published_at is None:
        row.published_at = session.info["now"]
        row.version += 1
        for one in attendees(session, row.id):
            if one.party in there:
                tell(session, row, one, "day-plan")
        set_prompts(session, row)
        audit.note(session, "day-published", row.id)
    return row


def move(session: Session, day: str, meeting: str, form: dict) -> DayMeeting:
    """Moves one meeting, exchanging it with whatever stands in its way in that slot, or pins it.
    Raises NotFound, Conflict naming what it would break.
    """
    row = own_day(session, day)
    held = {m.id: m for m in meetings(session, row.id)}
    one = held.get(meeting)
    if one is None:
        raise NotFound()
    if "pinned" in form:
        one.pinned = form["pinned"]
    if form.get("slot", one.slot) != one.slot:
        changed = _exchange(session, row, one, form["slot"], list(held.values()))
        row.version += 1
        if row.published_at is not None:
            _tell_changed(session, row, {who for m in changed for who in (m.startup, m.investor)})
    audit.note(session, "day-moved", one.id)
    return one


def _exchange(
    session: Session, row: Day, one: DayMeeting, slot: int, held: list[DayMeeting]
) -> list[DayMeeting]:
    begun = begun_slots(row, session.info["now"])
    if slot >= len(row.slots):
        raise Invalid(errors=[FieldError("slot", "window-count", {"max": len(row.slots)})])
    if min(slot, one.slot) < begun:
        raise Conflict("hour-past")
    clash = [
        m for m in held if m.slot == slot and {m.startup, m.investor} & {one.startup, one.investor}
    ]
    if any(m.pinned for m in (one, *clash)):
        raise Conflict("day-pinned")
    for other in clash:
        other.slot = one.slot
    one.slot = slot
    made = problem(session, row, held=held, begun=begun)
    stand = [[m.startup, m.investor, m.slot] for m in held if m.slot >= begun]
    # banned since: it stays until the day is mended
    if faults := [f for f in tables.Day(made).faults(stand) if f.why != "unasked"]:
        names = {a.party: a.name for a in attendees(session, row.id)}
        raise Conflict(f"day-{faults[0].why}", given=_named(names.get(faults[0].who, {})))
    for m in (one, *clash):
        taken = {o.room for o in held if o.slot == m.slot and o.id != m.id}
        m.room, m.version = next(n for n in row.rooms[m.slot] if n not in taken), m.version + 1
    return [one, *clash]


def _named(name: dict) -> str:
    return (
        name.get("ja")
        if name.get("ja") == name.get("en")
        else " / ".join(filter(None, (name.get("en"), name.get("ja"))))
    )


def own_meetings(session: Session, day: str, me: Attendee) -> list[tuple[DayMeeting, Attendee]]:
    """One attendee's meetings with whom they meet, in order."""
    others = {a.party: a for a in attendees(session, day)}
    mine = [m for m in meetings(session, day) if me.party in (m.startup, m.investor)]
    return [(m, others[m.investor if me.side == STARTUP else m.startup]) for m in mine]
