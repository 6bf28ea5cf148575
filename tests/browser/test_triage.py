"""Monday morning: ten items triaged with the keyboard alone, on a desktop and on a phone by touch,
in both languages.
"""

import pytest

from nakodo_client import Client
from tests.browser.test_pages import browser, fits, pytestmark, server  # noqa: F401 - fixtures


@pytest.fixture(params=[(1280, "en"), (390, "ja")], ids=["desktop-en", "phone-ja"])
def page(request, browser, server):  # noqa: F811
    width, lang = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 844}, locale=lang, has_touch=width < 500
    )
    made = context.new_page()
    made.faults, made.lang, made.base = [], lang, server.url
    made.on("pageerror", lambda error: made.faults.append(str(error)))
    made.on(
        "console",
        lambda message: made.faults.append(message.text) if message.type == "error" else None,
    )
    made.goto(f"{server.url}/?lang={lang}")
    with made.expect_navigation():
        made.click("button[value=reviewer]")
    yield made
    assert made.faults == []
    context.close()


def decisions(server) -> dict[str, str]:  # noqa: F811
    items = Client(server.url, server.token("reviewer")).get("/api/v1/decisions")["items"]
    return {d["startup"]: d["state"] for d in items}


def focused(page) -> str:
    return page.evaluate("document.activeElement.closest('li.card')?.id ?? ''")


def test_ten_items_are_triaged_and_the_last_one_is_taken_back(page, server):  # noqa: F811
    before = decisions(server)
    cards = page.locator("ol.cards > li")
    if page.viewport_size["width"] > 500:
        first = cards.nth(0).get_attribute("id")
        page.keyboard.press("j")
        assert focused(page) == cards.nth(1).get_attribute("id")
        page.keyboard.press("k")
        assert focused(page) == first
        with page.expect_navigation():
            page.keyboard.press("a")
        assert focused(page) == cards.nth(0).get_attribute("id"), "on to the next"
        second = focused(page)
        page.keyboard.press("p")
        page.keyboard.type("Too early")
        with page.expect_navigation():
            submit(page)
        third = focused(page)
        page.keyboard.press("h")
        page.keyboard.type("IND")
        with page.expect_navigation():
            submit(page)
        assert fits(page)
        now = decisions(server)
        assert (now[first], now[second], now[third]) == ("advance", "pass", "hold")
        with page.expect_navigation():
            page.locator("button[value=undo]").press("Enter")
        assert third not in {k for k, v in decisions(server).items() if v == "hold"} and cards.nth(
            0
        ).get_attribute("id")
        for _ in range(7):
            with page.expect_navigation():
                page.keyboard.press("j")
                page.keyboard.press("k")
                page.keyboard.press("a")
        assert len(decisions(server)) - len(before) >= 9
    else:
        card = cards.first
        name = card.get_attribute("id")
        card.locator("details.pass summary").tap()
        card.locator("details.pass select[name=reason]").select_option("valuation")
        with page.expect_navigation():
            card.locator("button[value=pass]").tap()
        assert (
            decisions(server)[name] == "pass"
            and page.locator("[role=status]").count() == 1
            and fits(page)
        )
        with page.expect_navigation():
            page.locator("button[value=undo]").tap()
        assert page.locator(f"li#{name}").count() == 1


def submit(page) -> None:
    """From a field to its form's button by Tab, and Enter."""
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    page.keyboard.press("Enter")


def test_a_question_is_put_from_the_card(page):
    card = page.locator("ol.cards > li", has=page.locator("details.ask")).nth(
        0 if page.viewport_size["width"] > 500 else 1
    )
    name = card.locator("h2").inner_text()
    if page.viewport_size["width"] > 500:
        card.focus()
        page.keyboard.press("q")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    else:
        card.locator("details.ask summary").tap()
        with page.expect_navigation():
            card.locator("details.ask button").first.tap()
    assert name in page.locator("p.good[role=status], div.bad").first.inner_text() and fits(page)
