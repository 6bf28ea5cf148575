"""Personal data: nothing leaves without a consent, one may have a copy of everything, and erased
means erased everywhere.
"""

import json
import re
from datetime import timedelta

import pyotp
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from nakodo_client import Client, Refused
from services.accounts import actions
from services.accounts.courier import Courier
from services.accounts.doors import Doors
from services.accounts.models import LogIn, Person
from services.accounts.notices import NOTICES
from services.cli import main
from services.notices.models import Mail
from services.notices.sender import Sender
from shared import audit
from shared.auth import ADMINISTRATOR, PLATFORM, worker
from tests.conftest import Stack, startup_form
from tests.services.test_accounts import MAIL, WORD, hasher, person  # noqa: F401 - hasher is a fixture


@pytest.fixture
def desk(tmp_path, hasher):  # noqa: F811
    stack = Stack(tmp_path)
    stack.accounts = stack.composition.services["accounts"]
    stack.accounts.app.extensions["nakodo"]["passwords"] = hasher
    stack.person = person(stack, MAIL, "見本 さくら", "mihon-therapeutics", ["startup"])
    yield stack.settle()
    stack.composition.close()


def signed_in(stack, email: str = MAIL) -> Client:
    told = Client.inside(stack.composition, "").post(
        "/api/v1/sessions", {"email": email, "password": WORD}
    )
    return Client.inside(stack.composition, told["access_token"])


def deliver(stack) -> None:
    parts = stack.accounts.app.extensions["nakodo"]
    Courier(stack.accounts.db, Doors(stack.client(worker("accounts"))), parts["seals"]).deliver()


def bare(db, *statements: str) -> None:
    """Runs statements outside any transaction."""
    raw = db.engine.raw_connection()
    for statement in statements:
        raw.driver_connection.execute(statement).fetchall()
    raw.close()


def everything(stack) -> str:
    """All bytes of all databases and mail of an installation, as somebody with the disk would read
    them.
    """
    data = stack.composition.settings.data
    for db in [s.db for s in stack.composition.services.values() if s.db is not None] + [
        stack.composition.eventlog.db
    ]:
        bare(db, "PRAGMA wal_checkpoint(TRUNCATE)")
    return "".join(
        p.read_bytes().decode("utf-8", "replace")
        for p in data.rglob("*")
        if p.suffix in (".db", ".eml")
    )


CONSENT = {
    "purpose": "introductions",
    "countries": ["us"],
    "notice": NOTICES["introductions"].id,
    "locale": "ja",
}


def test_a_contact_leaves_under_a_consent_for_that_country_alone(desk):
    meetings, sakura = desk.client(worker("meetings")), signed_in(desk)
    ask = f"/services/accounts/internal/contacts/{desk.person}"

    def released(country: str) -> bool:
        try:
            return meetings.get(ask, purpose="introductions", country=country)["email"] == MAIL
        except Refused as refused:
            assert refused.status == 404
            return False

    assert not released("us"), "nothing without a consent"
    made = sakura.post("/api/v1/consents", CONSENT)
    assert released("us") and not released("jp")
    again = sakura.post("/api/v1/consents", CONSENT | {"countries": ["jp", "us"]})
    assert (
        released("jp")
        and [c["withdrawn_at"] is None for c in sakura.get("/api/v1/consents")["items"]].count(True)
        == 1
    )
    sakura.request("DELETE", f"/api/v1/consents/{again['id']}")
    assert not released("us") and not released("jp")
    with pytest.raises(Refused) as refused:
        sakura.get(ask, purpose="introductions", country="us")
    assert refused.value.status == 403, "services only"
    trail = [row["action"] for row in audit_rows(desk, desk.person)]
    assert (
        trail.count("contact-released") == 2
        and "consent-withdrawn" in trail
        and made["notice"] == "introductions/1"
    )


def audit_rows(stack, subject: str) -> list[dict]:
    with stack.accounts.db.reading(ADMINISTRATOR) as session:
        return audit.trail(session, subject, 200)


def test_a_consent_names_the_notice_as_it_is_now_and_its_countries(desk):
    sakura = signed_in(desk)
    for wrong in (
        CONSENT | {"notice": "introductions/0"},
        CONSENT | {"countries": ["de"]},
        CONSENT | {"countries": []},
        CONSENT | {"purpose": "x"},
    ):
        with pytest.raises(Refused) as refused:
            sakura.post("/api/v1/consents", wrong)
        assert refused.value.status == 422
    other = person(
        desk, "rin@mihon-therapeutics.example.co.jp", "見本 凛", "mihon-therapeutics", ["startup"]
    )
    made = sakura.post("/api/v1/consents", CONSENT)
    with pytest.raises(Refused) as refused:
        signed_in(desk, "rin@mihon-therapeutics.example.co.jp").request(
            "DELETE", f"/api/v1/consents/{made['id']}"
        )
    assert refused.value.status == 404 and other


