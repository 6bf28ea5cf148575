"""What one reader may not know shows in nothing another is given: no number, no tag, no status, no
word.
"""

import re

import pytest
from sqlalchemy import select

from nakodo_client import Refused
from services.notices.models import Delivery
from shared.auth import ADMINISTRATOR, Actor
from shared.organizations import seen
from tests.conftest import Stack, mandate_form, startup_form
from tests.services.test_cohorts import CALL, OFFICE, OTHER_OFFICE, build, founder, step, submitted
from tests.services.test_papers import DECK, paper
from tests.services.test_support import CONSULTATION

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
    stack.client(FOUNDER).register(
        "startups", startup_form("Draft Bio (invented)", id="rei-draft", state="draft")
    )
    stack.client(REVIEWER).register(
        "investors", {"id": "kari-capital", "name": {"en": "Kari Capital (invented)"}}
    )
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


PAGES = (
    "/api/v1/startups/rei-bio",
    "/api/v1/startups/rei-bio/facts",
    "/api/v1/startups/rei-bio/funding",
    "/api/v1/startups",
)


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
    assert len(new) == 1 and f'"version": {now["version"]}' in new[0], (
        "its owner's own system alone hears of it"
    )


def test_what_the_network_sees_moves_the_network_alone(desk):
    before = {a: read(desk, a, PAGES[0]) for a in (RIVAL, REVIEWER)}
    desk.client(FOUNDER).add_facts(
        "startups", "rei-bio", [{"field": "raise", "value": {"state": "raising"}}]
    )
    assert (
        read(desk, RIVAL, PAGES[0]) == before[RIVAL]
        and read(desk, REVIEWER, PAGES[0])[2] != before[REVIEWER][2]
    )
    desk.client(FOUNDER).add_facts("startups", "rei-bio", [{"field": "hq", "value": "jp"}])
    assert read(desk, RIVAL, PAGES[0])[2]["etag"] != before[RIVAL][2]["etag"]


def test_an_owner_writes_by_the_version_it_read_whatever_others_count(desk):
    api = desk.client(FOUNDER)
    api.add_facts("startups", "rei-bio", [SECRET | {"value": {"amount": 7, "currency": "JPY"}}])
    read_ = api.profile("startups", "rei-bio")
    assert read_["version"] > desk.client(REVIEWER).profile("startups", "rei-bio")["version"]
    made = api.request(
        "PATCH", PAGES[0], json={"note": "Kari"}, headers={"If-Match": f'"{read_["version"]}"'}
    )
    assert made.json()["version"] == read_["version"] + 1
    stale = refused(
        api.request,
        "PATCH",
        PAGES[0],
        json={"note": "x"},
        headers={"If-Match": f'"{read_["version"]}"'},
    )
    assert stale.status == 412


def test_waiting_for_a_version_works_for_each_as_each_counts_and_probes_nothing(desk):
    desk.client(FOUNDER).add_facts(
        "startups", "rei-bio", [SECRET | {"value": {"amount": 6, "currency": "JPY"}}]
    )
    told(desk)
    own = desk.client(FOUNDER).profile("startups", "rei-bio")["version"]
    seen = desk.client(REVIEWER).profile("startups", "rei-bio")["version"]
    assert desk.client(FOUNDER).matches("rei-bio", min_version=f"startup/rei-bio:{own}") is not None
    assert (
        desk.client(REVIEWER).feed("kari-capital", min_version=f"startup/rei-bio:{seen}")
        is not None
    )
    late = refused(
        desk.client(REVIEWER).feed, "kari-capital", min_version=f"startup/rei-bio:{seen + 1}"
    )
    assert late.status == 503, "the number of private changes cannot be felt for"
    item = next(i for i in desk.client(REVIEWER).feed("kari-capital") if i["startup"] == "rei-bio")
    assert item["versions"]["startup"] == seen


