"""The team's commands as a reviewer types them, against a running product with the demo's token."""

import json
import re

import pytest
from click.testing import CliRunner

from services.cli import main
from services.up import DEMO
from tests.flow.server import Running

PAIR = ("regcell", "mihon-ventures-equity")


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("desk")).start()

    def invoke(*words: str, role: str = "reviewer", code: int = 0):
        environ = {
            "NAKODO_URL": running.url,
            "NAKODO_TOKEN": running.token(role),
            "NAKODO_DATA": str(running.folder),
        }
        told = CliRunner(env=environ).invoke(main, list(words))
        assert told.exit_code == code, told.output
        return " ".join(told.output.split())  # as a person reads it, wherever the line was broken

    invoke.client = lambda role: running.client(DEMO[role]) if role in DEMO else running.admin()
    yield invoke
    running.stop()


def test_a_decision_is_taken_listed_and_refused_with_the_legal_steps(typed):
    assert "pass · Too early · -> 2027-03-01" in typed(
        "decide", *PAIR, "pass", "--reason", "too-early", "--until", "2027-03-01"
    )
    assert "regcell x mihon-ventures-equity" in typed("decisions", "--state", "pass")
    assert "advance, hold" in typed("decide", *PAIR, "pass", "--reason", "valuation", code=1)
    assert "pass_reason" in typed("decide", "celaid", PAIR[1], "pass", "--reason", "mood", code=1)


def test_searches_missions_suggestions_and_the_funnel(typed, tmp_path):
    made = json.loads(
        typed(
            "searches",
            "add",
            "CAR-T in Japan",
            "--modality",
            "cell-therapy",
            "--place",
            "jp",
            "--json",
        )
    )
    assert made["count"] > 3 and "CAR-T in Japan" in typed("searches", "list")
    typed("searches", "drop", made["id"])
    assert typed("searches", "list").strip() == "nothing" == typed("suggestions", PAIR[1]).strip()
    assert "give a title" in typed("mission", PAIR[1], code=2)
    assert "too far ahead" in typed("mission", PAIR[1], "Cells", "--until", "2031-01-01", code=1)
    assert "pass" in typed("funnel", "2026-Q4")
    file = tmp_path / "funnel.xlsx"
    typed("funnel", "2026-Q4", str(file), "--lang", "ja")
    assert file.read_bytes()[:2] == b"PK"


def test_introductions_and_calls(typed):
    assert "5 of 5 requests left" in typed("introductions", "budget")
    told = typed("introductions", "ask", "mihon-therapeutics", PAIR[1], "--note", "Shall we meet?")
    assert "Waiting for Mihon Therapeutics" in told and "[withdraw]" in told
    number = told.split()[-1]
    assert "accept, decline" in typed("introductions", "list", "--waiting", role="startup")
    assert "Both sides have accepted" in typed(
        "introductions", "step", number, "accept", role="startup"
    )
    assert "no-consent" in typed("introductions", "show", number)
    assert typed("calls", role="startup").strip() == "nothing"


def test_a_team_votes_comments_asks_a_colleague_and_watches(typed):
    pair = ("celaid-therapeutics", PAIR[1])
    typed("team", "vote", *pair, "advance", "--note", "Strong")
    typed("team", "comment", *pair, "Worth a second look")
    assert "/expertise/" in typed(
        "team", "expert", *pair, "Head of CMC", "--question", "Ready for GMP?"
    )
    typed("decide", *pair, "hold", "--until", "2027-03-01")
    told = typed("team", "show", *pair)
    assert (
        "advance" in told
        and "Worth a second look" in told
        and "Head of CMC: waiting" in told
        and "made hold" in told
    )
    assert '"mandate": "mihon-ventures-equity"' in typed(
        "watch", PAIR[1], "--after", "0", "--count", "1"
    )
    assert "not yours" in typed("watch", PAIR[1], role="startup", code=1)
    typed("team", "declare", pair[0], "conflict")
    assert "conflict of interest" in typed("explain", *pair, code=1)