def test_an_export_holds_all_that_is_kept_in_every_service(desk):
    sakura = signed_in(desk)
    sakura.register("startups", startup_form(id="mihon-therapeutics"))
    sakura.post("/api/v1/consents", CONSENT)
    sakura.post(
        "/api/v1/accounts/invitations",
        {"email": "new@mihon-therapeutics.example.co.jp", "roles": ["startup"]},
    )
    copy = sakura.get("/api/v1/people/me/export")
    assert copy["person"]["email"] == MAIL and copy["person"]["name"] == "見本 さくら"
    assert (
        copy["consents"][0]["notice"] == "introductions/1"
        and copy["sessions"]
        and copy["links"][0]["email"].startswith("new@")
    )
    assert set(copy["trail"]) == {
        "accounts",
        "startups",
        "investors",
        "programs",
        "matching",
        "meetings",
        "notices",
    }
    assert copy["trail"]["startups"][0]["subject"] == "mihon-therapeutics", (
        "what she did elsewhere, by her id"
    )
    assert "password" not in json.dumps(copy["person"]) and WORD not in json.dumps(copy)


def test_erased_means_erased_everywhere_and_chains_stay_valid(desk):
    sakura = signed_in(desk)
    sakura.register("startups", startup_form(id="mihon-therapeutics"))
    sakura.post("/api/v1/consents", CONSENT)
    Client.inside(desk.composition, "").post("/api/v1/accounts/resets", {"email": MAIL})
    sakura.request(
        "POST",
        "/api/v1/accounts/invitations",
        json={"email": "x@mihon.example.co.jp", "roles": ["startup"]},
        headers={"Idempotency-Key": "k"},
    )
    deliver(desk)
    notices = desk.composition.services["notices"]
    Sender(
        notices.db, None, "Nakodo <n@localhost>", desk.composition.settings.data / "mail"
    ).send_due()
    desk.settle()
    services = [s for s in desk.composition.services.values() if s.db is not None]
    for service in services:
        audit.seal(service.db, service.name)
    assert MAIL in everything(desk) and "見本 さくら" in everything(desk)
    with pytest.raises(Refused) as refused:
        sakura.post("/api/v1/people/me/erasure", {"password": "a wrong password"})
    assert refused.value.status == 401
    program = sakura.post("/api/v1/accounts/clients", {"name": "CRM", "roles": ["startup"]})
    sakura.post("/api/v1/people/me/erasure", {"password": WORD})
    deliver(desk)
    desk.settle()
    with pytest.raises(Refused):
        signed_in(desk)
    form = {
        "grant_type": "client_credentials",
        "client_id": program["id"],
        "client_secret": program["secret"],
    }
    with pytest.raises(Refused):
        Client.inside(desk.composition, "").post("/api/v1/tokens", form)
    for service in services:
        assert audit.verify(service.db, service.name) == [], service.name
        with service.db.reading(ADMINISTRATOR) as session:
            told = json.dumps(audit.trail(session, None, 200))
        assert desk.person not in told, service.name
        # what docs/operations.md asks for after an erasure: deleted pages go too
        bare(service.db, "VACUUM")
    left = everything(desk)
    assert MAIL not in left and "見本 さくら" not in left
    with notices.db.reading(ADMINISTRATOR) as session:
        assert not list(session.scalars(select(Mail).where(Mail.recipient == MAIL)))
    assert desk.client().profile("startups", "mihon-therapeutics"), (
        "the company's profile is not the person's"
    )


def test_a_legal_hold_beats_erasure_and_says_so(desk, monkeypatch):
    sakura, run = signed_in(desk), CliRunner()
    monkeypatch.setenv("NAKODO_DATA", str(desk.composition.settings.data))
    held = run.invoke(
        main,
        [
            "--data",
            str(desk.composition.settings.data),
            "hold",
            MAIL,
            "--reason",
            "a dispute about a licence",
        ],
    )
    assert held.exit_code == 0, held.output
    with pytest.raises(Refused) as refused:
        sakura.post("/api/v1/people/me/erasure", {"password": WORD})
    assert refused.value.status == 409 and "legal hold" in str(refused.value)
    erase = run.invoke(
        main, ["--data", str(desk.composition.settings.data), "erase-person", MAIL, "--yes"]
    )
    assert erase.exit_code == 1 and "legal hold" in erase.output
    lifted = run.invoke(
        main, ["--data", str(desk.composition.settings.data), "hold", MAIL, "--lift"]
    )
    assert "lifted: 1" in lifted.output
    erase = run.invoke(
        main, ["--data", str(desk.composition.settings.data), "erase-person", MAIL, "--yes"]
    )
    assert erase.exit_code == 0, erase.output
    with pytest.raises(Refused):
        signed_in(desk)


