"""Values of facts as a person says them, in both languages."""

import re

from shared.judgement.dates import shown
from shared.judgement.facts import Fact
from shared.judgement.fields import FIELDS
from shared.judgement.money import MINOR_DIGITS, Money
from shared.vocabulary import vocabulary

ORDER = (
    "therapeutic_area",
    "modality",
    "stage",
    "technology",
    "hq",
    "us_presence",
    "us_plan",
    "corporate_status",
    "raise",
    "funding_round",
    "total_raised",
)
CODES = {
    "round": "funding_round",
    "kind": "ledger_kind",
    "counts": "total_counts",
    "territory": "geography",
    "hub": "geography",
    "modality": "modality",
    "therapeutic_area": "therapeutic_area",
    "area": "therapeutic_area",
    "institution": "institution",
    "relation": "ownership_relation",
    "which": "fund_scope",
}
ORGANISATIONS = ("org", "fund", "site", "holder", "holder_org", "programme")
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MONEY = ("amount", "cumulative", "first_close")


def label(name: str, slug: str, lang: str) -> str:
    return vocabulary(name).label(slug, lang)


def organisations_of(fact: dict | Fact) -> set[str]:
    """What in a value may be an organisation's id."""
    name, value = (
        (fact.field, fact.value) if isinstance(fact, Fact) else (fact["field"], fact["value"])
    )
    if isinstance(value, dict):
        return {v for k, v in value.items() if k in ORGANISATIONS and isinstance(v, str)}
    return (
        {value}
        if FIELDS[name].type == "text" and isinstance(value, str) and ID.fullmatch(value)
        else set()
    )


def words(fact: dict | Fact, lang: str, names: dict[str, str] | None = None) -> str:
    """A value as a person says it; `names` says the organisations that it names by their ids."""
    name, value = (
        (fact.field, fact.value) if isinstance(fact, Fact) else (fact["field"], fact["value"])
    )
    field = FIELDS[name]
    if field.vocabulary:
        return label(field.vocabulary, value, lang) + _aside(fact, lang)
    if field.type == "count" and isinstance(value, dict):
        return f"{value['min']} – {value['max']}"
    if field.shape in SPECIAL:
        return SPECIAL[field.shape](value, lang)
    if isinstance(value, dict):
        return _shape(value, lang, names or {})
    if names and isinstance(value, str) and value in names:
        return names[value]
    if isinstance(value, bool):
        return {True: ("yes", "はい"), False: ("no", "いいえ")}[value][lang == "ja"]
    return str(value)


SPONSORS = {
    "company": ("company-sponsored", "企業治験"),
    "investigator": ("investigator-initiated", "医師主導"),
}


def _aside(fact: dict | Fact, lang: str) -> str:
    """Where a stage was reached and by whom, where that is stated."""
    detail = (fact.detail if isinstance(fact, Fact) else fact.get("detail")) or {}
    said = (
        [label("geography", detail["territory"], lang)]
        if detail.get("territory") in vocabulary("geography")
        else []
    )
    said += [SPONSORS[detail["sponsor"]][lang == "ja"]] if detail.get("sponsor") in SPONSORS else []
    return (
        f"（{'、'.join(said)}）"
        if said and lang == "ja"
        else f" ({', '.join(said)})"
        if said
        else ""
    )


CHOICES = {
    "raising": ("raising", "調達中"),
    "not-raising": ("not raising", "調達していない"),
    "wanted": ("lead wanted", "リード投資家を募集中"),
    "found": ("lead found", "リード投資家が決定"),
    "committed": ("committed", "出資確約"),
    "received": ("received", "受領済み"),
    "active": ("active", "進行中"),
    "ended": ("ended", "終了"),
    "in-talks": ("in talks", "協議中"),
    "shareholder": ("shareholder", "株主"),
    "adviser": ("adviser", "アドバイザー"),
    "introducer": ("introducer", "紹介者"),
    "lead": ("lead investor", "リード投資家"),
    "participant": ("among the investors", "出資に参加"),
    "existing": ("existing investor", "既存投資家"),
    "spin-out": ("spin-out", "大学・研究機関発"),
    "licensed-research": ("licensed research", "研究成果のライセンス"),
    "carve-out": ("carve-out", "カーブアウト"),
    "founder-affiliation": ("founder's affiliation", "創業者の所属"),
    "joint-research": ("joint research", "共同研究"),
    "only": ("only", "限定"),
    "focus": ("focus", "重点"),
    "also": ("also considered", "対象に含む"),
}


