"""The event catalogue as an AsyncAPI 3 document, made from the types, schemas and examples
themselves.
"""

from shared.events.catalogue import CATALOGUE, EventType, example, schema

TITLES = {
    "startups": "Startups: organisation, assets, funding ledger, needs, wishes",
    "startups-private": "Private facts of startups, sealed under a key per subject",
    "investors": "Investors, and each mandate as a subject of its own",
    "investors-private": "Private facts of investors and mandates, sealed under a key per subject",
    "sites": "Incubator sites",
    "providers": "Providers, such as contract manufacturers",
    "programs": "Accelerator programmes",
    "access": "Who may do what: opaque ids and roles, revocations, claims",
    "asks": "Questions from reviewers to startups",
    "cohorts": (
        "Calls of programmes, where each application and its support stands, what counts; no name,"
        " no answer, no score"
    ),
    "introductions": (
        "Startups and investors on their way to each other; of a decline only what is told"
    ),
    "meetings": "Meetings of those introduced",
    "decisions": "What reviewers decide about pairs, and what comes back",
    "editions": "Weekly editions of feeds",
    "exposures": "What lists of companies of concern mean for a startup's suppliers",
    "matches": "Matches of a startup, and calibrations",
}
OWNERS = {
    "startups": "startups",
    "investors": "investors",
    "sites": "programs",
    "providers": "programs",
    "programs": "programs",
    "access": "accounts",
}
ENVELOPE = {
    "specversion": {"const": "1.0"},
    "id": {"type": "string", "format": "uuid"},
    "source": {"type": "string"},
    "subject": {
        "type": "string",
        "description": "Key of the record: one subject's events keep their order",
    },
    "time": {"type": "string", "format": "date-time"},
    "datacontenttype": {"const": "application/json"},
    "subjectversion": {
        "type": "integer",
        "minimum": 1,
        "description": "Grows by one per change; a version not newer is ignored",
    },
    "privateversion": {
        "type": "integer",
        "description": "The private event that belongs to this one; wait for it",
    },
    "causationid": {
        "type": "string",
        "description": (
            "The id of the event this one follows from; absent where a person or a date caused it"
        ),
    },
    "traceparent": {
        "type": "string",
        "description": "W3C Trace Context of what caused it, where the installation keeps traces",
    },
}
REQUIRED = [
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "dataschema",
    "subjectversion",
    "data",
]


def document(version: str) -> dict:
    """The whole catalogue: a channel per topic, a message per type and version, what each service
    sends.
    """
    topics = sorted({kind.topic for kind in CATALOGUE.values()})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Nakodo events",
            "version": version,
            "description": (
                "CloudEvents 1.0 in structured JSON. Every event carries the whole state of its"
                " subject: the newest wins. Within a version nothing is removed, retyped or made"
                " required; unknown fields are to be left alone."
            ),
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic: _channel(topic) for topic in topics},
        "operations": {f"send-{topic}": _operation(topic) for topic in topics},
        "components": {
            "messages": {kind.type: _message(kind) for kind in CATALOGUE.values()},
            "schemas": {
                name: _plain(schema(name))
                for name in sorted({kind.schema for kind in CATALOGUE.values()})
            },
        },
    }


def _of(topic: str) -> list[EventType]:
    return [kind for kind in CATALOGUE.values() if kind.topic == topic]


def _channel(topic: str) -> dict:
    messages = {kind.type: {"$ref": f"#/components/messages/{kind.type}"} for kind in _of(topic)}
    return {"address": topic, "title": TITLES[topic], "messages": messages}


def _operation(topic: str) -> dict:
    owner = OWNERS.get(topic.removesuffix("-private"), "matching")
    messages = [{"$ref": f"#/channels/{topic}/messages/{kind.type}"} for kind in _of(topic)]
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic}"},
        "title": f"Sent by {owner}",
        "messages": messages,
    }


def _message(kind: EventType) -> dict:
    own = {
        "type": {"const": kind.type},
        "dataschema": {"const": f"urn:nakodo:schema:{kind.schema}"},
        "data": {"$ref": f"#/components/schemas/{kind.schema}"},
    }
    return {
        "name": kind.type,
        "contentType": "application/cloudevents+json",
        "payload": {"type": "object", "required": REQUIRED, "properties": ENVELOPE | own},
        "examples": [{"payload": example(kind.type)}],
    }


def _plain(found: dict) -> dict:
    """A schema as a component: its parts referred to from the document's root, no identity of its
    own.
    """
    name = found["$id"].removeprefix("urn:nakodo:schema:")

    def moved(node):
        if isinstance(node, dict):
            return {
                k: (
                    f"#/components/schemas/{name}{v[1:]}"
                    if k == "$ref" and v.startswith("#/")
                    else moved(v)
                )
                for k, v in node.items()
            }
        return [moved(n) for n in node] if isinstance(node, list) else node

    return moved({k: v for k, v in found.items() if k not in ("$id", "$schema")})
