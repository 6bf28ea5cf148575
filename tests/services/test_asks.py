"""Questions: of many mandates one, limited, declined in private; the answer is a dated fact,
rescored, and goes back to all who asked.
"""

from datetime import timedelta

import pytest

from nakodo_client import Refused
from services.matching.asks import MOST_ASKED, MOST_RECEIVED
from services.startups.actions import STARTUP
from shared.auth import ADMINISTRATOR, PLATFORM, Actor
from shared.organizations.profiles import hand_over
from tests.conftest import Stack, mandate_form, startup_form

FOUNDER = Actor("founder", "rei-bio", frozenset({"startup"}))
STAFF = Actor("staff", "nakodo", frozenset({"staff"}))


def fund(n: int) -> Actor:
    return Actor(f"reviewer-{n}", f"fund-{n}", frozenset({"reviewer"}))


@pytest.fixture
def market(stack):
    return built(stack)


def built(stack):
    """Rei Bio, which says nothing of its raise, and nine funds with a cheque each; the last has two
    mandates.
    """
    stack.client().register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    for n in range(1, 9):
        stack.client().register(
            "investors",
            {"id": f"fund-{n}", "name": {"en": f"Fund {n} (invented)"}, "owner": f"fund-{n}"},
        )
        stack.client().register("mandates", mandate_form(f"fund-{n}", owner=f"fund-{n}"))
    stack.client().register("mandates", mandate_form("fund-8", owner="fund-8", id="fund-8-second"))
    return stack.settle()


def ask(stack, n: int, mandate: str | None = None, **more) -> dict:
    form = {"startup": "rei-bio", "mandate": mandate or f"fund-{n}-equity", "gate": "cheque"} | more
    return stack.client(fund(n)).post("/api/v1/asks", form)


def refused(call, *args, **more) -> Refused:
    with pytest.raises(Refused) as told:
        call(*args, **more)
    return told.value


def inbox(stack, actor: Actor = FOUNDER) -> list[dict]:
    return stack.client(actor).get("/api/v1/asks", startup="rei-bio")["items"]


def sent(stack, n: int) -> list[dict]:
    return stack.client(fund(n)).get("/api/v1/asks")["items"]


def state(stack, n: int, gate: str = "cheque") -> str:
    found = stack.client(fund(n)).explain("rei-bio", f"fund-{n}-equity")["gates"]
    return next(g["state"] for g in found if g["gate"] == gate)


RAISE = {"state": "raising", "amount": 800_000_000, "currency": "JPY"}


def test_nine_mandates_make_one_question_and_one_answer_serves_them_all(market):
    for n in range(1, 9):
        assert state(market, n) == "unknown"
        made = ask(market, n, named=n == 3)
        assert made["state"] == "open" and made["claimed"]
    ask(market, 8, "fund-8-second")
    (question,) = inbox(market)
    assert (
        question["mandates"] == 9
        and question["by"] == ["Fund 3 (invented)"]
        and question["field"] == "raise"
    )
    assert "fund-1" not in str(question), "who asks is a reviewer unless they gave their name"
    for n in range(1, 9):
        market.client(fund(n)).request("POST", f"/api/v1/feeds/fund-{n}-equity/seen")
    market.clock.move(hours=1)
    market.client(FOUNDER).add_facts(
        "startups", "rei-bio", [{"field": "raise", "value": RAISE, "answers": question["id"]}]
    )
    market.settle()
    assert inbox(market) == []
    for n in range(1, 9):
        (told, *_) = sent(market, n)
        assert told["state"] == "answered" and told["answered_at"]
        assert state(market, n) == "pass"
        (item,) = market.client(fund(n)).feed(f"fund-{n}-equity")
        assert item["news"]["lane"] == "changed" and item["news"]["change"]["kind"] == "gate"
        (reason,) = [r for r in item["gates"] if r["gate"] == "cheque"]
        assert reason["as_of"] == market.clock.today().isoformat()
    assert {a["state"] for a in sent(market, 8)} == {"answered"} and len(sent(market, 8)) == 2


