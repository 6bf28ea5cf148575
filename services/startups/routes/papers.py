"""Documents, agreements, one-pagers, links for people without an account, and facts that files
propose.
"""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.startups import onepager, papers, pdf, proposals, reconfirm
from services.startups import schemas as s
from services.startups.actions import STARTUP
from services.startups.routes.profiles import startups
from shared.auth import worker
from shared.organizations import queries, sheets
from shared.organizations.headings import match
from shared.schemas import page_of
from shared.web import answer, as_file, current_actor, idempotent, reading, transaction
from shared.web.app import part
from shared.web.budget import budgeted
from shared.web.problems import language
from shared.web.reader import uploaded

shares = Blueprint(
    "shares",
    __name__,
    url_prefix="/api/v1/shares",
    description="What a link opens for people without an account",
)
DOOR = worker("startups")  # nobody is signed in where a link is followed
FILE = {"type": "string", "format": "binary"}


def _upload(form: type, **more: dict) -> dict:
    """The body of an upload, for the documents."""
    named = {name: {"type": "string"} for name in form().fields} | {"file": FILE} | more
    required = ["file", *(name for name, field in form().fields.items() if field.required)]
    schema = {"type": "object", "required": required, "properties": named}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


def _document(row) -> dict:
    named = {
        k: getattr(row, k)
        for k in ("id", "kind", "name", "language", "version", "tier", "pages", "size", "sha256")
    }
    return named | {
        "expires_on": row.expires_on and row.expires_on.isoformat(),
        "added_at": row.added_at.isoformat(),
    }


@startups.route("/<slug:slug>/documents")
class Documents(MethodView):
    @startups.response(200, page_of(s.DocumentView))
    def get(self, slug):
        """The documents you may read, the newest first."""
        with reading(current_actor()) as session:
            queries.one(session, STARTUP, slug)
            return answer({"items": [_document(d) for d in papers.documents(session, slug)]})

    @startups.doc(requestBody=_upload(s.DocumentForm))
    @startups.arguments(s.DocumentForm, location="form")
    @startups.response(201, s.DocumentView)
    @budgeted
    def post(self, form, slug):
        """Adds a PDF; of one kind and language it is the next version."""
        name, content = uploaded()
        with reading(current_actor()) as session:
            papers.may_add(session, slug, name)
        rebuilt = pdf.rebuilt(content)
        with transaction(current_actor()) as session:
            return answer(
                _document(papers.add(session, part("files"), slug, form, name, content, rebuilt)),
                201,
            )


@startups.route("/<slug:slug>/documents/<slug:document>")
class OneDocument(MethodView):
    @startups.response(200, s.DocumentView)
    def get(self, slug, document):
        """What a document is, without its bytes."""
        with reading(current_actor()) as session:
            return answer(_document(papers.document(session, slug, document)))

    @startups.response(204)
    def delete(self, slug, document):
        """Takes a document back for good, bytes and all."""
        with transaction(current_actor()) as session:
            gone = papers.take_back(session, slug, document).id
        part("files").remove(gone)


@startups.route("/<slug:slug>/documents/<slug:document>/content")
class Content(MethodView):
    @startups.response(200, content_type="application/pdf")
    @budgeted
    def get(self, slug, document):
        """The PDF; for anybody but its owner every page carries your name and the time. Each view
        is kept for the owner to see.
        """
        with reading(current_actor()) as session:
            known = papers.document(session, slug, document).id
        papers.make_showable(part("files"), known)
        with transaction(current_actor()) as session:
            row, content, mark = papers.view(session, part("files"), slug, document)
        return as_file(
            pdf.stamped(content, mark) if mark else content,
            f"{slug}-{row.kind}-{row.language}-v{row.version}.pdf",
            inline=True,
        )


@startups.route("/<slug:slug>/documents/<slug:document>/views")
class Views(MethodView):
    @startups.response(200)
    def get(self, slug, document):
        """Who looked at your document, and when."""
        with reading(current_actor()) as session:
            return answer({"items": papers.views(session, slug, document)})


def _agreement(row) -> dict:
    named = {
        k: getattr(row, k)
        for k in ("id", "counterparty", "org", "signed_on", "ends_on", "data_room", "note")
    }
    return {k: v for k, v in named.items() if v is not None} | {
        "recorded_at": row.recorded_at.isoformat()
    }


@startups.route("/<slug:slug>/agreements")
class Agreements(MethodView):
    @startups.response(200, page_of(s.AgreementView))
    def get(self, slug):
        """The confidentiality agreements you have recorded."""
        with reading(current_actor()) as session:
            return answer({"items": [_agreement(a) for a in papers.agreements(session, slug)]})

    @startups.arguments(s.AgreementForm)
    @startups.response(201, s.AgreementView)
    @idempotent
    def post(self, form, slug):
        """Records a confidentiality agreement: with whom, from when, and where the data room is."""
        with transaction(current_actor()) as session:
            return answer(_agreement(papers.agree(session, slug, form)), 201)


@startups.route("/<slug:slug>/agreements/<slug:agreement>")
class OneAgreement(MethodView):
    @startups.response(204)
    def delete(self, slug, agreement):
        """Drops a record made in error."""
        with transaction(current_actor()) as session:
            papers.drop_agreement(session, slug, agreement)