def test_documents_of_a_draft_or_a_withdrawn_profile_are_its_owners_alone(desk):
    api = desk.client(FOUNDER)
    for slug, withdrawn in (("rei-draft", False), ("rei-gone", True)):
        if withdrawn:
            desk.client().register(
                "startups", startup_form("Gone Bio (invented)", id=slug, owner=FOUNDER.org)
            )
        form = DECK | {"tier": "public"}
        made = api.request(
            "POST",
            f"/api/v1/startups/{slug}/documents",
            data=form,
            files={"file": ("deck.pdf", paper(1))},
        ).json()
        if withdrawn:
            api.request("DELETE", f"/api/v1/startups/{slug}")
        path = f"/api/v1/startups/{slug}/documents"
        for actor in (RIVAL, REVIEWER):
            nothing = refused(
                read, desk, actor, f"/api/v1/startups/no-such/documents/{made['id']}/content"
            )
            hidden = refused(read, desk, actor, f"{path}/{made['id']}/content")
            assert (
                (hidden.status, hidden.problem["code"])
                == (nothing.status, nothing.problem["code"])
                == (404, "not-found")
            )
            assert refused(read, desk, actor, path).status == 404
        assert read(desk, FOUNDER, f"{path}/{made['id']}/content")[0] == 200


def test_a_verdict_about_a_draft_is_about_nothing(desk):
    for actor in (RIVAL, Actor("o", "kari-office", frozenset({"officer"}))):
        answers = [
            refused(
                desk.client(actor).post,
                f"/api/v1/startups/{slug}/facts/x/verdict",
                {"confirm": True},
            )
            for slug in ("rei-draft", "no-such")
        ]
        assert [a.status for a in answers] == [404, 404] and answers[0].problem["code"] == answers[
            1
        ].problem["code"]


def test_what_stood_before_anybody_counted_counts_as_seen(desk):
    """As the migration does it: no number falls, and the next private fact still moves nothing."""
    engine = desk.composition.services["startups"].db.engine
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE startups SET shown = NULL")
        seen.begin(connection, "startups", "startup_facts")
    before = read(desk, REVIEWER, PAGES[0])
    assert (
        desk.client(FOUNDER).profile("startups", "rei-bio")["version"]
        == desk.client(REVIEWER).profile("startups", "rei-bio")["version"]
    )
    desk.client(FOUNDER).add_facts(
        "startups", "rei-bio", [SECRET | {"value": {"amount": 7, "currency": "JPY"}}]
    )
    assert read(desk, REVIEWER, PAGES[0]) == before


# -- results, held until their hour

AT = "/api/v1/cohorts/kari-2027"
SEEN = (
    "",
    "/places",
    "/applications",
    "/applications?state=accepted",
    "/applications?state=submitted",
)


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """Two applicants who have said the same; of the first only, somebody is about to decide."""
    made = build(tmp_path_factory.mktemp("calls"))
    made.client(OFFICE).post("/api/v1/cohorts", CALL)
    made.ids = [submitted(made, n)["id"] for n in range(3)]
    mentor = made.client(OFFICE).post(
        "/api/v1/mentors", {"name": "Kari Taro", "expertise": ["car-t"], "languages": ["en"]}
    )
    slot = {"starts_at": "2027-02-10T10:00:00+09:00", "ends_at": "2027-02-10T11:00:00+09:00"}
    hours = made.client(OFFICE).post(
        f"/api/v1/mentors/{mentor['id']}/hours", {"zone": "Asia/Tokyo", "slots": [slot]}
    )
    made.hour = hours["items"][0]["id"]
    yield made.settle()
    made.composition.close()


def tried(calls, n: int, method: str, path: str, **more) -> tuple:
    """What an applicant is answered, its own name taken out."""
    try:
        answer = calls.client(founder(n)).request(method, path, **more)
        said, status = answer.text, answer.status_code
    except Refused as refusal:
        said, status = (
            str(sorted((k, v) for k, v in refusal.problem.items() if k != "request_id")),
            refusal.status,
        )
    for name, as_ in (
        (calls.ids[n], "APPLICATION"),
        (f"bio-{n}", "BIO"),
        (f"Bio {n}", "NAME"),
        (f"-{n + 1:04}", "-RECEIPT"),
        (f"founder-{n}", "WHO"),
    ):
        said = said.replace(name, as_)
    return status, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", said)


