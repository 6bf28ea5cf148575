"""An investor team's beginning and its mandates: who the fund is, what it looks for, and what that
would list, seen before it is said.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from flask import abort, redirect, request, session, url_for
from werkzeug.datastructures import MultiDict

from nakodo_client import Client, Refused
from services.portal import present
from services.portal.desk import faults_of, options
from services.portal.pages import client, lang, page, portal, signed_in, today
from services.portal.texts import say
from services.portal.workshop import mandates_of
from shared.judgement.fields import FIELDS
from shared.vocabulary import vocabulary

KINDS = ("equity", "licence", "option", "research-collaboration", "acquisition")
LISTS = ("focus_area", "focus_modality", "focus_geography")  # each may be all that counts
SETS = ("focus_product_class", "accepts_status", "investor_terms")
WINDOWS = ("development_stage", "funding_round")
EDITED = (*LISTS, *SETS, "focus_stage", "ticket", "exclusion", "thesis")
EXCLUDED = ("therapeutic_area", "modality")
SHOWN = 10


class Stated(NamedTuple):
    """What a mandate says of one field: the value and how firmly."""

    field: str
    value: Any
    firm: str = ""  # of a list its mode, of a window its mode

    def fact(self) -> dict:
        key = "window" if self.field == "focus_stage" else "list"
        return {"field": self.field, "value": self.value} | ({key: self.firm} if self.firm else {})


def _own_fund() -> str:
    """The reader's organisation, whose mandates these are."""
    if session.get("role") != "reviewer":
        abort(404)
    return session["org"]


@portal.get("/begin")
@signed_in
def begin():
    return _begun()


def _begun(faults: Sequence[str] = (), status: int = 200):
    """What an investor team has done of its beginning, and what comes next."""
    api, org = client(), _own_fund()
    fund = api.profile("investors", org)
    mine = mandates_of(api, org) if fund else {}
    members = api.get("/api/v1/accounts/members")["items"]
    name = present.title(fund, lang()) if fund else session.get("name", "")
    return page(
        "begin",
        status,
        fund=fund,
        name=name,
        mandates=mine,
        members=len(members),
        decisions=len(api.decisions()) if fund else 0,
        form=request.form,
        faults=faults,
    )


@portal.post("/begin")
@signed_in
def found():
    """The fund's own profile: its names in both languages, its parent."""
    org, form = _own_fund(), request.form
    try:
        client().register("investors", {"id": org, "name": _names(form)})
    except Refused as refused:
        return _begun(faults_of(refused, []), refused.status)
    return redirect(url_for("portal.begin"))


def _names(form: MultiDict) -> dict[str, str]:
    typed = {key: form.get(f"name.{key}", "").strip() for key in ("ja", "en")}
    return {key: text for key, text in typed.items() if text}


# -- the editor


@portal.get("/mandates/new")
@signed_in
def new_mandate():
    _own_fund()
    return _editor(None, MultiDict({"kind": "equity", "ticket.kind": "initial"}))


@portal.get("/mandates/<mandate>/edit")
@signed_in
def edit_mandate(mandate):
    profile = _own(mandate)
    return _editor(profile, _filled(profile))


@portal.post("/mandates/new")
@signed_in
def make_mandate():
    """Shows what the mandate would list, or begins it."""
    _own_fund()
    return _asked(None)


@portal.post("/mandates/<mandate>/edit")
@signed_in
def change_mandate(mandate):
    """Shows what the changed mandate would list, or changes it from today on."""
    return _asked(_own(mandate))


def _asked(profile: dict | None):
    api, form = client(), request.form
    stated = _typed(form, profile)
    facts = [s.fact() for s in stated]
    try:
        if form.get("do") == "preview":
            return _editor(profile, form, moves=_preview(api, profile, stated))
        there = _save(api, profile, stated) if profile else _begin(api, form, facts)
    except Refused as refused:
        meanwhile = [say("changed-meanwhile", lang())] if refused.status == 412 else None
        return _editor(profile, form, meanwhile or faults_of(refused, facts), refused.status)
    return redirect(url_for("portal.edit_mandate", mandate=there, saved=1))


