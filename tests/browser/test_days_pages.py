"""A partnering day in a real browser: opened, wished for by both sides, computed, published, mended
in the morning, printed.
"""

import time
from datetime import datetime, timedelta

import pytest

from tests.browser.test_calls_pages import fill
from tests.browser.test_introductions_pages import WIDTHS, People
from tests.browser.test_pages import browser, fits, pytestmark, server  # noqa: F401 - fixtures


@pytest.fixture(params=WIDTHS, ids=list(WIDTHS))
def people(request, browser, server):  # noqa: F811
    made = People(browser, server.url, *WIDTHS[request.param])
    yield made
    for page in made.pages.values():
        page.context.close()


def computed(people, where: str, want) -> None:
    """Waits until the day's page shows what is awaited."""
    for _ in range(60):
        page = people.open("officer", where)
        if want(page):
            return
        time.sleep(0.5)
    raise AssertionError(page.locator("main").inner_text()[:500])


def test_from_an_open_day_to_a_mended_one(people):
    page = people.open("officer", "/days")
    people.axe("officer")
    day = datetime.now() + timedelta(days=40)
    values = {
        "en": f"Kari Day {people.lang} (invented)",
        "ja": f"カリ・デー {people.lang}（架空）",
        "begins": day.strftime("%Y-%m-%dT09:00"),
        "rooms": "-2",
    }
    values |= {
        "count": "4",
        "requests_until": (day - timedelta(days=10)).strftime("%Y-%m-%dT17:00"),
        "rest": "10:00",
    }
    fill(page, "form.wide", values)
    people.press("officer", "form.wide button.main")
    assert (
        page.locator("[role=alert] li").count() == 1
        and page.locator("form.wide input[name=ja]").input_value() == values["ja"]
    )
    fill(page, "form.wide", {"rooms": "2"})
    people.press("officer", "form.wide button.main")
    where = page.url.removeprefix(people.base).removesuffix("/people")
    people.axe("officer")
    page.locator("input[name=startups][value=mihon-therapeutics]").check()
    page.locator("input[name=mandates][value=mihon-ventures-equity]").check()
    people.press("officer", "button[value=invite]")
    assert page.locator("ul.lines strong").count() == 2
    people.press("officer", "button[value=rule]")
    assert page.locator("button[value=drop-rule]").count() == 1
    people.axe("officer")

    mine = people.open("startup", "/days")
    mine.locator(f"a[href='{where}']").click()
    assert mine.url.endswith(f"{where}/parties/mihon-therapeutics"), "one's own page at once"
    people.axe("startup")
    mine.locator("input[name=rank-mihon-ventures-equity]").fill("1")
    people.press("startup", "button[value=wish]")
    mine.locator("input[name=away]").first.check()
    people.press("startup", "button[value=presence]")
    fill(mine, "form:has(button[value=seats])", {"name0": "見本 太郎（架空）", "role0": "CEO"})
    mine.locator("input[name=decides0]").check()
    people.press("startup", "button[value=seats]")
    fill(mine, "form:has(button[value=seats])", {"name1": "見本 次郎（架空）", "role1": "CSO"})
    people.press("startup", "button[value=seats]")
    assert mine.locator("input[name=name2]").count() == 1, "room for one more"
    theirs = people.open("reviewer", where)
    theirs.locator("input[name=rank-mihon-therapeutics]").fill("1")
    people.press("reviewer", "button[value=wish]")
    people.axe("reviewer")

    people.open("officer", where)
    people.press("officer", "button[value=schedule]")
    page.locator("table.grid input").wait_for(timeout=30_000)  # the page looks again by itself
    people.axe("officer")
    page.locator("table.grid input").first.check()
    people.press("officer", "button[value=pin]")
    assert page.locator("table.grid .badge.review").count() == 1
    people.press("officer", "button[value=publish]")
    told = people.open("startup", where)
    assert (
        told.locator("table td strong").count() == 1 and told.locator("table td small").count() == 4
    )
    for kind in ("pdf", "ics"):
        with told.expect_download() as got:
            told.click(f"a[href$='.{kind}']")
        assert got.value.path().stat().st_size > 300
    people.axe("startup")

    people.open("officer", where)
    fill(
        page, "form:has(button[value=lose])", {"what": "attendee", "party": "mihon-ventures-equity"}
    )
    people.press("officer", "button[value=lose]")
    computed(people, where, lambda p: p.locator("table.grid input").count() == 0)
    assert page.locator("s").count() == 1, "what fell out is named"
    people.axe("officer")
    assert fits(page)
    assert [f for f in people.faults if "status of 4" not in f] == []
