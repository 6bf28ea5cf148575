"""One attendee's day as paper and as a calendar."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from services.meetings.models import Attendee, Day, DayMeeting
from shared.clock import JST
from shared.paper import printed

SOURCE = (Path(__file__).parent / "plan.typ").read_text(encoding="utf-8")
WORDS = {
    "time": ("Time", "時間"),
    "room": ("Room", "会場"),
    "with": ("With", "お相手"),
    "decides": ("decides", "決裁者"),
    "empty": ("No meeting has been arranged.", "予定されている面談はありません。"),
    "foot": ("Times are local to the place of the day; Japan time in brackets.", "時刻は開催地の現地時間です（括弧内は日本時間）。"),
}
Meetings = list[tuple[DayMeeting, Attendee]]


def say(key: str, lang: str) -> str:
    return WORDS[key][lang == "ja"]


def named(name: dict, lang: str) -> str:
    return name.get(lang) or next(iter(name.values()))


def _people(other: Attendee, lang: str) -> list[str]:
    return [f"{p['name']}, {p['role']}" + (f" ({say('decides', lang)})" if p["decides"] else "") for p in other.people]


def paper(day: Day, me: Attendee, meetings: Meetings, lang: str) -> bytes:
    """The plan as PDF: when, where, with whom and who decides; in the zone of the day, Japan time beside it."""
    zone, rows = ZoneInfo(day.zone), []
    for meeting, other in meetings:
        begins, ends = (datetime.fromisoformat(text) for text in day.slots[meeting.slot])
        here = f"{begins.astimezone(zone):%H:%M}–{ends.astimezone(zone):%H:%M}"
        there = f"({begins.astimezone(JST):%m/%d %H:%M})"
        rows.append(
            {"time": f"{here}\n{there}", "room": f"{meeting.room + 1}", "who": named(other.name, lang), "people": _people(other, lang)}
        )
    first = datetime.fromisoformat(day.slots[0][0]).astimezone(zone)
    content = {"lang": lang, "title": named(day.name, lang), "sub": f"{named(me.name, lang)} · {first:%Y-%m-%d} · {day.zone}", "rows": rows}
    heads = [say(k, lang) for k in ("time", "room", "with")]
    return printed(SOURCE, content | {"heads": heads, "empty": say("empty", lang), "foot": say("foot", lang)})


def calendar(day: Day, meetings: Meetings, lang: str) -> bytes:
    """An iCalendar file (RFC 5545), in the zone of the day."""
    made, zone = Calendar(), ZoneInfo(day.zone)
    made.add("prodid", "-//Nakodo//Partnering day//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    for meeting, other in meetings:
        event = Event()
        begins, ends = (datetime.fromisoformat(text).astimezone(zone) for text in day.slots[meeting.slot])
        event.add("uid", f"{meeting.id}@nakodo")
        event.add("sequence", meeting.version)
        event.add("dtstamp", day.published_at or day.requests_until)
        event.add("dtstart", begins)
        event.add("dtend", ends)
        event.add("summary", named(other.name, lang))
        event.add("location", vText(f"{say('room', lang)} {meeting.room + 1}"))
        event.add("description", "\n".join(_people(other, lang)))
        made.add_component(event)
    if meetings:
        made.add_missing_timezones()
    return made.to_ical()
