"""Pages about oneself: signing in and out, links from mails, the account and its organisation."""

import json

from flask import Response, redirect, request, session, url_for

from nakodo_client import Refused
from services.portal.directory import called, offices
from services.portal.pages import client, device, lang, page, part, portal, settle_in, signed_in, visitor
from services.portal.texts import say

DEMO_ROLES = ("reviewer", "startup", "officer", "staff")


@portal.get("/")
def front():
    roles = [r for r in DEMO_ROLES if part("demo")(r)]
    return page("front", roles=roles) if roles else redirect(url_for("portal.sign_in"))


@portal.post("/session")
def enter():
    """Enters as an invented person of the demo, through the same door as everybody."""
    known = part("demo")(request.form.get("role", ""))
    if known is None:
        return page("trouble", 404, text=say("not-found", lang()))
    return redirect(settle_in(visitor().post("/api/v1/sessions", known)))


@portal.get("/sign-in")
def sign_in():
    return page("sign-in", fault=None, email="", code=False)


@portal.post("/sign-in")
def sign_in_now():
    form = {k: v for k, v in request.form.items() if k in ("email", "password", "code") and v}
    try:
        told = visitor().post("/api/v1/sessions", {"email": "", "password": "", "device": device()} | form)
    except Refused as refused:
        wants_code = refused.problem.get("code") == "code-required"
        fault = None if wants_code else str(refused)
        return page(
            "sign-in", 200 if wants_code else refused.status, fault=fault, email=form.get("email", ""), code=wants_code or "code" in form
        )
    return redirect(settle_in(told))


@portal.get("/openid")
def openid():
    """To the provider; what must come back along waits in the browser's own session."""
    begun = visitor().post("/api/v1/sessions/openid")
    session["openid"] = begun["pending"]
    return redirect(begun["url"])


@portal.get("/openid/return")
def openid_back():
    form = {"code": request.args.get("code", ""), "state": request.args.get("state", ""), "pending": session.pop("openid", "")}
    try:
        return redirect(settle_in(visitor().post("/api/v1/sessions/openid/finish", form)))
    except Refused as refused:
        said = say("openid-failed", lang()) if refused.status == 422 else str(refused)
        return page("sign-in", 401, fault=said, email="", code=False)


@portal.post("/session/end")
def leave():
    handle = session.get("handle")
    session.clear()
    if handle:
        part("tokens").drop(handle)
        visitor().post("/api/v1/sessions/end", {"session": handle})
    return redirect(url_for("portal.front"))


@portal.get("/forgotten")
def forgotten():
    return page("forgotten", sent=False)


@portal.post("/forgotten")
def forgotten_now():
    try:
        visitor().post("/api/v1/accounts/resets", {"email": request.form.get("email", "")})
    except Refused as refused:
        return page("forgotten", refused.status, sent=False, fault=_told(refused))
    return page("forgotten", sent=True)


@portal.get("/links/<token>")
def link(token):
    return page("link", link=visitor().get(f"/api/v1/links/{token}"), fault=None)


@portal.post("/links/<token>")
def link_now(token):
    form = {k: v for k, v in request.form.items() if k in ("name", "password", "code") and v} | {"locale": lang()}
    try:
        visitor().post(f"/api/v1/links/{token}", {"password": "", "device": device()} | form)
    except Refused as refused:
        if refused.status == 404:
            raise
        return page("link", refused.status, link=visitor().get(f"/api/v1/links/{token}"), fault=_told(refused))
    return page("sign-in", fault=None, email="", code=False, done=True)


def _told(refused: Refused) -> str:
    errors = refused.problem.get("errors") or []
    return errors[0]["message"] if errors else str(refused)


@portal.get("/account")
@signed_in
def account():
    return _account()


def _account(fault: str | None = None, secret: dict | None = None, status: int = 200, confirm: str = ""):
    api = client()
    me = api.get("/api/v1/people/me")
    inside = bool(me["memberships"])
    members = api.get("/api/v1/accounts/members")["items"] if inside else []
    waiting = api.get("/api/v1/accounts/invitations")["items"] if inside else []
    claims = api.get("/api/v1/claims")["items"]
    consents = api.get("/api/v1/consents")
    given = {
        n["purpose"]: next((c for c in consents["items"] if c["purpose"] == n["purpose"] and not c["withdrawn_at"]), None)
        for n in consents["notices"]
    }
    orgs = [m["org"] for m in me["memberships"]]
    names = [offices(api, orgs).get(org, org) for org in orgs]
    mine = next((m for m in members if m["person"] == me["id"]), None)
    shown = {
        "mine": mine,
        "until": session.get("until", ""),
        "me": me,
        "names": names,
        "members": members,
        "waiting": waiting,
        "claims": claims,
        "claimed": called(api, [c["organization"] for c in claims if c["organization"]]),
        "sessions": api.get("/api/v1/people/me/sessions")["items"],
        "confirm": confirm,
        "fault": fault,
        "secret": secret,
    }
    return page("account", status, notices=consents["notices"], given=given, **shown)


