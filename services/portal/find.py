"""The first steps: an account by one's own mail address, one's organisation found by any of its
names, taken over or begun.
"""

from collections.abc import Sequence

from flask import redirect, request, session, url_for

from nakodo_client import Refused
from services.portal.desk import faults_of
from services.portal.directory import called
from services.portal.pages import client, lang, page, part, portal, settle_in, signed_in, visitor


@portal.get("/sign-up")
def sign_up():
    return page("sign-up", sent=False, faults=[], email="")


@portal.post("/sign-up")
def sign_up_now():
    email = request.form.get("email", "").strip()
    try:
        visitor().post("/api/v1/accounts/registrations", {"email": email, "locale": lang()})
    except Refused as refused:
        return page(
            "sign-up", refused.status, sent=False, faults=faults_of(refused, []), email=email
        )
    return page("sign-up", sent=True, faults=[], email=email)


@portal.get("/find")
@signed_in
def find():
    return _find()


def _find(faults: Sequence[str] = (), status: int = 200):
    if session.get("role"):
        home = {"startup": f"/startups/{session['org']}", "reviewer": f"/feeds/{session['org']}"}
        return redirect(home.get(session["role"]) or url_for("portal.account"))
    if there := _arrived():
        return redirect(there)
    api, text = client(), (request.form.get("q") or request.args.get("q", "")).strip()[:200]
    found = api.search(text) if text else []
    claims = [c for c in api.get("/api/v1/claims")["items"] if c["state"] == "waiting"]
    names = called(api, [c["organization"] for c in claims if not c["name"]])
    new = {"name": request.form.get("name") or text, "kind": request.form.get("kind", "startup")}
    return page(
        "find", status, q=text, items=found, claims=claims, names=names, faults=faults, new=new
    )


def _arrived() -> str:
    """Where to go once staff have said yes: the session goes on as a member of the organisation.
    Empty before.
    """
    held = client().get("/api/v1/people/me")["memberships"]
    if not held:
        return ""
    told = visitor().post(
        "/api/v1/sessions/switch", {"session": session["handle"], "org": held[0]["org"]}
    )
    part("tokens").drop(session["handle"])
    there = settle_in(told | {"session": session["handle"]})
    return f"{there}/edit" if session["role"] == "startup" else there


@portal.post("/find")
@signed_in
def find_now():
    """Asks to take over a profile of any kind, or to begin a company that is not there; staff
    decide.
    """
    form = {
        k: request.form[k].strip()
        for k in ("organization", "kind", "name", "note")
        if request.form.get(k, "").strip()
    }
    try:
        client().post("/api/v1/claims", {"kind": "startup"} | form)
    except Refused as refused:
        return _find(faults_of(refused, []), refused.status)
    return redirect(url_for("portal.find", sent=1))
