"""The API reference, read from the services' own OpenAPI documents."""

VERBS = ("get", "post", "patch", "delete")


def documents(specs: dict[str, dict]) -> list[dict]:
    """Every operation of every service as the reference page shows it; `specs` are OpenAPI documents by service."""
    out = []
    for name, spec in specs.items():
        schemas = spec.get("components", {}).get("schemas", {})
        paths = {p: item for p, item in spec["paths"].items() if not p.startswith("/internal")}
        operations = [_operation(path, verb, o, schemas) for path, item in paths.items() for verb, o in item.items() if verb in VERBS]
        if operations:
            out.append({"name": name, "operations": operations})
    return out


def _operation(path: str, verb: str, operation: dict, schemas: dict) -> dict:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return {
        "verb": verb.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "parameters": [p for p in operation.get("parameters", []) if "name" in p],
        "body": schemas.get(body.get("$ref", "").rsplit("/", 1)[-1], {}).get("properties", {}),
        "answers": sorted(map(str, operation.get("responses", {}))),
    }
