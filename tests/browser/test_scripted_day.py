"""A partnering day of invented people from the first wish to what came of it, on one clock, in a
real browser and both languages.

Six startups and four funds; the officer computes, publishes, and in the morning loses two guests
and an interpreter; no-shows are recorded, calendars and the printed plan opened, and both sides
asked a week later. Every page is photographed into the test's folder.
"""

import threading
from datetime import UTC, datetime, timedelta
from functools import cached_property
from io import BytesIO

import ics
import pytest
import vobject
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.serving import make_server

from services.meetings.models import Letter
from services.up import DEMO
from shared.auth import Actor, worker
from shared.timers import Timekeeper
from tests.browser.test_introductions_pages import WIDTHS, People
from tests.browser.test_pages import browser, fits, pytestmark  # noqa: F401 - fixtures
from tests.conftest import Stack, mandate_form, startup_form

# the Monday after the clocks change in New York
BEGIN = datetime.fromisoformat("2027-03-15T09:00:00-04:00")
BIOS, FUNDS = [f"kari-bio-{n}" for n in range(5)], [f"kari-fund-{n}" for n in range(3)]


class Scene:
    """A composition on one movable clock behind a real port."""

    def __init__(self, folder):
        self.stack = Stack(folder, at=BEGIN - timedelta(days=30)).load("demo")
        self.stack.composition.invent()
        self.server = make_server("127.0.0.1", 0, self.stack.composition, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.meetings = self.stack.composition.services["meetings"]

    def client(self, actor: Actor):
        return self.stack.client(actor)

    @cached_property
    def day(self) -> str:
        """The id of the one day there is."""
        (one,) = self.client(DEMO["officer"]).get("/api/v1/days")["items"]
        return one["id"]

    @property
    def at(self) -> str:
        return f"/api/v1/days/{self.day}"

    def solve(self) -> None:
        assert self.meetings.queue("jobs").step()

    def now(self, at: datetime) -> None:
        self.stack.clock.at = at.astimezone(UTC)
        Timekeeper("meetings", self.meetings.db, self.meetings.timers).fire_due()

    def letters(self, template: str) -> list[str]:
        with self.meetings.db.reading(worker("meetings")) as session:
            return sorted(session.scalars(select(Letter.org).where(Letter.template == template)))

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.stack.composition.close()


class Guests(People):
    """People whose pages are checked and photographed."""

    def __init__(self, browser, scene: Scene, folder, width: int, lang: str):  # noqa: F811
        super().__init__(browser, scene.url, width, lang)
        self.folder, self.shots = folder, 0

    def look(self, role: str, name: str) -> None:
        self.shots += 1
        self[role].screenshot(
            path=self.folder / f"{self.shots:02}-{name}-{self.lang}.png", full_page=True
        )
        self.axe(role)
        assert fits(self[role])

    def sign_out(self) -> None:
        """Days pass: whoever comes back signs in again."""
        for page in self.pages.values():
            page.context.close()
        self.pages.clear()

    def axe(self, role: str) -> None:
        found = (
            Axe().run(self[role], options={"resultTypes": ["violations"]}).response["violations"]
        )
        assert [
            (v["id"], v["nodes"][0]["html"][:200])
            for v in found
            if v["impact"] in ("serious", "critical")
        ] == [], self[role].url


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path / "data")
    api = made.stack.client()
    for name in BIOS:
        api.register(
            "startups",
            startup_form(f"{name.replace('-', ' ').title()} (invented)", id=name, owner=name),
        )
    for name in FUNDS:
        title = f"{name.replace('-', ' ').title()} (invented)"
        api.register(
            "investors", {"id": name, "name": {"en": title}, "owner": name, "origin": "invented"}
        )
        api.register("mandates", mandate_form(name, owner=name))
    made.stack.settle()
    yield made
    made.close()


@pytest.fixture(params=WIDTHS, ids=list(WIDTHS))
def guests(request, browser, scene, tmp_path):  # noqa: F811
    made = Guests(browser, scene, tmp_path, *WIDTHS[request.param])
    yield made
    assert [f for f in made.faults if "status of 4" not in f] == []
    for page in made.pages.values():
        page.context.close()


def founder(name: str) -> Actor:
    return Actor(f"bd@{name}", name, frozenset({"startup"}))


