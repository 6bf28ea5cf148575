"""Accounts: who gets in, who does not, and how fast somebody who should not is out everywhere."""

import base64
import json
import re
from datetime import timedelta

import httpx
import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from nakodo_client import Client, Refused
from services.accounts import actions
from services.accounts.limits import MAILS
from services.accounts.models import ApiClient, Letter, Link, LogIn, Person
from services.accounts.passwords import Passwords
from shared.auth import ADMINISTRATOR, Actor
from shared.eventlog import Record
from shared.settings import load
from shared.tables import outbox, revocations
from shared.web.door import Door, place
from tests.conftest import Stack, startup_form

WORD = "correct horse battery"
MAIL = "sakura@mihon-therapeutics.example.co.jp"


@pytest.fixture(scope="module")
def hasher():
    return Passwords()


@pytest.fixture
def desk(tmp_path, hasher):
    """An installation with one person: Sakura, owner of Mihon Therapeutics."""
    stack = Stack(tmp_path)
    stack.accounts = stack.composition.services["accounts"]
    stack.accounts.app.extensions["nakodo"]["passwords"] = hasher
    stack.sakura = person(stack, MAIL, "見本 さくら", "mihon-therapeutics", ["startup"])
    stack.settle()
    yield stack
    stack.composition.close()


def person(stack, email: str, name: str, org: str, roles: list[str]) -> str:
    with stack.accounts.db.transaction(ADMINISTRATOR) as session:
        passwords = stack.accounts.app.extensions["nakodo"]["passwords"]
        return actions.ensure(session, passwords, email, name, org, roles, WORD).id


def anyone(stack) -> Client:
    return Client.inside(stack.composition, "")


def sign_in(stack, email: str = MAIL, password: str = WORD, **more) -> dict:
    return anyone(stack).post("/api/v1/sessions", {"email": email, "password": password, **more})


def holder(stack, token: str) -> Client:
    return Client.inside(stack.composition, token)


def refused(call, *args, **more) -> Refused:
    with pytest.raises(Refused) as told:
        call(*args, **more)
    return told.value


def letters(stack) -> list[Letter]:
    with stack.accounts.db.reading(ADMINISTRATOR) as session:
        return list(session.scalars(select(Letter).order_by(Letter.written_at)))


def fresh(stack) -> None:
    """A second has passed: services look at their revocations again."""
    for service in stack.composition.services.values():
        held = service.app.extensions["nakodo"].get("revocations")
        if held is not None:
            held.forget()


def test_signing_in_gives_a_token_that_every_service_takes(desk):
    told = sign_in(desk)
    client = holder(desk, told["access_token"])
    assert client.get("/api/v1/people/me")["email"] == MAIL and told["person"]["roles"] == [
        "startup"
    ]
    assert client.register("startups", startup_form(id="rei"))["owner"] == "mihon-therapeutics"


def test_every_wrong_part_is_refused_in_the_same_words(desk):
    texts = [
        str(refused(sign_in, desk, *pair))
        for pair in ((MAIL, "wrong"), ("nobody@example.com", WORD), (MAIL, WORD.upper()))
    ]
    assert len(set(texts)) == 1
    assert refused(sign_in, desk, MAIL, WORD, org="another-org").status == 401


def test_tries_are_limited_across_processes_and_the_right_password_does_not_help_then(desk):
    for _ in range(10):
        assert refused(sign_in, desk, MAIL, "wrong").status == 401
    other = Stack(desk.composition.settings.data)  # another process on the same database
    other.clock.at = desk.clock.at
    assert refused(sign_in, other, MAIL, WORD).status == 429
    other.composition.close()
    desk.clock.move(minutes=16)
    assert sign_in(desk)["access_token"]


