"""Kafka seen from outside: another client reads our topics by the published catalogue alone; the
private topics refuse all but matching.
"""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from deploy.kafka.broker import Cluster, NoKafka
from shared.eventlog import LogUnavailable, Record
from shared.ids import new_id
from tests.conftest import Stack

module = pytest.importorskip(
    "shared.eventlog.kafka", reason="kafka-python is not installed: pip install -e .[kafka]"
)
confluent = pytest.importorskip("confluent_kafka")
pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("kafka")]
CATALOGUE = json.loads((Path(__file__).parents[2] / "docs" / "events.asyncapi.json").read_text())


def read_by_catalogue(servers: str, prefix: str) -> dict[str, dict[str, dict]]:
    """The newest state of every subject per channel, with another Kafka client and nothing of ours
    but the document.
    """
    registry = Registry().with_resource(
        "urn:c", Resource.from_contents(CATALOGUE, default_specification=DRAFT202012)
    )
    reader = confluent.Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": new_id(),
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
    )
    addresses = {prefix + c["address"]: name for name, c in CATALOGUE["channels"].items()}
    reader.subscribe(list(addresses))
    found, ended = {name: {} for name in addresses.values()}, set()
    while len(ended) < 12 * len(addresses):
        message = reader.poll(15)
        assert message is not None, "the log went silent before its end"
        if message.error():
            ended.add((message.topic(), message.partition()))
            continue
        event, channel = json.loads(message.value()), addresses[message.topic()]
        assert event["type"] in CATALOGUE["channels"][channel]["messages"]
        Draft202012Validator(
            {"$ref": f"urn:c#/components/messages/{event['type']}/payload"}, registry=registry
        ).validate(event)
        assert message.key().decode() == event["subject"]
        newest = found[channel].get(event["subject"])
        if newest is None or newest["subjectversion"] < event["subjectversion"]:
            found[channel][event["subject"]] = event
    reader.close()
    return found


def test_another_client_reads_everything_by_the_published_catalogue_alone(kafka, tmp_path):
    prefix = f"{new_id()}-"
    stack = Stack(tmp_path, environ={"NAKODO_EVENTLOG_URL": f"{kafka.url}?prefix={prefix}"}).load(
        "reference", "demo"
    )
    found = read_by_catalogue(kafka.url.removeprefix("kafka://"), prefix)
    published = stack.client().get("/api/v1/startups", limit=200)["items"]
    assert {p["id"] for p in published} == set(found["startups"])
    for profile in published:
        event = found["startups"][profile["id"]]
        assert event["data"]["name"] == profile["name"] and event["data"]["state"] == "published"
    assert found["matches"] and found["investors"] and found["sites"]
    stack.composition.close()


PASSWORDS = {
    name: f"{name}-secret" for name in ("admin", "startups", "investors", "programs", "matching")
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A broker whose clients must log in and whose ACLs are in force."""
    try:
        cluster = Cluster(tmp_path_factory.mktemp("guarded"), users=PASSWORDS).start()
    except NoKafka as missing:
        pytest.skip(f"{missing}")
    yield cluster
    cluster.stop()


def account(name: str, password: str | None = None) -> dict[str, str]:
    return {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": name,
        "sasl_plain_password": password or PASSWORDS[name],
    }


def test_private_topics_are_read_by_matching_alone(guarded):
    logs = {name: module.KafkaEventLog(guarded.url, account(name)) for name in PASSWORDS}
    assert logs["admin"].grant() > 30
    logs["startups"].append(
        [Record("startups", "a", "{}"), Record("startups-private", "a", "sealed")]
    )
    place = ("startups-private", logs["startups"].partition_of("startups", "a"))
    assert [e.value for e in logs["matching"].reader({place: 0}).poll(10, 10)] == ["sealed"]
    for name in ("investors", "programs", "startups"):
        with pytest.raises((LogUnavailable, AssertionError)):
            assert logs[name].reader({place: 0}).poll(10, 5), "nothing came"
    public = ("startups", logs["startups"].partition_of("startups", "a"))
    assert logs["programs"].reader({public: 0}).poll(10, 10)
    with pytest.raises(LogUnavailable):
        logs["investors"].append([Record("startups", "a", "forged")])
    member = logs["matching"].join("matching", ("startups", "startups-private"))
    for _ in range(50):
        member.poll(10, 0.2)
        if given := member.fresh():
            break
    assert given == set(range(12))
    member.close()
    with pytest.raises(LogUnavailable):
        module.KafkaEventLog(guarded.url, account("matching", "wrong")).end("startups", 0)
    for log in logs.values():
        log.close()
