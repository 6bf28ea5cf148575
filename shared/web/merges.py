"""The routes about duplicates of a kind of profile: candidates, merges, and taking a merge back.
For the platform's staff.
"""

from flask.views import MethodView
from flask_smorest import Blueprint

from shared.organizations import merges
from shared.organizations.profiles import ProfileKind
from shared.schemas import LimitQuery, MergeForm, PairForm
from shared.views import DuplicateView, MergeView, list_of
from shared.web.answers import answer
from shared.web.app import current_actor, reading, transaction
from shared.web.idempotency import idempotent


def merge_routes(blp: Blueprint, kind: ProfileKind) -> None:
    """Adds the routes under a blueprint's prefix."""

    @blp.route("/duplicates")
    class Duplicates(MethodView):
        @blp.arguments(LimitQuery, location="query")
        @blp.response(200, list_of(DuplicateView))
        def get(self, query):
            """Pairs of profiles that may be of one organisation, each with what they have in
            common; a person decides.
            """
            with reading(current_actor()) as session:
                return answer({"items": merges.candidates(session, kind, query["limit"])})

        @blp.arguments(PairForm)
        @blp.response(201, MergeView)
        @idempotent
        def post(self, form):
            """Notes that two profiles are of two organisations: they are not proposed again."""
            with transaction(current_actor()) as session:
                return answer(
                    merges.merge_document(merges.keep_apart(session, kind, form["a"], form["b"])),
                    201,
                )

    @blp.route("/merges")
    class Merges(MethodView):
        @blp.response(200, list_of(MergeView))
        def get(self):
            """What was decided about duplicates, the newest first."""
            with reading(current_actor()) as session:
                return answer({"items": merges.made(session, kind)})

        @blp.arguments(MergeForm)
        @blp.response(201, MergeView)
        @idempotent
        def post(self, form):
            """Moves facts, names, entities, assets and mandates of `loser` to `winner` and
            withdraws `loser`; it can be undone.
            """
            with transaction(current_actor()) as session:
                return answer(
                    merges.merge_document(
                        merges.merge(session, kind, form["winner"], form["loser"])
                    ),
                    201,
                )

    @blp.route("/merges/<slug:merge>/undo")
    class Undo(MethodView):
        @blp.response(200, MergeView)
        def post(self, merge):
            """Moves back what a merge had moved, and only that."""
            with transaction(current_actor()) as session:
                return answer(merges.merge_document(merges.undo(session, kind, merge)))