def test_the_last_owner_hands_over_before_going(desk):
    person(desk, "rin@mihon-therapeutics.example.co.jp", "見本 凛", "elsewhere", ["startup"])
    with desk.accounts.db.transaction(ADMINISTRATOR) as session:
        rin = session.scalar(select(Person).where(Person.name == "見本 凛"))
        actions.join(session, rin, "mihon-therapeutics", ["startup"], owner=False)
    with pytest.raises(Refused) as refused:
        signed_in(desk).post("/api/v1/people/me/erasure", {"password": WORD})
    assert refused.value.status == 409 and refused.value.problem["code"] == "last-owner"


def test_whoever_leaves_takes_no_key_along(desk):
    sakura = signed_in(desk)
    person(desk, "rin@mihon-therapeutics.example.co.jp", "見本 凛", "elsewhere", ["startup"])
    with desk.accounts.db.transaction(ADMINISTRATOR) as session:
        rin = session.scalar(select(Person).where(Person.name == "見本 凛"))
        actions.join(session, rin, "mihon-therapeutics", ["startup"], owner=False)
        session.execute(LogIn.__table__.delete())
    told = Client.inside(desk.composition, "").post(
        "/api/v1/sessions",
        {
            "email": "rin@mihon-therapeutics.example.co.jp",
            "password": WORD,
            "org": "mihon-therapeutics",
        },
    )
    theirs = Client.inside(desk.composition, told["access_token"])
    program = theirs.post("/api/v1/accounts/clients", {"name": "CRM", "roles": ["startup"]})
    form = {
        "grant_type": "client_credentials",
        "client_id": program["id"],
        "client_secret": program["secret"],
    }
    assert Client.inside(desk.composition, "").post("/api/v1/tokens", form)["access_token"]
    sakura = signed_in(desk)
    member = next(
        m for m in sakura.get("/api/v1/accounts/members")["items"] if m["name"] == "見本 凛"
    )
    sakura.request("DELETE", f"/api/v1/accounts/members/{member['id']}")
    with pytest.raises(Refused) as refused:
        Client.inside(desk.composition, "").post("/api/v1/tokens", form)
    assert refused.value.status == 401


