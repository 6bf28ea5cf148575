"""Support and the ledger: consultations with an end, hours nobody takes twice, things counted once,
small counts kept to themselves.
"""

import itertools
from datetime import date
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader

from services.programs.planning import masking
from services.programs.planning.figures import (
    MONEY,
    STARTUPS,
    WINDOWS,
    Row,
    figure_table,
    months_after,
    window_of,
)
from shared.judgement.money import newest_year
from tests.conftest import Stack, begun
from tests.services.test_cohorts import (
    CALL,
    COLLEAGUE,
    OFFICE,
    OTHER_OFFICE,
    WHOLE,
    build,
    founder,
    refused,
)

AT = "/api/v1/cohorts/kari-2027"


def announced(folder) -> Stack:
    made = build(folder)
    made.client(OFFICE).post("/api/v1/cohorts", {k: v for k, v in CALL.items() if k != "deadline"})
    for n, hub in enumerate(("hub-boston-cambridge", "hub-san-diego", "hub-boston-cambridge")):
        mine = made.client(founder(n)).post(
            f"{AT}/applications", {"name": f"Bio {n}", "answers": WHOLE, "hubs": [hub]}
        )
        made.client(founder(n)).post(f"/api/v1/applications/{mine['id']}/steps", {"act": "submit"})
    items = made.client(OFFICE).get(f"{AT}/applications")["items"]
    made.client(OFFICE).post(
        f"{AT}/moves", {"act": "accept", "applications": [{"id": i["id"]} for i in items[:2]]}
    )
    made.client(OFFICE).post(f"{AT}/announcement", {})
    return made


@pytest.fixture
def desk(tmp_path):
    """A call whose first two applicants are accepted, and have been told."""
    made = begun(tmp_path, announced)
    yield made
    made.composition.close()


CONSULTATION = {
    "startup": "bio-0",
    "cohort": "kari-2027",
    "topic": "Potency assay",
    "agency": "pmda",
    "handler": "Kari Hanako",
    "due": "2027-03-31",
}


def test_a_consultation_has_an_owner_a_date_and_an_end(desk):
    office = desk.client(OFFICE)
    for wrong, status in (
        ({"agency": "mof"}, 422),
        ({"due": "2020-01-01"}, 422),
        ({"startup": "bio-2"}, 409),
        ({"handler": ""}, 422),
    ):
        assert refused(office.post, "/api/v1/consultations", CONSULTATION | wrong).status == status
    made = office.post("/api/v1/consultations", CONSULTATION)
    at = f"/api/v1/consultations/{made['id']}"
    assert made["state"] == "open" and [
        c["id"] for c in desk.client(founder(0)).get("/api/v1/consultations")["items"]
    ] == [made["id"]]
    assert desk.client(founder(1)).get("/api/v1/consultations")["items"] == []
    assert (
        refused(desk.client(OTHER_OFFICE).patch, at, {"state": "done", "outcome": "x"}, 1).status
        == 404
    )
    assert refused(desk.client(founder(0)).patch, at, {"state": "dropped"}, 1).status == 403
    assert (
        refused(office.patch, at, {"state": "done"}, 1).problem["errors"][0]["field"] == "outcome"
    )
    desk.clock.move(days=200)
    assert office.get("/api/v1/consultations", state="open")["items"][0]["late"]
    done = office.patch(at, {"state": "done", "outcome": "Two assays agreed"}, 1)
    assert (
        done["closed_on"]
        and refused(office.patch, at, {"topic": "again"}, 2).problem["code"]
        == "consultation-closed"
    )
    assert refused(desk.client(COLLEAGUE).patch, at, {"topic": "again"}, 1).status == 412


HOURS = [
    {"starts_at": f"2026-12-0{n}T09:00:00-05:00", "ends_at": f"2026-12-0{n}T09:45:00-05:00"}
    for n in (1, 2)
]


