"""The routes of a kind of profile: list, register, read, change, withdraw, add and take back
facts.
"""

from collections.abc import Callable
from functools import partial

from flask import request
from flask.views import MethodView
from flask_smorest import Blueprint

from shared import secrets
from shared.auth import Actor
from shared.errors import NotFound
from shared.organizations import profiles, queries
from shared.organizations.profiles import ProfileKind
from shared.schemas import FactChange, FactsForm, FactView, ProfileView, SeenBy, page_of
from shared.views import KeyView, list_of
from shared.web.answers import answer, cursor_key, expected_version, named_fields, page, sparse
from shared.web.app import current_actor, reading, transaction
from shared.web.idempotency import idempotent
from shared.web.merges import merge_routes

# somebody of another organisation: nothing is filtered a second way, their own reading is done
STRANGERS = {
    "public": Actor("somebody", "-", frozenset({"startup"})),
    "network": Actor("somebody", "-", frozenset({"reviewer"})),
}


def profile_routes(
    blp: Blueprint,
    kind: ProfileKind,
    form: type,
    change: type,
    filters: type,
    view: type = ProfileView,
    register: Callable | None = None,
) -> None:
    """Adds the routes of one kind under its blueprint's prefix; `register` takes the place of the
    plain action.
    """
    if kind.merge is not None:
        merge_routes(blp, kind)
    _collection(blp, kind, form, filters, view, register or partial(_register, kind))
    _item(blp, kind, change, view)
    _facts(blp, kind, view)
    if kind.keeps_secrets:
        _private(blp, kind, view)


def _collection(
    blp: Blueprint, kind: ProfileKind, form: type, filters: type, view: type, begin: Callable
) -> None:
    @blp.route("")
    class Collection(MethodView):
        @blp.arguments(filters, location="query")
        @blp.response(200, page_of(view))
        def get(self, filters):
            """The profiles you may see, in the order of their ids."""
            limit, after = filters.pop("limit"), cursor_key(filters.pop("cursor", None))
            wanted = named_fields(filters.pop("fields_", None), view().fields)
            filters.pop("lang", None)
            with reading(current_actor()) as session:
                rows, following = queries.many(session, kind, limit, after, filters)
                return page([queries.document(r) for r in rows], following, wanted)

        @blp.arguments(form)
        @blp.response(201, view)
        @idempotent
        def post(self, form):
            """Registers a profile: published unless its state is draft."""
            with transaction(current_actor()) as session:
                made = begin(session, form)
                return answer(
                    queries.document(made),
                    201,
                    queries.tag(made),
                    f"{request.path.rstrip('/')}/{made.id}",
                )


def _item(blp: Blueprint, kind: ProfileKind, change: type, view: type) -> None:
    @blp.route("/<slug:slug>")
    class Item(MethodView):
        @blp.arguments(SeenBy(only=("fields_", "lang", "seen_by")), location="query")
        @blp.response(200, view)
        def get(self, query, slug):
            """One profile, with the facts your tier may see; its owner may ask for it just as
            others see it.
            """
            wanted, actor = named_fields(query.get("fields_"), view().fields), current_actor()
            if query.get("seen_by"):
                with reading(actor) as session:
                    queries.own(session, kind, slug)
                actor = STRANGERS[query["seen_by"]]
            with reading(actor) as session:
                found = queries.one(session, kind, slug)
                return answer(sparse(queries.document(found), wanted), version=queries.tag(found))

        @blp.arguments(change)
        @blp.response(200, view)
        def patch(self, form, slug):
            """Changes a profile (JSON merge patch) if it is still at the version of If-Match."""
            with transaction(current_actor()) as session:
                changed = profiles.change(session, kind, slug, expected_version(), form)
                return answer(queries.document(changed), version=queries.tag(changed))

        @blp.response(204)
        def delete(self, slug):
            """Withdraws a profile from sight and from matching."""
            with transaction(current_actor()) as session:
                profiles.withdraw(session, kind, slug, expected_version(required=False))


def _facts(blp: Blueprint, kind: ProfileKind, view: type) -> None:
    @blp.route("/<slug:slug>/facts")
    class FactCollection(MethodView):
        @blp.response(200, list_of(FactView))
        def get(self, slug):
            """The whole history of facts you may see."""
            with reading(current_actor()) as session:
                found = queries.one(session, kind, slug)
                return answer(
                    {"items": queries.document(found)["facts"]}, version=queries.tag(found)
                )

        @blp.arguments(FactsForm)
        @blp.response(201, view)
        @idempotent
        def post(self, form, slug):
            """Adds dated facts; an older one stays as history."""
            with transaction(current_actor()) as session:
                changed = profiles.add_facts(
                    session, kind, slug, form["facts"], expected_version(required=False)
                )
                return answer(queries.document(changed), 201, queries.tag(changed))

    @blp.route("/<slug:slug>/facts/<slug:fact>")
    class FactItem(MethodView):
        @blp.arguments(FactChange)
        @blp.response(200, view)
        def patch(self, form, slug, fact):
            """Shows a fact to more or to fewer from now on, or ends it on a day; before that day it
            held.
            """
            with transaction(current_actor()) as session:
                expected = expected_version(required=False)
                if "tier" in form:
                    changed = profiles.set_tier(session, kind, slug, fact, form["tier"], expected)
                else:
                    changed = profiles.end_fact(
                        session, kind, slug, fact, form["valid_to"], expected
                    )
                return answer(queries.document(changed), version=queries.tag(changed))

        @blp.response(204)
        def delete(self, slug, fact):
            """Takes back a fact stated in error."""
            with transaction(current_actor()) as session:
                profiles.remove_fact(session, kind, slug, fact, expected_version(required=False))


def _private(blp: Blueprint, kind: ProfileKind, view: type) -> None:
    @blp.route("/<slug:slug>/private")
    class Private(MethodView):
        @blp.response(200, view)
        def delete(self, slug):
            """Erases every fact that the network does not see, in every copy of it: their key goes,
            and cannot be brought back.
            """
            with transaction(current_actor()) as session:
                changed = profiles.erase_private(
                    session, kind, slug, expected_version(required=False)
                )
                return answer(queries.document(changed), version=queries.tag(changed))


def _register(kind: ProfileKind, session, form: dict):
    return profiles.register(session, kind, form)


def key_routes() -> Blueprint:
    """What the other services may ask of the owner of private facts: the key of a subject."""
    internal = Blueprint(
        "internal", __name__, url_prefix="/internal", description="For the other services only"
    )

    @internal.route("/keys/<slug:subject>")
    class SubjectKey(MethodView):
        @internal.response(200, KeyView)
        def get(self, subject):
            """The key of a subject's private events; 404 means erased."""
            current_actor().need("service")
            with reading(current_actor()) as session:
                key = secrets.find_key(session, subject)
            if key is None:
                raise NotFound()
            return answer({"subject": subject, "key": key.hex()})

    return internal
