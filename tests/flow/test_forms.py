"""Every form of the programme desk and of the days, filled with what people paste by mistake:
refused with a reason, never a failure of ours.
"""

import re
from itertools import product
from pathlib import Path

import httpx
import pytest

from services import portal
from services.up import DEMO
from shared.auth import Actor
from tests.flow.server import Running

PORTAL = Path(portal.__file__).parent
JUNK = ("", "abc", "²", "-5", "2026-13-45", "\x00", "😀" * 30, "=a\nb\nc=d=e", "../../people/me")
OFFICE = {
    "/cohorts": ("",),
    "/cohorts/kari": ("move", "undo", "chase", "announce", "no-such-button"),
    "/cohorts/kari/import": ("check", "apply"),
    "/cohorts/kari/letters": ("write",),
    "/cohorts/kari/reviews": [
        "round",
        "invite",
        "link",
        "leave",
        "allocate",
        "stop",
        "close",
        "assign",
        "release",
        "slots",
        "fill",
        "minutes",
    ],
    "/cohorts/kari/support": ("consult", "close", "mentor", "hour", "log"),
    "/cohorts/kari/kpis": ("enter", "withdraw"),
    "/cohorts/kari/placement": ("ask-sites", "ask", "confirm", "stop", "seat"),
    "/hosting/kari/mihon-labs": ("",),
    "/cohorts/kari/applications/none": ("finding", "recheck", "reason"),
    "/days": ("",),
    "/days/kari-day": [
        "schedule",
        "lose",
        "publish",
        "move",
        "pin",
        "unpin",
        "came",
        "others",
        "change",
        "stop",
    ],
    "/days/kari-day/people": ["invite", "invite-call", "uninvite", "rule", "drop-rule"],
    "/days/kari-day/parties/none": ["presence", "seats", "wish", "outcome"],
}
STARTUP = {
    "/cohorts/kari/application": ("save", "submit", "recall", "withdraw"),
    "/cohorts/kari/hours": ("book", "free"),
    "/cohorts/kari/wish": ("",),
    "/days/kari-day/parties/mihon-therapeutics": ("presence", "seats", "wish", "outcome"),
}
PAGES = (
    "/cohorts/kari?state=zz&check=x&after=%00",
    "/cohorts/kari/reviews?round=x",
    "/cohorts/kari/kpis?indicator=x&hub=y&window=z",
    "/cohorts/kari/placement?plan=x&other=y",
    "/cohorts/kari/report.docx",
    "/cohorts/kari/ranking.xlsx?round=x",
    "/hosting/kari/none",
    "/hosting/none/none",
    "/days/none",
    "/days/kari-day/people?q=%00",
    "/days/kari-day/parties/x",
    "/days/kari-day/parties/x/plan.pdf",
    "/days/none/plans.pdf",
    "/reviewing/none/none",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory, request):
    made = Running(tmp_path_factory.mktemp("forms")).start()
    request.addfinalizer(made.stop)
    owner = {"owner": DEMO["officer"].org, "origin": "invented"}
    made.admin().register(
        "programs", {"id": "mihon-bridge", "name": {"en": "Mihon Bridge (invented)"}} | owner
    )
    office = made.client(DEMO["officer"])
    call = {
        "id": "kari",
        "program": "mihon-bridge",
        "name": {"en": "Kari (invented)"},
        "capacity": 2,
        "opens_at": "2026-01-01T00:00:00Z",
    }
    office.post(
        "/api/v1/cohorts",
        call | {"questions": [{"key": "plan", "en": "Plan", "ja": "計画", "type": "number"}]},
    )
    rubric = [{"key": "science", "en": "Science", "ja": "科学性", "weight": 1}]
    form = {
        "kind": "interview",
        "name": {"en": "Interview"},
        "rubric": rubric,
        "due": "2037-01-01T00:00:00Z",
    }
    made.round = office.post("/api/v1/cohorts/kari/rounds", form)["id"]
    reviewer = office.post("/api/v1/cohorts/kari/reviewers", {"name": "Reviewer (invented)"})
    made.link = office.post(f"/api/v1/cohorts/kari/reviewers/{reviewer['id']}/link")["path"]
    slots = [{"starts_at": "2037-03-10T09:00:00Z", "ends_at": "2037-03-10T09:25:00Z"}]
    day = {
        "id": "kari-day",
        "name": {"en": "Kari Day (invented)"},
        "zone": "Asia/Tokyo",
        "slots": slots,
        "rooms": 1,
    }
    office.post("/api/v1/days", day | {"requests_until": "2037-03-01T00:00:00Z"})
    office.post("/api/v1/days/kari-day/attendees", {"startups": ["mihon-therapeutics"]})
    facts = [{"field": "location", "value": "hub-boston-cambridge"}]
    made.admin().register(
        "sites",
        {"id": "mihon-labs", "name": {"en": "Mihon Labs (invented)"}, "facts": facts} | owner,
    )
    windows = [{"starts_on": "2037-04-01", "ends_on": "2037-09-30"}]
    office.request(
        "PUT", "/api/v1/cohorts/kari/hosting", json={"windows": windows, "sites": ["mihon-labs"]}
    )
    return made


