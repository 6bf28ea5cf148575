"""Meetings of an introduction: one side offers times, the other takes one; calendars show it in
both zones.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.meetings.actions import SPACE, found, side_of
from services.meetings.models import Introduction, Letter, Meeting
from services.meetings.rules import INTRODUCED, INVESTOR, OFFICER, OTHER, STARTUP
from shared import audit, calendars, outbox
from shared.calendars import Entry
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Stale
from shared.ids import new_id
from shared.letters import write

OFFERED, AGREED, CANCELLED, REPLACED = "offered", "agreed", "cancelled", "replaced"
STEPS = {OFFERED: ("agree", "cancel"), AGREED: ("cancel",), CANCELLED: (), REPLACED: ()}
FARTHEST = timedelta(days=180)


def offer(session: Session, introduction: str, form: dict) -> Meeting:
    """Offers times to the other side; an earlier offer, or meeting agreed, gives way to it.

    Raises Conflict before both have accepted; Invalid for times that are past, too far, or overlap.
    """
    row, side = found(session, introduction)
    if side == OFFICER:
        raise Forbidden()
    if row.state != INTRODUCED:
        raise Conflict("not-introduced")
    slots = _slots(form["slots"], form["minutes"], session.info["now"])
    standing = (
        select(Meeting)
        .where(Meeting.introduction == row.id, Meeting.state.in_((OFFERED, AGREED)))
        .with_for_update()
    )
    for old in session.scalars(standing):
        old.state = REPLACED
        tell(session, old, "cancelled")
    made = Meeting(
        id=new_id(),
        introduction=row.id,
        startup_owner=row.startup_owner,
        investor_owner=row.investor_owner,
    )
    made.offered_by, made.state, made.version, made.slots, made.minutes = (
        side,
        OFFERED,
        1,
        slots,
        form["minutes"],
    )
    made.place, made.zones, made.starts_at, made.made_at = (
        form.get("place"),
        {side: form["zone"]},
        None,
        session.info["now"],
    )
    session.add(made)
    tell(session, made, "offered")
    _letter(session, made, OTHER[side])
    return made


def _slots(stated: list[datetime], minutes: int, now: datetime) -> list[str]:
    errors, length = [], timedelta(minutes=minutes)
    for i, at in enumerate(stated):
        if at <= now or at > now + FARTHEST:
            errors.append(FieldError(f"slots.{i}", "date-past" if at <= now else "date-far", {}))
    ordered = sorted(stated)
    if any(b < a + length for a, b in zip(ordered, ordered[1:], strict=False)):
        errors.append(FieldError("slots", "slots-overlap", {}))
    if errors:
        raise Invalid(errors=errors)
    return [at.astimezone(UTC).isoformat() for at in ordered]


def _held(session: Session, meeting: str) -> tuple[Meeting, str]:
    row = session.scalar(select(Meeting).where(Meeting.id == meeting).with_for_update())
    if row is None:
        raise NotFound()
    side = side_of(session.info["actor"], session.get_one(Introduction, row.introduction))
    if side not in OTHER:
        raise Forbidden()
    return row, side


def agree(session: Session, meeting: str, form: dict, expected: int | None) -> Meeting:
    """Takes one of the times the other side offers. Raises Stale, Conflict with the legal steps,
    Invalid for a time not offered.
    """
    row, side = _held(session, meeting)
    if expected is not None and expected != row.version:
        raise Stale(version=row.version)
    if "agree" not in STEPS[row.state] or side == row.offered_by:
        raise Conflict("illegal-step", given=row.state, legal="cancel" if STEPS[row.state] else "-")
    chosen = form["starts_at"].astimezone(UTC).isoformat()
    if chosen not in row.slots:
        raise Invalid(errors=[FieldError("starts_at", "slot-not-offered", {})])
    if form["starts_at"] <= session.info["now"]:
        raise Invalid(errors=[FieldError("starts_at", "date-past", {})])
    row.state, row.starts_at, row.zones = (
        AGREED,
        form["starts_at"],
        row.zones | {side: form["zone"]},
    )
    tell(session, row, "agreed")
    for either in (STARTUP, INVESTOR):
        _letter(session, row, either)
    audit.note(session, "meeting-agreed", row.id, introduction=row.introduction)
    return row


def cancel(session: Session, meeting: str) -> Meeting:
    """Takes an offer or a meeting back. Raises Conflict where it is over."""
    row, side = _held(session, meeting)
    if "cancel" not in STEPS[row.state]:
        raise Conflict("illegal-step", given=row.state, legal="-")
    row.state = CANCELLED
    tell(session, row, "cancelled")
    _letter(session, row, OTHER[side])
    return row


def _letter(session: Session, row: Meeting, side: str) -> None:
    org = row.startup_owner if side == STARTUP else row.investor_owner
    params = {"path": f"/introductions/{row.introduction}", "expires": row.made_at.isoformat()}
    write(
        session,
        Letter,
        str(uuid5(SPACE, f"{row.id}/{side}/{row.state}")),
        org,
        f"meeting-{row.state}",
        params,
    )


def tell(session: Session, row: Meeting, verb: str) -> None:
    def data() -> dict:
        owners = {"startup": row.startup_owner, "investor": row.investor_owner}
        told = {
            "introduction": row.introduction,
            "owners": owners,
            "state": row.state,
            "minutes": row.minutes,
        }
        return told | ({"starts_at": row.starts_at.isoformat()} if row.starts_at else {})

    outbox.record(session, row, f"meeting.{verb}.v1", "meetings", data)


def meeting_document(row: Meeting, side: str) -> dict:
    told = {
        name: getattr(row, name)
        for name in ("id", "introduction", "state", "version", "slots", "minutes", "place", "zones")
    }
    told["mine"] = row.offered_by == side
    told["starts_at"] = row.starts_at.isoformat() if row.starts_at else None
    told["legal"] = [s for s in STEPS[row.state] if s != "agree" or row.offered_by != side]
    return told


def one(session: Session, meeting: str) -> tuple[Meeting, Introduction, str]:
    """A meeting of the reader's, its introduction, and their side. Raises NotFound."""
    row = session.scalar(select(Meeting).where(Meeting.id == meeting))
    if row is None:
        raise NotFound()
    introduction = session.get_one(Introduction, row.introduction)
    side = side_of(session.info["actor"], introduction)
    if side not in OTHER:
        raise NotFound()
    return row, introduction, side


