"""The audit trail: every write is on it with who, when and through what; tampering is found,
erasure leaves the chain whole.
"""

import json

import pytest
from sqlalchemy import delete, select, update

from nakodo_client import Refused
from services import operate
from shared import audit
from shared.auth import ADMINISTRATOR, Actor
from shared.tables import audit as rows
from shared.tables import audit_seals
from tests.conftest import STARTUP, startup_form


@pytest.fixture
def written(stack):
    for i in range(5):
        org = "mihon" if i == 1 else f"mihon-{i}"
        bd = Actor("bd", org, frozenset({"startup"}), credential="session-1")
        stack.client(bd).register("startups", startup_form(id=f"rei-{i}"))
    client = stack.client(Actor("bd", "mihon", frozenset({"startup"}), credential="session-1"))
    client.add_facts(
        "startups", "rei-1", [{"field": "technology", "value": "secret", "tier": "private"}]
    )
    return stack


def faults(stack) -> list[str]:
    return next(f for f in operate.verify_trails(stack.composition) if f["service"] == "startups")[
        "faults"
    ]


def test_every_write_is_on_the_trail_with_who_and_through_what(written):
    told = operate.trails_of(written.composition, "rei-1")
    assert {r["action"] for r in told} == {"startup-updated", "startup-registered"}
    assert all(
        r["person"] == "bd" and r["org"] == "mihon" and r["credential"] == "session-1" for r in told
    )
    assert "secret" not in json.dumps(told[0]["detail"]) and told[0]["detail"]["private"]


def test_a_refused_write_leaves_no_row(written):
    before = len(operate.trails_of(written.composition, "rei-0"))
    with pytest.raises(Refused):
        written.client(STARTUP).add_facts(
            "startups", "rei-0", [{"field": "stage", "value": "phase-1"}]
        )
    assert len(operate.trails_of(written.composition, "rei-0")) == before


@pytest.mark.parametrize(
    "tamper",
    [
        lambda s: s.execute(
            update(rows).where(rows.c.id == 2).values(payload='{"person": "nobody"}')
        ),
        lambda s: s.execute(delete(rows).where(rows.c.id == 3)),
        lambda s: s.execute(update(rows).where(rows.c.id == 2).values(commitment="0" * 64)),
        lambda s: s.execute(update(audit_seals).values(head="0" * 64)),
        lambda s: s.execute(update(rows).where(rows.c.id == 4).values(salt=b"x")),
    ],
    ids=["a payload", "a row gone", "a commitment", "a seal", "a salt"],
)
def test_tampering_is_found(written, tamper):
    assert faults(written) == []
    with written.composition.services["startups"].db.transaction(ADMINISTRATOR) as session:
        tamper(session)
    assert faults(written)


def test_erasure_drops_what_was_said_and_leaves_the_chain_whole(written):
    assert faults(written) == []
    db = written.composition.services["startups"].db
    with db.transaction(ADMINISTRATOR) as session:
        assert audit.forget(session, "rei-1") == 2
        assert session.scalars(select(rows.c.payload).where(rows.c.subject == "rei-1")).all() == [
            None,
            None,
        ]
    assert faults(written) == []
    assert all(r.get("erased") for r in operate.trails_of(written.composition, "rei-1"))


def test_the_trail_is_for_administrators(written):
    assert written.client().get("/services/startups/audit", subject="rei-1")["items"]
    with pytest.raises(Refused) as refused:
        written.client(STARTUP).get("/services/startups/audit")
    assert refused.value.status == 403
