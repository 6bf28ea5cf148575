"""The startup's papers: documents and who looked at them, confidentiality agreements, one-pagers
and the links to them.
"""

from collections.abc import Sequence

from flask import abort, redirect, request, session, url_for

from nakodo_client import Refused
from services.portal import present
from services.portal.desk import faults_of, own
from services.portal.directory import called, everyone
from services.portal.pages import client, handed_on, lang, page, portal, signed_in, today, visitor
from services.portal.texts import say
from shared.web import door

KINDS = ("deck", "one-pager", "pledge", "other")
AGREEMENT = ("counterparty", "signed_on", "ends_on", "data_room", "note")


@portal.get("/startups/<slug>/papers")
@signed_in
def papers(slug):
    own(slug)
    return _papers(slug)


def _papers(slug: str, faults: Sequence[str] = (), path: str = "", status: int = 200):
    api = client()
    documents = api.documents(slug)
    views = {
        d["id"]: api.get(f"/api/v1/startups/{slug}/documents/{d['id']}/views")["items"]
        for d in documents
    }
    held = {
        "documents": documents,
        "views": views,
        "agreements": api.get(f"/api/v1/startups/{slug}/agreements")["items"],
    }
    links = [
        link for link in api.get(f"/api/v1/startups/{slug}/links")["items"] if not link["ended_at"]
    ]
    return page(
        "papers",
        status,
        slug=slug,
        faults=faults,
        made=path,
        kinds=KINDS,
        form=request.form,
        links=links,
        **held,
    )


@portal.post("/startups/<slug>/papers")
@signed_in
def papers_now(slug):
    """One of the page's small forms; a refusal is said on the page, which keeps what was typed."""
    own(slug)
    api, form, base = client(), request.form, f"/api/v1/startups/{slug}"
    try:
        if form.get("do") == "end-link":
            api.request("DELETE", f"{base}/links/{form.get('link', '')}")
        elif form.get("do") == "link":
            made = api.post(
                f"{base}/links",
                {
                    "language": form.get("language", ""),
                    "days": _whole(form.get("days")),
                    "tier": form.get("tier", ""),
                },
            )
            return _papers(slug, path=door.address() + made["path"])
        elif form.get("do") == "agree":
            api.post(
                f"{base}/agreements",
                {k: form[k].strip() for k in AGREEMENT if form.get(k, "").strip()},
            )
        elif form.get("do") == "drop":
            api.request("DELETE", f"{base}/agreements/{form.get('agreement', '')}")
        else:
            abort(400)
    except Refused as refused:
        return _papers(slug, faults_of(refused, []), status=refused.status)
    return redirect(url_for("portal.papers", slug=slug))


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 0


@portal.post("/startups/<slug>/documents")
@signed_in
def add_document(slug):
    own(slug)
    file, form = request.files.get("file"), request.form
    if not file or not file.filename:
        return _papers(slug, [say("choose-file", lang())], status=422)
    named = {k: form[k] for k in ("kind", "language", "tier", "expires_on") if form.get(k)}
    try:
        client().add_document(slug, file.filename, file.read(), **named)
    except Refused as refused:
        return _papers(slug, faults_of(refused, []), status=refused.status)
    return redirect(url_for("portal.papers", slug=slug))


@portal.post("/startups/<slug>/documents/<document>/end")
@signed_in
def drop_document(slug, document):
    own(slug)
    client().request("DELETE", f"/api/v1/startups/{slug}/documents/{document}")
    return redirect(url_for("portal.papers", slug=slug))


@portal.get("/startups/<slug>/documents/<document>.pdf")
@signed_in
def read_document(slug, document):
    """The PDF as this reader gets it, with their name on every page."""
    return handed_on(
        client().request("GET", f"/api/v1/startups/{slug}/documents/{document}/content")
    )


@portal.get("/startups/<slug>/one-pager.pdf")
@signed_in
def one_pager(slug):
    query = {"lang": lang(), "tier": request.args.get("tier", "public")}
    return handed_on(client().request("GET", f"/api/v1/startups/{slug}/one-pager", params=query))


