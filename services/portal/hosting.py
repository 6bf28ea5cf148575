"""Room at a site, told by its own manager or the office for it; and where an accepted startup wants
to be.
"""

from collections.abc import Sequence

from flask import redirect, request, session, url_for

from nakodo_client import Refused
from services.portal.board import WHOLE, faults, whole, words
from services.portal.desk import options
from services.portal.pages import client, lang, page, portal, signed_in
from services.portal.placing import offered, resources
from services.portal.present import within


@portal.get("/hosting")
@signed_in
def hostings():
    """Calls that ask sites of the reader's for room."""
    return page("hostings", items=client().get("/api/v1/cohorts/hosting")["items"])


@portal.get("/hosting/<cohort>/<site>")
@signed_in
def hosting(cohort, site):
    return _hosting(cohort, site)


def _hosting(cohort: str, site: str, wrong: Sequence[str] = (), status: int = 200):
    told = client().get(f"/api/v1/cohorts/{within(cohort)}/hosting/{within(site)}")
    known = [("seat", None), *options("lab_need", lang())]
    shown = {
        "h": told,
        "resources": resources([told]),
        "known": [k for k in known if k[0] not in resources([told])],
    }
    startups = sorted(told["startups"], key=lambda s: (_place(told, s["startup"]), s["name"]))
    return page(
        "hosting",
        status,
        faults=wrong,
        form=request.form,
        said=session.pop("said", None),
        startups=startups,
        **shown,
    )


def _place(told: dict, startup: str) -> int:
    return told["wants"].index(startup) if startup in told["wants"] else len(told["wants"])


@portal.post("/hosting/<cohort>/<site>")
@signed_in
def change_hosting(cohort, site):
    """Room as typed, a further resource if one is named, startups as numbered."""
    room = offered(site)
    if words("resource"):
        room |= offered_anew(words("resource"))
    said = {"capacity": room or {"seat": []}, "wants": ranked()}
    try:
        client().request(
            "PUT", f"/api/v1/cohorts/{within(cohort)}/hosting/{within(site)}", json=said
        )
    except Refused as refused:
        return _hosting(cohort, site, faults(refused), refused.status)
    session["said"] = {"key": "saved-room"}
    return redirect(url_for("portal.hosting", cohort=cohort, site=site))


def offered_anew(resource: str) -> dict[str, list]:
    """One more resource, fields `more WINDOW`."""
    windows = sorted(
        int(n.removeprefix("more "))
        for n in request.form
        if n.startswith("more ") and WHOLE.fullmatch(n.removeprefix("more "))
    )
    return {resource: [whole(f"more {w}") if words(f"more {w}") else 0 for w in windows]}


def ranked() -> list[str]:
    """What is numbered in fields `rank-ID`: 1 is the most wanted; what has no number is not wanted
    more than others.
    """
    found = {
        k.removeprefix("rank-"): v.strip() for k, v in request.form.items() if k.startswith("rank-")
    }
    return [name for _, name in sorted((int(v), k) for k, v in found.items() if WHOLE.fullmatch(v))]


@portal.post("/cohorts/<cohort>/wish")
@signed_in
def wish_place(cohort):
    """Where the reader's own startup wants to be."""
    needs = {
        n.removeprefix("need "): whole(n)
        for n in request.form
        if n.startswith("need ") and words(n)
    }
    said = {"sites": ranked()} | ({"needs": needs} if needs else {})
    windows = [int(w) for w in request.form.getlist("windows") if WHOLE.fullmatch(w)]
    said |= {"windows": windows} if windows else {}
    try:
        client().request(
            "PUT",
            f"/api/v1/cohorts/{within(cohort)}/places/{within(session.get('org', '-'))}/wish",
            json=said,
        )
    except Refused as refused:
        return page("trouble", refused.status, text="; ".join(faults(refused)))
    return redirect(url_for("portal.call", cohort=cohort) + "#place")
