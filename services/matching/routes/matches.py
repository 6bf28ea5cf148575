"""Pairs, feeds, explanations, triads, previews, search: what the matcher answers."""

import time

from flask import Response, current_app, request
from flask.views import MethodView
from flask_smorest import Blueprint

from services.matching import actions, editions
from services.matching.briefs import brief
from services.matching.briefs import content as brief_content
from services.matching.exposure import exposure as exposure_report
from services.matching.members import applied_version, behind_of
from services.matching.pairs import apart, pair, parties
from services.matching.previews import preview
from services.matching.queries import Asking, Reader
from services.matching.schemas.matches import (
    ApartForm,
    AskingQuery,
    FeedQuery,
    GatesQuery,
    MatchView,
    PairsForm,
    PartiesForm,
    PreviewForm,
    SearchQuery,
    StartupQuery,
)
from services.matching.schemas.team import BriefQuery
from services.matching.schemas.work import EditionView, PlanForm, WeekView
from shared.access import Revocations
from shared.auth import Actor
from shared.errors import NotFound, Unauthorized, Unavailable
from shared.schemas import page_of
from shared.web import answer, as_file, current_actor, reading, transaction
from shared.web.app import part
from shared.web.budget import budgeted
from shared.web.problems import language

matches = Blueprint(
    "matches", __name__, url_prefix="/api/v1/matches", description="Pairs of startup and mandate"
)
feeds = Blueprint(
    "feeds", __name__, url_prefix="/api/v1/feeds", description="What is new for a mandate"
)
triads = Blueprint(
    "triads",
    __name__,
    url_prefix="/api/v1/triads",
    description="Startup, investor and site together",
)
previews = Blueprint(
    "previews",
    __name__,
    url_prefix="/api/v1/previews",
    description="What a changed mandate would move",
)
coach = Blueprint(
    "coach", __name__, url_prefix="/api/v1/coach", description="What a startup should state next"
)
exposure = Blueprint(
    "exposure", __name__, url_prefix="/api/v1/exposure", description="Who is shown to whom"
)
pairs = Blueprint(
    "internal",
    __name__,
    url_prefix="/internal/pairs",
    description="Who may be brought together, for services",
)
search = Blueprint(
    "search",
    __name__,
    url_prefix="/api/v1/search",
    description="Organisations by any of their names",
)

WAIT_S = 2.0
TOPIC = {
    "startup": "startups",
    "investor": "investors",
    "mandate": "investors",
    "site": "sites",
    "provider": "providers",
    "program": "programs",
}


class NotYet(Unavailable):
    code = "not-yet"


def reader() -> Reader:
    return current_app.extensions["nakodo"]["reader"]


def asking(query: dict) -> Asking:
    """The scope of an answer, once everything waited for has arrived."""
    _wait_for(query["min_version"])
    return Asking(query.get("lang") or language(), query.get("as_of"), query["invented"])


def _wait_for(versions: list[str]) -> None:
    """Waits up to 2 s until the matcher has applied the versions named. Raises NotYet (503,
    Retry-After).
    """
    wanted = [
        (TOPIC.get(kind, kind), subject, int(version))
        for kind, _, rest in (v.partition("/") for v in versions)
        for subject, _, version in [rest.rpartition(":")]
    ]
    deadline = time.monotonic() + WAIT_S
    for topic, subject, version in wanted:
        while not _applied(topic, subject, version):
            if time.monotonic() > deadline:
                raise NotYet()
            time.sleep(0.02)


def _applied(topic: str, subject: str, version: int) -> bool:
    """Whether a version, as this reader counts them, has been applied."""
    with reading(current_actor()) as session:
        return applied_version(session, topic, subject) >= version and not behind_of(
            session, topic, subject
        )


@pairs.route("/<slug:startup>/<slug:mandate>")
class Pair(MethodView):
    @pairs.response(200)
    def get(self, startup, mandate):
        """A published pair, with owners, names and countries, and whether the startup keeps itself
        apart from it.
        """
        with reading(current_actor()) as session:
            return answer(pair(session, reader(), startup, mandate))


@pairs.route("/gates")
class RefusedPairs(MethodView):
    @pairs.arguments(PairsForm)
    @pairs.response(200)
    def post(self, form):
        """Of many pairs, those that a gate refuses, with the gate that does."""
        actor = current_actor()
        actor.need("service")
        with reading(actor) as session:
            return answer(
                {
                    "items": reader().refused(
                        session, form["startups"], form["others"], Asking(language())
                    )
                }
            )


@pairs.route("/parties")
class Parties(MethodView):
    @pairs.arguments(PartiesForm)
    @pairs.response(200)
    def post(self, form):
        """Of startups and mandates, the published: who answers for them, and their names."""
        with reading(current_actor()) as session:
            return answer({"items": parties(session, reader(), form["startups"], form["mandates"])})


@pairs.route("/apart")
class ApartPairs(MethodView):
    @pairs.arguments(ApartForm)
    @pairs.response(200)
    def post(self, form):
        """Of many pairs, those that may not be brought together."""
        with reading(current_actor()) as session:
            return answer({"items": apart(session, reader(), form["pairs"])})


