"""A startup against a site, a provider or a programme: gates for one pair, with their words."""

from services.matching.engine.rules import decide
from services.matching.engine.sentences import joined
from services.matching.engine.views import Asset, Organisation, Startup
from services.matching.engine.words import KEYS, label, labels, make, rule_gate
from shared.judgement.facts import Fact
from shared.judgement.gates import HARD, PASS, REVIEW, SOFT, UNKNOWN, Gate
from shared.judgement.money import Money
from shared.vocabulary import country_of, defaults_of, vocabulary

FACILITIES = frozenset(
    {"radioisotope", "cyclotron-access", "bsl-3", "cpf-gmp", "vivarium", "large-animal", "clia-lab"}
)
DRY = frozenset({"office-only", "dry-lab-compute"})
WET_SPACE = frozenset({"shared-bench", "private-lab"})
SPACES = frozenset({"bsl-1", "chemistry-hood"}) | WET_SPACE


def gates_against(
    startup: Startup, place: Organisation, lang: str, partner: Organisation | None = None
) -> list[Gate]:
    """Gates of the lead asset against a site, provider or programme; `partner` may offer what a
    site lacks.
    """
    asset = startup.assets[0]
    out = [_status(startup, place, lang)]
    if place.kind in ("incubator",):
        out += [
            _hub(startup, place, lang),
            *_rules(startup, asset, place, lang),
            _modality(startup, asset, place, lang),
        ]
        out += [_laboratory(startup, asset, place, lang, partner), _availability(place, lang)]
    elif place.kind in ("cdmo", "manufacturer-inhouse", "hospital", "cro"):
        out += [_manufacturing(startup, asset, place, lang)]
    else:
        out += _rules(startup, asset, place, lang)
    out.append(_compliance(startup, place, lang))
    return [gate for gate in out if gate is not None]


def _status(startup: Startup, place: Organisation, lang: str) -> Gate:
    value, fact = startup.status
    accepted = {f.value for f in place.open.all("accepts_status")}
    state = (
        PASS
        if value in ("active", "planned-listing") or value in accepted
        else HARD
        if value in ("acquired", "closed")
        else UNKNOWN
    )
    key = "status.listed" if value == "listed" and state == UNKNOWN else f"status.{KEYS[state]}"
    shown = label("corporate_status", value, lang) if value else ""
    names = {"startup": startup.title(lang), "investor": place.title(lang)}
    return make(
        "status",
        state,
        key,
        lang,
        [fact] if fact else [],
        value=shown,
        hard=True,
        records=[startup.seen],
        **names,
    )


def _hub(startup: Startup, place: Organisation, lang: str) -> Gate | None:
    """The planned or stated US hub against a US site's; never the headquarters alone."""
    where = place.open.all("location")
    if not any(country_of(f.value) == "us" for f in where):
        return None
    hubs = {startup.hub_of(f) for f in startup.us_hubs}
    geography = vocabulary("geography")
    same = any(
        a in geography.up(b) or b in geography.up(a) for a in hubs for b in (f.value for f in where)
    )
    state = UNKNOWN if not hubs else PASS if same else SOFT
    value = joined([label("geography", h, lang) for h in sorted(hubs)], lang) if hubs else ""
    facts = startup.us_hubs or where
    return make(
        "hub",
        state,
        f"hub.{KEYS[state]}",
        lang,
        facts,
        value=value,
        threshold=labels("geography", where, lang),
        startup=startup.title(lang),
    )


def _rules(startup: Startup, asset: Asset, place: Organisation, lang: str) -> list[Gate]:
    """Written rules, one gate each: ceilings under their own names, the others as eligibility."""
    out = []
    for fact in place.open.all("eligibility"):
        if fact.value.get("effect") == "allows":
            continue
        verdict = decide(startup, asset, fact)
        if fact.value["rule"] in ("max-raised", "max-revenue"):
            out.append(_ceiling(startup, fact, verdict, lang))
        else:
            out.append(rule_gate("eligibility", startup, fact, verdict, lang))
    return out


def _ceiling(startup: Startup, rule: Fact, verdict, lang: str) -> Gate:
    raised = rule.value["rule"] == "max-raised"
    key = f"{'ceiling' if raised else 'revenue'}.{KEYS[verdict.state]}"
    if raised and verdict.state == UNKNOWN and verdict.value is not None:
        key = "ceiling.depends"
    return make(
        rule.value["rule"],
        verdict.state,
        key,
        lang,
        verdict.facts or [rule],
        value=verdict.value.text(lang) if verdict.value else "",
        threshold=Money.of(rule.value["value"], rule.value["unit"]).text(lang),
        rule=rule.value["text"],
        hard=True,
        startup=startup.title(lang),
    )


def _modality(startup: Startup, asset: Asset, place: Organisation, lang: str) -> Gate | None:
    """What a site takes: a soft gate; only an exclusive list makes it hard."""
    accepted = place.open.all("modality_accepted")
    if not accepted or not asset.modalities:
        return None
    inside = any(f.value in asset.modality_up for f in accepted)
    exclusive = any(f.list == "exclusive" for f in accepted)
    state = PASS if inside else HARD if exclusive else SOFT
    words = {"place": place.title(lang), "startup": startup.title(lang)}
    value, threshold = (
        labels("modality", asset.modalities, lang),
        labels("modality", accepted, lang),
    )
    return make(
        "focus",
        state,
        f"modality.{KEYS[state]}",
        lang,
        accepted,
        value=value,
        threshold=threshold,
        **words,
    )


