"""Partnering days: opened by an office, whoever comes put on its list, wished for by both sides."""

from datetime import UTC, datetime, timedelta
from uuid import uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.meetings.actions import SPACE
from services.meetings.models import Attendee, Day, DayMeeting, Letter
from services.meetings.models.days import SIDE_ROLES
from shared import audit, timers
from shared.auth import PLATFORM
from shared.db import unscoped
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.ids import new_id, slug_of, unguessed
from shared.letters import write
from shared.patches import merged

STARTUP, INVESTOR = "startup", "investor"
SIDE_MOST = {STARTUP: 8, INVESTOR: 16}
REMIND, REMIND_BEFORE = "day-wishes", timedelta(days=3)
Pairs = set[tuple[str, str]]


def open_day(session: Session, form: dict) -> Day:
    """A day of one's own office. Raises Invalid naming each slot that ends before it begins or
    crosses another, Conflict for a taken id.
    """
    actor = session.info["actor"]
    actor.need("officer")
    if faults := _slot_faults(form, session.info["now"]):
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    slug = form.get("id") or unguessed(slug_of(form["name"].get("en") or "day") or "day")
    with unscoped(session):
        if session.get(Day, slug) is not None:
            raise Conflict("slug-taken", id=slug)
    slots = sorted(form["slots"], key=lambda s: s["starts_at"])
    row = Day(
        id=slug,
        owner=actor.org,
        musts=[],
        bans=[],
        job=None,
        said={},
        published_at=None,
        cancelled_at=None,
        version=1,
    )
    row.name, row.zone, row.met_days, row.requests_until = (
        form[n] for n in ("name", "zone", "met_days", "requests_until")
    )
    row.slots = [
        [s[k].astimezone(UTC).isoformat() for k in ("starts_at", "ends_at")] for s in slots
    ]
    row.rooms, row.interpreters = (
        [list(range(form["rooms"])) for _ in slots],
        [form["interpreters"]] * len(slots),
    )
    session.add(row)
    timers.at(session, row.requests_until - REMIND_BEFORE, REMIND, row.id)
    audit.note(session, "day-opened", row.id)
    return row


def _slot_faults(form: dict, now: datetime) -> list[tuple[str, str, dict]]:
    slots, faults = form["slots"], []
    for i, one in enumerate(slots):
        if one["ends_at"] <= one["starts_at"]:
            faults.append((f"slots.{i}.ends_at", "window-order", {}))
        elif any(
            one["starts_at"] < other["ends_at"] and other["starts_at"] < one["ends_at"]
            for other in slots[:i]
        ):
            faults.append((f"slots.{i}", "slots-overlap", {}))
    first = min(s["starts_at"] for s in slots)
    faults += _until_faults(form["requests_until"], first, now)
    return faults + [("slots.0.starts_at", "date-past", {})] * (first <= now)


def _until_faults(until: datetime, first: datetime, now: datetime) -> list[tuple[str, str, dict]]:
    """Wishes end after now and before the day begins."""
    return (
        [("requests_until", "date-past", {})]
        if until <= now
        else [("requests_until", "window-order", {})]
        if until >= first
        else []
    )


def own_day(session: Session, day: str, lock: bool = True) -> Day:
    """A day of one's own office. Raises NotFound, Forbidden."""
    actor, wanted = session.info["actor"], select(Day).where(Day.id == day)
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound()
    if not actor.may_change(row.owner, "officer"):
        raise Forbidden()
    if lock:
        _stands(row)
    return row


def _stands(row: Day) -> None:
    if row.cancelled_at is not None:
        raise Conflict("day-cancelled")


def change_day(session: Session, day: str, form: dict) -> Day:
    """Puts a day right before it is published. Raises Invalid, Conflict."""
    row = own_day(session, day)
    if row.published_at is not None:
        raise Conflict("day-published")
    if faults := _until_faults(
        form.get("requests_until", row.requests_until),
        datetime.fromisoformat(row.slots[0][0]),
        session.info["now"],
    ):
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    for name in ("name", "met_days", "requests_until"):
        setattr(
            row,
            name,
            merged(getattr(row, name), form[name]) if name in form else getattr(row, name),
        )
    if "rooms" in form:
        row.rooms = [list(range(form["rooms"])) for _ in row.slots]
    if "interpreters" in form:
        row.interpreters = [form["interpreters"]] * len(row.slots)
    timers.at(session, row.requests_until - REMIND_BEFORE, REMIND, row.id)
    row.version += 1
    audit.note(session, "day-changed", row.id)
    return row