def test_a_session_ends_when_signed_out_idle_or_old_and_its_tokens_with_it(desk):
    told = sign_in(desk)
    client = holder(desk, told["access_token"])
    assert client.get("/api/v1/startups") is not None
    again = anyone(desk).post(
        "/api/v1/tokens", {"grant_type": "session", "session": told["session"]}
    )
    assert holder(desk, again["access_token"]).get("/api/v1/people/me")
    anyone(desk).post("/api/v1/sessions/end", {"session": told["session"]})
    assert (
        refused(
            anyone(desk).post,
            "/api/v1/tokens",
            {"grant_type": "session", "session": told["session"]},
        ).status
        == 401
    )
    desk.settle()
    fresh(desk)
    for path in ("/api/v1/startups", "/api/v1/investors", "/api/v1/feeds/x", "/api/v1/people/me"):
        assert refused(client.get, path).problem["code"] == "token-revoked", path
    idle, old = sign_in(desk)["session"], sign_in(desk)["session"]
    desk.clock.move(hours=13)
    assert (
        refused(
            anyone(desk).post, "/api/v1/tokens", {"grant_type": "session", "session": idle}
        ).status
        == 401
    )
    old = sign_in(desk)["session"]
    for _ in range(16):
        desk.clock.move(hours=11)
        try:
            anyone(desk).post("/api/v1/tokens", {"grant_type": "session", "session": old})
        except Refused:
            break
    else:
        pytest.fail("a session outlived its seven days")


def test_a_new_password_ends_every_session_and_every_token(desk):
    one, two = sign_in(desk), sign_in(desk)
    desk.clock.move(seconds=1)
    client = holder(desk, one["access_token"])
    assert (
        refused(
            client.post,
            "/api/v1/people/me/password",
            {"old": "wrong", "new": "a quite different one"},
        ).status
        == 401
    )
    weak = refused(client.post, "/api/v1/people/me/password", {"old": WORD, "new": "short"})
    assert weak.problem["errors"][0]["code"] == "password-short"
    client.post("/api/v1/people/me/password", {"old": WORD, "new": "a quite different one"})
    desk.settle()
    fresh(desk)
    for told in (one, two):
        assert refused(holder(desk, told["access_token"]).get, "/api/v1/startups").status == 401
        assert (
            refused(
                anyone(desk).post,
                "/api/v1/tokens",
                {"grant_type": "session", "session": told["session"]},
            ).status
            == 401
        )
    assert refused(sign_in, desk).status == 401
    desk.clock.move(seconds=1)
    assert (
        holder(desk, sign_in(desk, MAIL, "a quite different one")["access_token"]).get(
            "/api/v1/startups"
        )
        is not None
    )


def test_officers_act_as_such_only_with_a_second_factor_and_a_code_works_once(desk):
    person(desk, "kanri@programme.example.jp", "管理 太郎", "mihon-programme-office", ["officer"])
    desk.clock.move(seconds=1)
    told = sign_in(desk, "kanri@programme.example.jp")
    assert told["person"]["roles"] == [] and not told["person"]["strong"]
    client = holder(desk, told["access_token"])
    secret = client.post("/api/v1/people/me/second-factor")["secret"]
    clock = pyotp.TOTP(secret)

    def code(steps: int = 0) -> str:
        return clock.at(int(desk.clock.now().timestamp()) + 30 * steps)

    wrong = f"{(int(code()) + 1) % 1_000_000:06}"
    assert (
        refused(
            client.request,
            "PUT",
            "/api/v1/people/me/second-factor",
            json={"code": wrong, "password": WORD},
        ).status
        == 401
    )
    client.request(
        "PUT", "/api/v1/people/me/second-factor", json={"code": code(), "password": WORD}
    )
    desk.clock.move(seconds=31)
    assert refused(sign_in, desk, "kanri@programme.example.jp").problem["code"] == "code-required"
    first = code()
    told = sign_in(desk, "kanri@programme.example.jp", code=first)
    assert told["person"]["roles"] == ["officer"] and holder(desk, told["access_token"]).get(
        "/api/v1/kpis/indicators"
    )
    assert refused(sign_in, desk, "kanri@programme.example.jp", code=first).status == 401, (
        "a code works once"
    )
    with desk.accounts.db.reading(ADMINISTRATOR) as session:
        assert secret.encode() not in session.scalar(select(Person.totp).where(Person.totp_on))


