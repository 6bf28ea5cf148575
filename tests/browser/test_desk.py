"""The startup desk in a real browser: from nothing to a published profile with matches, by
keyboard, in both languages, on a phone too.
"""

import json
import time

import pytest

from tests.browser.test_pages import browser, fits, page, pytestmark, server  # noqa: F401 - fixtures
from tests.browser.test_people import mailed, sign_in, submit
from tests.flow.server import Running

WORD = "four words make one"


def newcomer(page, server: Running) -> str:  # noqa: F811
    """Somebody of a company that nobody has registered yet, invited by staff; returns its id."""
    org = f"haru-cell-{page.lang}-{page.viewport_size['width']}"
    address = f"bd@{org}.example"
    admin = server.admin()
    admin.post(
        "/api/v1/accounts/invitations",
        {"email": address, "roles": ["startup"], "org": org, "locale": page.lang},
    )
    page.goto(mailed(server, address))
    page.fill("[name=name]", "見本 春")
    page.fill("[name=password]", WORD)
    submit(page)
    sign_in(page, address, WORD)
    page.wait_for_url("**/edit")
    return org


def choose(page, name: str, value: str) -> None:  # noqa: F811
    """Picks an option with the keyboard alone: focus, then type what stands there."""
    field = page.locator(f"[name='{name}']")
    field.focus()
    field.select_option(value)


def test_from_nothing_to_a_published_profile_with_matches(page, server):  # noqa: F811
    org = newcomer(page, server)
    assert fits(page) and page.locator("fieldset").count() >= 5
    page.focus("[name='name.ja']")
    page.keyboard.type("晴セル株式会社（架空）")
    page.keyboard.press("Tab")
    page.keyboard.type("Haru Cell (invented)")
    with page.expect_navigation():
        page.locator("button[value=publish]").press("Enter")
    assert page.locator("[role=alert] li").count() >= 2, "every gap is listed at once"
    assert page.input_value("[name='name.en']") == "Haru Cell (invented)", "nothing typed is lost"
    with page.expect_navigation():
        page.locator("button[value=draft]").press("Enter")
    assert (
        page.locator(".badge.unknown").count() == 1
        and page.locator("p.good[role=status]").count() == 1
    )
    choose(page, "add.modality", "car-t")
    with page.expect_navigation():
        page.locator("button[value=publish]").press("Enter")
    assert (
        page.locator("[role=alert] li").count() >= 1 and page.locator(".chips li").count() == 1
    ), "what was stated stands, what is missing is said"
    choose(page, "add.therapeutic_area", "aml")
    choose(page, "stage", "phase-1")
    choose(page, "hq", "hub-tokyo")
    choose(page, "raise.state", "raising")
    choose(page, "raise.round", "series-a")
    page.fill("[name='raise.amount']", "2,000,000,000")
    page.fill("[name='add.technology']", "Allogeneic CAR-T cells")
    with page.expect_navigation():
        page.locator("button[value=publish]").press("Enter")
    assert (
        page.locator("[role=alert]").count() == 0
        and page.locator("button[value=save]").count() == 1
    ), page.locator("main").inner_text()[:500]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        page.goto(f"{page.base}/startups/{org}")
        if page.locator("ol.lines li a[href^='/matches/']").count() > 3:
            break
        time.sleep(0.3)
    else:
        pytest.fail("no matches came")
    assert fits(page)


def test_a_refusal_names_the_field_and_keeps_every_word(page, server):  # noqa: F811
    known = json.loads((server.folder / "keys" / "demo.json").read_text())["startup"]
    sign_in(page, known["email"], known["password"])
    page.goto(f"{page.base}/startups/mihon-therapeutics/edit")
    page.fill("[name='raise.amount']", "a lot")
    choose(page, "raise.state", "raising")
    page.fill("[name='add.plan']", "What I typed for ten minutes")
    page.fill("[name='as_of']", "2031-01-01")
    with page.expect_navigation():
        page.locator("button[value=save]").press("Enter")
    told = page.locator("[role=alert]").inner_text()
    assert {"en": "Current raise: ", "ja": "現在の資金調達: "}[page.lang] in told, told
    assert (
        page.input_value("[name='add.plan']") == "What I typed for ten minutes"
        and page.input_value("[name='raise.amount']") == "a lot"
    )


def test_two_collaborators_one_wins_the_other_loses_no_text(page, browser, server):  # noqa: F811
    known = json.loads((server.folder / "keys" / "demo.json").read_text())["startup"]
    other = browser.new_context(java_script_enabled=False, locale=page.lang).new_page()
    for one in (page, other):
        one.base, one.lang = page.base, page.lang
        sign_in(one, known["email"], known["password"])
        one.goto(f"{page.base}/startups/mihon-therapeutics/edit")
    first, second = (
        f"First {page.lang} {page.viewport_size['width']}",
        f"Second {page.lang} {page.viewport_size['width']}",
    )
    other.fill("[name='add.plan']", first)
    page.fill("[name='add.plan']", second)
    for one in (other, page):
        with one.expect_navigation():
            one.locator("button[value=save]").press("Enter")
    assert other.locator("p.good[role=status]").count() == 1
    assert (
        page.locator("[role=alert]").count() == 1
        and page.input_value("[name='add.plan']") == second
    )
    with page.expect_navigation():
        page.locator("button[value=save]").press("Enter")
    assert page.locator("p.good[role=status]").count() == 1
    plans = {
        f["value"]
        for f in server.admin().profile("startups", "mihon-therapeutics")["facts"]
        if f["field"] == "plan"
    }
    assert {first, second} <= plans
    other.context.close()


def test_anothers_form_does_not_exist(page, server):  # noqa: F811
    known = json.loads((server.folder / "keys" / "demo.json").read_text())
    for role in ("startup", "reviewer"):
        sign_in(page, known[role]["email"], known[role]["password"])
        assert page.goto(f"{page.base}/startups/regcell/edit").status == 404


def test_a_startup_sees_itself_as_others_see_it(page, server):  # noqa: F811
    page.goto(f"{page.base}/?lang={page.lang}")
    page.click("button[value=startup]")
    page.goto(f"{page.base}/startups/mihon-therapeutics")
    own = page.locator("dl.facts dd").count()
    page.click("a[href='?as=public']")
    public = page.locator("dl.facts dd").count()
    assert fits(page) and page.locator("p.next").count() == 1
    kept = page.locator("ul.lines li").count()
    assert public + kept == own and kept > 0, "what is not shown is named"
    page.goto(f"{page.base}/startups/mihon-therapeutics?as=network")
    assert page.locator("dl.facts dd").count() > public
    page.click("p.next a")
    assert page.locator("dl.facts dd").count() == own
