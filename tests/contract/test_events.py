"""Events: every type has a schema and an example; envelopes are CloudEvents; a version never
changes incompatibly.
"""

import json
from pathlib import Path

import pytest
from cloudevents.core.formats.json import JSONFormat
from jsonschema import Draft202012Validator

from shared.errors import InvalidEvent
from shared.events import CATALOGUE, decode, encode
from shared.events.catalogue import FOLDER, example, schema

RELEASED = Path(__file__).parent / "released"


@pytest.mark.parametrize("event_type", CATALOGUE)
def test_every_type_has_a_schema_and_an_example_that_travels(event_type):
    Draft202012Validator.check_schema(schema(CATALOGUE[event_type].schema))
    event = decode(json.dumps(example(event_type)))
    assert decode(encode(event)) == event and event.type == event_type


@pytest.mark.parametrize("event_type", CATALOGUE)
def test_every_example_is_a_cloud_event(event_type):
    read = JSONFormat().read(None, json.dumps(example(event_type)))
    assert read.get_type() == event_type and read.get_extension("subjectversion") >= 1


def test_no_example_and_no_schema_without_a_type():
    assert {p.stem for p in (FOLDER / "examples").glob("*.json")} == set(CATALOGUE)
    assert {p.stem for p in (FOLDER / "schemas").glob("*.json")} == {
        k.schema for k in CATALOGUE.values()
    }


def test_an_unknown_field_is_left_alone_and_an_unknown_slug_kept():
    document = example("startup.registered.v1")
    document["data"]["later"] = 1
    document["data"]["facts"][0]["value"] = "a-slug-of-tomorrow"
    assert decode(json.dumps(document)).data["facts"][0]["value"] == "a-slug-of-tomorrow"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "{",
        "[]",
        "null",
        '{"type": 1}',
        '{"type": "startup.registered.v9"}',
        '{"type": "startup.registered.v1"}',
    ],
)
def test_what_is_no_event_is_named_invalid(value):
    with pytest.raises(InvalidEvent):
        decode(value)


def incompatible(old: dict, new: dict, path: str = "") -> list[str]:
    """Field removed, type changed, optional made required, enumeration changed."""
    faults = [f"{path}: type changed"] if old.get("type") != new.get("type") else []
    faults += [f"{path}: values changed"] if old.get("enum") != new.get("enum") else []
    faults += [
        f"{path}.{n}: made required"
        for n in set(new.get("required", [])) - set(old.get("required", []))
    ]
    for part in ("properties", "$defs"):
        for name, inner in old.get(part, {}).items():
            if name not in new.get(part, {}):
                faults.append(f"{path}.{name}: removed")
            else:
                faults += incompatible(inner, new[part][name], f"{path}.{name}")
    if "items" in old:
        faults += incompatible(old["items"], new.get("items", {}), f"{path}[]")
    return faults


@pytest.mark.parametrize("released", sorted(RELEASED.glob("*.json")), ids=lambda p: p.stem)
def test_a_released_version_changes_only_compatibly(released):
    assert incompatible(json.loads(released.read_text()), schema(released.stem)) == []


def test_the_compatibility_check_can_fail():
    old = schema("profile.v1")
    new = json.loads(json.dumps(old))
    del new["properties"]["kind"]
    new["required"].append("note")
    new["properties"]["state"]["enum"] = ["draft"]
    assert len(incompatible(old, new)) == 3