def everything(calls, n: int) -> dict:
    """All an applicant may look at or try about its application and call."""
    own = f"/api/v1/applications/{calls.ids[n]}"
    found = {path: tried(calls, n, "GET", f"{AT}{path}") for path in SEEN}
    found |= {
        path: tried(calls, n, "GET", f"{own}{path}") for path in ("", "/interview", "/calendar")
    }
    found["version"] = calls.client(founder(n)).get(own)["version"]
    found["edit"] = tried(
        calls, n, "PATCH", own, json={"name": "x"}, headers={"If-Match": str(found["version"])}
    )
    found["stale"] = tried(calls, n, "PATCH", own, json={"name": "x"}, headers={"If-Match": "99"})
    found["mentors"] = tried(calls, n, "GET", "/api/v1/mentors")
    found["book"] = tried(
        calls, n, "PUT", f"/api/v1/mentors/hours/{calls.hour}/booking", json={"cohort": "kari-2027"}
    )
    found["wish"] = tried(calls, n, "PUT", f"{AT}/wishes/bio-{n}", json={"sites": []})
    found["consultations"] = tried(calls, n, "GET", "/api/v1/consultations")
    return found


def test_nothing_an_applicant_can_look_at_or_try_tells_a_decision_before_its_hour(calls):
    before = everything(calls, 0)
    assert before == everything(calls, 1)
    office = calls.client(OFFICE)
    office.post(f"{AT}/moves", {"act": "accept", "applications": [{"id": calls.ids[0]}]})
    office.request("PUT", f"/api/v1/applications/{calls.ids[0]}/reason", json={"en": "Well done"})
    office.post("/api/v1/consultations", CONSULTATION)
    office.post(f"{AT}/announcement", {"at": "2026-12-20T10:00:00+09:00"})
    assert everything(calls, 0) == everything(calls, 1) == before
    assert office.get(f"/api/v1/applications/{calls.ids[0]}")["state"] == "accepted", (
        "its office knows"
    )
    assert office.post(f"{AT}/chasers", {})["count"] in (0, 3), (
        "a letter that does not come would tell"
    )


def test_at_the_hour_each_reads_its_own_and_what_follows_from_it(calls):
    early = (
        calls.client(founder(0))
        .request("GET", f"/api/v1/applications/{calls.ids[0]}")
        .headers["etag"]
    )
    call = calls.client(founder(0)).request("GET", AT).headers["etag"]
    calls.clock.move(days=28)
    told_ = calls.client(founder(0)).request("GET", f"/api/v1/applications/{calls.ids[0]}")
    assert (
        told_.json()["state"] == "accepted"
        and told_.json()["reason"]
        and told_.headers["etag"] != early
    )
    assert calls.client(founder(0)).request("GET", AT).headers["etag"] != call
    assert (
        calls.client(founder(0)).get("/api/v1/mentors")["items"]
        and calls.client(founder(1)).get("/api/v1/mentors")["items"] == []
    )
    assert len(calls.client(founder(0)).get("/api/v1/consultations")["items"]) == 1
    assert refused(step, calls, 0, {"id": calls.ids[0]}, "recall").problem["code"] == "illegal-step"


def test_what_is_held_may_be_recalled_before_the_deadline_like_what_is_undecided(tmp_path):
    made = build(tmp_path)
    made.client(OFFICE).post("/api/v1/cohorts", CALL)
    ids = [submitted(made, n)["id"] for n in range(2)]
    made.client(OFFICE).post(f"{AT}/moves", {"act": "decline", "applications": [{"id": ids[0]}]})
    answers = [step(made, n, {"id": ids[n]}, "recall") for n in range(2)]
    assert [(a["state"], a["version"], a["legal"]) for a in answers] == [
        ("draft", 3, ["submit", "withdraw"])
    ] * 2
    made.composition.close()


def test_an_export_of_anothers_call_says_nothing_and_a_consultation_is_about_somebody(calls):
    for actor, status in ((OTHER_OFFICE, 403), (founder(1), 403)):
        assert (
            refused(calls.client(actor).request, "GET", f"{AT}/exports?format=csv").status == status
        )
    calls.client(founder(3)).register(
        "startups", startup_form("Draft (invented)", id="bio-draft", state="draft")
    )
    for startup in ("bio-draft", "no-such"):
        form = {k: v for k, v in CONSULTATION.items() if k != "cohort"} | {"startup": startup}
        wrong = refused(calls.client(OFFICE).post, "/api/v1/consultations", form)
        assert (wrong.status, wrong.problem["errors"][0]["field"]) == (422, "startup")
