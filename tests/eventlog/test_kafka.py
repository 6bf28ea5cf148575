"""What only a real Kafka shows: a paused broker, topics as declared, the whole product on it,
evaluations equal byte for byte.
"""

import signal
import threading
import time

import pytest

from deploy.kafka.broker import free_port
from services.matching.population import canonical
from services.matching.replay import in_use
from services.up import Composition
from shared.auth import ADMINISTRATOR
from shared.eventlog import LogUnavailable, Record
from shared.ids import new_id
from shared.ops import Ops
from shared.relay import Relay
from shared.settings import load
from tests.conftest import TODAY, MovableClock, Stack, startup_form

module = pytest.importorskip(
    "shared.eventlog.kafka", reason="kafka-python is not installed: pip install -e .[kafka]"
)
kafka_python = pytest.importorskip("kafka")
pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("kafka")]


@pytest.fixture
def address(kafka):
    return f"{kafka.url}?prefix={new_id()}-"


@pytest.fixture(autouse=True)
def goes_on(request):
    """Whatever a test did to the broker, the next one finds it running."""
    yield
    if "kafka" in request.fixturenames:
        request.getfixturevalue("kafka").signal(0, signal.SIGCONT)


def paused(kafka, seconds: float) -> threading.Timer:
    """Stops the broker as SIGSTOP does and lets it go on after some seconds."""
    kafka.signal(0, signal.SIGSTOP)
    resume = threading.Timer(seconds, kafka.signal, [0, signal.SIGCONT])
    resume.start()
    return resume


def test_topics_are_created_as_declared(kafka, address):
    log = module.KafkaEventLog(address)
    assert log.log_id
    admin = kafka_python.KafkaAdminClient(bootstrap_servers=kafka.url.removeprefix("kafka://"))
    described = {
        t["name"].removeprefix(log.prefix): t
        for t in admin.describe_topics([log.prefix + t for t in module.TOPICS])
    }
    for name, topic in module.TOPICS.items():
        assert len(described[name]["partitions"]) == topic.partitions == log.partitions(name)
    admin.close()
    log.close()
    assert module.KafkaEventLog(address).log_id == log.log_id, "a second one finds them there"


def test_keys_keep_their_order_over_partitions(address):
    log = module.KafkaEventLog(address)
    log.append([Record("startups", f"k{i % 20}", str(i)) for i in range(400)])
    wanted = {("startups", p): 0 for p in range(log.partitions("startups"))}
    reader, found = log.reader(wanted), []
    while len(found) < 400:
        found += reader.poll(500, 1)
    assert len({e.partition for e in found}) > 1
    for key in {e.key for e in found}:
        mine = [e for e in found if e.key == key]
        assert [int(e.value) for e in mine] == sorted(int(e.value) for e in mine) and len(
            {e.partition for e in mine}
        ) == 1
    log.close()


def test_a_broker_paused_longer_than_every_time_out_delays_and_loses_nothing(
    kafka, address, monkeypatch
):
    """The relay's own view: an append fails with LogUnavailable, the same records go through once
    the broker is back.
    """
    monkeypatch.setattr(module, "DELIVERY_MS", 3000)
    monkeypatch.setattr(module, "ACKNOWLEDGED_S", 5)
    monkeypatch.setattr(module, "REQUEST_MS", 2000)
    monkeypatch.setitem(module.LIVELY, "request_timeout_ms", 2000)
    log = module.KafkaEventLog(address)
    log.append([Record("sites", "a", "before")])
    resume = paused(kafka, 8)
    with pytest.raises(LogUnavailable):
        log.append([Record("sites", "a", "during")])
    resume.join()
    deadline = time.monotonic() + 30
    while True:
        try:
            log.append([Record("sites", "a", "during")])
            break
        except LogUnavailable:
            assert time.monotonic() < deadline, "the log did not come back"
    place = ("sites", log.partition_of("sites", "a"))
    reader, found = log.reader({place: 0}), []
    while len(found) < log.end(*place):
        found += [e.value for e in reader.poll(100, 1)]
    assert found[0] == "before" and "during" in found[1:]
    log.close()