def default_needs(asset: Asset, field: str) -> set[str]:
    """What the asset's modalities usually need: to ask about, not facts."""
    return {n for f in asset.modalities if (d := defaults_of(f.value)) for n in d[field]}


def _laboratory(
    startup: Startup, asset: Asset, place: Organisation, lang: str, partner: Organisation | None
) -> Gate | None:
    """Stated facility needs absent from the published list fail; other needs and defaults only
    ask.
    """
    offered = place.open.all("lab_offer")
    has = {f.value for f in offered}
    stated = {f.value: f for f in startup.seen.all("lab_need", asset.id)}
    usual = default_needs(asset, "lab_need")
    names = {"place": place.title(lang)}
    threshold = labels("lab_need", offered, lang)
    if has == {"office-only"} and (usual | set(stated)) - DRY:
        words = labels("modality", asset.modalities, lang)
        return make(
            "capability",
            HARD,
            "capability.office",
            lang,
            offered,
            value=words,
            threshold=threshold,
            **names,
        )
    if not has:
        needs = set(stated) or usual
        return _asked(place, needs, threshold, offered, lang) if needs else None
    missing = {n for n in stated if n in FACILITIES and n not in has}
    lent = {f.value for f in partner.open.all("lab_offer")} if partner else set()
    if missing and missing <= lent:
        value = joined([label("lab_need", n, lang) for n in sorted(missing)], lang)
        facts = [f for f in partner.open.all("lab_offer") if f.value in missing]
        return make(
            "capability",
            PASS,
            "capability.partner",
            lang,
            facts,
            value=value,
            threshold=threshold,
            partner=partner.title(lang),
            **names,
        )
    if missing:
        value = joined([label("lab_need", n, lang) for n in sorted(missing)], lang)
        return make(
            "capability",
            HARD,
            "capability.fail",
            lang,
            [stated[n] for n in missing],
            value=value,
            threshold=threshold,
            **names,
        )
    open_needs = ((set(stated) | usual) - has) - DRY - (SPACES if has & WET_SPACE else set())
    if open_needs:
        return _asked(place, open_needs, threshold, offered, lang)
    value = joined(
        [label("lab_need", n, lang) for n in sorted((set(stated) | usual) & (has | SPACES))], lang
    )
    return make(
        "capability",
        PASS,
        "capability.pass",
        lang,
        offered,
        value=value,
        threshold=threshold,
        **names,
    )


def _asked(
    place: Organisation,
    needs: set[str],
    threshold: str,
    facts: list[Fact],
    lang: str,
    words: str = "lab_need",
) -> Gate:
    value = joined([label(words, n, lang) for n in sorted(needs)], lang)
    return make(
        "capability",
        UNKNOWN,
        "capability.unknown",
        lang,
        facts,
        value=value,
        threshold=threshold,
        hard=True,
        place=place.title(lang),
    )


def _manufacturing(startup: Startup, asset: Asset, place: Organisation, lang: str) -> Gate:
    """What a provider lists; an in-house plant is never offered as a CDMO."""
    names = {"place": place.title(lang)}
    offered = place.open.all("manufacturing_offer")
    open_to = place.open.one("open_to_third_parties")
    if place.kind == "manufacturer-inhouse" and not (open_to and open_to.value):
        return make(
            "capability",
            HARD,
            "capability.inhouse",
            lang,
            offered or place.open.all("location"),
            **names,
        )
    threshold = labels("manufacturing_need", offered, lang)
    needs = {f.value for f in startup.seen.all("manufacturing_need", asset.id)} or default_needs(
        asset, "manufacturing_need"
    )
    exact = {f.value for f in offered}
    open_needs = {n for n in needs if n not in exact}
    if open_needs or not needs:
        return _asked(place, open_needs, threshold, offered, lang, "manufacturing_need")
    value = joined([label("manufacturing_need", n, lang) for n in sorted(needs)], lang)
    return make(
        "capability",
        PASS,
        "capability.pass",
        lang,
        offered,
        value=value,
        threshold=threshold,
        **names,
    )


def _availability(place: Organisation, lang: str) -> Gate | None:
    fact = place.open.one("availability")
    if fact is None or not (
        fact.value["waiting_list"] or fact.value["state"] in ("full", "waiting-list")
    ):
        return None
    words = label("availability_state", fact.value["state"], lang)
    return make(
        "availability",
        REVIEW,
        "availability.review",
        lang,
        [fact],
        value=words,
        records=[place.open],
        place=place.title(lang),
    )


def _compliance(startup: Startup, place: Organisation, lang: str) -> Gate | None:
    flags = vocabulary("compliance_flag").nodes
    facts = [f for f in [*startup.seen.all("compliance_flag"), *place.open.all("compliance_flag")]]
    facts = [f for f in facts if flags.get(f.value, {}).get("severity") in ("review", "high")]
    if not facts:
        return None
    return make(
        "compliance",
        REVIEW,
        "compliance.review",
        lang,
        facts,
        value=labels("compliance_flag", facts, lang),
    )
