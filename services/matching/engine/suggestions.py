"""What a team's coded passes say about its mandate: changes it might make, each with the passes
behind it. Pure; a person decides.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from services.matching.engine.sentences import say
from services.matching.engine.views import Mandate, Startup
from shared.vocabulary import vocabulary

ENOUGH = 3  # passes for one reason before a change is suggested
EXCLUDED = {
    "out-of-modality": ("modality", "modality"),
    "out-of-therapeutic-area": ("therapeutic_area", "therapeutic_area"),
}


@dataclass(frozen=True)
class Suggestion:
    """A change of a mandate: facts to add, and the startups whose passes suggest it."""

    key: str
    reason: str
    facts: list[dict]
    because: list[str]
    words: dict

    def document(self, lang: str) -> dict:
        named = {
            k: vocabulary(v[0]).label(v[1], lang) if isinstance(v, tuple) else v
            for k, v in self.words.items()
        }
        text = say(f"learn.{self.reason}", lang, n=len(self.because), **named)
        return {
            "key": self.key,
            "reason": self.reason,
            "facts": self.facts,
            "because": self.because,
            "text": text,
        }


def suggestions(mandate: Mandate, passes: list[tuple[Startup, str]]) -> list[Suggestion]:
    """Changes that three or more passes for one coded reason suggest, the best supported first.

    Args:
        passes: (startup, reason code) of pairs passed on lately.
    """
    by_reason: dict[str, list[Startup]] = defaultdict(list)
    for startup, reason in passes:
        by_reason[reason].append(startup)
    found = [s for reason in EXCLUDED for s in _exclusions(mandate, reason, by_reason[reason])]
    found += _later(mandate, by_reason["too-early"]) + _cheque(by_reason["cheque-mismatch"])
    return sorted(found, key=lambda s: (-len(s.because), s.key))


def _exclusions(mandate: Mandate, reason: str, startups: list[Startup]) -> list[Suggestion]:
    """Ruling out the narrowest code that enough of the passed companies share, unless the mandate
    asks for it or rules it out already.
    """
    name, part = EXCLUDED[reason]
    words, sharing = vocabulary(name), defaultdict(set)
    out = {
        f.value[part]
        for f in mandate.open.all("exclusion")
        if isinstance(f.value, dict) and part in f.value
    }
    for startup in startups:
        if any(out & set(words.up(f.value)) for f in startup.open.all(name)):
            continue  # would not be shown today
        for code in {up for f in startup.open.all(name) for up in words.up(f.value)}:
            sharing[code].add(startup.id)
    wanted = {
        up
        for f in mandate.open.all("focus_area" if part == "therapeutic_area" else "focus_modality")
        for up in words.under(f.value)
    }
    usable = [c for c, who in sharing.items() if len(who) >= ENOUGH and c not in wanted]
    narrow = [
        c
        for c in usable
        if not any(c in words.up(o) and c != o and sharing[o] == sharing[c] for o in usable)
    ]
    best = sorted(narrow, key=lambda c: (-len(sharing[c]), -len(words.up(c)), c))[:1]
    fact = {"field": "exclusion"}
    return [
        Suggestion(
            f"{reason}:{c}",
            reason,
            [fact | {"value": {part: c}}],
            sorted(sharing[c]),
            {"code": (name, c)},
        )
        for c in best
    ]


def _later(mandate: Mandate, startups: list[Startup]) -> list[Suggestion]:
    """Beginning one stage after the one at which most were called too early."""
    stages, words = Counter(), vocabulary("development_stage")
    for startup in startups:
        fact = startup.assets[0].stage
        if fact is not None and words.rank(fact.value) is not None:
            stages[fact.value] += 1
    common = [s for s, n in stages.most_common() if n >= ENOUGH]
    if not common:
        return []
    rank = max(words.rank(s) for s in common)
    later = sorted((r, s) for s in words.nodes if (r := words.rank(s)) is not None and r > rank)
    stated = [
        f.value
        for f in mandate.open.all("focus_stage")
        if f.value.get("scale") == "development_stage"
    ]
    if not later or any((words.rank(w["from"]) or 0) > rank for w in stated):
        return []
    window = {"scale": "development_stage", "from": later[0][1]}
    ends = [w["to"] for w in stated if w.get("to") and (words.rank(w["to"]) or 0) >= later[0][0]]
    window |= {"to": ends[0]} if ends else {}
    because = sorted(
        s.id
        for s in startups
        if s.assets[0].stage is not None and s.assets[0].stage.value in common
    )
    fact = {"field": "focus_stage", "value": window}
    return [
        Suggestion(
            f"too-early:{later[0][1]}",
            "too-early",
            [fact],
            because,
            {"code": ("development_stage", later[0][1])},
        )
    ]


def _cheque(startups: list[Startup]) -> list[Suggestion]:
    """A look at the ticket: which size it should be the passes do not say."""
    if len(startups) < ENOUGH:
        return []
    return [
        Suggestion("cheque-mismatch", "cheque-mismatch", [], sorted(s.id for s in startups), {})
    ]