def test_office_hours_are_taken_once_logged_once_and_never_by_whom_the_mentor_may_not_advise(desk):
    office = desk.client(OFFICE)
    mentor = office.post(
        "/api/v1/mentors",
        {"name": "Kari Jiro (invented)", "expertise": ["cell-therapy"], "languages": ["en"]},
    )
    at = f"/api/v1/mentors/{mentor['id']}/hours"
    crossing = {"starts_at": "2026-12-01T09:30:00-05:00", "ends_at": "2026-12-01T10:00:00-05:00"}
    for slots, code in (
        ([*HOURS, crossing], "slots-overlap"),
        ([{"starts_at": HOURS[0]["ends_at"], "ends_at": HOURS[0]["starts_at"]}], "window-order"),
        ([{"starts_at": "2020-01-01T00:00:00Z", "ends_at": "2020-01-01T01:00:00Z"}], "date-past"),
    ):
        assert refused(office.post, at, {"slots": slots}).problem["errors"][0]["code"] == code
    assert refused(office.post, at, {"slots": HOURS, "zone": "Mars/Base"}).status == 422
    hours = office.post(at, {"slots": HOURS, "zone": "America/New_York"})["items"]
    assert [len(m["hours"]) for m in desk.client(founder(0)).get("/api/v1/mentors")["items"]] == [2]
    assert desk.client(founder(2)).get("/api/v1/mentors")["items"] == [], (
        "not accepted: not its mentors"
    )
    book = f"/api/v1/mentors/hours/{hours[0]['id']}/booking"
    desk.client(founder(0)).request("PUT", book, json={"cohort": "kari-2027"})
    assert (
        refused(desk.client(founder(1)).request, "PUT", book, json={"cohort": "kari-2027"}).status
        == 404
    ), "taken: no longer there to see"
    office.request("PATCH", f"/api/v1/mentors/{mentor['id']}", json={"interests": ["Bio 1"]})
    second = f"/api/v1/mentors/hours/{hours[1]['id']}/booking"
    assert (
        refused(
            desk.client(founder(1)).request, "PUT", second, json={"cohort": "kari-2027"}
        ).problem["code"]
        == "mentor-conflict"
    )
    log = f"/api/v1/mentors/hours/{hours[0]['id']}/log"
    assert (
        refused(office.request, "PUT", log, json={"minutes": 45}).problem["code"] == "hour-not-over"
    )
    desk.clock.move(days=20)
    assert (
        office.request("PUT", log, json={"minutes": 45, "note": "Assays"}).json()["minutes"] == 45
    )
    assert (
        refused(office.request, "PUT", log, json={"minutes": 45}).problem["code"] == "hour-logged"
    )
    assert refused(desk.client(founder(0)).request, "DELETE", book).problem["code"] == "hour-past"
    assert figure(desk, "mentoring-hours") == 0.8


def report(desk, **query) -> dict:
    return desk.client(OFFICE).get("/api/v1/kpis/reports/kari-2027", **query)


def figure(desk, key: str, hub: str = "total", window: str = "total", **query):
    return next(i for i in report(desk, **query)["indicators"] if i["key"] == key)["figures"][hub][
        window
    ]


RAISE = {
    "cohort": "kari-2027",
    "indicator": "raised",
    "startup": "bio-0",
    "on": "2026-11-20",
    "amount": 500_000_000,
    "currency": "JPY",
}
RAISE |= {"evidence": "https://kari.example/series-a", "same": "bio-0/series-a"}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"evidence": ""}, 422, None),
        ({"evidence": "  "}, 422, "required"),
        ({"currency": "ABC"}, 422, None),
        ({"currency": None}, 422, None),
        ({"amount": -1}, 422, None),
        ({"on": "2030-01-01"}, 422, "future-date"),
        ({"indicator": "weather"}, 422, "indicator-unknown"),
        ({"indicator": "applications"}, 422, "indicator-derived"),
        ({"indicator": "agreements"}, 422, "currency-unwanted"),
        ({"startup": "bio-2"}, 409, None),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_and_nothing_is_counted(desk, change, status, code):
    told = refused(desk.client(OFFICE).post, "/api/v1/kpis/entries", RAISE | change)
    assert told.status == status and (code is None or told.problem["errors"][0]["code"] == code)
    assert desk.client(OFFICE).get("/api/v1/kpis/entries", cohort="kari-2027")["items"] == []


def test_nothing_counts_twice_and_what_is_withdrawn_stays_in_the_ledger(desk):
    office = desk.client(OFFICE)
    made = office.post("/api/v1/kpis/entries", RAISE)
    told = refused(
        office.post,
        "/api/v1/kpis/entries",
        RAISE | {"on": "2026-11-21", "evidence": "another page"},
    )
    assert told.problem["code"] == "counted-already" and "kari-2027" in told.problem["title"]
    assert (
        figure(desk, "raised")["JPY"] == 500_000_000
        and figure(desk, "raised")["USD"] > 3_000_000
        and figure(desk, "raised")["rates"] == [newest_year()]
    )
    office.post(
        f"/api/v1/kpis/entries/{made['id']}/withdrawal", {"reason": "The round did not close"}
    )
    assert figure(desk, "raised")["JPY"] == 0
    (kept,) = office.get("/api/v1/kpis/entries", cohort="kari-2027")["items"]
    assert kept["withdrawn"] == "The round did not close"
    assert (
        office.post("/api/v1/kpis/entries", RAISE)["id"] == made["id"]
        and figure(desk, "raised", hub="hub-boston-cambridge")["JPY"] == 500_000_000
    )


