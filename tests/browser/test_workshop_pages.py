"""The workshop and the team's table in a real browser: a change tried before it is kept, a mission,
a conflict, a search, the funnel.
"""

from datetime import date, timedelta

import pytest

from nakodo_client import Client
from tests.browser.test_introductions_pages import WIDTHS, People
from tests.browser.test_pages import browser, pytestmark, server  # noqa: F401 - fixtures

AT = "/workshop/mihon-ventures-equity"


@pytest.fixture(params=WIDTHS, ids=list(WIDTHS))
def people(request, browser, server):  # noqa: F811
    made = People(browser, server.url, *WIDTHS[request.param])
    yield made
    assert made.faults == []
    for page in made.pages.values():
        page.context.close()


def test_a_change_is_tried_before_it_is_kept(people, server):  # noqa: F811
    api = Client(server.url, server.token("reviewer"))
    before = api.profile("mandates", "mihon-ventures-equity")["version"]
    page = people.open("reviewer", AT)
    page.locator("input[name=weight-stage]").fill("0")
    page.locator("input[name=weight-modality]").fill("25.0")
    page.locator("input[name=without]").first.check()
    people.press("reviewer", "button[value=preview]")
    assert (
        page.locator("#moves tbody tr").count() > 2
        and page.locator("input[name=weight-modality]").input_value() == "25.0"
    )
    people.axe("reviewer")
    assert api.profile("mandates", "mihon-ventures-equity")["version"] == before, (
        "nothing is kept by trying"
    )
    page.locator("input[name=without]:checked").first.uncheck()
    people.press("reviewer", "button[value=save]")
    assert api.profile("mandates", "mihon-ventures-equity")["version"] == before + 1
    for _ in range(40):  # the matcher hears of it within a second or two
        if float(page.locator("input[name=weight-modality]").input_value()) > 15:
            break
        page.wait_for_timeout(250)
        people.open("reviewer", AT)
    assert float(page.locator("input[name=weight-modality]").input_value()) > 15, (
        "scaled to the model's sum"
    )
    page.locator("input[name=weight-modality]").fill("-1")
    people.press("reviewer", "button[value=preview]")
    assert page.locator("[role=alert] li").count() == 1
    people.faults.clear()  # the browser tells of the 422


def test_a_mission_and_a_holding_are_set(people):
    page = people.open("reviewer", AT)
    if page.locator("button[value=mission]").count() > 1:
        people.press("reviewer", "form.inline button[value=mission]")
    page.locator("input[name=title]").fill("Allogeneic cells for solid tumours")
    page.locator("input[name=until]").fill((date.today() + timedelta(days=60)).isoformat())
    page.locator("select[name=modalities]").select_option("car-t")
    page.locator("input[name=published]").check()
    people.press("reviewer", "form.wide button[value=mission]")
    assert "Allogeneic cells" in page.locator("main").inner_text()
    page.locator("details:has(input[name=asset]) summary").click()
    page.locator("input[name=asset]").fill("MV-001")
    page.locator("form:has(input[name=asset]) select[name=modality]").select_option("mrna")
    people.press("reviewer", "button[value=hold]")
    assert "mRNA" in page.locator("main").inner_text()
    page.locator("select[name=policy]").select_option("gate")
    people.press("reviewer", "button[value=policy]")
    assert page.locator("select[name=policy]").input_value() == "gate"
    people.axe("reviewer")


def test_the_teams_table_keeps_a_search_and_gives_the_funnel(people):
    page = people.open("reviewer", "/team")
    if not page.locator("input[name=name]").is_visible():
        page.locator("details:has(input[name=name]) summary").click()
    page.locator("input[name=name]").fill(f"CAR-T {people.lang}")
    page.locator("select[name=modalities]").select_option("car-t")
    people.press("reviewer", "button[value=search]")
    assert f"CAR-T {people.lang} (" in page.locator("main").inner_text()
    people.axe("reviewer")
    with page.expect_download() as told:
        page.click("a[href*='funnel.xlsx']")
    assert told.value.path().read_bytes()[:2] == b"PK"
