"""The office's pages of a call: the board, one application with its evidence, letters, applications
from a table.
"""

import json
import re
from collections.abc import Callable

from flask import redirect, request, session, url_for

from nakodo_client import Client, Refused
from services.portal import typed
from services.portal.pages import client, handed_on, lang, page, portal, role, signed_in
from services.portal.present import within
from services.portal.texts import TEXTS, say
from shared.auth import OFFICERS
from shared.reading import answers

STATES = ("submitted", "shortlisted", "accepted", "waitlisted", "declined", "withdrawn")
ACTS = ("shortlist", "accept", "waitlist", "decline")
FINDINGS = ("pass", "fail", "unknown", "review")
OUTCOMES = ("accepted", "waitlisted", "declined")
PARTS = ("subject_en", "text_en", "subject_ja", "text_ja")
WHOLE = re.compile(r"-?[0-9]{1,15}")
Do = dict[str, Callable[[Client, str], object]]


def mine(told: dict) -> bool:
    """Whether the call belongs to the reader's own office."""
    return role() in OFFICERS and told["owner"] == session.get("org")


def faults(refused: Refused, names: dict[str, str] | None = None) -> list[str]:
    """Every fault once, the field in the reader's words before it; `names` has those of paths that
    are this page's own.
    """
    errors, own = refused.problem.get("errors") or [], names or {}
    return list(
        dict.fromkeys(
            f"{own.get(e['field']) or _named(e['field'])}: {e['message']}" for e in errors
        )
    ) or [str(refused)]


def _named(path: str) -> str:
    """A field's label, with the place in its list; a path nobody has named is shown as it is."""
    parts = path.split(".")
    label = next(
        (say(f"field-{p}", lang()) for p in reversed(parts) if f"field-{p}" in TEXTS), path
    )
    return label + next((f" {int(p) + 1}" for p in parts if WHOLE.fullmatch(p)), "")


def instant(name: str) -> str:
    """A local time in Japan as typed, with its offset; nothing goes on for the service to refuse.
    Raises Refused.
    """
    return typed.instant(name, words(name)) if words(name) else ""


def words(name: str) -> str:
    return request.form.get(name, "").strip()


def ident(name: str) -> str:
    """An id as a form sends it, as part of an address: whatever was put there stays within its
    place.
    """
    return within(words(name)) or "-"


def whole(name: str) -> int | str:
    """A whole number as typed; nothing goes on for the service to refuse. Raises Refused."""
    return typed.whole(name, words(name)) if words(name) else ""


def integer(name: str) -> int:
    """A number the page itself wrote, a version or a count; 0 where it is none."""
    text = words(name).replace(",", "")
    return int(text) if WHOLE.fullmatch(text) else 0


def number(name: str) -> int | float | str:
    """A number as typed; nothing goes on for the service to refuse. Raises Refused."""
    return typed.number(name, words(name)) if words(name) else ""


def listed(name: str) -> list[str]:
    """What a field holds, divided as people divide lists."""
    return answers.listed(words(name))


def done(table: Do, view: Callable, cohort: str, anchor: str = ""):
    """Does what the pressed button names, then shows the page anew; a refusal is shown on the page,
    with what was typed.
    """
    act = table.get(request.form.get("do", ""))
    if act is None:
        return view(cohort, [say("unknown-action", lang())], 422)
    try:
        session["said"] = act(client(), f"/api/v1/cohorts/{cohort}") or None
    except Refused as refused:
        return view(cohort, faults(refused), refused.status)
    return redirect(request.path + anchor)


def board(cohort: str, told: dict, wrong: list[str] = (), status: int = 200):
    """The board: counts over everything wanted, and a page of it."""
    query = {k: request.args[k] for k in ("state", "check", "q", "after") if request.args.get(k)}
    found = client().get(f"/api/v1/cohorts/{cohort}/board", **query)
    kept = {k: v for k, v in query.items() if k != "after"}
    shown = {
        "c": told,
        "found": found,
        "states": STATES,
        "acts": ACTS,
        "chosen": query,
        "kept": kept,
    }
    return page(
        "board",
        status,
        **shown,
        faults=wrong,
        said=session.pop("said", None),
        batch=session.pop("batch", None),
    )


def _board(cohort: str, wrong: list[str] = (), status: int = 200):
    return board(cohort, client().get(f"/api/v1/cohorts/{cohort}"), wrong, status)


def _move(api: Client, at: str) -> None:
    ticked = [t.partition(":") for t in request.form.getlist("application")]
    items = [{"id": id_, "version": int(at_)} for id_, _, at_ in ticked if WHOLE.fullmatch(at_)]
    session["batch"] = api.post(f"{at}/moves", {"act": words("act"), "applications": items})


def _undo(api: Client, at: str) -> dict:
    return {"key": "undone-n", "n": api.post(f"{at}/moves/{ident('batch')}/undo")["count"]}


