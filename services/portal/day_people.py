"""Who comes to a partnering day: the office's list with its rules, and one attendee's own page with
plan, wishes, table and outcomes.
"""

from collections.abc import Sequence

from flask import request, session

from nakodo_client import Client, Refused
from services.portal import present
from services.portal.board import WHOLE, Do, ident, whole, words
from services.portal.days import acted, hours_of, names_of, owned, when
from services.portal.directory import everyone, mandates
from services.portal.pages import client, handed_on, lang, page, portal, signed_in
from services.portal.present import within
from services.portal.support import accepted

TABLE = 10  # people at one table
OUTCOMES = (
    "met",
    "in-talks",
    "cda-signed",
    "due-diligence",
    "term-sheet",
    "invested",
    "partnered",
    "ended",
    "no-meeting",
)


@portal.get("/days/<day>/people")
@signed_in
def day_people(day):
    return _people(day)


def _people(day: str, wrong: Sequence[str] = (), status: int = 200):
    api = client()
    told, found = api.get(f"/api/v1/days/{within(day)}"), {}
    there, q = names_of(told), request.args.get("q", "").strip()
    if owned(told):
        found["calls"] = [
            (c, len([a for a in accepted(api, c["id"]) if a["startup"] not in there]))
            for c in _calls(api)
        ]
        asked = {"q": q} if q else {}
        startups = {
            x["id"]: present.title(x, lang()) for x in everyone(api, "startups", "id,name", **asked)
        }
        for kind, names in (("startups", startups), ("mandates", mandates(api, **asked))):
            found[kind] = [(party, name) for party, name in names.items() if party not in there]
    shown = {
        "d": told,
        "names": there,
        "office": owned(told),
        "when": when(told),
        "q": q,
        "form": request.form,
    }
    return page(
        "day_people", status, faults=wrong, said=session.pop("said", None), **shown, **found
    )


def _calls(api: Client) -> list[dict]:
    return [c for c in api.get("/api/v1/cohorts")["items"] if c["owner"] == session.get("org")]


@portal.post("/days/<day>/people")
@signed_in
def change_day_people(day):
    return acted(PEOPLE, within(day), lambda wrong, status: _people(day, wrong, status))


def _invite(api: Client, at: str) -> dict:
    added = api.post(
        f"{at}/attendees", {k: request.form.getlist(k) for k in ("startups", "mandates")}
    )["items"]
    return {"key": "invited-n", "n": len(added)}


def _invite_call(api: Client, at: str) -> dict:
    """Everybody accepted in a call."""
    startups = [a["startup"] for a in accepted(api, ident("call"))]
    return {
        "key": "invited-n",
        "n": len(api.post(f"{at}/attendees", {"startups": startups})["items"]),
    }


def _uninvite(api: Client, at: str) -> None:
    api.request("DELETE", f"{at}/attendees/{ident('party')}")


def _add_rule(api: Client, at: str) -> None:
    """One more pair that must meet, or must not."""
    kind = "bans" if words("kind") == "bans" else "musts"
    held = api.get(at)[kind]
    pair = [words("startup"), words("mandate")]
    api.request("PUT", f"{at}/rules", json={kind: held if pair in held else [*held, pair]})


def _drop_rule(api: Client, at: str) -> None:
    kind = "bans" if words("kind") == "bans" else "musts"
    pair = [words("startup"), words("mandate")]
    api.request("PUT", f"{at}/rules", json={kind: [p for p in api.get(at)[kind] if p != pair]})


PEOPLE: Do = {
    "invite": _invite,
    "invite-call": _invite_call,
    "uninvite": _uninvite,
    "rule": _add_rule,
    "drop-rule": _drop_rule,
}


# -- one attendee


@portal.get("/days/<day>/parties/<party>")
@signed_in
def day_party(day, party):
    return _party(day, party)


