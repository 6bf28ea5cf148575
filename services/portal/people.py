"""Pages about oneself: signing in and out, links from mails, the account and its organisation."""

import json

from flask import Response, current_app, redirect, request, session, url_for

from nakodo_client import Refused
from services.portal.directory import called, offices
from services.portal.pages import (
    client,
    device,
    home,
    lang,
    page,
    part,
    portal,
    settle_in,
    signed_in,
    visitor,
)
from services.portal.texts import say
from shared.settings import loopback
from shared.web import door

DEMO_ROLES = ("reviewer", "startup", "officer", "staff")


@portal.get("/")
def front():
    roles = [r for r in DEMO_ROLES if part("demo")(r)]
    return page("front", roles=roles, home=home(session.get("role", ""), session.get("org", "")))


@portal.post("/session")
def enter():
    """Enters as an invented person of the demo, through the same door as everybody."""
    known = part("demo")(request.form.get("role", ""))
    if known is None:
        return page("trouble", 404, text=say("not-found", lang()))
    return redirect(settle_in(visitor().post("/api/v1/sessions", known)))


@portal.get("/sign-in")
def sign_in():
    return sign_in_page()


def sign_in_page(
    status: int = 200,
    fault: str | None = None,
    email: str = "",
    code: bool = False,
    done: bool = False,
):
    return page(
        "sign-in", status, fault=fault, email=email, code=code, done=done, keys=where_passkeys()
    )


def where_passkeys() -> dict:
    """Whether passkeys work at the address this visitor came by, else at which other one of ours,
    if any.
    """
    settings = current_app.extensions["nakodo"]["settings"]
    home = settings.passkey_origin
    known = home and (
        settings.public_stated or loopback(request.host.rsplit(":", 1)[0].strip("[]"))
    )
    return {"here": home == door.origin(), "elsewhere": home if known else None}


