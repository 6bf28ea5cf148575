"""The portal's pages: feeds, matches, profiles, search."""

from collections.abc import Callable

import structlog
from flask import abort, current_app, redirect, request, send_from_directory, session, url_for
from werkzeug.exceptions import HTTPException

from nakodo_client import Client, Refused, Unreachable
from services.portal import present, team
from services.portal.directory import known, relations, timeline
from services.portal.documents import DOCUMENTED, documents, merged
from services.portal.introductions import unconsented
from services.portal.pages import client, lang, page, portal, signed_in, today, visitor
from services.portal.texts import say
from services.portal.triage import choices
from shared.ids import new_id
from shared.web import answer

log = structlog.get_logger()


@portal.get("/feeds/<name>")
@signed_in
def feed(name):
    try:
        items = client().feed(name, invented=request.args.get("invented"))
    except Refused as refused:
        if refused.status == 404 and session.get("role") == "reviewer" and name == session["org"]:
            return redirect(url_for("portal.begin"))
        raise
    mine = (
        session.get("role") == "reviewer"
        and bool(items)
        and items[0]["investor"] == session.get("org")
    )
    told = (
        {key: session.pop(key, None) for key in ("decided", "said", "asked")}
        if mine or not items
        else {}
    )
    weeks = client().editions(name)[:8] if mine else []
    lately = client().feed_signals(name, limit=20, invented=request.args.get("invented"))
    shown = {
        "items": items,
        "name": _name_of_investor(name, items),
        "at": name,
        "mine": mine,
        "weeks": weeks,
        "lately": lately,
    }
    return page("feed", **shown, **choices(), **told)


@portal.get("/feeds/<name>/editions/<week>")
@signed_in
def edition(name, week):
    """A week's edition, as it was fixed on its Monday."""
    found = client().edition(name, week)
    return page(
        "feed",
        items=found["items"],
        name=_name_of_investor(name, found["items"]),
        at=name,
        mine=False,
        edition=found,
    )


def _name_of_investor(name: str, items: list[dict]) -> str:
    if items:
        return items[0]["names"]["investor"]
    found = client().profile("investors", name)
    return present.title(found, lang()) if found else name


@portal.get("/matches/<startup>/<mandate>")
@signed_in
def explanation(startup, mandate):
    api = client()
    try:
        m = api.explain(startup, mandate)
    except Refused as refused:
        if refused.problem.get("code") != "declare-first":
            raise
        return page("declare", 403, startup=startup, mandate=mandate, title=_title(api, startup))
    mine = session.get("role") == "reviewer" and session.get("org") == m["investor"]
    asked = (
        {
            a["gate"]: a
            for a in api.asks()
            if (a["startup"], a["mandate"]) == (m["startup"], m["mandate"])
        }
        if mine
        else {}
    )
    rules = _allowed(lambda slug: api.rules(slug, investor=mandate), startup) or []
    decided = (
        next(iter(api.decisions(startup=m["startup"], mandate=m["mandate"])), None)
        if mine
        else None
    )
    told = {
        "rules": rules,
        "decided": decided,
        "mine": mine,
        "asked": asked,
        "said": session.pop("said", None),
    }
    told |= (
        team.shown(api, m["startup"], m["mandate"])
        | {"denied_team": session.pop("said-team", None)}
        if mine
        else {}
    )
    return page("explanation", m=m, **told, **_introduction(api, m, mine))


def _title(api: Client, startup: str) -> str:
    found = api.profile("startups", startup)
    return present.title(found, lang()) if found else startup


def _introduction(api: Client, m: dict, mine: bool) -> dict:
    """What the page of a pair says of an introduction: the one there is, or that this reader may
    ask for one.
    """
    may = mine or session.get("role") == "startup" and session.get("org") == m["startup"]
    held = (
        next(iter(api.introductions(startup=m["startup"], mandate=m["mandate"])), None)
        if may
        else None
    )
    again = may and (
        held is None or held["state"] in ("declined", "withdrawn", "expired", "closed")
    )
    notice = unconsented(api) if again else None
    return {
        "introduction": held,
        "may_ask": again,
        "notice": notice,
        "denied": session.pop("introduction", None),
    }


@portal.get("/startups/<slug>")
@signed_in
def startup(slug):
    api = client()
    profile = api.profile("startups", slug)
    if profile is None:
        if session.get("role") == "startup" and session.get("org") == slug:
            return redirect(url_for("portal.edit", slug=slug))
        abort(404)
    seen = request.args.get("as")
    if (
        seen in ("public", "network")
        and session.get("org") == slug
        and profile["state"] == "published"
    ):
        shown = api.get(f"/api/v1/startups/{slug}", seen_by=seen)
        return page(
            "seen",
            profile=profile,
            groups=present.grouped(
                shown["facts"], lang(), today(), assets=profile.get("assets", [])
            ),
            seen=seen,
            kept=present.kept_back(profile, shown, lang()),
        )
    related = relations(api, slug)
    return page(
        "startup",
        profile=profile,
        groups=present.grouped(
            profile["facts"],
            lang(),
            today(),
            known(api, related, profile["facts"]),
            profile.get("assets", []),
        ),
        related=[r for r in related if not r["stated"]],
        timeline=timeline(api, slug),
        matches=_allowed(api.matches, slug),
        asks=_allowed(api.asks, slug),
        documents=api.documents(slug),
        rules=_allowed(api.rules, slug),
        coach=_allowed(api.coach, slug),
        triads=_allowed(api.triads, slug),
        today=today(),
    )


def _allowed(ask: Callable, slug: str) -> list[dict] | None:
    """What this reader may see of a startup's side, None where it is not theirs."""
    try:
        return ask(slug)
    except Refused as refused:
        if refused.status == 404:
            return None
        raise


@portal.get("/search")
@signed_in
def search():
    text = request.args.get("q", "").strip()[:200]
    return page("search", q=text, items=client().search(text) if text else [])


@portal.get("/docs")
def docs():
    return page("docs", services=documents(_specs()))


@portal.get("/static/<path:name>")
def static(name):
    return send_from_directory(f"{current_app.root_path}/static", name, max_age=3600)


def refused(error: Refused):
    """A refusal of a service, said on a page."""
    if error.status == 401 and "handle" in session:
        session.clear()
        return redirect("/sign-in")
    return page(
        "trouble",
        error.status,
        text=str(error) if error.status != 404 else say("not-found", lang()),
    )


def unreachable(_error: Unreachable):
    return page("trouble", 503, text=say("trouble", lang()))


def missing(_error):
    return page("trouble", 404, text=say("not-found", lang()))


def unexpected(error: Exception):
    """The log has the details under the id; the page shows none of them."""
    if isinstance(error, HTTPException):
        return page("trouble", error.code or 500, text=say("trouble", lang()))
    number = new_id()
    log.exception("unexpected error", id=number, path=request.path)
    return page("trouble", 500, text=f"{say('trouble', lang())} {number}")


@portal.get("/api/openapi.json")
def openapi():
    """The OpenAPI document of the whole product."""
    return answer(merged(_specs()))


def _specs() -> dict[str, dict]:
    return {name: visitor().get(f"/services/{name}/openapi.json") for name in DOCUMENTED}
