"""Papers, links, disclosure and reconfirmation in a real browser: both languages, desktop and
phone, without JavaScript.
"""

import io

import pytest
from pypdf import PdfReader

from nakodo_client import Client
from services.startups.models import Link  # noqa: F401 - the table this test is about
from tests.browser.test_pages import browser, enter, fits, page, pytestmark, server  # noqa: F401 - fixtures
from tests.services.test_papers import paper

DESK = "/startups/mihon-therapeutics"


def go(page, selector: str) -> None:  # noqa: F811
    with page.expect_navigation():
        page.click(selector)


@pytest.fixture(scope="module")
def deck(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("papers")
    (folder / "deck.pdf").write_bytes(paper(2))
    (folder / "notes.pdf").write_bytes(b"no PDF at all")
    return str(folder)


def pdf(page, url: str) -> str:  # noqa: F811
    answer = page.request.get(url)
    assert answer.status == 200 and answer.headers["content-type"] == "application/pdf"
    return "".join(p.extract_text() for p in PdfReader(io.BytesIO(answer.body())).pages)


def test_a_document_goes_up_and_comes_back_stamped_for_a_reviewer(page, server, deck):  # noqa: F811
    enter(page, "startup")
    page.goto(f"{page.base}{DESK}/papers?lang={page.lang}")
    page.set_input_files("[name=file]", f"{deck}/notes.pdf")
    go(page, "form[action$='/documents'] button.main")
    assert (
        page.locator("[role=alert] li").count() == 1
        and "PDF" in page.locator("[role=alert]").inner_text()
    )
    page.set_input_files("[name=file]", f"{deck}/deck.pdf")
    go(page, "form[action$='/documents'] button.main")
    assert page.locator("[role=alert]").count() == 0 and fits(page)
    path = page.locator("table a[href$='.pdf']").first.get_attribute("href")
    enter(page, "reviewer")
    page.goto(f"{page.base}{DESK}")
    assert page.locator(f"a[href='{path}']").count() == 1
    text = pdf(page, page.base + path)
    assert "見本次郎" in "".join(text.split()) and "mihon-ventures" in text
    enter(page, "startup")
    page.goto(f"{page.base}{DESK}/papers")
    assert "mihon-ventures" in page.locator("details").first.text_content()


def test_a_link_opens_the_one_pager_for_somebody_without_an_account(page, browser, server):  # noqa: F811
    enter(page, "startup")
    page.goto(f"{page.base}{DESK}/papers?lang={page.lang}")
    page.select_option("select[name=language] >> nth=0", page.lang)
    go(page, "button[value=link]")
    url = page.locator(".code").inner_text()
    guest = browser.new_context(java_script_enabled=False, locale=page.lang).new_page()
    guest.goto(page.base + "/s/" + url.rsplit("/", 1)[-1])
    assert {"en": "Mihon Therapeutics", "ja": "見本セラピューティクス"}[page.lang] in guest.locator(
        "h1"
    ).inner_text()
    link = guest.locator("a.button").get_attribute("href")
    text = pdf(guest, page.base + link)
    assert {"en": "Therapeutic area", "ja": "疾患領域"}[page.lang] in text and {
        "en": "JPY 3bn",
        "ja": "30億円",
    }[page.lang] not in text
    go(page, "button[value=end-link] >> nth=0")
    assert guest.goto(page.base + "/s/" + url.rsplit("/", 1)[-1]).status == 410
    assert guest.goto(page.base + "/s/" + "0" * 64).status == 404
    guest.context.close()


def test_who_sees_what_and_who_is_never_shown_us(page, server):  # noqa: F811
    enter(page, "startup")
    page.goto(f"{page.base}{DESK}/disclosure?lang={page.lang}")
    assert fits(page)
    page.fill("[name=name]", "takeda ventures")
    page.locator("[name=name]").press("Enter")
    page.wait_for_selector("button[name=org]")
    go(page, "button[value=takeda-ventures]")
    assert "Takeda Ventures" in page.locator("ul.lines").first.inner_text()
    profile = Client(server.url, server.token("startup")).profile("startups", "mihon-therapeutics")
    assert {"takeda-ventures"} <= {
        f["value"] for f in profile["facts"] if f["field"] == "blocked_org"
    }
    row = page.locator("ul.lines li", has_text="Takeda Ventures")
    with page.expect_navigation():
        row.locator("button").click()
    need = page.locator(
        "dl.facts div", has_text={"en": "Laboratory need", "ja": "必要な実験設備"}[page.lang]
    )
    for tier in ("private", "public"):
        need.locator("select").select_option(tier)
        with page.expect_navigation():
            need.locator("button").click()
        assert need.locator("select").input_value() == tier
