"""What is typed survives a server that is killed: in a browser with JavaScript, on a server of its
own that dies while somebody types.
"""

import pytest

from tests.browser.test_pages import browser, pytestmark  # noqa: F401 - fixtures
from tests.flow.server import Running

DESK = "/startups/mihon-therapeutics/edit"


@pytest.fixture
def server(tmp_path):
    running = Running(tmp_path / "desk").start()
    yield running
    running.stop()


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_was_typed_is_there_again_after_the_server_died(browser, server, lang):  # noqa: F811
    page = browser.new_context(viewport={"width": 390, "height": 844}, locale=lang).new_page()
    page.goto(f"{server.url}/?lang={lang}")
    page.click("button[value=startup]")
    page.goto(server.url + DESK)
    page.fill("[name='add.plan']", "Ten minutes of thought")
    page.select_option("[name=hq]", "hub-tokyo")
    server.kill()
    page.locator("button[value=save]").click()
    page.wait_for_timeout(500)
    server.start()
    page.goto(server.url + DESK)
    assert (
        page.input_value("[name='add.plan']") == "Ten minutes of thought"
        and page.input_value("[name=hq]") == "hub-tokyo"
    )
    assert page.locator("#kept").is_visible()
    with page.expect_navigation():
        page.locator("button[value=save]").click()
    assert page.locator("p.good[role=status]").count() == 1, page.locator("main").inner_text()[:300]
    assert page.input_value("[name='add.plan']") == "" and not page.locator("#kept").is_visible(), (
        "saved: nothing is kept any more"
    )
    facts = server.admin().profile("startups", "mihon-therapeutics")["facts"]
    assert "Ten minutes of thought" in {f["value"] for f in facts if f["field"] == "plan"}
    page.fill("[name='add.plan']", "Never mind")
    page.reload()
    assert page.input_value("[name='add.plan']") == "Never mind"
    page.click("#kept button")
    assert page.input_value("[name='add.plan']") == ""
    page.reload()
    assert page.input_value("[name='add.plan']") == "" and not page.locator("#kept").is_visible()
    page.context.close()