@portal.post("/sign-in")
def sign_in_now():
    form = {k: v for k, v in request.form.items() if k in ("email", "password", "code") and v}
    try:
        told = visitor().post(
            "/api/v1/sessions", {"email": "", "password": "", "device": device()} | form
        )
    except Refused as refused:
        wants_code = refused.problem.get("code") == "code-required"
        fault = None if wants_code else str(refused)
        return sign_in_page(
            200 if wants_code else refused.status,
            fault,
            form.get("email", ""),
            wants_code or "code" in form,
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
    form = {
        "code": request.args.get("code", ""),
        "state": request.args.get("state", ""),
        "pending": session.pop("openid", ""),
    }
    try:
        return redirect(settle_in(visitor().post("/api/v1/sessions/openid/finish", form)))
    except Refused as refused:
        said = say("openid-failed", lang()) if refused.status == 422 else str(refused)
        return sign_in_page(401, said)


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
        return page("forgotten", refused.status, sent=False, fault=told_of(refused))
    return page("forgotten", sent=True)


@portal.get("/links/<token>")
def link(token):
    return _link(token)


def _link(token: str, status: int = 200, fault: str | None = None):
    told, keys = visitor().get(f"/api/v1/links/{token}"), where_passkeys()
    return page(
        "link", status, link=told, fault=fault, keys=keys, shows=told["passkeys"] and keys["here"]
    )


@portal.post("/links/<token>")
def link_now(token):
    form = (
        {k: v for k, v in request.form.items() if k in ("name", "password") and v}
        | {"locale": lang()}
        | factor(request.form)
    )
    try:
        visitor().post(f"/api/v1/links/{token}", {"password": "", "device": device()} | form)
    except Refused as refused:
        if refused.status == 404:
            raise
        return _link(token, refused.status, told_of(refused))
    return sign_in_page(done=True)


def told_of(refused: Refused) -> str:
    errors = refused.problem.get("errors") or []
    return errors[0]["message"] if errors else str(refused)


@portal.get("/account")
@signed_in
def account():
    return account_page()


def account_page(
    fault: str | None = None, secret: dict | None = None, status: int = 200, confirm: str = ""
):
    api = client()
    me = api.get("/api/v1/people/me")
    inside = bool(me["memberships"])
    members = api.get("/api/v1/accounts/members")["items"] if inside else []
    waiting = api.get("/api/v1/accounts/invitations")["items"] if inside else []
    claims = api.get("/api/v1/claims")["items"]
    consents = api.get("/api/v1/consents")
    given = {
        n["purpose"]: next(
            (
                c
                for c in consents["items"]
                if c["purpose"] == n["purpose"] and not c["withdrawn_at"]
            ),
            None,
        )
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
        "keys": where_passkeys(),
        "fault": fault,
        "secret": secret,
    }
    return page("account", status, notices=consents["notices"], given=given, **shown)


def _break_glass(form) -> None:
    """Full access for a while: the session goes on as an administrator's, and says until when."""
    plea = (
        {key: form.get(key, "") for key in ("reason", "minutes")}
        | {"session": session["handle"]}
        | factor(form)
    )
    told = visitor().post("/api/v1/sessions/elevation", plea)
    part("tokens").drop(session["handle"])
    session.update(role="administrator", until=told["until"])


@portal.get("/account/export")
@signed_in
def own_data():
    """A copy of everything kept about oneself, as a file."""
    copy = json.dumps(client().get("/api/v1/people/me/export"), ensure_ascii=False, indent=1)
    return Response(
        copy,
        headers={
            "Content-Type": "application/json",
            "Content-Disposition": "attachment; filename=nakodo-my-data.json",
        },
    )


@portal.post("/account/<change>")
@signed_in
def account_now(change):
    """One of the account page's small forms; a refusal is said on the page."""
    api, form = client(), request.form
    try:
        return (
            _self(api, change, form)
            or _organisation(api, change, form)
            or redirect(url_for("portal.account"))
        )
    except Refused as refused:
        errors = refused.problem.get("errors") or []
        free = any(e.get("code") == "free-mail-confirm" for e in errors)
        return account_page(
            fault=told_of(refused),
            status=refused.status,
            confirm=form.get("email", "") if free else "",
        )


def _factor(api, change: str, form):
    """A second factor begun, confirmed, or its recovery codes made anew: shown once."""
    if change == "second-factor":
        return account_page(secret=api.post("/api/v1/people/me/second-factor"))
    if change == "recovery":
        codes = api.post("/api/v1/people/me/recovery-codes", proof(form))["codes"]
        return page("recovery", codes=codes)
    new = {"code": form.get("code", "").strip(), "present": form.get("present", "").strip()}
    confirmed = proof(form) | {k: v for k, v in new.items() if v}
    api.request("PUT", "/api/v1/people/me/second-factor", json=confirmed)
    return first_codes(form)


def _consent(api, change: str, form) -> None:
    if change == "withdraw":
        api.request("DELETE", f"/api/v1/consents/{form.get('consent', '')}")
        return
    named = {
        "purpose": form.get("purpose", ""),
        "notice": form.get("notice", ""),
        "countries": form.getlist("countries"),
    }
    api.post("/api/v1/consents", named | {"locale": lang()})


def _self(api, change: str, form):
    """What proves who one is, where one is signed in, what one allows; an answer of its own, or
    none: back to the account.
    """
    if change in ("second-factor", "code", "recovery"):
        return _factor(api, change, form)
    if change in ("consent", "withdraw"):
        _consent(api, change, form)
    elif change == "password":
        api.post(
            "/api/v1/people/me/password",
            {"old": form.get("old", ""), "new": form.get("new", ""), **factor(form)},
        )
    elif change == "factor-off":
        api.request("DELETE", "/api/v1/people/me/second-factor", json=proof(form))
    elif change == "address":
        api.post("/api/v1/people/me/address", {"email": form.get("email", ""), **proof(form)})
        return account_page(fault=say("address-sent", lang()))
    elif change == "session":
        api.request("DELETE", f"/api/v1/people/me/sessions/{form.get('session', '')}")
    elif change == "others":
        api.request("DELETE", "/api/v1/people/me/sessions")
    elif change == "erase":
        api.post("/api/v1/people/me/erasure", proof(form))
    if change in ("password", "factor-off", "erase"):  # every session has ended
        session.clear()
        return redirect(url_for("portal.sign_in"))
    return None


def _organisation(api, change: str, form) -> None:
    """Members and their rights, invitations, claims, full access for a while."""
    if change == "invite":
        named = {"email": form.get("email", ""), "roles": [session["role"]], "locale": lang()}
        api.post(
            "/api/v1/accounts/invitations",
            named | ({"free_mail": True} if form.get("free_mail") else {}),
        )
    elif change == "cancel":
        api.request("DELETE", f"/api/v1/accounts/invitations/{form.get('invitation', '')}")
    elif change == "rights":
        wanted = {form.get("right", ""): form.get("given") == "yes"}
        api.request("PATCH", f"/api/v1/accounts/members/{form.get('member', '')}", json=wanted)
    elif change == "glass":
        _break_glass(form)
    elif change == "decide":
        api.post(
            f"/api/v1/claims/{form.get('claim', '')}/decision",
            {"approve": form.get("answer") == "yes"},
        )


def factor(form) -> dict:
    """The second factor a form shows: what a passkey has signed, or a code where one was typed."""
    if form.get("credential"):
        return {"passkey": {"credential": form["credential"], "pending": form.get("pending", "")}}
    return {"code": form["code"].strip()} if form.get("code", "").strip() else {}


def proof(form) -> dict:
    """What a form shows of who it is: the password, and the second factor of whoever has one."""
    return {"password": form.get("password", ""), **factor(form)}


def first_codes(form):
    """After a factor more: the session goes on as one that has shown it, with recovery codes where
    there are none yet.
    """
    told = (
        visitor().post(
            "/api/v1/sessions/switch", {"session": session["handle"], "org": session["org"]}
        )
        if session["org"]
        else None
    )
    part("tokens").drop(session["handle"])
    api = client()
    held = api.get("/api/v1/people/me")["recovery_codes"]
    codes = (
        []
        if held
        else api.post("/api/v1/people/me/recovery-codes", {"password": form.get("password", "")})[
            "codes"
        ]
    )
    if told:
        settle_in(told | {"session": session["handle"]})
    return page("recovery", codes=codes) if codes else redirect(url_for("portal.account"))
