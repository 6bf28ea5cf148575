"""The doors of accounts: no stranger shuts them on anybody, and nobody guesses their way
through.
"""

import pytest
from argon2 import PasswordHasher

from services.accounts.limits import FROM_STRANGERS, MAILS, PER_ACCOUNT
from services.accounts.passwords import Passwords
from services.accounts.rules import password_fault
from tests.services.test_accounts import (  # noqa: F401 - fixtures
    MAIL,
    WORD,
    anyone,
    desk,
    letters,
    link_of,
    person,
    refused,
    sign_in,
)

OFFICE, HOTEL, DEVICE = "192.0.2.10", "198.51.100.20", "d" * 64


@pytest.fixture(scope="module")
def hasher():
    """Quick here: hundreds of tries."""
    made = Passwords()
    made._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return made


def at(stack, place: str):
    """The door as somebody elsewhere finds it; the portal in this process vouches for the
    address.
    """
    return stack.composition._portal_client("", "en", {"X-Forwarded-For": place})


def tried(stack, place: str, password: str = "wrong", email: str = MAIL, **more) -> int:
    """The status of a try to sign in."""
    told = at(stack, place)._http.post(
        "/api/v1/sessions", json={"email": email, "password": password, **more}
    )
    return told.status_code


def test_a_strangers_wrong_passwords_lock_out_the_stranger_alone(desk):  # noqa: F811
    for n in range(PER_ACCOUNT + 2):
        assert tried(desk, HOTEL) == (401 if n < PER_ACCOUNT else 429)
    assert tried(desk, HOTEL, WORD) == 429, "the stranger's place tries no more"
    assert tried(desk, OFFICE, WORD) == 201, "the person is let in as ever"


def test_strangers_at_many_places_do_not_lock_out_where_somebody_is_known(desk):  # noqa: F811
    assert tried(desk, OFFICE, WORD, device=DEVICE) == 201
    for n in range(FROM_STRANGERS + 1):
        assert tried(desk, f"198.51.100.{n}") == (401 if n < FROM_STRANGERS else 429), (
            "guessing from everywhere has its end"
        )
    assert tried(desk, OFFICE, WORD) == 201, "a place they have signed in from"
    assert tried(desk, HOTEL, WORD) == 429 and tried(desk, HOTEL, WORD, device=DEVICE) == 201, (
        "their browser, wherever it is"
    )


def test_a_stranger_in_the_same_office_locks_out_no_browser_that_is_known(desk):  # noqa: F811
    assert tried(desk, OFFICE, WORD, device=DEVICE) == 201
    for _ in range(70):
        tried(desk, OFFICE)
    assert tried(desk, OFFICE, WORD) == 429 and tried(desk, OFFICE, WORD, device=DEVICE) == 201
    for n in range(PER_ACCOUNT + 1):
        assert tried(desk, OFFICE, device=DEVICE) == (401 if n < PER_ACCOUNT else 429), (
            "a known browser does not guess either"
        )


def test_who_comes_back_by_a_link_from_mail_is_known_again(desk):  # noqa: F811
    for n in range(FROM_STRANGERS + 1):
        tried(desk, f"198.51.100.{n}")
    assert tried(desk, OFFICE, WORD) == 429, "a new place while strangers try"
    at(desk, OFFICE).post("/api/v1/accounts/resets", {"email": MAIL})
    at(desk, OFFICE).post(f"/api/v1/links/{link_of(desk)}", {"password": "a quite different one"})
    assert tried(desk, OFFICE, "a quite different one") == 201


def test_a_stranger_does_not_use_up_the_mails_of_another(desk):  # noqa: F811
    for n in range(4):
        told = at(desk, HOTEL)._http.post("/api/v1/accounts/resets", json={"email": MAIL})
        assert told.status_code == (202 if n < 3 else 429)
    assert at(desk, OFFICE).post("/api/v1/accounts/resets", {"email": MAIL}) == {"sent": True}
    for n in range(MAILS * 2):
        at(desk, f"198.51.100.{n}").post("/api/v1/accounts/resets", {"email": MAIL})
    assert len(letters(desk)) == MAILS, "nobody is buried in mail"


def test_an_office_of_many_people_signs_in_from_one_place(desk):  # noqa: F811
    for _ in range(80):
        assert tried(desk, OFFICE, WORD) == 201


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("password123456", "password-common"),
        ("letmeinplease", "password-common"),
        ("zxcvbnm,./asdf", "password-keys"),
        ("haruharuharuharu", "password-repeat"),
        ("さくらさくらさくらさくら", "password-repeat"),
        ("abcdefghijklmn", "password-sequence"),
        ("mihon-therapeutics", "password-own"),
        ("Tanaka Hanako", "password-own"),
        ("internationalization", "password-word"),
        ("short", "password-short"),
        ("x" * 257, "password-long"),
        (WORD, None),
        ("サクラサクヒノハナミザケ", None),
    ],
)
def test_a_password_is_refused_for_a_reason(password, fault):
    assert (
        password_fault(password, "sakura@mihon-therapeutics.example.co.jp", "Tanaka Hanako")
        == fault
    )


def test_the_reason_is_given_in_the_persons_language(desk):  # noqa: F811
    said = {}
    for lang in ("en", "ja"):
        anyone(desk).post(
            "/api/v1/accounts/registrations", {"email": f"haru-{lang}@haru-cell.example.co.jp"}
        )
        client = desk.composition._portal_client("", lang, {})
        told = refused(
            client.post,
            f"/api/v1/links/{link_of(desk)}",
            {"name": "Haru", "password": "password123456"},
        )
        (error,) = told.problem["errors"]
        assert error["field"] == "password" and error["code"] == "password-common"
        said[lang] = error["message"]
    assert "tried first" in said["en"] and "パスワード" in said["ja"]
