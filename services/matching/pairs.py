"""Whether a startup and a mandate may be brought together, for the services that do it."""

from sqlalchemy.orm import Session

from services.matching.engine.views import Organisation
from services.matching.queries import Asking, Reader
from shared.errors import NotFound
from shared.vocabulary import country_of


def pair(session: Session, reader: Reader, startup: str, mandate: str) -> dict:
    """Owners, names and countries of a published pair that no block or hidden fact takes away. Raises NotFound."""
    session.info["actor"].need("service")
    population = reader.population(session, Asking())
    subject, view = population.startups.get(startup), population.mandates.get(mandate)
    if subject is None or view is None:
        raise NotFound()
    evaluation = population.evaluate(startup, population.columns_of(frozenset([mandate])))
    if evaluation.removed[0]:
        raise NotFound()
    return {
        "startup": startup,
        "mandate": mandate,
        "investor": view.investor.id,
        "startup_owner": subject.owner,
        "investor_owner": view.owner,
        "names": {"startup": _names(subject), "investor": _names(view.investor)},
        "seats": {"startup": _seats(subject), "investor": _seats(view.investor)},
    }


def _names(organisation: Organisation) -> dict:
    return {lang: organisation.title(lang) for lang in ("en", "ja")}


def _seats(organisation: Organisation) -> list[str]:
    """The countries an organisation says it sits in; its legal entities' where it states no place."""
    stated = [organisation.open.one("hq"), *organisation.open.all("office")]
    places = [f.value for f in stated if f] or [e.get("jurisdiction", "") for e in organisation.document.get("legal_entities", [])]
    return sorted({country for place in places if (country := country_of(place))})
