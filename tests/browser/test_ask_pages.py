"""The ask loop in a real browser: a reviewer asks, the startup answers in its own words, both see
it; with the keyboard, in both languages.
"""

import time

from tests.browser.test_desk import choose, newcomer
from tests.browser.test_pages import browser, enter, fits, page, pytestmark, server  # noqa: F401 - fixtures
from tests.browser.test_people import sign_in

WORD = "four words make one"


def press(page, selector: str) -> None:  # noqa: F811
    with page.expect_navigation():
        page.locator(selector).press("Enter")


def soon(page, url: str, selector: str) -> None:  # noqa: F811
    """Opens a page until what follows from an event stands there."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        page.goto(url)
        if page.locator(selector).count():
            return
        time.sleep(0.3)
    raise AssertionError(f"{selector} never came at {url}")


def test_a_question_goes_to_the_startup_and_its_answer_comes_back(page, server):  # noqa: F811
    org = newcomer(page, server)
    page.fill("[name='name.en']", f"{org} (invented)")
    page.fill("[name='name.ja']", f"{org}（架空）")
    choose(page, "add.modality", "ipsc-derived")
    choose(page, "add.therapeutic_area", "oncology")
    choose(page, "hq", "hub-tokyo")
    choose(page, "corporate_status", "active")
    press(page, "button[value=publish]")
    enter(page, "reviewer")
    pair = f"{page.base}/matches/{org}/mihon-ventures-equity"
    soon(page, pair, "#questions")
    asking = "form[action$='/asks']"
    assert page.locator(asking).count() >= 1 and fits(page)
    press(page, f"{asking}:has([value=cheque]) button")
    assert page.locator("#questions .badge.unknown").count() == 1, page.locator("main").inner_text()
    assert page.locator(f"{asking}:has([value=cheque])").count() == 0, "nobody asks twice"

    sign_in(page, f"bd@{org}.example", WORD)
    page.goto(f"{page.base}/startups/{org}")
    press(page, "section.next a.button")
    assert page.locator("section.card").count() == 1 and fits(page)
    assert {"en": "a reviewer", "ja": "投資家の担当者"}[page.lang] in page.locator(
        "section.card"
    ).inner_text()
    choose(page, "state", "raising")
    page.fill("[name=amount]", "a lot")
    press(page, "button[value=answer]")
    assert (
        page.locator("[role=alert] li").count() >= 1
        and page.input_value("[name=amount]") == "a lot"
    ), "what was typed stands"
    page.fill("[name=amount]", "800,000,000")
    press(page, "button[value=answer]")
    assert page.locator("[role=status]").count() == 1
    soon(page, f"{page.base}/startups/{org}/asks?lang={page.lang}", "main:not(:has(section.card))")

    enter(page, "reviewer")
    page.goto(pair)
    gate = page.locator("table.gates tr").filter(
        has_text={"en": "Cheque against raise", "ja": "投資額と調達額"}[page.lang]
    )
    assert gate.locator(".badge.pass").count() == 1 and page.locator(".news").count() == 1, (
        page.locator("main").inner_text()
    )
