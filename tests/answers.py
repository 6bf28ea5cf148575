"""Every answer of a test is held against what its operation says of itself: the hook of
`tests/conftest.py`.
"""

import re
from functools import cache
from typing import Any

import flask
from jsonschema_rs import Draft202012Validator

# services all of whose answers have a named view, and what all kinds of profile have in common
HELD = {"accounts", "notices"}
OF_ALL = re.compile(r"/(duplicates|merges)\b|/internal/keys/")
FAULTS: list[str] = []
_documents: dict[str, dict] = {}
_plain = flask.Flask.process_response


def closed(node: Any) -> Any:
    """A description in which an object has the fields it names, and no others."""
    if isinstance(node, list):
        return [closed(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    made = {key: closed(inner) for key, inner in node.items()}
    if isinstance(node.get("properties"), dict) and "additionalProperties" not in node:
        made["additionalProperties"] = False
    return made


def described(document: dict, path: str, verb: str, status: int) -> dict | None:
    """The schema of an operation's JSON answer; None: it names none."""
    operation = document["paths"].get(path, {}).get(verb, {})
    content = operation.get("responses", {}).get(str(status), {}).get("content", {})
    return content.get("application/json", {}).get("schema")


def faults(document: dict, path: str, verb: str, status: int, body: Any) -> list[str]:
    """Where an answer is not what the document says."""
    schema = described(document, path, verb, status)
    if schema is None:
        return [f"{verb} {path}: an answer {status} that the document does not describe"]
    validator = _validator(str(document["info"]["title"]), path, verb, status)(document, schema)
    return [f"{verb} {path} {e.instance_path}: {e.message}" for e in validator.iter_errors(body)]


@cache
def _validator(_title: str, _path: str, _verb: str, _status: int):
    """Compiles each answer's schema once."""
    made: list[Draft202012Validator] = []

    def of(document: dict, schema: dict) -> Draft202012Validator:
        if not made:
            whole = closed(schema) | {"components": closed(document["components"])}
            made.append(Draft202012Validator(whole))
        return made[0]

    return of


def _is_held(service: str, rule: str) -> bool:
    return rule.startswith(("/api", "/internal")) and (
        service in HELD or OF_ALL.search(rule) is not None
    )


def _document(app: flask.Flask, service: str) -> dict:
    """A service's description, made past its door: no figure counts a request more."""
    if service not in _documents:
        api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
        _documents[service] = api._openapi_json().get_json()
    return _documents[service]


def _look(app: flask.Flask, answer: flask.Response) -> flask.Response:
    rule, service = flask.request.url_rule, app.extensions.get("nakodo", {}).get("name", "")
    json = answer.mimetype == "application/json" and answer.status_code in (200, 201, 202)
    if json and rule is not None and _is_held(service, rule.rule):
        path = re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"{\1}", rule.rule)
        verb, body = flask.request.method.lower(), answer.get_json()
        document = _document(app, service)
        # what the chassis adds to every service (trail, stalled rows) is no operation of its own
        if path in document["paths"]:
            FAULTS.extend(faults(document, path, verb, answer.status_code, body))
    return _plain(app, answer)


def install() -> None:
    """From now on every answer of this process is looked at; faults are kept in `FAULTS`."""
    flask.Flask.process_response = _look