def link_of(stack) -> str:
    return letters(stack)[-1].params["path"].rsplit("/", 1)[1]


def test_only_the_demos_invented_people_do_without_a_second_factor(tmp_path, hasher):
    for demo, roles in (("1", ["officer"]), ("0", [])):
        stack = Stack(tmp_path / demo, environ={"NAKODO_DEMO": demo})
        stack.accounts = stack.composition.services["accounts"]
        stack.composition.invent()
        known = stack.composition.demo.door("officer")
        assert anyone(stack).post("/api/v1/sessions", known)["person"]["roles"] == roles
        person(stack, "real@example.co.jp", "Real", "mihon-programme-office", ["officer"])
        assert sign_in(stack, "real@example.co.jp")["person"]["roles"] == []
        assert (stack.composition.demo.path.stat().st_mode & 0o777) == 0o600
        stack.composition.close()


def test_so_many_invitations_go_to_one_address_and_none_into_anothers_organisation(desk):
    client = holder(desk, sign_in(desk)["access_token"])
    form = {"email": "flood@example.co.jp", "roles": ["startup", "startup"]}
    place = "/api/v1/accounts/invitations"
    assert refused(client.post, place, form | {"org": "rei-bio"}).status == 403
    codes = {json.dumps(client.post(place, form)["roles"]) for _ in range(MAILS - 1)}
    assert codes == {'["startup"]'}
    assert refused(client.post, place, form).problem["code"] == "too-many-attempts"
    assert client.post(place, form | {"email": "other@example.co.jp"})["id"]


def test_an_invitation_makes_a_member_once_and_for_seven_days(desk):
    client = holder(desk, sign_in(desk)["access_token"])
    client.post(
        "/api/v1/accounts/invitations",
        {"email": "Haru@Mihon-Therapeutics.example.co.jp", "roles": ["startup"]},
    )
    token = link_of(desk)
    assert anyone(desk).get(f"/api/v1/links/{token}")["org"] == "mihon-therapeutics"
    weak = refused(
        anyone(desk).post,
        f"/api/v1/links/{token}",
        {"name": "Haru", "password": "haruharuharuharu"},
    )
    assert weak.problem["errors"][0]["field"] == "password"
    anyone(desk).post(f"/api/v1/links/{token}", {"name": "Haru", "password": WORD})
    assert (
        refused(
            anyone(desk).post, f"/api/v1/links/{token}", {"name": "Eve", "password": WORD}
        ).status
        == 404
    )
    told = sign_in(desk, "haru@mihon-therapeutics.example.co.jp")
    assert (
        told["person"]["memberships"][0]["roles"] == ["startup"]
        and not told["person"]["memberships"][0]["owner"]
    )
    client.post("/api/v1/accounts/invitations", {"email": "late@example.jp", "roles": ["startup"]})
    desk.clock.move(days=8)
    assert refused(anyone(desk).get, f"/api/v1/links/{link_of(desk)}").status == 404


def test_nobody_invites_into_a_role_they_do_not_have(desk):
    client = holder(desk, sign_in(desk)["access_token"])
    for role in ("reviewer", "officer", "administrator"):
        assert (
            refused(
                client.post,
                "/api/v1/accounts/invitations",
                {"email": "x@example.jp", "roles": [role]},
            ).status
            == 403
        )
    assert (
        refused(
            client.post,
            "/api/v1/accounts/invitations",
            {"email": "x@example.jp", "roles": ["service"]},
        ).status
        == 422
    )
    assert (
        refused(client.post, "/api/v1/accounts/clients", {"name": "x", "roles": ["officer"]}).status
        == 403
    )
    assert (
        refused(
            client.post, "/api/v1/accounts/clients", {"name": "x", "roles": ["administrator"]}
        ).status
        == 422
    )


