"""Placement and triads of a cohort, for its office: plans asked for, read with their reasons, compared, confirmed; who stands behind whom."""

from flask import request, session

from nakodo_client import Client, Refused
from services.portal.board import WHOLE, Do, done, ident, words
from services.portal.desk import options
from services.portal.pages import client, lang, page, portal, signed_in
from services.portal.support import accepted

MOST = 60  # startups whose triads one page shows


@portal.get("/cohorts/<cohort>/placement")
@signed_in
def placement(cohort):
    return _placement(cohort)


def _placement(cohort: str, wrong: list[str] = (), status: int = 200):
    api, at = client(), f"/api/v1/cohorts/{cohort}"
    plans = api.get(f"{at}/placements")["items"]
    chosen = request.args.get("plan") or (plans[0]["id"] if plans else None)
    plan = api.get(f"/api/v1/placements/{chosen}") if chosen else None
    other = request.args.get("other")
    beside = api.get(f"/api/v1/placements/{other}/comparison", other=chosen) if other and plan and plan["placed"] is not None else None
    shown = {"c": api.get(at), "plans": plans, "plan": plan, "beside": beside, "other": other, "places": api.get(f"{at}/places")["items"]}
    shown |= {"sites": _sites(api), "hubs": [(code, label) for code, label in options("geography", lang()) if code.startswith("hub-")]}
    return page(
        "placement", status, faults=wrong, form=request.form, said=session.pop("said", None), accepted=accepted(api, cohort), **shown
    )


def _sites(api: Client) -> list[dict]:
    """Sites with the hub they state."""
    found = []
    for one in api.get("/api/v1/sites", limit=200)["items"]:
        hub = next((f["value"] for f in one.get("facts", []) if f["field"] == "location"), "")
        found.append({"id": one["id"], "name": one["name"].get(lang()) or next(iter(one["name"].values())), "hub": hub})
    return found


@portal.post("/cohorts/<cohort>/placement")
@signed_in
def change_placement(cohort):
    return done(PLACING, _placement, cohort)


def _ask(api: Client, at: str) -> dict:
    """A plan as the form has it: windows a line each, `site = seats, seats`, `startup = site`, `kind = least`."""
    windows = [line.strip() for line in words("windows").splitlines() if line.strip()]
    hubs = {s["id"]: s["hub"] for s in _sites(api)}
    sites = [{"site": s, "hub": hubs.get(s, s), "capacity": {"seat": _numbers(n)}} for s, n in _lines("sites")]
    said = {"name": words("name"), "windows": windows, "sites": sites, "stable": bool(words("stable"))}
    said["pins"] = [{"startup": s, "site": w} for s, w in _lines("pins")]
    said["floors"] = [{"tag": tag, "least": (_numbers(n) or [n])[0]} for tag, n in _lines("floors")]
    if words("depart_from"):
        said["depart_from"] = words("depart_from")
    made = api.post(f"{at}/placements", said)
    return {"key": "plan-asked" if made["placed"] is None else "plan-made"}


def _lines(name: str) -> list[tuple[str, str]]:
    pairs = [line.partition("=") for line in words(name).splitlines() if "=" in line]
    return [(left.strip(), right.strip()) for left, _, right in pairs]


def _numbers(text: str) -> list:
    """Numbers as typed, divided by commas or spaces; what is none goes on for the service to refuse."""
    return [int(part) if WHOLE.fullmatch(part) else part for part in text.replace(",", " ").split()]


def _confirm(api: Client, at: str) -> dict:
    api.post(f"/api/v1/placements/{ident('plan')}/confirmation")
    return {"key": "plan-confirmed"}


def _stop(api: Client, at: str) -> None:
    api.request("DELETE", f"/api/v1/placements/{ident('plan')}")


PLACING: Do = {"ask": _ask, "confirm": _confirm, "stop": _stop}


@portal.get("/cohorts/<cohort>/triads")
@signed_in
def cohort_triads(cohort):
    """Of everybody accepted: startup, investor and site together, at most three each, with the weakest link."""
    api, rows = client(), []
    for one in accepted(api, cohort)[:MOST]:
        try:
            rows.append(one | {"triads": api.get("/api/v1/triads", startup=one["startup"], invented="true")["items"]})
        except Refused:
            rows.append(one | {"triads": []})
    return page("triads", c=api.get(f"/api/v1/cohorts/{cohort}"), rows=rows)
