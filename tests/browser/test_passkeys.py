"""Passkeys with Chromium's own authenticator: made, shown, removed, copied; and in plain words
where they cannot be.
"""

import email
import json
import re
import time
from email import policy

import pytest

from tests.browser.test_pages import browser, fits, pytestmark, server  # noqa: F401 - fixtures
from tests.browser.test_people import WORD, account, mailed, sign_in, submit

NEW = "a quite different one"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
}
WORDS = {
    "en": {"A passkey was added", "A passkey was removed"},
    "ja": {"パスキーが追加されました", "パスキーが削除されました"},
}


class Device:
    """A browser of its own with an authenticator that says yes by itself."""

    def __init__(self, browser, server, width: int, lang: str):  # noqa: F811
        self.context = browser.new_context(viewport={"width": width, "height": 844}, locale=lang)
        self.page, self.faults, self.invited = self.context.new_page(), [], ""
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "console",
            lambda said: (
                self.faults.append(said.text) if "Content Security Policy" in said.text else None
            ),
        )
        self.page.base, self.page.lang = server.url.replace("127.0.0.1", "localhost"), lang
        self.page.set_default_timeout(15_000)
        self.line = self.context.new_cdp_session(self.page)
        self.line.send("WebAuthn.enable")
        options = KEY | {"isUserVerified": True, "automaticPresenceSimulation": True}
        self.key = self.line.send("WebAuthn.addVirtualAuthenticator", {"options": options})[
            "authenticatorId"
        ]

    def held(self) -> list[dict]:
        return self.line.send("WebAuthn.getCredentials", {"authenticatorId": self.key})[
            "credentials"
        ]

    def forget(self, credential: dict) -> None:
        self.line.send(
            "WebAuthn.removeCredential",
            {"authenticatorId": self.key, "credentialId": credential["credentialId"]},
        )

    def hold(self, credential: dict) -> None:
        self.line.send(
            "WebAuthn.addCredential", {"authenticatorId": self.key, "credential": credential}
        )

    def add(self, name: str, password: str = WORD, code: str = "") -> None:
        self.page.goto(f"{self.page.base}/account")
        self.page.click("details:has(form[action='/account/passkey-add']) summary")
        form = self.page.locator("form[action='/account/passkey-add']")
        form.locator("[name=name]").fill(name)
        form.locator("[name=password]").fill(password)
        if code:
            form.locator("[name=code]").fill(code)
        form.locator("button").click()

    def enter(self) -> None:
        """Signs in by passkey."""
        self.page.goto(f"{self.page.base}/sign-in?lang={self.page.lang}")
        self.page.click("form[action='/sign-in/passkey'] button")

    def leave(self) -> None:
        self.page.click("header form[action='/session/end'] button")
        self.page.wait_for_url(f"{self.page.base}/")


