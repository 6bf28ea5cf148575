"""An introduction from the page of a pair to a time in two calendars, told from both sides in a
real browser; and what axe says of the pages.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

from tests.browser.test_pages import browser, fits, pytestmark, server  # noqa: F401 - fixtures

PAIR = "/matches/mihon-therapeutics/mihon-ventures-equity"
WIDTHS = {"desktop-en": (1280, "en"), "phone-ja": (390, "ja")}


class People:
    """One signed-in page for each role, on one screen and in one language."""

    def __init__(self, browser, base: str, width: int, lang: str):  # noqa: F811
        self.browser, self.base, self.width, self.lang = browser, base, width, lang
        self.pages, self.faults = {}, []

    def __getitem__(self, role: str):
        if role not in self.pages:
            context = self.browser.new_context(
                viewport={"width": self.width, "height": 844},
                locale=self.lang,
                has_touch=self.width < 500,
            )
            page = self.pages[role] = context.new_page()
            page.on("pageerror", lambda error: self.faults.append(str(error)))
            page.on(
                "console",
                lambda message: (
                    self.faults.append(message.text) if message.type == "error" else None
                ),
            )
            page.goto(f"{self.base}/?lang={self.lang}")
            with page.expect_navigation():
                page.click(f"button[value={role}]")
        return self.pages[role]

    def open(self, role: str, path: str):
        """A page of a role. A page that waits loads itself again, and may do so in the very moment
        it is left.
        """
        page = self[role]
        try:
            page.goto(self.base + path)
        except Error as error:
            if "ERR_ABORTED" not in str(error):
                raise
            page.goto(self.base + path)
        return page

    def press(self, role: str, selector: str) -> None:
        page = self[role]
        with page.expect_navigation():
            page.locator(selector).first.click()
        assert fits(page)

    def axe(self, role: str) -> None:
        """axe finds nothing serious."""
        found = (
            Axe().run(self[role], options={"resultTypes": ["violations"]}).response["violations"]
        )
        bad = [
            (v["id"], v["nodes"][0]["html"][:200])
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert bad == [], self[role].url


@pytest.fixture(params=WIDTHS, ids=list(WIDTHS))
def people(request, browser, server):  # noqa: F811
    made = People(browser, server.url, *WIDTHS[request.param])
    yield made
    assert made.faults == []
    for page in made.pages.values():
        page.context.close()


def at(people: People, role: str) -> str:
    """Where the newest open introduction of this role is."""
    page = people.open(role, "/introductions")
    return page.locator("ul.lines a").first.get_attribute("href")


def test_from_the_pair_to_a_time_in_two_calendars(people):
    page = people.open("reviewer", PAIR)
    page.locator("#introduction summary").first.click()
    page.locator("#introduction textarea[name=note]").fill(
        "Your CAR-T data fits our fund."
        if people.lang == "en"
        else "CAR-Tのデータに関心があります。"
    )
    page.locator("#introduction input[name=contact]").check() if page.locator(
        "#introduction input[name=contact]"
    ).count() else None
    people.axe("reviewer")
    people.press("reviewer", "#introduction button.main")
    people.axe("reviewer")

    where = at(people, "startup")
    people.axe("startup")
    page = people.open("startup", where)
    page.locator("textarea[name=text]").fill("?")
    people.press("startup", f"form[action='{where}/message'] button")
    if page.locator("input[name=contact]").count():
        page.locator("input[name=contact]").check()
    people.press("startup", "button[value=accept]")
    people.axe("startup")
    page.locator("input[name=time1]").fill("2027-01-12T09:00")
    page.locator("input[name=time2]").fill("2027-01-13T22:00")
    page.locator("select[name=zone]").select_option("Asia/Tokyo")
    people.press("startup", f"form[action='{where}/offer'] button")

    page = people.open("reviewer", where)
    assert "mihon-therapeutics" in page.locator("a[href^=mailto]").get_attribute("href"), (
        "the contact, under consent"
    )
    page.locator("input[name=starts_at]").nth(1).check()
    page.locator("select[name=zone]").first.select_option("America/New_York")
    people.press("reviewer", f"form[action='{where}/take'] button")
    assert (
        "2027-01-13 22:00" in page.locator("main").inner_text()
        and "2027-01-13 08:00" in page.locator("main").inner_text()
    )
    with page.expect_download() as told:
        page.click("a[href$='.ics']")
    assert "TZID=America/New_York" in told.value.path().read_text().replace('"', "")
    page.locator("select[name=outcome]").select_option("met")
    people.press("reviewer", f"form[action='{where}/outcome'] button")
    people.axe("reviewer")

    page = people.open("startup", where)
    assert "met" not in page.locator("ul.lines").all_inner_texts(), (
        "what came of it is each side's own"
    )
    page.locator("main > details summary").last.click()
    people.press("startup", "button[value=close]")


def test_a_proposal_declined_in_private(people):
    page = people.open("officer", "/introductions")
    for name in PAIR.split("/")[2:]:
        page.locator(
            f"#propose input[name={'startup' if 'therapeutics' in name else 'mandate'}]"
        ).fill(name)
    page.locator("#propose input[name=attends]").check()
    people.press("officer", "#propose button.main")
    where = page.url.removeprefix(people.base)
    before = page.locator("main").inner_text()
    people.open("startup", where)
    people.press("startup", "button[value=decline]")
    people.axe("startup")
    assert people.open("officer", where).locator("main").inner_text() == before
    people.open("reviewer", where)
    assert people["reviewer"].locator("button[value=accept]").count() == 1, (
        "to the other side it waits as before"
    )
    people.open("officer", where)
    people.press("officer", "button[value=withdraw]")
    people.open("officer", "/introductions")
    people.axe("officer")


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        (
            "reviewer",
            [
                "/feeds/mihon-ventures",
                PAIR,
                f"{PAIR}/brief",
                "/startups",
                "/search?q=regcell",
                "/account",
                "/investors",
                "/team",
                "/workshop",
                "/begin",
                "/mandates/mihon-ventures-equity/edit",
            ],
        ),
        (
            "startup",
            [
                "/startups/mihon-therapeutics",
                *(
                    f"/startups/mihon-therapeutics/{p}"
                    for p in ("edit", "asks", "disclosure", "papers")
                ),
            ],
        ),
        ("officer", ["/startups/regcell", "/docs", "/introductions"]),
        ("staff", ["/coverage", "/duplicates", "/watchlists", "/proposals"]),
    ],
)
def test_axe_finds_nothing_serious(people, role, paths):
    for path in paths:
        people.open(role, path)
        people.axe(role)


def test_a_team_votes_and_a_colleague_answers_by_a_link(people, browser):  # noqa: F811
    page = people.open("reviewer", PAIR)
    page.locator("#team select[name=vote]").select_option("hold")
    people.press("reviewer", "#team form[action$='/vote'] button")
    page.locator("#team details summary").first.click() if not page.locator(
        "#team textarea[name=text]"
    ).is_visible() else None
    page.locator("#team textarea[name=text]").fill("A second look is worth it.")
    people.press("reviewer", "#team form[action$='/comment'] button")
    assert "A second look" in page.locator("#team").inner_text()
    if not page.locator("#team input[name=name]").is_visible():
        page.locator("#team details summary").last.click()
    page.locator("#team input[name=name]").fill("Head of CMC")
    page.locator("#team input[name=question1]").fill("Is the process ready for GMP?")
    people.press("reviewer", "#team form[action$='/expert'] button")
    link = page.locator("#team .code").inner_text()
    people.axe("reviewer")
    guest = browser.new_context(
        viewport={"width": people.width, "height": 844}, locale=people.lang
    ).new_page()
    guest.goto(link + f"?lang={people.lang}")
    people.pages["guest"] = guest
    people.axe("guest")
    people.press("guest", "button[value=none]")
    people.axe("guest")
    guest.locator("textarea").fill("Yes, with a closed system.")
    people.press("guest", "form.card button")
    assert guest.locator(".good").count() == 1
    people.open("reviewer", PAIR)
    assert "Yes, with a closed system." in page.locator("#team").inner_text()
    assert guest.goto(link).status == 410
