"""Events as CloudEvents 1.0 in structured JSON: the envelope, the catalogue of types, their schemas
and examples.
"""

from shared.events.catalogue import CATALOGUE, TOPICS, EventType
from shared.events.envelope import Event, decode, encode

__all__ = ["CATALOGUE", "TOPICS", "Event", "EventType", "decode", "encode"]