def test_a_reset_says_the_same_whether_there_is_such_a_person_or_not(desk):
    answers = [
        anyone(desk).post("/api/v1/accounts/resets", {"email": e})
        for e in (MAIL, "nobody@example.jp")
    ]
    assert answers[0] == answers[1] and len(letters(desk)) == 1
    token = link_of(desk)
    before = sign_in(desk)
    desk.clock.move(seconds=1)
    anyone(desk).post(f"/api/v1/links/{token}", {"password": "a quite different one"})
    assert (
        refused(
            anyone(desk).post,
            "/api/v1/tokens",
            {"grant_type": "session", "session": before["session"]},
        ).status
        == 401
    )
    assert sign_in(desk, MAIL, "a quite different one") and refused(sign_in, desk).status == 401


def test_programs_sign_in_by_oauth_client_credentials_in_both_forms(desk):
    client = holder(desk, sign_in(desk)["access_token"])
    made = client.post("/api/v1/accounts/clients", {"name": "CRM", "roles": ["startup"]})
    form = {
        "grant_type": "client_credentials",
        "client_id": made["id"],
        "client_secret": made["secret"],
    }
    app = desk.composition.services["accounts"].app.test_client()
    by_form = app.post("/api/v1/tokens", data=form).get_json()
    basic = base64.b64encode(f"{made['id']}:{made['secret']}".encode()).decode()
    by_header = app.post(
        "/api/v1/tokens",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {basic}"},
    ).get_json()
    for told in (by_form, by_header, anyone(desk).post("/api/v1/tokens", form)):
        assert (
            told["token_type"] == "Bearer"
            and holder(desk, told["access_token"]).get("/api/v1/startups") is not None
        )
    assert refused(anyone(desk).post, "/api/v1/tokens", form | {"client_secret": "x"}).status == 401
    desk.clock.move(seconds=1)
    client.request("DELETE", f"/api/v1/accounts/clients/{made['id']}")
    desk.settle()
    fresh(desk)
    assert refused(holder(desk, by_form["access_token"]).get, "/api/v1/startups").status == 401
    assert refused(anyone(desk).post, "/api/v1/tokens", form).status == 401


def test_a_member_who_is_taken_out_is_out_everywhere_and_the_last_owner_stays(desk):
    owner = holder(desk, sign_in(desk)["access_token"])
    owner.post("/api/v1/accounts/invitations", {"email": "haru@example.jp", "roles": ["startup"]})
    anyone(desk).post(f"/api/v1/links/{link_of(desk)}", {"name": "Haru", "password": WORD})
    told = sign_in(desk, "haru@example.jp")
    desk.clock.move(seconds=1)
    members = {m["email"]: m["id"] for m in owner.get("/api/v1/accounts/members")["items"]}
    assert (
        refused(owner.request, "DELETE", f"/api/v1/accounts/members/{members[MAIL]}").problem[
            "code"
        ]
        == "last-owner"
    )
    haru = holder(desk, told["access_token"])
    assert (
        refused(haru.request, "DELETE", f"/api/v1/accounts/members/{members[MAIL]}").status == 403
    )
    owner.request("DELETE", f"/api/v1/accounts/members/{members['haru@example.jp']}")
    desk.settle()
    fresh(desk)
    assert refused(haru.get, "/api/v1/startups").status == 401


