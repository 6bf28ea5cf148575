"""The topics of the event log, declared once: partitions, compaction, replicas. `kafka.py` creates
what is missing.
"""

from dataclasses import dataclass

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Topic:
    """`partitions` of a topic, never changed (more means a new topic and a replay); compacted: the
    newest record of a key stays for ever, else records stay `days`.
    """

    partitions: int = 12
    compacted: bool = True
    days: int = 30

    def config(self, replicas: int) -> dict[str, str]:
        """The broker's settings of the topic; with three replicas a write needs two of them."""
        kept = (
            {"cleanup.policy": "compact", "min.compaction.lag.ms": str(DAY_MS)}
            if self.compacted
            else {}
        )
        kept = kept or {"cleanup.policy": "delete", "retention.ms": str(self.days * DAY_MS)}
        return kept | {
            "min.insync.replicas": "2" if replicas > 2 else "1",
            "max.message.bytes": "2097152",
        }


TOPICS = {
    "startups": Topic(),
    "startups-private": Topic(),
    "investors": Topic(),
    "investors-private": Topic(),
    "sites": Topic(),
    "providers": Topic(),
    "programs": Topic(),
    "cohorts": Topic(),
    "access": Topic(),
    "asks": Topic(),
    "exposures": Topic(),
    "decisions": Topic(),
    "introductions": Topic(),
    "meetings": Topic(),
    "editions": Topic(compacted=False),
    "matches": Topic(compacted=False),
}
WRITERS = {
    "startups": ("startups", "startups-private"),
    "investors": ("investors", "investors-private"),
    "programs": ("sites", "providers", "programs", "cohorts"),
    "matching": ("matches", "asks", "exposures", "decisions", "editions"),
    "meetings": ("introductions", "meetings"),
    "accounts": ("access",),
    "notices": (),
}


@dataclass(frozen=True)
class Grant:
    """What the broker lets a service's account do with a topic."""

    service: str
    topic: str
    write: bool


def grants() -> list[Grant]:
    """Every service reads public topics and writes its own; private topics are read by matching
    alone.
    """
    found = [Grant(service, topic, True) for service, topics in WRITERS.items() for topic in topics]
    for service in WRITERS:
        found += [
            Grant(service, t, False)
            for t in TOPICS
            if not t.endswith("-private") or service == "matching"
        ]
    return found
