"""The team's commands as a reviewer types them, against a running product with the demo's token."""

import json

import pytest
from click.testing import CliRunner

from services.cli import main
from tests.flow.server import Running

PAIR = ("regcell", "mihon-ventures-equity")


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("desk")).start()

    def invoke(*words: str, role: str = "reviewer", code: int = 0):
        environ = {"NAKODO_URL": running.url, "NAKODO_TOKEN": running.token(role), "NAKODO_DATA": str(running.folder)}
        told = CliRunner(env=environ).invoke(main, list(words))
        assert told.exit_code == code, told.output
        return " ".join(told.output.split())  # as a person reads it, wherever the line was broken

    yield invoke
    running.stop()


def test_a_decision_is_taken_listed_and_refused_with_the_legal_steps(typed):
    assert "pass · Too early · -> 2027-03-01" in typed("decide", *PAIR, "pass", "--reason", "too-early", "--until", "2027-03-01")
    assert "regcell x mihon-ventures-equity" in typed("decisions", "--state", "pass")
    assert "advance, hold" in typed("decide", *PAIR, "pass", "--reason", "valuation", code=1)
    assert "pass_reason" in typed("decide", "celaid", PAIR[1], "pass", "--reason", "mood", code=1)


def test_searches_missions_suggestions_and_the_funnel(typed, tmp_path):
    made = json.loads(typed("searches", "add", "CAR-T in Japan", "--modality", "cell-therapy", "--place", "jp", "--json"))
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
    assert "Both sides have accepted" in typed("introductions", "step", number, "accept", role="startup")
    assert "no-consent" in typed("introductions", "show", number)
    assert typed("calls", role="startup").strip() == "nothing"


def test_a_team_votes_comments_asks_a_colleague_and_watches(typed):
    pair = ("celaid-therapeutics", PAIR[1])
    typed("team", "vote", *pair, "advance", "--note", "Strong")
    typed("team", "comment", *pair, "Worth a second look")
    assert "/expertise/" in typed("team", "expert", *pair, "Head of CMC", "--question", "Ready for GMP?")
    typed("decide", *pair, "hold", "--until", "2027-03-01")
    told = typed("team", "show", *pair)
    assert "advance" in told and "Worth a second look" in told and "Head of CMC: waiting" in told and "made hold" in told
    assert '"mandate": "mihon-ventures-equity"' in typed("watch", PAIR[1], "--after", "0", "--count", "1")
    assert "not yours" in typed("watch", PAIR[1], role="startup", code=1)
    typed("team", "declare", pair[0], "conflict")
    assert "conflict of interest" in typed("explain", *pair, code=1)
