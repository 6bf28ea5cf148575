"""Partnering days: the list, a new one, and the grid of one for its office, with everything that is
done to it.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import redirect, request, session, url_for

from nakodo_client import Client, Refused
from services.portal import typed
from services.portal.board import Do, faults, ident, integer, whole, words
from services.portal.pages import client, lang, page, portal, role, signed_in
from services.portal.texts import say
from shared.auth import OFFICERS
from shared.clock import JST

ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "America/Chicago",
    "Asia/Tokyo",
    "Europe/London",
)


@portal.get("/days")
@signed_in
def days():
    return _days()


def _days(wrong: list[str] = (), status: int = 200):
    return page(
        "days",
        status,
        items=client().get("/api/v1/days")["items"],
        zones=ZONES,
        faults=wrong,
        form=request.form,
    )


@portal.post("/days")
@signed_in
def open_day():
    """A day of equal slots, one after the other with a break between them, as an office plans
    it.
    """
    try:
        made = client().post("/api/v1/days", _new_day())
    except Refused as refused:
        return _days(faults(refused), refused.status)
    return redirect(url_for("portal.day_people", day=made["id"]))


def _new_day() -> dict:
    """The form's fields. Raises Refused."""
    said: dict = {
        "name": {k: words(k) for k in ("en", "ja") if words(k)},
        "zone": words("zone"),
        "slots": _slots(),
    }
    said |= {k: whole(k) for k in ("rooms", "interpreters")}
    said["requests_until"] = _local("requests_until", words("requests_until"), words("zone"))
    return said


def _local(name: str, text: str, zone: str) -> str:
    """A local time of the day's place, with its offset; of a zone that is none the text goes on for
    the service to refuse. Raises Refused.
    """
    try:
        place = ZoneInfo(zone)
    except (ValueError, KeyError, OSError):
        return text
    return typed.instant(name, text, place) if text else ""


def _slots() -> list[dict]:
    """The day's slots as they follow from when it begins; none of them falls into the long
    break. Raises Refused.
    """
    start = typed.moment("begins", words("begins")).replace(tzinfo=None)
    length, pause = timedelta(minutes=integer("minutes")), timedelta(minutes=integer("pause"))
    rest, made = _rest(start), []
    for _ in range(min(integer("count"), 64)):
        if rest and start < rest[1] and rest[0] < start + length:
            start = rest[1]
        made.append(
            {
                "starts_at": _local("begins", start.isoformat(), words("zone")),
                "ends_at": _local("begins", (start + length).isoformat(), words("zone")),
            }
        )
        start += length + pause
    return made


def _rest(day: datetime) -> tuple[datetime, datetime] | None:
    """The long break of a day, where one is given."""
    try:
        at = datetime.strptime(words("rest"), "%H:%M")
        begins = day.replace(hour=at.hour, minute=at.minute)
        return begins, begins + timedelta(minutes=min(max(integer("rest_minutes"), 0), 600))
    except ValueError:
        return None


def names_of(told: dict) -> dict[str, str]:
    """Who comes, by id, in the reader's language."""
    return {
        a["party"]: a["name"].get(lang()) or next(iter(a["name"].values()))
        for a in told["attendees"]
    }


def hours_of(told: dict) -> list[dict]:
    """The beginning of every slot, where the day is and in Japan; a date where it is not that of
    the day.
    """
    here = [
        datetime.fromisoformat(begins).astimezone(ZoneInfo(told["zone"]))
        for begins, _ in told["slots"]
    ]
    return [
        {"here": _clock(at, here[0]), "japan": _clock(at.astimezone(JST), here[0])} for at in here
    ]


def _clock(at: datetime, first: datetime) -> str:
    return f"{at:%H:%M}" if at.date() == first.date() else f"{at:%m-%d %H:%M}"


def when(told: dict) -> str:
    """The date of a day where it takes place, and its zone."""
    first = datetime.fromisoformat(told["slots"][0][0]).astimezone(ZoneInfo(told["zone"]))
    return f"{first:%Y-%m-%d %H:%M} {told['zone']}"


def owned(told: dict) -> bool:
    """Whether a day belongs to the reader's own office."""
    return role() in OFFICERS and told["owner"] == session.get("org")


