"""What changed about a pair since it was first seen, in a sentence with its fact, date and
source.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.matching.engine.gates import NAMES as GATE_NAMES
from services.matching.engine.sentences import say
from services.matching.engine.signals import Signal, newest
from services.matching.engine.views import Organisation
from services.matching.engine.words import label
from services.matching.models import Decision, History
from services.matching.population import Population
from services.matching.relations import everyone
from shared.judgement.dates import shown
from shared.judgement.fields import FIELDS
from shared.judgement.gates import NAMES as STATES
from shared.judgement.gates import NONE
from shared.judgement.sources import class_of
from shared.organizations.words import organisations_of, words

NEW = {"kind": "new"}


@dataclass(frozen=True)
class Event:
    """The last recent event of a startup: its first day, what it is in words, and the date and
    source behind it.
    """

    start: date
    text: str
    evidence: dict


def event_of(population: Population, startup: str, lang: str) -> Event | None:
    """What makes a startup news: a dated event; that it was computed for the first time is none."""
    view = population.startups[startup]
    signal = newest(view.signals, view.on)
    if signal is None:
        return None
    source = signal.fact.source
    named = source.get("url") or source.get("title") or say("self-declared", lang)
    told = (label("signal", signal.kind, lang), event_text(signal, everyone(population), lang))
    evidence = {"as_of": signal.day, "source": named, "source_class": class_of(source)}
    return Event(signal.start, " · ".join(part for part in told if part), evidence)


def event_text(
    signal: Signal, everybody: dict[str, Organisation], lang: str, known: str = ""
) -> str:
    """What an event is about, in words, without its date and the organisation that is `known` to
    the reader.
    """
    if signal.kind == "profile":
        return ""
    fact = signal.fact
    named = {o: everybody[o].title(lang) for o in organisations_of(fact) if o in everybody}
    if isinstance(fact.value, dict):
        fact = replace(
            fact, value={k: v for k, v in fact.value.items() if k != "date" and v != known}
        )
    return words(fact, lang, named)


def lane(history: History, seen: datetime | None, event: Event | None, zone: ZoneInfo) -> str:
    """Where a pair stands for a reader: changed, or new by an event since they looked, or seen."""
    moved = seen is None or history.material_at > seen
    if moved and history.change and history.change["kind"] != "new":
        return "changed"
    since = (
        seen is None or moved or event is not None and event.start > seen.astimezone(zone).date()
    )
    return "new" if event is not None and since else "seen"


def news(
    history: History | None,
    seen: datetime | None,
    match: dict,
    zone: ZoneInfo,
    lang: str,
    event: Event | None,
) -> dict | None:
    """When a pair was first seen and last changed, whether that is news to this reader, and what
    changed in words.

    Args:
        history: the pair's history; None where there is none yet. seen: how far the reader has read
        this feed. match: the pair as it stands now (its gates and reasons give the fact, date and
        source behind a change). zone: where the team is, for the days. lang: of the words. event:
        the startup's last recent event.
    """
    if history is None:
        return None
    change = history.change or NEW
    stands = lane(history, seen, event, zone)
    by_event = stands == "new" or change["kind"] == "new"
    said = _said(change, history, match, zone, lang) if not by_event else _evidence({})
    return {
        "lane": stands,
        "first_seen": history.first_seen.isoformat(),
        "changed_at": history.material_at.isoformat(),
        "change": change,
        **({"text": event.text, **event.evidence} if by_event and event else {"text": "", **said}),
    }


def _said(change: dict, history: History, match: dict, zone: ZoneInfo, lang: str) -> dict:
    """The sentence, and where one fact stands behind it, its date and source."""
    day = shown(history.material_at.astimezone(zone).date().isoformat(), lang)
    if change["kind"] == "gate":
        return _gate_said(change, match, day, lang)
    if change["kind"] == "reason":
        reason = next(
            (r for r in match["reasons"]["for"] if r.get("criterion") == change["criterion"]), {}
        )
        told = {
            "criterion": label("criterion", change["criterion"], lang),
            "text": reason.get("text", ""),
        }
        return {"text": say("news.reason", lang, date=day, **told).strip(), **_evidence(reason)}
    if change["kind"] == "answer":
        return {
            "text": say(
                "news.answer", lang, date=day, field=getattr(FIELDS[change["field"]], lang)
            ),
            **_evidence({}),
        }
    fit = {k: f"{change[k]:.0f}" for k in ("before", "after") if k in change}
    return {"text": say(f"news.{change['kind']}", lang, date=day, **fit), **_evidence({})}


def _gate_said(change: dict, match: dict, day: str, lang: str) -> dict:
    """The first gate that moved; others are counted by the gates shown beside it."""
    place = change["gates"][0]
    name = GATE_NAMES[place]
    before, after = (_state(change[k][place], lang) for k in ("before", "after"))
    now = next((g for g in match["gates"] if g["gate"] == name), {})
    words = {
        "gate": label("gate", name, lang),
        "before": before,
        "after": after,
        "text": now.get("text", ""),
    }
    return {"text": say("news.gate", lang, date=day, **words).strip(), **_evidence(now)}


def _state(code: str, lang: str) -> str:
    return say(f"state.{'none' if int(code) == NONE else STATES[int(code)]}", lang)


def _evidence(item: dict) -> dict:
    return {key: item.get(key) for key in ("as_of", "source", "source_class")}


def returned(row: Decision, zone: ZoneInfo, lang: str) -> dict:
    """Why a pair is back: when it went and for what reason, what brought it, and the fact behind
    that.
    """
    because = row.back_because or {}
    when = shown(row.at.astimezone(zone).date().isoformat(), lang)
    reason = label("pass_reason", row.reason, lang) if row.reason else say("no-reason", lang)
    what = say(f"condition.{because.get('kind', 'date')}", lang)
    text = say(
        f"back.{because.get('from', 'hold')}",
        lang,
        date=when,
        reason=reason,
        what=what,
        day=shown(because.get("as_of", ""), lang),
    )
    told = {
        "at": row.back_at.isoformat() if row.back_at else None,
        "by": row.by,
        "reason": row.reason,
        "note": row.note,
        "text": text,
    }
    return told | _evidence(because)