def test_an_administrator_sees_everything_only_behind_broken_glass(desk):
    """Break-glass: a code, a reason, an hour at most, a mail to every other administrator, a row in
    the trail.
    """
    boss = person(desk, "boss@nakodo.example.co.jp", "運営 一郎", PLATFORM, ["administrator"])
    person(desk, "other@nakodo.example.co.jp", "運営 二郎", PLATFORM, ["administrator"])
    visitor = Client.inside(desk.composition, "")
    told = visitor.post(
        "/api/v1/sessions", {"email": "boss@nakodo.example.co.jp", "password": WORD}
    )
    first = Client.inside(desk.composition, told["access_token"])
    secret = first.post("/api/v1/people/me/second-factor")["secret"]
    first.request(
        "PUT",
        "/api/v1/people/me/second-factor",
        json={"code": pyotp.TOTP(secret).at(desk.clock.now()), "password": WORD},
    )
    desk.clock.move(seconds=60)
    code = pyotp.TOTP(secret).at(desk.clock.now())
    told = visitor.post(
        "/api/v1/sessions", {"email": "boss@nakodo.example.co.jp", "password": WORD, "code": code}
    )
    assert told["person"]["roles"] == [], "strong, and still nobody special"
    plea = {"session": told["session"], "reason": "a stuck dead letter, ticket 4711"}
    with pytest.raises(Refused) as refused:
        visitor.post("/api/v1/sessions/elevation", plea | {"code": code})
    assert refused.value.status == 401, "a code works once"
    desk.clock.move(seconds=60)
    with pytest.raises(Refused) as refused:
        visitor.post("/api/v1/sessions/elevation", plea | {"code": "000000", "reason": "why not"})
    assert refused.value.status == 422, "a reason has some words"
    opened = visitor.post(
        "/api/v1/sessions/elevation",
        plea | {"code": pyotp.TOTP(secret).at(desk.clock.now()), "minutes": 10},
    )
    glass = Client.inside(desk.composition, opened["access_token"])
    assert glass.get("/services/startups/audit")["items"] == []
    assert opened["expires_in"] == 600, "the token ends with the glass, not after it"
    with pytest.raises(Refused) as refused:
        glass.post(
            "/api/v1/accounts/clients", {"name": "a way back in", "roles": ["administrator"]}
        )
    assert refused.value.status == 422, "no program holds what a person must ask for by name"
    rows = [r for r in audit_rows(desk, boss) if r["action"] == "glass-broken"]
    assert rows[0]["detail"]["reason"] == plea["reason"]
    deliver(desk)
    with desk.composition.services["notices"].db.reading(ADMINISTRATOR) as session:
        mails = {
            m.recipient: m.text
            for m in session.scalars(select(Mail).where(Mail.template == "glass-broken"))
        }
    assert (
        set(mails) == {"boss@nakodo.example.co.jp", "other@nakodo.example.co.jp"}
        and "4711" in mails["other@nakodo.example.co.jp"]
    )
    desk.clock.move(minutes=8)
    again = visitor.post("/api/v1/tokens", {"grant_type": "session", "session": plea["session"]})
    assert again["expires_in"] == 120
    desk.clock.move(minutes=3)
    with pytest.raises(Refused) as late:
        glass.get("/services/startups/audit")
    assert late.value.status == 401
    later = visitor.post("/api/v1/tokens", {"grant_type": "session", "session": told["session"]})
    with pytest.raises(Refused) as refused:
        Client.inside(desk.composition, later["access_token"]).get("/services/startups/audit")
    assert refused.value.status == 403, "over after ten minutes"
    sakura = Client.inside(desk.composition, "").post(
        "/api/v1/sessions", {"email": MAIL, "password": WORD}
    )
    with pytest.raises(Refused) as refused:
        visitor.post(
            "/api/v1/sessions/elevation", plea | {"session": sakura["session"], "code": "123456"}
        )
    assert refused.value.status == 403 and timedelta(hours=1) == actions.LONGEST_GLASS


def test_the_page_breaks_the_glass_says_so_and_forgets_it_in_time(desk):
    person(desk, "boss@nakodo.example.co.jp", "運営 一郎", PLATFORM, ["administrator"])
    desk.settle()
    first = signed_in(desk, "boss@nakodo.example.co.jp")
    secret = first.post("/api/v1/people/me/second-factor")["secret"]
    first.request(
        "PUT",
        "/api/v1/people/me/second-factor",
        json={"code": pyotp.TOTP(secret).at(desk.clock.now()), "password": WORD},
    )
    web, origin = (
        desk.composition.services["portal"].app.test_client(),
        {"Origin": "http://localhost"},
    )

    def code() -> str:
        desk.clock.move(seconds=60)
        return pyotp.TOTP(secret).at(desk.clock.now())

    web.post(
        "/sign-in",
        data={"email": "boss@nakodo.example.co.jp", "password": WORD, "code": code()},
        headers=origin,
    )
    assert (
        "glass-reason" not in (shown := web.get("/account").text)
        and 'action="/account/glass"' in shown
    )
    assert web.get("/duplicates").status_code == 404, "nobody special yet"
    short = web.post(
        "/account/glass", data={"reason": "why", "code": code(), "minutes": "10"}, headers=origin
    )
    assert short.status_code == 422 and 'role="alert"' in short.text
    opened = web.post(
        "/account/glass",
        data={"reason": "a stuck dead letter, 4711", "code": code(), "minutes": "10"},
        headers=origin,
    )
    assert opened.status_code == 302 and "Full access is open until" in web.get("/account").text
    assert web.get("/duplicates").status_code == 200
    desk.clock.move(minutes=11)
    assert (
        "Full access is open until" not in web.get("/account").text
        and web.get("/duplicates").status_code == 404
    )


def test_an_owner_takes_a_member_out_on_the_page(desk):
    person(
        desk,
        "haru@mihon-therapeutics.example.co.jp",
        "見本 はる",
        "mihon-therapeutics",
        ["startup"],
    )
    web, origin = (
        desk.composition.services["portal"].app.test_client(),
        {"Origin": "http://localhost"},
    )
    web.post("/sign-in", data={"email": MAIL, "password": WORD}, headers=origin)
    shown = web.get("/account").text
    (leads,) = re.findall(r'href="(/account/leaving/[^"]+)"', shown)  # nobody takes themselves out
    assert web.post(leads, headers=origin).status_code == 200
    assert "見本 はる" not in web.get("/account").text