def test_the_idempotent_producer_still_hangs_after_a_pause(kafka, address):
    """Why idempotence is off. When this fails, kafka-python is mended: switch `enable_idempotence`
    on in kafka.py and delete this.
    """
    log = module.KafkaEventLog(address)
    assert log.log_id, "asked who it is, the log makes its topics"
    topic = log.prefix + "sites"
    producer = kafka_python.KafkaProducer(
        bootstrap_servers=kafka.url.removeprefix("kafka://"),
        delivery_timeout_ms=3000,
        request_timeout_ms=2000,
        linger_ms=0,
    )
    producer.send(topic, b"first", key=b"a").get(10)
    resume = paused(kafka, 8)
    lost = producer.send(topic, b"during", key=b"a")
    with pytest.raises(kafka_python.errors.KafkaError):
        lost.get(20)
    resume.join()
    later = producer.send(topic, b"after", key=b"a")
    time.sleep(8)
    assert not later.is_done, (
        "kafka-python's idempotent producer recovers now: decision 2 of technology.md can be taken"
        " back"
    )
    log.close()


def test_without_a_broker_writes_are_accepted_and_published_later(kafka, tmp_path):
    """A service starts, answers 201 and keeps its outbox while nothing listens where the broker
    should be.
    """
    nobody = f"kafka://127.0.0.1:{free_port()}"
    composition = Composition(
        load({"NAKODO_EVENTLOG_URL": nobody}, data=tmp_path), MovableClock(TODAY)
    )
    composition.migrate()
    client = composition.client(ADMINISTRATOR)
    client.register("startups", startup_form(id="rei-bio"))
    startups = composition.services["startups"]
    with pytest.raises(LogUnavailable):
        Relay("startups", startups.db, composition.eventlog).drain()
    told = Ops([composition.services["matching"]]).answer("/metrics")[2].decode()
    assert (
        client.get("/services/startups/live")
        and 'eventlog_reachable{service="matching"} 0.0' in told
    )
    back = module.KafkaEventLog(f"{kafka.url}?prefix={new_id()}-")
    assert Relay("startups", startups.db, back).drain() == 1
    back.close()
    composition.close()


def test_evaluations_on_kafka_equal_the_embedded_ones_byte_for_byte(real, address, tmp_path):
    """The real profiles over twelve partitions and interleaved topics give the rows that the
    embedded log gave.
    """
    stack = Stack(tmp_path, environ={"NAKODO_EVENTLOG_URL": address}).load("reference", "demo")
    told = []
    for matching in (stack.matching, real.matching):
        with matching.db.reading(ADMINISTRATOR) as session:
            told.append(canonical(in_use(session)))
    stack.composition.close()
    assert told[0] == told[1] and len(told[0]) > 10_000


def test_a_group_that_forms_before_the_client_knows_the_topics_gets_its_partitions(
    address, monkeypatch
):
    """As it happens now and then: no metadata at the moment of sharing out. kafka-python alone then
    gives nothing, for good.
    """
    log = module.KafkaEventLog(address)
    assert log.log_id
    asked, known = [], kafka_python.cluster.ClusterMetadata.partitions_for_topic

    def forgetful(cluster, topic):
        asked.append(topic)
        return None if len(asked) <= 2 else known(cluster, topic)

    monkeypatch.setattr(
        module.RangePartitionAssignor,
        "assign",
        classmethod(_assign_without(module.RangePartitionAssignor.assign, forgetful)),
    )
    member, given, deadline = (
        log.join("matching", ("startups", "startups-private")),
        set(),
        time.monotonic() + 30,
    )
    while not given and time.monotonic() < deadline:
        member.poll(10, 0.2)
        given = member.fresh()
    assert given == set(range(12)) and len(asked) >= 2
    member.close()
    log.close()


def _assign_without(assign, forgetful):
    """The library's own sharing out, on a cluster whose metadata is asked through `forgetful`."""

    class Forgetful:
        def __init__(self, cluster):
            self.cluster = getattr(cluster, "_cluster", cluster)

        def partitions_for_topic(self, topic):
            return forgetful(self.cluster, topic)

    def wrapped(cls, cluster, members):
        if hasattr(cluster, "_cluster"):  # ours: it falls back on what is declared
            cluster._cluster = Forgetful(cluster)
            return assign.__func__(cls, cluster, members)
        return assign.__func__(cls, Forgetful(cluster), members)

    return wrapped
