"""The one-pager of a startup as a PDF, in English or Japanese, each line with its date and where it
comes from.
"""

from datetime import date
from pathlib import Path

from shared.judgement.dates import shown
from shared.judgement.facts import Fact, holding
from shared.judgement.fields import FIELDS, open_tiers
from shared.organizations.models import fact_document
from shared.organizations.words import ORDER, organisations_of, words
from shared.paper import printed

SOURCE = (Path(__file__).parent / "onepager.typ").read_text(encoding="utf-8")
LEADS, MOST, MOST_NAMED = ("technology", "milestone"), 6, 40
LEFT_OUT = {
    "compliance_flag",
    "shareholder",
    "blocked_org",
    "refused_right",
    "relationship",
    "ledger_complete",
    *LEADS,
}
TEXTS = {
    "as-of": ("As of {date}", "{date}時点"),
    "self": ("stated by the company", "自社登録情報"),
    "foot": (
        (
            "Made with Nakodo from the company's profile on {date}. Each line shows its date;"
            " sources are named on the profile."
        ),
        (
            "Nakodoの登録情報から{date}に作成。"
            "各項目の日付は情報の時点を示します（出典はプロフィールに記載）。"
        ),
    ),
    "invented": (
        "Invented for a demonstration; no such company exists.",
        "デモ用の架空の企業です。",
    ),
    "public-sources": (
        "Compiled from public sources, not a statement of the company.",
        "公開情報から作成したもので、企業の公式な表明ではありません。",
    ),
}


def _say(key: str, lang: str, **names) -> str:
    return TEXTS[key][lang == "ja"].format(**names)


def make(startup, tier: str, lang: str, today: date, names: dict[str, dict]) -> bytes:
    """The PDF; `tier` public or network says how much of the profile goes into it, `names` what the
    organisations it names are called.
    """
    return printed(SOURCE, content(startup, tier, lang, today, names))


def _standing(startup, tier: str, today: date) -> list[Fact]:
    seen = {"public"} if tier == "public" else open_tiers
    return holding([Fact.of(fact_document(f)) for f in startup.facts if f.tier in seen], today)


def organisations(startup, tier: str, today: date) -> list[str]:
    """The ids that the page would name."""
    return sorted(set().union(*(organisations_of(f) for f in _standing(startup, tier, today))))[
        :MOST_NAMED
    ]


def content(startup, tier: str, lang: str, today: date, named: dict[str, dict]) -> dict:
    """What stands on the page: names, lead texts, facts by field with their dates, a foot that says
    what it is.
    """
    standing = _standing(startup, tier, today)
    names = {slug: n.get(lang) or n.get("en") or n.get("ja") or slug for slug, n in named.items()}
    by_field: dict[str, list[Fact]] = {}
    for fact in sorted(
        standing, key=lambda f: f.as_of if f.as_of != "undated" else "", reverse=True
    ):
        by_field.setdefault(fact.field, []).append(fact)
    ranked = sorted(
        (f for f in by_field if f not in LEFT_OUT),
        key=lambda f: (ORDER.index(f) if f in ORDER else len(ORDER), list(FIELDS).index(f)),
    )
    name = startup.name
    notes = [_say(startup.origin, lang)] if startup.origin in TEXTS else []
    return {
        "lang": lang,
        "title": name.get(lang) or name.get("en") or name.get("ja") or startup.id,
        "names": " · ".join(
            dict.fromkeys(n for key in ("en", "ja", "kana") if (n := name.get(key)))
        ),
        "leads": [str(f.value) for key in LEADS for f in by_field.get(key, [])][:3],
        "groups": [
            {"title": getattr(FIELDS[f], lang), "items": _items(by_field[f], lang, names)}
            for f in ranked
        ],
        "foot": [*notes, _say("foot", lang, date=shown(today.isoformat(), lang))],
    }


def _items(facts: list[Fact], lang: str, names: dict[str, str]) -> list[dict]:
    """A single-valued field shows the newest; of a list, the newest few."""
    most = (
        1 if FIELDS[facts[0].field].arity == "single" and not FIELDS[facts[0].field].per else MOST
    )
    return [{"text": words(f, lang, names), "date": shown(f.as_of, lang)} for f in facts[:most]]
