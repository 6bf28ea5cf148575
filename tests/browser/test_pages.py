"""The pages in a real browser: both languages, desktop and phone (each with each under
NAKODO_VIEWS=all), without JavaScript, by keyboard.
"""

import os
import shutil

import pytest

from tests.conftest import OFFICER
from tests.flow.server import Running

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
if not CHROMIUM and not os.environ.get("CI"):
    pytest.skip(
        "no Chromium here: install it (Debian: apt install chromium) to run the browser tests",
        allow_module_level=True,
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("pages")).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "CI needs a Chromium"
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


VIEWS = {"desktop-en": (1280, "en"), "phone-ja": (390, "ja")}
if os.environ.get("NAKODO_VIEWS") == "all":
    VIEWS |= {"desktop-ja": (1280, "ja"), "phone-en": (390, "en")}


@pytest.fixture(params=VIEWS.values(), ids=VIEWS)
def page(request, browser, server):
    width, lang = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 844}, locale=lang, java_script_enabled=False
    )
    page = context.new_page()
    page.faults = []
    page.on(
        "request",
        lambda sent: (
            None
            if sent.url.startswith(server.url)
            else page.faults.append(f"leaves the house: {sent.url}")
        ),
    )
    page.on(
        "console",
        lambda message: (
            page.faults.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    page.lang, page.base = lang, server.url
    yield page
    assert page.faults == []
    context.close()


def enter(page, role: str) -> None:
    page.goto(f"{page.base}/?lang={page.lang}")
    with page.expect_navigation():
        page.click(f"button[value={role}]")


def fits(page) -> bool:
    """Nothing is wider than the screen."""
    boxes = [page.locator(s).first.bounding_box() for s in ("main", "h1", "footer")]
    return all(
        b["x"] >= 0 and b["x"] + b["width"] <= page.viewport_size["width"] + 1 for b in boxes
    )


def test_a_reviewer_goes_from_the_front_page_to_a_feed_to_an_explanation_that_sums(page):
    enter(page, "reviewer")
    assert page.locator("html").get_attribute("lang") == page.lang
    cards = page.locator("ol.cards > li")
    assert 5 <= cards.count() <= 50 and fits(page), "one page of the feed"
    for i in range(cards.count()):
        text = cards.nth(i).inner_text()
        assert ("Grade" if page.lang == "en" else "評価") in text and (
            "What is known" if page.lang == "en" else "情報の状況"
        ) in text
        assert (
            cards.nth(i).locator(".for li").count() <= 3
            and cards.nth(i).locator(".news").count() <= 1
        )
    page.locator("p.foot a").first.click()
    # waits for the page; `all` below would not
    total = float(page.locator("table.bars tfoot .points").inner_text())
    points = [float(t) for t in page.locator("table.bars tbody .points").all_inner_texts()]
    assert abs(sum(points) - total) <= 0.0001 * len(points) and len(points) > 5 and fits(page)
    wishes = page.locator("#wishes tbody tr")
    assert wishes.count() >= 5 and wishes.first.locator("td").count() == 3
    rows = page.locator("#gates tbody tr")
    assert rows.count() >= 3 and rows.first.locator("td").count() == 5


def test_real_organisations_carry_their_origin_source_and_date(page):
    enter(page, "reviewer")
    page.goto(f"{page.base}/feeds/chugai-venture-fund")
    text = page.locator("main").inner_text()
    assert ("Compiled from public sources" if page.lang == "en" else "公開情報から作成") in text
    assert page.locator(".cite a[href^=http]").count() > 3
    classes = page.locator(".cite").all_inner_texts()
    assert any(("press" if page.lang == "en" else "報道") in c for c in classes), (
        "every citation says what kind of text it is"
    )
    page.goto(f"{page.base}/investors/utec")
    held = page.locator("#timeline li")
    assert (
        held.count() >= 4
        and ("Investment" if page.lang == "en" else "出資") in held.first.inner_text()
        and fits(page)
    )


def test_an_officer_sees_a_startup_with_its_triads_and_dated_facts(page, server):
    enter(page, "officer")
    page.goto(f"{page.base}/startups/shinobi-therapeutics")
    assert (
        page.locator("ol.triads > li").count() >= 1
        and page.locator("dl.facts dt").count() > 5
        and fits(page)
    )
    shown = page.locator("ol.triads").inner_text()
    triads = server.client(OFFICER).triads("shinobi-therapeutics")
    assert triads and all(
        t["names"]["investor"] in shown and t["names"]["site"] in shown for t in triads
    )


def test_a_startup_sees_its_own_list_and_nobody_elses_feed(page):
    enter(page, "startup")
    assert page.locator("ol.lines > li").count() > 5
    assert page.goto(f"{page.base}/feeds/mihon-ventures").status == 404
    assert page.goto(f"{page.base}/startups/regcell").status == 200
    assert page.locator("ol.triads").count() == 0


def test_lists_of_startups_and_investors_lead_to_their_pages(page):
    enter(page, "officer")
    page.goto(f"{page.base}/investors")
    assert page.locator("table.directory tbody tr").count() > 20
    with page.expect_navigation():
        page.click("a[href='/investors/taiho-ventures']")
    with page.expect_navigation():
        page.click("a[href='/feeds/taiho-ventures']")
    assert page.locator("ol.cards > li").count() >= 2
    page.goto(f"{page.base}/startups")
    assert page.locator("table.directory tbody tr").count() > 20
    assert (
        page.goto(f"{page.base}/docs").status == 200 and page.locator(".api details").count() > 40
    )


def test_search_finds_a_company_under_its_kana_and_the_language_switch_stays(page):
    enter(page, "officer")
    page.goto(f"{page.base}/search?q=セレイド")
    assert page.locator("ul.lines a").first.get_attribute("href") == "/startups/celaid-therapeutics"
    other = "ja" if page.lang == "en" else "en"
    page.goto(f"{page.base}/startups?lang={other}")
    page.goto(f"{page.base}/startups/celaid-therapeutics")
    assert page.locator("html").get_attribute("lang") == other


def test_the_keyboard_alone_reaches_a_feed(page):
    page.goto(f"{page.base}/?lang={page.lang}")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.locator("button[value=reviewer]:focus").count():
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("ol.cards")
    assert page.url.endswith("/feeds/mihon-ventures")


def test_visitors_and_strangers_are_sent_to_the_front_page_or_told_in_words(page):
    page.goto(f"{page.base}/feeds/mihon-ventures")
    assert page.url == f"{page.base}/"
    enter(page, "officer")
    assert page.goto(f"{page.base}/startups/nobody").status == 404
    assert page.locator("h1").inner_text().strip() and "{" not in page.locator("h1").inner_text()


def test_every_label_is_bound_and_every_image_has_a_text(page):
    enter(page, "reviewer")
    assert page.locator("img:not([alt])").count() == 0
    nameless = "es => es.filter(e => !e.labels.length && !e.ariaLabel).map(e => e.outerHTML)"
    assert page.locator("input:not([type=hidden]), select, textarea").evaluate_all(nameless) == []
    assert page.locator("h1").count() == 1 and page.locator("main").count() == 1
    headings = [
        int(h) for h in page.locator("h1,h2,h3").evaluate_all("es => es.map(e => e.tagName[1])")
    ]
    assert all(b - a <= 1 for a, b in zip(headings, headings[1:], strict=False))


def test_staff_work_off_what_is_known_too_little(page):
    enter(page, "staff")
    page.click("nav a[href='/coverage']")
    rows = page.locator("table.stack tbody tr")
    assert rows.count() == 200 and fits(page)
    matches = [
        int(cell) for cell in page.locator("table.stack tbody td:nth-child(2)").all_inner_texts()
    ]
    assert matches == sorted(matches, reverse=True) and matches[0] > 0
    assert page.request.get(f"{page.base}/coverage.xlsx").body()[:2] == b"PK"
