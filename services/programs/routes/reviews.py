"""Rounds, the panel, who reads what, interviews; and reviewing by a personal link."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.programs import interviews, meeting, panel, reviews
from services.programs.routes.calls import cohorts
from services.programs.rules import NO_CONFLICT, RECUSE, REVIEW
from services.programs.schemas import reviews as s
from shared import jobs
from shared.auth import Actor
from shared.web import answer, as_file, current_actor, idempotent, reading, transaction
from shared.web.answers import expected_version
from shared.web.budget import budgeted
from shared.workbooks import table

rounds = Blueprint("rounds", __name__, url_prefix="/api/v1/rounds", description="Rounds of review")
reviewing = Blueprint(
    "reviewing",
    __name__,
    url_prefix="/api/v1/reviewing",
    description="A reviewer's desk, by a personal link",
)
GUEST = Actor("reviewer", "guest")
RANKED = (
    "rank",
    "receipt",
    "name",
    "state",
    "worth",
    "low",
    "high",
    "best",
    "worst",
    "chance",
    "mean",
    "split",
    "open",
)


@cohorts.route("/<slug:cohort>/rounds")
class Rounds(MethodView):
    @cohorts.response(200)
    def get(self, cohort):
        """A call's rounds, the first due first."""
        with reading(current_actor()) as session:
            return answer({"items": panel.rounds(session, cohort)})

    @cohorts.arguments(s.RoundForm)
    @cohorts.response(201, s.RoundView)
    @idempotent
    def post(self, form, cohort):
        """Opens a round."""
        with transaction(current_actor()) as session:
            row = panel.open_round(session, cohort, form)
            return answer(panel.round_document(session, row), 201, row.version)


@cohorts.route("/<slug:cohort>/reviewers")
class Reviewers(MethodView):
    @cohorts.response(200)
    def get(self, cohort):
        """A call's panel, with what each has done and what is open."""
        with reading(current_actor()) as session:
            return answer({"items": panel.panel(session, cohort)})

    @cohorts.arguments(s.ReviewerForm)
    @cohorts.response(201)
    @idempotent
    def post(self, form, cohort):
        """Adds a reviewer; no account is needed."""
        with transaction(current_actor()) as session:
            return answer(panel.reviewer_document(panel.invite(session, cohort, form)), 201)


@cohorts.route("/<slug:cohort>/reviewers/<slug:reviewer>")
class OneReviewer(MethodView):
    @cohorts.arguments(s.ReviewerChange)
    @cohorts.response(200)
    def patch(self, form, cohort, reviewer):
        """Changes a reviewer; an interest added recuses them from what it touches."""
        with transaction(current_actor()) as session:
            return answer(
                panel.reviewer_document(panel.change_reviewer(session, cohort, reviewer, form))
            )

    @cohorts.response(200)
    def delete(self, cohort, reviewer):
        """Takes a reviewer off the panel; what they have submitted stays."""
        with transaction(current_actor()) as session:
            return answer(panel.reviewer_document(panel.leave(session, cohort, reviewer)))


@cohorts.route("/<slug:cohort>/reviewers/<slug:reviewer>/link")
class ReviewerLink(MethodView):
    @cohorts.response(201)
    def post(self, cohort, reviewer):
        """A new personal link, shown once; the one before ends."""
        with transaction(current_actor()) as session:
            row, token = panel.link(session, cohort, reviewer)
            return answer(panel.reviewer_document(row) | {"path": f"/reviewing/{token}"}, 201)


@rounds.route("/<slug:round_>")
class OneRound(MethodView):
    @rounds.response(200, s.RoundView)
    def get(self, round_):
        """One round, with how far it is."""
        with reading(current_actor()) as session:
            row = panel.own_round(session, round_, lock=False)
            return answer(panel.round_document(session, row), version=row.version)

    @rounds.arguments(s.RoundChange)
    @rounds.response(200, s.RoundView)
    def patch(self, form, round_):
        """Changes or closes a round; If-Match with the version you read."""
        with transaction(current_actor()) as session:
            row = panel.change_round(session, round_, form, expected_version())
            return answer(panel.round_document(session, row), version=row.version)


@rounds.route("/<slug:round_>/allocation")
class Allocation(MethodView):
    @rounds.arguments(s.AllocationForm)
    @rounds.response(202)
    def post(self, form, round_):
        """Has applications shared out among the panel: caps and conflicts never broken, fields
        covered, loads even.
        """
        with transaction(current_actor()) as session:
            return answer(
                jobs.document(panel.allocate(session, round_, form.get("applications"))), 202
            )

    @rounds.response(200)
    def delete(self, round_):
        """Stops an allocation under way."""
        with transaction(current_actor()) as session:
            return answer(jobs.document(panel.stop_allocation(session, round_)))


