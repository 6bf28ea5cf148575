"""Rounds of review: the office's page with panel, allocation, the list for the meeting, interviews
and minutes; and a reviewer's desk by a link.
"""

from datetime import timedelta

from flask import redirect, request, session

from nakodo_client import Client, Refused
from services.portal import typed
from services.portal.board import (
    WHOLE,
    Do,
    done,
    faults,
    ident,
    instant,
    integer,
    listed,
    number,
    words,
)
from services.portal.desk import options
from services.portal.pages import client, handed_on, lang, page, portal, signed_in, visitor
from shared.web import door

CRITERIA = (1, 2, 3, 4, 5)


@portal.get("/cohorts/<cohort>/reviews")
@signed_in
def reviews(cohort):
    return _reviews(cohort)


def _reviews(cohort: str, wrong: list[str] = (), status: int = 200):
    api, at = client(), f"/api/v1/cohorts/{cohort}"
    rounds = api.get(f"{at}/rounds")["items"]
    chosen = next(
        (r for r in rounds if r["id"] == request.args.get("round")), rounds[-1] if rounds else None
    )
    more: dict = {}
    if chosen:
        within = f"/api/v1/rounds/{chosen['id']}"
        more = {
            "ranking": api.get(f"{within}/ranking"),
            "assigned": api.get(f"{within}/reviews")["items"],
        }
        more["slots"] = api.get(f"{within}/slots")["items"] if chosen["kind"] == "interview" else []
    shown = {
        "c": api.get(at),
        "rounds": rounds,
        "r": chosen,
        "panel": api.get(f"{at}/reviewers")["items"],
        "criteria": CRITERIA,
    }
    shown |= {
        "minutes": api.get(f"{at}/minutes")["items"],
        "areas": options("therapeutic_area", lang()),
        "modalities": options("modality", lang()),
    }
    told = {"said": session.pop("said", None), "link": session.pop("link", None)}
    return page("reviews", status, faults=wrong, form=request.form, **shown, **more, **told)


@portal.post("/cohorts/<cohort>/reviews")
@signed_in
def change_reviews(cohort):
    return done(REVIEWS, _reviews, cohort, f"?round={ident('round')}" if words("round") else "")


def _open(api: Client, at: str) -> None:
    rubric = [_criterion(n) for n in CRITERIA if words(f"en{n}") or words(f"ja{n}")]
    name = {k: words(f"name-{k}") for k in ("en", "ja") if words(f"name-{k}")}
    said = {
        "kind": words("kind"),
        "name": name,
        "rubric": rubric,
        "blind": request.form.getlist("blind"),
        "due": instant("due"),
    }
    api.post(f"{at}/rounds", said | {"per_application": number("per_application")})


def _criterion(n: int) -> dict:
    en, ja = words(f"en{n}"), words(f"ja{n}")
    return {
        "key": f"criterion-{n}",
        "en": en or ja,
        "ja": ja or en,
        "weight": number(f"weight{n}"),
        "levels": 5,
    }


def _invite(api: Client, at: str) -> None:
    known = [code for code in request.form.getlist("expertise") if code]
    said = {
        "name": words("name"),
        "affiliation": words("affiliation"),
        "most": number("most"),
        "expertise": known,
        "interests": listed("interests"),
    }
    made = api.post(f"{at}/reviewers", {k: v for k, v in said.items() if v != ""})
    session["link"] = {"name": made["name"], "path": _linked(api, at, made["id"])}


def _linked(api: Client, at: str, reviewer: str) -> str:
    return door.address() + api.post(f"{at}/reviewers/{reviewer}/link")["path"]


def _link(api: Client, at: str) -> None:
    session["link"] = {"name": words("who"), "path": _linked(api, at, ident("reviewer"))}


def _leave(api: Client, at: str) -> None:
    api.request("DELETE", f"{at}/reviewers/{ident('reviewer')}")


def _allocate(api: Client, at: str) -> dict:
    api.post(f"/api/v1/rounds/{ident('round')}/allocation", {})
    return {"key": "allocating"}


def _stop(api: Client, at: str) -> None:
    api.request("DELETE", f"/api/v1/rounds/{ident('round')}/allocation")


