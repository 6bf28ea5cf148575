"""Partnering days."""

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from services.meetings import days as acts
from services.meetings import plans
from services.meetings.schemas import days as s
from shared import jobs
from shared.web import answer, current_actor, idempotent, reading, transaction
from shared.web.app import part
from shared.web.problems import language

days = Blueprint("days", __name__, url_prefix="/api/v1/days", description="Partnering days: who meets whom in which slot")


@days.route("")
class Days(MethodView):
    @days.response(200)
    def get(self):
        """Days of your office, or that you come to."""
        with reading(current_actor()) as session:
            return answer({"items": acts.listed(session)})

    @days.arguments(s.DayForm)
    @days.response(201)
    @idempotent
    def post(self, form):
        """Opens a day."""
        with transaction(current_actor()) as session:
            return answer(acts.document(session, acts.open_day(session, form), whole=False), 201)


@days.route("/<slug:day>")
class OneDay(MethodView):
    @days.response(200)
    def get(self, day):
        """A day: to its office everything, to who comes their own meetings once it is published."""
        with reading(current_actor()) as session:
            return answer(acts.one(session, day))


@days.route("/<slug:day>/rules")
class Rules(MethodView):
    @days.arguments(s.RulesForm)
    @days.response(200)
    def put(self, form, day):
        """Who must meet, and who must not."""
        with transaction(current_actor()) as session:
            return answer(acts.document(session, acts.set_rules(session, day, form), whole=True))


@days.route("/<slug:day>/attendees")
class Attendees(MethodView):
    @days.arguments(s.AttendeeForm)
    @days.response(201)
    @idempotent
    def post(self, form, day):
        """Adds somebody who comes."""
        with transaction(current_actor()) as session:
            return answer(acts.attendee_document(acts.invite(session, day, form)), 201)


@days.route("/<slug:day>/attendees/<slug:party>")
class Presence(MethodView):
    @days.arguments(s.PresenceForm)
    @days.response(200)
    def patch(self, form, day, party):
        """Who sits at your table with what say, when you are away, how many meetings you take."""
        with transaction(current_actor()) as session:
            return answer(acts.attendee_document(acts.be_there(session, day, party, form)))


@days.route("/<slug:day>/attendees/<slug:party>/wishes")
class Wishes(MethodView):
    @days.arguments(s.WishesForm)
    @days.response(200)
    def put(self, form, day, party):
        """Whom you want to meet, the most wanted first; what keeps a pair apart is not named."""
        actor = current_actor()
        with reading(actor) as session:
            side, others = acts.wanted_by(session, day, party)
        asked = [other for other in form["wishes"] if other in others]
        may = {o for o in asked if part("doors").pair(*((party, o) if side == acts.STARTUP else (o, party))) is not None}
        with transaction(actor) as session:
            return answer(acts.attendee_document(acts.wish(session, day, party, form["wishes"], may)))


@days.route("/<slug:day>/schedule")
class Schedule(MethodView):
    @days.arguments(s.ScheduleForm)
    @days.response(202)
    def post(self, form, day):
        """Has the day computed; what is pinned stays."""
        with transaction(current_actor()) as session:
            return answer(jobs.document(acts.schedule(session, day, form)), 202)


@days.route("/<slug:day>/losses")
class Losses(MethodView):
    @days.arguments(s.LossForm)
    @days.response(202)
    def post(self, form, day):
        """Says what is lost; the day is mended with the fewest moves."""
        with transaction(current_actor()) as session:
            return answer(jobs.document(acts.lose(session, day, form)), 202)


@days.route("/<slug:day>/publication")
class Publication(MethodView):
    @days.response(200)
    def post(self, day):
        """Lets everybody read their own plan."""
        with transaction(current_actor()) as session:
            return answer(acts.document(session, acts.publish(session, day), whole=True))


@days.route("/<slug:day>/meetings/<slug:meeting>")
class OneMeeting(MethodView):
    @days.arguments(s.MoveForm)
    @days.response(200)
    def patch(self, form, day, meeting):
        """Moves a meeting, exchanging it with what stands in its way, or pins it."""
        with transaction(current_actor()) as session:
            return answer(acts.meeting_document(acts.move(session, day, meeting, form)))


@days.route("/<slug:day>/meetings/<slug:meeting>/attendance")
class Attendance(MethodView):
    @days.arguments(s.CameForm)
    @days.response(200)
    def put(self, form, day, meeting):
        """Who was there."""
        with transaction(current_actor()) as session:
            return answer(acts.meeting_document(acts.tell_who_came(session, day, meeting, form)))


@days.route("/<slug:day>/attendees/<slug:party>/plan.ics")
class PlanCalendar(MethodView):
    @days.response(200)
    def get(self, day, party):
        """An attendee's own day, for a calendar."""
        with reading(current_actor()) as session:
            row, _, meetings = acts.mine(session, day, party)
            return _file(plans.calendar(row, meetings, language()), "text/calendar", f"{day}.ics")


@days.route("/<slug:day>/attendees/<slug:party>/plan.pdf")
class PlanPaper(MethodView):
    @days.response(200)
    def get(self, day, party):
        """An attendee's own day, on paper."""
        with reading(current_actor()) as session:
            row, me, meetings = acts.mine(session, day, party)
            return _file(plans.paper(row, me, meetings, language()), "application/pdf", f"{day}.pdf")


def _file(content: bytes, kind: str, name: str) -> Response:
    made = Response(content, mimetype=kind)
    made.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return made
