"""Startup x investor x site: T = zF + zL + H with a floor on every pair, so that one weak link
kills a triad.
"""

from dataclasses import dataclass

import numpy as np

from services.matching.engine.best_triads import Links, best_per_hub, links
from services.matching.engine.columns import Columns
from services.matching.engine.encode import round_amount
from services.matching.engine.places import gates_against
from services.matching.engine.score import Evaluation
from services.matching.engine.views import Mandate, Organisation, Startup
from services.matching.engine.words import label
from shared.judgement.gates import Gate, gates_state
from shared.vocabulary import country_of, vocabulary

FLOOR = -1.0
PER_STARTUP = 3
TEXTS = {
    "office": ("{who} has an office in {hub}", "{who}は{hub}に拠点があります"),
    "seat": ("{who} sponsors {site}", "{who}は{site}のスポンサーです"),
    "golden-ticket": (
        "{who} offers golden tickets at {site}",
        "{who}は{site}のゴールデンチケットを提供しています",
    ),
    "none": (
        "no stated link between {investor} and {site}",
        "{investor}と{site}の公表された関係はありません",
    ),
    "link": ("the tie between {investor} and {site}", "{investor}と{site}の結び付き"),
    "fit": ("fit of {investor} with the startup", "{investor}との適合度"),
    "site": ("suitability of {site}", "{site}との適合度"),
}


@dataclass(frozen=True)
class SiteFit:
    """A site for a startup: its gates, their state, and L in standard units."""

    site: Organisation
    gates: list[Gate]
    state: str
    score: float


def site_fit(startup: Startup, site: Organisation, lang: str) -> SiteFit:
    """L: gates first; then hub against the plan, stage and modality, cost against runway,
    availability. Judgement, in units of about one sd.
    """
    gates = gates_against(startup, site, lang)
    by_name = {g.gate: g.state for g in gates}
    score = {"pass": 1.0, "unknown": 0.0, "fail": -1.5}.get(by_name.get("hub", "unknown"), 0.0)
    score += {"pass": 0.6, "fail": -0.8}.get(by_name.get("focus", ""), 0.0)
    score += {"pass": 0.6, "unknown": -0.1}.get(by_name.get("capability", "unknown"), 0.0)
    cluster = {f.value for f in site.open.all("cluster_strength")}
    score += 0.3 if cluster & startup.assets[0].modality_up else 0.0
    score -= 0.5 if "availability" in by_name else 0.0
    amount = round_amount(startup)
    rent = max(
        (
            f.value.get(k, 0)
            for f in site.open.all("price")
            if isinstance(f.value, dict)
            for k in ("suite_per_month", "bench_per_month")
        ),
        default=0,
    )
    score -= 0.7 if amount and rent * 24 > amount / 4 else 0.0
    return SiteFit(site, gates, gates_state(gates), score)


def link(mandate: Mandate, site: Organisation) -> tuple[float, list[tuple[str, Organisation]]]:
    """H between an investor (or its parents) and a site: golden ticket, sponsor seat, office in the
    hub; with what it rests on.
    """
    score, why = 0.0, []
    geography = vocabulary("geography")
    hubs = {f.value for f in site.open.all("location")}
    for organisation in [mandate.investor, *mandate.chain]:
        for fact in organisation.open.all("incubator_sponsor"):
            if fact.value["site"] == site.id:
                kind = "golden-ticket" if fact.value.get("form") == "golden-ticket" else "seat"
                score += 1.0 if kind == "golden-ticket" else 0.6
                why.append((kind, organisation))
        if any(
            f.value in hubs or any(f.value in geography.up(h) for h in hubs)
            for f in organisation.open.all("office")
            if f.value.startswith(("hub-", "us-"))
        ):
            score += 0.4 if organisation is mandate.investor else 0.2
            why.append(("office", organisation))
    return min(score, 1.5), why


