"""What the dated rules say of a startup, or of a startup and an investor, as far as the reader may
know the facts they rest on.
"""

from fractions import Fraction

from sqlalchemy.orm import Session

from services.matching import watchlists
from services.matching.engine import screening
from services.matching.engine.concern import exposure
from services.matching.engine.rulebook import Finding, document
from services.matching.engine.views import Startup
from services.matching.population import Population
from services.matching.queries import Asking, Reader
from services.matching.rules import may_read_feed, may_read_startup
from shared.errors import NotFound
from shared.judgement.money import Money


def findings(session: Session, reader: Reader, query: dict, asking: Asking) -> list[dict]:
    """The rules' results, each with rule, version, source, facts and date.

    A startup reads about itself from all it has stated, and about an investor from what that one
    has published. A reviewer reads about a pair of an own mandate from what the network sees; of
    suppliers of concern only where every gate of the pair passes.
    """
    actor = session.info["actor"]
    population = reader.population(session, asking)
    startup = population.startups[reader.startup(session, population, query["startup"])]
    own = may_read_startup(actor, startup.owner)
    if "investor" not in query:
        if not own:
            raise NotFound()
        return _told(_of_startup(session, population, startup, query), population, asking)
    sides = (
        reader.population(session, asking, for_startups=True)
        if own and not actor.in_network
        else population
    )
    names = reader.mandate(session, sides, query["investor"])
    if not own and not all(may_read_feed(actor, sides.mandates[m].owner) for m in names):
        raise NotFound()
    match = reader.explain(session, startup.id, query["investor"], asking)
    mandate = sides.mandates[match["mandate"]]
    view = _whole(population, startup) if own else startup
    known = sides.organisations | sides.places
    stake = Fraction(str(query["stake"])) / 100 if "stake" in query else None
    found = screening.about_pair(view, mandate, known, stake)
    if own or all(g["state"] == "pass" for g in match["gates"]):
        found.append(exposure(view, known, watchlists.versions(session)))
    return _told(found, population, asking)


def _of_startup(
    session: Session, population: Population, startup: Startup, query: dict
) -> list[Finding]:
    whole = _whole(population, startup)
    programmes = sorted(
        (p for p in population.places.values() if p.kind == "program"), key=lambda p: p.id
    )
    programmes = [p for p in programmes if not p.invented or startup.invented]
    cheque = Money.of(query["cheque"], query["currency"]) if "cheque" in query else None
    known = population.organisations | population.places
    return [
        *screening.about_startup(whole, programmes, cheque),
        exposure(whole, known, watchlists.versions(session)),
    ]


def _whole(population: Population, startup: Startup) -> Startup:
    return population.disclosed(startup) or startup


def _told(found: list[Finding], population: Population, asking: Asking) -> list[dict]:
    return [told for f in found if (told := document(f, population.on, asking.lang))]
