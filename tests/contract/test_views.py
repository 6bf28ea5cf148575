"""Operations have named views, and what they answer is what those say."""

import pytest

from tests.answers import FAULTS, HELD, faults

SERVICES = ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices")
# operations whose answer has no view yet; whoever gives one a view writes the smaller number here
WITHOUT = {"startups": 13, "investors": 1, "programs": 60, "matching": 27, "meetings": 18}
VERBS = ("get", "post", "put", "patch", "delete")


def document(real, service: str) -> dict:
    return real.composition.services[service].app.test_client().get("/openapi.json").get_json()


def without_view(whole: dict) -> list[str]:
    """Operations that answer with something they do not describe."""
    return [
        f"{verb} {path} {status}"
        for path, item in whole["paths"].items()
        for verb in VERBS
        for status, answer in item.get(verb, {}).get("responses", {}).items()
        if status.startswith("2") and status != "204"
        if not any(kind.get("schema") for kind in answer.get("content", {}).values())
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_operations_without_a_view_only_become_fewer(real, service):
    bare = without_view(document(real, service))
    assert len(bare) <= WITHOUT.get(service, 0), (
        f"name a view (services/{service}/views.py): {bare}"
    )


@pytest.mark.parametrize("service", sorted(HELD))
def test_a_service_whose_answers_are_held_describes_them_all(real, service):
    assert without_view(document(real, service)) == []


def test_an_answer_that_is_not_what_its_view_says_is_found(real):
    whole = document(real, "notices")
    mail = {"id": "m-1", "state": "sent"}
    there = ("/internal/mails", "post", 202)
    assert faults(whole, *there, mail) == []
    for wrong in ({"id": "m-1"}, mail | {"state": 3}, mail | {"text": "more than it says"}):
        assert faults(whole, *there, wrong), wrong
    assert faults(whole, "/internal/mails", "post", 200, mail), "another status"


def test_answers_are_looked_at(stack):
    service = stack.composition.services["notices"]
    service.app.view_functions["internal.Mails"] = lambda: ({"id": 7}, 202)
    made = stack.client()._http.post("/services/notices/internal/mails", json={})
    assert made.status_code == 202
    assert [fault for fault in FAULTS if "/internal/mails" in fault]
    FAULTS.clear()
