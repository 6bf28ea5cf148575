"""What people do about pairs: questions, decisions, what dated rules say, lists of companies of
concern.
"""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.matching import asks, decisions, onboarding, watchlists
from services.matching.queries import Asking
from services.matching.routes.matches import asking, reader
from services.matching.schemas.matches import AskForm, AsksQuery, AskView
from services.matching.schemas.work import (
    AssignmentForm,
    DecisionForm,
    DecisionsQuery,
    DecisionView,
    ExportQuery,
    FindingView,
    OnboardingForm,
    RulesQuery,
    WatchlistForm,
    WatchlistView,
)
from services.matching.screenings import findings
from shared.auth import OFFICERS
from shared.organizations import sheets
from shared.organizations.headings import match
from shared.schemas import page_of
from shared.web import answer, as_file, current_actor, idempotent, reading, transaction
from shared.web.answers import expected_version
from shared.web.budget import budgeted
from shared.web.colleagues import need_colleague
from shared.web.problems import language
from shared.web.reader import uploaded
from shared.workbooks import table

questions = Blueprint(
    "asks", __name__, url_prefix="/api/v1/asks", description="Questions from reviewers to startups"
)
rulebook = Blueprint(
    "rules", __name__, url_prefix="/api/v1/rules", description="What dated public rules say"
)
lists = Blueprint(
    "watchlists",
    __name__,
    url_prefix="/api/v1/watchlists",
    description="Lists of companies of concern",
)
UPLOAD = {
    "type": "object",
    "required": ["file", "mandate"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "mandate": {"type": "string"},
        "apply": {"type": "boolean"},
    },
}
deciding = Blueprint(
    "decisions",
    __name__,
    url_prefix="/api/v1/decisions",
    description="What a mandate's owner decides about pairs",
)


@questions.route("")
class Asks(MethodView):
    @questions.arguments(AsksQuery, location="query")
    @questions.response(200, page_of(AskView))
    def get(self, query):
        """Of a `startup`, the questions that wait for its answer; without one, what your
        organisation has asked.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            items = (
                asks.received(session, reader(), query["startup"], scope)
                if "startup" in query
                else asks.sent(session, scope)
            )
            return answer({"items": items})

    @questions.arguments(AskForm)
    @questions.response(201, AskView)
    @idempotent
    def post(self, form):
        """Asks a startup about an unknown gate; questions of several mandates are put as one."""
        with transaction(current_actor()) as session:
            scope = Asking(language())
            return answer(
                asks.sent_document(
                    *asks.ask(session, reader(), form, scope), session.info["now"], scope.lang
                ),
                201,
            )


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
        """What dated rules say of a startup, or with `investor` of the two: each with rule,
        version, source and date; no legal advice.
        """
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer({"items": findings(session, reader(), query, scope)})


@lists.route("")
class Watchlists(MethodView):
    @lists.response(200, page_of(WatchlistView))
    def get(self):
        """All versions of all lists, withdrawn ones too, without their entries."""
        actor = current_actor()
        actor.need("startup", "reviewer", "site-manager", *OFFICERS)
        with reading(actor) as session:
            return answer({"items": watchlists.shown(session, session.info["today"])})

    @lists.arguments(WatchlistForm)
    @lists.response(201, WatchlistView)
    @idempotent
    def post(self, form):
        """Adds a published version; every startup is screened anew, and those for which something
        changes are told.
        """
        with transaction(current_actor()) as session:
            population = reader().population(session, Asking())
            row, changed = watchlists.add(session, population, form)
            decisions.resurface(session, population, changed)
            return answer(watchlists.watchlist_document(row) | {"changed": changed}, 201)


@lists.route("/<slug:watchlist>/withdrawal")
class Withdrawal(MethodView):
    @lists.response(200, WatchlistView)
    def post(self, watchlist):
        """Takes back a version that its publisher has withdrawn: it flags nobody, at no date."""
        with transaction(current_actor()) as session:
            population = reader().population(session, Asking())
            row, changed = watchlists.withdraw(session, population, watchlist)
            decisions.resurface(session, population, changed)
            return answer(watchlists.watchlist_document(row) | {"changed": changed})


@deciding.route("")
class Decisions(MethodView):
    @deciding.arguments(DecisionsQuery, location="query")
    @deciding.response(200, page_of(DecisionView))
    def get(self, query):
        """What your organisation has decided, the newest first."""
        scope = asking(query)
        with reading(current_actor()) as session:
            return answer({"items": decisions.listed(session, query, scope.lang)})

    @deciding.arguments(DecisionForm)
    @deciding.response(201, DecisionView)
    @idempotent
    def post(self, form):
        """Advances, holds or passes a pair; with If-Match only if nobody has decided meanwhile. An
        illegal step answers with the legal ones.
        """
        with transaction(current_actor()) as session:
            scope = Asking(language())
            row = decisions.decide(session, reader(), form, scope, expected_version(required=False))
            return answer(decisions.decision_document(session, row, scope.lang), 201, row.version)


@deciding.route("/imports")
class Imports(MethodView):
    @deciding.doc(
        requestBody={"required": True, "content": {"multipart/form-data": {"schema": UPLOAD}}}
    )
    @deciding.arguments(OnboardingForm, location="form")
    @deciding.response(200)
    @budgeted
    def post(self, form):
        """The companies a team knows already (CSV or XLSX: company, status, reason, date, note):
        they are no news; `apply` notes them.
        """
        actor = current_actor()
        actor.need("reviewer")
        name, content = uploaded()
        found = sheets.take(content, name, onboarding.WORDS)
        with (transaction if form["apply"] else reading)(actor) as session:
            made = onboarding.plan(session, reader(), form["mandate"], found)
            count = onboarding.apply(session, form["mandate"], made) if form["apply"] else 0
            told = made.document() | {"applied": form["apply"], "count": count}
            return answer(told | found.told(match(found.headings, onboarding.WORDS)))


@deciding.route("/exports")
class Exports(MethodView):
    @deciding.arguments(ExportQuery, location="query")
    @deciding.response(200)
    @budgeted
    def get(self, query):
        """Your organisation's decisions as a table for a CRM or for Excel."""
        actor, kind = current_actor(), query["format"]
        actor.need("reviewer")
        with reading(actor) as session:
            rows = onboarding.table(
                session, reader().population(session, Asking()), query.get("lang") or language()
            )
        return as_file(
            table(*onboarding.shaped(rows, query.get("crm")), kind), f"nakodo-decisions.{kind}"
        )


@deciding.route("/<slug:decision>/undo")
class Undo(MethodView):
    @deciding.response(200, DecisionView)
    def post(self, decision):
        """Takes the last step back, within a day of it."""
        with transaction(current_actor()) as session:
            return answer(
                decisions.decision_document(session, decisions.undo(session, decision), language())
            )


@deciding.route("/<slug:decision>/assignment")
class Assignment(MethodView):
    @deciding.arguments(AssignmentForm)
    @deciding.response(200, DecisionView)
    def put(self, form, decision):
        """Gives a pair that advances to somebody of the team, or, with null, to nobody."""
        actor = current_actor()
        with reading(actor) as session:
            decisions.of_the_house(session, decision)
        need_colleague(actor, form["person"], "person")
        with transaction(actor) as session:
            return answer(
                decisions.decision_document(
                    session, decisions.assign(session, decision, form["person"]), language()
                )
            )