def another_link(server, recipient: str, first: str) -> str:  # noqa: F811
    """A later link that somebody is mailed than the first, at the address where passkeys work."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = {
            link
            for m in mails(server, recipient)
            for link in re.findall(r"http\S+/links/\S+", m.get_content())
        } - {first}
        if found:
            return found.pop().replace("127.0.0.1", "localhost")
        time.sleep(0.1)
    raise AssertionError("no second link came")


def mails(server, recipient: str) -> list:  # noqa: F811
    read = (
        email.message_from_bytes(p.read_bytes(), policy=policy.default)
        for p in (server.folder / "mail").glob("*.eml")
    )
    return [message for message in read if message["To"] == recipient]


def subjects(server, recipient: str) -> set[str]:  # noqa: F811
    """What somebody was mailed about."""
    return {message["Subject"] for message in mails(server, recipient)}


@pytest.fixture(params=[(1280, "en"), (390, "ja")], ids=["desktop-en", "phone-ja"])
def device(request, browser, server):  # noqa: F811
    made = Device(browser, server, *request.param)
    yield made
    assert made.faults == []
    made.context.close()


@pytest.fixture
def colleague(device, server):  # noqa: F811
    """Somebody new with a password, signed in on the device."""
    page, known = device.page, account(server, "startup")
    address = f"kagi-{page.lang}@mihon-therapeutics.example"
    sign_in(page, known["email"], known["password"])
    page.goto(f"{page.base}/account")
    page.fill("form[action='/account/invite'] [name=email]", address)
    page.click("form[action='/account/invite'] button")
    device.leave()
    device.invited = mailed(server, address)
    page.goto(device.invited.replace("127.0.0.1", "localhost"))
    page.fill("[name=name]", "見本 鍵")
    page.fill("[name=password]", WORD)
    submit(page)
    sign_in(page, address, WORD)
    return address


def test_a_passkey_is_made_signs_in_and_no_longer_once_removed(device, colleague, server):  # noqa: F811
    page = device.page
    device.add("机のPC", password="not the password")
    page.wait_for_selector("form[action='/account/passkey-add'] [role=alert]:not([hidden])")
    assert device.held() == [], "the device keeps no key that would be refused"
    device.add("机のPC")
    page.wait_for_selector("ol code")
    spare = page.locator("ol code").all_inner_texts()
    assert len(spare) == 10 and len(device.held()) == 1
    page.goto(f"{page.base}/account")
    row = page.locator("#passkeys tbody tr")
    assert (
        row.locator("th").inner_text() == "机のPC"
        and row.locator("td").nth(1).inner_text() in ("not yet", "未使用")
        and fits(page)
    )
    assert page.locator("form[action='/account/second-factor']").count() == 1, (
        "codes of an app may come besides"
    )
    device.leave()
    sign_in(page, colleague, WORD)
    assert page.url.endswith("/sign-in") and page.locator("[name=code]").count() == 1, (
        "the password alone is one factor"
    )
    device.enter()
    page.wait_for_url("**/startups/mihon-therapeutics")
    page.goto(f"{page.base}/account")
    assert page.locator("#passkeys tbody td").nth(1).inner_text() not in ("not yet", "未使用")
    page.goto(f"{page.base}/forgotten")
    page.fill("[name=email]", colleague)
    submit(page)
    page.goto(another_link(server, colleague, device.invited))
    page.fill("[name=password]", NEW)
    page.click("main form button")
    page.wait_for_selector("main [role=status]")
    device.enter()
    page.wait_for_url("**/startups/mihon-therapeutics")
    device.add("二つ目", password=NEW)
    page.wait_for_selector("form[action='/account/passkey-add'] [role=alert]:not([hidden])")
    assert len(device.held()) == 1, "one of each device"
    page.click("details:has(form[action='/account/passkey-remove']) summary")
    form = page.locator("form[action='/account/passkey-remove']")
    form.locator("[name=password]").fill(NEW)
    form.locator("button").click()
    page.wait_for_url("**/sign-in")
    device.enter()
    page.wait_for_selector("main > .narrow > [role=alert]")
    assert page.url.endswith("/sign-in/passkey") and len(device.held()) == 1, (
        "the device still has it, it opens nothing"
    )
    sign_in(page, colleague, NEW)
    page.wait_for_url("**/startups/mihon-therapeutics")
    waited, wanted = time.monotonic() + 20, WORDS[page.lang]
    while not wanted <= (told := subjects(server, colleague)) and time.monotonic() < waited:
        time.sleep(0.1)
    assert wanted <= told


def test_a_copy_of_a_key_whose_count_lags_behind_is_refused(browser, server):  # noqa: F811
    device, known = Device(browser, server, 1280, "en"), account(server, "reviewer")
    sign_in(device.page, known["email"], known["password"])
    device.add("Laptop", password=known["password"])
    device.page.wait_for_selector("ol code")
    copy = device.held()[0]
    for _ in range(2):
        device.page.context.clear_cookies()
        device.enter()
        device.page.wait_for_url("**/feeds/*")
    assert device.held()[0]["signCount"] > copy["signCount"] + 1
    device.page.context.clear_cookies()
    device.forget(copy)
    device.hold(copy)
    device.enter()
    device.page.wait_for_selector("main > .narrow > [role=alert]")
    assert "passkey" in device.page.locator("main > .narrow > [role=alert]").inner_text()
    assert device.page.goto(f"{device.page.base}/account").url == f"{device.page.base}/", (
        "not signed in"
    )
    device.context.close()


def test_where_passkeys_cannot_be_the_page_says_so(browser, server):  # noqa: F811
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(f"{server.url}/sign-in")
    assert page.locator("form[action='/sign-in/passkey']").count() == 0
    home = server.url.replace("127.0.0.1", "localhost")
    with page.expect_navigation():
        page.click(f"main a[href='{home}/sign-in']")
    assert page.locator("form[action='/sign-in/passkey'] button").is_visible()
    assert not page.locator("[data-passkey-unable]").is_visible()
    page.add_init_script("delete window.PublicKeyCredential")
    page.reload()
    assert (
        page.locator("[data-passkey-unable]").is_visible()
        and not page.locator("form[action='/sign-in/passkey']").is_visible()
    )
    context.close()
    context = browser.new_context(locale="ja", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{home}/sign-in")
    assert (
        "JavaScript" in page.locator("noscript").inner_text()
        and not page.locator("form[action='/sign-in/passkey']").is_visible()
    )
    context.close()


def test_what_is_no_answer_of_a_device_is_refused(browser, server):  # noqa: F811
    context = browser.new_context(locale="en")
    page = context.new_page()
    home = server.url.replace("127.0.0.1", "localhost")
    page.goto(f"{home}/sign-in")
    asked = page.request.post(f"{home}/passkey/ask", headers={"Origin": home}).json()
    for credential in (
        "",
        "{}",
        "[]",
        "{",
        json.dumps({"id": "x"}),
        json.dumps({"id": 5, "response": {}}),
    ):
        form = {"credential": credential, "pending": asked["pending"]}
        answer = page.request.post(f"{home}/sign-in/passkey", form=form, headers={"Origin": home})
        assert answer.status in (401, 422), credential
    context.close()
