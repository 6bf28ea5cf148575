"""What proves who one is: changed only by what proves it now, lost only by an operator's act, and
told by mail.
"""

import pyotp
import pytest
from click.testing import CliRunner

from services import operate
from services.cli import main
from tests.services.test_accounts import (  # noqa: F401 - fixtures
    MAIL,
    WORD,
    anyone,
    desk,
    fresh,
    hasher,
    holder,
    letters,
    link_of,
    refused,
    sign_in,
)

NEW = "a quite different one"


@pytest.fixture
def strong(desk):  # noqa: F811
    """Sakura with a second factor: her client, her codes by the clock, her recovery codes."""
    client = holder(desk, sign_in(desk)["access_token"])
    app = pyotp.TOTP(client.post("/api/v1/people/me/second-factor")["secret"])
    client.request(
        "PUT",
        "/api/v1/people/me/second-factor",
        json={"code": app.at(desk.clock.now()), "password": WORD},
    )
    spare = client.post("/api/v1/people/me/recovery-codes", {"password": WORD})["codes"]
    desk.clock.move(seconds=61)
    return client, lambda: app.at(desk.clock.now()), spare


def told(desk) -> list[str]:  # noqa: F811
    return [letter.template for letter in letters(desk)]


def test_a_reset_ends_the_other_links_and_asks_for_the_factor(desk, strong):  # noqa: F811
    _, code, _ = strong
    tokens = []
    for _ in range(2):
        anyone(desk).post("/api/v1/accounts/resets", {"email": MAIL})
        tokens.append(link_of(desk))
        desk.clock.move(seconds=1)
    assert anyone(desk).get(f"/api/v1/links/{tokens[0]}")["code"] is True
    assert (
        refused(anyone(desk).post, f"/api/v1/links/{tokens[0]}", {"password": NEW}).problem["code"]
        == "code-required"
    )
    anyone(desk).post(f"/api/v1/links/{tokens[0]}", {"password": NEW, "code": code()})
    assert (
        refused(anyone(desk).post, f"/api/v1/links/{tokens[1]}", {"password": WORD}).status == 404
    )
    assert told(desk)[-1] == "password-changed"


def test_the_factor_comes_off_by_password_and_code_together(desk, strong):  # noqa: F811
    client, code, _ = strong
    off = {"password": WORD}
    assert (
        refused(client.request, "DELETE", "/api/v1/people/me/second-factor", json=off).problem[
            "code"
        ]
        == "code-required"
    )
    assert (
        refused(client.post, "/api/v1/people/me/password", {"old": WORD, "new": NEW}).problem[
            "code"
        ]
        == "code-required"
    )
    client.request("DELETE", "/api/v1/people/me/second-factor", json=off | {"code": code()})
    desk.settle()
    fresh(desk)
    assert refused(client.get, "/api/v1/people/me").status == 401 and told(desk)[-1] == "factor-off"
    assert sign_in(desk)["person"]["strong"] is False


def test_a_recovery_code_stands_in_once(desk, strong):  # noqa: F811
    _, _, spare = strong
    assert (
        sign_in(desk, code=spare[0].lower())["person"]["strong"]
        and told(desk)[-1] == "recovery-used"
    )
    assert refused(sign_in, desk, code=spare[0]).status == 401 and sign_in(desk, code=spare[1])


def test_an_operator_takes_a_lost_factor_off_and_the_person_is_told(desk, strong):  # noqa: F811
    client, _, spare = strong
    desk.clock.move(seconds=1)
    operate.reset_factor(desk.composition, MAIL, "phone lost, seen at the office")
    desk.settle()
    fresh(desk)
    assert (
        refused(client.get, "/api/v1/people/me").status == 401
        and sign_in(desk)["person"]["strong"] is False
    )
    letter = letters(desk)[-1]
    assert letter.template == "factor-reset" and "phone lost" in letter.params["reason"]
    assert sign_in(desk, code=spare[2])["person"]["strong"] is False, "recovery codes went with it"


def test_a_new_address_is_confirmed_there_and_told_to_both(desk, strong):  # noqa: F811
    client, code, _ = strong
    new = "hana@mihon-therapeutics.example.co.jp"
    form = {"email": new, "password": WORD}
    assert (
        refused(client.post, "/api/v1/people/me/address", form).problem["code"] == "code-required"
    )
    client.post("/api/v1/people/me/address", form | {"code": code()})
    token = link_of(desk)
    desk.clock.move(seconds=61)
    anyone(desk).post(f"/api/v1/links/{token}", {"password": WORD, "code": code()})
    assert sorted(m.recipient for m in letters(desk) if m.template == "address-changed") == sorted(
        [MAIL, new]
    )
    desk.clock.move(seconds=61)
    assert sign_in(desk, new, code=code()) and refused(sign_in, desk, MAIL).status == 401


def test_sessions_are_listed_and_ended(desk):  # noqa: F811
    one, two = (holder(desk, sign_in(desk)["access_token"]) for _ in range(2))
    (other,) = [s for s in one.get("/api/v1/people/me/sessions")["items"] if not s["current"]]
    one.request("DELETE", f"/api/v1/people/me/sessions/{other['id']}")
    desk.settle()
    fresh(desk)
    assert (
        refused(two.get, "/api/v1/people/me").status == 401
        and len(one.get("/api/v1/people/me/sessions")["items"]) == 1
    )


def test_the_command_line_acts_as_its_token_says(desk):  # noqa: F811
    told = CliRunner().invoke(
        main,
        ["--data", str(desk.composition.settings.data), "feed", "x"],
        env={"NAKODO_TOKEN": "garbage"},
    )
    assert told.exit_code == 1 and "access token" in told.output
