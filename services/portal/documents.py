"""The API reference, read from the services' own OpenAPI documents."""

import json

DOCUMENTED = ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices")
VERBS = ("get", "post", "patch", "delete")


def documents(specs: dict[str, dict]) -> list[dict]:
    """Every operation of every service as the reference page shows it; `specs` are OpenAPI
    documents by service.
    """
    out = []
    for name, spec in specs.items():
        schemas = spec.get("components", {}).get("schemas", {})
        paths = {p: item for p, item in spec["paths"].items() if not p.startswith("/internal")}
        operations = [
            _operation(path, verb, o, schemas)
            for path, item in paths.items()
            for verb, o in item.items()
            if verb in VERBS
        ]
        if operations:
            out.append({"name": name, "operations": operations})
    return out


def _operation(path: str, verb: str, operation: dict, schemas: dict) -> dict:
    body = (
        operation.get("requestBody", {})
        .get("content", {})
        .get("application/json", {})
        .get("schema", {})
    )
    form = schemas.get(body.get("$ref", "").rsplit("/", 1)[-1], {})
    return {
        "verb": verb.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "parameters": [p for p in operation.get("parameters", []) if "name" in p],
        "body": form.get("properties", {}),
        "examples": [json.dumps(e, ensure_ascii=False, indent=1) for e in form.get("examples", [])],
        "answers": sorted(map(str, operation.get("responses", {}))),
    }


def merged(specs: dict[str, dict]) -> dict:
    """One OpenAPI document of all services. Schemas of one name and other content take their
    service's name before theirs.
    """
    out = {
        "openapi": "3.1.0",
        "info": {"title": "Nakodo", "version": "v1"},
        "tags": [],
        "paths": {},
        "components": {},
        "security": [{"token": []}],
    }
    for name, spec in specs.items():
        paths = {p: item for p, item in spec["paths"].items() if not p.startswith("/internal")}
        if not paths:
            continue
        parts = spec.get("components", {})
        clashing = {
            (kind, key)
            for kind, held in parts.items()
            for key, value in held.items()
            if key in out["components"].get(kind, {}) and out["components"][kind][key] != value
        }
        renamed = {
            f"#/components/{kind}/{key}": f"#/components/{kind}/{name.title()}{key}"
            for kind, key in clashing
        }
        for kind, held in parts.items():
            placed = {
                f"{name.title()}{key}" if (kind, key) in clashing else key: value
                for key, value in held.items()
            }
            out["components"].setdefault(kind, {}).update(_pointing(placed, renamed))
        out["paths"] |= _pointing(paths, renamed)
        out["tags"] += [tag for tag in spec.get("tags", []) if tag["name"] != "internal"]
    return out


def _pointing(node, renamed: dict[str, str]):
    """A document whose references follow the new names."""
    if isinstance(node, dict):
        return {
            k: renamed.get(v, v) if k == "$ref" else _pointing(v, renamed) for k, v in node.items()
        }
    return [_pointing(n, renamed) for n in node] if isinstance(node, list) else node
