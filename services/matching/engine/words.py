"""The words of one pair's gates: rule, value, threshold, source and date, each a sentence. States
come from `gates.py`.
"""

from collections.abc import Callable, Iterable
from datetime import date

from services.matching.engine import gates as decide
from services.matching.engine.rules import decide as decide_rule
from services.matching.engine.sentences import joined, say
from services.matching.engine.views import Asset, Mandate, Startup
from shared.judgement.dates import shown
from shared.judgement.facts import Fact, Facts, best
from shared.judgement.gates import HARD, NAMES, PASS, REVIEW, SOFT, UNKNOWN, Gate
from shared.judgement.money import Money
from shared.judgement.sources import class_of
from shared.vocabulary import vocabulary

KEYS = {PASS: "pass", UNKNOWN: "unknown", REVIEW: "review", SOFT: "fail", HARD: "fail"}


def label(name: str, slug: str, lang: str) -> str:
    return vocabulary(name).label(slug, lang)


def labels(name: str, facts: Iterable[Fact], lang: str) -> str:
    return joined([label(name, f.value, lang) for f in facts], lang)


def cite(facts: Iterable[Fact], lang: str, records: Iterable[Facts] = ()) -> dict:
    """The newest fact's value by the best source that states it, here or elsewhere in `records`:
    source, its class, date.
    """
    behind = list(facts)
    newest = max(behind, key=lambda f: f.start or date.min, default=None)
    if newest is None:
        return {"source": None, "source_class": None, "as_of": None}
    stated = [*behind, *(f for record in records for f in record.all(newest.field))]
    fact = best(f for f in stated if f is newest or f.says(newest))
    source = fact.source
    named = source.get("url") or source.get("title") or say("self-declared", lang)
    return {"source": named, "source_class": class_of(source), "as_of": fact.as_of}


def make(
    gate: str,
    state: int,
    key: str,
    lang: str,
    facts: Iterable[Fact] = (),
    value="",
    threshold="",
    rule="",
    hard=None,
    records: Iterable[Facts] = (),
    **names,
) -> Gate:
    """A finished gate; `rule` defaults to the gate's own label, `records` are where its facts
    stand.
    """
    return Gate(
        gate=gate,
        state=NAMES[state],
        hard=state == HARD if hard is None else hard,
        rule=rule or label("gate", gate, lang),
        value=value or None,
        threshold=threshold or None,
        **cite(facts, lang, records),
        text=say(
            key,
            lang,
            value=value or say("nothing", lang),
            threshold=threshold or say("nothing", lang),
            **names,
        ),
    )


def window_text(value: dict, lang: str) -> str:
    scale = value["scale"]
    low = label(scale, value["from"], lang)
    if "to" not in value:
        return say("onwards", lang, value=low)
    high = label(scale, value["to"], lang)
    return low if low == high else say("to", lang, low=low, high=high)


def ticket_text(value: dict, lang: str) -> str:
    def money(key):
        return Money.of(value[key], value["currency"]).text(lang)

    if "min" in value and "max" in value:
        return say("to", lang, low=money("min"), high=money("max"))
    if "typical" in value:
        return say("about", lang, value=money("typical"))
    return (
        say("up-to", lang, value=money("max"))
        if "max" in value
        else say("from", lang, value=money("min"))
    )


class Pair:
    """A startup's asset and a mandate, told in one language."""

    def __init__(self, startup: Startup, asset: Asset, mandate: Mandate, lang: str):
        self.startup, self.asset, self.mandate, self.lang = startup, asset, mandate, lang
        self.names = {"startup": startup.title(lang), "investor": mandate.title(lang)}
        self.records = (startup.seen, mandate.open, mandate.investor.open)

    def wanted(self) -> list[Fact]:
        return [*self.mandate.open.all("focus_area"), *self.mandate.open.all("focus_modality")]

    def make(self, gate: str, state: int, key: str, facts=(), **more) -> Gate:
        return make(gate, state, key, self.lang, facts, records=self.records, **self.names, **more)


def status(p: Pair, state: int) -> Gate:
    value, fact = p.startup.status
    facts = [fact] if fact else []
    shown_value = label("corporate_status", value, p.lang) if value else ""
    if state == UNKNOWN and value == "listed":
        return p.make("status", state, "status.listed", facts, value=shown_value, hard=True)
    if state == UNKNOWN and fact is not None:
        date = shown((fact.detail or {}).get("planned_date", "undated"), p.lang)
        return p.make(
            "status",
            state,
            "status.planned",
            facts,
            value=label("corporate_status", fact.value, p.lang),
            date=date,
            hard=True,
        )
    return p.make("status", state, f"status.{KEYS[state]}", facts, value=shown_value, hard=True)


