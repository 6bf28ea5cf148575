"""The event log on Kafka: synchronous appends acknowledged by all replicas, readers that keep no
position of their own.

Two things of kafka-python 3.0.12 shape this file (tests/eventlog/test_kafka.py says when they
change): its idempotent producer hangs for ever after a broker was away longer than the delivery
time-out, so idempotence is off, one request is in flight, and any failed send drops the producer;
and `flush()` does not report failures, so every future is asked.
"""

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from urllib.parse import parse_qs, urlsplit

import structlog
from kafka import (
    ConsumerRebalanceListener,
    KafkaAdminClient,
    KafkaConsumer,
    KafkaProducer,
    OffsetAndMetadata,
    TopicPartition,
)
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
)
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
)
from kafka.partitioner.default import murmur2

from shared.eventlog import Entry, LogUnavailable, PositionOutside, Record
from shared.eventlog.topics import TOPICS, Grant, Topic, grants

log = structlog.get_logger()
DELIVERY_MS, REQUEST_MS, BOOTSTRAP_MS, SESSION_MS = 30_000, 10_000, 5_000, 10_000
ACKNOWLEDGED_S = DELIVERY_MS / 1000 + 5
REPLICAS = 3
LIVELY = {"reconnect_backoff_max_ms": 1000, "request_timeout_ms": REQUEST_MS}


class NoPosition(PositionOutside):
    """A partition to be read from nowhere."""


