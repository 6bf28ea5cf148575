"""The rulebook: dated rules that stand beside the scores, each with its source; a result cites its
rule and says what it is not.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from shared.judgement.dates import first_day, last_day, shown
from shared.judgement.facts import Fact

NO_ADVICE = {
    "en": "Information from dated public rules; no legal advice.",
    "ja": "公開された規定に基づく参考情報であり、法的助言ではありません。",
}
COUNSEL = {"en": "Ask counsel, because {why}.", "ja": "専門家にご相談ください（{why}）。"}


@dataclass(frozen=True)
class Finding:
    """What a rule says about a company or a pair: which of its outcomes, the words it needs, the
    facts behind it, the call windows of a programme it is about.
    """

    rule: str
    outcome: str
    words: dict = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    calls: tuple[Fact, ...] = ()


@cache
def rules() -> dict[str, dict]:
    """All rules by slug."""
    text = (Path(__file__).parent / "rulebook.json").read_text(encoding="utf-8")
    return {rule["slug"]: rule for rule in json.loads(text)["rules"]}


def version_at(slug: str, on: date) -> dict | None:
    """The version of a rule in force at a date; None before its first."""
    begun = [
        v for v in rules()[slug]["versions"] if (start := first_day(v["from"])) and start <= on
    ]
    return max(begun, key=lambda v: first_day(v["from"]), default=None)


WHEN = {
    "since": ("In force since {date}", "{date}から施行"),
    "from": ("Will be in force from {date}", "{date}から施行予定"),
    "due": ("Due by {date}", "{date}までに予定"),
    "overdue": (
        "Was due by {date}; whether it has happened is not known here",
        "期限：{date}（実施済みかどうかは未確認）",
    ),
    "proposal": ("A proposal of {date}, no law", "{date}時点の案（法令ではありません）"),
    "stated": ("As stated, {date}", "記載時点：{date}"),
    "open": ("Open until {date}", "公募期間中（{date}まで）"),
    "opens": ("Opens on {date}", "{date}に公募開始"),
    "closed": (
        "The newest call known closed on {date}; whether another is open is not known here: ask",
        "把握している最新の公募は{date}に終了（次の公募は未確認のため、ご確認ください）",
    ),
}


def _says(rule: dict, on: date) -> Iterator[tuple[str, str, dict]]:
    """(state, date, statement) of what texts of that day and before say of a rule."""
    for told in rule.get("says", ()):
        published = first_day(told["source"]["as_of"])
        if published and published > on:
            continue
        if told.get("proposal"):
            yield "proposal", told["source"]["as_of"], told
        elif day := told.get("due"):
            yield ("due" if on <= last_day(day) else "overdue"), day, told
        elif day := told.get("from"):
            yield ("since" if first_day(day) <= on else "from"), day, told
        else:
            yield "stated", told["source"]["as_of"], told


def _calls(calls: Sequence[Fact], on: date) -> Iterator[tuple[str, str, Fact]]:
    """(state, date, fact) of the calls that are open or announced on a day; else of the last."""
    known = [f for f in calls if f.valid_to and (first_day(f.as_of) or on) <= on]
    ahead = [f for f in known if last_day(f.valid_to) >= on]
    for fact in ahead:
        begins = first_day(fact.valid_from)
        yield (
            ("opens", fact.valid_from, fact)
            if begins and begins > on
            else (
                "open",
                fact.valid_to,
                fact,
            )
        )
    if known and not ahead:
        newest = max(known, key=lambda f: last_day(f.valid_to))
        yield "closed", newest.valid_to, newest


def _statements(finding: Finding, on: date, lang: str) -> list[dict]:
    """What is written of a rule and of a programme's calls, each with its time and source."""

    def told(state: str, day: str, text: str, source: dict) -> dict:
        when = WHEN[state][lang == "ja"].format(date=shown(day, lang))
        return {"state": state, "when": when, "date": day, "text": text, "source": source}

    found = [
        told(state, day, said[lang], said["source"])
        for state, day, said in _says(rules()[finding.rule], on)
    ]
    return found + [
        told(state, day, str(fact.value), fact.source)
        for state, day, fact in _calls(finding.calls, on)
    ]


def _source(source: dict, lang: str) -> dict:
    """A source as it is titled; one without a page of its own is called by our words in the
    reader's language.
    """
    return {k: source.get(f"{k}_{lang}", v) for k, v in source.items() if k != "title_ja"}


def document(finding: Finding, on: date, lang: str) -> dict | None:
    """A finding in the reader's language with its rule, version, source and facts; None where the
    rule was not in force.
    """
    rule, version = rules()[finding.rule], version_at(finding.rule, on)
    if version is None:
        return None
    words = {k: v(lang) if callable(v) else v for k, v in finding.words.items()}
    counsel = rule.get("counsel")
    return {
        "rule": finding.rule,
        "title": rule["title"][lang],
        "outcome": finding.outcome,
        "text": rule["outcomes"][finding.outcome][lang].format(**words),
        "version": version["version"],
        "in_force_since": version["from"],
        "source": _source(version["source"], lang),
        "counsel": COUNSEL[lang].format(why=counsel[lang]) if counsel else None,
        "facts": [
            {"field": f.field, "value": f.value, "as_of": f.as_of, "source": f.source.get("url")}
            for f in finding.facts
        ],
        "on": on.isoformat(),
        "says": _statements(finding, on, lang),
        "note": NO_ADVICE[lang],
    }
