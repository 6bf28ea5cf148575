"""A fund that has never seen the product: from its claim to a first feed, in the pages alone."""

import html
import re

import pytest

from shared.auth import PLATFORM, Actor
from tests.conftest import Stack, startup_form
from tests.services.test_claims import browser, person, send

WANTED = {
    "focus_area": "oncology",
    "focus_area.firm": "focus",
    "focus_geography": "jp",
    "focus_geography.firm": "exclusive",
    "development_stage.from": "target-validation",
    "development_stage.to": "phase-2",
    "development_stage.firm": "focus",
    "ticket.min": "1,000,000",
    "ticket.max": "5,000,000",
    "ticket.currency": "USD",
    "ticket.kind": "initial",
    "thesis": "We lead early rounds.",
}
AT = "/mandates/kita-ventures-equity/edit"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("mandates"))
    admin = stack.client()
    for number in range(3):
        admin.register("startups", startup_form(f"Hoshi {number} (invented)", id=f"hoshi-{number}"))
    yield stack.settle()
    stack.composition.close()


@pytest.fixture(scope="module")
def fund(world):
    """A person who asked for a new investor organisation, and whom staff have said yes to."""
    person(world, "analyst@kita-ventures.co.jp")
    web = browser(world, "analyst@kita-ventures.co.jp")
    told = send(web, "/find", q="Kita", name="Kita Ventures", kind="investor")
    assert told.status_code == 200 and "Kita Ventures" in told.text
    staff = world.client(Actor("staff", PLATFORM, frozenset({"staff"})))
    (claim,) = [
        c["id"] for c in staff.get("/api/v1/claims")["items"] if c["name"] == "Kita Ventures"
    ]
    staff.post(f"/api/v1/claims/{claim}/decision", {"approve": True})
    world.settle()
    return web


def read(web, path: str, lang: str = "en") -> str:
    answer = (
        web.get(path, query_string=None, follow_redirects=True)
        if "?" in path
        else web.get(f"{path}?lang={lang}", follow_redirects=True)
    )
    assert answer.status_code == 200, (path, answer.status_code)
    return html.unescape(answer.text)


def test_a_new_fund_gets_from_its_claim_to_its_first_feed(world, fund):
    arrived = fund.get("/find")
    assert arrived.location.endswith("/feeds/kita-ventures")
    assert "Set your team up" in read(fund, arrived.location), "no feed yet: the steps, not a 404"
    assert "チームの初期設定" in read(fund, "/begin", "ja")
    none = send(fund, "/begin")
    assert none.status_code == 422 and 'role="alert"' in none.text
    begun = send(fund, "/begin", **{"name.en": "Kita Ventures", "name.ja": "北ベンチャーズ"})
    assert begun.status_code == 200 and "/mandates/new" in begun.text
    world.settle()

    seen = send(fund, "/mandates/new?lang=en", kind="equity", do="preview", **WANTED)
    text = html.unescape(seen.text)
    assert "of 3 companies would match" in text and "Nothing has been saved yet" in text
    assert 'value="oncology" checked' in text and 'value="1,000,000"' in text, (
        "what was typed stays"
    )
    assert world.client().get("/api/v1/mandates", investor="kita-ventures")["items"] == []

    short = send(fund, "/mandates/new?lang=en", kind="equity", do="save", focus_area="oncology")
    assert short.status_code == 422 and "Ticket" in short.text and "checked" in short.text
    saved = send(fund, "/mandates/new", kind="equity", do="save", **WANTED)
    assert saved.status_code == 200 and saved.request.path == AT
    world.settle()
    feed = read(fund, "/feeds/kita-ventures")
    assert len(re.findall(r"Hoshi \d", feed)) >= 3
    assert read(fund, "/begin").count(">done</span>") == 3


def test_a_change_ends_what_is_no_longer_said_and_leaves_the_rest_untouched(world, fund):
    """What the page cannot show stands as it was, and a page that is behind changes nothing."""
    api = world.client()
    more = [{"field": "focus_modality", "value": "cell-therapy", "list": "also"}]
    api.add_facts("mandates", "kita-ventures-equity", more)
    before = api.get("/api/v1/mandates/kita-ventures-equity")
    page = read(fund, AT)
    assert 'value="oncology" checked' in page and "Cell therapy" in page
    typed = WANTED | {"focus_area": ["oncology", "immunology"], "development_stage.to": "phase-1"}
    late = send(fund, AT, do="save", version=before["version"] - 1, **typed)
    assert late.status_code == 412 and 'value="immunology" checked' in html.unescape(late.text)
    assert api.get("/api/v1/mandates/kita-ventures-equity")["version"] == before["version"]
    asked = send(fund, AT, do="preview", version=before["version"], **typed)
    assert asked.status_code == 200 and 'id="moves"' in asked.text
    saved = send(fund, AT, do="save", version=before["version"], **typed)
    assert saved.status_code == 200 and 'role="status"' in saved.text
    held: dict[str, list] = {}
    for fact in api.get("/api/v1/mandates/kita-ventures-equity")["facts"]:
        held.setdefault(fact["field"], []).append(fact["value"])
    assert sorted(held["focus_area"]) == ["immunology", "oncology"]
    assert [w["to"] for w in held["focus_stage"]] == ["phase-1"]
    assert held["focus_modality"] == ["cell-therapy"] and held["ticket"][0]["max"] == 5_000_000


def test_nobody_elses_mandates_open_and_startups_have_no_such_pages(world, fund):
    person(world, "other@minami.example.co.jp", "minami", ("reviewer",))
    other = browser(world, "other@minami.example.co.jp")
    assert other.get(AT).status_code == 404
    assert send(other, AT, do="save", **WANTED).status_code == 404
    person(world, "bd@hoshi-0.example.co.jp", "hoshi-0", ("startup",))
    startup = browser(world, "bd@hoshi-0.example.co.jp")
    assert {startup.get(path).status_code for path in ("/begin", "/mandates/new", AT)} == {404}


def test_the_language_switch_keeps_what_was_asked_for_and_holds_through_a_redirect(world, fund):
    page = read(fund, "/search?q=Hoshi&kind=startup").split("<main")[0]
    assert "/search?q=Hoshi&kind=startup&lang=ja" in page
    switched = fund.get("/workshop?lang=ja", follow_redirects=True)
    assert switched.request.path.startswith("/workshop/") and 'lang="ja"' in switched.text
    paper = fund.get("/startups/hoshi-0/one-pager.pdf?lang=en")
    assert paper.status_code == 200 and "lang=" not in paper.headers.get("Set-Cookie", "")
    assert '<html lang="ja"' in fund.get("/startups").text, "a file has a language of its own"


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_front_page_says_what_this_is_and_how_to_begin(world, lang):
    web = world.composition.services["portal"].app.test_client()
    front = read(web, "/", lang)
    assert 'href="/sign-up"' in front and 'href="/sign-in"' in front
    assert front.count("<dt>") == 3
