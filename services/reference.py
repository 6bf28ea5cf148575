"""Loads profiles through the API: the real organisations of deploy/reference and the invented ones
of deploy/demo.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path

from nakodo_client import Client

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
BATCH = 50
Progress = Callable[[int, int, str], None]
Together = Callable[[], AbstractContextManager]
RESOURCES = {
    "investors": "investors",
    "startups": "startups",
    "sites": "sites",
    "providers": "providers",
    "programs": "programs",
}
PROFILE = (
    "id",
    "name",
    "aliases",
    "former_names",
    "assets",
    "note",
    "name_evidence",
    "legal_entities",
)


def records(folder: str) -> Iterator[tuple[str, dict]]:
    """(resource, form) of every profile and mandate in a folder, investors before their
    mandates.
    """
    for name, resource in RESOURCES.items():
        path = DEPLOY / folder / f"{name}.json"
        if not path.exists():
            continue
        for record in json.loads(path.read_text(encoding="utf-8"))["organizations"]:
            yield resource, _form(record, folder)
            for mandate in record.get("mandates", []):
                yield (
                    "mandates",
                    _form(
                        mandate
                        | {"investor": record["id"], "owner": record.get("owner", record["id"])},
                        folder,
                    ),
                )


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
        "source": {
            "kind": kind if kind in ("web", "document", "dataset") else "document",
            "id": fact["source"],
            **known,
        },
    }


def load(
    client: Client, folder: str, progress: Progress, together: Together = nullcontext
) -> tuple[int, int]:
    """Brings the profiles of a folder to what it says; loading twice changes nothing.

    Facts that come from the reference alone are added and taken back; what an owner or staff have
    stated, and every profile that has an owner, stays as it is. What is done within one `together`
    may be committed at once. Returns (new, changed).
    """
    everything = list(records(folder))
    held = {resource: _held(client, resource) for resource in {r for r, _ in everything}}
    done: Counter[str] = Counter()
    for begin in range(0, len(everything), BATCH):
        with together():
            for resource, form in everything[begin : begin + BATCH]:
                done[_bring(client, resource, held[resource].get(form["id"]), form)] += 1
        reached = min(begin + BATCH, len(everything))
        progress(reached, len(everything), everything[reached - 1][1]["id"])
    return done["new"], done["changed"]


def _bring(client: Client, resource: str, existing: dict | None, form: dict) -> str:
    """Registers or reconciles one profile; says which it was: new, changed, or as it was."""
    if existing is None:
        client.register(resource, form)
        return "new"
    ours = existing["owner"] == form["owner"] and existing["state"] != "withdrawn"
    return "changed" if ours and _reconcile(client, resource, existing, form) else "kept"


def load_once(
    client: Client, folder: str, data: Path, progress: Progress, together: Together = nullcontext
) -> tuple[int, int]:
    """`load`, unless this installation has taken in this very state of the folder before."""
    mark = data / f"{folder}.loaded"
    if mark.exists() and mark.read_text() == _digest(folder):
        return 0, 0
    done = load(client, folder, progress, together)
    mark.write_text(_digest(folder))
    return done


def _digest(folder: str) -> str:
    files = sorted((DEPLOY / folder).glob("*.json"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _held(client: Client, resource: str) -> dict[str, dict]:
    """Every profile of a resource by its id, withdrawn ones too, read a page at a time."""
    found: dict[str, dict] = {}
    for state in (None, "withdrawn"):
        found |= {
            profile["id"]: profile for profile in client.every(f"/api/v1/{resource}", state=state)
        }
    return found


def _reconcile(client: Client, resource: str, existing: dict, form: dict) -> bool:
    """Makes an unclaimed profile say what the reference says now; whether anything had to
    change.
    """
    change = _change(existing, form)
    wanted = {_key(fact): fact for fact in form["facts"]}
    have = {_key(fact): fact for fact in existing["facts"]}
    missing = [fact for key, fact in wanted.items() if key not in have]
    ours = [key for key, fact in have.items() if fact["source"].get("id") in _sources()]
    gone = [have[key]["id"] for key in ours if key not in wanted]
    if change:
        client.patch(f"/api/v1/{resource}/{form['id']}", change, existing["version"])
    if missing:
        client.add_facts(resource, form["id"], missing)
    for fact in gone:
        client.request("DELETE", f"/api/v1/{resource}/{form['id']}/facts/{fact}")
    return bool(change or missing or gone)


def _change(existing: dict, form: dict) -> dict:
    """What to add to a profile itself: names and assets it lacks, and its kind."""
    change: dict = {}
    if form.get("kind", existing["kind"]) != existing["kind"]:
        change["kind"] = form["kind"]
    for key in ("aliases", "former_names"):
        if new := [n for n in form.get(key, []) if n not in existing.get(key, [])]:
            change[key] = existing.get(key, []) + new
    known = {asset["id"] for asset in existing.get("assets", [])}
    if new := [a for a in form.get("assets", []) if a["id"] not in known]:
        lead = any(a["lead"] for a in existing.get("assets", []))
        change["assets"] = existing.get("assets", []) + [
            a | {"lead": a["lead"] and not lead} for a in new
        ]
    return change


STATED = (
    *("field", "value", "asset", "as_of", "valid_from", "valid_to", "list", "window"),
    *("detail", "partner_org", "replaces", "verified", "note"),
)


def _key(fact: dict) -> str:
    """All that a fact states, so that two say the same exactly where their keys are equal."""
    stated = {name: fact[name] for name in STATED if fact.get(name) is not None}
    source = fact.get("source") or {}
    stated["source"] = [source.get("id"), source.get("url")]
    return json.dumps(_whole(stated), sort_keys=True)


def _whole(value):
    """Numbers as JSON compares them: 1.0 is 1."""
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
