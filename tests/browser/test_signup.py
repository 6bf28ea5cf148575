"""From nothing: an account, a company found or begun, staff's yes, a desk of one's own; in a real
browser, with the keyboard.
"""

from tests.browser.test_pages import browser, fits, page, pytestmark, server  # noqa: F401 - fixtures
from tests.browser.test_people import mailed, sign_in, submit

WORD = "four words make one"


def test_from_an_address_to_a_company_of_ones_own(page, server):  # noqa: F811
    """Sign up, follow the mail, find nothing, ask to begin; staff say yes; the desk is there."""
    org = f"yuki-bio-{page.lang}-{page.viewport_size['width']}"
    address = f"bd@{org}.example"
    page.goto(f"{page.base}/sign-in?lang={page.lang}")
    page.click("a[href='/sign-up']")
    page.fill("[name=email]", address)
    submit(page)
    assert page.locator("[role=status]").count() == 1 and fits(page)
    page.goto(mailed(server, address))
    page.fill("[name=name]", "見本 雪")
    page.fill("[name=password]", WORD)
    submit(page)
    sign_in(page, address, WORD)
    assert page.url.endswith("/find") and fits(page)
    page.fill("[name=q]", "セレイド")
    submit(page)
    assert (
        "Celaid" in page.locator("ul.lines").inner_text()
        or "セレイド" in page.locator("ul.lines").inner_text()
    )
    page.fill("[name=q]", f"{org} K.K.")
    submit(page)
    page.fill("[name=name]", f"{org} (invented)")
    with page.expect_navigation():
        page.locator("textarea[name=note]").press("Tab")
        page.keyboard.press("Enter")
    assert page.locator("[role=status]").count() == 1, page.locator("main").inner_text()
    admin = server.admin()
    claim = next(
        c for c in admin.get("/api/v1/claims")["items"] if c["name"] == f"{org} (invented)"
    )
    admin.post(f"/api/v1/claims/{claim['id']}/decision", {"approve": True})
    page.goto(f"{page.base}/find")
    assert (
        page.url.endswith(f"/startups/{claim['organization']}/edit")
        and page.locator("fieldset").count() >= 5
    )
