"""Every event type: its topic and the schema of its data. The table of contents of what services
tell each other.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jsonschema_rs

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class EventType:
    """One type and version; `schema` names a file of schemas/, an example stands in examples/ under
    the type.

    `unread` says why no service of ours reacts to it; a test wants either a reaction or this.
    """

    type: str
    topic: str
    schema: str
    unread: str = ""


DESK = (
    "The programme desk's own record for those outside it, an office's evaluation or a ministry's"
    " figures: whoever reads the topic computes the report's figures without our code, as"
    " tests/flow/test_year.py does. People are told by letters of the same transaction."
)
LETTER = (
    "Both sides are told by letters of the same transaction; a meeting that is agreed goes to"
    " webhooks as meeting.agreed."
)


def _profile_types(subject: str, topic: str, schema: str = "profile.v1") -> list[EventType]:
    return [
        EventType(f"{subject}.{verb}.v1", topic, schema)
        for verb in ("registered", "updated", "withdrawn")
    ]


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
        EventType("claim.approved.v1", "access", "claim.v1"),  # of startups and investors
        EventType("claim.approved.v2", "access", "claim.v2"),  # of sites, providers and programmes
        *(EventType(f"ask.{verb}.v1", "asks", "ask.v1") for verb in ("asked", "answered")),
        EventType(
            "ask.declined.v1",
            "asks",
            "ask.v1",
            "A startup lets a question rest in private: whoever asked must not be told.",
        ),
        *(
            EventType(f"decision.{verb}.v1", "decisions", "decision.v1")
            for verb in ("made", "returned")
        ),
        EventType("edition.made.v1", "editions", "edition.v1"),
        *(
            EventType(f"introduction.{v}.v1", "introductions", "introduction.v1")
            for v in ("asked", "accepted", "introduced", "ended")
        ),
        EventType("meeting.offered.v1", "meetings", "meeting.v1", LETTER),
        EventType("meeting.agreed.v1", "meetings", "meeting.v1"),
        EventType("meeting.cancelled.v1", "meetings", "meeting.v1", LETTER),
        EventType("cohort.changed.v1", "cohorts", "cohort.v1", DESK),
        EventType("application.changed.v1", "cohorts", "application.v1", DESK),
        EventType("review.changed.v1", "cohorts", "review.v1", DESK),
        EventType("consultation.changed.v1", "cohorts", "consultation.v1", DESK),
        EventType("mentoring.logged.v1", "cohorts", "mentoring.v1", DESK),
        EventType("kpi.recorded.v1", "cohorts", "kpi.v1", DESK),
        EventType("placement.confirmed.v1", "cohorts", "placement.v1", DESK),
        EventType("exposure.changed.v1", "exposures", "exposure.v1"),
        EventType("matches.changed.v1", "matches", "matches-changed.v1"),
        EventType(
            "calibration.published.v1",
            "matches",
            "calibration-published.v1",
            "Members of the matcher read the calibration from matching's own database in the"
            " transaction that scores; in the log it marks, for whoever reads scores there, from"
            " where on they are made under another one.",
        ),
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
