"""The envelope every event travels in, and its strict writing and lenient reading."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from shared.errors import InvalidEvent
from shared.events.catalogue import CATALOGUE, validator
from shared.ids import new_id
from shared.text import as_json


@dataclass(frozen=True)
class Event:
    """A fact in the past tense with the whole state of its subject.

    `subjectversion` grows by one per change of the subject; `privateversion` names the private
    event that belongs to it.
    """

    type: str
    source: str
    subject: str
    subjectversion: int
    time: datetime
    data: dict
    id: str = field(default_factory=new_id)
    privateversion: int | None = None
    causationid: str | None = None
    traceparent: str | None = None

    @property
    def topic(self) -> str:
        return CATALOGUE[self.type].topic


def encode(event: Event) -> str:
    """The structured JSON of an event: compact, keys in order. Raises InvalidEvent where the data
    breaks its schema.
    """
    kind = CATALOGUE[event.type]
    fault = next(iter(validator(kind.schema).iter_errors(event.data)), None)
    if fault is not None:
        raise InvalidEvent(f"{event.type}: {fault.message[:200]}")
    document = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": event.time.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": f"urn:nakodo:schema:{kind.schema}",
        "subjectversion": event.subjectversion,
        "data": event.data,
    }
    for name in ("privateversion", "causationid", "traceparent"):
        if getattr(event, name) is not None:
            document[name] = getattr(event, name)
    return as_json(document, separators=(",", ":"), sort_keys=True)


def decode(value: str | bytes) -> Event:
    """An event from the log. Raises InvalidEvent naming what can never be read; unknown fields are
    left alone.
    """
    try:
        document = json.loads(value)
        kind = CATALOGUE.get(document["type"])
        if kind is None:
            raise InvalidEvent(f"unknown type {document['type']!r}")
        event = Event(
            type=document["type"],
            source=document["source"],
            subject=document["subject"],
            subjectversion=document["subjectversion"],
            time=datetime.fromisoformat(document["time"]),
            data=document["data"],
            id=document["id"],
            privateversion=document.get("privateversion"),
            causationid=document.get("causationid"),
            traceparent=document.get("traceparent"),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidEvent(f"not an event: {type(error).__name__} {error}") from error
    if (
        not isinstance(event.subject, str)
        or not isinstance(event.subjectversion, int)
        or isinstance(event.subjectversion, bool)
    ):
        raise InvalidEvent("not an event: subject and subjectversion are a text and a number")
    fault = next(iter(validator(kind.schema).iter_errors(event.data)), None)
    if fault is not None:
        raise InvalidEvent(f"{event.type}: {fault.message[:200]}")
    return event