def test_a_deal_counted_by_two_offices_counts_once(desk):
    """One key, one thing, whoever counts it; the second office is told so, and nothing of the
    first's ledger.
    """
    other = desk.client(OTHER_OFFICE)
    desk.client().register(
        "programs",
        {"id": "other-bridge", "name": {"en": "Other Bridge (invented)"}, "owner": "other-office"},
    )
    other.post("/api/v1/cohorts", CALL | {"id": "other-2027", "program": "other-bridge"})
    mine = desk.client(founder(0)).post(
        "/api/v1/cohorts/other-2027/applications", {"name": "Bio 0", "answers": WHOLE}
    )
    desk.client(founder(0)).post(f"/api/v1/applications/{mine['id']}/steps", {"act": "submit"})
    other.post(
        "/api/v1/cohorts/other-2027/moves", {"act": "accept", "applications": [{"id": mine["id"]}]}
    )
    made = desk.client(OFFICE).post("/api/v1/kpis/entries", RAISE)
    told = refused(other.post, "/api/v1/kpis/entries", RAISE | {"cohort": "other-2027"})
    assert told.problem["code"] == "counted-elsewhere" and "kari" not in str(told.problem)
    assert other.get("/api/v1/kpis/entries", cohort="other-2027")["items"] == []
    desk.client(OFFICE).post(f"/api/v1/kpis/entries/{made['id']}/withdrawal", {"reason": "Theirs"})
    assert other.post("/api/v1/kpis/entries", RAISE | {"cohort": "other-2027"})["id"] != made["id"]
    assert (
        refused(desk.client(OFFICE).post, "/api/v1/kpis/entries", RAISE).problem["code"]
        == "counted-elsewhere"
    )


def test_every_figure_opens_to_its_rows_and_a_baseline_needs_its_source(desk):
    office = desk.client(OFFICE)
    office.post("/api/v1/kpis/entries", RAISE)
    rows = office.get("/api/v1/kpis/reports/kari-2027/rows", indicator="raised", window="during")[
        "items"
    ]
    assert [(r["startup"], r["name"], r["amount"], r["evidence"]) for r in rows] == [
        ("bio-0", "Bio 0", 500_000_000, RAISE["evidence"])
    ]
    assert (
        len(office.get("/api/v1/kpis/reports/kari-2027/rows", indicator="applications")["items"])
        == 3
        == figure(desk, "applications")
    )
    assert (
        figure(desk, "accepted", hub="hub-san-diego") == 1
        and refused(office.get, "/api/v1/kpis/reports/kari-2027/rows", indicator="x").status == 404
    )
    assert all(i["baseline"] is None for i in report(desk)["indicators"])
    define = {
        "name": {"en": "Equity raised", "ja": "資金調達額"},
        "kind": "outcome",
        "unit": "money",
        "baseline": {"amount": 0, "as_of": "2026-04-01"},
    }
    at = "/api/v1/kpis/indicators/raised"
    assert refused(office.request, "PUT", at, json=define).status == 422, (
        "no baseline without a source"
    )
    define["baseline"]["source"] = "Office's own count, FY2025"
    assert office.request("PUT", at, json=define).json()["baseline"]["source"].startswith("Office")
    assert refused(office.request, "PUT", at, json=define | {"unit": "count"}).status == 409, (
        "what is entered keeps its unit"
    )
    assert (
        next(
            i
            for i in desk.client(OTHER_OFFICE).get("/api/v1/kpis/indicators")["items"]
            if i["key"] == "raised"
        )["baseline"]
        is None
    )
    for actor in (OTHER_OFFICE, founder(0)):
        assert refused(desk.client(actor).get, "/api/v1/kpis/reports/kari-2027").status == 403


