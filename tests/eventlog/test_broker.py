"""A cluster that does not come up, or a broker that keeps no rights: told in words, nothing left
behind.
"""

import subprocess
from types import SimpleNamespace

import pytest

from deploy.kafka import broker
from shared.eventlog import LogUnavailable

adapter = pytest.importorskip(
    "shared.eventlog.kafka", reason="kafka-python is not installed: pip install -e .[kafka]"
)


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    monkeypatch.setattr(broker, "jars", lambda: tmp_path)
    return broker.Cluster(tmp_path, 3, 19092)


def test_where_one_broker_does_not_come_up_none_is_left(cluster, monkeypatch):
    begun = []

    def start_one(self, i):
        begun.append(subprocess.Popen(["sleep", "60"]))
        self.processes[i] = begun[-1]

    def wait(self, i):
        raise broker.NoKafka(f"broker {i + 1} did not start")

    monkeypatch.setattr(broker.Cluster, "start_one", start_one)
    monkeypatch.setattr(broker.Cluster, "wait", wait)
    with pytest.raises(broker.NoKafka):
        cluster.start()
    assert [p.poll() is not None for p in begun] == [True] * 3


def test_data_of_brokers_on_other_ports_is_not_begun_on(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_java", lambda *a: SimpleNamespace(wait=lambda *a: 0))
    cluster.start_one(0)
    cluster.start_one(0)
    moved = broker.Cluster(tmp_path, 3, 29092)
    with pytest.raises(broker.NoKafka, match="other ports than 29092"):
        moved.start_one(0)


def test_grants_on_a_broker_without_access_rights_say_so(monkeypatch):
    refused = pytest.importorskip("kafka.errors").SecurityDisabledError
    admin = SimpleNamespace(
        create_acls=lambda acls: {"failed": [refused] * len(acls)},
        close=lambda: None,
    )
    monkeypatch.setattr(adapter, "KafkaAdminClient", lambda **settings: admin)
    monkeypatch.setattr(adapter.KafkaEventLog, "_ensure", lambda self: None)
    log = adapter.KafkaEventLog("kafka://127.0.0.1:1")
    with pytest.raises(LogUnavailable, match="keeps no access rights"):
        log.grant()