def focus(p: Pair, state: int) -> Gate:
    area, modality = p.asset.areas, p.asset.modalities
    if state == PASS:
        area, modality = _hits("focus_area", area, p), _hits("focus_modality", modality, p)
    value = joined(
        [
            *(label("therapeutic_area", f.value, p.lang) for f in area),
            *(label("modality", f.value, p.lang) for f in modality),
        ],
        p.lang,
    )
    wanted = [label("therapeutic_area", f.value, p.lang) for f in p.mandate.open.all("focus_area")]
    wanted += [label("modality", f.value, p.lang) for f in p.mandate.open.all("focus_modality")]
    excluded = [f for f in p.mandate.open.all("exclusion") if isinstance(f.value, dict)]
    if state == HARD and excluded:
        words = [label(k, v, p.lang) for f in excluded for k, v in f.value.items()]
        return p.make(
            "focus", state, "focus.excluded", excluded, value=value, threshold=joined(words, p.lang)
        )
    return p.make(
        "focus",
        state,
        f"focus.{KEYS[state]}",
        p.wanted() or excluded,
        value=value,
        threshold=joined(wanted, p.lang),
    )


def _hits(field: str, mine: list[Fact], p: Pair) -> list[Fact]:
    """Those of an asset's values that a mandate list holds, ancestors included."""
    words = vocabulary("therapeutic_area" if field == "focus_area" else "modality")
    wanted = {f.value for f in p.mandate.open.all(field)}
    return [f for f in mine if wanted & set(words.up(f.value))]


def stage(p: Pair, state: int) -> Gate:
    windows = [f for f in p.mandate.open.all("focus_stage") if f.window == "only"]
    slug, fact = p.startup.round
    stands = p.asset.stage_in(p.mandate.target)
    values = [
        label("funding_round", slug, p.lang) if slug else "",
        label("development_stage", stands.value, p.lang) if stands else "",
    ]
    facts = [f for f in (fact, stands) if f] or windows
    threshold = joined([window_text(f.value, p.lang) for f in windows], p.lang)
    return p.make(
        "stage",
        state,
        f"stage.{KEYS[state]}",
        facts,
        value=joined(values, p.lang),
        threshold=threshold,
    )


def raising(p: Pair, state: int) -> Gate:
    return p.make(
        "raising",
        state,
        f"raising.{KEYS[state]}",
        [p.startup.current_raise],
        value=say(p.startup.current_raise.value["state"], p.lang),
    )


def cheque(p: Pair, state: int) -> Gate:
    fact, now = p.mandate.smallest_cheque, p.startup.current_raise
    threshold = Money.of(fact.value["min"], fact.value["currency"]).text(p.lang)
    if now is None or not now.value.get("amount"):
        return p.make("cheque", state, "cheque.unknown", [fact], threshold=threshold)
    value = Money.of(now.value["amount"], now.value["currency"]).text(p.lang)
    key = "cheque.unclear" if state == UNKNOWN else f"cheque.{KEYS[state]}"
    return p.make("cheque", state, key, [now], value=value, threshold=threshold)


def country(p: Pair, state: int) -> Gate:
    stated = p.mandate.open.all("focus_geography")
    value = label("geography", p.startup.hq.value, p.lang) if p.startup.hq else ""
    facts = [p.startup.hq] if p.startup.hq else stated
    return p.make(
        "country",
        state,
        f"country.{KEYS[state]}",
        facts,
        value=value,
        threshold=labels("geography", stated, p.lang),
    )


def lead(p: Pair, state: int) -> Gate:
    return p.make(
        "lead",
        state,
        f"lead.{KEYS[state]}",
        [p.mandate.terms["follow"]],
        threshold=label("investor_terms", "follow", p.lang),
    )


def rights(p: Pair, state: int) -> Gate:
    sought = decide.sought_rights(p.mandate)
    wanted = [
        f.value.get("right", "")
        + (f" {label('geography', t, p.lang)}" if (t := f.value.get("territory")) else "")
        for f in sought
    ]
    threshold = (
        joined([w.strip() for w in wanted], p.lang)
        if sought
        else label("investor_terms", "strategic-rights", p.lang)
    )
    facts = [f for s in sought for f in decide.rights_of(p.startup, p.asset, s.value)[1]]
    held = [_held(f, p) for f in facts if f.field == "rights"]
    value = joined(held, p.lang) if held else (say("refused", p.lang) if facts else "")
    return p.make(
        "rights",
        state,
        f"rights.{KEYS[state]}",
        facts or sought,
        value=value,
        threshold=threshold,
        hard=True,
    )


