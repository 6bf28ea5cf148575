"""Small shapes for pages: bars, groups of facts, names and dates as a reader expects them."""

import re
from datetime import date, datetime
from urllib.parse import quote, urlsplit

from shared.clock import JST
from shared.judgement.dates import shown
from shared.judgement.facts import Fact, Facts
from shared.judgement.fields import FIELDS
from shared.judgement.money import Money
from shared.judgement.sources import class_of
from shared.organizations.words import ORDER, label, words
from shared.vocabulary import vocabulary

__all__ = [
    "bars",
    "class_of",
    "day",
    "field",
    "grouped",
    "host",
    "kept_back",
    "label",
    "link",
    "minute",
    "place_of",
    "money",
    "money_minor",
    "resource",
    "title",
    "tongue",
    "topic",
    "when",
    "window",
    "within",
    "words",
]
JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
BAR = 120  # half the width of a bar drawing, in its own units


def title(profile: dict, lang: str) -> str:
    name = profile["name"]
    return name.get(lang) or name.get("en") or name.get("ja") or profile["id"]


def tongue(text: str) -> str:
    """The language a text is written in: Japanese where it has kana or kanji, else English."""
    return "ja" if JAPANESE.search(text) else "en"


def bars(contributions: list[dict]) -> list[dict]:
    """Contributions that are not zero, as bars around a middle line; all to one scale."""
    rows = [c for c in contributions if c["points"]]
    largest = max((abs(c["points"]) for c in rows), default=1.0)
    out = []
    for c in rows:
        width = max(BAR * abs(c["points"]) / largest, 1.0)
        out.append(c | {"x": BAR if c["points"] > 0 else BAR - width, "width": round(width, 1)})
    return out


def when(text: str | None, lang: str) -> str:
    return shown(text, lang) if text else ""


def day(text: str, lang: str) -> str:
    """The day of an instant, in Japan."""
    return shown(datetime.fromisoformat(text).astimezone(JST).date().isoformat(), lang)


def minute(text: str) -> str:
    """An instant to the minute, in Japan."""
    return datetime.fromisoformat(text).astimezone(JST).strftime("%Y-%m-%d %H:%M JST")


def host(source: str | None) -> str:
    return (
        urlsplit(source).netloc.removeprefix("www.")
        if source and source.startswith("http")
        else source or ""
    )


def within(text: str) -> str:
    """A text as one part of an address, whatever stands in it."""
    return quote(text, safe="")


def link(source: str | None) -> str | None:
    """A source's address where it is one; anything else is never made a link."""
    return source if source and source.startswith(("https://", "http://")) else None


def grouped(
    facts: list[dict],
    lang: str,
    today: date,
    names: dict[str, str] | None = None,
    assets: list[dict] = (),
) -> list[tuple[str, list[dict]]]:
    """Facts by field, the fields people look for first; each in words, other organisations by their
    `names`, whether it is old by `today` and whether another source contradicts it.
    """
    by_field: dict[str, list[dict]] = {}
    stated = [Fact.of(fact) for fact in facts]
    record = Facts(stated, today)
    for fact, read in zip(facts, stated, strict=True):
        shown = {
            "text": words(fact, lang, names),
            "stale": read.stale(today),
            "doubtful": record.doubtful(read),
        }
        shown["asset_name"] = asset(fact, assets)
        by_field.setdefault(fact["field"], []).append(fact | shown)
    ranked = sorted(
        by_field,
        key=lambda f: (ORDER.index(f) if f in ORDER else len(ORDER), list(FIELDS).index(f)),
    )
    return [(getattr(FIELDS[f], lang), by_field[f]) for f in ranked]


def asset(fact: dict, assets: list[dict]) -> str | None:
    """The asset that a fact is about, by its name among a company's `assets`."""
    return next((a["name"] for a in assets if a["id"] == fact.get("asset")), fact.get("asset"))


def field(name: str, lang: str) -> str:
    """A field by its own name."""
    return getattr(FIELDS[name], lang)


def kept_back(profile: dict, shown: dict, lang: str) -> list[tuple[str, str]]:
    """What a reader does not see of a profile: (field, tier) of each fact, without its value."""
    seen = {f["id"] for f in shown["facts"]}
    return [
        (getattr(FIELDS[f["field"]], lang), f["tier"])
        for f in profile["facts"]
        if f["id"] not in seen
    ]


def topic(code: str, lang: str) -> str:
    """An area or a modality in words."""
    name = next((v for v in ("therapeutic_area", "modality") if code in vocabulary(v)), "modality")
    return vocabulary(name).label(code, lang)


def resource(name: str, lang: str) -> str:
    """What a site has room of: seats, a laboratory need by its code, or as somebody called it."""
    if name == "seat":
        return "席" if lang == "ja" else "Seats"
    return vocabulary("lab_need").label(name, lang) if name in vocabulary("lab_need") else name


def window(text: str, lang: str) -> str:
    """A time over which places are given, from its ISO 8601 interval."""
    begins, _, ends = text.partition("/")
    try:
        return f"{shown(begins, lang)}{'～' if lang == 'ja' else ' – '}{shown(ends, lang)}"
    except ValueError:
        return text


RESOURCES = {
    "startup": "startups",
    "site": "sites",
    "incubator": "sites",
    "science-park": "sites",
    "investor": "investors",
    "corporate": "investors",
    "university": "investors",
    "government": "investors",
    "cdmo": "providers",
    "cro": "providers",
    "hospital": "providers",
    "manufacturer-inhouse": "providers",
    "provider": "providers",
}


def place_of(slug: str, kind: str) -> str:
    """The address of an organisation's page."""
    return f"/{RESOURCES.get(kind, 'programs')}/{slug}"


def money(amount: int, currency: str, lang: str) -> str:
    """An amount in whole units."""
    return Money.of(amount, currency).text(lang)


def money_minor(amount: int, currency: str, lang: str) -> str:
    return Money(amount, currency).text(lang)


BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device(agent: str | None, lang: str) -> str:
    """A browser and a machine in plain words, from what the browser said of itself."""
    browser = next((name for mark, name in BROWSERS if mark in (agent or "")), None)
    system = next((name for mark, name in SYSTEMS if mark in (agent or "")), None)
    if browser and system:
        return f"{system}の{browser}" if lang == "ja" else f"{browser} on {system}"
    return (
        browser
        or system
        or ("プログラム、または不明な端末" if lang == "ja" else "A program, or an unknown device")
    )


def place(address: str | None, lang: str) -> str:
    """Where a session was begun, in plain words."""
    if address in (None, "", "127.0.0.1", "::1"):
        return (
            "Nakodoが動いているコンピューター" if lang == "ja" else "The computer that runs Nakodo"
        )
    return f"IPアドレス {address}" if lang == "ja" else f"Address {address}"
