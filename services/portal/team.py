"""What a team does about a pair on its page, the declaration before reading, and the page a
colleague's link opens.
"""

from collections.abc import Sequence

from flask import redirect, request, session, url_for

from nakodo_client import Client, Refused
from services.portal.desk import faults_of
from services.portal.pages import client, page, portal, signed_in, visitor
from shared.web import door


def shown(api: Client, startup: str, mandate: str) -> dict:
    """A team's votes, comments and colleagues for the page of a pair, with people by their
    names.
    """
    members = {m["person"]: m["name"] for m in api.get("/api/v1/accounts/members")["items"]}
    steps = api.get(f"/api/v1/team/{startup}/{mandate}/history")["items"]
    return {
        "steps": steps,
        "team": api.get(f"/api/v1/team/{startup}/{mandate}"),
        "members": members,
        "link": session.pop("link", None),
    }


@portal.post("/matches/<startup>/<mandate>/team/<change>")
@signed_in
def change_team(startup, mandate, change):
    """One of the section's small forms; a refusal is said there."""
    api, form, at = client(), request.form, f"/api/v1/team/{startup}/{mandate}"
    text = {
        k: form[k].strip()
        for k in ("vote", "note", "text", "name", "interest")
        if form.get(k, "").strip()
    }
    try:
        if change == "vote":
            api.request(
                "PUT", f"{at}/vote", json={k: text[k] for k in ("vote", "note") if k in text}
            )
        elif change == "comment":
            api.post(f"{at}/comments", {"text": text.get("text", "")})
        elif change == "expert":
            questions = [q for n in (1, 2, 3) if (q := form.get(f"question{n}", "").strip())]
            session["link"] = (
                door.address()
                + api.post(f"{at}/experts", {"name": text.get("name", ""), "questions": questions})[
                    "path"
                ]
            )
        elif change == "end":
            api.request("DELETE", f"/api/v1/team/experts/{form.get('expert', '')}")
        elif change == "interest":
            api.request(
                "PUT",
                f"/api/v1/team/interests/{startup}",
                json={"interest": text.get("interest", "")},
            )
        elif change == "assign":
            api.request(
                "PUT",
                f"/api/v1/decisions/{form.get('decision', '')}/assignment",
                json={"person": form.get("person") or None},
            )
    except Refused as refused:
        session["said-team"] = faults_of(refused, [])
    return redirect(url_for("portal.explanation", startup=startup, mandate=mandate) + "#team")


@portal.get("/expertise/<token>")
def expertise(token):
    return _expertise(token)


def _expertise(token: str, faults: Sequence[str] = (), status: int = 200):
    try:
        told = visitor().get(f"/api/v1/expertise/{token}")
    except Refused as refused:
        return page("trouble", refused.status, text=str(refused))
    return page("expertise", status, e=told, token=token, faults=faults, form=request.form)


@portal.post("/expertise/<token>")
def answer_expertise(token):
    form, api = request.form, visitor()
    try:
        if form.get("interest"):
            api.request(
                "PUT", f"/api/v1/expertise/{token}/interest", json={"interest": form["interest"]}
            )
            return (
                page("expertise", e=None, token=token, faults=())
                if form["interest"] == "conflict"
                else redirect(f"/expertise/{token}")
            )
        answers = [form.get(f"answer{n}", "").strip() for n in (1, 2, 3) if f"answer{n}" in form]
        api.post(
            f"/api/v1/expertise/{token}", {"answers": answers, "verdict": form.get("verdict", "")}
        )
    except Refused as refused:
        return _expertise(token, faults_of(refused, []), refused.status)
    return page("expertise", e={}, token=token, faults=())
