"""The event catalogue: valid AsyncAPI, as committed; every released event still travels through
today's consumers.
"""

import gzip
import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from sqlalchemy import select

from services.matching.models import Copy
from shared.auth import ADMINISTRATOR
from shared.eventlog import Record
from shared.events import CATALOGUE, decode, encode
from shared.events.asyncapi import document
from shared.tables import dead_letters, high_water, revocations

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RELEASED = sorted((HERE / "released" / "events").glob("*.json"))
FIRST = "1.0.0"


def spec(name: str) -> dict:
    return json.loads(gzip.decompress((HERE / "specs" / f"{name}.json.gz").read_bytes()))


def test_the_catalogue_is_valid_asyncapi_and_is_what_is_committed():
    made = document(FIRST)
    assert [e.message for e in Draft7Validator(spec("asyncapi-3.0.0")).iter_errors(made)] == []
    assert json.loads((ROOT / "docs" / "events.asyncapi.json").read_text()) == made, (
        "run `nakodo events > docs/events.asyncapi.json`"
    )
    assert set(made["components"]["messages"]) == set(CATALOGUE)


@pytest.mark.parametrize("event_type", CATALOGUE)
def test_the_catalogue_alone_is_enough_to_check_an_event(event_type):
    """A message's payload schema, resolved inside the document, takes its example and refuses a
    broken one.
    """
    made = document(FIRST)
    registry = Registry().with_resource(
        "urn:catalogue", Resource.from_contents(made, default_specification=_SPECIFICATION)
    )
    validator = Draft202012Validator(
        {"$ref": f"urn:catalogue#/components/messages/{event_type}/payload"}, registry=registry
    )
    good = made["components"]["messages"][event_type]["examples"][0]["payload"]
    validator.validate(good)
    assert list(validator.iter_errors(good | {"subjectversion": 0})) and list(
        validator.iter_errors(good | {"data": 1})
    )


_SPECIFICATION = __import__("referencing.jsonschema", fromlist=["DRAFT202012"]).DRAFT202012


def test_every_event_type_has_a_reader_or_says_why_it_has_none(stack):
    read = set()
    for service in stack.composition.services.values():
        for consumer in [*service.consumers, *(m.consumer for m in service.members)]:
            read |= {
                kind for kind in consumer.reactions if CATALOGUE[kind].topic in consumer.topics
            }
    assert {kind for kind in CATALOGUE if not CATALOGUE[kind].unread} == read


def test_every_released_type_is_still_known():
    assert {p.stem for p in RELEASED} <= set(CATALOGUE)


def test_the_golden_corpus_travels_through_todays_consumers(stack):
    """Every event as first released: decoded, written again without loss, and applied by the
    matcher with nothing parked.
    """
    corpus = [json.loads(p.read_text()) for p in RELEASED]
    for event in corpus:
        again = json.loads(encode(decode(json.dumps(event))))
        assert again == event
    order = {
        "registered": 0,
        "updated": 1,
        "withdrawn": 2,
        "secrets-changed": 3,
        "changed": 4,
        "approved": 5,
    }
    heard = [
        e
        for e in corpus
        if decode(json.dumps(e)).topic
        not in (
            "matches",
            "asks",
            "exposures",
            "decisions",
            "editions",
            "introductions",
            "meetings",
            "cohorts",
        )
    ]  # told by matching, heard by others
    heard.sort(key=lambda e: order[e["type"].split(".")[1]])
    stack.matching.keyring._fetch = lambda service, subject: None
    records = [Record(decode(json.dumps(e)).topic, e["subject"], json.dumps(e)) for e in heard]
    stack.composition.eventlog.append(records)
    stack.consume()
    with stack.matching.db.reading(ADMINISTRATOR) as session:
        assert session.execute(select(dead_letters)).all() == []
        marks = {(r.topic, r.subject) for r in session.execute(select(high_water))}
        copies = {(c.topic, c.subject) for c in session.scalars(select(Copy))}
        revoked = set(session.scalars(select(revocations.c.subject)))
    assert {(r.topic, r.key) for r in records} <= marks
    assert {
        (r.topic.removesuffix("-private"), r.key) for r in records if r.topic != "access"
    } == copies
    assert revoked == {e["subject"] for e in heard if e["data"].get("revoked_before")}
