"""The startup desk: the profile as a form. One save states what has changed, each as a dated fact;
what is typed is never lost to a refusal.
"""

from flask import abort, redirect, request, session, url_for
from werkzeug.datastructures import MultiDict

from nakodo_client import Refused
from services.portal import present, typed
from services.portal.directory import called, named_in
from services.portal.pages import client, lang, page, portal, signed_in, today
from services.portal.texts import say
from shared.ids import slug_of
from shared.judgement.fields import FIELDS
from shared.vocabulary import vocabulary

NAMES = ("ja", "en", "kana")
SINGLE = ("corporate_status", "hq")
PLAIN = ("founded", "address")
LISTED = (
    "therapeutic_area",
    "modality",
    "cell_source",
    "us_presence",
    "regulatory",
    "partnering_goal",
    "lab_need",
    "manufacturing_need",
    "product_class",
)
TEXTS = ("technology", "manufacturing_partner", "collaboration", "plan")
RAISE = ("state", "round", "amount", "currency", "closing")
ROUND = ("round", "kind", "amount", "currency", "date")
STAGE = ("stage", "stage.asset", "stage.territory", "stage.sponsor")
ENTITY = ("name", "form", "jurisdiction", "corporate_number", "role")
COMPANY = ("representative", "representative_kana", "title")


def options(name: str, chosen: str) -> list[tuple[str, str]]:
    """(code, label) of a vocabulary in its own order, what lies under something indented."""
    words, found = vocabulary(name), []
    for slug, node in words.nodes.items():
        depth, up = 0, node.get("parent")
        while up:
            depth, up = depth + 1, words.nodes[up].get("parent")
        found.append((slug, f"{'　' * depth}{words.label(slug, chosen)}"))
    return found


def _stated(profile: dict | None, names: dict[str, str] | None = None) -> dict[str, list[dict]]:
    """Statements by field as the form shows them, other organisations by their `names`, the newest
    of a single field first.
    """
    found: dict[str, list[dict]] = {}
    for fact in (profile or {}).get("facts", []):
        found.setdefault(fact["field"], []).append(
            fact
            | {
                "text": present.words(fact, lang(), names),
                "asset_name": present.asset(fact, profile.get("assets", [])),
            }
        )
    for facts in found.values():
        facts.sort(key=lambda f: f.get("as_of") or "", reverse=True)
    return found


def _blank(profile: dict | None) -> MultiDict:
    """What the form holds before anybody types: names, and the present value of single fields."""
    stated, form = _stated(profile), MultiDict()
    for key in NAMES:
        form[f"name.{key}"] = (profile or {}).get("name", {}).get(key, "")
    for field in SINGLE:
        form[field] = stated[field][0]["value"] if field in stated else ""
    for field in PLAIN:
        form[field] = stated[field][0]["value"] if field in stated else ""
    capital = stated["capital"][0]["value"] if "capital" in stated else {}
    form["capital.amount"], form["capital.currency"] = (
        str(capital.get("amount", "")),
        capital.get("currency", "JPY"),
    )
    raising = stated["raise"][0]["value"] if "raise" in stated else {}
    for key in RAISE:
        form[f"raise.{key}"] = str(raising.get(key, ""))
    form["as_of"] = today().isoformat()
    form["version"] = str((profile or {}).get("version", ""))
    return form


def _shown(
    slug: str,
    profile: dict | None,
    form: MultiDict,
    faults: list[str] = (),
    status: int = 200,
    saved: bool = False,
):
    chosen = lang()
    lists = {f: options(FIELDS[f].vocabulary, chosen) for f in (*SINGLE, *LISTED)}
    lists |= {f: options(f, chosen) for f in ("development_stage", "geography")}
    lists |= {
        "funding_round": options("funding_round", chosen),
        "ledger_kind": options("ledger_kind", chosen),
    }
    fields = {f: getattr(FIELDS[f], chosen) for f in FIELDS}
    more = {
        "single": SINGLE,
        "plain": PLAIN,
        "listed": LISTED,
        "texts": TEXTS,
        "lists": lists,
        "fields": fields,
        "tiers": {f: FIELDS[f].tier for f in FIELDS},
    }
    company = client().get(f"/api/v1/startups/{slug}/company") if profile else {}
    more["company"] = {key: form.get(f"company.{key}", company.get(key, "")) for key in COMPANY}
    more["names"] = called(client(), named_in((profile or {}).get("facts", [])))
    more["stated"] = _stated(profile, more["names"])
    return page(
        "desk", status, slug=slug, profile=profile, form=form, faults=faults, saved=saved, **more
    )


