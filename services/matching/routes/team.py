"""What a team does among itself: votes, comments, interests, searches, missions; and the door of a
colleague with a link.
"""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.matching import decisions, team, workshop
from services.matching import searches as searching
from services.matching.queries import Asking
from services.matching.routes.matches import reader
from services.matching.schemas import team as s
from shared.auth import worker
from shared.schemas import page_of
from shared.web import answer, as_file, current_actor, idempotent, reading, transaction
from shared.web.budget import budgeted
from shared.web.colleagues import need_colleague
from shared.web.problems import language

teams = Blueprint(
    "team",
    __name__,
    url_prefix="/api/v1/team",
    description="What a team says about a pair among itself",
)
expertise = Blueprint(
    "expertise",
    __name__,
    url_prefix="/api/v1/expertise",
    description="A colleague's view, by a link",
)
searches = Blueprint(
    "searches", __name__, url_prefix="/api/v1/searches", description="Searches a team keeps"
)
missions = Blueprint(
    "missions",
    __name__,
    url_prefix="/api/v1/missions",
    description="What a mandate looks for this quarter",
)
GUEST = worker("expert-link")  # opens by the secret in the address alone


@teams.route("/<slug:startup>/<slug:mandate>")
class Team(MethodView):
    @teams.response(200, s.TeamView)
    def get(self, startup, mandate):
        """Votes, comments and colleagues' views of a pair of your own mandate."""
        with reading(current_actor()) as session:
            return answer(team.team(session, reader(), startup, mandate))


@teams.route("/<slug:startup>/<slug:mandate>/vote")
class OwnVote(MethodView):
    @teams.arguments(s.VoteForm)
    @teams.response(200)
    def put(self, form, startup, mandate):
        """Your vote; a later one replaces it."""
        with transaction(current_actor()) as session:
            row = team.vote(session, reader(), startup, mandate, form)
            return answer({"person": row.person, "vote": row.vote, "note": row.note})


@teams.route("/<slug:startup>/<slug:mandate>/comments")
class Comments(MethodView):
    @teams.arguments(s.CommentForm)
    @teams.response(201)
    @idempotent
    def post(self, form, startup, mandate):
        """A remark for your team alone."""
        with transaction(current_actor()) as session:
            return answer(
                team.comment_document(
                    team.comment(session, reader(), startup, mandate, form["text"])
                ),
                201,
            )


@teams.route("/<slug:startup>/<slug:mandate>/experts")
class Experts(MethodView):
    @teams.arguments(s.ExpertForm)
    @teams.response(201)
    @idempotent
    def post(self, form, startup, mandate):
        """A link for a colleague without an account; it opens once their interest is declared. The
        path is shown this once.
        """
        with transaction(current_actor()) as session:
            row, token = team.invite(session, reader(), startup, mandate, form)
            return answer(
                team.expert_document(row, session.info["now"]) | {"path": f"/expertise/{token}"},
                201,
            )


@teams.route("/experts/<slug:expert>")
class OneExpert(MethodView):
    @teams.response(204)
    def delete(self, expert):
        """Takes a colleague's link back."""
        with transaction(current_actor()) as session:
            team.end_invitation(session, expert)


@teams.route("/interests/<slug:startup>")
class Interest(MethodView):
    @teams.arguments(s.DeclarationForm)
    @teams.response(200)
    def put(self, form, startup):
        """Declares your interest in a startup: none, or a conflict, which closes its details to
        you.
        """
        with transaction(current_actor()) as session:
            row = team.declare(session, reader(), startup, form)
            return answer({"startup": row.startup, "interest": row.interest})


@teams.route("/policy")
class Policy(MethodView):
    @teams.arguments(s.PolicyForm)
    @teams.response(200)
    def put(self, form):
        """Whether your organisation's people declare their interest before they read about a pair
        in detail.
        """
        with transaction(current_actor()) as session:
            return answer({"declare": team.set_policy(session, form["declare"]).declare})


@teams.route("/<slug:startup>/<slug:mandate>/history")
class PairHistory(MethodView):
    @teams.response(200)
    def get(self, startup, mandate):
        """Every step your organisation has taken about a pair, and what brought it back."""
        with reading(current_actor()) as session:
            return answer({"items": decisions.history(session, startup, mandate, language())})


