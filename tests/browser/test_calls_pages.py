"""A programme officer's week in a real browser, from opening a call to its report; with a startup
that applies and a reviewer who has but a link.
"""

import json
import time
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook

from nakodo_client import Refused
from tests.browser.test_introductions_pages import WIDTHS, People
from tests.browser.test_pages import browser, fits, pytestmark, server  # noqa: F401 - fixtures
from tests.conftest import OFFICER


@pytest.fixture(params=WIDTHS, ids=list(WIDTHS))
def people(request, browser, server):  # noqa: F811
    made = People(browser, server.url, *WIDTHS[request.param])
    yield made
    for page in made.pages.values():
        page.context.close()


def programme(server) -> None:  # noqa: F811
    owner = {"owner": "mihon-programme-office", "origin": "invented"}
    try:
        server.admin().register(
            "programs",
            {
                "id": "mihon-bridge",
                "name": {"en": "Mihon Bridge (invented)", "ja": "見本ブリッジ（架空）"},
            }
            | owner,
        )
    except Refused as refused:
        assert refused.status in (409, 422)


def fill(page, within: str, values: dict) -> None:
    """Types into the fields of one form."""
    for name, value in values.items():
        field = page.locator(f"{within} [name='{name}']").first
        field.select_option(value) if field.evaluate("e => e.tagName") == "SELECT" else field.fill(
            value
        )


def sheet(lang: str) -> bytes:
    book = Workbook()
    book.active.append(["企業名", "計画"])
    for n in range(3):
        book.active.append([f"見本応募{n} {lang}（架空）", "ボストンでの治験"])
    raw = BytesIO()
    book.save(raw)
    return raw.getvalue()


def of(people, role: str, summary: str) -> None:
    """Opens what lies under a summary."""
    people[role].locator("summary", has_text=summary).first.click()


WORDS = {
    "en": {
        "reviewer": "Add a reviewer",
        "round": "Open a round",
        "minutes": "Keep minutes",
        "step": "Step back",
        "mentor": "Add a mentor",
    },
    "ja": {
        "reviewer": "審査員を追加",
        "round": "ラウンドを開始",
        "minutes": "議事録を残す",
        "step": "審査を辞退する",
        "mentor": "メンターを追加",
    },
}
MORE = {
    "en": {
        "consult": "Add a consultation",
        "hour": "Offer an hour",
        "hub": "By hub",
        "ledger": "Ledger",
        "close": "Close it",
    },
    "ja": {
        "consult": "相談案件を追加",
        "hour": "相談枠を追加",
        "hub": "拠点別",
        "ledger": "実績台帳",
        "close": "結果を記録する",
    },
}


def test_from_an_open_call_to_the_report(people, server):  # noqa: F811
    programme(server)
    w = WORDS[people.lang] | MORE[people.lang]
    where = opened(people)
    applied(people, where)
    imported(people, where)
    reviewed(people, where, w)
    decided(people, where)
    told(people, where, server)
    placed(people, where, server)
    supported(people, where, w)
    counted(people, where, w)


def opened(people) -> str:
    """The office opens a call; the page says what is wrong with nonsense first."""
    page = people.open("officer", "/cohorts")
    people.axe("officer")
    day = datetime.now() + timedelta(days=30)
    values = {
        "program": "mihon-bridge",
        "capacity": "-3",
        "en": f"Bridge {people.lang} (invented)",
        "ja": f"ブリッジ {people.lang}（架空）",
    }
    values |= {
        "opens_at": "2026-01-01T00:00",
        "deadline": day.strftime("%Y-%m-%dT17:00"),
        "places1": "2",
        "en1": "Your plan",
        "ja1": "計画",
    }
    fill(page, "form.wide", values | {"hub1": "hub-boston-cambridge"})
    people.press("officer", "form.wide button.main")
    assert (
        page.locator("[role=alert] li").count() >= 1
        and page.locator("form.wide input[name=ja]").input_value() == values["ja"]
    )
    fill(page, "form.wide", {"capacity": "2"})
    people.press("officer", "form.wide button.main")
    where = page.url.removeprefix(people.base)
    assert where.startswith("/cohorts/bridge-")
    return where