def _break_glass(form) -> None:
    """Full access for a while: the session goes on as an administrator's, and says until when."""
    plea = {key: form.get(key, "") for key in ("code", "reason", "minutes")} | {"session": session["handle"]}
    told = visitor().post("/api/v1/sessions/elevation", plea)
    part("tokens").drop(session["handle"])
    session.update(role="administrator", until=told["until"])


@portal.get("/account/export")
@signed_in
def own_data():
    """A copy of everything kept about oneself, as a file."""
    copy = json.dumps(client().get("/api/v1/people/me/export"), ensure_ascii=False, indent=1)
    return Response(copy, headers={"Content-Type": "application/json", "Content-Disposition": "attachment; filename=nakodo-my-data.json"})


@portal.post("/account/<change>")
@signed_in
def account_now(change):
    """One of the account page's small forms; a refusal is said on the page."""
    api, form = client(), request.form
    try:
        return _self(api, change, form) or _organisation(api, change, form) or redirect(url_for("portal.account"))
    except Refused as refused:
        errors = refused.problem.get("errors") or []
        free = any(e.get("code") == "free-mail-confirm" for e in errors)
        return _account(fault=_told(refused), status=refused.status, confirm=form.get("email", "") if free else "")


def _self(api, change: str, form):
    """What proves who one is, where one is signed in, what one allows; an answer of its own, or none: back to the account."""
    if change == "password":
        api.post("/api/v1/people/me/password", {"old": form.get("old", ""), "new": form.get("new", ""), **_code(form)})
    elif change == "second-factor":
        return _account(secret=api.post("/api/v1/people/me/second-factor"))
    elif change == "code":
        api.request("PUT", "/api/v1/people/me/second-factor", json=_proof(form))
        return page("recovery", codes=_first_codes(form))
    elif change == "factor-off":
        api.request("DELETE", "/api/v1/people/me/second-factor", json=_proof(form))
    elif change == "recovery":
        return page("recovery", codes=api.post("/api/v1/people/me/recovery-codes", _proof(form))["codes"])
    elif change == "address":
        api.post("/api/v1/people/me/address", {"email": form.get("email", ""), **_proof(form)})
        return _account(fault=say("address-sent", lang()))
    elif change == "session":
        api.request("DELETE", f"/api/v1/people/me/sessions/{form.get('session', '')}")
    elif change == "others":
        api.request("DELETE", "/api/v1/people/me/sessions")
    elif change == "consent":
        named = {"purpose": form.get("purpose", ""), "notice": form.get("notice", ""), "countries": form.getlist("countries")}
        api.post("/api/v1/consents", named | {"locale": lang()})
    elif change == "withdraw":
        api.request("DELETE", f"/api/v1/consents/{form.get('consent', '')}")
    elif change == "erase":
        api.post("/api/v1/people/me/erasure", _proof(form))
    if change in ("password", "factor-off", "erase"):  # every session has ended
        session.clear()
        return redirect(url_for("portal.sign_in"))
    return None


def _organisation(api, change: str, form) -> None:
    """Members and their rights, invitations, claims, full access for a while."""
    if change == "invite":
        named = {"email": form.get("email", ""), "roles": [session["role"]], "locale": lang()}
        api.post("/api/v1/accounts/invitations", named | ({"free_mail": True} if form.get("free_mail") else {}))
    elif change == "cancel":
        api.request("DELETE", f"/api/v1/accounts/invitations/{form.get('invitation', '')}")
    elif change == "rights":
        wanted = {form.get("right", ""): form.get("given") == "yes"}
        api.request("PATCH", f"/api/v1/accounts/members/{form.get('member', '')}", json=wanted)
    elif change == "remove":
        api.request("DELETE", f"/api/v1/accounts/members/{form.get('member', '')}")
    elif change == "glass":
        _break_glass(form)
    elif change == "decide":
        api.post(f"/api/v1/claims/{form.get('claim', '')}/decision", {"approve": form.get("answer") == "yes"})


def _code(form) -> dict:
    return {"code": form["code"].strip()} if form.get("code", "").strip() else {}


def _proof(form) -> dict:
    """What a form shows of who it is: the password, and a code where one was typed."""
    return {"password": form.get("password", ""), **_code(form)}


def _first_codes(form) -> list[str]:
    """The first recovery codes, right after a factor was shown; the session goes on as one that has shown it."""
    told = visitor().post("/api/v1/sessions/switch", {"session": session["handle"], "org": session["org"]}) if session["org"] else None
    part("tokens").drop(session["handle"])
    codes = client().post("/api/v1/people/me/recovery-codes", {"password": form.get("password", "")})["codes"]
    if told:
        settle_in(told | {"session": session["handle"]})
    return codes