@teams.route("/proposals/<slug:mandate>")
class Proposals(MethodView):
    @teams.response(200)
    def get(self, mandate):
        """Changes to your mandate that your coded passes of half a year suggest, less those judged
        already.
        """
        with reading(current_actor()) as session:
            found = workshop.proposals(session, reader(), mandate, Asking(language()))
            return answer({"items": found, "shares": workshop.shares(session, reader(), mandate)})

    @teams.arguments(s.VerdictForm)
    @teams.response(200)
    def post(self, form, mandate):
        """Remembers that you accept or reject one; its facts are added to the mandate by whoever
        accepts.
        """
        with transaction(current_actor()) as session:
            return answer(workshop.judge(session, reader(), mandate, form["key"], form["verdict"]))


@teams.route("/funnel")
class Funnel(MethodView):
    @teams.arguments(s.FunnelQuery, location="query")
    @teams.response(200)
    @budgeted
    def get(self, query):
        """What went through your mandates in a quarter, as a document or an XLSX for the parent
        company.
        """
        lang = query.get("lang") or language()
        with reading(current_actor()) as session:
            told = workshop.funnel(session, reader(), query.get("quarter"), lang)
        if query["format"] == "json":
            return answer(told)
        return as_file(workshop.workbook(told, lang), f"nakodo-funnel-{told['quarter']}.xlsx")


@teams.route("/hand-over")
class HandOver(MethodView):
    @teams.arguments(s.HandOverForm)
    @teams.response(200)
    def post(self, form):
        """Gives everything assigned to one person to another."""
        actor = current_actor()
        need_colleague(actor, form["taker"], "taker")
        with transaction(actor) as session:
            return answer({"count": team.hand_over(session, form["giver"], form["taker"])})


@expertise.route("/<string:token>")
class Expertise(MethodView):
    @expertise.response(200)
    def get(self, token):
        """What the link leads to: before the declaration the names alone, then the brief and the
        questions.
        """
        with reading(GUEST) as session:
            return answer(team.seen_by_expert(session, reader(), token, Asking(language())))

    @expertise.arguments(s.ExpertAnswer)
    @expertise.response(201)
    def post(self, form, token):
        """Your answers, once."""
        with transaction(GUEST) as session:
            team.answer_as_expert(session, token, form)
            return answer({"answered": True}, 201)


@expertise.route("/<string:token>/interest")
class ExpertInterest(MethodView):
    @expertise.arguments(s.DeclarationForm)
    @expertise.response(200)
    def put(self, form, token):
        """Your interest in the company: none opens the brief, a conflict ends the link."""
        with transaction(GUEST) as session:
            team.declare_as_expert(session, token, form["interest"])
            return answer({"interest": form["interest"]})


@searches.route("")
class Searches(MethodView):
    @searches.response(200, page_of(s.SearchView))
    def get(self):
        """Your organisation's searches, with what they find today."""
        with reading(current_actor()) as session:
            return answer({"items": searching.listed(session, reader(), language())})

    @searches.arguments(s.SearchForm)
    @searches.response(201, s.SearchView)
    @idempotent
    def post(self, form):
        """Keeps a search; what it finds from now on stands in the weekly digest."""
        with transaction(current_actor()) as session:
            row = searching.save(session, reader(), form)
            now = searching.hits(reader().population(session, Asking()), row, row.owner)
            return answer(searching.search_document(row, now, language()), 201)


@searches.route("/<slug:search>")
class OneSearch(MethodView):
    @searches.response(204)
    def delete(self, search):
        """Drops a search."""
        with transaction(current_actor()) as session:
            searching.drop(session, search)


@missions.route("")
class Missions(MethodView):
    @missions.response(200, page_of(s.MissionView))
    def get(self):
        """Missions in force: your own, and those published."""
        with reading(current_actor()) as session:
            return answer({"items": searching.missions(session)})


@missions.route("/<slug:mandate>")
class OneMission(MethodView):
    @missions.arguments(s.MissionForm)
    @missions.response(200, s.MissionView)
    def put(self, form, mandate):
        """Says what your mandate looks for until a day; it ends by itself."""
        with transaction(current_actor()) as session:
            return answer(
                searching.mission_document(searching.set_mission(session, reader(), mandate, form))
            )

    @missions.response(204)
    def delete(self, mandate):
        """Ends it before its day."""
        with transaction(current_actor()) as session:
            searching.end_mission(session, reader(), mandate)
