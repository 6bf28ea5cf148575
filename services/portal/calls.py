"""Calls: the list, an applicant's form, and the office's board with checks, bulk decisions and their way back."""

from datetime import datetime

from flask import Response, redirect, request, session, url_for

from nakodo_client import Client, Refused
from services.portal.desk import faults_of, options
from services.portal.pages import client, lang, page, portal, role, signed_in
from services.portal.present import title
from shared.clock import JST

STATES = ("submitted", "shortlisted", "accepted", "waitlisted", "declined", "withdrawn")
ACTS = ("shortlist", "accept", "waitlist", "decline")


@portal.get("/cohorts")
@signed_in
def calls():
    return _calls()


def _calls(faults: list[str] = (), status: int = 200):
    api = client()
    office = role() == "officer"
    programs = api.get("/api/v1/programs", limit=200, fields="id,name")["items"] if office else []
    places = [(code, label) for code, label in options("geography", lang()) if code.startswith("hub-")] if office else []
    items = api.get("/api/v1/cohorts")["items"]
    return page("calls", status, items=items, programs=programs, places=places, faults=faults, form=request.form)


@portal.post("/cohorts")
@signed_in
def open_call():
    """A call as the form has it; what was left empty is left out."""
    form = request.form
    said = {"program": form.get("program", "").strip(), "name": {k: form[k].strip() for k in ("en", "ja") if form.get(k, "").strip()}}
    said["capacity"] = int(form["capacity"]) if form.get("capacity", "").isdigit() else form.get("capacity", "")
    said |= {k: _instant(form[k]) for k in ("opens_at", "deadline") if form.get(k)}
    numbers = [n for n in (1, 2, 3) if form.get(f"hub{n}")]
    said["hubs"] = [{"hub": form[f"hub{n}"], "places": int(p) if (p := form.get(f"places{n}", "")).isdigit() else p} for n in numbers]
    asked = [(n, form.get(f"en{n}", "").strip(), form.get(f"ja{n}", "").strip()) for n in (1, 2, 3)]
    said["questions"] = [{"key": f"question-{n}", "en": en or ja, "ja": ja or en} for n, en, ja in asked if en or ja]
    try:
        made = client().post("/api/v1/cohorts", said)
    except Refused as refused:
        return _calls([f"{e['field']}: {e['message']}" for e in refused.problem.get("errors", [])] or [str(refused)], refused.status)
    return redirect(url_for("portal.call", cohort=made["id"]))


def _instant(text: str) -> str:
    """A local time in Japan as a browser writes it, with its offset; what is none goes on for the service to refuse."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=JST).isoformat()
    except ValueError:
        return text


@portal.get("/cohorts/<cohort>")
@signed_in
def call(cohort):
    return _call(cohort)


def _call(cohort: str, faults: list[str] = (), status: int = 200):
    api = client()
    told = api.get(f"/api/v1/cohorts/{cohort}")
    office = role() == "officer" and told["owner"] == session.get("org")
    query = {k: request.args[k] for k in ("state", "check", "q") if request.args.get(k)} if office else {}
    items = api.get(f"/api/v1/cohorts/{cohort}/applications", **query)["items"]
    rules = sorted({rule for item in items for rule in item["checks"]})
    shown = {
        "c": told,
        "items": items,
        "office": office,
        "rules": rules,
        "states": STATES,
        "acts": ACTS,
        "faults": faults,
        "form": request.form,
    }
    own = api.profile("startups", session.get("org", "-")) if role() == "startup" else None
    shown["company"] = title(own, lang()) if own else ""
    return page("call", status, **shown, said=session.pop("said", None), batch=session.pop("batch", None), chosen=query)


@portal.post("/cohorts/<cohort>/<change>")
@signed_in
def change_call(cohort, change):
    """What an applicant or the office does on the call's page."""
    api, form, at = client(), request.form, f"/api/v1/cohorts/{cohort}"
    try:
        if change == "application":
            _apply(api, at)
        elif change == "moves":
            ticked = [dict(zip(("id", "version"), t.split(":"), strict=True)) for t in form.getlist("application")]
            moved = api.post(
                f"{at}/moves", {"act": form.get("act", ""), "applications": [t | {"version": int(t["version"])} for t in ticked]}
            )
            session["batch"] = moved
        elif change == "recheck":
            api.post(f"/api/v1/applications/{form.get('one', '')}/checks")
        elif change == "undo":
            api.post(f"{at}/moves/{form.get('batch', '')}/undo")
        elif change == "chasers":
            session["said"] = {"key": "chased", "n": api.post(f"{at}/chasers")["count"]}
        elif change == "announcement":
            api.post(f"{at}/announcement", {})
    except (Refused, ValueError) as fault:
        told = _told(fault) if isinstance(fault, Refused) else [str(fault)]
        return _call(cohort, told, fault.status if isinstance(fault, Refused) else 422)
    return redirect(url_for("portal.call", cohort=cohort))


def _told(refused: Refused) -> list[str]:
    return faults_of(refused, [])


def _apply(api: Client, at: str) -> None:
    """Saves the draft, or saves and takes the step the button names."""
    form, do = request.form, request.form.get("do", "save")
    told = api.get(at)
    answers = {q["key"]: _answer(q, form.get(f"answer-{q['key']}", "").strip()) for q in told["questions"] if f"answer-{q['key']}" in form}
    said = {"name": form.get("name", "").strip(), "hubs": form.getlist("hubs"), "answers": answers}
    made, number = form.get("application", ""), form.get("version", "")
    if do in ("recall", "withdraw"):
        api.post(f"/api/v1/applications/{made}/steps", {"act": do})
        return
    if made:
        api.patch(f"/api/v1/applications/{made}", said, int(number) if number.isdigit() else 0)
    else:
        made = api.post(f"{at}/applications", said)["id"]
    if do == "submit":
        api.post(f"/api/v1/applications/{made}/steps", {"act": "submit"})


def _answer(question: dict, text: str):
    """An answer as the question's type wants it; what does not fit goes on for the service to refuse."""
    if not text:
        return None
    if question["type"] == "number":
        return float(text) if text.replace(".", "", 1).replace("-", "", 1).isdigit() else text
    return text == "yes" if question["type"] == "yes-no" else text


@portal.get("/cohorts/<cohort>/board.xlsx")
@signed_in
def board_table(cohort):
    told = client().request("GET", f"/api/v1/cohorts/{cohort}/exports")
    return Response(told.content, headers={k: told.headers[k] for k in ("Content-Type", "Content-Disposition")})