@portal.get("/startups/<slug>/edit")
@signed_in
def edit(slug):
    own(slug)
    profile = client().profile("startups", slug)
    return _shown(slug, profile, _blank(profile))


@portal.post("/startups/<slug>/edit")
@signed_in
def save(slug):
    """Registers, or states what has changed. A refusal is said above the form, which keeps every
    word.
    """
    own(slug)
    api, form = client(), request.form
    profile = api.profile("startups", slug)
    names = {
        k: form.get(f"name.{k}", "").strip() for k in NAMES if form.get(f"name.{k}", "").strip()
    }
    facts: list[dict] = []
    try:
        facts = _changes(form, profile)
        if profile is None:
            state = "draft" if form.get("do") == "draft" else "published"
            api.register(
                "startups",
                {"id": slug, "name": names, "facts": facts, "state": state} | _parts(form, {}),
            )
        else:
            _change(api, slug, profile, form, names, facts)
        _say_company(api, slug, form)
    except Refused as refused:
        now = api.profile("startups", slug)
        if (
            profile is not None and refused.status == 422 and now["version"] > profile["version"]
        ):  # the facts stand; names or publishing were refused
            return _shown(
                slug, now, _kept_names(form, now), faults_of(refused, []), 422, saved=True
            )
        faults = (
            [say("changed-meanwhile", lang())]
            if refused.status == 412
            else faults_of(refused, facts)
        )
        typed = MultiDict(form)
        if refused.status == 412:
            typed["version"] = str(now["version"])
        return _shown(slug, now, typed, faults, refused.status)
    return redirect(url_for("portal.edit", slug=slug, saved=1))


def _kept_names(form: MultiDict, profile: dict) -> MultiDict:
    """A fresh form of what stands now, with the names as they were typed."""
    fresh = _blank(profile)
    for key in NAMES:
        fresh[f"name.{key}"] = form.get(f"name.{key}", "")
    return fresh


def _change(api, slug: str, profile: dict, form: MultiDict, names: dict, facts: list[dict]) -> None:
    version = int(form["version"]) if form.get("version", "").isdecimal() else 0
    parts = _parts(form, profile)
    if parts:  # before the facts: they may speak of a new asset
        version = api.patch(f"/api/v1/startups/{slug}", parts, version)["version"]
    if facts:
        headers = {"If-Match": f'"{version}"'}
        version = api.request(
            "POST", f"/api/v1/startups/{slug}/facts", json={"facts": facts}, headers=headers
        ).json()["version"]
    patch = (
        {}
        if names == profile["name"]
        else {"name": {k: names.get(k) for k in {*names, *profile["name"]}}}
    )
    if profile["state"] == "draft" and form.get("do") == "publish":
        patch["state"] = "published"
    if patch:
        api.patch(f"/api/v1/startups/{slug}", patch, version)


def _changes(form: MultiDict, profile: dict | None) -> list[dict]:
    """The facts a form states beyond what is there: changed single values, added listed ones, new
    texts, rounds and the raise. Raises Refused.
    """
    stated = _stated(profile)
    as_of = typed.date("as_of", form.get("as_of", "").strip() or today().isoformat())
    found = []
    for field in SINGLE:
        value = form.get(field, "")
        if value and value != (stated[field][0]["value"] if field in stated else None):
            found.append({"field": field, "value": value})
    for field in PLAIN:
        value = typed.value(field, form.get(field, "").strip() or None)
        if value and value != (stated[field][0]["value"] if field in stated else None):
            found.append({"field": field, "value": value})
    for field in (*LISTED, *TEXTS):
        held = {f["value"] for f in stated.get(field, [])}
        found += [
            {"field": field, "value": v.strip()}
            for v in form.getlist(f"add.{field}")
            if v.strip() and v.strip() not in held
        ]
    found += _stage(form, stated) + _capital(form, stated) + _raise(form, stated) + _round(form)
    return [f | {"as_of": as_of} for f in found]