def test_an_answer_that_moves_no_gate_still_comes_back_as_news(market):
    ask(market, 1)
    (question,) = inbox(market)
    market.client(fund(1)).request("POST", "/api/v1/feeds/fund-1-equity/seen")
    market.clock.move(hours=1)
    answer = {"field": "raise", "value": {"state": "raising"}, "answers": question["id"]}
    market.client(FOUNDER).add_facts("startups", "rei-bio", [answer])
    market.settle()
    assert sent(market, 1)[0]["state"] == "answered" and state(market, 1) == "unknown"
    news = market.client(fund(1)).explain("rei-bio", "fund-1-equity")["news"]
    assert news["lane"] == "changed"
    again = ask(market, 1)
    assert again["state"] == "open" and inbox(market)[0]["id"] == again["id"], (
        "the rest may be asked again"
    )
    market.client(FOUNDER).add_facts(
        "startups", "rei-bio", [{"field": "raise", "value": RAISE, "answers": question["id"]}]
    )
    market.settle()
    assert state(market, 1) == "pass" and inbox(market) == []


def test_a_private_decline_reads_like_silence(market):
    ask(market, 1)
    ask(market, 2)
    before = sent(market, 1)
    market.client(FOUNDER).request("POST", f"/api/v1/asks/{inbox(market)[0]['id']}/decline")
    assert inbox(market) == [] and sent(market, 1) == before, "not a byte tells"
    assert ask(market, 3)["state"] == "open" and inbox(market) == [], (
        "nor does a third bring it back"
    )
    market.clock.move(days=31)
    assert sent(market, 1)[0]["state"] == "expired"
    market.clock.move(days=60)
    ask(market, 1)
    assert len(inbox(market)) == 1, "after a rest it may be put again"


def test_two_worlds_that_differ_in_a_decline_alone_read_the_same(tmp_path):
    """Asked, declined or not, run out, asked again by the same and by another: byte for byte, but
    for the ids, which say nothing.
    """
    told = []
    for declines in (True, False):
        stack = built(Stack(tmp_path / str(declines)))
        ask(stack, 1)
        if declines:
            stack.client(FOUNDER).decline(inbox(stack)[0]["id"])
        stack.clock.move(days=31)
        ask(stack, 1)
        ask(stack, 2)
        told.append(
            [[{k: v for k, v in q.items() if k != "id"} for q in sent(stack, n)] for n in (1, 2)]
        )
        stack.composition.close()
    assert told[0] == told[1] and len(told[0][0]) == 2


def test_a_question_nobody_answers_expires_and_may_be_asked_again(market):
    ask(market, 1)
    assert refused(ask, market, 1).problem["code"] == "asked-already"
    market.clock.move(days=31)
    assert inbox(market) == [] and sent(market, 1)[0]["state"] == "expired"
    ask(market, 1)
    assert len(inbox(market)) == 1


def test_only_what_is_unknown_of_ones_own_mandate_may_be_asked(market):
    assert refused(ask, market, 1, "fund-2-equity").status == 403
    assert refused(ask, market, 1, gate="focus").problem["code"] == "nothing-to-ask", "it is known"
    assert refused(ask, market, 1, gate="nonsense").status == 422
    assert refused(ask, market, 1, startup="nobody-knows").status == 404
    assert refused(ask, market, 1, mandate="no-such").status == 404
    assert (
        refused(
            market.client(FOUNDER).post,
            "/api/v1/asks",
            {"startup": "rei-bio", "mandate": "x", "gate": "cheque"},
        ).status
        == 403
    )
    assert inbox(market) == [] and sent(market, 1) == []


def test_a_question_is_its_startups_and_its_askers_alone(market):
    ask(market, 1)
    (question,) = inbox(market)
    rival = Actor("rival", "other-bio", frozenset({"startup"}))
    assert (
        refused(inbox, market, rival).status == 404
        and refused(inbox, market, fund(1)).status == 404
    )
    assert (
        refused(
            market.client(rival).request, "POST", f"/api/v1/asks/{question['id']}/decline"
        ).status
        == 404
    )
    assert (
        refused(
            market.client(fund(2)).request, "POST", f"/api/v1/asks/{question['id']}/decline"
        ).status
        == 404
    )
    assert sent(market, 2) == []