AMOUNTS = {
    "companies": ("{n} companies", "{n}社"),
    "bench_per_month": ("{n} a bench and month", "ベンチ月額{n}"),
    "member_per_month": ("{n} a member and month", "会員月額{n}"),
    "suite_per_month": ("{n} a suite and month", "個室月額{n}"),
}


def _shape(value: dict, lang: str, names: dict[str, str]) -> str:
    """A structured value in a line: codes by their labels, money in its currency."""
    parts = []
    for key, inner in value.items():
        if key in ORGANISATIONS and inner in names:
            inner = names[inner]
        if key in MONEY and value.get("currency") in MINOR_DIGITS:
            parts.append(Money.of(inner, value["currency"]).text(lang))
        elif key in CODES and isinstance(inner, str) and inner in vocabulary(CODES[key]):
            parts.append(label(CODES[key], inner, lang))
        elif key in ("date", "closing"):
            parts.append(shown(inner, lang))
        elif key in AMOUNTS and isinstance(inner, int | float):
            said = (
                Money.of(inner, value["currency"]).text(lang)
                if value.get("currency") in MINOR_DIGITS
                else f"{inner:,}"
            )
            parts.append(AMOUNTS[key][lang == "ja"].format(n=said))
        elif isinstance(inner, str) and inner in CHOICES:
            parts.append(CHOICES[inner][lang == "ja"])
        elif isinstance(inner, str) and key not in ("currency", "scale", "holder_org"):
            parts.append(inner)
    return " · ".join(dict.fromkeys(parts))


def _window(value: dict, lang: str) -> str:
    """From a stage or round to another, or onwards."""
    ends = [label(value["scale"], value[k], lang) for k in ("from", "to") if value.get(k)]
    return " – ".join(ends) + (" –" if len(ends) == 1 else "")


def _ticket(value: dict, lang: str) -> str:
    """The smallest and largest cheque, or the usual one, and what kind it is."""

    def said(*keys: str) -> list[str]:
        amounts = (value[k] for k in keys if value.get(k) is not None)
        return [Money.of(amount, value["currency"]).text(lang) for amount in amounts]

    ends = said("min", "max") or said("typical")
    kind = (
        label("ticket_kind", value["kind"], lang)
        if value.get("kind") in vocabulary("ticket_kind")
        else ""
    )
    return " · ".join(part for part in (" – ".join(ends), kind) if part)


def _rule(value: dict, lang: str) -> str:
    """A written rule: what it is about, and how it is written."""
    about = (
        label("eligibility_criterion", value["rule"], lang)
        if value.get("rule") in vocabulary("eligibility_criterion")
        else ""
    )
    return (": " if lang == "en" else "：").join(
        part for part in (about, value.get("text") or "") if part
    )


def _availability(value: dict, lang: str) -> str:
    state = (
        label("availability_state", value["state"], lang)
        if value.get("state") in vocabulary("availability_state")
        else ""
    )
    waiting = ("waiting list", "待機リストあり")[lang == "ja"] if value.get("waiting_list") else ""
    return " · ".join(part for part in (state, waiting) if part)


def _money_range(value: dict, lang: str) -> str:
    """One amount, or from the least to the most, with the words beside it."""
    said = [
        Money.of(value[k], value["currency"]).text(lang)
        for k in ("amount", "min", "max")
        if value.get(k) is not None
    ]
    return " · ".join(part for part in (" – ".join(said), value.get("text") or "") if part)


SPECIAL = {
    "budget": _money_range,
    "window": _window,
    "ticket": _ticket,
    "rule": _rule,
    "availability": _availability,
}
