"""What one reader may not know shows in nothing another is given: no number, no tag, no status, no word."""

import pytest
from sqlalchemy import select

from nakodo_client import Refused
from services.notices.models import Delivery
from shared.auth import ADMINISTRATOR, Actor
from shared.organizations import seen
from tests.conftest import Stack, mandate_form, startup_form
from tests.services.test_papers import DECK, paper

FOUNDER = Actor("founder", "rei-bio", frozenset({"startup"}))
RIVAL = Actor("rival", "tsuki-bio", frozenset({"startup"}))
REVIEWER = Actor("reviewer", "kari-capital", frozenset({"reviewer"}))
SECRET = {"field": "revenue", "value": {"amount": 5, "currency": "JPY"}, "tier": "private"}


def refused(call, *args, **more) -> Refused:
    with pytest.raises(Refused) as told:
        call(*args, **more)
    return told.value


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A startup, a rival, a fund that listens to profiles."""
    stack = Stack(tmp_path_factory.mktemp("veils"))
    stack.client(FOUNDER).register("startups", startup_form(id="rei-bio"))
    stack.client(FOUNDER).register("startups", startup_form("Draft Bio (invented)", id="rei-draft", state="draft"))
    stack.client(REVIEWER).register("investors", {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}})
    stack.client(REVIEWER).register("mandates", mandate_form("kari-capital"))
    hook = {"name": "CRM", "url": "https://kari.example/hook", "events": ["profile.changed"]}
    stack.client(REVIEWER).post("/api/v1/subscriptions", hook)
    stack.client(FOUNDER).post("/api/v1/subscriptions", hook | {"url": "https://rei.example/hook"})
    yield told(stack)
    stack.composition.close()


def told(stack) -> Stack:
    stack.settle()
    for consumer in stack.composition.services["notices"].consumers:
        reader = consumer.open()
        while entries := reader.poll(500, 0):
            consumer.handle(entries)
        reader.close()
    return stack


def read(desk, actor: Actor, path: str) -> tuple:
    """Everything somebody is given: status, body, headers but the request's own number."""
    answer = desk.client(actor).request("GET", path)
    kept = {k: v for k, v in answer.headers.items() if k.lower() not in ("x-request-id", "date")}
    return answer.status_code, answer.content, kept


def messages(desk) -> list[str]:
    with desk.composition.services["notices"].db.reading(ADMINISTRATOR) as session:
        return list(session.scalars(select(Delivery.body).order_by(Delivery.number)))


PAGES = ("/api/v1/startups/rei-bio", "/api/v1/startups/rei-bio/facts", "/api/v1/startups/rei-bio/funding", "/api/v1/startups")


def test_a_private_fact_moves_nothing_that_others_are_shown(desk):
    before = {(a, p): read(desk, a, p) for a in (RIVAL, REVIEWER) for p in PAGES}
    sent, own = len(messages(desk)), desk.client(FOUNDER).profile("startups", "rei-bio")
    desk.clock.move(minutes=5)
    desk.client(FOUNDER).add_facts("startups", "rei-bio", [SECRET])
    told(desk)
    assert {(a, p): read(desk, a, p) for a, p in before} == before
    now = desk.client(FOUNDER).profile("startups", "rei-bio")
    assert now["version"] == own["version"] + 1 and now["updated_at"] > own["updated_at"]
    new = messages(desk)[sent:]
    assert len(new) == 1 and f'"version": {now["version"]}' in new[0], "its owner's own system alone hears of it"


def test_what_the_network_sees_moves_the_network_alone(desk):
    before = {a: read(desk, a, PAGES[0]) for a in (RIVAL, REVIEWER)}
    desk.client(FOUNDER).add_facts("startups", "rei-bio", [{"field": "raise", "value": {"state": "raising"}}])
    assert read(desk, RIVAL, PAGES[0]) == before[RIVAL] and read(desk, REVIEWER, PAGES[0])[2] != before[REVIEWER][2]
    desk.client(FOUNDER).add_facts("startups", "rei-bio", [{"field": "hq", "value": "jp"}])
    assert read(desk, RIVAL, PAGES[0])[2]["etag"] != before[RIVAL][2]["etag"]


