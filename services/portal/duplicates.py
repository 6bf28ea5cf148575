"""Pages for the platform's staff: profiles that may be of one organisation, what to do about each
pair, and taking a merge back.
"""

from flask import abort, redirect, request, url_for

from nakodo_client import Refused
from services.portal.pages import client, page, portal, role, signed_in

KINDS = ("startups", "investors", "sites", "providers", "programs")


@portal.get("/duplicates")
@signed_in
def duplicates():
    return _duplicates()


def _duplicates(fault: str | None = None, status: int = 200):
    if role() not in ("staff", "administrator"):
        abort(404)
    api = client()
    pairs = [
        (kind, pair) for kind in KINDS for pair in api.get(f"/api/v1/{kind}/duplicates")["items"]
    ]
    done = [
        (kind, row)
        for kind in KINDS
        for row in api.get(f"/api/v1/{kind}/merges")["items"]
        if row["state"] != "distinct"
    ]
    done.sort(key=lambda entry: entry[1]["made_at"], reverse=True)
    return page("duplicates", status, pairs=pairs, done=done[:20], fault=fault)


@portal.post("/duplicates")
@signed_in
def duplicates_now():
    """One decision; a refusal is said on the page."""
    form, kind = request.form, request.form.get("kind", "")
    if kind not in KINDS:
        abort(404)
    try:
        if form.get("answer") == "undo":
            client().post(f"/api/v1/{kind}/merges/{form.get('merge', '')}/undo")
        elif form.get("answer") == "apart":
            client().post(
                f"/api/v1/{kind}/duplicates", {"a": form.get("a", ""), "b": form.get("b", "")}
            )
        else:
            stays, goes = ("a", "b") if form.get("answer") == "a" else ("b", "a")
            client().post(
                f"/api/v1/{kind}/merges",
                {"winner": form.get(stays, ""), "loser": form.get(goes, "")},
            )
    except Refused as refused:
        return _duplicates(str(refused), refused.status)
    return redirect(url_for("portal.duplicates"))
