"""Consultations, mentors and their hours; the ledger of indicators and the report."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.programs import kpis, reports, support
from services.programs.schemas import support as s
from shared.auth import OFFICERS
from shared.errors import FieldError, Invalid
from shared.schemas import page_of
from shared.web import answer, as_file, current_actor, idempotent, reading, transaction
from shared.web.answers import expected_version
from shared.web.app import part
from shared.web.budget import budgeted
from shared.web.problems import language

consultations = Blueprint(
    "consultations",
    __name__,
    url_prefix="/api/v1/consultations",
    description="Consultations with agencies and experts",
)
mentors = Blueprint(
    "mentors",
    __name__,
    url_prefix="/api/v1/mentors",
    description="Mentors, experts and their office hours",
)
indicators = Blueprint(
    "kpis",
    __name__,
    url_prefix="/api/v1/kpis",
    description="Indicators, their ledger, and the report",
)


@consultations.route("")
class Consultations(MethodView):
    @consultations.arguments(s.ConsultationsQuery, location="query")
    @consultations.response(200, page_of(s.ConsultationView))
    def get(self, query):
        """Your startup's consultations, or your office's, what is due first."""
        with reading(current_actor()) as session:
            return answer({"items": support.consultations(session, query)})

    @consultations.arguments(s.ConsultationForm)
    @consultations.response(201, s.ConsultationView)
    @idempotent
    def post(self, form):
        """Lays a startup's question with an agency or expert."""
        actor = current_actor()
        actor.need(*OFFICERS)
        if not part("doors").published(form["startup"]):
            raise Invalid(errors=[FieldError("startup", "not-found", {})])
        with transaction(actor) as session:
            row = support.consult(session, form)
            return answer(support.consultation_document(row, session), 201, row.version)


@consultations.route("/<slug:consultation>")
class OneConsultation(MethodView):
    @consultations.arguments(s.ConsultationChange)
    @consultations.response(200, s.ConsultationView)
    def patch(self, form, consultation):
        """Changes an open consultation, or closes it with its outcome; If-Match with the version
        you read.
        """
        with transaction(current_actor()) as session:
            row = support.change_consultation(session, consultation, form, expected_version())
            return answer(support.consultation_document(row, session), version=row.version)


@mentors.route("")
class Mentors(MethodView):
    @mentors.response(200)
    def get(self):
        """Your office's mentors with their hours; to a startup those of the programmes it is in."""
        with reading(current_actor()) as session:
            return answer({"items": support.mentors(session)})

    @mentors.arguments(s.MentorForm)
    @mentors.response(201)
    @idempotent
    def post(self, form):
        """Adds a mentor."""
        with transaction(current_actor()) as session:
            return answer(support.mentor_document(support.add_mentor(session, form), session), 201)


@mentors.route("/<slug:mentor>")
class OneMentor(MethodView):
    @mentors.arguments(s.MentorChange)
    @mentors.response(200)
    def patch(self, form, mentor):
        """Changes a mentor, or takes them off."""
        with transaction(current_actor()) as session:
            return answer(
                support.mentor_document(support.change_mentor(session, mentor, form), session)
            )


@mentors.route("/<slug:mentor>/hours")
class Hours(MethodView):
    @mentors.arguments(s.HoursForm)
    @mentors.response(201)
    def post(self, form, mentor):
        """Offers office hours."""
        with transaction(current_actor()) as session:
            return answer(
                {
                    "items": [
                        support.hour_document(row)
                        for row in support.offer_hours(session, mentor, form)
                    ]
                },
                201,
            )


@mentors.route("/hours/<slug:hour>/booking")
class Booking(MethodView):
    @mentors.arguments(s.HourBooking)
    @mentors.response(200)
    def put(self, form, hour):
        """Takes a free hour for your startup."""
        with transaction(current_actor()) as session:
            return answer(support.hour_document(support.book_hour(session, hour, form["cohort"])))

    @mentors.response(200)
    def delete(self, hour):
        """Gives an hour back before it begins."""
        with transaction(current_actor()) as session:
            return answer(support.hour_document(support.free_hour(session, hour)))


@mentors.route("/hours/<slug:hour>/log")
class Log(MethodView):
    @mentors.arguments(s.HourLog)
    @mentors.response(200)
    def put(self, form, hour):
        """Logs the minutes a mentor gave, once."""
        with transaction(current_actor()) as session:
            return answer(support.hour_document(support.log_hour(session, hour, form)))


@indicators.route("/indicators")
class Indicators(MethodView):
    @indicators.response(200)
    def get(self):
        """Your office's definitions."""
        actor = current_actor()
        actor.need(*OFFICERS)
        with reading(actor) as session:
            return answer({"items": kpis.indicators(session, actor.org)})


@indicators.route("/indicators/<slug:key>")
class OneIndicator(MethodView):
    @indicators.arguments(s.IndicatorForm)
    @indicators.response(200)
    def put(self, form, key):
        """Defines an indicator, its baseline with its source, its target."""
        with transaction(current_actor()) as session:
            if form.get("baseline"):
                form["baseline"] |= {"as_of": form["baseline"]["as_of"].isoformat()}
            return answer(kpis.define(session, key, form))


@indicators.route("/entries")
class Entries(MethodView):
    @indicators.arguments(s.EntriesQuery, location="query")
    @indicators.response(200)
    def get(self, query):
        """A cohort's ledger, withdrawn entries among them."""
        with reading(current_actor()) as session:
            return answer({"items": kpis.entries(session, query["cohort"])})

    @indicators.arguments(s.EntryForm)
    @indicators.response(201)
    @idempotent
    def post(self, form):
        """Enters one thing that happened, with its evidence; the same thing counts once."""
        with transaction(current_actor()) as session:
            return answer(kpis.entry_document(kpis.enter(session, form)), 201)


@indicators.route("/entries/<slug:entry>/withdrawal")
class Withdrawal(MethodView):
    @indicators.arguments(s.WithdrawalForm)
    @indicators.response(200)
    def post(self, form, entry):
        """Takes an entry out of the figures; it stays in the ledger with the reason."""
        with transaction(current_actor()) as session:
            return answer(kpis.entry_document(kpis.withdraw(session, entry, form["reason"])))


@indicators.route("/reports/<slug:cohort>")
class Report(MethodView):
    @indicators.arguments(s.ReportQuery, location="query")
    @indicators.response(200)
    @budgeted
    def get(self, query, cohort):
        """A cohort's report: JSON, XLSX or PDF; `public` hides small counts."""
        with reading(current_actor()) as session:
            told = kpis.report(session, cohort, query.get("until"), query["public"])
            rows = [] if query["public"] else kpis.ledger(session, cohort, query.get("until"))
        if query["format"] == "json":
            return answer(told)
        content = (
            reports.sheet(told, rows, language())
            if query["format"] == "xlsx"
            else reports.paper(told, language())
        )
        return as_file(content, f"nakodo-{cohort}-report.{query['format']}")


@indicators.route("/reports/<slug:cohort>/rows")
class Rows(MethodView):
    @indicators.arguments(s.FigureQuery, location="query")
    @indicators.response(200)
    def get(self, query, cohort):
        """What one figure is counted from, with the evidence of each row."""
        with reading(current_actor()) as session:
            return answer({"items": kpis.opened(session, cohort, query)})