def test_an_owner_writes_by_the_version_it_read_whatever_others_count(desk):
    api = desk.client(FOUNDER)
    read_ = api.profile("startups", "rei-bio")
    assert read_["version"] > desk.client(REVIEWER).profile("startups", "rei-bio")["version"]
    made = api.request("PATCH", PAGES[0], json={"note": "Kari"}, headers={"If-Match": f'"{read_["version"]}"'})
    assert made.json()["version"] == read_["version"] + 1
    stale = refused(api.request, "PATCH", PAGES[0], json={"note": "x"}, headers={"If-Match": f'"{read_["version"]}"'})
    assert stale.status == 412


def test_waiting_for_a_version_works_for_each_as_each_counts_and_probes_nothing(desk):
    desk.client(FOUNDER).add_facts("startups", "rei-bio", [SECRET | {"value": {"amount": 6, "currency": "JPY"}}])
    told(desk)
    own = desk.client(FOUNDER).profile("startups", "rei-bio")["version"]
    seen = desk.client(REVIEWER).profile("startups", "rei-bio")["version"]
    assert desk.client(FOUNDER).matches("rei-bio", min_version=f"startup/rei-bio:{own}") is not None
    assert desk.client(REVIEWER).feed("kari-capital", min_version=f"startup/rei-bio:{seen}") is not None
    late = refused(desk.client(REVIEWER).feed, "kari-capital", min_version=f"startup/rei-bio:{seen + 1}")
    assert late.status == 503, "the number of private changes cannot be felt for"
    item = next(i for i in desk.client(REVIEWER).feed("kari-capital") if i["startup"] == "rei-bio")
    assert item["versions"]["startup"] == seen


def test_documents_of_a_draft_or_a_withdrawn_profile_are_its_owners_alone(desk):
    api = desk.client(FOUNDER)
    for slug, withdrawn in (("rei-draft", False), ("rei-gone", True)):
        if withdrawn:
            api.register("startups", startup_form("Gone Bio (invented)", id=slug))
        form = DECK | {"tier": "public"}
        made = api.request("POST", f"/api/v1/startups/{slug}/documents", data=form, files={"file": ("deck.pdf", paper(1))}).json()
        if withdrawn:
            api.request("DELETE", f"/api/v1/startups/{slug}")
        path = f"/api/v1/startups/{slug}/documents"
        for actor in (RIVAL, REVIEWER):
            nothing = refused(read, desk, actor, f"/api/v1/startups/no-such/documents/{made['id']}/content")
            hidden = refused(read, desk, actor, f"{path}/{made['id']}/content")
            assert (hidden.status, hidden.problem["code"]) == (nothing.status, nothing.problem["code"]) == (404, "not-found")
            assert refused(read, desk, actor, path).status == 404
        assert read(desk, FOUNDER, f"{path}/{made['id']}/content")[0] == 200


def test_a_verdict_about_a_draft_is_about_nothing(desk):
    for actor in (RIVAL, Actor("o", "kari-office", frozenset({"officer"}))):
        answers = [
            refused(desk.client(actor).post, f"/api/v1/startups/{slug}/facts/x/verdict", {"confirm": True})
            for slug in ("rei-draft", "no-such")
        ]
        assert [a.status for a in answers] == [404, 404] and answers[0].problem["code"] == answers[1].problem["code"]


def test_what_stood_before_anybody_counted_counts_as_seen(desk):
    """As the migration does it: no number falls, and the next private fact still moves nothing."""
    engine = desk.composition.services["startups"].db.engine
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE startups SET shown = NULL")
        seen.begin(connection, "startups", "startup_facts")
    before = read(desk, REVIEWER, PAGES[0])
    assert desk.client(FOUNDER).profile("startups", "rei-bio")["version"] == desk.client(REVIEWER).profile("startups", "rei-bio")["version"]
    desk.client(FOUNDER).add_facts("startups", "rei-bio", [SECRET | {"value": {"amount": 7, "currency": "JPY"}}])
    assert read(desk, REVIEWER, PAGES[0]) == before
