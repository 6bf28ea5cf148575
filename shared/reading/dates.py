"""Dates and times as people and spreadsheets write them, in Japanese and English, by the real
calendar.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from shared.clock import JST
from shared.reading.words import Unread, arabic, normal

ERAS = {  # first and last day; a year counts from 1 in the year of the first day
    "明治": (date(1868, 1, 25), date(1912, 7, 29)),
    "大正": (date(1912, 7, 30), date(1926, 12, 24)),
    "昭和": (date(1926, 12, 25), date(1989, 1, 7)),
    "平成": (date(1989, 1, 8), date(2019, 4, 30)),
    "令和": (date(2019, 5, 1), date(2200, 12, 31)),
}
LETTERS = dict(zip("mtshr", ERAS, strict=True))
MONTHS = [m.casefold() for m in calendar.month_name][1:]
MONTH = "|".join(f"{m[:3]}(?:{m[3:]})?" for m in MONTHS).replace(
    "sep(?:tember)?", "sept?(?:ember)?"
)
WEEKDAYS = "月火水木金土日"
DAYS = (
    "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?"
    "|sat(?:urday)?|sun(?:day)?"
)
FIRST_SERIAL, LAST_SERIAL = 10_000, 109_575  # 1927-05-18 and 2199-12-31, counted as Excel does
EPOCH = date(1899, 12, 30)
FISCAL = 4  # a Japanese fiscal year begins in April

YEAR = r"(?:(?P<era>明治|大正|昭和|平成|令和|[mtshr])\.?\s?(?P<nth>元|\d{1,2})|(?P<year>\d{4}))"
WEEKDAY = re.compile(
    rf"\s?\(([{WEEKDAYS}])(?:曜日?)?(?:[・,、/]?[祝休])*\)|\s?([{WEEKDAYS}])曜日?|\(祝\)"
    rf"|\s?\(?\b({DAYS})\b\.?,?\)?",
)
AGAIN = re.compile(rf"\s?\(\s?{YEAR}\s?年?\s?(?:度)?\s?\)\s?")
ZONE = r"(?P<zone>z|utc|gmt|jst|日本時間|[+-]\d{1,2}:?\d{2})"
HALF = r"午前|午後|a\.?m\.?|p\.?m\.?"
CLOCK = re.compile(
    rf"(?:t|\s|,|(?<=日)|(?<=\d)(?=午)|^)\s*(?:(?P<before>{HALF})\s?)?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"|時(?:(?P<min>\d{1,2})分(?:(?P<sec>\d{1,2})秒)?|(?P<half>半))?|(?=\s?[ap]\.?m))"
    rf"\s?(?P<after>{HALF})?\s?\(?{ZONE}?\)?$"
)
NOON = re.compile(rf"\s?(?P<noon>正午|noon)\s?\(?{ZONE}?\)?$")
TAIL = re.compile(r"\s?(まで|迄|必着|締切|締め切り|〆切|頃|ごろ|現在|時点|付け?)$")


@dataclass(frozen=True)
class When:
    """From the first to the last day that a text means, at a time where it says one."""

    first: date
    last: date
    at: time | None = None
    carried: int = 0  # 24:00 is 0:00 of the next day
    zone: tzinfo | None = None
    fiscal: bool = False

    @property
    def text(self) -> str | None:
        """The partial date as facts hold it; None where none says the same."""
        if self.first == self.last:
            return self.first.isoformat()
        if self.fiscal:
            return str(self.first.year)
        if (self.first.day, self.last) == (1, _end(self.first.year, self.first.month)):
            return f"{self.first:%Y-%m}"
        whole = (date(self.first.year, 1, 1), date(self.first.year, 12, 31))
        return str(self.first.year) if (self.first, self.last) == whole else None


def read(text: str) -> When:
    """What a text means as a date. Raises Unread."""
    left, weekday = _without_weekday(TAIL.sub("", arabic(normal(text))))
    left, moment = _without_time(left, text)
    left, again = _without_second_year(left, text)
    found = _date(left.strip(" ,"), text)
    if again is not None and again != found.first.year:
        raise Unread("years-differ", text)
    if weekday is not None and (found.first != found.last or found.first.weekday() != weekday):
        raise Unread(
            "weekday-differs", text, date=found.text or "", day=WEEKDAYS[found.first.weekday()]
        )
    if moment and found.first != found.last:
        raise Unread("bad-date", text)
    at, carried, zone = moment or (found.at, 0, None)
    return When(found.first, found.last, at, carried, zone, found.fiscal)


def partial(text: str) -> str:
    """A date as facts hold it: a year, a month or a day. Raises Unread."""
    found = read(text)
    if found.text is None:
        raise Unread(
            "date-too-wide", text, first=found.first.isoformat(), last=found.last.isoformat()
        )
    return found.text


def day(text: str) -> date:
    """One whole day. Raises Unread."""
    found = read(text)
    if found.first != found.last:
        raise Unread(
            "date-not-a-day", text, first=found.first.isoformat(), last=found.last.isoformat()
        )
    return found.first


def instant(text: str, zone: tzinfo = JST) -> datetime:
    """A moment, local to a zone unless it says another; a day alone is its first moment. Raises
    Unread.
    """
    one = day(text)
    found = read(text)
    local = datetime.combine(one, found.at or time(0)) + timedelta(days=found.carried)
    made = local.replace(tzinfo=found.zone or zone)
    if made.astimezone(UTC).astimezone(found.zone or zone).replace(tzinfo=None) != local:
        raise Unread("no-such-time", text)
    return made


# -- the parts of a text


def _without_time(left: str, given: str) -> tuple[str, tuple[time, int, tzinfo | None] | None]:
    if found := NOON.search(left):
        return left[: found.start()], (time(12), 0, _zone(found["zone"]))
    found = CLOCK.search(left)
    if not found or (found.start() == 0 and not left[: found.start()]):
        return left, None
    hour = int(found["hour"])
    minute = 30 if found["half"] else int(found["minute"] or found["min"] or 0)
    second = int(found["second"] or found["sec"] or 0)
    said = (found["before"] or found["after"] or "").replace(".", "")
    hour = _of_the_day(hour, said, bool(found["minute"] or found["min"] or found["half"]), given)
    carried = int(hour == 24 and minute == second == 0)
    try:
        return left[: found.start()], (
            time(hour - 24 * carried, minute, second),
            carried,
            _zone(found["zone"]),
        )
    except ValueError:
        raise Unread("no-such-time", given) from None


def _of_the_day(hour: int, said: str, minutes: bool, given: str) -> int:
    """The hour in 24; twelve o'clock in kanji alone is noon to some and midnight to others."""
    if not said:
        return hour
    if hour > 12 or (hour == 0 and said in ("am", "pm")):
        raise Unread("no-such-time", given)
    if hour == 12 and said in ("午前", "午後") and not minutes:
        raise Unread("time-ambiguous", given)
    return hour % 12 + (12 if said in ("午後", "pm") else 0)


