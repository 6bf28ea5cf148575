"""Every example of the API's documents is sent as it stands, and works."""

import pytest

from services.accounts import actions
from services.accounts.passwords import Passwords
from shared.auth import ADMINISTRATOR, Actor
from tests.conftest import OFFICER, REVIEWER, STARTUP, Stack

WHO = {
    "startups": STARTUP,
    "investors": REVIEWER,
    "programs": OFFICER,
    "matching": REVIEWER,
    "meetings": REVIEWER,
    "accounts": STARTUP,
    "notices": STARTUP,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("examples")).load("reference", "demo")
    stack.accounts = stack.composition.services["accounts"]
    with stack.accounts.db.transaction(ADMINISTRATOR) as session:
        person = actions.ensure(
            session,
            Passwords(),
            "bd@mihon-therapeutics.example",
            "見本",
            STARTUP.org,
            ["startup"],
            "four words make one",
        )
    stack.person = person.id
    yield stack
    stack.composition.close()


def examples(stack) -> list[tuple[str, str, str, dict]]:
    """(service, verb, path, body) of every operation whose form has an example."""
    found = []
    for service in WHO:
        document = (
            stack.composition.services[service].app.test_client().get("/openapi.json").get_json()
        )
        for path, item in document["paths"].items():
            for verb, operation in item.items():
                body = operation.get("requestBody", {}) if isinstance(operation, dict) else {}
                schema = body.get("content", {}).get("application/json", {}).get("schema", {})
                form = document["components"]["schemas"].get(
                    schema.get("$ref", "").rsplit("/", 1)[-1], {}
                )
                found += [(service, verb, path, example) for example in form.get("examples", [])]
    return found


FIRST = ("interest", "steps")  # what must be said before the rest of a path's examples makes sense
KEPT = {  # what a later example's path names
    "/api/v1/introductions": "introduction",
    "/api/v1/introductions/{introduction}/meetings": "meeting",
    "/api/v1/cohorts": "cohort",
}
FOUNDER = Actor("founder", "rei-bio", frozenset({"startup"}))
STAFF = Actor("staff", "nakodo", frozenset({"staff"}))
OTHERS = {
    "days": OFFICER,
    "watchlists": STAFF,
    "grants": STAFF,
    "erasures": OFFICER,
    "steps": STARTUP,
    "agreement": STARTUP,
}


def test_every_example_works_as_it_stands(world):
    sent, ids = 0, {"slug": "mihon-therapeutics", "name": "mihon-ventures"}
    ids |= {"startup": "mihon-therapeutics", "mandate": "mihon-ventures-equity"}
    found = sorted(
        examples(world), key=lambda e: (e[0], "{" in e[2], not any(word in e[2] for word in FIRST))
    )
    for service, verb, path, body in found:
        actor = next((who for word, who in OTHERS.items() if word in path), WHO[service])
        # an organisation publishes one company
        actor = FOUNDER if path == "/api/v1/startups" else actor
        if service == "accounts":
            actor = type(actor)(world.person, actor.org, actor.roles)
        if "{token}" in path and "token" not in ids:
            form = {"name": "Head of CMC", "questions": ["Is the process ready for GMP?"]}
            made = world.client(REVIEWER).post(
                "/api/v1/team/mihon-therapeutics/mihon-ventures-equity/experts", form
            )
            ids["token"] = made["path"].rpartition("/")[2]
        token = world.composition.issuer.token(actor, world.clock.now())
        answer = (
            world.composition.services[service]
            .app.test_client()
            .open(
                path.format(**ids),
                method=verb.upper(),
                json=body,
                headers={"Authorization": f"Bearer {token}"},
            )
        )
        assert answer.status_code in (200, 201, 202), (path, answer.text[:500])
        if path in KEPT:
            ids[KEPT[path]] = answer.get_json()["id"]
        sent += 1
    assert sent >= 30
