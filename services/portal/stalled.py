"""The administrators' page about what waits, backs off and is parked in every service: tried again,
or given up with a reason.
"""

from collections.abc import Sequence

from flask import abort, redirect, request, session, url_for

from nakodo_client import Refused, Unreachable
from services.portal.desk import faults_of
from services.portal.pages import client, lang, page, portal, role, signed_in
from services.portal.texts import say

SERVICES = ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices")
STATES = ("waiting", "backing-off", "parked")
UNITS = ((86_400, "days-long"), (3_600, "hours-long"), (60, "mins-long"), (1, "seconds"))


@portal.get("/stalled")
@signed_in
def stalled():
    return _stalled()


def _stalled(faults: Sequence[str] = (), status: int = 200):
    if role() != "administrator":
        abort(404)
    api, lines, items, away = client(), [], [], []
    for name in SERVICES:
        try:
            told = api.stalled(name)
        except (Refused, Unreachable):
            away.append(name)
            continue
        busy = [p for p in told["places"] if any(p.get(s, {}).get("rows") for s in STATES)]
        lines += [place | {"service": name} for place in busy]
        items += [item | {"service": name} for item in told["items"]]
    shown = {
        "lines": lines,
        "items": items,
        "away": away,
        "states": STATES,
        "place": _place,
        "age": _age,
    }
    return page("stalled", status, faults=faults, said=session.pop("stalled", None), **shown)


def _place(row: dict) -> str:
    """A queue by its name; a consumer by what it hears."""
    return say(
        f"queue-{row['place']}" if row["kind"] == "queue" else "queue-events",
        lang(),
        name=row["place"],
    )


def _age(seconds: float) -> str:
    unit, key = next(((u, k) for u, k in UNITS if seconds >= u), UNITS[-1])
    return say(key, lang(), n=int(seconds // unit))


@portal.post("/stalled")
@signed_in
def stalled_now():
    """One row tried again, or given up; a refusal is said on the page."""
    if role() != "administrator":
        abort(404)
    form = request.form
    if form.get("service") not in SERVICES:
        abort(404)
    row = form["service"], form.get("place", ""), form.get("item", "")
    try:
        if form.get("do") == "discard":
            client().discard_stalled(*row, form.get("reason", "").strip())
        else:
            client().retry_stalled(*row)
    except Refused as refused:
        return _stalled(faults_of(refused, []), refused.status)
    session["stalled"] = "stalled-given-up" if form.get("do") == "discard" else "stalled-asked"
    return redirect(url_for("portal.stalled"))
