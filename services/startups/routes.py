"""HTTP in and out of the startups service."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.startups import actions
from services.startups.actions import STARTUP
from services.startups.schemas import AliasesForm, LedgerEntryForm, StartupChange, StartupForm, StartupView
from shared import vocabulary
from shared.errors import NotFound
from shared.organizations import profiles, queries
from shared.schemas import AssetForm, ProfileFilter
from shared.web import answer, current_actor, idempotent, key_routes, profile_routes, reading, transaction
from shared.web.answers import expected_version

startups = Blueprint("startups", __name__, url_prefix="/api/v1/startups", description="Startups and their facts")
vocabularies = Blueprint("vocabularies", __name__, url_prefix="/api/v1/vocabularies", description="Controlled vocabularies")
internal = key_routes()

profile_routes(startups, STARTUP, StartupForm, StartupChange, ProfileFilter, StartupView)


@startups.route("/<slug:slug>/assets")
class Assets(MethodView):
    @startups.arguments(AssetForm)
    @startups.response(201, StartupView)
    @idempotent
    def post(self, form, slug):
        """Adds an asset; a new lead takes the place of the old one."""
        with transaction(current_actor()) as session:
            changed = actions.add_asset(session, slug, form, expected_version(required=False))
            return answer(queries.document(changed), 201, changed.version)


@startups.route("/<slug:slug>/funding")
class Funding(MethodView):
    @startups.response(200)
    def get(self, slug):
        """The funding ledger: rounds, grants, loans and licence income, each with its source."""
        with reading(current_actor()) as session:
            found = queries.one(session, STARTUP, slug)
            ledger = [f for f in queries.document(found)["facts"] if f["field"] in ("funding_round", "total_raised")]
            return answer({"items": ledger}, version=found.version)

    @startups.arguments(LedgerEntryForm)
    @startups.response(201, StartupView)
    @idempotent
    def post(self, form, slug):
        """Adds an entry to the ledger."""
        with transaction(current_actor()) as session:
            fact = {"field": "funding_round", **form}
            changed = profiles.add_facts(session, STARTUP, slug, [fact], expected_version(required=False))
            return answer(queries.document(changed), 201, changed.version)


@startups.route("/<slug:slug>/aliases")
class Aliases(MethodView):
    @startups.arguments(AliasesForm)
    @startups.response(201, StartupView)
    def post(self, form, slug):
        """Adds names by which the company is also known."""
        with transaction(current_actor()) as session:
            changed = actions.add_aliases(session, slug, form["aliases"], expected_version(required=False))
            return answer(queries.document(changed), 201, changed.version)


@startups.route("/<slug:slug>/aliases/<string:name>")
class Alias(MethodView):
    @startups.response(204)
    def delete(self, slug, name):
        """Takes an alias back."""
        with transaction(current_actor()) as session:
            actions.drop_alias(session, slug, name, expected_version(required=False))


@vocabularies.route("")
class Vocabularies(MethodView):
    @vocabularies.response(200)
    def get(self):
        """The names of all vocabularies."""
        return answer({"items": list(vocabulary.names())})


@vocabularies.route("/<string:name>")
class OneVocabulary(MethodView):
    @vocabularies.response(200)
    def get(self, name):
        """One vocabulary: slugs with EN and JA labels, parents and ranks."""
        if name not in vocabulary.names():
            raise NotFound()
        found = vocabulary.vocabulary(name)
        return answer({"slug": name, "version": found.version, "title": found.title, "nodes": list(found.nodes.values())})