def test_an_unclaimed_profile_goes_to_its_company_with_its_history(desk):
    desk.client().register("startups", startup_form(id="rei-bio"))
    desk.accounts.app.extensions["nakodo"]["profile"] = lambda kind, slug: desk.client().profile(
        "startups", slug
    )
    person(desk, "ito@mihon-claims.co.jp", "伊藤 見本", "", [])
    person(desk, "free@gmail.com", "Free", "", [])
    free = holder(desk, sign_in(desk, "free@gmail.com")["access_token"])
    told = refused(free.post, "/api/v1/claims", {"organization": "rei-bio", "kind": "startup"})
    assert told.problem["errors"][0]["code"] == "free-mail"
    client = holder(desk, sign_in(desk, "ito@mihon-claims.co.jp")["access_token"])
    assert (
        refused(client.post, "/api/v1/claims", {"organization": "nobody", "kind": "startup"}).status
        == 422
    )
    claim = client.post("/api/v1/claims", {"organization": "rei-bio", "kind": "startup"})
    assert claim["state"] == "waiting" and not claim["domain_known"]
    assert (
        refused(client.post, f"/api/v1/claims/{claim['id']}/decision", {"approve": True}).status
        == 403
    )
    facts = len(desk.client().profile("startups", "rei-bio")["facts"])
    desk.client().post(f"/api/v1/claims/{claim['id']}/decision", {"approve": True})
    assert (
        refused(
            desk.client().post, f"/api/v1/claims/{claim['id']}/decision", {"approve": False}
        ).status
        == 409
    )
    desk.settle().settle()
    owned = desk.client().profile("startups", "rei-bio")
    assert owned["owner"] == "rei-bio" and len(owned["facts"]) == facts
    told = sign_in(desk, "ito@mihon-claims.co.jp", org="rei-bio")
    mine = holder(desk, told["access_token"])
    mine.add_facts(
        "startups", "rei-bio", [{"field": "technology", "value": "A statement of the owner"}]
    )
    assert mine.matches("rei-bio") is not None
    assert (
        refused(
            client.post, "/api/v1/claims", {"organization": "rei-bio", "kind": "startup"}
        ).problem["code"]
        == "claimed"
    )


def test_of_two_claims_one_wins_and_nobody_decides_about_his_own(desk):
    desk.client().register("startups", startup_form(id="rei-bio"))
    desk.accounts.app.extensions["nakodo"]["profile"] = lambda kind, slug: desk.client().profile(
        "startups", slug
    )
    people = {
        m: person(desk, m, "見本", "", [])
        for m in ("one@mihon-claims.co.jp", "two@mihon-claims.co.jp")
    }
    waiting = []
    for address in people:
        waiting.append(
            holder(desk, sign_in(desk, address)["access_token"]).post(
                "/api/v1/claims", {"organization": "rei-bio", "kind": "startup"}
            )
        )
    himself = desk.composition.client(
        Actor(people["one@mihon-claims.co.jp"], "nakodo", frozenset({"staff"}))
    )
    assert (
        refused(
            himself.post, f"/api/v1/claims/{waiting[0]['id']}/decision", {"approve": True}
        ).status
        == 403
    )
    desk.client().post(f"/api/v1/claims/{waiting[0]['id']}/decision", {"approve": True})
    second = refused(
        desk.client().post, f"/api/v1/claims/{waiting[1]['id']}/decision", {"approve": True}
    )
    assert second.status == 409 and second.problem["code"] == "claimed"
    assert (
        desk.client().post(f"/api/v1/claims/{waiting[1]['id']}/decision", {"approve": False})[
            "state"
        ]
        == "refused"
    )
    assert sign_in(desk, "two@mihon-claims.co.jp")["person"]["memberships"] == []


def test_somebody_of_no_organisation_is_nobodys_member_least_of_all_the_platforms(desk):
    alone = person(desk, "alone@mihon-claims.co.jp", "見本", "", [])
    told = sign_in(desk, "alone@mihon-claims.co.jp")
    claims = json.loads(base64.urlsafe_b64decode(told["access_token"].split(".")[1] + "=="))
    assert claims["org"] == alone and claims["roles"] == [] and told["person"]["memberships"] == []


def test_mail_is_handed_to_notices_once_and_its_link_is_not_kept(desk):
    anyone(desk).post("/api/v1/accounts/resets", {"email": MAIL})
    courier = desk.accounts.queue("letters")
    sender = desk.composition.services["notices"].queue("mail")
    assert courier.deliver() == 1 and courier.deliver() == 0
    assert sender.send_due() == 1 and sender.send_due() == 0
    (mail,) = (desk.composition.settings.data / "mail").glob("*.eml")
    text = mail.read_bytes()
    assert b"To: " + MAIL.encode() in text and letters(desk)[0].params == {}
    import email
    from email import policy

    body = email.message_from_bytes(text, policy=policy.default).get_content()
    token = re.search(r"/links/([\w-]+)", body).group(1)
    anyone(desk).post(f"/api/v1/links/{token}", {"password": "a quite different one"})


