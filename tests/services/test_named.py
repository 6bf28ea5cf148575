"""Whom a written name means, wherever people write one: tables of startups, proposals, search, a
reviewer's affiliation.
"""

import importlib

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, text

from nakodo_client import Refused
from services.matching.models import Base
from tests.conftest import Stack, begun, startup_form
from tests.services.test_cohorts import OFFICE, called
from tests.services.test_reviews import HEAD as HEAD_OF_CALL
from tests.services.test_reviews import MEANS, ROUND, bring, reviewer, rows, sheet

AT = "/api/v1/cohorts/kari-2027"
FIRST, SECOND, THIRD = "4010001000011", "3010001000012", "2010001000013"
HEAD = "id,name_ja,corporate_number,modality,therapeutic_area"


@pytest.fixture
def client(tmp_path):
    stack = Stack(tmp_path)
    made = stack.client()
    numbered = {"name": "架空髙﨑バイオ株式会社", "corporate_number": FIRST, "jurisdiction": "jp"}
    names = {"en": "Takasaki Bio (invented)", "ja": numbered["name"], "kana": "タカサキバイオ"}
    more = {"aliases": ["タカビオ"], "former_names": [{"ja": "架空ラボ"}]}
    made.post("/api/v1/startups", startup_form(legal_entities=[numbered], **more) | {"name": names})
    made.post("/api/v1/startups", startup_form() | {"name": {"ja": "架空無番製薬"}, "id": "bare"})
    stack.settle()
    yield made
    stack.composition.close()


def planned(client, *rows: str, apply: bool = False) -> dict:
    return client.import_startups("t.csv", "\n".join([HEAD, *rows]).encode(), apply)


def codes(told: dict) -> dict[int, str]:
    return {c["row"]: c["errors"][0]["code"] for c in told["conflicts"]}


def test_every_way_of_writing_a_company_is_that_company(client):
    ways = ["架空高崎バイオ", "架空髙﨑バイオ（旧：架空ラボ）", "架空髙﨑バイオK.K."]
    ways += ["架空髙﨑バイオ　株式會社", "架空髙﨑バイオ(有)", "架空髙﨑バイオ（同）"]
    ways += ["ｶ)架空髙﨑バイオ", "タカビオ", "架空ラボ"]
    for way in ways:
        told = planned(client, f",{way},,car-t,aml")
        assert (told["same"], told["creates"], told["conflicts"]) == (1, [], []), way


def test_a_name_with_another_number_is_asked_about_and_never_written(client):
    told = planned(client, f",架空髙﨑バイオ株式会社,{SECOND},sirna,heart-failure")
    assert codes(told) == {2: "number-differs"} and told["updates"] == []
    by_id = planned(client, f"takasaki-bio-invented,架空髙﨑バイオ,{SECOND},sirna,heart-failure")
    assert codes(by_id) == {2: "number-differs"}
    assert codes(planned(client, f",架空無番製薬,{FIRST},sirna,")) == {2: "name-differs"}


def test_a_number_is_checked_compared_and_kept(client):
    assert codes(planned(client, ",架空髙﨑バイオ,1111111111111,car-t,aml")) == {2: "bad-number-jp"}
    twice = planned(client, f",架空甲乙一,{THIRD},car-t,aml", f",架空甲乙二,{THIRD},car-t,aml")
    assert codes(twice) == {3: "row-twice"}
    told = planned(client, f",架空無番製薬,Ｔ{SECOND},car-t,aml", apply=True)
    assert told["updates"] == [{"row": 2, "id": "bare", "fields": ["legal_entities"]}]
    (entity,) = client.profile("startups", "bare")["legal_entities"]
    assert entity["corporate_number"] == SECOND
    again = planned(client, f",まったく別の名,{SECOND},car-t,aml")
    assert again["same"] == 1, "a number finds its company whatever it is called"


def test_a_near_name_asks_and_an_id_of_its_own_answers(client):
    assert codes(planned(client, ",架空高崎バイヨ,,car-t,aml")) == {2: "near-name"}
    told = planned(client, "takasaki-two,架空高崎バイヨ,,car-t,aml")
    assert [c["id"] for c in told["creates"]] == ["takasaki-two"]


def test_search_and_names_in_addresses_know_the_same_ways(client):
    for way in ("架空高崎バイオ株式會社", "タカサキバイオ", "takasakibio", "架空髙﨑バイオ（有）"):
        found = client.get("/api/v1/search", q=way)["items"]
        assert found and found[0]["id"] == "takasaki-bio-invented", way


def test_a_reviewer_of_the_applicant_under_any_of_its_names_is_barred(tmp_path):
    desk = begun(tmp_path, called)
    names = {"en": "Chigusa Therapeutics (invented)", "ja": "千草セラピューティクス株式会社"}
    form = startup_form(aliases=["チグサ"]) | {"name": names, "id": "chigusa"}
    desk.client().post("/api/v1/startups", form)
    desk.settle()
    applied = [
        [name, *row[1:]] for name, row in zip(("架空甲バイオ株式会社", names["ja"]), rows(2))
    ]
    table = sheet([[*HEAD_OF_CALL, "startup"], [*applied[0], ""], [*applied[1], "chigusa"]])
    assert bring(desk, table, mapping=MEANS, apply="true")["applied"]
    panel = {
        said: reviewer(desk, f"審査 {n}", ["aml"], affiliation=said)["id"]
        for n, said in enumerate(
            ("架空甲バイオ株式会社　研究開発本部", "Director, チグサ", "架空甲バイオン株式会社")
        )
    }
    round_ = desk.client(OFFICE).post(f"{AT}/rounds", ROUND)["id"]
    by_name = {a["name"]: a["id"] for a in desk.client(OFFICE).get(f"{AT}/applications")["items"]}

    def assign(application: str, said: str) -> dict:
        body = {"application": by_name[application], "reviewer": panel[said]}
        return desk.client(OFFICE).post(f"/api/v1/rounds/{round_}/reviews", body)

    for application, said in zip(("架空甲バイオ株式会社", names["ja"]), panel, strict=False):
        with pytest.raises(Refused) as refused:
            assign(application, said)
        assert refused.value.problem["code"] == "reviewer-conflict", said
    assert assign("架空甲バイオ株式会社", "架空甲バイオン株式会社")["state"] == "assigned"
    desk.composition.close()


def test_names_kept_before_are_folded_anew_when_the_rule_changes():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        connection.execute(
            text(
                "INSERT INTO names (folded, subject, topic, written) VALUES"
                " ('髙﨑', 'a', 'startups', '髙﨑株式會社'), ('b', 'b', 'startups', 'B')"
            )
        )
        with Operations.context(MigrationContext.configure(connection)):
            importlib.import_module("services.matching.migrations.0013_folded").upgrade()
        kept = connection.execute(text("SELECT folded, subject FROM names ORDER BY subject"))
        assert [tuple(row) for row in kept] == [("高崎", "a"), ("b", "b")]
        grams = connection.execute(text("SELECT gram FROM name_grams ORDER BY gram"))
        assert [row[0] for row in grams] == ["b", "高崎"]