def _chase(api: Client, at: str) -> dict:
    return {"key": "chased", "n": api.post(f"{at}/chasers")["count"]}


def _announce(api: Client, at: str) -> None:
    api.post(f"{at}/announcement", {"at": instant("at")} if words("at") else {})


BOARD: Do = {"move": _move, "undo": _undo, "chase": _chase, "announce": _announce}


@portal.post("/cohorts/<cohort>")
@signed_in
def change_board(cohort):
    return done(BOARD, _board, cohort)


@portal.get("/cohorts/<cohort>/board.xlsx")
@signed_in
def board_table(cohort):
    return handed_on(client().request("GET", f"/api/v1/cohorts/{cohort}/exports"))


# -- one application


@portal.get("/cohorts/<cohort>/applications/<application>")
@signed_in
def application(cohort, application):
    return _application(cohort, application)


def _application(cohort: str, application: str, wrong: list[str] = (), status: int = 200):
    api = client()
    shown = {
        "c": api.get(f"/api/v1/cohorts/{cohort}"),
        "i": api.get(f"/api/v1/applications/{application}"),
        "findings": FINDINGS,
    }
    return page("application", status, **shown, faults=wrong, form=request.form)


@portal.post("/cohorts/<cohort>/applications/<application>")
@signed_in
def change_application(cohort, application):
    """A finding of the office's own, today's facts, the reason the applicant will read."""
    api, at, do = client(), f"/api/v1/applications/{application}", words("do")
    try:
        if do == "finding":
            said = {"state": words("state"), "note": words("note"), "evidence": words("evidence")}
            api.request(
                "PUT", f"{at}/checks/{ident('rule')}", json={k: v for k, v in said.items() if v}
            )
        elif do == "recheck":
            api.post(f"{at}/checks")
        elif do == "reason":
            api.request(
                "PUT",
                f"{at}/reason",
                json={k: words(f"reason-{k}") for k in ("en", "ja") if words(f"reason-{k}")},
            )
    except Refused as refused:
        return _application(cohort, application, faults(refused), refused.status)
    return redirect(url_for("portal.application", cohort=cohort, application=application))


# -- applications from a table


@portal.get("/cohorts/<cohort>/import")
@signed_in
def import_page(cohort):
    return _import(cohort)


def _import(cohort: str, wrong: list[str] = (), status: int = 200, plan: dict | None = None):
    told = client().get(f"/api/v1/cohorts/{cohort}")
    asked = {f"answer:{q['key']}": q[lang()] for q in told["questions"]}
    targets = [
        (t, say(f"column-{t}", lang()))
        for t in ("name", "kind", "startup", "hubs", "topics", "submitted_at")
    ] + [*asked.items()]
    named = dict(targets)
    shown = {"targets": targets, "named": named, "plan": plan, "faults": wrong}
    return page("import", status, c=told, form=request.form, **shown)


@portal.post("/cohorts/<cohort>/import")
@signed_in
def import_table(cohort):
    """Reads the table as it would be; with `apply`, brings it."""
    file = request.files.get("file")
    lines = [line.partition("=") for line in words("mapping").splitlines() if "=" in line]
    form = {"apply": "true" if words("do") == "apply" else "false"}
    form |= {name: words(name) for name in ("saved", "sheet", "heading_row") if words(name)}
    form |= {"partly": "true"} if words("partly") else {}
    if lines:
        form["mapping"] = json.dumps(
            {heading.strip(): target.strip() for heading, _, target in lines}
        )
    try:
        sent = {"file": (file.filename or "table", file.read())} if file else {}
        plan = (
            client()
            .request("POST", f"/api/v1/cohorts/{cohort}/imports", files=sent or None, data=form)
            .json()
        )
    except Refused as refused:
        return _import(cohort, faults(refused), refused.status)
    return _import(cohort, plan=plan)


# -- letters with the results


@portal.get("/cohorts/<cohort>/letters")
@signed_in
def letters(cohort):
    return _letters(cohort)


def _letters(cohort: str, wrong: list[str] = (), status: int = 200):
    api, at = client(), f"/api/v1/cohorts/{cohort}"
    shown = {
        "preview": api.get(f"{at}/messages")["items"],
        "log": api.get(f"{at}/deliveries")["items"],
    }
    return page(
        "letters",
        status,
        c=api.get(at),
        outcomes=OUTCOMES,
        parts=PARTS,
        faults=wrong,
        form=request.form,
        **shown,
    )


@portal.post("/cohorts/<cohort>/letters")
@signed_in
def write_letters(cohort):
    def write(api: Client, at: str) -> None:
        api.request(
            "PUT", f"{at}/messages", json={words("outcome"): {part: words(part) for part in PARTS}}
        )

    return done({"write": write}, _letters, cohort)
