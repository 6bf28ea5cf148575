"""Every documented operation, as every role, with generated input: never a 5xx, never an answer its
document does not allow.

A few examples each here; the full run: `NAKODO_EXAMPLES=200 python -m pytest
tests/contract/test_schemathesis.py`.
"""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from shared.auth import ADMINISTRATOR, Actor, worker
from tests.conftest import DEMO, Stack

SERVICES = ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices")
LINKED = ("startups", "investors", "programs", "accounts")  # whose operations lead to one another
ACTORS = {
    **DEMO,
    "site-manager": Actor("site", "mihon-site", frozenset({"site-manager"})),
    "administrator": ADMINISTRATOR,
    "service": worker("matching"),
}
EXAMPLES = int(os.environ.get("NAKODO_EXAMPLES", "2"))
QUIET = [
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
    HealthCheck.function_scoped_fixture,
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("generated")).load("reference", "demo")
    yield stack
    stack.composition.close()


@pytest.mark.parametrize("role", ACTORS)
@pytest.mark.parametrize("service", SERVICES)
def test_no_generated_input_breaks_an_operation(world, service, role):
    app = world.composition.services[service].app
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    token = world.composition.issuer.token(ACTORS[role], world.clock.now())
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    seen = 0
    for operation in schema.get_all_operations():
        _try(operation.ok(), headers)
        seen += 1
    assert seen


def intended(case, answer) -> bool:
    """A wait for a version that is not there yet ends in a 503, and only that."""
    return (
        answer.status_code == 503
        and "min_version" in (case.query or {})
        and answer.json()["code"] == "not-yet"
    )


def _try(operation, headers: dict) -> None:
    phases = [Phase.explicit, Phase.generate]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=phases,
        suppress_health_check=QUIET,
    )
    @given(case=operation.as_strategy())
    def run(case):
        answer = case.call(headers=headers)
        if not intended(case, answer):
            case.validate_response(
                answer, checks=[not_a_server_error, response_schema_conformance], headers=headers
            )

    run()


@pytest.mark.parametrize("role", ["startup", "reviewer", "officer", "administrator"])
@pytest.mark.parametrize("service", LINKED)
def test_no_sequence_of_generated_requests_breaks_anything(world, service, role):
    """What one answer gave goes into the next request, as a client's would: links inferred from the
    document.
    """
    schema = schemathesis.openapi.from_wsgi(
        "/openapi.json", world.composition.services[service].app
    )
    token = world.composition.issuer.token(ACTORS[role], world.clock.now())
    seen = []

    class Sequence(schema.as_state_machine()):
        def get_call_kwargs(self, case):
            return {"headers": {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}}

        def validate_response(self, response, case, **_):
            seen.append(response.status_code)
            if not intended(case, response):
                case.validate_response(
                    response, checks=[not_a_server_error, response_schema_conformance]
                )

    options = {
        "max_examples": EXAMPLES,
        "stateful_step_count": 6,
        "deadline": None,
        "database": None,
        "derandomize": True,
    }
    Sequence.run(settings=settings(**options, suppress_health_check=list(HealthCheck)))
    assert len(seen) >= EXAMPLES
