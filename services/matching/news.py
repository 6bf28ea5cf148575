"""What changed about a pair since it was first seen, in a sentence with its fact, date and source."""

from datetime import datetime
from zoneinfo import ZoneInfo

from services.matching.engine.gates import NAMES as GATE_NAMES
from services.matching.engine.sentences import say
from services.matching.engine.words import label
from services.matching.models import Decision, History
from shared.judgement.dates import shown
from shared.judgement.fields import FIELDS
from shared.judgement.gates import NAMES as STATES
from shared.judgement.gates import NONE

NEW = {"kind": "new"}


def news(history: History | None, seen: datetime | None, match: dict, zone: ZoneInfo, lang: str) -> dict | None:
    """When a pair was first seen and last changed, whether that is news to this reader, and what changed in words.

    Args:
        history: the pair's history; None where there is none yet.
        seen: how far the reader has read this feed.
        match: the pair as it stands now (its gates and reasons give the fact, date and source behind a change).
        zone: where the team is, for the days.
    """
    if history is None:
        return None
    change = history.change or NEW
    lane = "new" if change["kind"] == "new" else "changed"
    return {
        "lane": lane if seen is None or history.material_at > seen else "seen",
        "first_seen": history.first_seen.isoformat(),
        "changed_at": history.material_at.isoformat(),
        "change": change,
        **_said(change, history, match, zone, lang),
    }


def _said(change: dict, history: History, match: dict, zone: ZoneInfo, lang: str) -> dict:
    """The sentence, and where one fact stands behind it, its date and source."""
    day = shown((history.first_seen if change["kind"] == "new" else history.material_at).astimezone(zone).date().isoformat(), lang)
    if change["kind"] == "gate":
        return _gate_said(change, match, day, lang)
    if change["kind"] == "reason":
        reason = next((r for r in match["reasons"]["for"] if r.get("criterion") == change["criterion"]), {})
        words = {"criterion": label("criterion", change["criterion"], lang), "text": reason.get("text", "")}
        return {"text": say("news.reason", lang, date=day, **words).strip(), **_evidence(reason)}
    if change["kind"] == "answer":
        return {"text": say("news.answer", lang, date=day, field=getattr(FIELDS[change["field"]], lang)), **_evidence({})}
    fit = {k: f"{change[k]:.0f}" for k in ("before", "after") if k in change}
    return {"text": say(f"news.{change['kind']}", lang, date=day, **fit), **_evidence({})}


def _gate_said(change: dict, match: dict, day: str, lang: str) -> dict:
    """The first gate that moved; others are counted by the gates shown beside it."""
    place = change["gates"][0]
    name = GATE_NAMES[place]
    before, after = (_state(change[k][place], lang) for k in ("before", "after"))
    now = next((g for g in match["gates"] if g["gate"] == name), {})
    words = {"gate": label("gate", name, lang), "before": before, "after": after, "text": now.get("text", "")}
    return {"text": say("news.gate", lang, date=day, **words).strip(), **_evidence(now)}


def _state(code: str, lang: str) -> str:
    return say(f"state.{'none' if int(code) == NONE else STATES[int(code)]}", lang)


def _evidence(item: dict) -> dict:
    return {key: item.get(key) for key in ("as_of", "source", "source_class")}


def returned(row: Decision, zone: ZoneInfo, lang: str) -> dict:
    """Why a pair is back: when it went and for what reason, what brought it, and the fact behind that."""
    because = row.back_because or {}
    when = shown(row.at.astimezone(zone).date().isoformat(), lang)
    reason = label("pass_reason", row.reason, lang) if row.reason else say("no-reason", lang)
    what = say(f"condition.{because.get('kind', 'date')}", lang)
    text = say(f"back.{because.get('from', 'hold')}", lang, date=when, reason=reason, what=what, day=shown(because.get("as_of", ""), lang))
    told = {"at": row.back_at.isoformat() if row.back_at else None, "by": row.by, "reason": row.reason, "note": row.note, "text": text}
    return told | _evidence(because)
