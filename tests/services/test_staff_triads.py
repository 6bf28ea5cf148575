"""Triads for programme staff: startup, investor and site together on the real reference profiles,
sponsors and the weakest link named.
"""

import pytest

from nakodo_client import Refused
from shared.auth import Actor
from tests.conftest import OFFICER, REVIEWER, Stack


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    made = Stack(tmp_path_factory.mktemp("triads")).load("reference", "demo")
    yield made
    made.composition.close()


def triads(
    loaded, startup: str, who: Actor = OFFICER, lang: str = "en", invented: str = "true"
) -> list[dict]:
    asked = {"startup": startup, "invented": invented}
    return loaded.client(who, lang).get("/api/v1/triads", **asked)["items"]


def every(loaded) -> dict[str, list[dict]]:
    return {
        s["id"]: triads(loaded, s["id"])
        for s in loaded.client(OFFICER).get("/api/v1/startups", limit=200, fields="id")["items"]
    }


def test_at_most_three_each_one_a_hub_the_own_hub_first(loaded):
    found = every(loaded)
    assert sum(map(len, found.values())) > 30
    for startup, items in found.items():
        assert len(items) <= 3 and len({x["hub"] for x in items}) == len(items), startup
        own = {
            f["value"]
            for f in loaded.client(OFFICER).get(f"/api/v1/startups/{startup}")["facts"]
            if f["field"] == "us_hub"
        }
        places = [x["hub"] in own for x in items]
        assert places == sorted(places, reverse=True), (startup, places)


def test_a_golden_ticket_names_its_sponsor_in_both_languages(loaded):
    """Astellas states golden tickets at MBC BioLabs and LabCentral (its profile gives source and
    date).
    """
    by_site = {x["site"]: x for x in triads(loaded, "noile-immune", invented="false")}
    ticket = by_site["labcentral-700"]
    assert (
        ticket["investor"] == "astellas-venture-management"
        and "astellas-venture-management" in ticket["sponsors"]
    )
    assert (
        "Astellas Venture Management" in ticket["names"]["sponsors"]
        and "golden ticket" in ticket["links"][0]
    )
    ja = next(
        x
        for x in triads(loaded, "noile-immune", lang="ja", invented="false")
        if x["site"] == "labcentral-700"
    )
    assert (
        ja["weakest"]["text"] != ticket["weakest"]["text"]
        and ja["weakest"]["part"] == ticket["weakest"]["part"]
    )
    for items in every(loaded).values():
        for x in items:
            assert x["parts"][x["weakest"]["part"]] == min(x["parts"].values()), (
                "the weakest link is the weakest"
            )


def test_staff_read_the_triads_of_a_startup_that_is_not_theirs_and_other_investors_do_not(loaded):
    mine = loaded.client(Actor("bd", "mihon-therapeutics", frozenset({"startup"}))).get(
        "/api/v1/triads", startup="mihon-therapeutics"
    )["items"]
    assert triads(loaded, "mihon-therapeutics") == mine != []
    with pytest.raises(Refused) as told:
        triads(loaded, "mihon-therapeutics", REVIEWER)
    assert told.value.status == 404
