"""Triage on the feed: advance, hold, pass, with an undo; by mouse, touch or keyboard (j/k, a, h,
p).
"""

from flask import redirect, request, session, url_for

from nakodo_client import Refused
from services.portal.desk import faults_of, options
from services.portal.pages import client, lang, portal, signed_in
from services.portal.texts import say
from shared.vocabulary import vocabulary

CONDITIONS = ("ind-cleared", "round-opened", "lead-found", "exposure-resolved")


def choices() -> dict:
    """What the decision forms offer: coded reasons under their headings, and what a hold or pass
    may wait for.
    """
    kinds = vocabulary("pass_reason").nodes
    reasons = [
        (slug, label, kinds[slug]["type"] == "group")
        for slug, label in options("pass_reason", lang())
    ]
    return {
        "reasons": reasons,
        "conditions": [(c, say(f"condition-{c}", lang())) for c in CONDITIONS],
    }


@portal.post("/feeds/<name>/decisions")
@signed_in
def decide(name):
    """One step; what was decided is said above the feed with a way back, a refusal in words."""
    form = request.form
    step = ({"told": True} if form.get("told") == "yes" else {}) | {
        k: form[k].strip()
        for k in ("startup", "mandate", "state", "reason", "note", "until", "condition")
        if form.get(k, "").strip()
    }
    try:
        if form.get("do") == "undo":
            client().post(f"/api/v1/decisions/{form.get('decision', '')}/undo")
            session.pop("decided", None)
        else:
            made = client().post("/api/v1/decisions", step)
            session["decided"] = {
                "id": made["id"],
                "title": form.get("title", "")[:200],
                "state": made["state"],
            }
    except Refused as refused:
        session["said"] = faults_of(refused, [])
    return redirect(url_for("portal.feed", name=name) + f"#{form.get('next', '')}")


@portal.post("/feeds/<name>/asks")
@signed_in
def ask_from_feed(name):
    """One open question of a card, put to the startup; said above the feed."""
    form = request.form
    try:
        client().ask(form.get("startup", ""), form.get("mandate", ""), form.get("gate", ""))
        session["asked"] = form.get("title", "")[:200]
    except Refused as refused:
        session["said"] = faults_of(refused, [])
    return redirect(url_for("portal.feed", name=name) + f"#{form.get('startup', '')}")
