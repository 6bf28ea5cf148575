"""Introductions: the inbox, one introduction with its messages and times, and the forms that ask,
answer and arrange.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import redirect, request, session, url_for

from nakodo_client import Client, Refused
from services.portal import typed
from services.portal.desk import faults_of
from services.portal.directory import everyone, mandates
from services.portal.pages import client, handed_on, lang, page, portal, role, signed_in
from services.portal.present import title
from shared.auth import OFFICERS

OPEN = ("proposed", "awaits-startup", "awaits-investor", "rests")
ZONES = (
    "Asia/Tokyo",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Zurich",
    "Asia/Singapore",
)
OUTCOMES = (
    "met",
    "in-talks",
    "cda-signed",
    "due-diligence",
    "term-sheet",
    "invested",
    "partnered",
    "no-meeting",
    "ended",
)


@portal.get("/introductions")
@signed_in
def introductions():
    items = client().introductions(lang=lang())
    groups = {"waits-for-you": [], "under-way": [], "met-ones": [], "over": []}
    for item in items:
        waiting = "accept" in item["legal"] and item["state"] != "rests"
        group = (
            "waits-for-you"
            if waiting
            else "under-way"
            if item["state"] in OPEN
            else "met-ones"
            if item["state"] == "introduced"
            else "over"
        )
        groups[group].append(item)
    told = {
        "said": session.pop("said", None),
        "denied": session.pop("introduction", None),
        "choices": _choices() if role() in OFFICERS else {},
    }
    return page("introductions", groups=groups, empty=not items, budget=client().budget(), **told)


def _choices() -> dict:
    """Whom an officer may propose to each other, by id and name."""
    api = client()
    startups = [
        (row["id"], title(row, lang()))
        for row in everyone(api, "startups", "id,name", state="published")
    ]
    return {"startups": startups, "mandates": list(mandates(api, state="published").items())}


@portal.get("/introductions/<introduction>")
@signed_in
def introduction(introduction):
    return _shown(introduction)


def _shown(introduction: str, faults: list[str] = (), status: int = 200):
    api = client()
    item = api.introduction(introduction)
    for meeting in item.get("meetings", []):
        meeting["shown"] = [
            (s, _local(s, meeting["zones"]))
            for s in ([meeting["starts_at"]] if meeting["starts_at"] else meeting["slots"])
        ]
    notice = (
        unconsented(api)
        if item["state"] in (*OPEN, "introduced") and item["side"] != "officer"
        else None
    )
    shown = {
        "i": item,
        "notice": notice,
        "zones": ZONES,
        "zone": _zone(),
        "outcomes": OUTCOMES,
        "faults": faults,
        "form": request.form,
    }
    return page("introduction", status, **shown)


def unconsented(api: Client) -> dict | None:
    """The notice a person has not consented by for every country it names; None where they have."""
    held = api.get("/api/v1/consents")
    notice = next(n for n in held["notices"] if n["purpose"] == "introductions")
    given = {
        c
        for h in held["items"]
        if h["purpose"] == "introductions" and not h["withdrawn_at"]
        for c in h["countries"]
    }
    return None if given >= set(notice["countries"]) else notice


def _zone() -> str:
    return session.get("zone") or ("Asia/Tokyo" if lang() == "ja" else "America/New_York")


def _local(text: str, zones: dict) -> str:
    """An instant in each zone of a meeting, or in the reader's and Japan's before the other side's
    is known.
    """
    at, wanted = datetime.fromisoformat(text), list(dict.fromkeys([*zones.values(), _zone()]))
    return " / ".join(
        f"{at.astimezone(ZoneInfo(z)):%Y-%m-%d %H:%M} ({z.split('/')[-1].replace('_', ' ')})"
        for z in wanted
    )


def _consent(api: Client) -> None:
    """What the person ticked beside their yes: their contact may be passed on."""
    notice = unconsented(api)
    if request.form.get("contact") == "yes" and notice:
        given = {
            "purpose": notice["purpose"],
            "notice": notice["id"],
            "countries": notice["countries"],
            "locale": lang(),
        }
        api.post("/api/v1/consents", given)


@portal.post("/introductions")
@signed_in
def put_introduction():
    """Asks from the page of a pair; a refusal is said there."""
    form, api = request.form, client()
    wanted = {
        k: form.get(k, "").strip()
        for k in ("startup", "mandate", "note")
        if form.get(k, "").strip()
    }
    try:
        made = api.post(
            "/api/v1/introductions", wanted | ({"attends": True} if form.get("attends") else {})
        )
        if role() not in OFFICERS:
            _consent(api)
    except Refused as refused:
        session["introduction"] = " ".join(faults_of(refused, []))
        if role() in OFFICERS:
            return redirect(url_for("portal.introductions") + "#propose")
        return redirect(
            url_for(
                "portal.explanation",
                startup=form.get("startup", "-"),
                mandate=form.get("mandate", "-"),
            )
            + "#introduction"
        )
    return redirect(url_for("portal.introduction", introduction=made["id"]))


@portal.post("/introductions/grants")
@signed_in
def grant():
    form = request.form
    try:
        extra = form.get("extra", "")
        wanted = {
            "org": form.get("org", "").strip(),
            "extra": int(extra) if extra.isdecimal() else 0,
            "reason": form.get("reason", "").strip(),
        }
        client().post("/api/v1/introductions/grants", wanted)
        session["said"] = []
    except Refused as refused:
        session["said"] = faults_of(refused, [])
    return redirect(url_for("portal.introductions"))


@portal.post("/introductions/<introduction>/<change>")
@signed_in
def change_introduction(introduction, change):
    """One of the page's forms: a step, a message, an outcome, times offered, a time taken or given
    up.
    """
    api, form = client(), request.form
    at = f"/api/v1/introductions/{introduction}"
    try:
        if change == "step":
            api.step(
                introduction,
                form.get("act", ""),
                int(form["version"]) if form.get("version", "").isdecimal() else None,
            )
            if form.get("act") == "accept":
                _consent(api)
        elif change == "message":
            api.post(f"{at}/remarks", {"text": form.get("text", "").strip()})
        elif change == "outcome":
            api.post(
                f"{at}/outcomes",
                {k: form[k].strip() for k in ("outcome", "note") if form.get(k, "").strip()},
            )
        elif change == "consent":
            _consent(api)
        else:
            _arrange(api, at, change)
    except Refused as refused:
        return _shown(introduction, faults_of(refused, []), refused.status)
    return redirect(url_for("portal.introduction", introduction=introduction))


def _arrange(api: Client, at: str, change: str) -> None:
    form, zone = request.form, request.form.get("zone", "")
    session["zone"] = zone if zone in ZONES else _zone()
    if change == "offer":
        slots = [
            typed.instant(k, form[k], ZoneInfo(session["zone"]))
            for k in ("time1", "time2", "time3")
            if form.get(k, "").strip()
        ]
        minutes = int(form["minutes"]) if form.get("minutes", "").isdecimal() else 30
        told = {"slots": slots, "minutes": minutes, "zone": session["zone"]}
        api.post(
            f"{at}/meetings",
            told | ({"place": form["place"].strip()} if form.get("place", "").strip() else {}),
        )
    elif change == "take":
        chosen = {"starts_at": form.get("starts_at", ""), "zone": session["zone"]}
        api.post(f"/api/v1/meetings/{form.get('meeting', '')}/agreement", chosen)
    elif change == "cancel":
        api.post(f"/api/v1/meetings/{form.get('meeting', '')}/cancellation")


@portal.get("/meetings/<meeting>.ics")
@signed_in
def calendar(meeting):
    """An agreed meeting as a file for a calendar."""
    told = client().request("GET", f"/api/v1/meetings/{meeting}/calendar")
    return handed_on(told)
