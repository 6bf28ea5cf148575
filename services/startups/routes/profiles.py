"""HTTP in and out of the startups service."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.startups import actions, columns, imports
from services.startups.actions import STARTUP
from services.startups.schemas import (
    AliasesForm,
    CompanyForm,
    ImportForm,
    LedgerEntryForm,
    StartupChange,
    StartupForm,
    StartupView,
    TableQuery,
)
from shared import vocabulary
from shared.errors import NotFound
from shared.organizations import profiles, queries, sheets
from shared.organizations.sheets import MOST_ROWS
from shared.schemas import AssetForm, ProfileFilter
from shared.web import (
    answer,
    as_file,
    current_actor,
    idempotent,
    key_routes,
    profile_routes,
    reading,
    transaction,
)
from shared.web.answers import expected_version
from shared.web.budget import budgeted
from shared.web.problems import language, problem
from shared.web.reader import uploaded
from shared.workbooks import table

startups = Blueprint(
    "startups", __name__, url_prefix="/api/v1/startups", description="Startups and their facts"
)
vocabularies = Blueprint(
    "vocabularies",
    __name__,
    url_prefix="/api/v1/vocabularies",
    description="Controlled vocabularies",
)
internal = key_routes()
UPLOAD = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "apply": {"type": "boolean"},
        "mapping": {"type": "string"},
        "saved": {"type": "string"},
        "first": {"type": "integer"},
        "last": {"type": "integer"},
        "sheet": {"type": "string"},
        "heading_row": {"type": "integer"},
        "partly": {"type": "boolean"},
    },
}

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
            return answer(queries.document(changed), 201, queries.tag(changed))


@startups.route("/<slug:slug>/funding")
class Funding(MethodView):
    @startups.response(200)
    def get(self, slug):
        """The funding ledger: rounds, grants, loans and licence income, each with its source."""
        with reading(current_actor()) as session:
            found = queries.one(session, STARTUP, slug)
            ledger = [
                f
                for f in queries.document(found)["facts"]
                if f["field"] in ("funding_round", "total_raised")
            ]
            return answer({"items": ledger}, version=queries.tag(found))

    @startups.arguments(LedgerEntryForm)
    @startups.response(201, StartupView)
    @idempotent
    def post(self, form, slug):
        """Adds an entry to the ledger."""
        with transaction(current_actor()) as session:
            fact = {"field": "funding_round", **form}
            changed = profiles.add_facts(
                session, STARTUP, slug, [fact], expected_version(required=False)
            )
            return answer(queries.document(changed), 201, queries.tag(changed))


@startups.route("/<slug:slug>/company")
class Company(MethodView):
    @startups.response(200, CompanyForm)
    def get(self, slug):
        """Who represents your company."""
        with reading(current_actor()) as session:
            return answer(actions.company(session, slug))

    @startups.arguments(CompanyForm)
    @startups.response(200, CompanyForm)
    def put(self, form, slug):
        """Says who represents your company: for your own records and forms; nobody else sees it."""
        with transaction(current_actor()) as session:
            return answer(actions.set_company(session, slug, form))


@startups.route("/<slug:slug>/aliases")
class Aliases(MethodView):
    @startups.arguments(AliasesForm)
    @startups.response(201, StartupView)
    def post(self, form, slug):
        """Adds names by which the company is also known."""
        with transaction(current_actor()) as session:
            changed = actions.add_aliases(
                session, slug, form["aliases"], expected_version(required=False)
            )
            return answer(queries.document(changed), 201, queries.tag(changed))


@startups.route("/<slug:slug>/aliases/<string:name>")
class Alias(MethodView):
    @startups.response(204)
    def delete(self, slug, name):
        """Takes an alias back."""
        with transaction(current_actor()) as session:
            actions.drop_alias(session, slug, name, expected_version(required=False))


@startups.route("/imports")
class Imports(MethodView):
    @startups.doc(
        requestBody={"required": True, "content": {"multipart/form-data": {"schema": UPLOAD}}}
    )
    @startups.arguments(ImportForm, location="form")
    @startups.response(200)
    @budgeted
    def post(self, form):
        """A table of startups (CSV or XLSX): what it would create, change and refuse; with `apply`,
        that is done, all or nothing.
        """
        actor = current_actor()
        actor.need(*STARTUP.roles)
        name, content = uploaded()
        with transaction(actor) as session:
            own = imports.mapping(session, form.get("mapping"), form.get("saved"))
        table = sheets.take(
            content, name, columns.known(own), form.get("sheet"), form.get("heading_row")
        )
        meanings, rows = imports.mapped(table, own)
        part = rows[form["first"] - 1 : form["last"]]
        with transaction(actor) as session:
            planned, done = imports.bring(session, part, meanings, form["apply"], form["partly"])
            told = planned.document(language()) | {"rows": len(rows), "applied": done}
            told |= table.told(meanings)
            return (
                problem(409, "import-conflicts", more=told)
                if form["apply"] and not done
                else answer(told)
            )


@startups.route("/exports")
class Exports(MethodView):
    @startups.arguments(TableQuery, location="query")
    @startups.response(200)
    @budgeted
    def get(self, query):
        """The startups you may see, as a table that Excel opens with Japanese intact; it can be
        imported again.
        """
        kind, lang = query.pop("format"), query.pop("lang", None) or language()
        [query.pop(k, None) for k in ("fields_", "limit", "cursor")]
        with reading(current_actor()) as session:
            found, _ = queries.many(session, STARTUP, MOST_ROWS, None, query)
            return as_file(
                table(columns.labels(lang), imports.table(found, lang), kind),
                f"nakodo-startups.{kind}",
            )


@startups.route("/imports/template")
class Template(MethodView):
    @startups.arguments(TableQuery, location="query")
    @startups.response(200)
    @budgeted
    def get(self, query):
        """An empty table with the headings we know."""
        current_actor()
        headings = columns.labels(query.get("lang") or language())
        return as_file(table(headings, [], query["format"]), f"nakodo-startups.{query['format']}")


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
        return answer(
            {
                "slug": name,
                "version": found.version,
                "title": found.title,
                "nodes": list(found.nodes.values()),
            }
        )
