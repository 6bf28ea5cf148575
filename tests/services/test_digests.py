"""The weekly digest, saved searches, the mission of a quarter: what a team is told, in its
language, of the same data as the edition.
"""

import json
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from services.accounts.courier import Courier as Post
from services.accounts.doors import Doors
from services.matching.editions import make_due
from services.matching.models import Letter
from services.notices.sender import Sender
from shared.auth import ADMINISTRATOR, Actor, worker
from shared.letters import Courier
from tests.conftest import startup_form
from tests.services.test_accounts import hasher, person  # noqa: F401 - hasher is a fixture
from tests.services.test_decisions import FOUNDER, KARI, RIVAL, build, refused

WEEK = timedelta(days=7)


@pytest.fixture
def desk(tmp_path):
    made = build(tmp_path)
    yield made
    made.composition.close()


def monday(desk) -> list[dict]:
    """The week's editions are made; returns the letters that go with them, newest last."""
    desk.settle()
    make_due(desk.matching.db, desk.matching.app.extensions["nakodo"]["reader"])
    with desk.matching.db.reading(ADMINISTRATOR) as session:
        rows = list(session.query(Letter).order_by(Letter.written_at, Letter.org))
    return [
        {"org": row.org} | {k: json.loads(v) if k == "digest" else v for k, v in row.params.items()}
        for row in rows
    ]


def test_each_team_gets_its_edition_in_both_languages_from_the_same_data(desk):
    kari, rival = monday(desk)
    assert (kari["org"], rival["org"]) == ("kari", "rival") and kari["path"].startswith(
        "/feeds/kari-equity/editions/2026-W"
    )
    week = kari["path"].rpartition("/")[2]
    for lang in ("en", "ja"):
        items = desk.client(KARI, lang).edition("kari-equity", week)["items"]
        (section,) = kari["digest"][lang]["sections"]
        assert [i["title"] for i in section["items"]] == [i["names"]["startup"] for i in items]
        for item, line in zip(items, section["items"], strict=True):
            assert (
                f"{item['fit']:.0f}" in line["text"]
                and item["reasons"]["for"][0]["text"] in line["text"]
            )
    assert "2" in kari["digest"]["en"]["lead"] and "確認対象は2件" in kari["digest"]["ja"]["lead"]
    desk.clock.move(days=7)
    assert "Nothing new this week" in monday(desk)[-1]["digest"]["en"]["lead"]
    desk.client(KARI).request(
        "PUT", "/api/v1/feeds/kari-equity/plan", json={"zone": "Asia/Tokyo", "digest": False}
    )
    desk.clock.move(days=7)
    assert [letter["org"] for letter in monday(desk)] == ["kari", "rival"] * 2 + ["rival"]


def test_it_arrives_as_text_and_html_and_hides_no_code(desk, hasher):  # noqa: F811
    composition = desk.composition
    desk.accounts = composition.services["accounts"]
    desk.accounts.app.extensions["nakodo"]["passwords"] = hasher
    person(desk, "kim@kari.example.com", "Kim", "kari", ["reviewer"])
    desk.client().register(
        "startups", startup_form("<b>Bold</b> & Bio (invented)", id="bold-bio", owner="bold-bio")
    )
    monday(desk)
    Courier("matching", desk.matching.db, Letter, desk.client(worker("matching")).letter).deliver()
    Post(
        desk.accounts.db,
        Doors(desk.client(worker("accounts"))),
        desk.accounts.app.extensions["nakodo"]["seals"],
    ).deliver()
    notices = composition.services["notices"]
    Sender(notices.db, None, "nakodo@example.com", composition.settings.data / "mail").send_due()
    (path,) = (composition.settings.data / "mail").glob("*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert (
        "<b>Bold</b> & Bio" in text
        and "&lt;b&gt;Bold&lt;/b&gt; &amp; Bio" in html
        and "<b>Bold" not in html
    )
    assert (
        "/matches/bold-bio/kari-equity" in text
        and "/matches/bold-bio/kari-equity" in html
        and "Kari" not in mail["To"]
    )