def applied(people, where: str) -> None:
    """A startup applies; the gap is named, then there is a receipt. The office finds for itself
    what the rules could not say.
    """
    mine = people.open("startup", "/cohorts")
    mine.locator(f"a[href='{where}']").click()
    people.axe("startup")
    mine.locator("input[name=hubs]").check()
    people.press("startup", "button[value=submit]")
    assert mine.locator("[role=alert] li").count() == 1, "the gap is named"
    people.open("startup", where)
    mine.locator("textarea").fill(
        "A trial in Boston" if people.lang == "en" else "ボストンでの治験"
    )
    people.press("startup", "button[value=submit]")
    assert "-0001" in mine.locator("p.next").inner_text()
    people.axe("startup")
    page = people.open("officer", where)
    people.axe("officer")
    page.locator("tbody th a[href*=applications]").first.click()
    people.axe("officer")
    if page.locator("button[value=recheck]").count():
        people.press("officer", "button[value=recheck]")
    page.locator("textarea[name=reason-en]").fill("A clear plan.")
    page.locator("textarea[name=reason-ja]").fill("計画が明確です。")
    people.press("officer", "button[value=reason]")


def imported(people, where: str) -> None:
    page = people.open("officer", f"{where}/import")
    people.axe("officer")
    table = {
        "name": "応募一覧.xlsx",
        "mimeType": "application/octet-stream",
        "buffer": sheet(people.lang),
    }
    page.locator("input[type=file]").set_input_files(table)
    page.locator("textarea[name=mapping]").fill("企業名 = name\n計画 = weather")
    people.press("officer", "button[value=check]")
    assert page.locator("[role=alert]").count() == 1
    for do in ("check", "apply"):
        page.locator("input[type=file]").set_input_files(table)
        page.locator("textarea[name=mapping]").fill("企業名 = name\n計画 = answer:question-1")
        page.locator("input[name=saved]").fill("本省の様式")
        people.press("officer", f"button[value={do}]")
        read = page.locator("section.next dl.facts dt").all_inner_texts()
        assert do == "apply" or sorted(read) == ["企業名", "計画"], "what was read is shown"
    assert "3" in page.locator("p.good").inner_text()
    people.open("officer", where)
    assert page.locator("tbody input[name=application]").count() == 4


def reviewed(people, where: str, w: dict) -> None:
    """A panel of two, a round, an allocation by the solver; one reviewer scores, steps back from
    another, all by a link.
    """
    page = people.open("officer", f"{where}/reviews")
    people.axe("officer")
    links = []
    for n in (1, 2):
        if n > 1:
            of(people, "officer", w["reviewer"])
        fill(
            page,
            "form:has(button[value=invite])",
            {"name": f"見本審査員{n}（架空）", "affiliation": "見本大学（架空）", "most": "10"},
        )
        people.press("officer", "button[value=invite]")
        links.append(page.locator("section.next code").inner_text())
    if not page.locator("form:has(button[value=round]) input[name=en1]").is_visible():
        of(people, "officer", w["round"])
    day = (datetime.now() + timedelta(days=60)).strftime("%Y-%m-%dT17:00")
    fill(
        page,
        "form:has(button[value=round])",
        {
            "due": day,
            "per_application": "2",
            "en1": "Science",
            "ja1": "科学性",
            "weight1": "2",
            "en2": "Team",
            "ja2": "チーム",
        },
    )
    page.locator("input[name=blind][value=name]").check()
    people.press("officer", "button[value=round]")
    people.press("officer", "button[value=allocate]")
    for _ in range(40):
        people.open("officer", f"{where}/reviews")
        if page.locator("summary", has_text="(8)").count():
            break
        time.sleep(0.5)
    assert page.locator("summary", has_text="(8)").count() == 1, (
        "four applications, two reviewers each"
    )
    people.axe("officer")
    for n, link in enumerate(links):
        guest = (
            people["startup"]
            .context.browser.new_context(
                viewport={"width": people.width, "height": 844}, locale=people.lang
            )
            .new_page()
        )
        reviewing(people, guest, link, n, w)
        guest.context.close()
    people.open("officer", f"{where}/reviews")
    assert page.locator("table.ranked tbody tr:not(.line)").count() == 4
    page.locator("table.ranked summary").first.click()
    people.axe("officer")
    of(people, "officer", w["minutes"])
    fill(
        page,
        "form:has(button[value=minutes])",
        {
            "held_on": date.today().isoformat(),
            "present": "見本太郎、見本花子",
            "notes": "上位2件を採択する。",
        },
    )
    people.press("officer", "button[value=minutes]")
    people.axe("officer")


