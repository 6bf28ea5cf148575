"""Dates as texts give them: "2025", "2025-07", "2025-07-31" or "undated"."""

import calendar
import re
from datetime import date

UNDATED = "undated"
_SHAPE = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


def parts(text: str) -> tuple[int, int | None, int | None] | None:
    """Year, month and day of a partial date; None if it is none."""
    found = _SHAPE.match(text) if isinstance(text, str) else None
    if not found:
        return None
    year, month, day = (int(x) if x else None for x in found.groups())
    if not 1800 <= year <= 2200:
        return None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    return year, month, day


def first_day(text: str | None) -> date | None:
    """The first day a partial date may mean: as a start it counts from there. None if undated."""
    found = parts(text)
    return date(found[0], found[1] or 1, found[2] or 1) if found else None


def last_day(text: str | None) -> date | None:
    """The last day a partial date may mean: as an end it counts to there. None if undated."""
    found = parts(text)
    if not found:
        return None
    year, month, day = found
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])


def year_of(text: str | None) -> int | None:
    found = parts(text)
    return found[0] if found else None


def shown(text: str, lang: str) -> str:
    """A partial date as a reader writes it."""
    found = parts(text)
    if not found:
        return "日付不明" if lang == "ja" else "undated"
    year, month, day = found
    if lang == "ja":
        return f"{year}年" + (f"{month}月" if month else "") + (f"{day}日" if day else "")
    return text
