"""Lists and pages of every kind of organisation: what each is at a glance, its facts, and who it is
related to.
"""

from collections.abc import Iterable, Iterator

from flask import abort

from nakodo_client import Client, Refused
from services.portal import present
from services.portal.pages import client, lang, page, portal, signed_in, today
from services.portal.texts import say
from shared.auth import PLATFORM
from shared.judgement.facts import Fact, holding, winner
from shared.judgement.fields import FIELDS
from shared.organizations.words import organisations_of

COLUMNS = {  # the fields that say what an organisation of a kind is, in the order they are read
    "startups": ("modality", "therapeutic_area", "stage", "corporate_status", "hq"),
    "investors": ("organization_type", "parent", "office", "fund_size"),
    "sites": ("location", "lab_offer", "availability", "operator"),
    "providers": ("location", "manufacturing_offer", "service"),
    "programs": ("operator", "hub", "cohort_size", "period"),
}
TOGETHER = 3  # values of one field in a cell
SHOWN = "id,name,kind,origin,state,facts"


def everyone(api: Client, resource: str, shown: str = SHOWN, **filters: str) -> Iterator[dict]:
    """Every profile of a resource that the reader may see, a page of 200 at a time."""
    cursor = None
    while True:
        got = api.get(f"/api/v1/{resource}", limit=200, fields=shown, cursor=cursor, **filters)
        yield from got["items"]
        cursor = got.get("next")
        if cursor is None:
            return


@portal.get("/<any(startups, investors, sites, providers, programs):resource>")
@signed_in
def organisations(resource):
    """All organisations of a resource as a table, grouped by their kind."""
    items = list(everyone(client(), resource))
    names = {item["id"]: present.title(item, lang()) for item in items}
    rows = [_row(item, resource, names) for item in items]
    kinds = sorted({row["kind"] for row in rows}, key=lambda k: -sum(r["kind"] == k for r in rows))
    return page("list", resource=resource, columns=COLUMNS[resource], rows=rows, kinds=kinds)


def _row(item: dict, resource: str, names: dict[str, str]) -> dict:
    cells = [_cell(item["facts"], field, names) for field in COLUMNS[resource]]
    return item | {"title": names[item["id"]], "cells": cells}


def _cell(facts: list[dict], field: str, names: dict[str, str]) -> str:
    """The value that stands, or of several the newest three and how many more there are."""
    found = sorted(
        (f for f in facts if f["field"] == field and not f.get("valid_to")),
        key=lambda f: "" if f["as_of"] == "undated" else f["as_of"],
        reverse=True,
    )
    if FIELDS[field].arity == "single" and FIELDS[field].per is None:
        stands = winner(holding(map(Fact.of, found), today()))
        found = [f for f in found if stands and f["id"] == stands.id]
    values = list(dict.fromkeys(present.words(f, lang(), names) for f in found))
    more = f" +{len(values) - TOGETHER}" if len(values) > TOGETHER else ""
    return ("、" if lang() == "ja" else ", ").join(values[:TOGETHER]) + more


@portal.get("/<any(investors, sites, providers, programs):resource>/<slug>")
@signed_in
def organisation(resource, slug):
    """What an organisation states, each fact with date and source, and what others state of it."""
    api = client()
    profile = api.profile(resource, slug)
    if profile is None:
        abort(404)
    related = relations(api, slug)
    wanted = api.get("/api/v1/mandates", investor=slug)["items"] if resource == "investors" else []
    names = known(api, related, [*profile["facts"], *(f for m in wanted for f in m["facts"])])
    return page(
        "profile",
        profile=profile,
        kind=resource,
        groups=present.grouped(profile["facts"], lang(), today(), names),
        mandates=[(m, present.grouped(m["facts"], lang(), today(), names)) for m in wanted],
        related=[r for r in related if not r["stated"]],
        timeline=timeline(api, slug),
    )


def called(api: Client, orgs: Iterable[str]) -> dict[str, str]:
    """Organisations by their names, wherever their profiles are kept; one that has none is left
    out.
    """
    found = {
        org: next((f for resource in COLUMNS if (f := api.profile(resource, org))), None)
        for org in dict.fromkeys(orgs)
    }
    return {org: present.title(profile, lang()) for org, profile in found.items() if profile}


def offices(api: Client, orgs: Iterable[str]) -> dict[str, str]:
    """As `called`, and an office without a profile goes by the programme it runs; those nobody has
    claimed are not the platform's name.
    """
    run = {p["owner"]: present.title(p, lang()) for p in everyone(api, "programs", "id,name,owner")}
    return run | {PLATFORM: "Nakodo"} | called(api, orgs)


def mandates(api: Client, **filters: str) -> dict[str, str]:
    """Mandates by id: each by its own name, else its investor's with the kind of deal."""
    held = {i["id"]: present.title(i, lang()) for i in everyone(api, "investors", "id,name")}
    told = everyone(api, "mandates", "id,name,investor,kind", **filters)
    return {
        m["id"]: present.title(m, lang())
        if m["name"]
        else f"{held.get(m['investor'], m['investor'])} · {say('mandate-' + m['kind'], lang())}"
        for m in told
    }


def named_in(facts: Iterable[dict]) -> set[str]:
    """The ids of organisations that facts name."""
    return {v for f in facts for v in organisations_of(f)}


def known(api: Client, related: list[dict], facts: Iterable[dict]) -> dict[str, str]:
    """The names of the organisations that relations lead to, and of all others that facts name."""
    names = names_in(related)
    return names | called(api, named_in(facts) - names.keys())


def relations(api: Client, slug: str) -> list[dict]:
    """What an organisation and others state of each other; a draft has none yet."""
    try:
        return api.get(f"/api/v1/relations/{slug}", lang=lang())["items"]
    except Refused as refused:
        if refused.status == 404:
            return []
        raise


def timeline(api: Client, slug: str) -> list[dict]:
    """What has happened to an organisation; a draft has no history yet."""
    try:
        return api.signals(slug)
    except Refused as refused:
        if refused.status == 404:
            return []
        raise


def names_in(related: list[dict]) -> dict[str, str]:
    """The names of the organisations that relations lead to, by their ids."""
    return {r["other"]: present.title({"id": r["other"]} | r, lang()) for r in related}
