"""Every event type: its topic and the schema of its data. The table of contents of what services tell each other."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jsonschema_rs

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class EventType:
    """One type and version; `schema` names a file of schemas/, an example stands in examples/ under the type."""

    type: str
    topic: str
    schema: str


def _profile_types(subject: str, topic: str, schema: str = "profile.v1") -> list[EventType]:
    return [EventType(f"{subject}.{verb}.v1", topic, schema) for verb in ("registered", "updated", "withdrawn")]


CATALOGUE = {
    kind.type: kind
    for kind in [
        *_profile_types("startup", "startups"),
        *_profile_types("investor", "investors"),
        *_profile_types("mandate", "investors", "mandate.v1"),
        *_profile_types("site", "sites"),
        *_profile_types("provider", "providers"),
        *_profile_types("program", "programs"),
        EventType("startup.secrets-changed.v1", "startups-private", "secrets.v1"),
        EventType("investor.secrets-changed.v1", "investors-private", "secrets.v1"),
        EventType("mandate.secrets-changed.v1", "investors-private", "secrets.v1"),
        EventType("access.changed.v1", "access", "access.v1"),
        EventType("claim.approved.v1", "access", "claim.v1"),
        *(EventType(f"ask.{verb}.v1", "asks", "ask.v1") for verb in ("asked", "answered", "declined")),
        *(EventType(f"decision.{verb}.v1", "decisions", "decision.v1") for verb in ("made", "returned")),
        EventType("edition.made.v1", "editions", "edition.v1"),
        *(EventType(f"introduction.{v}.v1", "introductions", "introduction.v1") for v in ("asked", "accepted", "introduced", "ended")),
        *(EventType(f"meeting.{verb}.v1", "meetings", "meeting.v1") for verb in ("offered", "agreed", "cancelled")),
        EventType("cohort.changed.v1", "cohorts", "cohort.v1"),
        EventType("application.changed.v1", "cohorts", "application.v1"),
        EventType("review.changed.v1", "cohorts", "review.v1"),
        EventType("consultation.changed.v1", "cohorts", "consultation.v1"),
        EventType("mentoring.logged.v1", "cohorts", "mentoring.v1"),
        EventType("kpi.recorded.v1", "cohorts", "kpi.v1"),
        EventType("placement.confirmed.v1", "cohorts", "placement.v1"),
        EventType("exposure.changed.v1", "exposures", "exposure.v1"),
        EventType("matches.changed.v1", "matches", "matches-changed.v1"),
        EventType("calibration.published.v1", "matches", "calibration-published.v1"),
    ]
}
TOPICS = tuple(sorted({kind.topic for kind in CATALOGUE.values()}))


@cache
def schema(name: str) -> dict:
    return json.loads((FOLDER / "schemas" / f"{name}.json").read_text(encoding="utf-8"))


@cache
def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema(name))


def example(event_type: str) -> dict:
    """The example of a type: a whole envelope."""
    return json.loads((FOLDER / "examples" / f"{event_type}.json").read_text(encoding="utf-8"))