def _close(api: Client, at: str) -> None:
    api.patch(f"/api/v1/rounds/{ident('round')}", {"state": words("state")}, integer("version"))


def _assign(api: Client, at: str) -> None:
    api.post(
        f"/api/v1/rounds/{ident('round')}/reviews",
        {"application": words("application"), "reviewer": words("reviewer")},
    )


def _release(api: Client, at: str) -> None:
    api.request("DELETE", f"/api/v1/rounds/reviews/{ident('review')}")


def _offer(api: Client, at: str) -> dict:
    """A row of equal times one after the other, as an office plans a morning."""
    begins, count, minutes = words("begins"), integer("count"), integer("minutes")
    slots = [
        {"starts_at": _later(begins, n * minutes), "ends_at": _later(begins, (n + 1) * minutes)}
        for n in range(min(max(count, 0), 40))
    ]
    said = {
        "slots": slots,
        "place": words("place"),
        "panel": request.form.getlist("panel"),
        "zone": "Asia/Tokyo",
    }
    return {
        "key": "slots-made",
        "n": len(api.post(f"/api/v1/rounds/{ident('round')}/slots", said)["items"]),
    }


def _later(begins: str, minutes: int) -> str:
    """So many minutes after a local time in Japan. Raises Refused."""
    return (typed.moment("begins", begins) + timedelta(minutes=minutes)).isoformat()


def _fill(api: Client, at: str) -> dict:
    told = api.post(f"/api/v1/rounds/{ident('round')}/slots/fill")
    return {
        "key": "slots-filled",
        "n": told["count"],
        "left": ", ".join(x["receipt"] for x in told["left"]) or "–",
    }


def _keep(api: Client, at: str) -> None:
    said = {"held_on": typed.day("held_on"), "present": listed("present"), "notes": words("notes")}
    api.post(f"{at}/minutes", said | ({"round": words("round")} if words("round") else {}))


REVIEWS: Do = {
    "round": _open,
    "invite": _invite,
    "link": _link,
    "leave": _leave,
    "allocate": _allocate,
    "stop": _stop,
    "close": _close,
    "assign": _assign,
    "release": _release,
    "slots": _offer,
    "fill": _fill,
    "minutes": _keep,
}


@portal.get("/cohorts/<cohort>/ranking.xlsx")
@signed_in
def ranking_table(cohort):
    told = client().request(
        "GET", f"/api/v1/rounds/{request.args.get('round', '-')}/ranking", params={"format": "xlsx"}
    )
    return handed_on(told)


# -- a reviewer's desk


@portal.get("/reviewing/<token>")
def reviewing(token):
    try:
        return page("reviewing", d=visitor().get(f"/api/v1/reviewing/{token}"), token=token)
    except Refused as refused:
        return page("trouble", refused.status, text=str(refused))


@portal.get("/reviewing/<token>/<review>")
def review(token, review):
    return _review(token, review)


def _review(token: str, review: str, wrong: list[str] = (), status: int = 200):
    try:
        told = visitor().get(f"/api/v1/reviewing/{token}/{review}")
    except Refused as refused:
        return page("trouble", refused.status, text=str(refused))
    return page("review", status, r=told, token=token, faults=wrong, form=request.form)


@portal.post("/reviewing/<token>/<review>")
def do_review(token, review):
    """Declares that nothing stands against it, scores, or steps back."""
    api, at, do = visitor(), f"/api/v1/reviewing/{token}/{review}", words("do")
    try:
        if do == "interest":
            api.request("PUT", f"{at}/interest")
        elif do == "recuse":
            api.request("PUT", f"{at}/recusal", json={"reason": words("reason")})
        else:
            scores = {
                k.removeprefix("score-"): int(v)
                for k, v in request.form.items()
                if k.startswith("score-") and WHOLE.fullmatch(v)
            }
            said = {"scores": scores} | ({"comment": words("comment")} if words("comment") else {})
            api.request("PUT", at, json=said, headers={"If-Match": f'"{integer("version")}"'})
            return redirect(f"/reviewing/{token}")
    except Refused as refused:
        rubric = (
            {f"scores.{k['key']}": k[lang()] for k in api.get(at)["rubric"]}
            if refused.status == 422
            else {}
        )
        return _review(token, review, faults(refused, rubric), refused.status)
    return redirect(request.path)