def _stage(form: MultiDict, stated: dict) -> list[dict]:
    """A stage of an asset, in a territory and by a sponsor where these are said; what stands there
    already is not said again.
    """
    value, asset, territory, sponsor = (form.get(key, "") for key in STAGE)
    if not value:
        return []
    detail = {k: v for k, v in (("territory", territory), ("sponsor", sponsor)) if v}
    known = [
        (f["value"], f.get("asset") or "", f.get("detail") or {}) for f in stated.get("stage", [])
    ]
    if (value, asset, detail) in known:
        return []
    return [
        {
            "field": "stage",
            "value": value,
            **({"asset": asset} if asset else {}),
            **({"detail": detail} if detail else {}),
        }
    ]


def _capital(form: MultiDict, stated: dict) -> list[dict]:
    said = {k: form.get(f"capital.{k}", "").strip() for k in ("amount", "currency")}
    if not said["amount"]:
        return []
    value = typed.value("capital", said)
    before = stated["capital"][0]["value"] if "capital" in stated else {}
    return [{"field": "capital", "value": value}] if value != before else []


def _parts(form: MultiDict, profile: dict) -> dict:
    """A legal entity and an asset to add, beside those that are there; the first asset is the
    lead.
    """
    found: dict = {}
    entity = {key: form.get(f"entity.{key}", "").strip() for key in ENTITY}
    if entity["name"]:
        role = entity.pop("role")
        made = {k: v for k, v in entity.items() if v} | ({"roles": [role]} if role else {})
        found["legal_entities"] = [*profile.get("legal_entities", []), made]
    asset, held = form.get("asset.name", "").strip(), profile.get("assets", [])
    if asset:
        slug = slug_of(asset) or f"asset-{len(held) + 1}"
        found["assets"] = [*held, {"id": slug, "name": asset, "lead": not held}]
    return found


def _say_company(api, slug: str, form: MultiDict) -> None:
    """Who represents the company, where the form says so and it is another than before."""
    said = {key: text for key in COMPANY if (text := form.get(f"company.{key}", "").strip())}
    if f"company.{COMPANY[0]}" in form and said != api.get(f"/api/v1/startups/{slug}/company"):
        api.request("PUT", f"/api/v1/startups/{slug}/company", json=said)


def _raise(form: MultiDict, stated: dict) -> list[dict]:
    value = {k: form.get(f"raise.{k}", "").strip() for k in RAISE}
    before = (
        {k: str(stated["raise"][0]["value"].get(k, "")) for k in RAISE}
        if "raise" in stated
        else dict.fromkeys(RAISE, "")
    )
    if not value["state"] or value == before:
        return []
    return [
        {
            "field": "raise",
            "value": typed.value(
                "raise",
                {k: v for k, v in value.items() if v and (k != "currency" or value["amount"])},
            ),
        }
    ]


def _round(form: MultiDict) -> list[dict]:
    value = {k: form.get(f"round.{k}", "").strip() for k in ROUND}
    if not (value["amount"] or value["round"]):
        return []
    said = {k: v for k, v in value.items() if v}
    return [{"field": "funding_round", "value": typed.value("funding_round", said)}]


def faults_of(refused: Refused, facts: list[dict]) -> list[str]:
    """Every fault once, with the field's own name in front of it."""
    errors = refused.problem.get("errors") or []
    return list(dict.fromkeys(f"{_named(e['field'], facts)}{e['message']}" for e in errors)) or [
        str(refused)
    ]


def _named(path: str, facts: list[dict]) -> str:
    """The field a fault is about: named in its path, or standing at the place of the list it
    names.
    """
    parts = path.split(".")
    at = (
        int(parts[1])
        if parts[0] == "facts" and len(parts) > 1 and parts[1].isdecimal()
        else len(facts)
    )
    name = facts[at]["field"] if at < len(facts) else next((p for p in parts if p in FIELDS), None)
    return f"{getattr(FIELDS[name], lang())}: " if name else ""


@portal.post("/startups/<slug>/facts/<fact>/end")
@signed_in
def take_back(slug, fact):
    """Takes a statement back: it was never so. What has changed is stated anew instead."""
    own(slug)
    client().request("DELETE", f"/api/v1/startups/{slug}/facts/{fact}")
    return redirect(url_for("portal.edit", slug=slug))


def own(slug: str) -> None:
    """A profile is edited by its own organisation; for others the page does not exist."""
    if session.get("role") != "startup" or session.get("org") != slug:
        abort(404)
