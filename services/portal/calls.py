"""Calls: the list, opening one, an applicant's form and what follows from it."""

from flask import redirect, request, session, url_for

from nakodo_client import Client, Refused
from services.portal import board
from services.portal.board import faults, ident, instant, integer, number, whole, words
from services.portal.desk import options
from services.portal.pages import client, handed_on, lang, page, portal, role, signed_in
from services.portal.present import title
from shared.auth import OFFICERS


@portal.get("/cohorts")
@signed_in
def calls():
    return _calls()


def _calls(wrong: list[str] = (), status: int = 200):
    api = client()
    office = role() in OFFICERS
    known = (
        api.get("/api/v1/programs", limit=200, fields="id,name,owner")["items"] if office else []
    )
    programs = [one for one in known if one["owner"] == session.get("org")]
    places = (
        [(code, label) for code, label in options("geography", lang()) if code.startswith("hub-")]
        if office
        else []
    )
    items = api.get("/api/v1/cohorts")["items"]
    return page(
        "calls",
        status,
        items=items,
        programs=programs,
        places=places,
        faults=wrong,
        form=request.form,
    )


@portal.post("/cohorts")
@signed_in
def open_call():
    """A call as the form has it."""
    try:
        made = client().post("/api/v1/cohorts", _new_call())
    except Refused as refused:
        return _calls(faults(refused), refused.status)
    return redirect(url_for("portal.call", cohort=made["id"]))


def _new_call() -> dict:
    """The form's fields; what was left empty is left out. Raises Refused."""
    form = request.form
    said: dict = {
        "program": form.get("program", "").strip(),
        "name": {k: form[k].strip() for k in ("en", "ja") if form.get(k, "").strip()},
    }
    said["capacity"] = whole("capacity")
    said |= {k: instant(k) for k in ("opens_at", "deadline") if form.get(k)}
    filled = [n for n in (1, 2, 3) if form.get(f"hub{n}")]
    said["hubs"] = [{"hub": form[f"hub{n}"], "places": whole(f"places{n}")} for n in filled]
    asked = [(n, form.get(f"en{n}", "").strip(), form.get(f"ja{n}", "").strip()) for n in (1, 2, 3)]
    said["questions"] = [
        {"key": f"question-{n}", "en": en or ja, "ja": ja or en} for n, en, ja in asked if en or ja
    ]
    return said


@portal.get("/cohorts/<cohort>")
@signed_in
def call(cohort):
    told = client().get(f"/api/v1/cohorts/{cohort}")
    return board.board(cohort, told) if board.mine(told) else _applicant(cohort, told)


def _applicant(cohort: str, told: dict, wrong: list[str] = (), status: int = 200):
    """An applicant's form, then what has become of it: the result, the interview, mentors' hours,
    consultations.
    """
    api, more = client(), {}
    items = [
        i
        for i in api.get(f"/api/v1/cohorts/{cohort}/applications")["items"]
        if i["state"] != "withdrawn"
    ]
    own = api.profile("startups", session.get("org", "-")) if role() == "startup" else None
    one = api.get(f"/api/v1/applications/{items[0]['id']}") if items else None
    if one and one["state"] == "accepted":
        more["mentors"] = api.get("/api/v1/mentors")["items"]
        more["consultations"] = api.get("/api/v1/consultations", cohort=cohort)["items"]
        more |= _place(api, cohort, one)
    shown = {
        "c": told,
        "i": one,
        "company": title(own, lang()) if own else "",
        "faults": wrong,
        "form": request.form,
    }
    return page("call", status, **shown, **more)


def _place(api: Client, cohort: str, one: dict) -> dict:
    """The place of somebody accepted, else what may be wished for."""
    at, org = f"/api/v1/cohorts/{cohort}", session.get("org", "-")
    held = next((x for x in api.get(f"{at}/places")["items"] if x["startup"] == org), None)
    if held:
        site = api.get(f"/api/v1/sites/{held['site']}")
        return {"place": held | {"site_name": title(site, lang())}}
    return {"wish": api.get(f"{at}/places/{org}/wish")["wish"]}


@portal.post("/cohorts/<cohort>/application")
@signed_in
def apply(cohort):
    """Saves the draft, or saves and takes the step the button names."""
    try:
        _apply(client(), f"/api/v1/cohorts/{cohort}")
    except Refused as refused:
        return _applicant(
            cohort, client().get(f"/api/v1/cohorts/{cohort}"), faults(refused), refused.status
        )
    return redirect(url_for("portal.call", cohort=cohort))


@portal.post("/cohorts/<cohort>/hours")
@signed_in
def book_hour(cohort):
    """Takes a mentor's hour, or gives it back."""
    hour, do = ident("hour"), words("do")
    try:
        verb, more = ("PUT", {"json": {"cohort": cohort}}) if do == "book" else ("DELETE", {})
        client().request(verb, f"/api/v1/mentors/hours/{hour}/booking", **more)
    except Refused as refused:
        return _applicant(
            cohort, client().get(f"/api/v1/cohorts/{cohort}"), faults(refused), refused.status
        )
    return redirect(url_for("portal.call", cohort=cohort) + "#support")


@portal.get("/cohorts/<cohort>/interview/<application>.ics")
@signed_in
def interview(cohort, application):
    told = client().request("GET", f"/api/v1/applications/{application}/interview.ics")
    return handed_on(told)


def _apply(api: Client, at: str) -> None:
    form, do = request.form, request.form.get("do", "save")
    told = api.get(at)
    answers = {
        q["key"]: _answer(q, form.get(f"answer-{q['key']}", "").strip())
        for q in told["questions"]
        if f"answer-{q['key']}" in form
    }
    said = {"name": form.get("name", "").strip(), "hubs": form.getlist("hubs"), "answers": answers}
    made = ident("application") if words("application") else ""
    if do in ("recall", "withdraw"):
        api.post(f"/api/v1/applications/{made}/steps", {"act": do})
        return
    if made:
        api.patch(f"/api/v1/applications/{made}", said, integer("version"))
    else:
        made = api.post(f"{at}/applications", said)["id"]
    if do == "submit":
        api.post(f"/api/v1/applications/{made}/steps", {"act": "submit"})


def _answer(question: dict, text: str):
    """An answer as the question's type wants it. Raises Refused."""
    if not text:
        return None
    if question["type"] == "number":
        return number(f"answer-{question['key']}")
    return text == "yes" if question["type"] == "yes-no" else text