def _party(day: str, party: str, wrong: Sequence[str] = (), status: int = 200):
    told = client().get(f"/api/v1/days/{within(day)}")
    me = next((a for a in told["attendees"] if a["party"] == party and "wishes" in a), None)
    if me is None:
        raise Refused(404, {"title": "There is nothing at this address.", "code": "not-found"})
    side, other = ("startup", "investor") if me["side"] == "startup" else ("investor", "startup")
    people = {a["party"]: a for a in told["attendees"]}
    mine = {m["slot"]: m | {"who": people[m[other]]} for m in told["meetings"] if m[side] == party}
    others = sorted(
        (a for a in told["attendees"] if a["side"] == other),
        key=lambda a: (_rank(me, a), names_of(told)[a["party"]]),
    )
    shown = {
        "d": told,
        "me": me,
        "side": side,
        "other": other,
        "at": mine,
        "others": others,
        "names": names_of(told),
    }
    shown |= {
        "hours": hours_of(told),
        "office": owned(told),
        "table": range(min(len(me["people"]) + 1, TABLE)),
        "when": when(told),
        "outcomes": OUTCOMES,
        "form": request.form,
    }
    return page("day_party", status, faults=wrong, said=session.pop("said", None), **shown)


def _rank(me: dict, other: dict) -> int:
    return (
        me["wishes"].index(other["party"]) if other["party"] in me["wishes"] else len(me["wishes"])
    )


@portal.post("/days/<day>/parties/<party>")
@signed_in
def change_day_party(day, party):
    acts: Do = {
        name: lambda api, at, act=act: act(api, at, within(party)) for name, act in PARTY.items()
    }
    return acted(acts, within(day), lambda wrong, status: _party(day, party, wrong, status))


def _presence(api: Client, at: str, party: str) -> dict:
    said = {
        "away": [int(t) for t in request.form.getlist("away") if WHOLE.fullmatch(t)],
        "interpreter": bool(words("interpreter")),
    }
    api.request(
        "PATCH",
        f"{at}/attendees/{party}",
        json=said | ({"most": whole("most")} if words("most") else {}),
    )
    return {"key": "saved-day"}


def _seats(api: Client, at: str, party: str) -> dict:
    """Who sits at the table: a row with a name counts."""
    rows = [
        {
            "name": words(f"name{n}"),
            "role": words(f"role{n}"),
            "decides": bool(words(f"decides{n}")),
        }
        for n in range(TABLE)
    ]
    api.request(
        "PATCH", f"{at}/attendees/{party}", json={"people": [row for row in rows if row["name"]]}
    )
    return {"key": "saved-day"}


def _wish(api: Client, at: str, party: str) -> dict:
    """Wishes as numbered: 1 is the most wanted; what has no number is no wish."""
    ranks = {
        k.removeprefix("rank-"): v.strip() for k, v in request.form.items() if k.startswith("rank-")
    }
    ranked = sorted((int(v), k) for k, v in ranks.items() if WHOLE.fullmatch(v))
    api.request(
        "PUT", f"{at}/attendees/{party}/wishes", json={"wishes": [other for _, other in ranked]}
    )
    return {"key": "saved-day"}


def _outcome(api: Client, at: str, party: str) -> dict:
    said = {k: words(k) for k in ("outcome", "note") if words(k)}
    api.post(f"{at}/meetings/{ident('meeting')}/outcomes", said)
    return {"key": "saved-day"}


PARTY = {"presence": _presence, "seats": _seats, "wish": _wish, "outcome": _outcome}


@portal.get("/days/<day>/parties/<party>/plan.<kind>")
@signed_in
def day_plan(day, party, kind):
    """One attendee's plan as PDF or for a calendar."""
    at = f"/api/v1/days/{within(day)}/attendees/{within(party)}"
    return handed_on(client().request("GET", f"{at}/plan.{'pdf' if kind == 'pdf' else 'ics'}"))


@portal.get("/days/<day>/plans.pdf")
@signed_in
def day_plans(day):
    """Everybody's plan, a sheet each."""
    return handed_on(client().request("GET", f"/api/v1/days/{within(day)}/plans.pdf"))