def reviewing(people, guest, link: str, n: int, w: dict) -> None:
    guest.goto(f"{link}?lang={people.lang}")
    assert (
        guest.locator("ul.lines a").count() == 4
        and "見本応募" not in guest.locator("main").inner_text()
    ), "blind"
    for k in range(4):
        guest.goto(link)
        guest.locator("ul.lines a").nth(0).click()
        guest.locator("button[value=interest]").click()
        assert fits(guest)
        if n == 0 and k == 3:
            guest.locator("summary", has_text=w["step"]).click()
            guest.locator("input[name=reason]").fill("共同研究者のため")
            guest.locator("button[value=recuse]").click()
            continue
        if k == 0:
            guest.locator("button[value=submit]").click()
            assert guest.locator("[role=alert] li").count() == 2, "both criteria are asked for"
        for key in ("criterion-1", "criterion-2"):
            guest.locator(f"input[name=score-{key}][value='{min(5, 2 + k + n)}']").check()
        guest.locator("textarea[name=comment]").fill("計画は具体的")
        guest.locator("button[value=submit]").click()


def decided(people, where: str) -> None:
    page = people.open("officer", where)
    for act in ("shortlist", "accept"):
        page.locator("input[name=application]").first.check()
        people.press("officer", f"button[value={act}]")
    people.press("officer", "form.next button")
    assert page.locator("tbody td .badge").first.inner_text() in ("shortlisted", "書類通過")
    page.locator("input[name=application]").first.check()
    people.press("officer", "button[value=accept]")
    for n in (1, 2):
        page.locator("input[name=application]").nth(n).check()
    people.press("officer", "button[value=decline]")
    held = people.open("startup", where).locator("p.next .badge").first.inner_text()
    assert held in ("submitted", "受付済み"), "held until it is announced"


def told(people, where: str, server) -> None:  # noqa: F811
    """The letters, seen before they go; then, with the deadline behind, the results at once."""
    page = people.open("officer", f"{where}/letters")
    page.locator("summary").first.click()
    texts = {
        "subject_en": "{call}",
        "subject_ja": "{call}",
        "text_en": "Dear {name}: {reason}",
        "text_ja": "{name} 御中\n{reason}",
    }
    fill(page, "details[open] form", texts | {"text_en": "{weather}"})
    people.press("officer", "details[open] button")
    assert page.locator("[role=alert] li").count() == 1
    fill(page, "details[open] form", texts)
    people.press("officer", "details[open] button")
    assert page.locator("section ul.lines > li").count() == 3
    page.locator("section summary").first.click()
    people.axe("officer")
    cohort = where.rsplit("/", 1)[1]
    office = server.client(OFFICER)
    call = office.get(f"/api/v1/cohorts/{cohort}")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    office.patch(f"/api/v1/cohorts/{cohort}", {"deadline": yesterday}, call["version"])
    people.open("officer", where)
    people.press("officer", "button[value=announce]")
    mine = people.open("startup", where)
    assert mine.locator("p.next .badge").first.inner_text() in ("accepted", "採択")
    for _ in range(40):
        people.open("officer", f"{where}/letters")
        if page.locator("section table tbody tr").count() == 3:
            break
        time.sleep(0.5)
    assert page.locator("section table tbody tr").count() == 3
    people.axe("officer")


def placed(people, where: str, server) -> None:  # noqa: F811
    """A plan refused with its reason, computed, stable, compared, confirmed; and who stands behind
    whom.
    """
    try:
        facts = [{"field": "location", "value": "hub-boston-cambridge"}]
        name = {"en": "Mihon Labs (invented)", "ja": "見本ラボ（架空）"}
        server.admin().register(
            "sites",
            {
                "id": "mihon-labs",
                "name": name,
                "owner": "mihon-programme-office",
                "origin": "invented",
                "facts": facts,
            },
        )
    except Refused as refused:
        assert refused.status in (409, 422)
    for _ in range(40):  # until matching has heard of it
        gates = server.client(OFFICER).get("/api/v1/sites", limit=200)["items"]
        if "mihon-labs" in {s["id"] for s in gates}:
            break
        time.sleep(0.25)
    page = people.open("officer", f"{where}/placement")
    people.axe("officer")
    for n, (starts, ends) in enumerate(
        (("2027-04-01", "2027-09-30"), ("2027-10-01", "2027-09-01"))
    ):
        if n:
            page.locator(
                "details:has(button[value=ask-sites]) > summary"
            ).click() if not page.locator("input[name=starts1]").is_visible() else None
        fill(page, "form:has(button[value=ask-sites])", {f"starts{n}": starts, f"ends{n}": ends})
        for box in page.locator("input[name=sites]").all():
            box.set_checked(box.get_attribute("value") == "mihon-labs")
        people.press("officer", "button[value=ask-sites]")
    assert page.locator("[role=alert] li").count() == 1, "a window that ends before it begins"
    fill(page, "form:has(button[value=ask-sites])", {"ends1": "2028-03-31"})
    people.press("officer", "button[value=ask-sites]")
    people.axe("officer")
    people.open("officer", f"/hosting/{where.rsplit('/', 1)[1]}/mihon-labs")
    people.axe("officer")
    fill(page, "form.wide", {"room mihon-labs seat 0": "-1"})
    people.press("officer", "form.wide button.main")
    assert page.locator("[role=alert] li").count() == 1
    assert page.locator("[name='room mihon-labs seat 0']").input_value() == "-1", (
        "what was typed stays"
    )
    fill(page, "form.wide", {"room mihon-labs seat 0": "0"})
    people.press("officer", "form.wide button.main")
    for n, (name, seats) in enumerate((("A", "0"), ("B", "1"))):
        people.open("officer", f"{where}/placement")
        form = "form:has(button[value=ask])"
        fill(page, form, {"name": name, "room mihon-labs seat 0": seats})
        if n:
            page.locator(f"{form} input[name=stable]").check()
        people.press("officer", "button[value=ask]")
        # the page looks again by itself
        page.locator("button[value=confirm]").wait_for(timeout=30_000)
        people.axe("officer")
    page.locator("form:has(select[name=other]) button").click()
    assert page.locator("#moves li").count() == 1
    people.axe("officer")
    people.open("officer", f"{where}/placement")
    people.press("officer", "button[value=confirm]")
    assert ("2027年4月1日" if people.lang == "ja" else "2027") in page.locator("main").inner_text()
    people.open("officer", f"{where}/triads")
    people.axe("officer")
    assert fits(page)