def test_an_answer_must_fit_the_question_and_be_seen_by_who_asked(market):
    ask(market, 1)
    (question,) = inbox(market)
    client = market.client(FOUNDER)
    hidden = {"field": "raise", "value": RAISE, "answers": question["id"], "tier": "private"}
    assert (
        refused(client.add_facts, "startups", "rei-bio", [hidden]).problem["errors"][0]["code"]
        == "answer-hidden"
    )
    client.add_facts(
        "startups", "rei-bio", [{"field": "hq", "value": "jp", "answers": question["id"]}]
    )
    market.settle()
    assert len(inbox(market)) == 1, "a fact of another field is no answer"
    told = {"field": "focus_area", "value": "oncology", "answers": question["id"]}
    mandate = refused(market.client(fund(1)).add_facts, "mandates", "fund-1-equity", [told])
    assert mandate.problem["errors"][0]["code"] == "unknown-key"


def test_limits_of_a_week_say_when_the_next_may_be_asked(market):
    for n in range(MOST_ASKED):
        market.client().register("startups", startup_form(f"Bio {n} (invented)", id=f"bio-{n}"))
    market.settle()
    for n in range(MOST_ASKED):
        ask(market, 1, startup=f"bio-{n}")
    told = refused(ask, market, 1)
    assert (
        told.status == 429
        and told.problem["code"] == "asked-enough"
        and (market.clock.today() + timedelta(days=7)).isoformat() in str(told)
    )
    assert ask(market, 2)["state"] == "open", "the limit is each organisation's own"
    market.clock.move(days=8)
    ask(market, 1)


def test_a_startup_is_asked_so_many_new_questions_a_week_and_no_more(market, monkeypatch):
    monkeypatch.setattr("services.matching.asks.MOST_RECEIVED", 1)
    assert MOST_RECEIVED == 10
    ask(market, 1)
    market.client().add_facts(
        "mandates", "fund-2-equity", [{"field": "investor_terms", "value": "follow"}]
    )
    market.settle()
    told = refused(ask, market, 2, gate="lead")
    assert told.status == 429 and told.problem["code"] == "startup-asked-enough"
    assert ask(market, 2)["state"] == "open", "one that waits already may be joined"


def test_an_unclaimed_profile_keeps_its_questions_for_whoever_claims_it(market):
    market.client().register(
        "startups", startup_form("Tsuki Bio (invented)", id="tsuki-bio", owner=PLATFORM)
    )
    market.settle()
    made = ask(market, 1, startup="tsuki-bio")
    assert not made["claimed"]
    assert len(market.client(STAFF).get("/api/v1/asks", startup="tsuki-bio")["items"]) == 1
    with market.composition.services["startups"].db.transaction(ADMINISTRATOR) as session:
        hand_over(session, STARTUP, "tsuki-bio", "tsuki-bio")
    market.settle()
    owner = Actor("tsuki", "tsuki-bio", frozenset({"startup"}))
    assert len(market.client(owner).get("/api/v1/asks", startup="tsuki-bio")["items"]) == 1
    assert (
        sent(market, 1)[0]["claimed"]
        and refused(market.client(STAFF).get, "/api/v1/asks", startup="tsuki-bio").status == 404
    )


def test_a_question_is_told_in_the_readers_language(market):
    ask(market, 1)
    (english,), (japanese,) = (
        inbox(market),
        market.client(FOUNDER, "ja").get("/api/v1/asks", startup="rei-bio")["items"],
    )
    assert (
        english["text"] == "How much are you raising now?"
        and japanese["text"] == "今回の調達予定額を教えてください。"
    )
    assert english["by"] == ["a reviewer"] and japanese["by"] == ["投資家の担当者"]