def cancel_day(session: Session, day: str) -> Day:
    """Calls a day off; everybody on its list is told. Raises Conflict once it has begun."""
    row, now = own_day(session, day), session.info["now"]
    if datetime.fromisoformat(row.slots[0][0]) <= now:
        raise Conflict("hour-past")
    row.cancelled_at, row.version = now, row.version + 1
    for one in attendees(session, row.id):
        tell(session, row, one, "day-cancelled")
    audit.note(session, "day-cancelled", row.id)
    return row


def attendees(session: Session, day: str) -> list[Attendee]:
    return list(
        session.scalars(
            select(Attendee).where(Attendee.day == day).order_by(Attendee.side, Attendee.party)
        )
    )


def meetings(session: Session, day: str) -> list[DayMeeting]:
    return list(
        session.scalars(
            select(DayMeeting)
            .where(DayMeeting.day == day)
            .order_by(DayMeeting.slot, DayMeeting.room)
        )
    )


def set_rules(session: Session, day: str, form: dict, apart: Pairs) -> Day:
    """Who must meet and who must not. Raises Invalid for a pair that is not there, in both lists,
    pinned, or one that may not be brought together.
    """
    row = own_day(session, day)
    sides = {a.party: a.side for a in attendees(session, day)}
    musts, bans = form.get("musts", row.musts), form.get("bans", row.bans)
    pinned = [[m.startup, m.investor] for m in meetings(session, day) if m.pinned]
    faults = []
    for name, pairs in (("musts", musts), ("bans", bans)):
        faults += [
            (f"{name}.{i}", "not-found", {})
            for i, (a, b) in enumerate(pairs)
            if (sides.get(a), sides.get(b)) != (STARTUP, INVESTOR)
        ]
    faults += [(f"musts.{i}", "must-banned", {}) for i, pair in enumerate(musts) if pair in bans]
    faults += [
        (f"musts.{i}", "must-apart", {}) for i, pair in enumerate(musts) if tuple(pair) in apart
    ]
    faults += [(f"bans.{i}", "ban-pinned", {}) for i, pair in enumerate(bans) if pair in pinned]
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    row.musts, row.bans = musts, bans
    row.version += 1
    audit.note(session, "day-rules", row.id)
    return row


# -- who comes


def invite(session: Session, day: str, form: dict, known: list[dict]) -> list[Attendee]:
    """Startups and mandates that come; whoever is on the list stays as they are. `known`: those
    published, with owner and names.

    Whoever nobody has claimed is answered for by the office itself. Raises Invalid naming who is
    not published.
    """
    row = own_day(session, day)
    found = {(p["side"], p["party"]): p for p in known}
    wanted = [
        (side, party, f"{k}.{i}")
        for side, k in ((STARTUP, "startups"), (INVESTOR, "mandates"))
        for i, party in enumerate(form[k])
    ]
    if missing := [
        FieldError(at, "not-found", {}) for side, party, at in wanted if (side, party) not in found
    ]:
        raise Invalid(errors=missing)
    there, added = {a.party for a in attendees(session, day)}, []
    for side, party in dict.fromkeys((s, p) for s, p, _ in wanted if p not in there):
        one = found[side, party]
        org = row.owner if one["owner"] == PLATFORM else one["owner"]
        made = Attendee(
            id=new_id(),
            day=row.id,
            owner=row.owner,
            org=org,
            side=side,
            party=party,
            name=one["names"],
        )
        made.people, made.away, made.wishes, made.interpreter, made.version = [], [], [], False, 1
        made.most = min(SIDE_MOST[side], len(row.slots))
        session.add(made)
        added.append(made)
        tell(session, row, made, "day-invited")
    audit.note(session, "day-invited", row.id, count=len(added))
    return added