def test_no_secret_and_no_name_in_events_rows_or_answers(desk):
    client = holder(desk, sign_in(desk)["access_token"])
    made = client.post("/api/v1/accounts/clients", {"name": "CRM", "roles": ["startup"]})
    anyone(desk).post("/api/v1/accounts/resets", {"email": MAIL})
    token = link_of(desk)
    with desk.accounts.db.reading(ADMINISTRATOR) as session:
        told = " ".join(session.scalars(select(outbox.c.value)))
        rows = [
            session.scalar(select(c))
            for c in (Person.password, ApiClient.secret, Link.token, LogIn.handle)
        ]
    assert told and MAIL not in told and "さくら" not in told
    for secret in (made["secret"], token, WORD):
        assert all(secret not in row for row in rows) and secret not in told
    assert "secret" not in json.dumps(
        client.get("/api/v1/accounts/clients")
    ) and "password" not in json.dumps(client.get("/api/v1/people/me"))


def test_a_forged_revocation_is_read_only_from_access(desk):
    """Another topic's event of the same shape revokes nobody; a late event does not take a
    revocation back.
    """
    told = sign_in(desk)
    event = {
        "id": desk.sakura,
        "kind": "person",
        "state": "active",
        "revoked_before": "2030-01-01T00:00:00+00:00",
        "memberships": [],
    }
    desk.composition.eventlog.append(
        [Record("startups", desk.sakura, json.dumps({"type": "access.changed.v1", "data": event}))]
    )
    desk.settle()
    fresh(desk)
    assert holder(desk, told["access_token"]).get("/api/v1/startups") is not None
    with desk.matching.db.reading(ADMINISTRATOR) as session:
        assert session.execute(select(revocations)).all() == []


def test_keys_rotate_without_a_gap(desk):
    old = sign_in(desk)["access_token"]
    first = desk.composition.issuer.rotate()
    new = sign_in(desk)["access_token"]
    for token in (old, new):
        assert holder(desk, token).get("/api/v1/startups") is not None
    assert json.loads(desk.composition.issuer.published.read_text())["keys"][0]["kid"] == first
    desk.composition.issuer.rotate()
    for service in desk.composition.services.values():
        service.app.extensions["nakodo"]["keys"]._set = None
    assert refused(holder(desk, old).get, "/api/v1/startups").status == 401
    assert holder(desk, new).get("/api/v1/startups") is not None


def test_another_persons_things_do_not_exist(desk):
    person(desk, "other@example.jp", "Other", "kari-capital", ["reviewer"])
    mine, theirs = (
        holder(desk, sign_in(desk)["access_token"]),
        holder(desk, sign_in(desk, "other@example.jp")["access_token"]),
    )
    made = mine.post("/api/v1/accounts/clients", {"name": "CRM", "roles": ["startup"]})
    mine.post("/api/v1/accounts/invitations", {"email": "x@example.jp", "roles": ["startup"]})
    member = mine.get("/api/v1/accounts/members")["items"][0]["id"]
    for path in (f"/api/v1/accounts/clients/{made['id']}", f"/api/v1/accounts/members/{member}"):
        assert refused(theirs.request, "DELETE", path).status == 404
    assert (
        theirs.get("/api/v1/accounts/clients")["items"]
        == []
        == theirs.get("/api/v1/accounts/invitations")["items"]
    )
    assert [m["email"] for m in theirs.get("/api/v1/accounts/members")["items"]] == [
        "other@example.jp"
    ]


