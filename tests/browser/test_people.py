"""Signing in, being invited, and the second factor in a real browser, in both languages, on desktop
and phone, without JavaScript.
"""

import email
import json
import re
import time
from email import policy

import pyotp
import pytest

from tests.browser.test_pages import browser, fits, page, pytestmark, server  # noqa: F401 - fixtures

WORD = "four words make one"


def account(server, role: str) -> dict:  # noqa: F811
    return json.loads((server.folder / "keys" / "demo.json").read_text())[role]


def mailed(server, recipient: str) -> str:  # noqa: F811
    """The link in the newest mail to somebody."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        for path in sorted((server.folder / "mail").glob("*.eml"), reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
            if message["To"] == recipient:
                return re.search(r"http\S+/links/\S+", message.get_content()).group(0)
        time.sleep(0.1)
    raise AssertionError("no mail came")


def submit(page) -> None:  # noqa: F811
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sign_in(page, address: str, password: str) -> None:  # noqa: F811
    page.goto(f"{page.base}/sign-in?lang={page.lang}")
    page.fill("[name=email]", address)
    page.fill("[name=password]", password)
    submit(page)


def test_a_wrong_password_is_said_and_the_right_one_leads_home(page, server):  # noqa: F811
    known = account(server, "startup")
    sign_in(page, known["email"], "wrong")
    assert (
        page.locator("[role=alert]").inner_text()
        and page.input_value("[name=email]") == known["email"]
        and fits(page)
    )
    page.fill("[name=password]", known["password"])
    submit(page)
    assert page.url.endswith("/startups/mihon-therapeutics")
    page.click("header form[action='/session/end'] button")
    assert page.goto(f"{page.base}/account").url.rstrip("/") == page.base, (
        "signed out: the front page"
    )


def test_a_colleague_is_invited_accepts_and_switches_a_second_factor_on(page, server):  # noqa: F811
    known, colleague = (
        account(server, "startup"),
        f"haru-{page.lang}-{page.viewport_size['width']}@mihon-therapeutics.example",
    )
    sign_in(page, known["email"], known["password"])
    page.goto(f"{page.base}/account")
    assert "mihon" not in page.locator("p.lead").first.inner_text().split("·")[-1], (
        "an organisation goes by its name"
    )
    page.fill("form[action='/account/invite'] [name=email]", colleague)
    page.click("form[action='/account/invite'] button")
    assert page.locator("tr", has_text=colleague).count() == 1 and fits(page)
    page.click("header form[action='/session/end'] button")
    page.goto(mailed(server, colleague))
    page.fill("[name=name]", "見本 春")
    page.fill("[name=password]", "haruharuharuharu")
    submit(page)
    assert page.locator("[role=alert]").count() == 1, "too easy to guess"
    page.fill("[name=name]", "見本 春")
    page.fill("[name=password]", WORD)
    submit(page)
    assert page.locator("[role=status]").count() == 1 and fits(page)
    sign_in(page, colleague, WORD)
    page.goto(f"{page.base}/account")
    page.click("form[action='/account/second-factor'] button")
    clock = pyotp.TOTP(page.locator("p.code").inner_text())
    used = clock.now()
    page.fill("form[action='/account/code'] [name=code]", used)
    page.fill("form[action='/account/code'] [name=password]", WORD)
    page.click("form[action='/account/code'] button")
    spare = page.locator("ol code").all_inner_texts()
    assert len(set(spare)) == 10 and fits(page), "recovery codes, once"
    page.goto(f"{page.base}/account")
    assert page.locator("form[action='/account/factor-off']").count() == 1 and fits(page), (
        "still signed in"
    )
    page.click("header form[action='/session/end'] button")
    sign_in(page, colleague, WORD)
    assert page.locator("[name=code]").count() == 1
    page.fill("[name=password]", WORD)
    page.fill("[name=code]", used)
    submit(page)
    assert page.url.endswith("/sign-in"), "that code was used"
    page.fill("[name=password]", WORD)
    page.fill("[name=code]", spare[0])
    submit(page)
    assert page.url.endswith("/startups/mihon-therapeutics"), "a recovery code stands in"


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_another_sites_form_is_refused(page, server, origin):  # noqa: F811
    known = account(server, "startup")
    answer = page.request.post(f"{page.base}/sign-in", form=known, headers={"Origin": origin})
    assert answer.status == 403
    assert (
        page.request.post(
            f"{page.base}/session", form={"role": "startup"}, headers={"Origin": origin}
        ).status
        == 403
    )


def test_a_planted_cookie_does_not_survive_signing_in(page, server):  # noqa: F811
    """Session fixation: the handle changes at every sign-in, and the cookie is not readable by
    script nor sent by other sites.
    """
    known = account(server, "startup")
    sign_in(page, known["email"], known["password"])
    first = next(c for c in page.context.cookies() if c["name"] == "nakodo")
    sign_in(page, known["email"], known["password"])
    second = next(c for c in page.context.cookies() if c["name"] == "nakodo")
    assert first["value"] != second["value"] and second["httpOnly"] and second["sameSite"] == "Lax"
