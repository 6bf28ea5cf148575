"""One's own data, and staff's decisions about duplicates, in a real browser; on a server of their
own, for tries are counted per place.
"""

import json

from tests.browser.test_pages import browser, fits, page, pytestmark, server  # noqa: F401 - fixtures
from tests.browser.test_people import WORD, account, mailed, sign_in, submit


def test_a_person_consents_takes_a_copy_and_is_erased(page, server):  # noqa: F811
    known, colleague = (
        account(server, "startup"),
        f"natsu-{page.lang}-{page.viewport_size['width']}@mihon-therapeutics.example",
    )
    sign_in(page, known["email"], known["password"])
    page.goto(f"{page.base}/account")
    page.fill("form[action='/account/invite'] [name=email]", colleague)
    page.click("form[action='/account/invite'] button")
    page.click("header form[action='/session/end'] button")
    page.goto(mailed(server, colleague))
    page.fill("[name=name]", "見本 夏")
    page.fill("[name=password]", WORD)
    submit(page)
    sign_in(page, colleague, WORD)
    page.goto(f"{page.base}/account")
    page.click("form[action='/account/consent'] button")
    assert page.locator("[role=alert]").count() == 1, "a country is needed"
    page.check("[name=countries][value=us]")
    page.click("form[action='/account/consent'] button")
    assert page.locator("form[action='/account/withdraw']").count() == 1 and fits(page)
    with page.expect_download() as saved:
        page.click("a[href='/account/export']")
    copy = json.loads(saved.value.path().read_text())
    assert (
        copy["person"]["name"] == "見本 夏"
        and copy["consents"][0]["countries"] == ["us"]
        and copy["consents"][0]["locale"] == page.lang
    )
    page.click("form[action='/account/withdraw'] button")
    assert page.locator("form[action='/account/consent']").count() == 1
    page.click("details summary")
    page.fill("form[action='/account/erase'] [name=password]", WORD)
    page.click("form[action='/account/erase'] button")
    assert page.url.endswith("/sign-in")
    sign_in(page, colleague, WORD)
    assert page.locator("[role=alert]").count() == 1, "nobody by that address any more"


def test_staff_merge_a_duplicate_and_take_it_back(page, server):  # noqa: F811
    mark = f"{page.lang}-{page.viewport_size['width']}"
    for spelling, slug in (("Sora Bio", f"sora-{mark}"), ("SORA BIO, Inc.", f"sora-inc-{mark}")):
        form = {
            "id": slug,
            "name": {"en": f"{mark} {spelling} (invented)"},
            "origin": "invented",
            "owner": "nakodo",
        }
        facts = [
            {"field": "modality", "value": "car-t"},
            {"field": "therapeutic_area", "value": "aml"},
        ]
        server.admin().register("startups", form | {"facts": facts})
    page.goto(f"{page.base}/?lang={page.lang}")
    page.click("button[value=staff]")
    page.click("nav a[href='/duplicates']")
    pair = page.locator("section.card", has_text=mark)
    assert pair.count() == 1 and fits(page)
    pair.locator("button[value=a]").click()
    assert page.locator("section.card", has_text=mark).count() == 0
    row = page.locator("tr", has_text=f"sora-inc-{mark}")
    row.locator("button[value=undo]").click()
    pair = page.locator("section.card", has_text=mark)
    assert pair.count() == 1, "two again"
    pair.locator("button[value=apart]").click()
    assert page.locator("section.card", has_text=mark).count() == 0 and fits(page)