def test_an_office_runs_its_call_from_the_command_line(typed, tmp_path):
    assert "no such receipt" in typed(
        "cohort", "move", made_call(typed), "accept", "x", role="officer", code=2
    )
    table = tmp_path / "list.csv"
    table.write_text(
        "会社,id\n見本セラピューティクス株式会社,mihon-therapeutics\n見本その他（架空）,\n",
        encoding="utf-8",
    )
    asked = (
        "cohort",
        "import",
        "cli-call",
        str(table),
        "--map",
        "会社=name",
        "--map",
        "id=startup",
    )
    assert "2 would come in, 0 rows with faults" in typed(*asked, role="officer")
    assert "2 in" in typed(*asked, "--apply", role="officer") and "already" in typed(
        *asked, role="officer"
    )
    assert "cli-call-0001" in typed("cohort", "board", "cli-call", "-q", "セラピュ", role="officer")
    told = typed("cohort", "move", "cli-call", "accept", "cli-call-0001", role="officer")
    assert "1 put back" in typed(*told.split("nakodo ")[1].split(), role="officer")
    typed("cohort", "move", "cli-call", "accept", "cli-call-0001", role="officer")
    entered = (
        "kpis",
        "enter",
        "cli-call",
        "raised",
        "mihon-therapeutics",
        "2026-11-01",
        "--amount",
        "500000000",
        "--evidence",
        "https://mihon.example/a",
    )
    assert "currency" in typed(*entered, role="officer", code=1)
    assert "counted" in typed(*entered, "--currency", "JPY", role="officer")
    assert "JPY 500,000,000" in typed("kpis", "report", "cli-call", role="officer")
    assert "https://mihon.example/a" in typed(
        "kpis", "trace", "cli-call", "raised", "--window", "during", role="officer"
    )
    for ending in ("xlsx", "pdf"):
        file = tmp_path / f"report.{ending}"
        typed("kpis", "report", "cli-call", str(file), "--public", "--lang", "ja", role="officer")
        assert file.stat().st_size > 4000
    assert typed("cohort", "rounds", "cli-call", role="officer").strip() == "-"


def made_call(typed) -> str:
    """A call of the demo office, made through the API: the portal and the API open calls, the
    command line runs them.
    """
    typed.client("officer").post(
        "/api/v1/cohorts",
        {
            "id": "cli-call",
            "program": "mihon-programme",
            "name": {"en": "CLI call (invented)"},
            "capacity": 2,
            "hubs": [
                {"hub": "hub-boston-cambridge", "places": 1},
                {"hub": "hub-san-diego", "places": 1},
            ],
            "opens_at": "2026-01-01T00:00:00Z",
        },
    )
    return "cli-call"


def test_who_would_be_eligible_with_the_open_questions(typed):
    told = typed("eligible", "direct-flight", "--ask", role="officer")
    assert (
        re.search(r"fails: [1-9]", told)
        and "Acquired or subsidiary; Direct Flight does not take such companies" in told
    )
    assert (
        "Does Direct Flight take listed companies? It does not say." in told and "meets: 0" in told
    )
    assert "above the ceiling of USD 10m" in typed("eligible", "labcentral-700", role="officer")