def _zone(name: str | None) -> tzinfo | None:
    if not name:
        return None
    if name in ("z", "utc", "gmt"):
        return UTC
    if name in ("jst", "日本時間"):
        return JST
    hours, minutes = int(name[1:].replace(":", "")[:-2]), int(name[-2:])
    shift = timedelta(hours=hours, minutes=minutes) * (-1 if name[0] == "-" else 1)
    return timezone(shift) if abs(shift) < timedelta(hours=24) else None


def _without_weekday(left: str) -> tuple[str, int | None]:
    found = WEEKDAY.search(left)
    if not found:
        return left, None
    rest = f"{left[: found.start()]} {left[found.end() :]}".strip()
    if kanji := found[1] or found[2]:
        return rest, WEEKDAYS.index(kanji)
    return rest, ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(found[3][:3]) if found[
        3
    ] else None


def _without_second_year(left: str, given: str) -> tuple[str, int | None]:
    """2026年（令和8年）9月1日: both years have to say the same."""
    found = AGAIN.search(left)
    if not found or found.start() == 0:
        return left, None
    return left[: found.start()] + left[found.end() :], _year(found, given)


# -- the shapes of a date


def _date(left: str, given: str) -> When:
    for shape, made in SHAPES:
        if found := shape.fullmatch(left):
            return made(found, given)
    raise Unread("bad-date", given)


def _year(found: re.Match, given: str) -> int:
    if found["year"]:
        year = int(found["year"])
        if not 1800 <= year <= 2200:
            raise Unread("bad-date", given)
        return year
    nth = 1 if found["nth"] == "元" else int(found["nth"])
    begun, ended = _era(found)
    year = begun.year + nth - 1
    if nth == 0 or year > ended.year:
        raise Unread("era-over", given, year=year, era=_era_of(date(year, 12, 31)))
    return year