@portal.get("/matches/<startup>/<mandate>/brief")
@signed_in
def brief_page(startup, mandate):
    """The brief about a pair as a page: the same lines as the PDF."""
    told = client().get(f"/api/v1/matches/{startup}/{mandate}/brief", format="json", lang=lang())
    return page("brief", b=told, startup=startup, mandate=mandate)


@portal.get("/matches/<startup>/<mandate>/brief.pdf")
@signed_in
def brief(startup, mandate):
    """The brief about a pair, in the reader's language."""
    return handed_on(
        client().request(
            "GET", f"/api/v1/matches/{startup}/{mandate}/brief", params={"lang": lang()}
        )
    )


# -- what a link opens, without an account


@portal.get("/s/<token>")
def shared(token):
    try:
        told = visitor().get(f"/api/v1/shares/{token}")
    except Refused as refused:
        return page("trouble", refused.status, text=str(refused))
    return page(
        "shared",
        token=token,
        told=told,
        title=present.title(told | {"id": told["startup"]}, lang()),
    )


@portal.get("/s/<token>/one-pager.pdf")
def shared_page(token):
    try:
        return handed_on(visitor().request("GET", f"/api/v1/shares/{token}/one-pager"))
    except Refused as refused:
        return page("trouble", refused.status, text=str(refused))


@portal.get("/reconfirm/<token>")
def reconfirm(token):
    return _reconfirm(token)


def _reconfirm(token: str, done: int = 0, fault: str | None = None, status: int = 200):
    try:
        told = visitor().get(f"/api/v1/shares/{token}/facts")
    except Refused as refused:
        return page("trouble", refused.status, text=str(refused))
    title = present.title(told | {"id": told["startup"]}, lang())
    return page(
        "reconfirm",
        status,
        told=told,
        title=title,
        groups=present.grouped(told["facts"], lang(), today(), assets=told.get("assets", [])),
        done=done,
        fault=fault,
    )


@portal.post("/reconfirm/<token>")
def reconfirm_now(token):
    """Still true: what is ticked, which is everything unless somebody unticks."""
    wanted = request.form.getlist("facts")
    if not wanted:
        return _reconfirm(token, fault=say("nothing-ticked", lang()), status=422)
    try:
        done = visitor().post(f"/api/v1/shares/{token}/facts", {"facts": wanted})["confirmed"]
    except Refused as refused:
        return _reconfirm(token, fault=str(refused), status=refused.status)
    return _reconfirm(token, done=done)


# -- facts that files propose


@portal.get("/proposals")
@signed_in
def proposals():
    return _proposals()


def _proposals(faults: Sequence[str] = (), plan: dict | None = None, status: int = 200):
    if session.get("role") not in ("startup", "staff"):
        abort(404)
    api = client()
    items = api.get("/api/v1/startups/proposals")["items"]
    staff = session["role"] == "staff"
    programmes = (
        [(p["id"], present.title(p, lang())) for p in everyone(api, "programs", "id,name")]
        if staff
        else []
    )
    names = called(api, [i["startup"] for i in [*items, *(plan or {}).get("proposed", [])]])
    shown = [
        i
        | {
            "text": present.words(i["fact"], lang()),
            "label": present.field(i["fact"]["field"], lang()),
        }
        for i in items
    ]
    return page(
        "proposals",
        status,
        items=shown,
        names=names,
        programmes=programmes,
        plan=plan,
        faults=faults,
        form=request.form,
    )


@portal.post("/proposals")
@signed_in
def proposals_now():
    """A word on one proposal, or a file that makes some: looked at first, proposed with the second
    button.
    """
    form, api = request.form, client()
    try:
        if form.get("do") in ("yes", "no"):
            path = (
                f"/api/v1/startups/{form.get('startup', '')}/facts/{form.get('fact', '')}/verdict"
            )
            api.post(path, {"confirm": form["do"] == "yes"})
            return redirect(url_for("portal.proposals"))
        file = request.files.get("file")
        if not file or not file.filename:
            return _proposals([say("choose-file", lang())], status=422)
        named = {k: form[k] for k in ("kind", "title", "url", "as_of", "programme") if form.get(k)}
        plan = api.propose(file.filename, file.read(), form.get("do") == "apply", **named)
    except Refused as refused:
        return _proposals(faults_of(refused, []), status=refused.status)
    return _proposals(plan=plan)
