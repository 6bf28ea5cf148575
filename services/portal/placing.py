"""Placement and triads of a cohort, for its office: sites asked, plans computed with their reasons,
compared, confirmed; who stands behind whom.
"""

from flask import request, session

from nakodo_client import Client, Refused
from services.portal.board import WHOLE, Do, done, ident, instant, whole, words
from services.portal.pages import client, lang, page, portal, signed_in
from services.portal.present import within
from services.portal.support import accepted

MOST = 60  # startups whose triads one page shows
ROWS = 3  # empty rows of windows and floors


@portal.get("/cohorts/<cohort>/placement")
@signed_in
def placement(cohort):
    return _placement(cohort)


def _placement(cohort: str, wrong: list[str] = (), status: int = 200):
    api, at = client(), f"/api/v1/cohorts/{within(cohort)}"
    plans = api.get(f"{at}/placements")["items"]
    chosen = request.args.get("plan") or (plans[0]["id"] if plans else None)
    plan = api.get(f"/api/v1/placements/{within(chosen)}") if chosen else None
    other = request.args.get("other")
    beside = (
        api.get(f"/api/v1/placements/{within(other)}/comparison", other=chosen)
        if other and plan and plan["placed"] is not None
        else None
    )
    asked, startups = api.get(f"{at}/hosting")["hosting"], accepted(api, cohort)
    shown = {
        "c": api.get(at),
        "plans": plans,
        "plan": plan,
        "beside": beside,
        "other": other,
        "places": api.get(f"{at}/places")["items"],
    }
    shown |= {
        "asked": asked,
        "sites": _sites(api, asked),
        "accepted": startups,
        "names": {a["startup"]: a["name"] for a in startups},
    }
    shown |= {
        "room": _room(asked, plan),
        "resources": resources(asked["sites"] if asked else []),
        "spare": range(ROWS),
    }
    shown["tags"] = asked["topics"] if asked else []
    return page(
        "placement",
        status,
        faults=wrong,
        form=request.form,
        said=session.pop("said", None),
        **shown,
    )


def _sites(api: Client, asked: dict | None) -> list[dict]:
    """Published sites with the hub they state; those asked are ticked."""
    found, ticked = [], {s["site"] for s in asked["sites"]} if asked else set()
    for one in api.every("/api/v1/sites"):
        hub = next((f["value"] for f in one.get("facts", []) if f["field"] == "location"), "")
        name = one["name"].get(lang()) or next(iter(one["name"].values()))
        found.append({"id": one["id"], "name": name, "hub": hub, "asked": one["id"] in ticked})
    return sorted(found, key=lambda s: (not s["asked"], s["hub"], s["name"]))


def resources(hosts: list[dict]) -> list[str]:
    """Every resource some site offers, seats first."""
    return sorted(
        {"seat"} | {r for h in hosts for r in h["capacity"]}, key=lambda r: (r != "seat", r)
    )


def _room(asked: dict | None, plan: dict | None) -> list[dict]:
    """Sites that have answered, with the room the next plan begins from: the shown plan's, where it
    has the same windows, else the answers.
    """
    if not asked:
        return []
    held = (
        {s["id"]: s["capacity"] for s in plan["sites"]}
        if plan and plan["windows"] == asked["windows"]
        else {}
    )
    return [
        s | {"capacity": held.get(s["site"], s["capacity"])}
        for s in asked["sites"]
        if s["answered_at"]
    ]


@portal.post("/cohorts/<cohort>/placement")
@signed_in
def change_placement(cohort):
    return done(PLACING, _placement, within(cohort))


def _ask_sites(api: Client, at: str) -> dict:
    """Windows from their two dates; a row with none is none."""
    rows = [(words(f"starts{n}"), words(f"ends{n}")) for n in range(24)]
    said = {
        "windows": [{"starts_on": a, "ends_on": b} for a, b in rows if a or b],
        "sites": request.form.getlist("sites"),
    }
    api.request(
        "PUT",
        f"{at}/hosting",
        json=said | ({"until": instant("until")} if words("until") else {}),
    )
    return {"key": "sites-asked"}


def _ask(api: Client, at: str) -> dict:
    """A plan as the form has it: room by site, resource and window; a startup's own site, or one it
    must not have; floors.
    """
    said = {"name": words("name"), "stable": bool(words("stable"))}
    sites = [
        {"site": s["site"], "capacity": offered(s["site"])}
        for s in (api.get(f"{at}/hosting")["hosting"] or {"sites": []})["sites"]
    ]
    said |= {"sites": kept} if (kept := [s for s in sites if s["capacity"]]) else {}
    chosen = {k: request.form.getlist(k) for k in ("startup", "pin", "ban")}
    said["pins"] = [
        {"startup": s, "site": w}
        for s, w in zip(chosen["startup"], chosen["pin"], strict=False)
        if w
    ]
    said["bans"] = [[s, w] for s, w in zip(chosen["startup"], chosen["ban"], strict=False) if w]
    floors = [
        {"tag": words(f"tag{n}"), "at": words(f"where{n}") or None, "least": whole(f"least{n}")}
        for n in range(ROWS)
    ]
    said["floors"] = [f for f in floors if f["tag"]]
    said |= {"depart_from": words("depart_from")} if words("depart_from") else {}
    made = api.post(f"{at}/placements", said)
    return {"key": "plan-asked" if made["placed"] is None else "plan-made"}


def offered(site: str) -> dict[str, list]:
    """Room of a site as a form has it, fields `room SITE RESOURCE WINDOW`; what is no number goes
    on for the service to refuse.
    """
    found: dict[str, dict[int, object]] = {}
    for name in request.form:
        kind, _, rest = name.partition(" ")
        of, _, rest = rest.partition(" ")
        resource, _, window = rest.rpartition(" ")
        if kind == "room" and of == site and resource and WHOLE.fullmatch(window):
            found.setdefault(resource, {})[int(window)] = whole(name) if words(name) else 0
    return {r: [at[w] for w in sorted(at)] for r, at in found.items()}


def _confirm(api: Client, at: str) -> dict:
    api.post(f"/api/v1/placements/{ident('plan')}/confirmation")
    return {"key": "plan-confirmed"}


def _stop(api: Client, at: str) -> None:
    api.request("DELETE", f"/api/v1/placements/{ident('plan')}")


def _seat(api: Client, at: str) -> dict:
    """One startup's place by hand."""
    site, _, window = words("place").rpartition(" ")
    api.request(
        "PUT",
        f"{at}/places/{ident('startup')}",
        json={"site": site, "window": int(window) if WHOLE.fullmatch(window) else window},
    )
    return {"key": "place-given"}


PLACING: Do = {
    "ask-sites": _ask_sites,
    "ask": _ask,
    "confirm": _confirm,
    "stop": _stop,
    "seat": _seat,
}


@portal.get("/cohorts/<cohort>/triads")
@signed_in
def cohort_triads(cohort):
    """Of everybody accepted: startup, investor and site together, at most three each, with the
    weakest link.
    """
    api, rows = client(), []
    for one in accepted(api, cohort)[:MOST]:
        try:
            rows.append(
                one
                | {
                    "triads": api.get("/api/v1/triads", startup=one["startup"], invented="true")[
                        "items"
                    ]
                }
            )
        except Refused:
            rows.append(one | {"triads": None})  # its profile is not published
    return page("triads", c=api.get(f"/api/v1/cohorts/{cohort}"), rows=rows)