@rounds.route("/<slug:round_>/reviews")
class Reviews(MethodView):
    @rounds.response(200)
    def get(self, round_):
        """Who reads what, and how far they are."""
        with reading(current_actor()) as session:
            return answer({"items": panel.reviews(session, round_)})

    @rounds.arguments(s.AssignmentForm)
    @rounds.response(201)
    def post(self, form, round_):
        """Gives one more reviewer one application, by hand."""
        with transaction(current_actor()) as session:
            return answer(
                panel.review_document(
                    panel.assign(session, round_, form["application"], form["reviewer"])
                ),
                201,
            )


@rounds.route("/reviews/<slug:review>")
class OneReview(MethodView):
    @rounds.response(200)
    def delete(self, review):
        """Takes a review back from its reviewer, before it is submitted."""
        with transaction(current_actor()) as session:
            return answer(panel.review_document(panel.release(session, review)))


@rounds.route("/<slug:round_>/ranking")
class Ranking(MethodView):
    @rounds.arguments(s.RankingQuery, location="query")
    @rounds.response(200)
    @budgeted
    def get(self, query, round_):
        """The list for the decision meeting: reviewers on one scale, with how sure the order is,
        and what they are apart on.
        """
        with reading(current_actor()) as session:
            told = meeting.ranking(session, round_)
        if query["format"] == "json":
            return answer(told)
        rows = [[item[column] for column in RANKED] for item in told["items"]]
        return as_file(table(RANKED, rows, query["format"]), f"nakodo-ranking.{query['format']}")


@rounds.route("/<slug:round_>/slots")
class Slots(MethodView):
    @rounds.response(200)
    def get(self, round_):
        """Times for interviews, and who comes when."""
        with reading(current_actor()) as session:
            return answer({"items": interviews.slots(session, round_)})

    @rounds.arguments(s.SlotsForm)
    @rounds.response(201)
    def post(self, form, round_):
        """Offers times; nobody of the panel may sit twice."""
        with transaction(current_actor()) as session:
            return answer(
                {
                    "items": [
                        interviews.slot_document(row)
                        for row in interviews.offer(session, round_, form)
                    ]
                },
                201,
            )


@rounds.route("/<slug:round_>/slots/fill")
class Fill(MethodView):
    @rounds.response(200)
    def post(self, round_):
        """Gives as many shortlisted applications as possible a time whose panel may judge them;
        names the rest.
        """
        with transaction(current_actor()) as session:
            return answer(interviews.fill(session, round_))


@rounds.route("/slots/<slug:slot>")
class OneSlot(MethodView):
    @rounds.arguments(s.BookingForm)
    @rounds.response(200)
    def put(self, form, slot):
        """Gives a time to an application, or frees it."""
        with transaction(current_actor()) as session:
            return answer(
                interviews.slot_document(interviews.book(session, slot, form["application"]))
            )


@reviewing.route("/<string:token>")
class Desk(MethodView):
    @reviewing.response(200)
    def get(self, token):
        """What lies on your desk."""
        with reading(GUEST) as session:
            return answer(reviews.desk(session, token))


@reviewing.route("/<string:token>/<slug:review>")
class MyReview(MethodView):
    @reviewing.response(200)
    def get(self, token, review):
        """One review; the application once you have declared that nothing stands against it."""
        with reading(GUEST) as session:
            return answer(reviews.read(session, token, review))

    @reviewing.arguments(s.ReviewForm)
    @reviewing.response(200)
    def put(self, form, token, review):
        """Your scores; until the round closes you may change them."""
        return _step(token, review, REVIEW, form)


@reviewing.route("/<string:token>/<slug:review>/interest")
class NoConflict(MethodView):
    @reviewing.response(200)
    def put(self, token, review):
        """Declares that you have no interest in the applicant: opens the application."""
        return _step(token, review, NO_CONFLICT, {})


@reviewing.route("/<string:token>/<slug:review>/recusal")
class Recusal(MethodView):
    @reviewing.arguments(s.RecusalForm)
    @reviewing.response(200)
    def put(self, form, token, review):
        """Steps back, with the reason; what you had scored no longer counts."""
        return _step(token, review, RECUSE, form)


def _step(token: str, review: str, act: str, form: dict):
    with transaction(GUEST) as session:
        reviews.step(session, token, review, act, form, expected_version(required=False))
        return answer(reviews.read(session, token, review))
