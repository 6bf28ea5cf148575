"""Calls, applications, checks, decisions in bulk."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.programs import boards
from services.programs import cohorts as calls
from services.programs.rules import SUBMIT
from services.programs.schemas import calls as s
from shared import audit
from shared.auth import OFFICERS
from shared.schemas import page_of
from shared.web import answer, as_file, current_actor, gives_file, idempotent, reading, transaction
from shared.web.answers import expected_version
from shared.web.app import part
from shared.web.budget import budgeted
from shared.web.colleagues import need_colleague

cohorts = Blueprint(
    "cohorts",
    __name__,
    url_prefix="/api/v1/cohorts",
    description="Calls of programmes, and the cohorts they fill",
)
applications = Blueprint(
    "applications", __name__, url_prefix="/api/v1/applications", description="Applications to calls"
)


def _checks(application: str) -> dict:
    """What the dated rules say today of the applicant of a call."""
    with reading(current_actor()) as session:
        told = boards.one(session, application)
        program = boards.call(session, told["cohort"])["program"]
    return part("doors").checks(told["startup"], program) if told["startup"] else {}


def _topics(application: str) -> list[str]:
    with reading(current_actor()) as session:
        startup = boards.one(session, application)["startup"]
    return part("doors").topics(startup) if startup else []


@cohorts.route("")
class Cohorts(MethodView):
    @cohorts.response(200, page_of(s.CallView))
    def get(self):
        """Calls you may read, the next deadline first."""
        with reading(current_actor()) as session:
            return answer({"items": boards.calls(session)})

    @cohorts.arguments(s.CallForm)
    @cohorts.response(201, s.CallView)
    @idempotent
    def post(self, form):
        """Opens a call of a programme."""
        with transaction(current_actor()) as session:
            row = calls.open_call(session, form)
            return answer(boards.call_document(row, session), 201, row.seen_version)


@cohorts.route("/<slug:cohort>")
class OneCohort(MethodView):
    @cohorts.response(200, s.CallView)
    def get(self, cohort):
        """One call."""
        with reading(current_actor()) as session:
            told = boards.call(session, cohort)
            return answer(told, version=told["version"])

    @cohorts.arguments(s.CallChange)
    @cohorts.response(200, s.CallView)
    def patch(self, form, cohort):
        """Changes a call; If-Match with the version you read."""
        with transaction(current_actor()) as session:
            row = calls.change_call(session, cohort, form, expected_version())
            return answer(boards.call_document(row, session), version=row.seen_version)


@cohorts.route("/<slug:cohort>/applications")
class Applications(MethodView):
    @cohorts.arguments(s.ApplicationsQuery, location="query")
    @cohorts.response(200, page_of(s.ApplicationView))
    def get(self, query, cohort):
        """Your own applications to a call; for its office, the board."""
        with reading(current_actor()) as session:
            return answer({"items": boards.applications(session, cohort, query)})

    @cohorts.arguments(s.ApplicationForm)
    @cohorts.response(201, s.ApplicationView)
    @idempotent
    def post(self, form, cohort):
        """Begins an application, as a draft."""
        with transaction(current_actor()) as session:
            row = calls.apply(session, cohort, form)
            return answer(boards.one(session, row.id), 201, row.seen_version)


@cohorts.route("/<slug:cohort>/board")
class Board(MethodView):
    @cohorts.arguments(s.BoardQuery, location="query")
    @cohorts.response(200)
    def get(self, query, cohort):
        """The office's board: applications with the result of every rule, page by page, and how
        many there are of what.
        """
        with reading(current_actor()) as session:
            return answer(boards.board(session, cohort, query))


@cohorts.route("/<slug:cohort>/moves")
class Moves(MethodView):
    @cohorts.arguments(s.MoveForm)
    @cohorts.response(201)
    @idempotent
    def post(self, form, cohort):
        """Shortlists, accepts, puts on the waiting list or declines applications together, all or
        none.
        """
        with transaction(current_actor()) as session:
            return answer(
                boards.batch_document(
                    calls.move(session, cohort, form["act"], form["applications"])
                ),
                201,
            )


@cohorts.route("/<slug:cohort>/moves/<slug:batch>/undo")
class Undo(MethodView):
    @cohorts.response(200)
    def post(self, cohort, batch):
        """Puts a batch back, within a day, if nobody has moved any of it since."""
        with transaction(current_actor()) as session:
            return answer(boards.batch_document(calls.undo(session, cohort, batch)))


@cohorts.route("/<slug:cohort>/chasers")
class Chasers(MethodView):
    @cohorts.response(200)
    def post(self, cohort):
        """Writes to every applicant with open questions, at most every three days."""
        with transaction(current_actor()) as session:
            return answer({"count": calls.chase(session, cohort)})


@cohorts.route("/<slug:cohort>/announcement")
class Announcement(MethodView):
    @cohorts.arguments(s.AnnouncementForm)
    @cohorts.response(200, s.CallView)
    def post(self, form, cohort):
        """Says from when applicants may read the results; mail goes then."""
        with transaction(current_actor()) as session:
            return answer(
                boards.call_document(calls.announce(session, cohort, form.get("at")), session)
            )


@cohorts.route("/<slug:cohort>/exports")
class Exports(MethodView):
    @cohorts.arguments(s.TableQuery, location="query")
    @gives_file(cohorts, "csv", "xlsx")
    @budgeted
    def get(self, query, cohort):
        """The board as a table."""
        actor = current_actor()
        actor.need(*OFFICERS)
        with reading(actor) as session:
            return as_file(
                boards.table(session, cohort, query["format"]), f"nakodo-{cohort}.{query['format']}"
            )


@applications.route("/<slug:application>")
class OneApplication(MethodView):
    @applications.response(200, s.ApplicationView)
    def get(self, application):
        """One application with everything found about it."""
        with reading(current_actor()) as session:
            told = boards.one(session, application)
            return answer(told, version=told.get("version"))

    @applications.arguments(s.ApplicationChange)
    @applications.response(200, s.ApplicationView)
    def patch(self, form, application):
        """Changes a draft; If-Match with the version you read: of two who edit, one is told."""
        with transaction(current_actor()) as session:
            row = calls.edit(session, application, form, expected_version())
            return answer(boards.one(session, row.id), version=row.seen_version)


@applications.route("/<slug:application>/steps")
class Steps(MethodView):
    @applications.arguments(s.ApplicantStep)
    @applications.response(201, s.ApplicationView)
    @idempotent
    def post(self, form, application):
        """Submits, takes back before the deadline, or withdraws; submitting lists every gap and
        gives a receipt.
        """
        actor = current_actor()
        found, topics = (
            (_checks(application), _topics(application)) if form["act"] == SUBMIT else (None, None)
        )
        try:
            with transaction(actor) as session:
                row = calls.step_of_applicant(
                    session,
                    application,
                    form["act"],
                    found,
                    expected_version(required=False),
                    topics,
                )
                return answer(boards.one(session, row.id), 201)
        except calls.DeadlinePassed:
            with transaction(actor) as session:  # the refusal itself is kept
                audit.note(session, "application-late", application, act=form["act"])
            raise


@applications.route("/<slug:application>/submitter")
class Submitter(MethodView):
    @applications.arguments(s.SubmitterForm)
    @applications.response(200, s.ApplicationView)
    def put(self, form, application):
        """Makes a colleague the one who submits; collaborators edit."""
        actor = current_actor()
        need_colleague(actor, form["person"], "person")
        with transaction(actor) as session:
            return answer(
                boards.one(session, calls.hand_over(session, application, form["person"]).id)
            )


@applications.route("/<slug:application>/checks")
class Recheck(MethodView):
    @applications.response(200, s.ApplicationView)
    def post(self, application):
        """Puts what the dated rules say today beside an application; an officer's own findings
        stay.
        """
        found = _checks(application)
        with transaction(current_actor()) as session:
            return answer(boards.one(session, calls.recheck(session, application, found).id))


@applications.route("/<slug:application>/checks/<slug:rule>")
class Finding(MethodView):
    @applications.arguments(s.FindingForm)
    @applications.response(200, s.ApplicationView)
    def put(self, form, application, rule):
        """An officer's own finding on a rule, with what it rests on."""
        with transaction(current_actor()) as session:
            return answer(
                boards.one(session, calls.note_check(session, application, rule, form).id)
            )
