"""Loads profiles through the API: the real organisations of deploy/reference and the invented ones of deploy/demo."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from nakodo_client import Client

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
RESOURCES = {"investors": "investors", "startups": "startups", "sites": "sites", "providers": "providers", "programs": "programs"}
PROFILE = ("id", "name", "aliases", "former_names", "assets", "note", "name_evidence", "legal_entities")


def records(folder: str) -> Iterator[tuple[str, dict]]:
    """(resource, form) of every profile and mandate in a folder, investors before their mandates."""
    for name, resource in RESOURCES.items():
        path = DEPLOY / folder / f"{name}.json"
        if not path.exists():
            continue
        for record in json.loads(path.read_text(encoding="utf-8"))["organizations"]:
            yield resource, _form(record, folder)
            for mandate in record.get("mandates", []):
                yield "mandates", _form(mandate | {"investor": record["id"], "owner": record.get("owner", record["id"])}, folder)


@cache
def _sources() -> dict[str, dict]:
    return json.loads((DEPLOY / "reference" / "sources.json").read_text(encoding="utf-8"))


def _form(record: dict, folder: str) -> dict:
    """A record as the API takes it, every fact with its source in full."""
    real = folder == "reference"
    form = {k: record[k] for k in PROFILE if k in record}
    if record.get("investor"):
        form["investor"] = record["investor"]
    if record["kind"] != "startup":
        form["kind"] = record["kind"]
    form["origin"] = "public-sources" if real else "invented"
    form["owner"] = "nakodo" if real else record["owner"]
    form["facts"] = [_fact(f, real) for f in record["facts"]]
    return form


def _fact(fact: dict, real: bool) -> dict:
    if not real:
        return fact
    source = _sources()[fact["source"]]
    kind = source.get("kind", "web")
    known = {k: source[k] for k in ("title", "publisher", "url", "as_of", "note") if source.get(k)}
    return fact | {
        "tier": "public",
        "source": {"kind": kind if kind in ("web", "document", "dataset") else "document", "id": fact["source"], **known},
    }


def load(client: Client, folder: str, progress: Callable[[int, int, str], None]) -> tuple[int, int]:
    """Registers what is missing and adds facts that are new; loading twice changes nothing. Returns (new, changed)."""
    everything = list(records(folder))
    new = changed = 0
    for done, (resource, form) in enumerate(everything, 1):
        existing = client.profile(resource, form["id"])
        if existing is None:
            client.register(resource, form)
            new += 1
        else:
            have = {_key(f) for f in existing["facts"]}
            missing = [f for f in form["facts"] if _key(f) not in have]
            if missing:
                client.add_facts(resource, form["id"], missing)
                changed += 1
        progress(done, len(everything), form["id"])
    return new, changed


def _key(fact: dict) -> str:
    parts = {k: fact.get(k) for k in ("field", "value", "asset", "as_of", "valid_from", "valid_to", "list", "window")}
    return json.dumps(parts | {"source": fact["source"].get("id") if fact.get("source") else None}, sort_keys=True)
