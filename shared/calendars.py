"""Calendar files (iCalendar, RFC 5545), each time in the zone it is given in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vText

from shared.text import plain


@dataclass(frozen=True)
class Entry:
    """A meeting in a calendar: `uid` stays its own whatever changes, `sequence` counts the
    changes.
    """

    uid: str
    stamp: datetime
    begins: datetime
    ends: datetime
    summary: str
    place: str = ""
    description: str = ""
    sequence: int = 0
    cancelled: bool = False


def calendar(about: str, entries: Iterable[Entry]) -> bytes:
    """A file of these entries; it cancels where all of them are cancelled. `about` names what they
    are.
    """
    entries, made = list(entries), Calendar()
    made.add("prodid", f"-//Nakodo//{about}//EN")
    made.add("version", "2.0")
    made.add("method", "CANCEL" if entries and all(e.cancelled for e in entries) else "PUBLISH")
    for entry in entries:
        made.add_component(_event(entry))
    if entries:
        made.add_missing_timezones()
    return made.to_ical()


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", f"{entry.uid}@nakodo")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.stamp.astimezone(UTC))
    event.add("dtstart", entry.begins)
    event.add("dtend", entry.ends)
    event.add("summary", vText(plain(entry.summary)))
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    if entry.description:
        event.add("description", vText(plain(entry.description)))
    if entry.place:
        event.add("location", vText(plain(entry.place)))
    return event
