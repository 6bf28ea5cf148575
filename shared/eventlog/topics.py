"""The topics of the event log, declared once: partitions, compaction, replicas. `kafka.py` creates what is missing."""

from dataclasses import dataclass

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Topic:
    """`partitions` of a topic, never changed (more means a new topic and a replay); compacted: the newest record of a key stays for ever, else records stay `days`."""

    partitions: int = 12
    compacted: bool = True
    days: int = 30

    def config(self, replicas: int) -> dict[str, str]:
        """The broker's settings of the topic; with three replicas a write needs two of them."""
        kept = {"cleanup.policy": "compact", "min.compaction.lag.ms": str(DAY_MS)} if self.compacted else {}
        kept = kept or {"cleanup.policy": "delete", "retention.ms": str(self.days * DAY_MS)}
        return kept | {"min.insync.replicas": "2" if replicas > 2 else "1", "max.message.bytes": "2097152"}


TOPICS = {
    "startups": Topic(),
    "startups-private": Topic(),
    "investors": Topic(),
    "investors-private": Topic(),
    "sites": Topic(),
    "providers": Topic(),
    "programs": Topic(),
    "matches": Topic(compacted=False),
}
PRIVATE = tuple(t for t in TOPICS if t.endswith("-private"))  # whose reading the broker's ACLs grant to matching alone