def test_a_token_says_who_it_is_for_fifteen_minutes(desk):
    told = sign_in(desk)
    assert told["expires_in"] == timedelta(minutes=15).total_seconds()
    desk.clock.move(minutes=16)
    with pytest.raises(Refused) as gone:
        holder(desk, told["access_token"]).get("/api/v1/startups")
    assert gone.value.problem["code"] == "token-expired"


def test_notices_takes_mail_from_services_alone(desk):
    form = {
        "id": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
        "to": "x@example.jp",
        "template": "reset",
        "locale": "en",
    }
    form["params"] = {"path": "/links/x", "expires": "2026-11-22T04:00:00+00:00"}
    assert (
        refused(
            holder(desk, sign_in(desk)["access_token"]).post,
            "/services/notices/internal/mails",
            form,
        ).status
        == 403
    )
    worker = desk.composition.client(Actor("accounts-worker", "nakodo", frozenset({"service"})))
    assert worker.post("/services/notices/internal/mails", form)["state"] == "waiting"


def test_the_client_library_of_another_house_gets_a_token(desk):
    """httpx with HTTP Basic, as RFC 6749 describes it."""
    made = holder(desk, sign_in(desk)["access_token"]).post(
        "/api/v1/accounts/clients", {"name": "CRM", "roles": ["startup"]}
    )
    transport = httpx.WSGITransport(app=desk.composition)
    with httpx.Client(
        transport=transport, base_url="http://nakodo.inside", auth=(made["id"], made["secret"])
    ) as client:
        told = client.post("/api/v1/tokens", data={"grant_type": "client_credentials"})
    assert (
        told.status_code == 200
        and told.json()["expires_in"] == 900
        and told.headers["Cache-Control"] == "no-store"
    )


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "expected"),
    [
        ("", "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.0/8", "10.0.0.2", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.2", "6.6.6.6, 198.51.100.1, 10.0.0.3", "198.51.100.1"),
        ("10.0.0.0/8", "203.0.113.7", "198.51.100.1, 10.0.0.3", "203.0.113.7"),
        ("10.0.0.0/8", "10.0.0.2", "", "10.0.0.2"),
        ("10.0.0.0/8", "10.0.0.2", "nonsense, 10.0.0.3", "nonsense"),
        ("10.0.0.0/8", "::ffff:10.0.0.2", "198.51.100.1:4711", "198.51.100.1"),
        ("fd00::/8", "fd00::1", "[2001:db8::5]:443", "2001:db8::/64"),
        ("fd00::/8", "2001:db8::77", "", "2001:db8::/64"),
    ],
)
def test_an_address_is_taken_from_our_own_proxies_alone(proxies, remote, forwarded, expected):
    """Limits per place count the visitor, not the portal or the door in between, and nobody names a
    place for himself.
    """
    app = Flask("x")
    app.add_url_rule("/", view_func=lambda: place())
    app.wsgi_app = Door(app.wsgi_app, load({"NAKODO_PROXIES": proxies}))
    told = app.test_client().get(
        "/", headers={"X-Forwarded-For": forwarded}, environ_base={"REMOTE_ADDR": remote}
    )
    assert told.text == expected