@startups.route("/<slug:slug>/one-pager")
class OnePager(MethodView):
    @startups.arguments(s.OnePagerQuery, location="query")
    @startups.response(200, content_type="application/pdf")
    @budgeted
    def get(self, query, slug):
        """One page about the startup, in English or Japanese, from what you may see of it."""
        with reading(current_actor()) as session:
            named = onepager.organisations(
                queries.one(session, STARTUP, slug), query["tier"], session.info["today"]
            )
        lang = query.get("lang") or language()
        return as_file(
            _printed(current_actor(), slug, query["tier"], lang, named),
            f"{slug}-{lang}.pdf",
            inline=True,
        )


def _printed(actor, slug: str, tier: str, lang: str, named: list[str]) -> bytes:
    """The page, once other services have said what the organisations it names are called: no
    transaction waits for them.
    """
    names = part("named")(named)
    with reading(actor) as session:
        return onepager.make(
            queries.one(session, STARTUP, slug), tier, lang, session.info["today"], names
        )


def _link(row) -> dict:
    named = {k: getattr(row, k) for k in ("id", "language", "tier", "used")}
    ended = row.ended_at and row.ended_at.isoformat()
    return named | {
        "made_at": row.made_at.isoformat(),
        "expires_at": row.expires_at.isoformat(),
        "ended_at": ended,
    }


@startups.route("/<slug:slug>/links")
class Links(MethodView):
    @startups.response(200, page_of(s.LinkView))
    def get(self, slug):
        """The links to your one-pager, the newest first."""
        with reading(current_actor()) as session:
            return answer({"items": [_link(row) for row in papers.links(session, slug)]})

    @startups.arguments(s.LinkForm)
    @startups.response(201, s.LinkView)
    def post(self, form, slug):
        """A link to your one-pager for people without an account; its path is shown this once."""
        with transaction(current_actor()) as session:
            row, token = papers.share(session, slug, form)
            return answer(_link(row) | {"path": f"/s/{token}"}, 201)


@startups.route("/<slug:slug>/links/<slug:link>")
class OneLink(MethodView):
    @startups.response(204)
    def delete(self, slug, link):
        """Takes a link back at once."""
        with transaction(current_actor()) as session:
            papers.end_link(session, slug, link)


@shares.route("/<slug:token>")
class Shared(MethodView):
    @shares.response(200, s.SharedView)
    def get(self, token):
        """What a link opens, and until when."""
        with transaction(DOOR) as session:
            return answer(_shared(session, papers.followed(session, token, papers.SHARE)))


def _shared(session, link) -> dict:
    startup = queries.one(session, STARTUP, link.startup)
    return {
        "startup": startup.id,
        "name": startup.name,
        "language": link.language,
        "expires_at": link.expires_at.isoformat(),
    }


@shares.route("/<slug:token>/one-pager")
class SharedPage(MethodView):
    @shares.response(200, content_type="application/pdf")
    def get(self, token):
        """The one-pager a link opens; each opening is counted for its owner."""
        with transaction(DOOR) as session:
            link = papers.followed(session, token, papers.SHARE)
            link.used += 1
            slug, tier, lang = link.startup, link.tier, link.language
            named = onepager.organisations(
                queries.one(session, STARTUP, slug), tier, session.info["today"]
            )
        return as_file(_printed(DOOR, slug, tier, lang, named), f"{slug}-{lang}.pdf", inline=True)


@shares.route("/<slug:token>/facts")
class Due(MethodView):
    @shares.response(200, s.DueView)
    def get(self, token):
        """The facts a quarter's link asks about: are they still true?"""
        with transaction(DOOR) as session:
            link, facts = reconfirm.asked(session, token)
            return answer(_shared(session, link) | {"facts": facts})

    @shares.arguments(s.StillTrueForm)
    @shares.response(200)
    def post(self, form, token):
        """Says that facts are still true: each keeps its beginning and is dated today."""
        with transaction(DOOR) as session:
            startup, count = reconfirm.confirm(session, token, form["facts"])
            return answer({"startup": startup.id, "confirmed": count, "version": startup.version})


@startups.route("/proposals")
class Proposals(MethodView):
    @startups.response(200)
    def get(self):
        """Facts that files propose and that wait for your word."""
        with reading(current_actor()) as session:
            return answer({"items": proposals.waiting(session)})

    @startups.doc(requestBody=_upload(s.ProposalsForm, apply={"type": "boolean"}))
    @startups.arguments(s.ProposalsForm, location="form")
    @startups.response(200)
    @budgeted
    def post(self, form):
        """A registry export or a list of adopted projects (CSV or XLSX): what it would propose to
        whom; with `apply`, it is proposed.
        """
        actor = current_actor()
        actor.need("staff")
        name, content = uploaded()
        source = {k: form[k] for k in ("title", "url", "as_of") if k in form}
        table = sheets.take(content, name, proposals.WORDS)
        with transaction(actor) as session:
            made = proposals.plan(session, table, form["kind"], form.get("programme"), source)
            count = proposals.apply(session, made) if form["apply"] else 0
            told = made.document() | {"applied": form["apply"], "count": count}
            return answer(told | table.told(match(table.headings, proposals.WORDS)))


@startups.route("/<slug:slug>/facts/<slug:fact>/verdict")
class Verdict(MethodView):
    @startups.arguments(s.VerdictForm)
    @startups.response(200, s.StartupView)
    def post(self, form, slug, fact):
        """Your word on a proposed fact: it counts from now on, or goes."""
        with transaction(current_actor()) as session:
            changed = proposals.confirm(session, slug, fact, form["confirm"])
            return answer(queries.document(changed), version=queries.tag(changed))
