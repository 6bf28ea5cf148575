"""The pages of API clients, webhooks and of a colleague who leaves, used as an owner uses them."""

import html
import re

import pytest
from sqlalchemy import select

from services.notices.models import Delivery
from services.notices.rules import EVENTS
from services.portal.texts import TEXTS
from shared.auth import ADMINISTRATOR, Actor
from tests.conftest import mandate_form, startup_form
from tests.long.leaving import settle
from tests.services.test_accounts import MAIL, WORD, anyone, desk, hasher, person  # noqa: F401 - fixtures
from tests.services.test_leaving import HARU, pair  # noqa: F401 - fixtures

ORIGIN = {"Origin": "http://localhost"}


class Visitor:
    """Somebody with a browser that keeps no script, signed in."""

    def __init__(self, desk, mail: str):  # noqa: F811
        self.web = desk.composition.services["portal"].app.test_client()
        self.post("/sign-in", email=mail, password=WORD)

    def get(self, path: str) -> str:
        answer = self.web.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return html.unescape(answer.text)

    def post(self, path: str, status: int = 302, **form) -> str:
        answer = self.web.post(path, data=form, headers=ORIGIN)
        assert answer.status_code == status or path == "/sign-in", (
            path,
            answer.status_code,
            answer.text,
        )
        return html.unescape(answer.text)


@pytest.fixture
def owner(desk):  # noqa: F811
    return Visitor(desk, MAIL)


@pytest.fixture
def haru(desk, pair):  # noqa: F811
    return Visitor(desk, HARU)


def secret_of(text: str) -> str:
    (secret,) = re.findall(r'<code class="code">([^<]+)</code>', text)
    return secret


def hook(visitor: Visitor, name: str = "CRM") -> str:
    """The page of a new webhook."""
    form = {"name": name, "url": "https://crm.example.com/x", "events": ["profile.changed"]}
    assert secret_of(visitor.post("/connections/hook-add", 200, **form)).startswith("whsec_")
    return re.findall(rf'href="(/connections/[^"]+)">{name}<', visitor.get("/connections"))[-1]


def test_a_client_is_made_used_and_revoked(desk, owner):  # noqa: F811
    shown = owner.post("/connections/client-add", 200, name="Our CRM", roles="startup")
    secret, (client,) = secret_of(shown), re.findall(r"<code>([^<]+)</code>", shown)
    listed = owner.get("/connections")
    assert "Our CRM" in listed and secret not in listed and "not yet" in listed
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    assert anyone(desk).post("/api/v1/tokens", form)["access_token"]
    used = owner.get("/connections")
    assert "not yet" not in used
    desk.clock.move(minutes=4)
    anyone(desk).post("/api/v1/tokens", form)
    assert owner.get("/connections") == used, "to five minutes"
    owner.post("/connections/client-end", client=client)
    assert "Our CRM" not in owner.get("/connections")


def test_a_refusal_is_said_on_the_page_and_keeps_what_was_typed(owner):
    shown = owner.post("/connections/client-add", 422, name="", roles="startup")
    assert 'role="alert"' in shown
    shown = owner.post(
        "/connections/hook-add", 422, name="CRM", url="https://10.0.0.1/x", events="profile.changed"
    )
    assert 'role="alert"' in shown and 'value="https://10.0.0.1/x"' in shown
    assert "Our CRM" not in shown and "No address is told anything" in shown


