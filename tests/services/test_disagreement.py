"""Sources that disagree: seen on the profile, asked of the company, settled by its answer, at the
cost of confidence.
"""

import pytest

from services.portal import present
from shared.auth import Actor
from shared.judgement.dates import first_day
from tests.conftest import Stack, mandate_form, startup_form

FOUNDER = Actor("founder", "rei-bio", frozenset({"startup"}))
REVIEWER = Actor("reviewer", "kari", frozenset({"reviewer"}))
PAIR = ("rei-bio", "kari-equity")
FILING, AGGREGATOR = (
    {"kind": "web", "url": f"https://{host}/1"} for host in ("www.sec.gov", "kabutan.jp")
)
SEATS = [
    {"field": "hq", "value": "hub-tokyo", "as_of": "2025-02-01", "source": FILING},
    {"field": "hq", "value": "us-west", "as_of": "2025-03", "source": AGGREGATOR},
]


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """Rei Bio, of which a filing and an aggregator say where it sits, and a fund that takes
    Japanese companies.
    """
    stack = Stack(tmp_path_factory.mktemp("contradictions"))
    client = stack.client()
    client.register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    client.register("investors", {"id": "kari", "name": {"en": "Kari (invented)"}, "owner": "kari"})
    form = mandate_form("kari", owner="kari")
    client.register(
        "mandates", form | {"facts": [*form["facts"], {"field": "focus_geography", "value": "jp"}]}
    )
    client.add_facts("startups", "rei-bio", SEATS)
    yield stack.settle()
    stack.composition.close()


def test_from_two_texts_to_one_answer(market):
    reviewer, founder = market.client(REVIEWER), market.client(FOUNDER)
    before = reviewer.explain(*PAIR)
    country = next(g for g in before["gates"] if g["gate"] == "country")
    assert country["state"] == "pass" and country["source_class"] == "registry", (
        "the newer is the worse source"
    )
    (doubt,) = [u for u in before["unknowns"] if u.get("field") == "hq"]
    assert (
        doubt["gate"] == "country"
        and "2025-03, aggregator" in doubt["text"]
        and "Tokyo" in doubt["text"]
    )
    assert (
        "食い違"
        in market.client(REVIEWER, lang="ja").explain(*PAIR, lang="ja")["unknowns"][-1]["text"]
    )
    (told,) = founder.coach("rei-bio")["doubts"]
    assert told["field"] == "hq" and told["text"] == doubt["text"]

    reviewer.post(
        "/api/v1/asks", {"startup": "rei-bio", "mandate": "kari-equity", "gate": "country"}
    )
    (question,) = founder.get("/api/v1/asks", startup="rei-bio")["items"]
    assert question["field"] == "hq"
    founder.add_facts(
        "startups", "rei-bio", [{"field": "hq", "value": "hub-tokyo", "answers": question["id"]}]
    )
    market.settle()
    after = reviewer.explain(*PAIR)
    assert (
        not [u for u in after["unknowns"] if u.get("field")]
        and founder.coach("rei-bio")["doubts"] == []
    )
    assert after["confidence"] > before["confidence"] and after["log_odds"] == before["log_odds"]
    assert founder.get("/api/v1/asks", startup="rei-bio")["items"] == []


def test_a_profile_marks_the_facts_that_disagree():
    facts = [{"id": str(i), "tier": "public", **fact} for i, fact in enumerate(SEATS)]
    (seats,) = [found for _, found in present.grouped(facts, "en", first_day("2026-11-28"))]
    assert [f["doubtful"] for f in seats] == [True, True]
    (seat,) = [found for _, found in present.grouped(facts[:1], "en", first_day("2026-11-28"))]
    assert [f["doubtful"] for f in seat] == [False]