def triads(
    evaluation: Evaluation, columns: Columns, sites: list[Organisation], lang: str
) -> list[dict]:
    """The best triad per hub abroad, own hub first, at most three; others only where the startup
    would move. Exact; ties by slugs.
    """
    startup = evaluation.startup
    home = country_of(startup.hq.value) if startup.hq else None
    abroad = [
        s
        for s in sites
        if any(
            country_of(h.value) != "jp" or home not in ("jp", None) for h in s.open.all("location")
        )
    ]
    fits = [
        f
        for s in sorted(abroad, key=lambda s: s.id)
        if (f := site_fit(startup, s, lang)).state == "match" and f.score >= FLOOR
    ]
    mean, deviation = columns.reference.mean(), columns.reference.std() or 1.0
    z = np.where(
        (evaluation.cls == 0) & ~evaluation.removed, (evaluation.score - mean) / deviation, -np.inf
    )
    # a site with two locations stands in both hubs
    standing = [(f, h.value) for f in fits for h in f.site.open.all("location")]
    hubs = sorted({hub for _, hub in standing})
    hub_of = np.array([hubs.index(hub) for _, hub in standing], dtype=int)
    tied = _ties(columns, [f.site for f, _ in standing], hub_of)
    best = best_per_hub(z, np.array([f.score for f, _ in standing]), hub_of, tied, FLOOR)
    found = {}
    for hub, (total, j, at) in best.items():
        h, why = link(columns.mandates[j], standing[at][0].site)
        found[hubs[hub]] = (total, j, standing[at][0], float(z[j]), h, why)
    own = {startup.hub_of(f) for f in startup.us_hubs} or (
        {startup.hq.value} if home == "us" else set()
    )
    ranked = sorted(found.items(), key=lambda item: (not _same(item[0], own), -item[1][0], item[0]))
    allowed = [item for item in ranked if _same(item[0], own) or not own or _would_move(startup)]
    return [_document(item, columns, evaluation, lang) for item in allowed[:PER_STARTUP]]


def _ties(columns: Columns, sites: list[Organisation], hub_of: np.ndarray) -> Links:
    """All ties of these sites with the investors of all mandates; kept with the mandates, for they
    do not depend on the startup.
    """
    kept = columns.__dict__.setdefault("_ties", {})
    for site in sites:
        key = site.id, site.version
        if key not in kept:
            kept[key] = [
                (j, h) for j, m in enumerate(columns.mandates) if (h := link(m, site)[0]) > 0
            ]
    pairs = [(j, at, h) for at, site in enumerate(sites) for j, h in kept[site.id, site.version]]
    investor, site_at, h = (
        (np.array(c) for c in zip(*pairs, strict=True))
        if pairs
        else (np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    )
    return links(investor, site_at, h, hub_of)


def _same(hub: str, own: set[str]) -> bool:
    geography = vocabulary("geography")
    return any(hub in geography.up(o) or o in geography.up(hub) for o in own)


def _would_move(startup: Startup) -> bool:
    plan = startup.seen.one("us_plan")
    return bool(plan and plan.value.get("would_move"))


def _document(item, columns: Columns, evaluation: Evaluation, lang: str) -> dict:
    hub, (total, j, fit, z, h, why) = item
    mandate = columns.mandates[j]
    names = {
        "investor": mandate.title(lang),
        "site": fit.site.title(lang),
        "hub": label("geography", hub, lang),
    }
    links = [_say(kind, lang, **names, who=o.title(lang)) for kind, o in why] or [
        _say("none", lang, **names)
    ]
    weakest = min((("fit", z), ("site", fit.score), ("link", h)), key=lambda part: part[1])[0]
    sponsors = [o for kind, o in why if kind in ("golden-ticket", "seat")]
    return {
        "startup": evaluation.startup.id,
        "investor": mandate.investor.id,
        "mandate": mandate.id,
        "site": fit.site.id,
        "hub": hub,
        "names": names | {"sponsors": [o.title(lang) for o in sponsors]},
        "score": round(total, 3),
        "parts": {"fit": round(z, 3), "site": round(fit.score, 3), "link": round(h, 3)},
        "weakest": {"part": weakest, "text": _say(weakest, lang, **names)},
        "sponsors": [o.id for o in sponsors],
        "links": links,
        "gates": [g.document() for g in fit.gates],
        "unknowns": [{"gate": g.gate, "text": g.text} for g in fit.gates if g.state == "unknown"],
    }


def _say(key: str, lang: str, **names) -> str:
    english, japanese = TEXTS[key]
    return (japanese if lang == "ja" else english).format(**names)