def _era(found: re.Match) -> tuple[date, date]:
    era = str(found["era"])
    return ERAS[LETTERS.get(era, era)]


def _whole(found: re.Match, given: str) -> When:
    year = _year(found, given)
    return _span(date(year, 1, 1), date(year, 12, 31))


def _month(found: re.Match, given: str) -> When:
    year, month = _year(found, given), _of_the_year(found["month"], given)
    first, last = date(year, month, 1), _end(year, month)
    if found["era"] and (last < _era(found)[0] or first > _era(found)[1]):
        raise Unread("era-over", given, year=year, era=_era_of(first))
    part = found.groupdict().get("part") or ""
    if part in ("上旬", "初旬"):
        return _span(first, first.replace(day=10))
    if part == "中旬":
        return _span(first.replace(day=11), first.replace(day=20))
    if part == "下旬":
        return _span(first.replace(day=21), last)
    return _span(last, last) if part == "末" else _span(first, last)


def _day(found: re.Match, given: str) -> When:
    made = _real(_year(found, given), _of_the_year(found["month"], given), int(found["day"]), given)
    if found["era"] and not _era(found)[0] <= made <= _era(found)[1]:
        raise Unread("era-over", given, year=made.year, era=_era_of(made))
    return _span(made, made)


def _fiscal(found: re.Match, given: str) -> When:
    year = _year(found, given)
    return When(date(year, FISCAL, 1), date(year + 1, FISCAL - 1, 31), fiscal=True)


def _fy(found: re.Match, given: str) -> When:
    year = int(found["fy"]) + (2000 if len(found["fy"]) == 2 else 0)
    return When(date(year, FISCAL, 1), date(year + 1, FISCAL - 1, 31), fiscal=True)


