"""Placements: plans of a cohort, compared and confirmed; places."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.programs import hosting as hosts
from services.programs import placements as plans
from services.programs.routes.calls import cohorts
from services.programs.schemas import places as s
from shared.web import answer, current_actor, idempotent, reading, transaction
from shared.web.app import part

placements = Blueprint(
    "placements",
    __name__,
    url_prefix="/api/v1/placements",
    description="Plans of who goes to which site",
)


@cohorts.route("/<slug:cohort>/placements")
class Placements(MethodView):
    @cohorts.response(200)
    def get(self, cohort):
        """A cohort's plans, the newest first."""
        with reading(current_actor()) as session:
            return answer({"items": plans.placements(session, cohort)})

    @cohorts.arguments(s.PlacementForm)
    @cohorts.response(202)
    @idempotent
    def post(self, form, cohort):
        """Has a plan computed for everybody accepted; what gates refuse is kept apart by itself."""
        actor = current_actor()
        with reading(actor) as session:
            form = plans.completed(session, cohort, form)
            startups = [a.startup for a in hosts.accepted(session, cohort)]
        barred = part("doors").barred(startups, [site["site"] for site in form["sites"]])
        with transaction(actor) as session:
            row = plans.ask(session, cohort, form, barred)
            return answer(plans.document(session, row), 202)


@cohorts.route("/<slug:cohort>/hosting")
class Hostings(MethodView):
    @cohorts.response(200)
    def get(self, cohort):
        """Which sites are asked for room over which windows, what they answered, and where startups
        want to go.
        """
        with reading(current_actor()) as session:
            return answer({"hosting": hosts.whole(session, cohort)})

    @cohorts.arguments(s.HostingForm)
    @cohorts.response(200)
    def put(self, form, cohort):
        """Asks sites for room over windows."""
        with transaction(current_actor()) as session:
            hosts.ask_sites(session, cohort, form)
            return answer({"hosting": hosts.whole(session, cohort)})


@cohorts.route("/hosting")
class Asked(MethodView):
    @cohorts.response(200)
    def get(self):
        """Calls that ask sites of yours for room."""
        with reading(current_actor()) as session:
            return answer({"items": hosts.asked_of(session)})


@cohorts.route("/<slug:cohort>/hosting/<slug:site>")
class OneHost(MethodView):
    @cohorts.response(200)
    def get(self, cohort, site):
        """One site's answer, with the windows and who has been accepted."""
        with reading(current_actor()) as session:
            return answer(hosts.one_host(session, cohort, site))

    @cohorts.arguments(s.HostForm)
    @cohorts.response(200)
    def put(self, form, cohort, site):
        """A site's room, and whom it wants."""
        with transaction(current_actor()) as session:
            return answer(hosts.host_document(hosts.offer(session, cohort, site, form)))


@cohorts.route("/<slug:cohort>/places/<slug:startup>/wish")
class OneWish(MethodView):
    @cohorts.response(200)
    def get(self, cohort, startup):
        """Where an accepted startup wants to be, and what there is to choose from."""
        with reading(current_actor()) as session:
            return answer({"wish": hosts.own_wish(session, cohort, startup)})

    @cohorts.arguments(s.PlaceWishForm)
    @cohorts.response(200)
    def put(self, form, cohort, startup):
        """Where a startup wants to be, what it needs, when it can."""
        with transaction(current_actor()) as session:
            return answer(hosts.wish_document(hosts.wish(session, cohort, startup, form)))


@cohorts.route("/<slug:cohort>/places")
class Places(MethodView):
    @cohorts.response(200)
    def get(self, cohort):
        """Who has which place; to a startup its own."""
        with reading(current_actor()) as session:
            return answer({"items": plans.places(session, cohort)})


@cohorts.route("/<slug:cohort>/places/<slug:startup>")
class OnePlace(MethodView):
    @cohorts.arguments(s.SeatForm)
    @cohorts.response(200)
    def put(self, form, cohort, startup):
        """Gives one startup a place by hand, within what is free."""
        with transaction(current_actor()) as session:
            return answer(
                plans.place_document(
                    plans.seat(session, cohort, startup, form["site"], form["window"])
                )
            )


@placements.route("/<slug:placement>")
class OnePlacement(MethodView):
    @placements.response(200)
    def get(self, placement):
        """A plan: who is where, who is out and why, who would rather be elsewhere, what is left."""
        with reading(current_actor()) as session:
            return answer(plans.one(session, placement))

    @placements.response(200)
    def delete(self, placement):
        """Stops a plan being computed; the best so far stays."""
        with transaction(current_actor()) as session:
            return answer(plans.stop(session, placement))


@placements.route("/<slug:placement>/confirmation")
class Confirmation(MethodView):
    @placements.response(200)
    def post(self, placement):
        """Gives the places of a plan out."""
        with transaction(current_actor()) as session:
            return answer(plans.document(session, plans.confirm(session, placement)))


@placements.route("/<slug:placement>/comparison")
class Comparison(MethodView):
    @placements.arguments(s.ComparisonQuery, location="query")
    @placements.response(200)
    def get(self, query, placement):
        """Two plans beside each other: who moves, and what each reaches."""
        with reading(current_actor()) as session:
            return answer(plans.compare(session, placement, query["other"]))