def _held(fact: Fact, p: Pair) -> str:
    holder = p.names["startup"] if fact.value["holder"] == p.startup.id else fact.value["holder"]
    where = (
        label("geography", fact.value["territory"], p.lang)
        if fact.value.get("territory")
        else say("not-stated", p.lang)
    )
    return say("held", p.lang, asset=fact.value["asset"], territory=where, holder=holder)


def investor_rule(p: Pair, state: int) -> Gate:
    verdicts = [(f, decide_rule(p.startup, p.asset, f)) for f in decide.investor_rules(p.mandate)]
    rule, verdict = max(verdicts, key=lambda pair: pair[1].state)
    return rule_gate("investor-rule", p.startup, rule, verdict, p.lang)


def rule_gate(gate: str, startup: Startup, rule: Fact, verdict, lang: str) -> Gate:
    """A written rule with its own text as threshold."""
    value = verdict_text(rule.value, verdict, lang)
    told = say("rule.derived", lang, value=value) if verdict.derived and value else value
    made = make(
        gate,
        verdict.state,
        f"rule.{KEYS[verdict.state]}",
        lang,
        verdict.facts or [rule],
        value=told,
        threshold=rule.value["text"],
        rule=label("eligibility_criterion", rule.value["rule"], lang),
        hard=True,
        records=[startup.seen],
        startup=startup.title(lang),
    )
    return made


def verdict_text(rule: dict, verdict, lang: str) -> str:
    if isinstance(verdict.value, Money):
        return verdict.value.text(lang)
    words = {
        "field-match": "field_scope",
        "stage-window": "development_stage",
        "legal-entity": "geography",
        "unlisted": "corporate_status",
        "japan-origin": "geography",
    }
    name = words.get(rule["rule"])
    return (
        joined([label(name, v, lang) if name else v for v in verdict.value], lang)
        if verdict.value
        else ""
    )


def eligibility(p: Pair, state: int) -> Gate:
    stated = p.mandate.open.all("focus_product_class")
    classes, _ = decide.product_class(p.asset, p.startup)
    value = joined([label("field_scope", c, p.lang) for c in sorted(classes)], p.lang)
    return p.make(
        "eligibility",
        state,
        f"class.{KEYS[state]}",
        stated,
        value=value,
        threshold=labels("field_scope", stated, p.lang),
        hard=True,
    )


def block(p: Pair, state: int) -> Gate:
    return p.make("block", state, "block.fail")


def conflict(p: Pair, state: int) -> Gate:
    owner, fact = decide.overlaps(p.asset, p.mandate)[0]
    words = (
        f"{label('modality', fact.value['modality'], p.lang)} /"
        f" {label('therapeutic_area', fact.value['therapeutic_area'], p.lang)}"
    )
    mine = joined(
        [
            labels("modality", p.asset.modalities, p.lang),
            labels("therapeutic_area", p.asset.areas, p.lang),
        ],
        p.lang,
    )
    return p.make(
        "conflict",
        state,
        f"conflict.{KEYS[state]}",
        [fact],
        value=mine,
        threshold=words,
        owner=owner.title(p.lang),
    )


def compliance(p: Pair, state: int) -> Gate:
    facts = decide.exposures(p.startup)
    return p.make(
        "compliance",
        state,
        "compliance.review",
        facts,
        value=labels("compliance_flag", facts, p.lang),
    )


WORDS: dict[str, Callable[[Pair, int], Gate]] = {
    "status": status,
    "focus": focus,
    "stage": stage,
    "raising": raising,
    "cheque": cheque,
    "country": country,
    "lead": lead,
    "rights": rights,
    "investor-rule": investor_rule,
    "eligibility": eligibility,
    "block": block,
    "conflict": conflict,
    "compliance": compliance,
}


def gates_of(startup: Startup, asset: Asset, mandate: Mandate, states, lang: str) -> list[Gate]:
    """The listed gates of a pair in order, from their states."""
    pair = Pair(startup, asset, mandate, lang)
    return [
        WORDS[name](pair, int(state))
        for name, state in zip(decide.NAMES, states, strict=True)
        if state
    ]
