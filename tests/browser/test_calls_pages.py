"""A call from opening to results in a real browser: the office opens it, a startup applies, the board decides together and takes it back."""

from datetime import datetime, timedelta

import pytest

from nakodo_client import Refused
from tests.browser.test_introductions_pages import WIDTHS, People
from tests.browser.test_pages import browser, pytestmark, server  # noqa: F401 - fixtures


@pytest.fixture(params=WIDTHS, ids=list(WIDTHS))
def people(request, browser, server):  # noqa: F811
    made = People(browser, server.url, *WIDTHS[request.param])
    yield made
    for page in made.pages.values():
        page.context.close()


def test_from_an_open_call_to_the_results(people, server):  # noqa: F811
    owner = {"owner": "mihon-programme-office", "origin": "invented"}
    try:
        server.admin().register(
            "programs", {"id": "mihon-bridge", "name": {"en": "Mihon Bridge (invented)", "ja": "見本ブリッジ（架空）"}} | owner
        )
    except Refused as refused:
        assert refused.status in (409, 422)
    day = datetime.now() + timedelta(days=30)
    page = people.open("officer", "/cohorts")
    people.axe("officer")
    values = {"program": "mihon-bridge", "capacity": "2", "en": f"Bridge {people.lang} (invented)", "ja": f"ブリッジ {people.lang}（架空）"}
    values |= {
        "opens_at": "2026-01-01T00:00",
        "deadline": day.strftime("%Y-%m-%dT17:00"),
        "places1": "2",
        "en1": "Your plan",
        "ja1": "計画",
    }
    for name, value in values.items():
        page.locator(f"form.wide input[name={name}]").fill(value)
    page.locator("select[name=hub1]").select_option("hub-boston-cambridge")
    people.press("officer", "form.wide button.main")
    where = page.url.removeprefix(people.base)
    assert where.startswith("/cohorts/bridge-")

    mine = people.open("startup", "/cohorts")
    mine.locator(f"a[href='{where}']").click()
    people.axe("startup")
    mine.locator("input[name=hubs]").check()
    people.press("startup", "button[value=submit]")
    assert mine.locator("[role=alert] li").count() == 1, "the gap is named"
    people.open("startup", where)
    mine.locator("textarea").fill("A trial in Boston" if people.lang == "en" else "ボストンでの治験")
    people.press("startup", "button[value=submit]")
    assert "-0001" in mine.locator("p.next").inner_text()
    people.axe("startup")

    people.open("officer", where)
    page.locator("tbody details summary").first.click()
    people.axe("officer")
    people.press("officer", "button[name=one]")
    for act in ("shortlist", "accept"):
        page.locator("input[name=application]").first.check()
        people.press("officer", f"button[value={act}]")
    people.press("officer", "form.next button")
    assert page.locator("tbody .badge").first.inner_text() in ("shortlisted", "書類通過")
    page.locator("input[name=application]").first.check()
    people.press("officer", "button[value=accept]")
    assert people.open("startup", where).locator("p.next .badge").inner_text() in ("submitted", "受付済み"), "held until it is announced"


def test_an_officer_who_opens_nonsense_is_told_what_is_wrong(people):
    page = people.open("officer", "/cohorts")
    for name, value in {
        "program": "mihon-bridge",
        "capacity": "-3",
        "en": "No",
        "opens_at": "2026-05-01T00:00",
        "deadline": "2026-04-01T00:00",
    }.items():
        page.locator(f"form.wide input[name={name}]").fill(value)
    people.press("officer", "form.wide button.main")
    assert page.locator("[role=alert] li").count() >= 1 and page.locator("form.wide input[name=en]").input_value() == "No"