def test_a_webhooks_messages_are_listed_sent_again_and_it_is_paused_and_removed(desk, owner):  # noqa: F811
    at = hook(owner)
    assert "Nothing has been sent yet" in owner.get(at)
    owner.post(f"{at}/test")
    listed = owner.get(at)
    assert (
        "A test is on its way" in listed
        and "waiting" in listed
        and listed.count(f'action="{at}/again"') == 1
    )
    (since,) = re.findall(r'name="since" value="([^"]+)"', listed)
    owner.post(f"{at}/again", since=since)
    assert "1 messages are sent again" in owner.get(at)
    assert 'role="alert"' in owner.post(f"{at}/again", 422, since="yesterday")
    with desk.composition.services["notices"].db.transaction(ADMINISTRATOR) as session:
        session.scalars(select(Delivery)).one().fault = "Refused: this name has no public address"
    shown = owner.get(f"{at}?lang=ja")
    assert "公開されたhttpsのアドレス" in shown and "Refused" not in shown
    owner.get(f"{at}?lang=en")
    owner.post(f"{at}/paused")
    assert "paused" in owner.get(at) and f'action="{at}/test"' not in owner.get(at)
    owner.post(f"{at}/active")
    assert secret_of(owner.post(f"{at}/secret", 200)).startswith("whsec_")
    owner.post(f"{at}/end")
    assert owner.web.get(at).status_code == 404


def test_what_a_leaving_colleague_made_is_taken_over_or_ends(desk, owner, haru):  # noqa: F811
    haru.post("/connections/client-add", 200, name="Haru's script", roles="startup")
    kept, old = hook(haru, "to-stay"), hook(haru, "to-go")
    assert "/account/leaving/" not in haru.get("/account"), "an owner's act"
    (leads,) = re.findall(r'href="(/account/leaving/[^"]+)"', owner.get("/account"))
    assert haru.web.get(leads).status_code == 404
    assert f'action="{kept}/handover"' in owner.get(kept) and "/handover" not in haru.get(kept)
    shown = owner.get(leads)
    assert "Haru's script" in shown and "to-stay" in shown and "to-go" in shown
    done = owner.post(leads, 200, keep=kept.rpartition("/")[2])
    assert secret_of(done).startswith("whsec_") and "見本 春 is no longer a member" in done
    settle(desk)
    listed = owner.get("/connections")
    assert (
        "to-stay" in listed
        and "to-go" not in listed
        and "Haru's script" not in listed
        and owner.web.get(old).status_code == 404
    )
    assert "見本 春" not in owner.get("/account")


def test_the_pairs_a_leaving_reviewer_looks_after_go_to_a_colleague(desk):  # noqa: F811
    mails = {name: f"{name}@kari.example.co.jp" for name in ("boss", "natsu")}
    ids = {
        name: person(desk, mail, f"見本 {name}", "kari-capital", ["reviewer"])
        for name, mail in mails.items()
    }
    desk.client().register(
        "investors",
        {"id": "kari-capital", "name": {"en": "Kari (invented)"}, "owner": "kari-capital"},
    )
    desk.client().register("mandates", mandate_form("kari-capital", owner="kari-capital"))
    desk.client().register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    desk.settle()
    reviewer = desk.client(Actor(ids["boss"], "kari-capital", frozenset({"reviewer"})))
    made = reviewer.decide("rei-bio", "kari-capital-equity", "advance")["id"]
    reviewer.request("PUT", f"/api/v1/decisions/{made}/assignment", json={"person": ids["natsu"]})
    boss = Visitor(desk, mails["boss"])
    (leads,) = re.findall(r'href="(/account/leaving/[^"]+)"', boss.get("/account"))
    assert f'<option value="{ids["boss"]}">' in boss.get(leads) and ids["natsu"] not in boss.get(
        leads
    )
    assert "1 pairs were given over" in boss.post(leads, 200, taker=ids["boss"])
    assert [d["assigned_to"] for d in reviewer.decisions()] == [ids["boss"]]


def test_who_is_nobodys_member_has_no_such_page(desk):  # noqa: F811
    person(desk, "nobody@x.example.co.jp", "Nobody (invented)", "", [])
    assert Visitor(desk, "nobody@x.example.co.jp").web.get("/connections").status_code == 404


def test_every_event_has_its_words():
    assert {key.removeprefix("event-") for key in TEXTS if key.startswith("event-")} == set(EVENTS)