def supported(people, where: str, w: dict) -> None:
    page = people.open("officer", f"{where}/support")
    of(people, "officer", w["consult"])
    day = (date.today() + timedelta(days=30)).isoformat()
    form = "form:has(button[value=consult])"
    fill(
        page,
        form,
        {"handler": "見本花子（架空）", "due": "2020-01-01", "topic": "Pre-IND前の試験計画"},
    )
    people.press("officer", "button[value=consult]")
    assert (
        page.locator("[role=alert] li").count() == 1
        and page.locator(f"{form} input[name=handler]").input_value() == "見本花子（架空）"
    )
    fill(page, form, {"due": day})
    people.press("officer", "button[value=consult]")
    of(people, "officer", w["mentor"])
    fill(
        page,
        "form:has(button[value=mentor])",
        {"name": f"見本メンター {people.lang}（架空）", "affiliation": "見本ベンチャーズ（架空）"},
    )
    people.press("officer", "button[value=mentor]")
    card = page.locator("article.card", has_text=f"見本メンター {people.lang}")
    card.locator("summary").click()
    day = (date.today() + timedelta(days=5)).isoformat()
    card.locator("input[name=starts_at]").fill(f"{day}T09:00")
    card.locator("input[name=ends_at]").fill(f"{day}T09:45")
    with page.expect_navigation():
        card.locator("button[value=hour]").click()
    people.axe("officer")
    mine = people.open("startup", where)
    people.axe("startup")
    people.press("startup", "button[value=book]")
    assert mine.locator("#support .badge.match").count() >= 1
    people.open("officer", f"{where}/support")
    of(people, "officer", w["close"])
    page.locator("input[name=outcome]").first.fill("試験計画を修正")
    people.press("officer", "button[value=done]")
    assert fits(page)


def counted(people, where: str, w: dict) -> None:
    """What happened is entered with its evidence, opens from its figure, and is hidden where it may
    be published.
    """
    page = people.open("officer", f"{where}/kpis")
    form = "form:has(button[value=enter])"
    fill(
        page,
        form,
        {
            "indicator": "raised",
            "on": date.today().isoformat(),
            "amount": "500,000,000",
            "evidence": "https://mihon.example/a",
        },
    )
    people.press("officer", "button[value=enter]")
    assert page.locator("[role=alert] li").count() == 1, "money needs its currency"
    fill(page, form, {"currency": "JPY", "same": f"series-{people.lang}"})
    people.press("officer", "button[value=enter]")
    people.axe("officer")
    page.locator(
        "table.figures a", has_text="5億円" if people.lang == "ja" else "JPY 500m"
    ).first.click()
    assert "mihon.example" in page.locator("#rows").inner_text()
    people.axe("officer")
    of(people, "officer", w["hub"])
    people.open("officer", f"{where}/kpis?public=yes")
    assert (
        page.locator("table.figures td", has_text="<5").count() > 3
        and page.locator("#rows").count() == 0
    )
    people.axe("officer")
    for kind in ("xlsx", "pdf"):
        with page.expect_download() as got:
            page.click(f"a[href*='report.{kind}']")
        assert got.value.path().stat().st_size > 4000
    assert json.dumps(people.faults) == json.dumps(
        [f for f in people.faults if "status of 4" in f]
    ), "no fault but the refusals asked for"
