"""The released API: nothing a client relies on goes away, nothing new is asked of it.
`released/openapi/` holds what was released.
"""

import json
from pathlib import Path

import pytest

RELEASED = Path(__file__).parent / "released" / "openapi"
SERVICES = ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices")


def resolved(node, document: dict, depth: int = 0):
    """A document with its references put in place."""
    if isinstance(node, dict):
        if "$ref" in node and depth < 20:
            target = document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return resolved(target, document, depth + 1)
        return {k: resolved(v, document, depth) for k, v in node.items()}
    return [resolved(n, document, depth) for n in node] if isinstance(node, list) else node


def breaking(old: dict, new: dict) -> list[str]:
    """What a client of `old` would trip over in `new`."""
    faults = []
    before, after = resolved(old["paths"], old), resolved(new["paths"], new)
    for path, item in before.items():
        for verb, operation in item.items():
            if verb == "parameters":
                continue
            there = after.get(path, {}).get(verb)
            faults += (
                [f"{verb} {path}: gone"]
                if there is None
                else _operation(f"{verb} {path}", operation, there)
            )
    return faults


def _operation(name: str, old: dict, new: dict) -> list[str]:
    faults = []
    had = {(p["in"], p["name"]): p for p in old.get("parameters", [])}
    has = {(p["in"], p["name"]): p for p in new.get("parameters", [])}
    faults += [f"{name}: parameter {key[1]} gone" for key in had if key not in has]
    faults += [
        f"{name}: parameter {key[1]} now required"
        for key, p in has.items()
        if p.get("required") and not had.get(key, {}).get("required")
    ]
    faults += [
        f"{name}: answer {code} gone"
        for code in old.get("responses", {})
        if code not in new.get("responses", {}) and code.startswith("2")
    ]
    for kind, body in (old.get("requestBody") or {}).get("content", {}).items():
        now = (new.get("requestBody") or {}).get("content", {}).get(kind)
        faults += (
            [f"{name}: body {kind} gone"]
            if now is None
            else _schema(f"{name} body", body["schema"], now["schema"], asked=True)
        )
    for code, answer in old.get("responses", {}).items():
        for kind, content in (answer.get("content") or {}).items():
            now = (new.get("responses", {}).get(code, {}).get("content") or {}).get(kind)
            if now is not None:
                faults += _schema(
                    f"{name} {code}", content.get("schema", {}), now.get("schema", {}), asked=False
                )
    return faults


def _types(said: str | list[str] | None) -> set[str]:
    return {said} if isinstance(said, str) else {*(said or ())}


def _schema(name: str, old: dict, new: dict, asked: bool) -> list[str]:
    before, now = (_types(s.get("type")) for s in (old, new))
    same = (
        before <= now and (now or not before) if asked else before == now
    )  # what is sent may be of more types, what is answered of the same
    faults = [] if same else [f"{name}: type changed"]
    if asked:
        faults += [
            f"{name}.{n}: now required"
            for n in set(new.get("required", [])) - set(old.get("required", []))
        ]
        faults += [
            f"{name}: value {v} refused now"
            for v in set(map(str, old.get("enum") or []))
            - set(map(str, new.get("enum") or old.get("enum") or []))
        ]
    for key, inner in (old.get("properties") or {}).items():
        now = (new.get("properties") or {}).get(key)
        faults += (
            [f"{name}.{key}: gone"] if now is None else _schema(f"{name}.{key}", inner, now, asked)
        )
    if "items" in old:
        faults += _schema(f"{name}[]", old["items"], new.get("items", {}), asked)
    return faults


@pytest.mark.parametrize("service", SERVICES)
def test_the_released_api_is_kept(real, service):
    new = real.composition.services[service].app.test_client().get("/openapi.json").get_json()
    assert breaking(json.loads((RELEASED / f"{service}.json").read_text()), new) == []


def test_the_check_can_fail(real):
    old = json.loads((RELEASED / "startups.json").read_text())
    new = json.loads(json.dumps(old))
    del new["paths"]["/api/v1/vocabularies"]
    collection = new["paths"]["/api/v1/startups"]
    collection["get"]["parameters"] = [
        p for p in collection["get"]["parameters"] if p.get("name") != "limit"
    ]
    form = new["components"]["schemas"]["StartupForm"]
    form["required"] = ["note"]
    del new["components"]["schemas"]["StartupView"]["properties"]["state"]
    told = breaking(old, new)
    for words in (
        "vocabularies: gone",
        "parameter limit gone",
        "note: now required",
        "state: gone",
    ):
        assert any(words in fault for fault in told), (words, told[:5])
