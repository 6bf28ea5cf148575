"""What works for an organisation without anybody signing in: its API clients and webhooks, and what
a colleague who leaves has made.
"""

from collections.abc import Sequence

from flask import abort, redirect, request, session, url_for

from nakodo_client import Client, Refused
from services.portal.desk import faults_of
from services.portal.pages import client, lang, page, portal, signed_in
from services.portal.texts import TEXTS, say

EVENTS = [
    key.removeprefix("event-")
    for key in TEXTS
    if key.startswith("event-") and key != "event-subscription.test"
]
CLIENTS, HOOKS = "/api/v1/accounts/clients", "/api/v1/subscriptions"


@portal.get("/connections")
@signed_in
def connections():
    return _connections()


def _connections(faults: Sequence[str] = (), status: int = 200):
    api = client()
    me, members = _people(api)
    mine = members.get(me["id"])
    if mine is None:
        abort(404)
    shown = {
        "clients": api.get(CLIENTS)["items"],
        "hooks": api.get(HOOKS)["items"],
        "events": EVENTS,
    }
    return page(
        "connections", status, members=members, mine=mine, faults=faults, form=request.form, **shown
    )


def _people(api: Client) -> tuple[dict, dict[str, dict]]:
    """Oneself, and the members of one's organisation by who they are."""
    me = api.get("/api/v1/people/me")
    return me, {m["person"]: m for m in api.get("/api/v1/accounts/members")["items"]} if me[
        "memberships"
    ] else {}


@portal.post("/connections/<change>")
@signed_in
def connections_now(change):
    """One of the page's forms; a refusal is said there, a new secret shown once."""
    api, form = client(), request.form
    try:
        secret = _change_client(api, change, form) or _change_hook(api, change, form)
    except Refused as refused:
        return _connections(faults_of(refused, []), refused.status)
    return (
        page("secret", secrets=[secret], back="/connections")
        if secret
        else redirect(url_for("portal.connections"))
    )


def _change_client(api: Client, change: str, form) -> dict | None:
    """A client that now has another secret, if so."""
    at = f"{CLIENTS}/{form.get('client', '')}"
    if change == "client-add":
        return api.post(
            CLIENTS, {"name": form.get("name", "").strip(), "roles": form.getlist("roles")}
        )
    if change == "client-take":
        return api.post(f"{at}/handover")
    if change == "client-end":
        api.request("DELETE", at)
    return None


def _change_hook(api: Client, change: str, form) -> dict | None:
    if change != "hook-add":
        return None
    named = {
        "name": form.get("name", "").strip(),
        "url": form.get("url", "").strip(),
        "events": form.getlist("events"),
    }
    return api.post(HOOKS, named)


@portal.get("/connections/<hook>")
@signed_in
def connection(hook):
    return _connection(hook)


def _why(fault: str | None) -> str:
    """Why a message has not arrived, as a reader says it; what a receiver answered stands beside
    it.
    """
    if not fault or fault.startswith("answered"):
        return ""
    kinds = {"no answer": "delivery-late", "Refused": "delivery-no-address"}
    key = next(
        (key for beginning, key in kinds.items() if fault.startswith(beginning)),
        "delivery-unreachable",
    )
    return say(key, lang())


def _connection(hook: str, faults: Sequence[str] = (), status: int = 200):
    api = client()
    told = api.get(f"{HOOKS}/{hook}")
    me, members = _people(api)
    shown = {
        "messages": api.get(f"{HOOKS}/{hook}/deliveries")["items"],
        "said": session.pop("hook-said", None),
    }
    return page(
        "connection",
        status,
        h=told,
        members=members,
        faults=faults,
        mine=members.get(me["id"]),
        why=_why,
        **shown,
    )


@portal.post("/connections/<hook>/<change>")
@signed_in
def connection_now(hook, change):
    """One of a webhook's forms; a refusal is said on its page."""
    api, at, here = client(), f"{HOOKS}/{hook}", url_for("portal.connection", hook=hook)
    try:
        if change in ("secret", "handover"):
            return page("secret", secrets=[api.post(f"{at}/{change}")], back=here)
        if change == "end":
            api.request("DELETE", at)
            return redirect(url_for("portal.connections"))
        if change in ("paused", "active"):
            api.request("PATCH", at, json={"state": change})
        elif change == "test":
            api.post(f"{at}/test")
            session["hook-said"] = say("webhook-tested", lang())
        elif change == "again":
            again = api.post(f"{at}/replays", {"since": request.form.get("since", "")})
            session["hook-said"] = say("delivery-again-done", lang(), n=again["messages"])
    except Refused as refused:
        if refused.status == 404:
            raise
        return _connection(hook, faults_of(refused, []), refused.status)
    return redirect(here)


@portal.get("/account/leaving/<member>")
@signed_in
def leaving(member):
    return _leaving(member)


def _made(api: Client, person: str) -> list[dict]:
    """The clients and webhooks somebody has made, each with where it is taken over."""
    held = [
        c | {"kind": "client", "at": f"{CLIENTS}/{c['id']}/handover"}
        for c in api.get(CLIENTS)["items"]
        if c["created_by"] == person
    ]
    return held + [
        h | {"kind": "webhook", "at": f"{HOOKS}/{h['id']}/handover"}
        for h in api.get(HOOKS)["items"]
        if h["made_by"] == person
    ]


def _leaving(member: str, faults: Sequence[str] = (), status: int = 200):
    api = client()
    me, members = _people(api)
    gone = next((m for m in members.values() if m["id"] == member), None)
    if gone is None or not members[me["id"]]["owner"]:
        abort(404)
    colleagues = [m for m in members.values() if m["id"] != member and "reviewer" in m["roles"]]
    takers = colleagues if "reviewer" in gone["roles"] and session.get("role") == "reviewer" else []
    return page(
        "leaving", status, gone=gone, made=_made(api, gone["person"]), takers=takers, faults=faults
    )


@portal.post("/account/leaving/<member>")
@signed_in
def leave_now(member):
    """First what goes on is taken over, then the membership ends; a refusal stops where it stands
    and is said.
    """
    api, form, given = client(), request.form, 0
    _, members = _people(api)
    gone = next((m for m in members.values() if m["id"] == member), None) or abort(404)
    kept = []
    try:
        kept += [
            api.post(m["at"]) for m in _made(api, gone["person"]) if m["id"] in form.getlist("keep")
        ]
        if form.get("taker"):
            given = api.post(
                "/api/v1/team/hand-over", {"giver": gone["person"], "taker": form["taker"]}
            )["count"]
        api.request("DELETE", f"/api/v1/accounts/members/{member}")
    except Refused as refused:
        return page(
            "secret", refused.status, secrets=kept, back=request.path, faults=faults_of(refused, [])
        )
    return page("secret", secrets=kept, back="/account", gone=gone["name"], given=given)
