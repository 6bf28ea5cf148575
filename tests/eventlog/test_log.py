"""What every event log promises; one suite for all implementations."""

import threading
import time
from importlib import import_module

import pytest

from shared.eventlog import PositionOutside, Record
from shared.eventlog.connect import connect
from shared.eventlog.topics import Topic
from shared.ids import new_id

WAIT_S = 10


NAMES = {name: Topic(partitions=1) for name in ("startups", "a", "b")}


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.xdist_group("kafka")]),
    ]
)
def open_log(request, tmp_path):
    """Opens the same log again and again, as restarts do."""
    opened = []
    if request.param == "kafka":
        url = f"{request.getfixturevalue('kafka').url}?prefix={new_id()}-"
        kafka = import_module("shared.eventlog.kafka")

    def again():
        if request.param == "kafka":
            opened.append(kafka.KafkaEventLog(url, topics=NAMES))
        else:
            opened.append(connect(f"sqlite:///{tmp_path / 'log.db'}"))
        return opened[-1]

    yield again
    for log in opened:
        log.close()


def read(log, topic="startups", offset=0, limit=1000):
    end = min(log.end(topic, 0), offset + limit)
    return [
        (e.offset, e.key, e.value)
        for e in taken(log.reader({(topic, 0): offset}), end - offset, limit)
    ]


def taken(reader, count, limit=1000):
    """Polls until so many entries have come, as a consumer does: one poll may bring fewer."""
    found, deadline = [], time.monotonic() + WAIT_S
    while len(found) < count and time.monotonic() < deadline:
        found += reader.poll(min(limit, count - len(found)), 0.5)
    return found


def test_what_is_appended_is_read_in_order_from_any_offset(open_log):
    log = open_log()
    log.append([Record("startups", f"k{i}", str(i)) for i in range(10)])
    assert read(log) == [(i, f"k{i}", str(i)) for i in range(10)]
    assert (
        read(log, offset=7) == [(i, f"k{i}", str(i)) for i in (7, 8, 9)]
        and log.end("startups", 0) == 10
    )


def test_topics_have_offsets_of_their_own(open_log):
    log = open_log()
    log.append([Record("a", "k", "1"), Record("b", "k", "2"), Record("a", "k", "3")])
    assert [o for o, *_ in read(log, "a")] == [0, 1] and [o for o, *_ in read(log, "b")] == [0]


def test_a_new_reader_reads_history_and_a_restart_keeps_everything(open_log):
    open_log().append([Record("startups", "k", "1")])
    again = open_log()
    assert read(again) == [(0, "k", "1")]
    assert again.log_id == open_log().log_id
    again.append([Record("startups", "k", "2")])
    assert [o for o, *_ in read(open_log())] == [0, 1]


def test_a_waiting_reader_wakes_when_something_comes(open_log):
    log = open_log()
    reader = log.reader({("startups", 0): 0})
    threading.Timer(0.2, log.append, [[Record("startups", "k", "1")]]).start()
    assert [e.value for e in reader.poll(10, 5)] == ["1"]
    assert reader.poll(10, 0.01) == []


def test_redelivery_is_a_matter_of_the_position(open_log):
    log = open_log()
    log.append([Record("startups", "k", str(i)) for i in range(4)])
    reader = log.reader({("startups", 0): 0})
    assert [e.offset for e in taken(reader, 2)] == [0, 1] and [
        e.offset for e in taken(reader, 2)
    ] == [2, 3]
    assert [e.offset for e in taken(log.reader({("startups", 0): 1}), 1)] == [1]


def test_a_position_behind_the_end_is_refused_never_reset(open_log):
    log = open_log()
    log.append([Record("startups", "k", "1")])
    with pytest.raises(PositionOutside):
        log.reader({("startups", 0): 5})


def test_many_writers_leave_no_gap_and_keep_the_order_of_each(open_log):
    logs = [open_log() for _ in range(4)]

    def write(n):
        for i in range(50):
            logs[n].append([Record("startups", f"w{n}", str(i))])

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    entries = read(logs[0])
    assert [o for o, *_ in entries] == list(range(200))
    for n in range(4):
        assert [int(v) for _, k, v in entries if k == f"w{n}"] == list(range(50))


def test_compaction_keeps_the_newest_of_each_key_at_its_offset(open_log):
    log = open_log()
    if not hasattr(log, "db"):
        pytest.skip("Kafka compacts by itself, in its own time")
    log.append(
        [Record("startups", "a", "1"), Record("startups", "b", "2"), Record("startups", "a", "3")]
    )
    log.tidy()
    assert read(log) == [(1, "b", "2"), (2, "a", "3")]
    log.append([Record("startups", "c", "4")])
    assert read(log)[-1] == (3, "c", "4")


def test_a_reader_closed_during_use_reads_nothing_more(open_log):
    log = open_log()
    log.append([Record("startups", "k", "1")])
    reader = log.reader({("startups", 0): 0})
    reader.close()
    assert reader.poll(10, 0) == []