def test_sites_are_asked_a_plan_is_computed_compared_and_confirmed(typed):
    office, admin = typed.client("officer"), typed.client("administrator")
    owner = {"owner": DEMO["officer"].org, "origin": "invented"}
    admin.register(
        "programs", {"id": "mihon-bridge", "name": {"en": "Mihon Bridge (invented)"}} | owner
    )
    for n in range(2):
        admin.register(
            "sites",
            {
                "id": f"kari-site-{n}",
                "name": {"en": f"Kari Site {n} (invented)"},
                "facts": [{"field": "location", "value": "hub-boston-cambridge"}],
            }
            | owner,
        )
    call = {
        "id": "kari",
        "program": "mihon-bridge",
        "name": {"en": "Kari (invented)"},
        "opens_at": "2026-01-01T00:00:00Z",
    }
    office.post(
        "/api/v1/cohorts",
        call | {"capacity": 2, "hubs": [{"hub": "hub-boston-cambridge", "places": 2}]},
    )
    mine = typed.client("startup").post(
        "/api/v1/cohorts/kari/applications",
        {"name": "Mihon", "answers": {}, "hubs": ["hub-boston-cambridge"]},
    )
    typed.client("startup").post(f"/api/v1/applications/{mine['id']}/steps", {"act": "submit"})
    typed("cohort", "move", "kari", "accept", "kari-0001", role="officer")
    assert "nothing asked yet" in typed("cohort", "sites", "kari", role="officer")
    told = typed(
        "cohort",
        "ask-sites",
        "kari",
        "kari-site-0",
        "kari-site-1",
        "--window",
        "2027-04-01/2027-09-30",
        role="officer",
    )
    assert "waiting" in told and "2027-04-01/2027-09-30" in told
    assert "crosses another" in typed(
        "cohort",
        "ask-sites",
        "kari",
        "kari-site-0",
        "--window",
        "2027-04-01/2027-09-30",
        "--window",
        "2027-09-30/2028-01-01",
        role="officer",
        code=1,
    )
    assert "required" in typed("cohort", "place", "kari", "Too early", role="officer", code=1)
    for n in range(2):
        office.request(
            "PUT", f"/api/v1/cohorts/kari/hosting/kari-site-{n}", json={"capacity": {"seat": [1]}}
        )
    office.request(
        "PUT",
        "/api/v1/cohorts/kari/places/mihon-therapeutics/wish",
        json={"sites": ["kari-site-1"]},
    )
    first = typed("cohort", "place", "kari", "As answered", role="officer")
    assert (
        "1 of 1, 1 at their first wish" in first
        and "proven best" in first
        and "kari-site-1 2027-04-01/2027-09-30" in first
    )
    other = typed(
        "cohort",
        "place",
        "kari",
        "Without its wish",
        "--room",
        "kari-site-1:seat=0",
        role="officer",
    )
    numbers = [next(w for w in text.split() if w.count("-") == 4) for text in (first, other)]
    assert (
        "1 move"
        in (told := typed("cohort", "plan", numbers[0], "--beside", numbers[1], role="officer"))
        and "kari-site-1 2027-04-01/2027-09-30 -> kari-site-0" in told
    )
    out = typed(
        "cohort",
        "place",
        "kari",
        "Nowhere",
        "--room",
        "kari-site-1:seat=0",
        "--ban",
        "mihon-therapeutics=kari-site-0",
        role="officer",
    )
    assert "OUT" in out and "As answered" in typed("cohort", "plans", "kari", role="officer")
    assert "STARTUP=SITE" in typed(
        "cohort", "place", "kari", "X", "--pin", "nonsense", role="officer", code=2
    )
    assert "1 places given out" in typed("cohort", "confirm", numbers[0], role="officer")
    assert "Mihon" in typed("cohort", "triads", "kari", "--invented", role="officer")


def test_a_day_is_wished_for_computed_published_and_mended(typed, tmp_path):
    office = typed.client("officer")
    slots = [
        {"starts_at": f"2037-03-10T{9 + n:02}:00:00Z", "ends_at": f"2037-03-10T{9 + n:02}:25:00Z"}
        for n in range(2)
    ]
    form = {
        "id": "kari-day",
        "name": {"en": "Kari Day (invented)"},
        "zone": "Asia/Tokyo",
        "slots": slots,
        "rooms": 1,
    }
    office.post("/api/v1/days", form | {"requests_until": "2037-03-01T00:00:00Z"})
    assert "2 added" in typed(
        "day",
        "invite",
        "kari-day",
        "--startup",
        "mihon-therapeutics",
        "--mandate",
        PAIR[1],
        role="officer",
    )
    assert "1 wishes" in typed(
        "day", "wish", "kari-day", "mihon-therapeutics", PAIR[1], role="startup"
    )
    assert "1 wishes" in typed("day", "show", "kari-day", role="officer")
    office.request(
        "PUT", "/api/v1/days/kari-day/rules", json={"musts": [["mihon-therapeutics", PAIR[1]]]}
    )
    told = typed("day", "schedule", "kari-day", role="officer")
    assert "1 meetings; as good as can be" in told and "18:00 room 1 Mihon Therapeutics" in told
    assert "published at" in typed("day", "publish", "kari-day", role="officer")
    assert "PUBLISHED" in typed("day", "list", role="startup")
    for kind, begins in (("pdf", b"%PDF"), ("ics", b"BEGIN")):
        typed(
            "day",
            "plan",
            "kari-day",
            str(tmp_path / f"plan.{kind}"),
            "--party",
            "mihon-therapeutics",
            role="startup",
        )
        assert (tmp_path / f"plan.{kind}").read_bytes().startswith(begins)
    assert "name --party" in typed(
        "day", "plan", "kari-day", str(tmp_path / "all.ics"), role="officer", code=2
    )
    told = typed("day", "lose", "kari-day", "slot", "--at", "18:00", role="officer")
    assert "they do at 18:00, 19:00" in typed(
        "day", "lose", "kari-day", "slot", "--at", "6pm", role="officer", code=2
    )
    assert "MOVED" in told and "18:00 -> 19:00" in told
    assert "FELL OUT" in typed(
        "day", "lose", "kari-day", "attendee", "--party", "mihon-therapeutics", role="officer"
    )
