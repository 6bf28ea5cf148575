"""Partnering days."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.meetings import afterwards, day_views, days, plans, schedules
from services.meetings.schemas import days as s
from shared import jobs
from shared.web import answer, as_file, current_actor, gives_file, idempotent, reading, transaction
from shared.web.app import part
from shared.web.budget import budgeted
from shared.web.problems import language

partnering = Blueprint(
    "days",
    __name__,
    url_prefix="/api/v1/days",
    description="Partnering days: who meets whom in which slot",
)


@partnering.route("")
class Days(MethodView):
    @partnering.response(200)
    def get(self):
        """Days of your office, or that you come to."""
        with reading(current_actor()) as session:
            return answer({"items": day_views.listed(session)})

    @partnering.arguments(s.DayForm)
    @partnering.response(201)
    @idempotent
    def post(self, form):
        """Opens a day."""
        with transaction(current_actor()) as session:
            return answer(day_views.head(days.open_day(session, form)), 201)


@partnering.route("/<slug:day>")
class OneDay(MethodView):
    @partnering.response(200)
    def get(self, day):
        """A day: to its office everything, to who comes their own meetings once it is published."""
        with reading(current_actor()) as session:
            return answer(day_views.one(session, day, language()))

    @partnering.arguments(s.DayChangeForm)
    @partnering.response(200)
    def patch(self, form, day):
        """Puts a day right before it is published."""
        with transaction(current_actor()) as session:
            return answer(
                day_views.document(session, days.change_day(session, day, form), language())
            )


@partnering.route("/<slug:day>/cancellation")
class Cancellation(MethodView):
    @partnering.response(200)
    def post(self, day):
        """Calls a day off; everybody on its list is told."""
        with transaction(current_actor()) as session:
            return answer(day_views.head(days.cancel_day(session, day)))


@partnering.route("/<slug:day>/rules")
class Rules(MethodView):
    @partnering.arguments(s.RulesForm)
    @partnering.response(200)
    def put(self, form, day):
        """Who must meet, and who must not."""
        actor = current_actor()
        with reading(actor) as session:
            days.own_day(session, day, lock=False)
        apart = part("doors").apart([tuple(pair) for pair in form.get("musts", [])])
        with transaction(actor) as session:
            return answer(
                day_views.document(session, days.set_rules(session, day, form, apart), language())
            )


@partnering.route("/<slug:day>/attendees")
class Attendees(MethodView):
    @partnering.arguments(s.InviteForm)
    @partnering.response(201)
    @idempotent
    def post(self, form, day):
        """Adds who comes; names, and who answers for them, are taken from their profiles."""
        actor = current_actor()
        with reading(actor) as session:
            days.own_day(session, day, lock=False)
        known = part("doors").parties(form["startups"], form["mandates"])
        with transaction(actor) as session:
            added = days.invite(session, day, form, known)
            return answer({"items": [day_views.attendee_document(a) for a in added]}, 201)


@partnering.route("/<slug:day>/attendees/<slug:party>")
class Presence(MethodView):
    @partnering.arguments(s.PresenceForm)
    @partnering.response(200)
    def patch(self, form, day, party):
        """Who sits at your table with what say, when you are away, how many meetings you take."""
        with transaction(current_actor()) as session:
            return answer(day_views.attendee_document(days.be_there(session, day, party, form)))

    @partnering.response(200)
    def delete(self, day, party):
        """Takes somebody without meetings off the list."""
        with transaction(current_actor()) as session:
            days.uninvite(session, day, party)
            return answer({"party": party})


@partnering.route("/<slug:day>/attendees/<slug:party>/wishes")
class Wishes(MethodView):
    @partnering.arguments(s.WishesForm)
    @partnering.response(200)
    def put(self, form, day, party):
        """Whom you want to meet, the most wanted first; what keeps a pair apart is not named."""
        with transaction(current_actor()) as session:
            return answer(
                day_views.attendee_document(days.wish(session, day, party, form["wishes"]))
            )


def _apart(actor, day: str) -> set[tuple[str, str]]:
    """Pairs of a day that may no longer be brought together, asked anew before each computation."""
    with reading(actor) as session:
        pairs = schedules.asked_for(session, day)
    return part("doors").apart(sorted(pairs))


@partnering.route("/<slug:day>/schedule")
class Schedule(MethodView):
    @partnering.arguments(s.ScheduleForm)
    @partnering.response(202)
    def post(self, form, day):
        """Has the day computed; what is pinned stays."""
        actor = current_actor()
        apart = _apart(actor, day)
        with transaction(actor) as session:
            return answer(jobs.document(schedules.schedule(session, day, form, apart)), 202)

    @partnering.response(200)
    def delete(self, day):
        """Stops the computation; the best schedule so far is kept."""
        with transaction(current_actor()) as session:
            return answer(day_views.document(session, schedules.stop(session, day), language()))


@partnering.route("/<slug:day>/losses")
class Losses(MethodView):
    @partnering.arguments(s.LossForm)
    @partnering.response(202)
    def post(self, form, day):
        """Says what is lost; the day is mended with the fewest moves, and what has begun stays."""
        actor = current_actor()
        apart = _apart(actor, day)
        with transaction(actor) as session:
            return answer(jobs.document(schedules.lose(session, day, form, apart)), 202)


@partnering.route("/<slug:day>/publication")
class Publication(MethodView):
    @partnering.response(200)
    def post(self, day):
        """Lets everybody read their own plan, and tells them."""
        with transaction(current_actor()) as session:
            return answer(day_views.document(session, schedules.publish(session, day), language()))


@partnering.route("/<slug:day>/meetings/<slug:meeting>")
class OneMeeting(MethodView):
    @partnering.arguments(s.MoveForm)
    @partnering.response(200)
    def patch(self, form, day, meeting):
        """Moves a meeting, exchanging it with what stands in its way, or pins it."""
        with transaction(current_actor()) as session:
            return answer(day_views.meeting_document(schedules.move(session, day, meeting, form)))


@partnering.route("/<slug:day>/meetings/<slug:meeting>/attendance")
class Attendance(MethodView):
    @partnering.arguments(s.CameForm)
    @partnering.response(200)
    def put(self, form, day, meeting):
        """Who was there."""
        with transaction(current_actor()) as session:
            return answer(
                day_views.meeting_document(afterwards.tell_who_came(session, day, meeting, form))
            )


@partnering.route("/<slug:day>/attendance")
class OthersCame(MethodView):
    @partnering.response(200)
    def post(self, day):
        """Everybody of whom nothing is said was there, in every slot that has begun."""
        with transaction(current_actor()) as session:
            return answer({"count": afterwards.others_came(session, day)})


@partnering.route("/<slug:day>/meetings/<slug:meeting>/outcomes")
class DayOutcomes(MethodView):
    @partnering.arguments(s.DayOutcomeForm)
    @partnering.response(201)
    @idempotent
    def post(self, form, day, meeting):
        """What came of a meeting, as your side tells it; neither the other side nor the office sees
        it.
        """
        with transaction(current_actor()) as session:
            return answer(
                day_views.outcome_document(
                    afterwards.outcome(session, day, meeting, form), language()
                ),
                201,
            )


@partnering.route("/<slug:day>/attendees/<slug:party>/plan.ics")
class PlanCalendar(MethodView):
    @gives_file(partnering, "ics")
    @budgeted
    def get(self, day, party):
        """An attendee's own day, for a calendar."""
        with reading(current_actor()) as session:
            row, me = days.own_attendee(session, day, party, lock=False)
            made = plans.calendar(row, schedules.own_meetings(session, day, me), language())
            return as_file(made, f"{day}-{party}.ics")


@partnering.route("/<slug:day>/attendees/<slug:party>/plan.pdf")
class PlanPaper(MethodView):
    @gives_file(partnering, "pdf")
    @budgeted
    def get(self, day, party):
        """An attendee's own day, on paper."""
        with reading(current_actor()) as session:
            row, me = days.own_attendee(session, day, party, lock=False)
            made = plans.paper(row, [(me, schedules.own_meetings(session, day, me))], language())
            return as_file(made, f"{day}-{party}.pdf")


@partnering.route("/<slug:day>/plans.pdf")
class AllPlans(MethodView):
    @gives_file(partnering, "pdf")
    @budgeted
    def get(self, day):
        """Everybody's day, one sheet each, for printing."""
        with reading(current_actor()) as session:
            row = days.own_day(session, day, lock=False)
            sheets = [
                (a, schedules.own_meetings(session, day, a)) for a in days.attendees(session, day)
            ]
            return as_file(plans.paper(row, sheets, language()), f"{day}.pdf")
