"""HTTP in and out of the meetings service."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.meetings import actions, arrange, queries
from services.meetings.rules import ACCEPT
from services.meetings.schemas import introductions as s
from shared.auth import OFFICERS
from shared.schemas import page_of
from shared.web import answer, as_file, current_actor, gives_file, idempotent, reading, transaction
from shared.web.answers import expected_version
from shared.web.app import part
from shared.web.budget import budgeted
from shared.web.problems import language

introductions = Blueprint(
    "introductions",
    __name__,
    url_prefix="/api/v1/introductions",
    description="A startup and an investor, brought together",
)
meetings = Blueprint(
    "meetings", __name__, url_prefix="/api/v1/meetings", description="Meetings of those introduced"
)


def _whole(session, introduction: str) -> dict:
    return queries.whole(session, introduction, part("doors").contact, language())


@introductions.route("")
class Introductions(MethodView):
    @introductions.arguments(s.IntroductionsQuery, location="query")
    @introductions.response(200, page_of(s.IntroductionView))
    def get(self, query):
        """Your organisation's introductions, those that wait for your answer first."""
        with reading(current_actor()) as session:
            return answer(
                {"items": queries.listed(session, query, query.get("lang") or language())}
            )

    @introductions.arguments(s.IntroductionForm)
    @introductions.response(201, s.IntroductionView)
    @idempotent
    def post(self, form):
        """Asks the other side for an introduction; as an officer, proposes it to both."""
        actor = current_actor()
        actor.need("startup", "reviewer", *OFFICERS)
        pair = part("doors").pair(form["startup"], form["mandate"])
        with transaction(actor) as session:
            row = actions.ask(session, pair, form)
            side = actions.side_of(actor, row)
            return answer(
                queries.document(session, row, side, language()),
                201,
                actions.version_for(row, side),
            )


@introductions.route("/budget")
class Budget(MethodView):
    @introductions.arguments(s.BudgetQuery, location="query")
    @introductions.response(200, s.BudgetView)
    def get(self, query):
        """How many introductions your organisation may still ask for this week, and when the count
        begins anew.
        """
        with reading(current_actor()) as session:
            return answer(queries.budget(session, query.get("org")))


@introductions.route("/grants")
class Grants(MethodView):
    @introductions.arguments(s.GrantForm)
    @introductions.response(201, s.GrantView)
    @idempotent
    def post(self, form):
        """As staff, lets an organisation ask for more this week; the reason is kept."""
        with transaction(current_actor()) as session:
            return answer(queries.grant_document(actions.grant(session, form)), 201)


@introductions.route("/<slug:introduction>")
class One(MethodView):
    @introductions.response(200, s.IntroductionView)
    def get(self, introduction):
        """One introduction; the other side's contact is in it once both have accepted, under that
        person's consent.
        """
        with reading(current_actor()) as session:
            told = _whole(session, introduction)
        return answer(told, 200, told["version"])


@introductions.route("/<slug:introduction>/steps")
class Steps(MethodView):
    @introductions.arguments(s.StepForm)
    @introductions.response(201, s.IntroductionView)
    @idempotent
    def post(self, form, introduction):
        """Accepts, declines, withdraws or closes. A decline stays private until its time; an
        illegal step answers with the legal ones.
        """
        actor = current_actor()
        pair = None
        if form["act"] == ACCEPT:
            with reading(actor) as session:
                row, _ = queries.one(session, introduction)
            pair = part("doors").pair(row.startup, row.mandate)
        with transaction(actor) as session:
            row = actions.step(
                session, introduction, form["act"], pair, expected_version(required=False)
            )
            side = actions.side_of(actor, row)
            return answer(
                queries.document(session, row, side, language()),
                201,
                actions.version_for(row, side),
            )


@introductions.route("/<slug:introduction>/remarks")
class Remarks(MethodView):
    @introductions.arguments(s.RemarkForm)
    @introductions.response(201, s.RemarkView)
    @idempotent
    def post(self, form, introduction):
        """A question before answering, or a word to the other side."""
        with transaction(current_actor()) as session:
            row = actions.remark(session, introduction, form["text"])
            return answer(queries.remark_document(row, row.side), 201)


@introductions.route("/<slug:introduction>/outcomes")
class Outcomes(MethodView):
    @introductions.arguments(s.OutcomeForm)
    @introductions.response(201, s.OutcomeView)
    @idempotent
    def post(self, form, introduction):
        """What came of it, as your side tells it; the other side does not see this."""
        with transaction(current_actor()) as session:
            return answer(
                queries.outcome_document(actions.outcome(session, introduction, form), language()),
                201,
            )


@introductions.route("/<slug:introduction>/meetings")
class Offers(MethodView):
    @introductions.arguments(s.OfferForm)
    @introductions.response(201, s.MeetingView)
    @idempotent
    def post(self, form, introduction):
        """Offers the other side up to five times; an earlier offer or meeting gives way."""
        with transaction(current_actor()) as session:
            row = arrange.offer(session, introduction, form)
            return answer(arrange.meeting_document(row, row.offered_by), 201, row.version)


@meetings.route("")
class Meetings(MethodView):
    @meetings.response(200, page_of(s.MeetingView))
    def get(self):
        """Meetings offered or agreed, of your organisation."""
        with reading(current_actor()) as session:
            return answer({"items": arrange.listed(session)})


@meetings.route("/<slug:meeting>/agreement")
class Agreement(MethodView):
    @meetings.arguments(s.AgreementForm)
    @meetings.response(201, s.MeetingView)
    @idempotent
    def post(self, form, meeting):
        """Takes one of the times offered."""
        with transaction(current_actor()) as session:
            row = arrange.agree(session, meeting, form, expected_version(required=False))
            return answer(arrange.meeting_document(row, "") | {"mine": False}, 201, row.version)


@meetings.route("/<slug:meeting>/cancellation")
class Cancellation(MethodView):
    @meetings.response(201, s.MeetingView)
    @idempotent
    def post(self, meeting):
        """Takes an offer or a meeting back."""
        with transaction(current_actor()) as session:
            return answer(arrange.meeting_document(arrange.cancel(session, meeting), ""), 201)


@meetings.route("/<slug:meeting>/calendar")
class CalendarFile(MethodView):
    @gives_file(meetings, "ics")
    @budgeted
    def get(self, meeting):
        """An agreed meeting as a calendar file (iCalendar), in your zone, with both named."""
        with reading(current_actor()) as session:
            return as_file(
                arrange.calendar(*arrange.one(session, meeting), language()),
                f"nakodo-{meeting}.ics",
            )
