"""Relations between organisations, and what has happened to them, over HTTP."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.matching import coverage, names, signals
from services.matching import relations as related
from services.matching.queries import TOPICS
from services.matching.routes.matches import asking, feeds, reader
from services.matching.schemas.matches import (
    AskingQuery,
    CoverageQuery,
    CoverageView,
    RelationsView,
    SignalsQuery,
    SignalsView,
    SubjectSignalsQuery,
)
from shared.web import answer, as_file, current_actor, reading
from shared.web.budget import budgeted
from shared.workbooks import table

relations = Blueprint(
    "relations",
    __name__,
    url_prefix="/api/v1/relations",
    description="Who holds, owns, licenses whom",
)
events = Blueprint(
    "signals",
    __name__,
    url_prefix="/api/v1/signals",
    description="What has happened: dated events that facts tell",
)
covered = Blueprint(
    "coverage", __name__, url_prefix="/api/v1/coverage", description="What is known, and how well"
)


@relations.route("/<slug:slug>")
class Relations(MethodView):
    @relations.arguments(AskingQuery, location="query")
    @relations.response(200, RelationsView)
    def get(self, query, slug):
        """What an organisation and others state of each other: investments, parents, rights,
        partners.
        """
        scope, actor = asking(query), current_actor()
        with reading(actor) as session:
            population = reader().population(session, scope, for_startups=not actor.in_network)
            _, subject = names.resolve(session, slug, TOPICS)
            items = related.relations_of(population, subject, actor, scope.lang)
            return answer({"items": items})


@events.route("")
class Signals(MethodView):
    @events.arguments(SubjectSignalsQuery, location="query")
    @events.response(200, SignalsView)
    def get(self, query):
        """What has happened to an organisation, newest first: by its own facts and by those of
        others that name it.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            found = signals.of_subject(
                session, reader(), query["subject"], scope, query.get("since"), query["limit"]
            )
            return answer({"items": found})


@feeds.route("/<string:name>/signals")
class FeedSignals(MethodView):
    @feeds.arguments(SignalsQuery, location="query")
    @feeds.response(200, SignalsView)
    def get(self, query, name):
        """What has happened to the startups in the feed of a mandate or an investor, newest
        first.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer(
                {
                    "items": signals.of_feed(
                        session, reader(), name, scope, query.get("since"), query["limit"]
                    )
                }
            )


@covered.route("")
class Coverage(MethodView):
    @covered.arguments(CoverageQuery, location="query")
    @covered.response(200, CoverageView)
    @budgeted
    def get(self, query):
        """For staff: per organisation what is missing, undated, stale, contradicted, weakly
        sourced; most matches first. Also as a workbook.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            items = coverage.report(session, reader(), scope)
        if query["format"] == "xlsx":
            return as_file(table(*coverage.rows(items, scope.lang), "xlsx"), "nakodo-coverage.xlsx")
        return answer({"items": items})