def browser(running, role: str | None = None) -> httpx.Client:
    """Somebody with a browser, signed in by the front page's own form."""
    client = httpx.Client(
        base_url=running.url, headers={"Origin": running.url}, follow_redirects=True, timeout=60
    )
    if role:
        front = client.get("/").text
        name = re.search(rf'name="([^"]+)" value="{role}"', front).group(1)
        action = re.findall(r'<form[^>]*action="([^"]+)"', front[: front.index(f'value="{role}"')])[
            -1
        ]
        client.post(action, data={name: role})
    return client


def fields() -> list[str]:
    """Every name any of the forms knows, read from the pages' own sources and handlers."""
    sources = [
        (PORTAL / f"{n}.py").read_text()
        for n in (
            "board",
            "calls",
            "reviewing",
            "support",
            "placing",
            "hosting",
            "days",
            "day_people",
        )
    ]
    sources += [
        (PORTAL / "templates" / f"{n}.html").read_text()
        for n in (
            "board",
            "reviews",
            "support",
            "kpis",
            "placement",
            "hosting",
            "day",
            "day_people",
            "day_party",
            "days",
            "call",
        )
    ]
    found = {
        name
        for source in sources
        for name in re.findall(
            r'(?:words|whole|integer|ident|listed|getlist)\("([a-z_-]+)"\)|name="([a-z_-]+)"',
            source,
        )
    }
    names = {a or b for a, b in found} | {
        "answer-plan",
        "rank-x",
        "score-science",
        "en1",
        "ja1",
        "weight1",
        "hub1",
        "places1",
        "name0",
        "role0",
    }
    return sorted(names - {"do"})


@pytest.mark.parametrize("role", ["officer", "startup"])
def test_no_form_fails_on_what_is_pasted_into_it(running, role):
    person, names, seen = browser(running, role), fields(), set()
    assert len(names) > 60
    forms = [
        (path, do)
        for path, acts in (OFFICE if role == "officer" else STARTUP).items()
        for do in acts
    ]
    for (path, do), junk in product(forms, JUNK):
        data = (
            dict.fromkeys(names, junk)
            | {"do": do}
            | ({"round": running.round} if "reviews" in path else {})
        )
        told = person.post(
            path,
            data=data,
            files={"file": ("list.xlsx", junk.encode())} if "import" in path else None,
        )
        assert told.status_code < 500, (path, do, junk)
        seen.add(told.status_code)
    assert {200, 422} <= seen if role == "officer" else 422 in seen, (
        "most of it is refused with the reason"
    )


def test_no_page_fails_on_what_stands_in_its_address_and_no_review_on_what_a_guest_types(running):
    person, guest = browser(running, "officer"), browser(running)
    assert all(person.get(path).status_code < 500 for path in PAGES)
    for do, junk in product(("interest", "recuse", "submit"), JUNK):
        form = {"do": do, "reason": junk, "version": junk, "score-science": junk, "comment": junk}
        assert guest.post(f"{running.link}/none", data=form).status_code < 500, (do, junk)


def test_an_id_in_a_form_stays_within_its_place(running):
    """`..` in a field leads nowhere else: it is a name nobody has."""
    person = browser(running, "officer")
    told = person.post(
        "/cohorts/kari/reviews", data={"do": "leave", "reviewer": f"../rounds/{running.round}"}
    )
    assert told.status_code == 404
    assert running.client(Actor("officer", DEMO["officer"].org, frozenset({"officer"}))).get(
        "/api/v1/cohorts/kari/rounds"
    )["items"]
