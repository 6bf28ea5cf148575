"""A team about a pair: votes, comments, hand-over; interests declared before reading; a colleague's
view by a link.
"""

import pytest

from shared.auth import Actor
from tests.conftest import Stack, employ
from tests.services.test_decisions import COLLEAGUE, FOUNDER, KARI, RIVAL, build, decide, refused

PAIR = "rei-bio/kari-equity"


@pytest.fixture
def desk(tmp_path):
    made = build(tmp_path)
    yield made
    made.composition.close()


def put(desk: Stack, actor: Actor, path: str, body: dict) -> dict:
    return desk.client(actor).request("PUT", f"/api/v1/team/{path}", json=body).json()


def read(desk: Stack, actor: Actor = KARI) -> dict:
    return desk.client(actor).get(f"/api/v1/team/{PAIR}")


def test_votes_and_comments_are_the_teams_alone(desk):
    put(desk, KARI, f"{PAIR}/vote", {"vote": "pass"})
    put(desk, KARI, f"{PAIR}/vote", {"vote": "advance", "note": "On second thoughts"})
    put(desk, COLLEAGUE, f"{PAIR}/vote", {"vote": "hold"})
    desk.client(COLLEAGUE).post(f"/api/v1/team/{PAIR}/comments", {"text": "Met them in Yokohama."})
    told = read(desk)
    assert {(v["person"], v["vote"]) for v in told["votes"]} == {
        ("kari-1", "advance"),
        ("kari-2", "hold"),
    }
    assert [c["text"] for c in told["comments"]] == ["Met them in Yokohama."]
    assert refused(read, desk, RIVAL).status == 403 and refused(read, desk, FOUNDER).status == 403
    assert refused(put, desk, KARI, f"{PAIR}/vote", {"vote": "maybe"}).status == 422


def test_what_was_one_persons_goes_to_another(desk):
    employ(desk, COLLEAGUE, RIVAL)
    for startup in ("rei-bio", "tsuki-bio"):
        made = decide(desk, "advance", startup)
        desk.client(KARI).request(
            "PUT", f"/api/v1/decisions/{made['id']}/assignment", json={"person": "kari-1"}
        )
    assert desk.client(RIVAL).post(
        "/api/v1/team/hand-over", {"giver": "kari-1", "taker": "rival"}
    ) == {"count": 0}
    assert desk.client(KARI).post(
        "/api/v1/team/hand-over", {"giver": "kari-1", "taker": "kari-2"}
    ) == {"count": 2}
    assert {d["assigned_to"] for d in desk.client(KARI).decisions()} == {"kari-2"}
    for nobody in ("rival", "x", "kari-9"):
        told = refused(
            desk.client(KARI).request,
            "PUT",
            f"/api/v1/decisions/{made['id']}/assignment",
            json={"person": nobody},
        )
        assert told.status == 422 and told.problem["errors"][0]["field"] == "person", nobody
        assert (
            refused(
                desk.client(KARI).post,
                "/api/v1/team/hand-over",
                {"giver": "kari-2", "taker": nobody},
            ).status
            == 422
        )
    assert {d["assigned_to"] for d in desk.client(KARI).decisions()} == {"kari-2"}, (
        "nobody else's name stays"
    )


def test_interests_are_declared_before_reading_where_the_house_wants_it(desk):
    api = desk.client(KARI)
    assert api.explain("rei-bio", "kari-equity")
    put(desk, COLLEAGUE, "policy", {"declare": True})
    for call in (
        lambda: api.explain("rei-bio", "kari-equity"),
        lambda: api.brief("rei-bio", "kari-equity"),
        lambda: decide(desk, "advance"),
        lambda: read(desk),
        lambda: api.ask("rei-bio", "kari-equity", "cheque"),
    ):
        told = refused(call)
        assert told.status == 403 and told.problem["code"] == "declare-first"
    assert {i["startup"] for i in api.feed("kari-equity")} == {"rei-bio", "tsuki-bio"}, (
        "the list itself is read"
    )
    put(desk, KARI, "interests/rei-bio", {"interest": "none"})
    assert (
        api.explain("rei-bio", "kari-equity")
        and refused(api.explain, "tsuki-bio", "kari-equity").status == 403
    )
    assert desk.client(RIVAL).explain("rei-bio", "rival-equity"), "another house has its own policy"


def test_a_conflict_closes_the_details_whatever_the_policy(desk):
    put(desk, KARI, "interests/rei-bio", {"interest": "conflict", "note": "My brother works there"})
    told = refused(desk.client(KARI).explain, "rei-bio", "kari-equity")
    assert (
        told.status == 403
        and told.problem["code"] == "recused"
        and refused(decide, desk, "advance").status == 403
    )
    assert decide(desk, "advance", actor=COLLEAGUE)["state"] == "advance"


def invited(desk, **more) -> dict:
    form = {
        "name": "Head of CMC",
        "questions": ["Is the process ready for GMP?", "Which supplier?"],
    } | more
    return desk.client(KARI).post(f"/api/v1/team/{PAIR}/experts", form)


def test_a_colleague_declares_reads_the_brief_and_answers_once(desk):
    desk.client().add_facts(
        "startups",
        "rei-bio",
        [{"field": "technology", "value": "Never for the network", "tier": "private"}],
    )
    desk.settle()
    made = invited(desk)
    guest, at = (
        desk.composition.client(Actor("nobody", "nowhere", frozenset())),
        f"/api/v1{made['path']}",
    )
    first = guest.get(at)
    assert (
        not first["declared"]
        and "brief" not in first
        and "questions" not in first
        and first["for"] == "kari (invented)"
    )
    assert (
        refused(guest.post, at, {"answers": ["a", "b"], "verdict": "mixed"}).problem["code"]
        == "declare-first"
    )
    guest.request("PUT", f"{at}/interest", json={"interest": "none"})
    told = guest.get(at)
    assert (
        told["questions"] == ["Is the process ready for GMP?", "Which supplier?"]
        and told["brief"]["facts"]
    )
    assert "Never for the network" not in str(told)
    assert (
        refused(guest.post, at, {"answers": ["Only one"], "verdict": "mixed"}).problem["code"]
        == "answers-count"
    )
    guest.post(at, {"answers": ["Yes.", "Kari Cell Works"], "verdict": "positive"})
    assert refused(guest.get, at).status == 410
    (held,) = read(desk)["experts"]
    assert (held["state"], held["verdict"], held["answers"][0]) == (
        "answered",
        "positive",
        "Yes.",
    ) and "path" not in held


def test_a_link_ends_by_a_conflict_by_taking_it_back_or_by_itself(desk):
    guest = desk.composition.client(Actor("nobody", "nowhere", frozenset()))
    links = [invited(desk) for _ in range(5)]
    assert refused(invited, desk).problem["code"] == "too-many-links"
    guest.request("PUT", f"/api/v1{links[0]['path']}/interest", json={"interest": "conflict"})
    desk.client(COLLEAGUE).request("DELETE", f"/api/v1/team/experts/{links[1]['id']}")
    assert {refused(guest.get, f"/api/v1{links[n]['path']}").status for n in (0, 1)} == {410}
    assert guest.get(f"/api/v1{links[2]['path']}")
    desk.clock.move(days=15)
    assert refused(guest.get, f"/api/v1{links[2]['path']}").problem["code"] == "link-expired"
    assert refused(guest.get, "/api/v1/expertise/" + "x" * 43).status == 404
    assert (
        refused(invited, desk, questions=[]).status == 422
        and refused(invited, desk, questions=["a"] * 4).status == 422
    )