def _own(mandate: str) -> dict:
    profile = client().profile("mandates", mandate)
    if profile is None or profile["owner"] != _own_fund():
        abort(404)
    return profile


def _begin(api: Client, form: MultiDict, facts: list[dict]) -> str:
    names = _names(form)
    said = {"investor": _own_fund(), "kind": form.get("kind", ""), "facts": facts}
    return api.register("mandates", said | ({"name": names} if names else {}))["id"]


def _save(api: Client, profile: dict, stated: list[Stated]) -> str:
    """States what is new, then ends what is no longer said: earlier days keep it."""
    held, now = _held(profile), today()
    new = [s.fact() for s in stated if s not in held.values()]
    at = f"/api/v1/mandates/{profile['id']}/facts"
    if new:
        headers = {"If-Match": f'"{request.form.get("version", "")}"'}
        api.request("POST", at, json={"facts": new}, headers=headers)
    for fact in profile["facts"]:
        if fact["id"] in held and held[fact["id"]] not in stated:
            if fact.get("as_of") == now.isoformat():
                api.request("DELETE", f"{at}/{fact['id']}")  # it never held on any other day
            else:
                ended = {"valid_to": (now - timedelta(days=1)).isoformat()}
                api.request("PATCH", f"{at}/{fact['id']}", json=ended)
    return profile["id"]


def _preview(api: Client, profile: dict | None, stated: list[Stated]) -> dict:
    """The moves that saving would make, by what the engine itself would say."""
    fields = {s.field for s in stated}
    facts = [s.fact() for s in stated]
    if profile is None:
        return api.post("/api/v1/previews", {"investor": _own_fund(), "facts": facts})
    kept = [f for f in _standing(profile) if f["field"] in fields and f["id"] not in _held(profile)]
    facts += [{k: f[k] for k in ("field", "value", "list", "window") if k in f} for f in kept]
    gone = sorted({s.field for s in _held(profile).values()} - fields)
    return api.post("/api/v1/previews", {"mandate": profile["id"], "facts": facts, "without": gone})


def _standing(profile: dict) -> list[dict]:
    day = today().isoformat()
    return [f for f in profile["facts"] if not f.get("valid_to") or f["valid_to"] >= day]


def _held(profile: dict) -> dict[str, Stated]:
    """What stands and the editor shows, by fact; what it cannot show it never touches."""
    return {
        f["id"]: stated
        for f in _standing(profile)
        if (stated := _shown(f)) is not None and f["field"] in EDITED
    }


def _shown(fact: dict) -> Stated | None:
    """A fact as the editor's fields hold it, None where they would lose part of it."""
    field, value = fact["field"], fact["value"]
    if field in LISTS:
        mode = fact.get("list") or "focus"
        return Stated(field, value, mode) if mode != "also" else None
    if field == "focus_stage":
        whole = set(value) <= {"scale", "from", "to"}
        return Stated(field, value, fact.get("window") or "focus") if whole else None
    if field == "ticket" and not set(value) <= {"min", "max", "currency", "kind"}:
        return None
    if field == "exclusion" and not (isinstance(value, dict) and len(value) == 1):
        return None
    return Stated(field, value)


def _filled(profile: dict) -> MultiDict:
    """The form as the mandate stands."""
    form = MultiDict({"kind": profile["kind"], "version": str(profile["version"])})
    for key in ("ja", "en"):
        form[f"name.{key}"] = profile["name"].get(key, "")
    for stated in _held(profile).values():
        field, value = stated.field, stated.value
        if field == "focus_stage":
            form[f"{value['scale']}.from"] = value["from"]
            form[f"{value['scale']}.to"] = value.get("to", "")
            form[f"{value['scale']}.firm"] = stated.firm
        elif field == "ticket":
            for key in ("min", "max", "currency", "kind"):
                form[f"ticket.{key}"] = str(value.get(key, ""))
        elif field == "exclusion":
            form.add(f"exclusion.{next(iter(value))}", next(iter(value.values())))
        else:
            form.add(field, value)
            form[f"{field}.firm"] = stated.firm
    return form