def test_the_report_is_a_workbook_with_a_chart_and_a_paper_in_both_languages(desk):
    desk.client(OFFICE).post("/api/v1/kpis/entries", RAISE)
    raw = (
        desk.client(OFFICE, "ja")
        .request("GET", "/api/v1/kpis/reports/kari-2027", params={"format": "xlsx"})
        .content
    )
    book = load_workbook(BytesIO(raw))
    assert book.sheetnames == ["集計", "合計", "根拠一覧"] and book["合計"]._charts
    cells = [cell for row in book["集計"].values for cell in row]
    assert "基準値未設定" in cells and "資金調達額（株式）" in cells and 500_000_000 in cells
    assert RAISE["evidence"] in [row[-1] for row in book["根拠一覧"].values]
    for lang, words in (
        ("en", ("Equity raised", "baseline not set", "JPY 500m")),
        ("ja", ("資金調達額", "基準値未設定", "5億円")),
    ):
        raw = (
            desk.client(OFFICE, lang)
            .request("GET", "/api/v1/kpis/reports/kari-2027", params={"format": "pdf"})
            .content
        )
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(raw)).pages)
        assert all(word in text for word in words), text[:500]
    public = (
        desk.client(OFFICE)
        .request(
            "GET", "/api/v1/kpis/reports/kari-2027", params={"format": "xlsx", "public": "true"}
        )
        .content
    )
    assert load_workbook(BytesIO(public)).sheetnames == ["Figures", "Total"], (
        "no evidence in what is published"
    )
    assert figure(desk, "accepted", public="true") == "<5"


# -- the arithmetic alone


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=1, max_size=4))
def test_no_hidden_count_can_be_worked_out_from_what_is_shown(table):
    shown = masking.masked(table)
    inner = np.array(table)
    whole = np.vstack(
        [np.hstack([inner, inner.sum(1, keepdims=True)]), np.append(inner.sum(0), inner.sum())]
    )
    for (i, j), value in np.ndenumerate(whole):
        assert shown[i][j] == value if isinstance(shown[i][j], int) else True
        assert value == 0 or value >= 5 or shown[i][j] == "<5", "no small count is shown"
    small = np.array([[v == "<5" for v in row] for row in shown])
    withheld = np.array([[v == "*" for v in row] for row in shown])
    for cell in zip(*np.nonzero(small), strict=True):
        low, high = masking.bounds(whole, small, withheld, cell)
        assert high - low >= masking.ROOM, (cell, shown)


def test_what_a_reader_can_work_out_is_what_trying_every_table_gives():
    table = [[2, 9], [8, 3]]
    whole = np.array([[2, 9, 11], [8, 3, 11], [10, 12, 22]])
    small, withheld = masking.hidden(whole), np.zeros((3, 3), bool)
    withheld[0, 1] = withheld[1, 0] = True
    possible = [
        (a, b, c, d)
        for a, d in itertools.product(range(1, 5), repeat=2)
        for b, c in itertools.product(range(5, 30), repeat=2)
        if a + b == 11 and c + d == 11 and a + c == 10 and b + d == 12
    ]
    assert masking.bounds(whole, small, withheld, (0, 0)) == (
        min(p[0] for p in possible),
        max(p[0] for p in possible),
    )
    assert masking.masked(table)[0][0] == "<5"


def test_windows_are_apart_and_a_company_counts_once_where_it_first_appears():
    ends = date(2027, 9, 30)
    assert [
        window_of(d, ends)
        for d in (
            ends,
            date(2027, 10, 1),
            date(2028, 3, 30),
            date(2028, 10, 1),
            date(2029, 9, 30),
            date(2029, 10, 1),
        )
    ] == [
        "during",
        "6",
        "6",
        "24",
        "24",
        None,
    ]
    assert months_after(date(2027, 8, 31), 6) == date(2028, 2, 29)
    rows = [
        Row(f"e{n}", "us-entities", "bio-0", day, 1, None, "x")
        for n, day in enumerate((date(2027, 5, 1), date(2028, 5, 1)))
    ]
    told = figure_table(
        rows,
        STARTUPS,
        ends,
        date(2030, 1, 1),
        {"bio-0": "hub-san-diego"},
        ["hub-san-diego"],
        public=False,
    )
    assert [told["total"][w] for w in (*WINDOWS, "total")] == [1, 0, 0, 0, 1]
    paid = [Row("e9", "raised", "bio-0", date(1990, 5, 1), 100, "USD", "x")]
    money = figure_table(paid, MONEY, ends, date(2030, 1, 1), {}, ["-"], public=False)["total"][
        "total"
    ]
    assert money["unconverted"] == ["e9"] and money["JPY"] == 0 and money["USD"] == 1, (
        "no rate: named, never guessed"
    )