def test_a_saved_search_brings_what_it_finds_later_once(desk):
    api = desk.client(KARI)
    form = {"name": "Cell therapy in Japan", "modalities": ["cell-therapy"], "places": ["jp"]}
    made = api.post("/api/v1/searches", form)
    assert made["count"] == 2 and {s["id"] for s in made["startups"]} == {"rei-bio", "tsuki-bio"}
    assert len(monday(desk)[0]["digest"]["en"]["sections"]) == 1, (
        "what it found when it was saved is no news"
    )
    facts = startup_form()["facts"] + [{"field": "hq", "value": "hub-kobe"}]
    desk.client().register(
        "startups",
        startup_form("Hoshi Bio (invented)", id="hoshi-bio", owner="hoshi-bio", facts=facts),
    )
    desk.clock.move(days=7)
    letters = monday(desk)
    (_, section) = next(m for m in letters[2:] if m["org"] == "kari")["digest"]["en"]["sections"]
    assert section["title"] == "New in “Cell therapy in Japan”: 1" and [
        i["title"] for i in section["items"]
    ] == ["Hoshi Bio (invented)"]
    desk.clock.move(days=7)
    assert (
        len(next(m for m in monday(desk)[4:] if m["org"] == "kari")["digest"]["en"]["sections"])
        == 1
    )
    assert desk.client(RIVAL).get("/api/v1/searches")["items"] == []
    assert (
        refused(desk.client(RIVAL).request, "DELETE", f"/api/v1/searches/{made['id']}").status
        == 404
    )
    assert (
        refused(api.post, "/api/v1/searches", {"name": "All"}).problem["errors"][0]["code"]
        == "search-empty"
    )
    api.request("DELETE", f"/api/v1/searches/{made['id']}")
    assert api.get("/api/v1/searches")["items"] == []


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"areas": ["oncology"]}, {"rei-bio", "tsuki-bio"}),
        ({"areas": ["neuroscience"]}, set()),
        ({"text": "TSUKI"}, {"tsuki-bio"}),
        ({"raising": True}, {"rei-bio"}),
        ({"places": ["us"]}, set()),
    ],
)
def test_a_search_finds_by_what_the_network_sees(desk, query, wanted):
    raising = {
        "field": "raise",
        "value": {"state": "raising", "amount": 500_000_000, "currency": "JPY"},
        "tier": "network",
    }
    hidden = {"field": "therapeutic_area", "value": "neuroscience", "tier": "private"}
    desk.client().add_facts("startups", "rei-bio", [raising, hidden])
    desk.settle()
    made = desk.client(KARI).post("/api/v1/searches", {"name": "x"} | query)
    assert {s["id"] for s in made["startups"]} == wanted


def test_a_mission_comes_first_is_read_where_it_is_published_and_ends_by_itself(desk):
    for slug, area in (("aoi-bio", "glioblastoma"), ("zen-bio", "aml")):
        facts = [
            {"field": "modality", "value": "mrna"},
            {"field": "therapeutic_area", "value": area},
        ]
        desk.client().register(
            "startups", startup_form(f"{slug} (invented)", id=slug, owner=slug, facts=facts)
        )
    desk.settle()
    form = {
        "title": "RNA for blood cancers",
        "areas": ["onc-hematologic"],
        "modalities": ["mrna"],
        "until": "2026-12-31",
    }

    def put(actor: Actor, **more) -> dict:
        return (
            desk.client(actor)
            .request("PUT", "/api/v1/missions/kari-equity", json=form | more)
            .json()
        )

    put(KARI)
    assert (
        desk.client(FOUNDER).get("/api/v1/missions")["items"]
        == []
        == desk.client(RIVAL).get("/api/v1/missions")["items"]
    )
    put(KARI, published=True)
    assert [m["title"] for m in desk.client(FOUNDER).get("/api/v1/missions")["items"]] == [
        "RNA for blood cancers"
    ]
    monday(desk)
    week = desk.client(KARI).editions("kari-equity")[0]["week"]
    assert desk.client(KARI).edition("kari-equity", week)["items"][0]["startup"] == "zen-bio"
    assert (
        refused(put, RIVAL).status == 403 and refused(put, KARI, until="2027-12-31").status == 422
    )
    desk.clock.move(days=40)
    assert (
        desk.client(FOUNDER).get("/api/v1/missions")["items"]
        == []
        == desk.client(KARI).get("/api/v1/missions")["items"]
    )


def test_a_teams_edition_joins_those_of_its_mandates_each_company_once(desk):
    option = {"id": "kari-option", "investor": "kari", "kind": "option", "owner": "kari"}
    desk.client().register(
        "mandates", option | {"facts": [{"field": "focus_modality", "value": "cell-therapy"}]}
    )
    monday(desk)
    api = desk.client(KARI)
    week = api.editions("kari")[0]["week"]
    parts = {
        m: [i["startup"] for i in api.edition(m, week)["items"]]
        for m in ("kari-equity", "kari-option")
    }
    told = api.edition("kari", week)
    assert (
        sorted(i["startup"] for i in told["items"])
        == sorted(set(parts["kari-equity"] + parts["kari-option"]))
        and told["mandate"] == "kari"
    )
    assert (
        api.editions("kari")[0]["items"] == len(told["items"]) == 2
        and refused(desk.client(RIVAL).edition, "kari", week).status == 404
    )
    api.request("PUT", "/api/v1/feeds/kari/plan", json={"zone": "Asia/Tokyo", "most": 1})
    assert len(api.edition("kari", week)["items"]) == 1
