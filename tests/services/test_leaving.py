"""What a membership made ends with it; who may invite; what an owner takes over."""

import pytest

from shared.auth import Actor
from tests.long.leaving import run, settle, stack
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

HARU = "haru@mihon-therapeutics.example.co.jp"
INVITE = {"email": "guest@mihon-therapeutics.example.co.jp", "roles": ["startup"]}


@pytest.fixture
def pair(desk):  # noqa: F811
    """Sakura, who owns the organisation, and Haru, a member."""
    owner = holder(desk, sign_in(desk)["access_token"])
    owner.post("/api/v1/accounts/invitations", {"email": HARU, "roles": ["startup"]})
    anyone(desk).post(f"/api/v1/links/{link_of(desk)}", {"name": "見本 春", "password": WORD})
    desk.clock.move(seconds=1)
    return owner, holder(desk, sign_in(desk, HARU)["access_token"])


def member(owner, address: str = HARU) -> str:
    return next(
        m["id"] for m in owner.get("/api/v1/accounts/members")["items"] if m["email"] == address
    )


def token_of(desk, made: dict) -> dict:  # noqa: F811
    form = {
        "grant_type": "client_credentials",
        "client_id": made["id"],
        "client_secret": made["secret"],
    }
    return anyone(desk).post("/api/v1/tokens", form)


def test_nothing_made_by_who_left_still_works(tmp_path):
    made = stack(tmp_path)
    assert run(made, 1, 300) == []
    made.composition.close()


def test_a_program_makes_no_program_and_invites_nobody(desk, pair):  # noqa: F811
    owner, _ = pair
    program = holder(
        desk,
        token_of(
            desk, owner.post("/api/v1/accounts/clients", {"name": "CRM", "roles": ["startup"]})
        )["access_token"],
    )
    assert (
        refused(
            program.post, "/api/v1/accounts/clients", {"name": "child", "roles": ["startup"]}
        ).status
        == 403
    )
    assert refused(program.post, "/api/v1/accounts/invitations", INVITE).status == 403


def test_inviting_is_an_owners_or_a_granted_right_and_ends_with_it(desk, pair):  # noqa: F811
    owner, haru = pair
    assert refused(haru.post, "/api/v1/accounts/invitations", INVITE).status == 403
    assert (
        refused(
            haru.request,
            "PATCH",
            f"/api/v1/accounts/members/{member(owner)}",
            json={"invites": True},
        ).status
        == 403
    )
    owner.request("PATCH", f"/api/v1/accounts/members/{member(owner)}", json={"invites": True})
    haru.post("/api/v1/accounts/invitations", INVITE)
    token = link_of(desk)
    assert anyone(desk).get(f"/api/v1/links/{token}")["org"] == "mihon-therapeutics"
    owner.request("PATCH", f"/api/v1/accounts/members/{member(owner)}", json={"invites": False})
    assert (
        refused(anyone(desk).post, f"/api/v1/links/{token}", {"name": "x", "password": WORD}).status
        == 404
    )
    assert owner.get("/api/v1/accounts/invitations")["items"] == []


def test_an_invitation_is_cancelled(desk, pair):  # noqa: F811
    owner, haru = pair
    made = owner.post("/api/v1/accounts/invitations", INVITE)
    token = link_of(desk)
    assert (
        refused(haru.request, "DELETE", f"/api/v1/accounts/invitations/{made['id']}").status == 403
    )
    owner.request("DELETE", f"/api/v1/accounts/invitations/{made['id']}")
    assert refused(anyone(desk).get, f"/api/v1/links/{token}").status == 404
    assert owner.get("/api/v1/accounts/invitations")["items"] == []
    stranger = desk.client(Actor("x", "kari-capital", frozenset({"reviewer"})))
    assert (
        refused(stranger.request, "DELETE", f"/api/v1/accounts/invitations/{made['id']}").status
        == 404
    )


def test_a_free_mail_address_is_invited_only_where_an_owner_means_it(desk, pair):  # noqa: F811
    owner, haru = pair
    free = INVITE | {"email": "haru@gmail.com"}
    assert (
        refused(owner.post, "/api/v1/accounts/invitations", free).problem["errors"][0]["code"]
        == "free-mail-confirm"
    )
    owner.request("PATCH", f"/api/v1/accounts/members/{member(owner)}", json={"invites": True})
    told = refused(haru.post, "/api/v1/accounts/invitations", free | {"free_mail": True})
    assert told.problem["errors"][0]["code"] == "free-mail-owner"
    assert (
        owner.post("/api/v1/accounts/invitations", free | {"free_mail": True})["email"]
        == "haru@gmail.com"
    )


def test_who_comes_back_has_nothing_of_before(desk, pair):  # noqa: F811
    owner, haru = pair
    owner.request("PATCH", f"/api/v1/accounts/members/{member(owner)}", json={"owner": True})
    owner.request("DELETE", f"/api/v1/accounts/members/{member(owner)}")
    owner.post("/api/v1/accounts/invitations", {"email": HARU, "roles": ["startup"]})
    anyone(desk).post(f"/api/v1/links/{link_of(desk)}", {"password": WORD})
    (held,) = sign_in(desk, HARU)["person"]["memberships"]
    assert not held["owner"] and not held["invites"]


def test_what_is_to_stay_is_taken_over_by_an_owner_under_a_new_secret(desk, pair):  # noqa: F811
    owner, haru = pair
    program = haru.post("/api/v1/accounts/clients", {"name": "CRM", "roles": ["startup"]})
    hook = haru.post(
        "/api/v1/subscriptions",
        {"name": "CRM", "url": "https://crm.example.com/x", "events": ["profile.changed"]},
    )
    other = haru.post(
        "/api/v1/subscriptions",
        {"name": "old", "url": "https://old.example.com/x", "events": ["profile.changed"]},
    )
    old = holder(desk, token_of(desk, program)["access_token"])
    desk.clock.move(seconds=1)
    for path in (
        f"/api/v1/accounts/clients/{program['id']}/handover",
        f"/api/v1/subscriptions/{hook['id']}/handover",
    ):
        assert refused(haru.post, path).status == 403, "an owner's act"
    taken = owner.post(f"/api/v1/accounts/clients/{program['id']}/handover")
    kept = owner.post(f"/api/v1/subscriptions/{hook['id']}/handover")
    assert taken["secret"] != program["secret"] and kept["secret"] != hook["secret"]
    owner.request("DELETE", f"/api/v1/accounts/members/{member(owner)}")
    settle(desk)
    fresh(desk)
    assert (
        refused(token_of, desk, program).status == 401
        and refused(old.get, "/api/v1/startups").status == 401
    )
    assert holder(desk, token_of(desk, taken)["access_token"]).get("/api/v1/startups") is not None
    assert [s["id"] for s in owner.get("/api/v1/subscriptions")["items"]] == [hook["id"]] and other[
        "id"
    ] != hook["id"]
