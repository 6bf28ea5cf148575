"""An attendee's day as paper and as a calendar."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from services.meetings.models import Attendee, Day, DayMeeting
from shared import calendars
from shared.calendars import Entry
from shared.clock import JST
from shared.paper import printed

SOURCE = (Path(__file__).parent / "plan.typ").read_text(encoding="utf-8")
WORDS = {
    "time": ("Time", "時間"),
    "room": ("Room", "会場"),
    "with": ("With", "お相手"),
    "decides": ("decides", "決裁者"),
    "empty": ("No meeting has been arranged.", "予定されている面談はありません。"),
    "foot": (
        "Times are local to the place of the day; Japan time in brackets.",
        "時刻は開催地の現地時間です（括弧内は日本時間）。",
    ),
}
Meetings = list[tuple[DayMeeting, Attendee]]


def say(key: str, lang: str) -> str:
    return WORDS[key][lang == "ja"]


def named(name: dict, lang: str) -> str:
    return name.get(lang) or next(iter(name.values()))


def _people(other: Attendee, lang: str) -> list[str]:
    return [
        f"{p['name']}, {p['role']}" + (f" ({say('decides', lang)})" if p["decides"] else "")
        for p in other.people
    ]


def paper(day: Day, sheets: list[tuple[Attendee, Meetings]], lang: str) -> bytes:
    """Plans as PDF, a sheet each: when, where, with whom and who decides; in the zone of the day,
    Japan time beside it.
    """
    first = datetime.fromisoformat(day.slots[0][0]).astimezone(ZoneInfo(day.zone))
    made = [
        {
            "sub": f"{named(me.name, lang)} · {first:%Y-%m-%d} · {day.zone}",
            "rows": [_row(day, *one, lang) for one in meetings],
        }
        for me, meetings in sheets
    ]
    content = {
        "lang": lang,
        "title": named(day.name, lang),
        "heads": [say(k, lang) for k in ("time", "room", "with")],
        "sheets": made,
    }
    return printed(SOURCE, content | {"empty": say("empty", lang), "foot": say("foot", lang)})


def _row(day: Day, meeting: DayMeeting, other: Attendee, lang: str) -> dict:
    begins, ends = (
        datetime.fromisoformat(text).astimezone(ZoneInfo(day.zone))
        for text in day.slots[meeting.slot]
    )
    time = f"{begins:%H:%M}–{ends:%H:%M}\n({begins.astimezone(JST):%m/%d %H:%M})"
    return {
        "time": time,
        "room": f"{meeting.room + 1}",
        "who": named(other.name, lang),
        "people": _people(other, lang),
    }


def calendar(day: Day, meetings: Meetings, lang: str) -> bytes:
    """An attendee's meetings for a calendar, in the zone of the day."""
    zone = ZoneInfo(day.zone)
    return calendars.calendar(
        "Partnering day", [_entry(day, zone, meeting, other, lang) for meeting, other in meetings]
    )


def _entry(day: Day, zone: ZoneInfo, meeting: DayMeeting, other: Attendee, lang: str) -> Entry:
    begins, ends = (
        datetime.fromisoformat(text).astimezone(zone) for text in day.slots[meeting.slot]
    )
    return Entry(
        uid=meeting.id,
        stamp=day.published_at or day.requests_until,
        begins=begins,
        ends=ends,
        summary=named(other.name, lang),
        place=f"{say('room', lang)} {meeting.room + 1}",
        description="\n".join(_people(other, lang)),
        sequence=meeting.version + (day.cancelled_at is not None),
        cancelled=day.cancelled_at is not None,
    )
