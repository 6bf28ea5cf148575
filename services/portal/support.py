"""Support and indicators of a cohort, for its office: consultations, mentors and hours, the ledger,
the report.
"""

from flask import request

from nakodo_client import Client, Refused
from services.portal import typed
from services.portal.board import Do, done, faults, ident, instant, integer, listed, whole, words
from services.portal.desk import options
from services.portal.pages import client, handed_on, lang, page, portal, signed_in, today

AGENCIES = ("pmda", "amed", "jetro", "inpit", "nedo", "fda", "other")
CURRENCIES = ("JPY", "USD", "EUR")


@portal.get("/cohorts/<cohort>/support")
@signed_in
def support(cohort):
    return _support(cohort)


def _support(cohort: str, wrong: list[str] = (), status: int = 200):
    api = client()
    shown = {
        "c": api.get(f"/api/v1/cohorts/{cohort}"),
        "mentors": api.get("/api/v1/mentors")["items"],
        "agencies": AGENCIES,
    }
    shown["consultations"] = api.get("/api/v1/consultations", cohort=cohort)["items"]
    shown["accepted"] = accepted(api, cohort)
    shown["hubs"] = [
        (code, label) for code, label in options("geography", lang()) if code.startswith("hub-")
    ]
    names = {a["startup"]: a["name"] for a in shown["accepted"]}
    return page(
        "support",
        status,
        faults=wrong,
        form=request.form,
        names=names,
        now=today().isoformat(),
        **shown,
    )


def accepted(api: Client, cohort: str) -> list[dict]:
    return [a for a in api.board(cohort, state="accepted")["items"] if a["startup"]]


@portal.post("/cohorts/<cohort>/support")
@signed_in
def change_support(cohort):
    return done(SUPPORT, _support, cohort)


def _consult(api: Client, at: str) -> None:
    said = {k: words(k) for k in ("startup", "topic", "agency", "handler")}
    said |= {"due": typed.day("due")}
    api.post("/api/v1/consultations", said | {"cohort": at.rsplit("/", 1)[1]})


def _close(api: Client, at: str) -> None:
    said = {"state": words("state"), "outcome": words("outcome")}
    api.patch(
        f"/api/v1/consultations/{ident('consultation')}",
        {k: v for k, v in said.items() if v},
        integer("version"),
    )


def _mentor(api: Client, at: str) -> None:
    said = {"name": words("name"), "affiliation": words("affiliation"), "hub": words("hub")}
    said |= {"languages": request.form.getlist("languages"), "interests": listed("interests")}
    api.post("/api/v1/mentors", {k: v for k, v in said.items() if v})


def _hour(api: Client, at: str) -> None:
    window = {"starts_at": instant("starts_at"), "ends_at": instant("ends_at")}
    api.post(f"/api/v1/mentors/{ident('mentor')}/hours", {"slots": [window]})


def _log(api: Client, at: str) -> None:
    api.request(
        "PUT", f"/api/v1/mentors/hours/{ident('hour')}/log", json={"minutes": whole("minutes")}
    )


SUPPORT: Do = {"consult": _consult, "close": _close, "mentor": _mentor, "hour": _hour, "log": _log}


# -- indicators


@portal.get("/cohorts/<cohort>/kpis")
@signed_in
def kpis(cohort):
    return _kpis(cohort)


def _kpis(cohort: str, wrong: list[str] = (), status: int = 200):
    api, public = client(), request.args.get("public") == "yes"
    told = api.get(f"/api/v1/kpis/reports/{cohort}", public=str(public).lower())
    figure = {k: request.args[k] for k in ("indicator", "hub", "window") if request.args.get(k)}
    rows = (
        api.get(f"/api/v1/kpis/reports/{cohort}/rows", **figure)["items"]
        if figure.get("indicator") and not public
        else None
    )
    shown = {
        "c": api.get(f"/api/v1/cohorts/{cohort}"),
        "report": told,
        "public": public,
        "rows": rows,
        "figure": figure,
    }
    shown |= {
        "accepted": accepted(api, cohort),
        "currencies": CURRENCIES,
        "names": {a["startup"]: a["name"] for a in accepted(api, cohort)},
        "called": {
            i["key"]: i["name"].get(lang()) or i["name"].get("en") or i["name"].get("ja")
            for i in told["indicators"]
        },
        "entries": api.get("/api/v1/kpis/entries", cohort=cohort)["items"],
    }
    return page("kpis", status, faults=wrong, form=request.form, **shown)


@portal.post("/cohorts/<cohort>/kpis")
@signed_in
def change_kpis(cohort):
    return done(KPIS, _kpis, cohort)


def _enter(api: Client, at: str) -> None:
    said = {k: words(k) for k in ("indicator", "startup", "evidence", "same", "currency")}
    said |= {"on": typed.day("on"), "amount": ""}
    if words("amount"):
        said |= typed.figure("amount", words("amount"), words("currency"))
    api.post(
        "/api/v1/kpis/entries",
        {k: v for k, v in said.items() if v != ""} | {"cohort": at.rsplit("/", 1)[1]},
    )


def _withdraw(api: Client, at: str) -> None:
    api.post(f"/api/v1/kpis/entries/{ident('entry')}/withdrawal", {"reason": words("reason")})


KPIS: Do = {"enter": _enter, "withdraw": _withdraw}


@portal.get("/cohorts/<cohort>/report.<kind>")
@signed_in
def report_file(cohort, kind):
    """The report as XLSX or PDF."""
    query = {"format": kind, "public": str(request.args.get("public") == "yes").lower()}
    try:
        told = client().request("GET", f"/api/v1/kpis/reports/{cohort}", params=query)
    except Refused as refused:
        return page("trouble", refused.status, text="; ".join(faults(refused)))
    return handed_on(told)