def _part_of_year(found: re.Match, given: str) -> When:
    """A quarter or a half, of a year or of a fiscal year."""
    year = _year(found, given)
    begin = FISCAL if found.groupdict().get("fiscal") else 1
    quarter, half = found.groupdict().get("quarter"), found.groupdict().get("halves")
    months = 3 if quarter else 6
    nth = int(quarter) if quarter else 1 if half in ("1", "上", "前") else 2
    offset = begin - 1 + months * (nth - 1)
    first = date(year + offset // 12, offset % 12 + 1, 1)
    end = offset + months - 1
    return _span(first, _end(year + end // 12, end % 12 + 1))


def _end_of_year(found: re.Match, given: str) -> When:
    year = _year(found, given)
    made = date(year + 1, FISCAL - 1, 31) if found["fiscal"] else date(year, 12, 31)
    return _span(made, made)


def _western(found: re.Match, given: str) -> When:
    """5/1/2026: a date only where the order of its parts leaves no doubt."""
    one, two, year = int(found["one"]), int(found["two"]), int(found["y"])
    if one <= 12 and two <= 12 and one != two:
        raise Unread(
            "date-ambiguous",
            given,
            first=_real(year, one, two, given).isoformat(),
            second=_real(year, two, one, given).isoformat(),
        )
    month, number = (two, one) if one > 12 else (one, two)
    made = _real(year, month, number, given)
    return _span(made, made)


def _short(found: re.Match, given: str) -> When:
    """26/1/5: which of the three is the year, nobody can tell."""
    raise Unread(
        "date-short-year",
        given,
        example=f"20{int(found['one']):02}/{found['two']}/{found['three']}",
    )


def _english(found: re.Match, given: str) -> When:
    year = int(found["y"])
    year += 2000 if len(found["y"]) == 2 else 0
    month = next(n for n, m in enumerate(MONTHS, 1) if m.startswith(found["name"][:3]))
    if found.groupdict().get("day"):
        made = _real(year, month, int(found["day"]), given)
        return _span(made, made)
    return _span(date(year, month, 1), _end(year, month))


def _compact(found: re.Match, given: str) -> When:
    made = _real(int(found[1]), int(found[2]), int(found[3]), given)
    return _span(made, made)


def _compact_month(found: re.Match, given: str) -> When:
    month = _of_the_year(found[2], given)
    return _span(date(int(found[1]), month, 1), _end(int(found[1]), month))


def _serial(found: re.Match, given: str) -> When:
    """A day as a spreadsheet counts it, with a part of the day behind the point."""
    whole = int(found[1])
    if not FIRST_SERIAL <= whole <= LAST_SERIAL:
        raise Unread("bad-date", given)
    made, seconds = EPOCH + timedelta(days=whole), round(float(f"0{found[2] or ''}") * 86_400)
    at = (datetime.min + timedelta(seconds=min(seconds, 86_399))).time() if seconds else None
    return When(made, made, at)


def _span(first: date, last: date) -> When:
    return When(first, last)


def _end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _real(year: int, month: int, number: int, given: str) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise Unread("no-such-day", given) from None


def _of_the_year(text: str, given: str) -> int:
    if not 1 <= int(text) <= 12:
        raise Unread("no-such-day", given)
    return int(text)


def _era_of(one: date) -> str:
    name = next(e for e, (_, ended) in ERAS.items() if one <= ended)
    nth = one.year - ERAS[name][0].year + 1
    return f"{name}{'元' if nth == 1 else nth}年"


def _shapes() -> Iterator[tuple[re.Pattern, Callable[[re.Match, str], When]]]:
    month, number = r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
    part = r"(?P<part>上旬|初旬|中旬|下旬|末)?"
    quarter, halves = (
        r"第?\s?(?P<quarter>[1-4])\s?(?:四半期|q)",
        r"(?P<halves>上|下|前|後)(?:半期|期|半)",
    )
    western = r"(?P<one>\d{1,2})[-/.](?P<two>\d{1,2})[-/.]"
    for shape, made in (
        (rf"{YEAR}\s?(?:年|[-/.])\s?{month}\s?(?:月|[-/.])\s?{number}\s?日?", _day),
        (rf"{YEAR}\s?(?:年|[-/.])\s?{month}\s?月?\s?{part}", _month),
        (rf"{YEAR}\s?年?", _whole),
        (rf"{YEAR}\s?(?:会計)?年度", _fiscal),
        (r"fy\s?'?(?P<fy>\d{4}|\d{2})(?:年度)?", _fy),
        (rf"{YEAR}\s?年?(?P<fiscal>年度|会計年度)?\s?の?{quarter}", _part_of_year),
        (rf"{YEAR}\s?年?(?P<fiscal>年度|度)?\s?の?{halves}", _part_of_year),
        (rf"{YEAR}\s?-?\s?q(?P<quarter>[1-4])", _part_of_year),
        (rf"(?:q(?P<quarter>[1-4])|(?P<q>[1-4])q)\s?/?\s?{YEAR}", _quarter_first),
        (rf"(?:h(?P<halves>[12])|(?P<h>[12])h)\s?/?\s?{YEAR}", _half_first),
        (rf"{YEAR}\s?-?\s?h(?P<halves>[12])", _part_of_year),
        (rf"{YEAR}\s?年(?P<fiscal>度)?末", _end_of_year),
        (rf"{western}(?P<y>\d{{4}})", _western),
        (r"(?P<one>\d{2})[-/.](?P<two>\d{1,2})[-/.](?P<three>\d{1,2})", _short),
        (
            rf"{number}(?:st|nd|rd|th)?[\s-]?(?:of\s)?(?P<name>{MONTH})\.?,?[\s-]?(?P<y>\d{{4}}|(?<=-)\d\d)",
            _english,
        ),
        (rf"(?P<name>{MONTH})\.?\s?{number}(?:st|nd|rd|th)?,?\s(?P<y>\d{{4}})", _english),
        (rf"(?P<name>{MONTH})\.?,?[\s-]?(?P<y>\d{{4}})", _english),
        (rf"(?P<y>\d{{4}})[\s-](?P<name>{MONTH})\.?[\s-]{number}", _english),
        (rf"(?P<y>\d{{4}})[\s-](?P<name>{MONTH})\.?", _english),
        (r"((?:18|19|20|21)\d\d)(\d\d)(\d\d)", _compact),
        (r"((?:19|20)\d\d)(0[1-9]|1[0-2])", _compact_month),
        (r"(\d{5,6})(\.\d+)?", _serial),
    ):
        yield re.compile(shape), made


def _quarter_first(found: re.Match, given: str) -> When:
    year, quarter = _year(found, given), int(found["quarter"] or found["q"])
    return _span(date(year, 3 * quarter - 2, 1), _end(year, 3 * quarter))


def _half_first(found: re.Match, given: str) -> When:
    year, half = _year(found, given), int(found["halves"] or found["h"])
    return _span(date(year, 6 * half - 5, 1), _end(year, 6 * half))


SHAPES = list(_shapes())
