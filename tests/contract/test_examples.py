"""Every example of the API's documents is sent as it stands, and works."""

import pytest

from services.accounts import actions
from services.accounts.passwords import Passwords
from shared.auth import ADMINISTRATOR
from tests.conftest import OFFICER, REVIEWER, STARTUP, Stack

WHO = {"startups": STARTUP, "investors": REVIEWER, "programs": OFFICER, "matching": REVIEWER, "accounts": STARTUP, "notices": STARTUP}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("examples")).load("reference", "demo")
    stack.accounts = stack.composition.services["accounts"]
    with stack.accounts.db.transaction(ADMINISTRATOR) as session:
        person = actions.ensure(
            session, Passwords(), "bd@mihon-therapeutics.example", "見本", STARTUP.org, ["startup"], "four words make one"
        )
    stack.person = person.id
    yield stack
    stack.composition.close()


def examples(stack) -> list[tuple[str, str, str, dict]]:
    """(service, verb, path, body) of every operation whose form has an example."""
    found = []
    for service in WHO:
        document = stack.composition.services[service].app.test_client().get("/openapi.json").get_json()
        for path, item in document["paths"].items():
            for verb, operation in item.items():
                body = operation.get("requestBody", {}) if isinstance(operation, dict) else {}
                schema = body.get("content", {}).get("application/json", {}).get("schema", {})
                form = document["components"]["schemas"].get(schema.get("$ref", "").rsplit("/", 1)[-1], {})
                found += [(service, verb, path, example) for example in form.get("examples", [])]
    return found


def test_every_example_works_as_it_stands(world):
    sent = 0
    for service, verb, path, body in examples(world):
        actor = OFFICER if "watchlists" in path else WHO[service]
        if service == "accounts":
            actor = type(actor)(world.person, actor.org, actor.roles)
        token = world.composition.issuer.token(actor, world.clock.now())
        at = path.replace("{slug}", "mihon-therapeutics").replace("{name}", "mihon-ventures")
        answer = (
            world.composition.services[service]
            .app.test_client()
            .open(at, method=verb.upper(), json=body, headers={"Authorization": f"Bearer {token}"})
        )
        assert answer.status_code in (200, 201, 202), (path, answer.text[:500])
        sent += 1
    assert sent >= 14
