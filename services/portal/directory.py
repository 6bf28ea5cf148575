"""Lists and pages of every kind of organisation: what each is at a glance, its facts, and who it is related to."""

from collections.abc import Iterator

from flask import abort

from nakodo_client import Client, Refused
from services.portal import present
from services.portal.pages import client, lang, page, portal, signed_in, today
from shared.judgement.fields import FIELDS

COLUMNS = {  # the fields that say what an organisation of a kind is, in the order they are read
    "startups": ("modality", "therapeutic_area", "stage", "corporate_status", "hq"),
    "investors": ("organization_type", "parent", "office", "fund_size"),
    "sites": ("location", "lab_offer", "availability", "operator"),
    "providers": ("location", "manufacturing_offer", "service"),
    "programs": ("operator", "hub", "cohort_size", "period"),
}
TOGETHER = 3  # values of one field in a cell
SHOWN = "id,name,kind,origin,state,facts"


def everyone(api: Client, resource: str, **filters: str) -> Iterator[dict]:
    """Every profile of a resource that the reader may see, a page of 200 at a time."""
    cursor = None
    while True:
        got = api.get(f"/api/v1/{resource}", limit=200, fields=SHOWN, cursor=cursor, **filters)
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
    """The newest values of a field, at most three, and how many more there are."""
    found = sorted(
        (f for f in facts if f["field"] == field and not f.get("valid_to")),
        key=lambda f: "" if f["as_of"] == "undated" else f["as_of"],
        reverse=True,
    )
    if FIELDS[field].arity == "single" and FIELDS[field].per is None:
        found = found[:1]
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
    mandates = api.get("/api/v1/mandates", investor=slug)["items"] if resource == "investors" else []
    return page(
        "profile",
        profile=profile,
        kind=resource,
        groups=present.grouped(profile["facts"], lang(), today(), names_in(related)),
        mandates=[(m, present.grouped(m["facts"], lang(), today(), names_in(related))) for m in mandates],
        related=[r for r in related if not r["stated"]],
    )


def relations(api: Client, slug: str) -> list[dict]:
    """What an organisation and others state of each other; a draft has none yet."""
    try:
        return api.get(f"/api/v1/relations/{slug}", lang=lang())["items"]
    except Refused as refused:
        if refused.status == 404:
            return []
        raise


def names_in(related: list[dict]) -> dict[str, str]:
    """The names of the organisations that relations lead to, by their ids."""
    return {r["other"]: present.title({"id": r["other"]} | r, lang()) for r in related}
