"""Questions between reviewers and startups: the startup answers or lets one rest, the reviewer asks
from the page of a pair.
"""

from flask import abort, redirect, request, session, url_for
from werkzeug.datastructures import MultiDict

from nakodo_client import Refused
from services.portal import typed
from services.portal.desk import faults_of, options, own
from services.portal.pages import client, lang, page, portal, signed_in, today
from services.portal.texts import say
from shared.judgement.fields import FIELDS

# the parts of a structured answer, each with the vocabulary or choice it is picked from; None is
# typed
PARTS = {
    "raise": {
        "state": ("raising", "not-raising"),
        "amount": None,
        "currency": ("JPY", "USD", "EUR"),
        "round": "funding_round",
        "lead": ("wanted", "found"),
        "closing": None,
    },
    "ledger": {
        "round": "funding_round",
        "kind": "ledger_kind",
        "amount": None,
        "currency": ("JPY", "USD", "EUR"),
        "date": None,
    },
    "rights": {"asset": None, "holder": None, "territory": "geography"},
}


def inputs(field: str, chosen: str) -> list[dict]:
    """What a form needs to ask for a value: one input, or one for each part of a structured
    value.
    """
    known = FIELDS[field]
    if known.vocabulary:
        return [
            {
                "name": "value",
                "label": getattr(known, chosen),
                "options": options(known.vocabulary, chosen),
            }
        ]
    parts = PARTS.get(known.shape or "", {"value": None})
    return [_input(name, source, field, chosen) for name, source in parts.items()]


def _input(name: str, source: str | tuple | None, field: str, chosen: str) -> dict:
    label = getattr(FIELDS[field], chosen) if name == "value" else say(name, chosen)
    if source is None:
        return {"name": name, "label": label, "options": None}
    words = (
        options(source, chosen)
        if isinstance(source, str)
        else [(w, w if w.isupper() else say(w, chosen)) for w in source]
    )
    return {"name": name, "label": label, "options": words}


def stated(field: str, form: MultiDict) -> object:
    """The value a form states for a field, as the service takes it; what was left empty is left
    out. Raises Refused.
    """
    parts = PARTS.get(FIELDS[field].shape or "")
    if parts is None:
        return typed.value(field, form.get("value", "").strip() or None) or ""
    value = {name: form.get(name, "").strip() for name in parts}
    said = {k: v for k, v in value.items() if v and (k != "currency" or value["amount"])}
    return typed.value(field, said)


@portal.get("/startups/<slug>/asks")
@signed_in
def asks(slug):
    return _asks(slug)


def _asks(slug: str, faults: list[str] = (), open_at: str = "", status: int = 200):
    own(slug)
    items = client().asks(slug)
    for item in items:
        item["inputs"] = inputs(item["field"], lang())
    return page(
        "asks", status, slug=slug, items=items, faults=faults, open_at=open_at, form=request.form
    )


@portal.post("/startups/<slug>/asks/<ask>")
@signed_in
def answer_ask(slug, ask):
    """The answer as a dated fact, or a private rest."""
    own(slug)
    api, form = client(), request.form
    if form.get("do") == "decline":
        api.decline(ask)
        return redirect(url_for("portal.asks", slug=slug))
    question = next((q for q in api.asks(slug) if q["id"] == ask), None)
    if question is None:
        abort(404)
    fact = {
        "field": question["field"],
        "answers": ask,
        "as_of": today().isoformat(),
    }
    try:
        fact["value"] = stated(question["field"], form)
        api.add_facts("startups", slug, [fact])
    except Refused as refused:
        return _asks(slug, faults_of(refused, [fact]), ask, refused.status)
    return redirect(url_for("portal.asks", slug=slug, answered=1))


@portal.post("/matches/<startup>/<mandate>/asks")
@signed_in
def put_ask(startup, mandate):
    """One unknown gate of a pair, put to the startup; a refusal is said on the pair's page."""
    form = request.form
    try:
        client().ask(startup, mandate, form.get("gate", ""), form.get("named") == "yes")
    except Refused as refused:
        session["said"] = str(refused)
    return redirect(url_for("portal.explanation", startup=startup, mandate=mandate) + "#questions")
