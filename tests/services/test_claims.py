"""Offices and operators of places take over their profiles as companies do, through the pages; what
follows a claim works.
"""

import json
import re

import pyotp
import pytest
from sqlalchemy import select

from services.accounts import actions
from shared.auth import ADMINISTRATOR, PLATFORM, Actor
from shared.tables import outbox
from tests.conftest import Stack

WORD = "four words make one"
ORIGIN = {"Origin": "http://localhost"}
UNCLAIMED = {"owner": PLATFORM, "origin": "public-sources"}
PLACE = [{"field": "location", "value": "hub-boston-cambridge"}]
KINDS = {
    "site": ("sites", "site-manager"),
    "provider": ("providers", "site-manager"),
    "program": ("programs", "officer"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("claims"))
    admin = stack.client()
    for kind, (resource, _) in KINDS.items():
        facts = [] if kind == "program" else PLACE
        for name in ("Kaze", "Umi"):
            slug = f"{name.lower()}-{kind}"
            admin.register(
                resource,
                {
                    "id": slug,
                    "name": {"en": f"{name} {kind} (invented)"},
                    "facts": facts,
                    **UNCLAIMED,
                },
            )
    yield stack.settle()
    stack.composition.close()


def person(stack, email: str, org: str = "", roles: tuple = ()) -> str:
    accounts = stack.composition.services["accounts"]
    with accounts.db.transaction(ADMINISTRATOR) as session:
        passwords = accounts.app.extensions["nakodo"]["passwords"]
        return actions.ensure(session, passwords, email, "見本 花子", org, list(roles), WORD).id


def browser(stack, email: str):
    web = stack.composition.services["portal"].app.test_client()
    assert (
        web.post("/sign-in", data={"email": email, "password": WORD}, headers=ORIGIN).status_code
        == 302
    )
    return web


def send(web, path: str, **form):
    return web.post(path, data=form, headers=ORIGIN, follow_redirects=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_claimed_place_or_programme_goes_to_its_operator(world, kind):
    """The claim is the event's subject, its type the second version; the role is the one that
    changes such a profile.
    """
    resource, role = KINDS[kind]
    slug, who = f"umi-{kind}", person(world, f"desk@umi-{kind}.co.jp")
    made = world.client(Actor(who, who)).post(
        "/api/v1/claims", {"organization": slug, "kind": kind}
    )
    staff = world.client(Actor("staff", PLATFORM, frozenset({"staff"})))
    shown = next(c for c in staff.get("/api/v1/claims")["items"] if c["id"] == made["id"])["grants"]
    assert (shown["organization"], shown["role"], shown["owner"]) == (slug, role, True)
    assert [(p["kind"], p["id"]) for p in shown["profiles"]] == [(kind, slug)]
    staff.post(f"/api/v1/claims/{made['id']}/decision", {"approve": True})
    world.settle().settle()
    with world.composition.services["accounts"].db.reading(ADMINISTRATOR) as session:
        rows = session.scalars(select(outbox.c.value).where(outbox.c.key == made["id"]))
        assert [(json.loads(v)["type"], json.loads(v)["data"]["kind"]) for v in rows] == [
            ("claim.approved.v2", kind)
        ]
    own = world.client(Actor(who, slug, frozenset({role})))
    assert world.client().profile(resource, slug)["owner"] == slug
    profile = own.profile(resource, slug)
    assert (
        own.patch(f"/api/v1/{resource}/{slug}", {"note": "Ours"}, profile["version"])["version"]
        > profile["version"]
    )


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_platform_is_not_called_by_a_programme_nobody_has_claimed(world, lang):
    doors = world.composition.services["accounts"].app.extensions["nakodo"]["doors"]
    assert doors.called(PLATFORM, lang) == "Nakodo"


def test_an_office_claims_its_programme_and_opens_its_call_through_the_pages(world):
    """Found by name, claimed, staff's yes, a second factor, the call: nothing of it needs the
    API.
    """
    person(world, "office@kaze.co.jp")
    person(world, "staff@nakodo.example", PLATFORM, ("staff",))
    office, staff = browser(world, "office@kaze.co.jp"), browser(world, "staff@nakodo.example")
    found = office.get("/find?q=Kaze").text
    assert all(f'name="organization" value="kaze-{kind}"' in found for kind in KINDS)
    for lang, words in (("ja", ("プログラム", "審査待ち")), ("en", ("programme", "waiting"))):
        told = office.get(f"/find?q=Kaze&lang={lang}").text
        assert words[0] in told
    told = send(office, "/find", q="Kaze", organization="kaze-program", kind="program")
    assert (
        told.status_code == 200
        and "Kaze program (invented)" in told.text
        and "waiting" in told.text
    )
    again = send(office, "/find", q="Kaze", organization="kaze-program", kind="program")
    assert again.status_code == 409 and 'role="alert"' in again.text
    review = staff.get("/account?lang=en").text
    assert "staff@nakodo.example · Nakodo" in review, (
        "what nobody has claimed is not the platform's name"
    )
    assert (
        'href="/programs/kaze-program"' in review
        and "Programme officer" in review
        and "kaze.co.jp" in review
    )
    claim = re.search(r'name="claim" value="([^"]+)"', review).group(1)
    assert "承認" in staff.get("/account?lang=ja").text
    send(staff, "/account/decide", claim=claim, answer="yes")
    world.settle().settle()
    arrived = office.get("/find", headers=ORIGIN)
    assert arrived.location.endswith("/account"), "a second factor first"
    begun = send(office, "/account/second-factor").text
    code = pyotp.TOTP(re.search(r'class="code">([A-Z2-7]+)<', begun).group(1)).at(world.clock.now())
    assert (
        "kaze"
        not in send(office, "/account/code", password=WORD, code=code)
        .text.lower()
        .split("<main")[0]
    )
    call = {
        "program": "kaze-program",
        "capacity": "3",
        "en": "Kaze call (invented)",
        "opens_at": "2026-11-01T09:00",
    }
    assert "kaze-program" in office.get("/cohorts").text, "its own programme is offered"
    opened = send(office, "/cohorts", **call)
    assert opened.status_code == 200 and "Kaze call (invented)" in opened.text, opened.text[-1500:]
    assert world.client().get("/api/v1/cohorts/kaze-call-invented")["owner"] == "kaze-program"


def test_a_company_begun_in_the_pages_lands_at_its_own_desk(world):
    """Staff's yes is seen at the next look: the session goes on as a member of the new
    organisation.
    """
    person(world, "bd@nami-bio.co.jp")
    founder = browser(world, "bd@nami-bio.co.jp")
    assert "Nami Bio" in send(founder, "/find", q="Nami", name="Nami Bio").text
    staff = world.client(Actor("staff", PLATFORM, frozenset({"staff"})))
    claim = next(c["id"] for c in staff.get("/api/v1/claims")["items"] if c["name"] == "Nami Bio")
    staff.post(f"/api/v1/claims/{claim}/decision", {"approve": True})
    arrived = founder.get("/find")
    assert arrived.location.endswith("/startups/nami-bio/edit")
    assert founder.get(arrived.location).status_code == 200