def partner(name: str) -> Actor:
    return Actor(f"partner@{name}", name, frozenset({"reviewer"}))


def others_wish(scene) -> None:
    """Everybody but the two who use the pages says what they want through the API, as their own
    systems would.
    """
    for n, name in enumerate(BIOS):
        api = scene.client(founder(name))
        people = [{"name": f"Kari {n} (invented)", "role": "CEO", "decides": True}]
        api.request(
            "PATCH",
            f"{scene.at}/attendees/{name}",
            json={"people": people, "interpreter": n < 2, "away": [n]},
        )
        wanted = ["mihon-ventures-equity", *(f"{f}-equity" for f in FUNDS)]
        api.request(
            "PUT",
            f"{scene.at}/attendees/{name}/wishes",
            json={"wishes": wanted[n % 4 :] + wanted[: n % 4]},
        )
    for n, name in enumerate(FUNDS):
        wanted = ["mihon-therapeutics", *BIOS]
        scene.client(partner(name)).request(
            "PUT", f"{scene.at}/attendees/{name}-equity/wishes", json={"wishes": wanted[n : n + 4]}
        )


def test_a_day_from_the_first_wish_to_what_came_of_it(guests, scene):
    """Opened and wished for."""
    page = guests.open("officer", "/days")
    for name, value in {
        "en": "Kari Day (invented)",
        "ja": "カリ・デー（架空）",
        "begins": "2027-03-15T09:00",
        "count": "6",
        "rest": "10:30",
        "rest_minutes": "30",
        "rooms": "3",
        "interpreters": "1",
        "requests_until": "2027-03-05T17:00",
    }.items():
        page.locator(f"form.wide [name={name}]").fill(value)
    guests.look("officer", "open")
    guests.press("officer", "form.wide button.main")
    for box in page.locator("input[name=startups], input[name=mandates]").all():
        if box.get_attribute("value").removesuffix("-equity") in (
            *BIOS,
            *FUNDS,
            "mihon-therapeutics",
            "mihon-ventures",
        ):
            box.check()
    guests.press("officer", "button[value=invite]")
    page.select_option("select[name=startup]", "mihon-therapeutics")
    page.select_option("select[name=mandate]", "mihon-ventures-equity")
    guests.press("officer", "button[value=rule]")
    guests.look("officer", "people")
    assert len(scene.letters("day-invited")) == 10

    mine = guests.open("startup", f"/days/{scene.day}")
    for n, fund in enumerate(("mihon-ventures", *FUNDS[:2])):
        mine.locator(f"input[name=rank-{fund}-equity]").fill(str(n + 1))
    guests.press("startup", "button[value=wish]")
    mine.locator("input[name=name0]").fill("見本 太郎（架空）")
    mine.locator("input[name=role0]").fill("CEO")
    mine.locator("input[name=decides0]").check()
    guests.press("startup", "button[value=seats]")
    guests.look("startup", "wishes")
    theirs = guests.open("reviewer", f"/days/{scene.day}")
    theirs.locator("input[name=rank-mihon-therapeutics]").fill("1")
    theirs.locator("input[name=rank-kari-bio-3]").fill("2")
    guests.press("reviewer", "button[value=wish]")
    others_wish(scene)

    guests.open("officer", f"/days/{scene.day}")
    guests.press("officer", "button[value=schedule]")
    scene.solve()
    page = guests.open("officer", f"/days/{scene.day}")
    told = scene.client(DEMO["officer"]).get(scene.at)
    hours = [
        datetime.fromisoformat(b).astimezone(BEGIN.tzinfo).strftime("%H:%M")
        for b, _ in told["slots"]
    ]
    assert hours == ["09:00", "09:30", "10:00", "11:00", "11:30", "12:00"], "none in the long break"
    assert {m["startup"] for m in told["meetings"]} == {"mihon-therapeutics", *BIOS} and told[
        "said"
    ]["unmet"] == []
    assert any(
        {m["startup"], m["investor"]} == {"mihon-therapeutics", "mihon-ventures-equity"}
        for m in told["meetings"]
    )
    guests.look("officer", "grid")
    guests.press("officer", "button[value=publish]")
    assert set(scene.letters("day-plan")) >= {"mihon-therapeutics", "mihon-ventures"}
    papers(guests, scene)
    morning(guests, scene, told)
    afterwards(guests, scene)


