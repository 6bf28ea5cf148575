"""One page about a startup for the investment meeting: every line with its fact's date and source,
unknowns listed, nothing the reader may not see.
"""

from pathlib import Path

from sqlalchemy.orm import Session

from services.matching.engine.sentences import say
from services.matching.engine.words import label
from services.matching.queries import Asking, Reader
from services.matching.relations import everyone
from shared.errors import NotFound
from shared.judgement.dates import shown
from shared.judgement.facts import Fact
from shared.judgement.fields import FIELDS
from shared.judgement.sources import class_of, weak
from shared.organizations.words import ORDER, words
from shared.paper import printed

SOURCE = (Path(__file__).parent / "brief.typ").read_text(encoding="utf-8")
MOST = 4


def brief(session: Session, reader: Reader, startup: str, mandate: str, asking: Asking) -> bytes:
    """The PDF about a pair, for who may read its explanation as an investor does. Raises
    NotFound.
    """
    return printed(SOURCE, content(session, reader, startup, mandate, asking))


def content(
    session: Session,
    reader: Reader,
    name: str,
    mandate: str,
    asking: Asking,
    declared: bool = False,
) -> dict:
    """What stands on the page, all from the explanation of the pair and the facts the network sees;
    `declared`: the reader's interest is.
    """
    actor, lang = session.info["actor"], asking.lang
    if not actor.in_network:
        raise NotFound()
    match = reader.explain(session, name, mandate, asking, declared)
    population = reader.population(session, asking)
    startup = population.startups[match["startup"]]
    failed = [
        {"text": g["text"], "cite": _cite(g, lang)}
        for g in match["gates"]
        if g["state"] in ("fail", "review")
    ]
    return {
        "lang": lang,
        "title": match["names"]["startup"],
        "sub": " · ".join(
            dict.fromkeys(n for key in ("en", "ja", "kana") if (n := startup.name.get(key)))
        ),
        "numbers": [
            {"label": say("brief.for", lang), "value": match["names"]["investor"]},
            {
                "label": say("brief.grade", lang),
                "value": f"{match['grade'] or '–'} ({match['fit']:.0f})",
            },
            {"label": say("brief.knowledge", lang), "value": match["knowledge"]["text"]},
        ],
        "words": {key: say(f"brief.{key}", lang) for key in ("for", "against", "unknown", "change")}
        | {"for": say("brief.reasons", lang)},
        "for": [{"text": r["text"], "cite": _cite(r, lang)} for r in match["reasons"]["for"]],
        "against": [
            {"text": r["text"], "cite": _cite(r, lang)} for r in match["reasons"]["against"]
        ]
        + failed,
        "unknown": [{"text": u["text"], "cite": ""} for u in match["unknowns"]],
        "change": [{"text": match["change"]["text"], "cite": ""}] if match["change"] else [],
        "facts": _facts(
            startup.open, lang, {o.id: o.title(lang) for o in everyone(population).values()}
        ),
        "foot": say("brief.foot", lang, date=shown(population.on.isoformat(), lang)),
    }


def _cite(item: dict, lang: str) -> str:
    """Date and source of a line."""
    source = item.get("source") or ""
    host = (
        source.split("/")[2].removeprefix("www.")
        if source.startswith(("https://", "http://"))
        else source
    )
    kind = (
        label("source_class", item["source_class"], lang) if weak(item.get("source_class")) else ""
    )
    return ", ".join(
        part
        for part in (shown(item["as_of"], lang) if item.get("as_of") else "", host, kind)
        if part
    )


def _cited(fact: Fact) -> dict:
    return {
        "as_of": fact.as_of,
        "source": fact.source.get("url"),
        "source_class": class_of(fact.source),
    }


def _facts(facts, lang: str, names: dict[str, str]) -> list[dict]:
    """The facts by field, those people look for first, the newest of each, other organisations by
    their `names`.
    """
    by_field: dict[str, list[Fact]] = {}
    for fact in facts:
        by_field.setdefault(fact.field, []).append(fact)
    ranked = sorted(
        by_field,
        key=lambda f: (ORDER.index(f) if f in ORDER else len(ORDER), list(FIELDS).index(f)),
    )
    groups = []
    for name in ranked:
        newest = sorted(
            by_field[name], key=lambda f: "" if f.as_of == "undated" else f.as_of, reverse=True
        )[:MOST]
        items = [{"text": words(f, lang, names), "cite": _cite(_cited(f), lang)} for f in newest]
        groups.append({"title": getattr(FIELDS[name], lang), "items": items})
    return groups
