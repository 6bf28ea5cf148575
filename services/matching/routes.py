"""HTTP in and out of the matching service."""

import time

from flask import current_app
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy import select

from services.matching import actions, asks, watchlists
from services.matching.exposure import exposure as exposure_report
from services.matching.members import behind_of
from services.matching.previews import preview
from services.matching.queries import Asking
from services.matching.schemas import (
    AskForm,
    AskingQuery,
    AsksQuery,
    AskView,
    FeedQuery,
    FindingView,
    GatesQuery,
    MatchView,
    PreviewForm,
    RulesQuery,
    SearchQuery,
    StartupQuery,
    WatchlistForm,
    WatchlistView,
)
from services.matching.screenings import findings
from shared.errors import Unavailable
from shared.schemas import page_of
from shared.tables import high_water
from shared.web import answer, current_actor, idempotent, reading, transaction
from shared.web.problems import language

matches = Blueprint("matches", __name__, url_prefix="/api/v1/matches", description="Pairs of startup and mandate")
feeds = Blueprint("feeds", __name__, url_prefix="/api/v1/feeds", description="What is new for a mandate")
triads = Blueprint("triads", __name__, url_prefix="/api/v1/triads", description="Startup, investor and site together")
previews = Blueprint("previews", __name__, url_prefix="/api/v1/previews", description="What a changed mandate would move")
coach = Blueprint("coach", __name__, url_prefix="/api/v1/coach", description="What a startup should state next")
exposure = Blueprint("exposure", __name__, url_prefix="/api/v1/exposure", description="Who is shown to whom")
questions = Blueprint("asks", __name__, url_prefix="/api/v1/asks", description="Questions from reviewers to startups")
rulebook = Blueprint("rules", __name__, url_prefix="/api/v1/rules", description="What dated public rules say")
lists = Blueprint("watchlists", __name__, url_prefix="/api/v1/watchlists", description="Lists of companies of concern")
search = Blueprint("search", __name__, url_prefix="/api/v1/search", description="Organisations by any of their names")

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


def reader():
    return current_app.extensions["nakodo"]["reader"]


def asking(query: dict) -> Asking:
    """The scope of an answer, once everything waited for has arrived."""
    _wait_for(query["min_version"])
    return Asking(query.get("lang") or language(), query.get("as_of"), query["invented"])


def _wait_for(versions: list[str]) -> None:
    """Waits up to 2 s until the matcher has applied the versions named. Raises NotYet (503, Retry-After)."""
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
    with reading(current_actor()) as session:
        mine = (high_water.c.topic == topic) & (high_water.c.subject == subject)
        return (session.scalar(select(high_water.c.version).where(mine)) or 0) >= version and not behind_of(session, topic, subject)


@feeds.route("/<string:name>")
class Feed(MethodView):
    @feeds.arguments(FeedQuery, location="query")
    @feeds.response(200, page_of(MatchView))
    def get(self, query, name):
        """The live feed of a mandate or an investor: matches first, then near misses. Reading moves nothing."""
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer({"items": reader().feed(session, name, scope, query["limit"], query["new"])})


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


@matches.route("")
class StartupMatches(MethodView):
    @matches.arguments(StartupQuery, location="query")
    @matches.response(200, page_of(MatchView))
    def get(self, query):
        """A startup's own list: one row per investor, its best mandate, from what investors publish."""
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer({"items": reader().matches(session, query["startup"], scope)})


@matches.route("/<string:startup>/<string:mandate>")
class Explanation(MethodView):
    @matches.arguments(AskingQuery, location="query")
    @matches.response(200, MatchView)
    def get(self, query, startup, mandate):
        """One pair in full, also where it fails: gates, contributions that sum, reasons, questions."""
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
            return answer({"items": reader().gates(session, startup, other, scope, query.get("partner"))})


@coach.route("")
class Coach(MethodView):
    @coach.arguments(StartupQuery, location="query")
    @coach.response(200)
    def get(self, query):
        """What a startup should state next, by how many mandates it would answer; what has gone stale; what one change would bring."""
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
        """The moves in rank over all startups if a mandate had other weights or facts. Nothing is stored."""
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer(preview(reader(), session, form, scope))


@exposure.route("")
class Exposure(MethodView):
    @exposure.arguments(AskingQuery, location="query")
    @exposure.response(200)
    def get(self, query):
        """For programme staff: the share of startups' lists each mandate fills, and the startups nobody is shown."""
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


@questions.route("")
class Asks(MethodView):
    @questions.arguments(AsksQuery, location="query")
    @questions.response(200, page_of(AskView))
    def get(self, query):
        """Of a `startup`, the questions that wait for its answer; without one, what your organisation has asked."""
        scope = asking(query)
        with reading(current_actor()) as session:
            items = asks.received(session, reader(), query["startup"], scope) if "startup" in query else asks.sent(session, scope)
            return answer({"items": items})

    @questions.arguments(AskForm)
    @questions.response(201, AskView)
    @idempotent
    def post(self, form):
        """Asks a startup about an unknown gate; questions of several mandates are put as one."""
        with transaction(current_actor()) as session:
            scope = Asking(language())
            return answer(asks.sent_document(*asks.ask(session, reader(), form, scope), session.info["now"], scope.lang), 201)


@questions.route("/<slug:question>/decline")
class Decline(MethodView):
    @questions.response(204)
    def post(self, question):
        """Lets a question rest, in private: whoever asked sees it as open until it expires."""
        with transaction(current_actor()) as session:
            asks.decline(session, question)


@rulebook.route("")
class Rules(MethodView):
    @rulebook.arguments(RulesQuery, location="query")
    @rulebook.response(200, page_of(FindingView))
    def get(self, query):
        """What dated rules say of a startup, or with `investor` of the two: each with rule, version, source and date; no legal advice."""
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer({"items": findings(session, reader(), query, scope)})


@lists.route("")
class Watchlists(MethodView):
    @lists.response(200, page_of(WatchlistView))
    def get(self):
        """All versions of all lists, withdrawn ones too, without their entries."""
        actor = current_actor()
        actor.need("officer", "reviewer", "startup", "site-manager")
        with reading(actor) as session:
            return answer({"items": watchlists.shown(session, session.info["today"])})

    @lists.arguments(WatchlistForm)
    @lists.response(201, WatchlistView)
    @idempotent
    def post(self, form):
        """Adds a published version; every startup is screened anew, and those for which something changes are told."""
        with transaction(current_actor()) as session:
            row, changed = watchlists.add(session, reader().population(session, Asking()), form)
            return answer(watchlists.watchlist_document(row) | {"changed": changed}, 201)


@lists.route("/<slug:watchlist>/withdrawal")
class Withdrawal(MethodView):
    @lists.response(200, WatchlistView)
    def post(self, watchlist):
        """Takes back a version that its publisher has withdrawn: it flags nobody, at no date."""
        with transaction(current_actor()) as session:
            row, changed = watchlists.withdraw(session, reader().population(session, Asking()), watchlist)
            return answer(watchlists.watchlist_document(row) | {"changed": changed})
