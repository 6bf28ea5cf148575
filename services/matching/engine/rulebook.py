"""The rulebook: dated rules that stand beside the scores, each with its source; a result cites its
rule and says what it is not.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from shared.judgement.dates import first_day
from shared.judgement.facts import Fact

NO_ADVICE = {
    "en": "Information from dated public rules; no legal advice.",
    "ja": "公開された規定に基づく参考情報であり、法的助言ではありません。",
}
COUNSEL = {"en": "Ask counsel, because {why}.", "ja": "専門家にご相談ください（{why}）。"}


@dataclass(frozen=True)
class Finding:
    """What a rule says about a company or a pair: which of its outcomes, the words it needs, the
    facts behind it.
    """

    rule: str
    outcome: str
    words: dict = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()


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
        "note": NO_ADVICE[lang],
    }