def test_anybody_may_begin_an_account_and_is_nobody_until_staff_say_so(desk):
    """By the address itself: the answer is the same whoever it is; a company is found or begun, and
    staff decide.
    """
    desk.client().register(
        "startups",
        startup_form(
            "Tsuki Bio (invented)", id="tsuki-bio", owner="nakodo", origin="public-sources"
        ),
    )
    desk.settle()
    visitor = anyone(desk)
    for email in ("haru@haru-cell.example.co.jp", MAIL):
        assert visitor.post("/api/v1/accounts/registrations", {"email": email}) == {"sent": True}
    begun, known = letters(desk)[-2:]
    assert (begun.template, known.template) == ("registration", "reset"), (
        "who has an account gets the way back in"
    )
    token = begun.params["path"].rsplit("/", 1)[-1]
    visitor.post(f"/api/v1/links/{token}", {"name": "見本 春", "password": WORD})
    assert (
        refused(visitor.post, f"/api/v1/links/{token}", {"name": "x", "password": WORD}).status
        == 404
    ), "once"
    haru = holder(desk, sign_in(desk, "haru@haru-cell.example.co.jp")["access_token"])
    assert haru.get("/api/v1/people/me")["memberships"] == []
    assert refused(haru.register, "startups", startup_form()).status == 403
    staff = desk.client(Actor("staff", "nakodo", frozenset({"staff"})))
    new = {"kind": "startup", "name": "Haru Cell (invented)"}
    made = haru.post("/api/v1/claims", new | {"organization": "mihon-therapeutics"})
    assert (
        made["name"] == new["name"]
        and staff.get("/api/v1/claims")["items"][0]["name"] == new["name"]
    )
    assert refused(haru.post, "/api/v1/claims", new).problem["code"] == "claim-waits", (
        "the same is asked once"
    )
    for n in (1, 2):
        haru.post("/api/v1/claims", new | {"name": f"Haru {n} (invented)"})
    assert (
        refused(haru.post, "/api/v1/claims", new | {"name": "Haru 3"}).problem["code"]
        == "too-many-claims"
    )
    staff.post(f"/api/v1/claims/{made['id']}/decision", {"approve": True})
    desk.settle()
    (membership,) = haru.get("/api/v1/people/me")["memberships"]
    assert (
        membership["org"] == made["organization"] == "haru-cell-invented" and membership["owner"]
    ), "no stranger names an id"
    other = person(desk, "other@other.example.co.jp", "他 人", "", [])
    client = holder(desk, sign_in(desk, "other@other.example.co.jp")["access_token"])
    again = client.post("/api/v1/claims", new | {"organization": "haru-cell-invented"})
    assert other and again["organization"] == "haru-cell-invented-2", (
        "an organisation with members is not begun again"
    )
    free = anyone(desk)
    free.post("/api/v1/accounts/registrations", {"email": "x@gmail.com"})
    token = letters(desk)[-1].params["path"].rsplit("/", 1)[-1]
    free.post(f"/api/v1/links/{token}", {"name": "x", "password": WORD})
    gmail = holder(desk, sign_in(desk, "x@gmail.com")["access_token"])
    assert (
        refused(gmail.post, "/api/v1/claims", new | {"name": "X Bio"}).problem["errors"][0]["code"]
        == "free-mail"
    )


@pytest.mark.parametrize(
    ("typed", "english", "japanese"),
    [
        ("=?utf-8?q?=0aevil?=@evil.co.jp", "encoded word", "符号化"),
        ("=?utf-8?q??=@x.jp", "encoded word", "符号化"),
        ("太郎@example.jp", "here stands 太郎", "使用できない文字：太郎"),
        ("a\x00b@example.jp", "U+0000", "U+0000"),
        ("taro@localhost", "domain localhost", "ドメイン（localhost）"),
    ],
)
def test_an_address_nobody_can_write_to_is_refused_at_every_door_in_the_readers_words(
    desk, typed, english, japanese
):
    member = Actor(desk.sakura, "mihon-therapeutics", frozenset({"startup"}))
    for lang, words in (("en", english), ("ja", japanese)):
        client = desk.client(member, lang)
        doors = [("registrations", {}), ("resets", {}), ("invitations", {"roles": ["startup"]})]
        for door, more in doors:
            fault = refused(client.post, f"/api/v1/accounts/{door}", {"email": typed} | more)
            assert fault.status == 422 and words in fault.problem["errors"][0]["message"], (
                door,
                lang,
                fault.problem,
            )
    assert letters(desk) == []


def test_an_address_as_a_japanese_keyboard_leaves_it_is_that_persons(desk):
    anyone(desk).post(
        "/api/v1/accounts/resets", {"email": "ｓａｋｕｒａ＠mihon-therapeutics.example。co.jp"}
    )
    assert [letter.recipient for letter in letters(desk)] == [MAIL]
    assert sign_in(desk, "Sakura＠mihon-therapeutics.example.co.jp")["person"]["email"] == MAIL