def papers(guests, scene) -> None:
    """The plan on paper, and in the calendars of two other programs."""
    mine = guests.open("startup", f"/days/{scene.day}")
    guests.look("startup", "plan")
    shown, files = mine.locator("td strong").count(), {}
    for kind in ("pdf", "ics"):
        with mine.expect_download() as got:
            mine.click(f"a[href$='.{kind}']")
        files[kind] = got.value.path().read_bytes()
        (guests.folder / f"plan-{guests.lang}.{kind}").write_bytes(files[kind])
    assert (
        len(list(ics.Calendar(files["ics"].decode()).events))
        == len(vobject.readOne(files["ics"].decode()).vevent_list)
        == shown
        > 0
    )
    text = "".join(p.extract_text() for p in PdfReader(BytesIO(files["pdf"])).pages)
    assert ("会場" if guests.lang == "ja" else "Room") in text and "Kari Fund" in text


def morning(guests, scene, before: dict) -> None:
    """The first slot has begun when two cancel and an interpreter is lost."""
    scene.now(BEGIN + timedelta(minutes=10))
    guests.sign_out()
    for pick in (
        {"what": "attendee", "party": "kari-fund-2-equity"},
        {"what": "attendee", "party": "kari-bio-4"},
        {"what": "interpreter"},
    ):
        page = guests.open("officer", f"/days/{scene.day}")
        for name, value in pick.items():
            page.select_option(f"form:has(button[value=lose]) select[name={name}]", value)
        guests.press("officer", "button[value=lose]")
        scene.solve()
    guests.open("officer", f"/days/{scene.day}")
    guests.look("officer", "mended")
    told = scene.client(DEMO["officer"]).get(scene.at)
    gone = {"kari-fund-2-equity", "kari-bio-4"}
    now = {(m["startup"], m["investor"]): m["slot"] for m in told["meetings"]}
    for m in before["meetings"]:
        pair = m["startup"], m["investor"]
        if m["slot"] == 0:
            assert now[pair] == 0, "what has begun stays"
        elif not gone & set(pair) and not {"kari-bio-0", "kari-bio-1"} & set(pair):
            assert now[pair] == m["slot"], "nobody moves who need not"
    assert (
        not any(gone & set(pair) and slot > 0 for pair, slot in now.items())
        and told["said"]["optimal"]
    )
    spoken = [
        slot for pair, slot in now.items() if {"kari-bio-0", "kari-bio-1"} & set(pair) and slot > 0
    ]
    assert spoken == [], "there was one interpreter, and there is none now"
    assert "kari-fund-2" in scene.letters("day-changed")


def afterwards(guests, scene) -> None:
    """Who was there, and, a week later, what came of it."""
    scene.now(BEGIN + timedelta(hours=6))
    guests.sign_out()
    page = guests.open("officer", f"/days/{scene.day}")
    page.locator("table.grid label", has_text="Kari").first.click()
    page.locator("#act input[value=startup]").uncheck()
    guests.press("officer", "button[value=came]")
    guests.press("officer", "button[value=others]")
    guests.look("officer", "attendance")
    told = scene.client(DEMO["officer"]).get(scene.at)["attendance"]
    assert told["recorded"] == told["of"] == told["held"] + 1 and sum(told["missed"].values()) == 1

    scene.now(BEGIN + timedelta(days=7, hours=5))
    guests.sign_out()
    asked = scene.letters("day-outcome")
    assert "mihon-therapeutics" in asked and len(asked) == len(set(asked))
    mine = guests.open("startup", f"/days/{scene.day}")
    mine.locator("select[name=outcome]").first.select_option("in-talks")
    mine.locator("input[name=note]").first.fill(
        "CDA" if guests.lang == "en" else "秘密保持契約を準備中"
    )
    guests.press("startup", "button[value=outcome]")
    guests.look("startup", "outcome")
    kept = [
        m["outcome"]
        for m in scene.client(DEMO["startup"]).get(scene.at)["meetings"]
        if m["outcome"]
    ]
    assert [o["outcome"] for o in kept] == ["in-talks"]