class KafkaEventLog:
    """A log behind kafka://host:port,host:port[?prefix=...]; missing topics are created as
    declared.

    `options` are settings of the connection (security_protocol, sasl_mechanism, ssl_cafile ...), as
    kafka-python names them.
    """

    def __init__(
        self,
        url: str,
        options: Mapping[str, str] | None = None,
        topics: Mapping[str, Topic] = TOPICS,
    ):
        parts = urlsplit(url)
        self.prefix = parse_qs(parts.query).get("prefix", [""])[0]
        self.topics = topics
        self._connection = {"bootstrap_servers": parts.netloc.split(","), **(options or {})}
        self._lock = threading.Lock()
        self._producer: KafkaProducer | None = None
        self._asker: KafkaConsumer | None = None

    @cached_property
    def log_id(self) -> str:
        """The cluster's id; asked at first use, so that a service starts and accepts writes while
        no broker answers.

        Creates the topics that are missing. Raises LogUnavailable.
        """
        try:
            admin = KafkaAdminClient(
                **self._connection, **LIVELY, bootstrap_timeout_ms=BOOTSTRAP_MS
            )
            try:
                cluster = admin.describe_cluster()
                replicas = min(REPLICAS, len(cluster["brokers"]))
                there = set(admin.list_topics())
                for name, topic in self.topics.items():
                    if self.prefix + name not in there:
                        self._create(admin, name, topic, replicas)
                return cluster["cluster_id"]
            finally:
                admin.close()
        except KafkaError as error:
            raise LogUnavailable(f"Kafka: {type(error).__name__}: {error}") from error

    def _ensure(self) -> None:
        """Topics are there once the cluster has been asked who it is."""
        _ = self.log_id

    def _create(self, admin: KafkaAdminClient, name: str, topic: Topic, replicas: int) -> None:
        wanted = {
            "num_partitions": topic.partitions,
            "replication_factor": replicas,
            "configs": topic.config(replicas),
        }
        try:
            admin.create_topics({self.prefix + name: wanted}, wait_for_metadata=True)
        except TopicAlreadyExistsError:
            log.debug("another process created the topic first", topic=name)
        except (TopicAuthorizationFailedError, ClusterAuthorizationFailedError):
            log.debug("not ours to create, or to see", topic=name)

    def grant(self) -> int:
        """Puts the declared grants into force, as an account that may. Returns how many. Raises
        LogUnavailable.
        """
        self._ensure()
        wanted = [acl for g in grants() for acl in self._acls(g)]
        group = ResourcePattern(
            ResourceType.GROUP, self.prefix + "matching", ACLResourcePatternType.LITERAL
        )
        wanted.append(ACL("User:matching", "*", ACLOperation.READ, ACLPermissionType.ALLOW, group))
        try:
            admin = KafkaAdminClient(
                **self._connection, **LIVELY, bootstrap_timeout_ms=BOOTSTRAP_MS
            )
            try:
                failed = admin.create_acls(wanted)["failed"]
            finally:
                admin.close()
        except KafkaError as error:
            raise LogUnavailable(f"Kafka: {type(error).__name__}: {error}") from error
        if failed:
            if all("SecurityDisabled" in str(each) for each in failed):
                raise LogUnavailable(
                    "this broker keeps no access rights (it has no authorizer): whoever reaches it"
                    " reads and writes everything; grants need a broker with an account a service"
                )
            raise LogUnavailable(f"Kafka refused {len(failed)} grants, the first: {failed[0]}")
        return len(wanted)

    def _acls(self, grant: Grant) -> list[ACL]:
        topic = ResourcePattern(
            ResourceType.TOPIC, self.prefix + grant.topic, ACLResourcePatternType.LITERAL
        )
        names = (ACLOperation.WRITE,) if grant.write else (ACLOperation.READ, ACLOperation.DESCRIBE)
        return [
            ACL(f"User:{grant.service}", "*", name, ACLPermissionType.ALLOW, topic)
            for name in names
        ]

    def append(self, records: Sequence[Record]) -> None:
        with self._lock:
            self._ensure()
            try:
                producer = self._producer = self._producer or self._new_producer()
                sent = [
                    producer.send(
                        self.prefix + r.topic,
                        key=r.key.encode(),
                        value=None if r.value is None else r.value.encode(),
                    )
                    for r in records
                ]
                producer.flush(ACKNOWLEDGED_S)
                for future in sent:
                    future.get(timeout=1)
            except KafkaError as error:
                self._drop_producer()
                raise LogUnavailable(f"Kafka: {type(error).__name__}: {error}") from error

    def _new_producer(self) -> KafkaProducer:
        return KafkaProducer(
            **self._connection,
            **LIVELY,
            acks="all",
            enable_idempotence=False,
            max_in_flight_requests_per_connection=1,
            linger_ms=5,
            batch_size=131_072,
            max_request_size=2_097_152,
            delivery_timeout_ms=DELIVERY_MS,
        )

    def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                producer.close(timeout=0)
            except KafkaError as error:
                log.debug("the dropped producer closed badly", error=str(error))

    def partitions(self, topic: str) -> int:
        return self.topics[topic].partitions

    def end(self, topic: str, partition: int) -> int:
        place = TopicPartition(self.prefix + topic, partition)
        return self._ask("end_offsets", [place])[place]

    def _ask(self, question: str, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        self._ensure()
        with self._lock:
            try:
                self._asker = self._asker or KafkaConsumer(
                    **self._connection, **LIVELY, group_id=None
                )
                found = getattr(self._asker, question)(places)
            # KeyError: kafka-python lost a partition between two answers
            except (KafkaError, KeyError) as error:
                raise LogUnavailable(f"Kafka: {type(error).__name__}: {error}") from error
        missing = [p for p in places if p not in found]
        if missing:  # a partition without a leader is left out of the answer
            raise LogUnavailable(
                f"Kafka knows no {question} of {missing[0].topic}/{missing[0].partition} now"
            )
        return found

    def reader(self, positions: dict[tuple[str, int], int]) -> "KafkaReader":
        places = self.places(positions)
        try:
            consumer = self.consumer(None)
            consumer.assign(list(places))
            for place, offset in places.items():
                consumer.seek(place, offset)
        except KafkaError as error:
            raise LogUnavailable(f"Kafka: {type(error).__name__}: {error}") from error
        return KafkaReader(consumer, len(self.prefix))

    def places(self, positions: Mapping[tuple[str, int], int]) -> dict[TopicPartition, int]:
        """Positions as Kafka names them, the log's beginning for 0. Raises PositionOutside,
        LogUnavailable.
        """
        self._ensure()
        places = {
            TopicPartition(self.prefix + t, p): offset for (t, p), offset in positions.items()
        }
        first, last = (
            self._ask(q, list(places)) if places else {}
            for q in ("beginning_offsets", "end_offsets")
        )
        for place, offset in places.items():
            if not first[place] <= offset <= last[place] and offset:
                raise PositionOutside(
                    f"{place.topic}/{place.partition}: position {offset} is not within"
                    f" {first[place]} to {last[place]}"
                )
        return {place: max(offset, first[place]) for place, offset in places.items()}

    def consumer(self, group: str | None, **more) -> KafkaConsumer:
        """A consumer that never moves a position by itself."""
        settings = {
            "group_id": group,
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "fetch_max_wait_ms": 100,
        }
        return KafkaConsumer(**self._connection, **LIVELY, **settings, **more)

    def partition_of(self, topic: str, key: str) -> int:
        """As every Kafka client places a keyed record unless told otherwise."""
        return _hash(key) % self.topics[topic].partitions

    def join(self, group: str, topics: Sequence[str]) -> "KafkaMember":
        self._ensure()
        return KafkaMember(self, group, tuple(topics))

    def tidy(self) -> None:
        """Nothing: the broker compacts."""

    def close(self) -> None:
        with self._lock:
            self._drop_producer()
            if self._asker is not None:
                self._asker.close()
                self._asker = None


@lru_cache(maxsize=200_000)
def _hash(key: str) -> int:
    return murmur2(key.encode()) & 0x7FFFFFFF


def _entries(found: dict, prefix: int) -> list[Entry]:
    return [
        Entry(
            r.topic[prefix:],
            r.partition,
            r.offset,
            r.key.decode(),
            None if r.value is None else r.value.decode(),
        )
        for records in found.values()
        for r in records
    ]


class KafkaReader:
    """Reads what was assigned; a position that has left the log is an error, never a silent
    jump.
    """

    def __init__(self, consumer: KafkaConsumer, prefix: int):
        self._consumer: KafkaConsumer | None = consumer
        self._prefix = prefix

    def poll(self, limit: int, wait_s: float) -> list[Entry]:
        if self._consumer is None or not self._consumer.assignment():
            return []
        return polled(self._consumer, self._prefix, limit, wait_s)

    def close(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            try:
                consumer.close()
            except KafkaError as error:
                log.debug("the reader closed badly", error=str(error))


def polled(consumer: KafkaConsumer, prefix: int, limit: int, wait_s: float) -> list[Entry]:
    """What a consumer delivers within `wait_s`. Raises PositionOutside, LogUnavailable."""
    try:
        return _entries(consumer.poll(timeout_ms=int(wait_s * 1000), max_records=limit), prefix)
    except NoOffsetForPartitionError as error:
        raise NoPosition(str(error)) from error
    except OffsetOutOfRangeError as error:
        raise PositionOutside(str(error)) from error
    except KafkaError as error:
        raise LogUnavailable(f"Kafka: {type(error).__name__}: {error}") from error


def _declared(log_: KafkaEventLog) -> type[RangePartitionAssignor]:
    """Range assignment that takes a topic's partitions as declared where the client has no metadata
    of it at that moment.

    kafka-python 3.0.12 then gives nothing to anybody and, its own two snapshots being equal, never
    looks again: a group that formed in that moment stood still until a member came or went.
    """

    class Cluster:
        def __init__(self, cluster):
            self._cluster = cluster

        def partitions_for_topic(self, topic: str) -> set[int]:
            return self._cluster.partitions_for_topic(topic) or set(
                range(log_.partitions(topic.removeprefix(log_.prefix)))
            )

    class Declared(RangePartitionAssignor):
        @classmethod
        def assign(cls, cluster, members):
            return super().assign(Cluster(cluster), members)

    return Declared


class KafkaMember(ConsumerRebalanceListener):
    """A member of a consumer group. Range assignment gives the same partitions of topics with
    equally many to one member.

    The listener runs on kafka-python's own thread, where blocking raises and an exception loses the
    positions: it only notes.
    """

    def __init__(self, log_: KafkaEventLog, group: str, topics: tuple[str, ...]):
        self._log, self._prefix = log_, len(log_.prefix)
        self._notes = threading.Lock()
        self._given: set[TopicPartition] = set()
        self._fresh: set[int] = set()
        self._lost: set[int] = set()
        try:
            self._consumer = log_.consumer(
                log_.prefix + group,
                partition_assignment_strategy=[_declared(log_)],
                session_timeout_ms=SESSION_MS,
                heartbeat_interval_ms=SESSION_MS // 3,
            )
            self._consumer.subscribe([log_.prefix + t for t in topics], listener=self)
        except KafkaError as error:
            raise LogUnavailable(f"Kafka: {type(error).__name__}: {error}") from error

    def on_partitions_assigned(self, assigned) -> None:
        self._consumer.pause(*assigned)
        with self._notes:
            self._given |= set(assigned)
            self._fresh |= {place.partition for place in assigned}
            # taken and given back between two steps: given, or the next step would let go of it
            # unheard
            self._lost -= self._fresh

    def on_partitions_revoked(self, revoked) -> None:
        with self._notes:
            self._given -= set(revoked)
            self._fresh -= {place.partition for place in revoked}
            self._lost |= {place.partition for place in revoked}

    on_partitions_lost = on_partitions_revoked

    def fresh(self) -> set[int]:
        with self._notes:
            given, self._fresh = self._fresh, set()
        return given

    def lost(self) -> set[int]:
        with self._notes:
            taken, self._lost = self._lost, set()
        return taken

    def start(self, offsets: dict[tuple[str, int], int]) -> None:
        with self._notes:
            given = set(self._given)
        places = {
            place: offset for place, offset in self._log.places(offsets).items() if place in given
        }
        try:
            for place, offset in places.items():
                self._consumer.seek(place, offset)
            self._consumer.resume(*places)
        # kafka-python's words for: taken away since we looked
        except (ValueError, KeyError) as error:
            raise LogUnavailable(f"the group shared its partitions out anew: {error}") from error

    def poll(self, limit: int, wait_s: float) -> list[Entry]:
        try:
            return polled(self._consumer, self._prefix, limit, wait_s)
        except NoPosition:
            with self._notes:
                if not self._fresh:
                    raise
            return []  # a partition was given out during the poll: the caller starts it next

    def applied(self, offsets: dict[tuple[str, int], int]) -> None:
        with self._notes:
            given = set(self._given)
        told = {
            TopicPartition(self._log.prefix + t, p): OffsetAndMetadata(n, "", -1)
            for (t, p), n in offsets.items()
        }
        try:
            self._consumer.commit_async({place: at for place, at in told.items() if place in given})
        except KafkaError as error:
            log.debug("offsets not told to the broker", error=str(error))

    def close(self) -> None:
        try:
            self._consumer.close()
        except KafkaError as error:
            log.debug("left the group without a word", error=str(error))