def _typed(form: MultiDict, profile: dict | None) -> list[Stated]:
    """What the form says, field by field, in the order it shows them."""
    found = [
        Stated(field, value, form.get(f"{field}.firm") or "focus")
        for field in LISTS
        for value in form.getlist(field)
    ]
    found += [Stated(field, value) for field in SETS for value in form.getlist(field)]
    for scale in WINDOWS:
        if low := form.get(f"{scale}.from") or form.get(f"{scale}.to"):
            window = {"scale": scale, "from": low}
            window |= {"to": form[f"{scale}.to"]} if form.get(f"{scale}.to") else {}
            found.append(Stated("focus_stage", window, form.get(f"{scale}.firm") or "focus"))
    if any(form.get(f"ticket.{k}", "").strip() for k in ("min", "max")):
        found.append(Stated("ticket", _ticket(form)))
    found += [
        Stated("exclusion", {kind: value})
        for kind in EXCLUDED
        for value in form.getlist(f"exclusion.{kind}")
    ]
    found += [Stated("thesis", text) for text in form.getlist("thesis") if text.strip()]
    return found


def _ticket(form: MultiDict) -> dict:
    """The ticket as typed; what is no amount goes on for the service to refuse."""
    amounts = {}
    for key in ("min", "max"):
        text = form.get(f"ticket.{key}", "").replace(",", "").replace("，", "").strip()
        if text:
            amounts[key] = int(text) if text.isdecimal() else text
    chosen = {k: form.get(f"ticket.{k}", "") for k in ("currency", "kind")}
    return amounts | {k: v for k, v in chosen.items() if v}


def _editor(
    profile: dict | None,
    form: MultiDict,
    faults: Sequence[str] = (),
    status: int = 200,
    moves: dict | None = None,
):
    chosen = lang()
    held = _held(profile) if profile else {}
    kept = [
        f | {"text": present.words(f, chosen, {}), "title": getattr(FIELDS[f["field"]], chosen)}
        for f in (_standing(profile) if profile else [])
        if f["field"] in EDITED and f["id"] not in held
    ]
    return page(
        "mandate",
        status,
        m=profile,
        form=form,
        faults=faults,
        moves=moves,
        shown=SHOWN,
        kinds=KINDS,
        lists=LISTS,
        sets=SETS,
        windows=[(scale, options(scale, chosen)) for scale in WINDOWS],
        trees={f: _tree(FIELDS[f].vocabulary or f, chosen) for f in (*LISTS, *SETS)},
        excluded={v: _tree(v, chosen) for v in EXCLUDED},
        fields={f: getattr(FIELDS[f], chosen) for f in EDITED},
        tickets=options("ticket_kind", chosen),
        kept=kept,
    )


def _tree(name: str, chosen: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(code, label, what lies under it) of a vocabulary's highest nodes, in its own order; a single
    root stands alone before the nodes under it.
    """
    words = vocabulary(name)
    roots = [slug for slug, node in words.nodes.items() if not node.get("parent")]
    alone = roots if len(roots) == 1 else []
    if alone:
        roots = [s for s, node in words.nodes.items() if node.get("parent") == alone[0]]
    found = [(root, words.label(root, chosen), []) for root in alone]
    for root in roots:
        under = [
            (slug, words.label(slug, chosen))
            for slug in words.nodes
            if slug != root and root in words.up(slug)
        ]
        found.append((root, words.label(root, chosen), under))
    return found
