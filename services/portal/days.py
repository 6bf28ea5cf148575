"""Partnering days: the list, one day as a grid for its office, one's own plan and wishes for who comes."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, session, url_for

from nakodo_client import Client, Refused
from services.portal.board import WHOLE, Do, faults, ident, integer, listed, whole, words
from services.portal.pages import client, page, portal, role, signed_in
from services.portal.present import minute

ZONES = ("America/New_York", "America/Los_Angeles", "America/Chicago", "Asia/Tokyo", "Europe/London")


@portal.get("/days")
@signed_in
def days():
    return _days()


def _days(wrong: list[str] = (), status: int = 200):
    return page("days", status, items=client().get("/api/v1/days")["items"], zones=ZONES, faults=wrong, form=request.form)


@portal.post("/days")
@signed_in
def open_day():
    """A day of equal slots, one after the other with a break between them, as an office plans it."""
    said = {"name": {k: words(k) for k in ("en", "ja") if words(k)}, "zone": words("zone"), "slots": _slots()}
    said |= {k: whole(k) for k in ("rooms", "interpreters")}
    said["requests_until"] = _local(words("requests_until"), words("zone"))
    try:
        made = client().post("/api/v1/days", said)
    except Refused as refused:
        return _days(faults(refused), refused.status)
    return redirect(url_for("portal.day", day=made["id"]))


def _local(text: str, zone: str) -> str:
    """A local time of the day's place, with its offset; what is none goes on for the service to refuse."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).isoformat()
    except (ValueError, KeyError):
        return text


def _slots() -> list[dict]:
    count, length, pause = (integer(k) for k in ("count", "minutes", "pause"))
    begins, made = words("begins"), []
    for n in range(min(count, 64)):
        try:
            start = datetime.fromisoformat(begins) + timedelta(minutes=n * (length + pause))
            made.append(
                {k: _local(t.isoformat(), words("zone")) for k, t in (("starts_at", start), ("ends_at", start + timedelta(minutes=length)))}
            )
        except ValueError:
            made.append({"starts_at": begins, "ends_at": begins})
    return made


@portal.get("/days/<day>")
@signed_in
def day(day):
    return _day(day)


def _day(day: str, wrong: list[str] = (), status: int = 200):
    told = client().get(f"/api/v1/days/{day}")
    office = role() == "officer" and told["owner"] == session.get("org")
    names = {a["party"]: a["name"] for a in told["attendees"]}
    hours = [_hour(slot[0], told["zone"]) for slot in told["slots"]]
    rooms = max((m["room"] for m in told["meetings"]), default=-1) + 1
    at = {(m["slot"], m["room"]): m for m in told["meetings"]}
    own = next((a for a in told["attendees"] if a.get("org") == session.get("org") and not office), None)
    others = [a for a in told["attendees"] if own and a["side"] != own["side"]]
    chosen = next((a for a in told["attendees"] if a["party"] == request.args.get("party")), None)
    shown = {
        "d": told,
        "office": office,
        "names": names,
        "hours": hours,
        "rooms": rooms,
        "at": at,
        "own": own,
        "others": others,
        "chosen": chosen,
    }
    return page("day", status, faults=wrong, form=request.form, said=session.pop("said", None), **shown)


def _hour(text: str, zone: str) -> dict:
    """A slot's beginning where the day is, and in Japan."""
    return {"here": datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M"), "japan": minute(text)[5:]}


@portal.post("/days/<day>")
@signed_in
def change_day(day):
    act = DAYS.get(words("do"))
    try:
        session["said"] = act(client(), f"/api/v1/days/{day}") if act else None
    except Refused as refused:
        return _day(day, faults(refused), refused.status)
    return redirect(url_for("portal.day", day=day))


def _invite(api: Client, at: str) -> None:
    name = {k: words(k) for k in ("en", "ja") if words(k)}
    api.post(f"{at}/attendees", {"side": words("side"), "party": words("party"), "org": words("org") or words("party"), "name": name})


def _rules(api: Client, at: str) -> None:
    pairs = {k: [[p.strip() for p in line.split("=", 1)] for line in words(k).splitlines() if "=" in line] for k in ("musts", "bans")}
    api.request("PUT", f"{at}/rules", json=pairs)


def _schedule(api: Client, at: str) -> dict:
    api.post(f"{at}/schedule", {})
    return {"key": "plan-asked"}


def _lose(api: Client, at: str) -> dict:
    said = {"what": words("what")} | ({"party": words("party")} if words("what") == "attendee" else {"slot": whole("slot")})
    api.post(f"{at}/losses", said)
    return {"key": "plan-asked"}


def _publish(api: Client, at: str) -> None:
    api.post(f"{at}/publication")


def _move(api: Client, at: str) -> None:
    api.request("PATCH", f"{at}/meetings/{ident('meeting')}", json={"slot": whole("slot")})


def _pin(api: Client, at: str) -> None:
    api.request("PATCH", f"{at}/meetings/{ident('meeting')}", json={"pinned": words("pinned") == "yes"})


def _came(api: Client, at: str) -> None:
    said = {side: side in request.form.getlist("came") for side in ("startup", "investor")}
    api.request("PUT", f"{at}/meetings/{ident('meeting')}/attendance", json=said)


def _presence(api: Client, at: str) -> dict:
    person = {"name": words("name"), "role": words("role"), "decides": bool(words("decides"))}
    said = {"away": [int(t) for t in request.form.getlist("away") if WHOLE.fullmatch(t)], "interpreter": bool(words("interpreter"))}
    said |= {"people": [person]} if words("name") else {}
    said |= {"most": whole("most")} if words("most") else {}
    api.request("PATCH", f"{at}/attendees/{ident('party')}", json=said)
    return {"key": "saved-day"}


def _wish(api: Client, at: str) -> dict:
    """Wishes as numbered: 1 is the most wanted; what has no number is no wish."""
    ranked = sorted(
        (int(v), k.removeprefix("rank-")) for k, v in request.form.items() if k.startswith("rank-") and WHOLE.fullmatch(v.strip())
    )
    api.request("PUT", f"{at}/attendees/{ident('party')}/wishes", json={"wishes": [party for _, party in ranked] or listed("wishes")})
    return {"key": "saved-day"}


DAYS: Do = {
    "invite": _invite,
    "rules": _rules,
    "schedule": _schedule,
    "lose": _lose,
    "publish": _publish,
    "move": _move,
    "pin": _pin,
    "came": _came,
    "presence": _presence,
    "wish": _wish,
}


@portal.get("/days/<day>/plan/<party>.<kind>")
@signed_in
def day_plan(day, party, kind):
    """One attendee's plan as PDF or for a calendar."""
    told = client().request("GET", f"/api/v1/days/{day}/attendees/{party}/plan.{'pdf' if kind == 'pdf' else 'ics'}")
    return Response(told.content, headers={k: told.headers[k] for k in ("Content-Type", "Content-Disposition")})
