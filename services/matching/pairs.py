"""Whether a startup and a mandate may be brought together, for the services that do it."""

from sqlalchemy.orm import Session

from services.matching.engine.views import Mandate, Organisation
from services.matching.queries import Asking, Reader
from shared.errors import NotFound
from shared.vocabulary import country_of


def pair(session: Session, reader: Reader, startup: str, mandate: str) -> dict:
    """Owners, names and countries of a published pair; `apart` where something the startup keeps to
    itself is against it. Raises NotFound.
    """
    session.info["actor"].need("service")
    population = reader.population(session, Asking())
    subject, view = population.startups.get(startup), population.mandates.get(mandate)
    if subject is None or view is None:
        raise NotFound()
    evaluation = population.evaluate(startup, population.columns_of(frozenset([mandate])))
    return {
        "apart": bool(evaluation.removed[0]),
        "startup": startup,
        "mandate": mandate,
        "investor": view.investor.id,
        "startup_owner": subject.owner,
        "investor_owner": view.owner,
        "names": {"startup": _names(subject), "investor": _names(view.investor)},
        "seats": {"startup": _seats(subject), "investor": _seats(view.investor)},
    }


def parties(
    session: Session, reader: Reader, startups: list[str], mandates: list[str]
) -> list[dict]:
    """Of these startups and mandates, the published: owner and names. One that is not published is
    left out.
    """
    session.info["actor"].need("service")
    population = reader.population(session, Asking())
    found = [
        {"party": s, "side": "startup", "owner": one.owner, "names": _names(one)}
        for s in startups
        if (one := population.startups.get(s))
    ]
    for view in (population.mandates[m] for m in mandates if m in population.mandates):
        found.append(
            {
                "party": view.id,
                "side": "investor",
                "owner": view.owner,
                "names": _mandate_names(view),
            }
        )
    return found


def apart(session: Session, reader: Reader, pairs: list[list[str]]) -> list[list[str]]:
    """Of these pairs, those that are not both published, or that a block or hidden fact takes away;
    which of it is not said.
    """
    session.info["actor"].need("service")
    population, wanted, found = reader.population(session, Asking()), {}, []
    for startup, mandate in pairs:
        wanted.setdefault(startup, []).append(mandate)
    for startup, mandates in wanted.items():
        there = (
            sorted(population.mandates.keys() & set(mandates))
            if startup in population.startups
            else []
        )
        columns = population.columns_of(frozenset(there))
        removed = population.evaluate(startup, columns).removed if there else []
        free = {view.id for view, gone in zip(columns.mandates, removed, strict=False) if not gone}
        found += [[startup, m] for m in mandates if m not in free]
    return found


def _mandate_names(view: Mandate) -> dict:
    """The investor's name, with the mandate's own where it has one."""
    return {
        lang: " · ".join(dict.fromkeys((view.investor.title(lang), view.title(lang))))
        for lang in ("en", "ja")
    }


def _names(organisation: Organisation) -> dict:
    return {lang: organisation.title(lang) for lang in ("en", "ja")}


def _seats(organisation: Organisation) -> list[str]:
    """The countries an organisation says it sits in; its legal entities' where it states no
    place.
    """
    stated = [organisation.open.one("hq"), *organisation.open.all("office")]
    places = [f.value for f in stated if f] or [
        e.get("jurisdiction", "") for e in organisation.document.get("legal_entities", [])
    ]
    return sorted({country for place in places if (country := country_of(place))})