def uninvite(session: Session, day: str, party: str) -> None:
    """Takes somebody off the list. Raises NotFound, Conflict once they have meetings: from then on
    it is a loss to be mended.
    """
    row = own_day(session, day)
    one = session.scalar(
        select(Attendee).where(Attendee.day == row.id, Attendee.party == party).with_for_update()
    )
    if one is None:
        raise NotFound()
    if any(party in (m.startup, m.investor) for m in meetings(session, row.id)):
        raise Conflict("has-meetings")
    session.delete(one)
    row.musts, row.bans = (
        [pair for pair in pairs if party not in pair] for pairs in (row.musts, row.bans)
    )
    for other in attendees(session, row.id):
        if party in other.wishes:
            other.wishes = [w for w in other.wishes if w != party]
    audit.note(session, "day-uninvited", row.id, party=party)


def own_attendee(session: Session, day: str, party: str, lock: bool = True) -> tuple[Day, Attendee]:
    """An attendee of one's own, or of one's own office's day. Raises NotFound, Forbidden."""
    actor, wanted = (
        session.info["actor"],
        select(Attendee).where(Attendee.day == day, Attendee.party == party),
    )
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound()
    if not (
        actor.may_change(row.owner, "officer") or actor.acts_for(row.org, SIDE_ROLES[row.side])
    ):
        raise Forbidden()
    whole = session.get_one(Day, day)
    if lock:
        _stands(whole)
    return whole, row


def be_there(session: Session, day: str, party: str, form: dict) -> Attendee:
    """Who sits at the table, when they are away, how much they take.

    Raises Invalid for a slot the day has not, Conflict for anything but names once it is published:
    from then on an absence is a loss.
    """
    whole, row = own_attendee(session, day, party)
    if whole.published_at is not None and form.keys() - {"people"}:
        raise Conflict("day-published")
    if any(t >= len(whole.slots) for t in form.get("away", [])):
        raise Invalid(errors=[FieldError("away", "window-count", {"max": len(whole.slots)})])
    for name, value in form.items():
        setattr(row, name, sorted(set(value)) if name == "away" else value)
    row.version += 1
    return row


def wish(session: Session, day: str, party: str, wishes: list[str]) -> Attendee:
    """Whom an attendee wants to meet, by rank. A wish for who keeps apart reads as any other, and
    is not met. Raises Invalid, Conflict after the last day.
    """
    whole, row = own_attendee(session, day, party)
    if session.info["now"] > whole.requests_until:
        raise Conflict("requests-over")
    others = {a.party for a in attendees(session, day) if a.side != row.side}
    faults = [
        (f"wishes.{i}", "twice", {"given": w}) for i, w in enumerate(wishes) if w in wishes[:i]
    ]
    faults += [(f"wishes.{i}", "not-found", {}) for i, w in enumerate(wishes) if w not in others]
    if faults:
        raise Invalid(errors=[FieldError(*fault) for fault in faults])
    row.wishes = wishes
    row.version += 1
    return row


def pair_of(one: Attendee, other: str) -> tuple[str, str]:
    """An attendee and somebody of the other side, the startup first."""
    return (one.party, other) if one.side == STARTUP else (other, one.party)


# -- letters


def tell(session: Session, day: Day, who: Attendee, template: str, about: str = "") -> None:
    """A letter to the owners of an attendee, once however often it is told; none to the office for
    those it answers for itself.
    """
    if who.org == day.owner:
        return
    params = {
        "path": f"/days/{day.id}/parties/{who.party}",
        "expires": day.requests_until.isoformat(),
    }
    write(
        session,
        Letter,
        str(uuid5(SPACE, f"{day.id}/{who.party}/{template}/{about}")),
        who.org,
        template,
        params,
    )


def on_remind(session: Session, day: str) -> None:
    """Three days before wishes end, whoever has none is reminded."""
    row = session.get(Day, day)
    if row is not None and row.cancelled_at is None:
        for one in attendees(session, day):
            if not one.wishes:
                tell(session, row, one, "day-wishes")