def listed(session: Session) -> list[dict]:
    """The actor's meetings, the next first."""
    rows = session.scalars(
        select(Meeting)
        .where(Meeting.state.in_((OFFERED, AGREED)))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(500)
    )
    actor = session.info["actor"]
    found = [(row, side_of(actor, session.get_one(Introduction, row.introduction))) for row in rows]
    return [meeting_document(row, side) for row, side in found if side in OTHER]


def calendar(row: Meeting, introduction: Introduction, side: str, lang: str) -> bytes:
    """An iCalendar file (RFC 5545) of an agreed or cancelled meeting, in the reader's zone, both
    zones named. Raises Conflict before.
    """
    if row.starts_at is None:
        raise Conflict("not-agreed")
    names = {
        s: introduction.names[s].get(lang)
        or introduction.names[s].get("en")
        or introduction.names[s]["ja"]
        for s in OTHER
    }
    begins = row.starts_at.astimezone(ZoneInfo(row.zones[side]))
    entry = Entry(
        uid=row.id,
        stamp=row.made_at,
        begins=begins,
        ends=begins + timedelta(minutes=row.minutes),
        summary=f"{names[STARTUP]} × {names[INVESTOR]}",
        place=row.place or "",
        description="\n".join(
            f"{names[s]}: {_local(row, row.zones[s])}" for s in (STARTUP, INVESTOR)
        ),
        sequence=row.version,
        cancelled=row.state in (CANCELLED, REPLACED),
    )
    return calendars.calendar("Introductions", [entry])


def _local(row: Meeting, zone: str) -> str:
    begins = row.starts_at.astimezone(ZoneInfo(zone))
    ends = begins + timedelta(minutes=row.minutes)
    return f"{begins:%Y-%m-%d %H:%M}–{ends:%H:%M} ({zone})"