@feeds.route("/<string:name>")
class Feed(MethodView):
    @feeds.arguments(FeedQuery, location="query")
    @feeds.response(200, page_of(MatchView))
    def get(self, query, name):
        """The live feed of a mandate or an investor: matches first, then near misses. Reading moves
        nothing.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer(
                {"items": reader().feed(session, name, scope, query["limit"], query["new"])}
            )


@feeds.route("/<string:name>/stream")
class Stream(MethodView):
    @feeds.response(200, content_type="text/event-stream")
    def get(self, name):
        """Live events of a feed (appeared, changed, left, answered, decided, returned);
        Last-Event-ID resumes within a week.
        """
        with reading(current_actor()) as session:
            population = reader().population(session, Asking())
            mandates = reader().mandate(session, population, name)
            reader().may_read(session, population, mandates)
        given = request.headers.get("Last-Event-ID", "").strip()
        after = int(given) if given.isdigit() and len(given) < 16 else None
        actor, revocations = current_actor(), part("revocations")
        told = Response(
            part("hub").stream(
                actor, frozenset(mandates), after, lambda: stands(revocations, actor)
            ),
            mimetype="text/event-stream",
            direct_passthrough=True,
        )
        told.headers |= {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return told


def stands(revocations: Revocations, actor: Actor) -> bool:
    """Whether a token still counts."""
    try:
        revocations.refuse(actor)
    except Unauthorized:
        return False
    return True


@feeds.route("/<string:name>/seen")
class SeenMark(MethodView):
    @feeds.response(204)
    def post(self, name):
        """Marks the feed as read up to now."""
        with transaction(current_actor()) as session:
            population = reader().population(session, Asking())
            mandates = reader().mandate(session, population, name)
            reader().may_read(session, population, mandates)
            actions.mark_seen(session, mandates)


@feeds.route("/<string:name>/plan")
class Plan(MethodView):
    @feeds.arguments(PlanForm)
    @feeds.response(200, PlanForm)
    def put(self, form, name):
        """Says in which zone the week of a mandate's editions begins, and how many items they
        hold.
        """
        with transaction(current_actor()) as session:
            row = editions.set_plan(session, reader(), name, form)
            return answer({"zone": row.zone, "most": row.most})


@feeds.route("/<string:name>/editions")
class Editions(MethodView):
    @feeds.response(200, page_of(WeekView))
    def get(self, name):
        """The weeks that have an edition, the newest first."""
        with reading(current_actor()) as session:
            return answer({"items": editions.editions(session, reader(), name)})


@feeds.route("/<string:name>/editions/<string:week>")
class OneEdition(MethodView):
    @feeds.arguments(AskingQuery(only=("lang",)), location="query")
    @feeds.response(200, EditionView)
    def get(self, query, name, week):
        """One week's edition, as it was fixed on its Monday."""
        if not editions.is_week(week):
            raise NotFound()
        with reading(current_actor()) as session:
            return answer(
                editions.edition(session, reader(), name, week, query.get("lang") or language())
            )


@matches.route("")
class StartupMatches(MethodView):
    @matches.arguments(StartupQuery, location="query")
    @matches.response(200, page_of(MatchView))
    def get(self, query):
        """A startup's own list: one row per investor, its best mandate, from what investors
        publish.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer({"items": reader().matches(session, query["startup"], scope)})


@matches.route("/<string:startup>/<string:mandate>")
class Explanation(MethodView):
    @matches.arguments(AskingQuery, location="query")
    @matches.response(200, MatchView)
    def get(self, query, startup, mandate):
        """One pair in full, also where it fails: gates, contributions that sum, reasons,
        questions.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer(reader().explain(session, startup, mandate, scope))


@matches.route("/<string:startup>/<string:other>/gates")
class Gates(MethodView):
    @matches.arguments(GatesQuery, location="query")
    @matches.response(200)
    def get(self, query, startup, other):
        """The gates of a startup against an investor, mandate, site, provider or programme."""
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer(
                {"items": reader().gates(session, startup, other, scope, query.get("partner"))}
            )


@matches.route("/<string:startup>/<string:mandate>/brief")
class Brief(MethodView):
    @matches.arguments(BriefQuery, location="query")
    @matches.response(200, content_type="application/pdf")
    @budgeted
    def get(self, query, startup, mandate):
        """One page about the startup for the investment meeting, as a PDF or its content: each line
        with date and source, unknowns listed.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            if query["format"] == "json":
                return answer(brief_content(session, reader(), startup, mandate, scope))
            content = brief(session, reader(), startup, mandate, scope)
        return as_file(content, f"brief-{scope.lang}.pdf", inline=True)


@coach.route("")
class Coach(MethodView):
    @coach.arguments(StartupQuery, location="query")
    @coach.response(200)
    def get(self, query):
        """What a startup should state next, by how many mandates it would answer; what has gone
        stale; what one change would bring.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer(reader().coach(session, query["startup"], scope))


@triads.route("")
class StartupTriads(MethodView):
    @triads.arguments(StartupQuery, location="query")
    @triads.response(200)
    def get(self, query):
        """The best investor-and-site pairs for a startup, the weakest link named."""
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer({"items": reader().triads(session, query["startup"], scope)})


@previews.route("")
class Preview(MethodView):
    @previews.arguments(PreviewForm)
    @previews.arguments(AskingQuery, location="query")
    @previews.response(200)
    def post(self, form, query):
        """The moves in rank over all startups if a mandate had other weights or facts. Nothing is
        stored.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer(preview(reader(), session, form, scope))


@exposure.route("")
class Exposure(MethodView):
    @exposure.arguments(AskingQuery, location="query")
    @exposure.response(200)
    def get(self, query):
        """For programme staff: the share of startups' lists each mandate fills, and the startups
        nobody is shown.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer(exposure_report(session, reader().population(session, scope), scope))


@search.route("")
class Search(MethodView):
    @search.arguments(SearchQuery, location="query")
    @search.response(200)
    def get(self, query):
        """Organisations by name: width, case, kana, romanisation and typos are forgiven."""
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer({"items": reader().search(session, query["q"], query["limit"], scope)})
