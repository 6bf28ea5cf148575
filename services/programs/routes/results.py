"""Applications from a table, reasons, letters with the results, minutes, an applicant's
interview.
"""

from flask.views import MethodView

from services.programs import boards, imports, interviews, meeting
from services.programs.cohorts import own_call
from services.programs.routes.calls import applications, cohorts
from services.programs.schemas import calls as s
from services.programs.schemas.reviews import MinutesForm
from shared.auth import OFFICERS
from shared.organizations import sheets
from shared.web import answer, as_file, current_actor, idempotent, reading, transaction
from shared.web.app import part
from shared.web.budget import budgeted
from shared.web.problems import language
from shared.web.reader import uploaded

UPLOAD = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "mapping": {
            "type": "string",
            "description": (
                "JSON: column heading to name, kind, startup, hubs, topics, submitted_at or"
                " answer:KEY"
            ),
        },
        "saved": {
            "type": "string",
            "description": "The name a mapping is kept under, for this import and the next",
        },
        "apply": {
            "type": "boolean",
            "description": "Do it; without it, the answer says what would be done",
        },
        "partly": {
            "type": "boolean",
            "description": "With apply: rows without a fault come in, whatever others have",
        },
        "sheet": {
            "type": "string",
            "description": "The sheet to read, where it is not the one found",
        },
        "heading_row": {
            "type": "integer",
            "description": "The row of the headings, where it is not the one found",
        },
    },
}


@cohorts.route("/<slug:cohort>/imports")
class Imports(MethodView):
    @cohorts.doc(
        requestBody={"required": True, "content": {"multipart/form-data": {"schema": UPLOAD}}}
    )
    @cohorts.arguments(s.ImportForm, location="form")
    @cohorts.response(200)
    @budgeted
    def post(self, form, cohort):
        """Applications from a table (CSV or XLSX): what it would bring and refuse; with `apply`,
        that is done, all or nothing.
        """
        actor = current_actor()
        actor.need(*OFFICERS)
        name, content = uploaded()
        with transaction(actor) as session:
            call = own_call(session, cohort)
            own = imports.own(session, call, form.get("mapping"), form.get("saved"))
        known = [*imports.words(call), *own]
        table = sheets.take(content, name, known, form.get("sheet"), form.get("heading_row"))
        meanings, mapped = imports.mapped(call, table, own)
        names = {
            startup: part("doors").names(startup)
            for startup in {row.get("startup", "") for row in mapped} - {""}
        }
        with transaction(actor) as session:
            told = imports.bring(session, cohort, mapped, form["apply"], names, form["partly"])
            told["faults"] = [
                {
                    "row": n,
                    "errors": [
                        {"field": e.field, "code": e.code, "message": e.text(language())}
                        for e in errors
                    ],
                }
                for n, errors in told["faults"]
            ]
            return answer(
                told
                | {"columns": imports.targets(call), "headings": table.headings}
                | table.told(meanings)
            )


@applications.route("/<slug:application>/reason")
class Reason(MethodView):
    @applications.arguments(s.ReasonForm)
    @applications.response(200, s.ApplicationView)
    def put(self, form, application):
        """What the applicant reads with the result, until it is announced."""
        with transaction(current_actor()) as session:
            return answer(boards.one(session, meeting.give_reason(session, application, form).id))


@applications.route("/<slug:application>/interview.ics")
class Interview(MethodView):
    @applications.response(200)
    @budgeted
    def get(self, application):
        """The interview, for a calendar."""
        with reading(current_actor()) as session:
            boards.one(session, application)
            return as_file(interviews.calendar(session, application, language()), "interview.ics")


@cohorts.route("/<slug:cohort>/messages")
class Messages(MethodView):
    @cohorts.response(200)
    def get(self, cohort):
        """Every letter with a result as it would go out now."""
        with reading(current_actor()) as session:
            return answer({"items": meeting.preview(session, cohort)})

    @cohorts.arguments(s.MessagesForm)
    @cohorts.response(200, s.CallView)
    def put(self, form, cohort):
        """Writes the letters of an outcome, in both languages."""
        with transaction(current_actor()) as session:
            return answer(
                boards.call_document(meeting.set_messages(session, cohort, form), session)
            )


@cohorts.route("/<slug:cohort>/deliveries")
class Deliveries(MethodView):
    @cohorts.response(200)
    def get(self, cohort):
        """What was written to applicants, to how many addresses, and whether it has been sent."""
        with reading(current_actor()) as session:
            return answer({"items": meeting.deliveries(session, cohort, part("doors").fates)})


@cohorts.route("/<slug:cohort>/minutes")
class MinutesOfMeetings(MethodView):
    @cohorts.response(200)
    def get(self, cohort):
        """Minutes of a call's decision meetings, the newest first."""
        with reading(current_actor()) as session:
            return answer({"items": meeting.minutes(session, cohort)})

    @cohorts.arguments(MinutesForm)
    @cohorts.response(201)
    @idempotent
    def post(self, form, cohort):
        """Keeps minutes, with the list as it lies on the table; a correction is a new one."""
        with transaction(current_actor()) as session:
            return answer(
                meeting.minutes_document(meeting.keep_minutes(session, cohort, form)), 201
            )