@portal.get("/days/<day>")
@signed_in
def day(day):
    return _day(day)


def _day(day: str, wrong: list[str] = (), status: int = 200):
    """The grid for the office; for whoever comes, their own page, or the choice between them."""
    told = client().get(f"/api/v1/days/{day}")
    if not owned(told):
        mine = [a["party"] for a in told["attendees"] if "wishes" in a]
        if len(mine) == 1 and not wrong:
            return redirect(url_for("portal.day_party", day=day, party=mine[0]))
        return page(
            "day", status, d=told, mine=mine, names=names_of(told), when=when(told), faults=wrong
        )
    rooms = max((n for slot in told["rooms"] for n in slot), default=-1) + 1
    rooms = max([rooms, *(m["room"] + 1 for m in told["meetings"])])
    shown = {
        "d": told,
        "office": True,
        "names": names_of(told),
        "hours": hours_of(told),
        "when": when(told),
        "rooms": rooms,
    }
    shown["at"] = {(m["slot"], m["room"]): m for m in told["meetings"]}
    return page(
        "day", status, faults=wrong, form=request.form, said=session.pop("said", None), **shown
    )


@portal.post("/days/<day>")
@signed_in
def change_day(day):
    if words("do") in OF_ONE and not words("meeting"):
        return _day(day, [say("choose-meeting", lang())], 422)
    return acted(DAYS, day, lambda wrong, status: _day(day, wrong, status))


def acted(table: Do, day: str, view, anchor: str = ""):
    """Does what the pressed button names; a refusal is shown on the page it was pressed on."""
    act = table.get(words("do"))
    if act is None:
        return view([say("unknown-action", lang())], 422)
    try:
        session["said"] = act(client(), f"/api/v1/days/{day}") or None
    except Refused as refused:
        return view(faults(refused), refused.status)
    return redirect(request.path + anchor)


def _schedule(api: Client, at: str) -> dict:
    api.post(f"{at}/schedule", {})
    return {"key": "day-asked"}


def _lose(api: Client, at: str) -> dict:
    what = words("what")
    said = {"what": what} | ({} if what == "nothing" else {"slot": whole("slot")})
    said |= (
        {"party": words("party")}
        if what == "attendee"
        else {"room": whole("room")}
        if what == "room"
        else {}
    )
    api.post(f"{at}/losses", said)
    return {"key": "day-asked"}


def _stop(api: Client, at: str) -> None:
    api.request("DELETE", f"{at}/schedule")


def _publish(api: Client, at: str) -> dict:
    api.post(f"{at}/publication")
    return {"key": "day-told"}


def _move(api: Client, at: str) -> None:
    api.request("PATCH", f"{at}/meetings/{ident('meeting')}", json={"slot": whole("slot")})


def _pin(api: Client, at: str) -> None:
    api.request("PATCH", f"{at}/meetings/{ident('meeting')}", json={"pinned": True})


def _unpin(api: Client, at: str) -> None:
    api.request("PATCH", f"{at}/meetings/{ident('meeting')}", json={"pinned": False})


def _came(api: Client, at: str) -> None:
    said = {side: side in request.form.getlist("came") for side in ("startup", "investor")}
    api.request("PUT", f"{at}/meetings/{ident('meeting')}/attendance", json=said)


def _others(api: Client, at: str) -> dict:
    return {"key": "others-came", "n": api.post(f"{at}/attendance")["count"]}


def _change(api: Client, at: str) -> dict:
    said = {k: whole(k) for k in ("rooms", "interpreters") if words(k)}
    if words("requests_until"):
        said["requests_until"] = _local(
            "requests_until", words("requests_until"), api.get(at)["zone"]
        )
    api.request("PATCH", at, json=said)
    return {"key": "saved-day"}


def _cancel(api: Client, at: str) -> dict:
    api.post(f"{at}/cancellation")
    return {"key": "day-called-off"}


OF_ONE: Do = {"move": _move, "pin": _pin, "unpin": _unpin, "came": _came}
DAYS: Do = OF_ONE | {
    "schedule": _schedule,
    "stop": _stop,
    "lose": _lose,
    "publish": _publish,
    "others": _others,
    "change": _change,
    "cancel": _cancel,
}
