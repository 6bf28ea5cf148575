"""The weekly digest: what stands in an edition, what saved searches have found, what questions are
open; a letter to the team's owners.
"""

from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching import searches
from services.matching.engine.sentences import say
from services.matching.models import AskedBy, Letter
from services.matching.population import Population
from shared.letters import write
from shared.text import as_json

SPACE = UUID("5a3f1f0c-3a68-5f3e-8a5e-7f1a4f0f6c11")
LIFE = timedelta(days=7)


def post(
    session: Session,
    population: Population,
    mandate: str,
    owner: str,
    week: str,
    items: dict[str, list[dict]],
) -> None:
    """Writes the digest of one mandate's week in both languages; the owner's searches ride with the
    first of its mandates.
    """
    first = min(m.id for m in population.mandates.values() if m.owner == owner)
    new = searches.fresh(session, population, owner) if mandate == first else []
    now = session.info["now"]
    waiting = (
        select(func.count())
        .select_from(AskedBy)
        .where(AskedBy.mandate == mandate, AskedBy.answered_at.is_(None), AskedBy.expires_at > now)
    )
    count = session.scalar(waiting) or 0
    title = population.mandates[mandate]
    told = {
        lang: _told(title.title(lang), week, items[lang], new, count, lang) for lang in ("en", "ja")
    }
    params = {
        "path": f"/feeds/{mandate}/editions/{week}",
        "expires": (now + LIFE).isoformat(),
        "digest": as_json(told),
    }
    write(session, Letter, str(uuid5(SPACE, f"{mandate}/{week}")), owner, "digest", params)


def _told(name: str, week: str, items: list[dict], new: list, questions: int, lang: str) -> dict:
    """Title, one section for the edition and one for each search that found something."""
    sections = [
        {
            "title": say("digest.edition", lang, name=name, week=week),
            "items": [_item(i, lang) for i in items],
        }
    ]
    for row, startups in new:
        if startups:
            lines = [
                {"title": s.title(lang), "text": "", "path": f"/startups/{s.id}"}
                for s in startups[:20]
            ]
            sections.append(
                {
                    "title": say("digest.search", lang, name=row.name, n=len(startups)),
                    "items": lines,
                }
            )
    strong = any(i["grade"] in ("A", "B") for i in items)
    key = "digest.lead" if strong else "digest.weak" if items else "digest.empty"
    lead = say(key, lang, n=len(items), questions=questions)
    return {
        "title": say("digest.title", lang, name=name, week=week),
        "lead": lead,
        "sections": sections,
    }


def _item(item: dict, lang: str) -> dict:
    """One line of the edition: who, in which lane, how well it fits, what is new with the fact's
    date, and the first reason for it.
    """
    news = item.get("returned") or item["news"] or {}
    dated = f" ({news['as_of']})" if news.get("as_of") else ""
    reason = next((r["text"] for r in item["reasons"]["for"]), "")
    said = [
        say(f"lane.{item['lane']}", lang),
        say("digest.grade", lang, grade=item["grade"], fit=f"{item['fit']:.0f}"),
        f"{news.get('text', '')}{dated}",
        reason,
    ]
    return {
        "title": item["names"]["startup"],
        "text": " · ".join(part for part in said if part),
        "path": f"/matches/{item['startup']}/{item['mandate']}",
    }
