"""Nobody becomes somebody else: ids are one namespace, a claim grants what staff were shown, reads
ask for organisation and role.
"""

import json
import re
from itertools import product

import pytest
from sqlalchemy import select, text

from nakodo_client import Refused
from services.accounts import actions, names
from services.accounts.models import Claim, Membership
from services.programs.cohorts import BESIDE
from shared.auth import ADMINISTRATOR, PLATFORM, Actor, Issuer
from shared.errors import Forbidden, Unauthorized
from shared.events import Event
from shared.organizations.ids import RESERVED
from shared.settings import MissingSettings, load
from shared.tables import outbox
from tests.conftest import Stack, mandate_form, startup_form

STAFF = Actor("staff", PLATFORM, frozenset({"staff"}))
FUND = Actor("kari", "kari-fund", frozenset({"reviewer"}))
INTRUDER = Actor("intruder", "kari-fund", frozenset({"startup"}))
OFFICE = Actor("officer", "kari-office", frozenset({"officer"}))
FOUNDER = Actor("founder", "rei-org", frozenset({"startup"}))
UNCLAIMED = {"owner": PLATFORM, "origin": "public-sources"}


def refused(act, *args, **more) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*args, **more)
    return caught.value


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Unclaimed profiles of each kind, a fund, an office and a company whose profile is not called
    as its organisation is.
    """
    stack = Stack(tmp_path_factory.mktemp("identity"))
    admin = stack.client()
    admin.register("startups", startup_form("Hoshi Bio (invented)", id="hoshi-bio", **UNCLAIMED))
    admin.register(
        "investors", {"id": "sora-cvc", "name": {"en": "Sora CVC (invented)"}, **UNCLAIMED}
    )
    admin.register("mandates", mandate_form("sora-cvc", **UNCLAIMED))
    place = [{"field": "location", "value": "hub-boston-cambridge"}]
    admin.register(
        "sites",
        {"id": "umi-lab", "name": {"en": "Umi Lab (invented)"}, "facts": place, **UNCLAIMED},
    )
    admin.register(
        "programs", {"id": "kaze-programme", "name": {"en": "Kaze (invented)"}, **UNCLAIMED}
    )
    stack.client(OFFICE).register(
        "programs", {"id": "kari-programme", "name": {"en": "Kari (invented)"}}
    )
    stack.client(FUND).register(
        "investors", {"id": "kari-fund", "name": {"en": "Kari Fund (invented)"}}
    )
    stack.client(FUND).register("mandates", mandate_form("kari-fund"))
    stack.client(FUND).add_facts(
        "mandates",
        "kari-fund-equity",
        [{"field": "blocked_org", "value": "hidden-rival", "tier": "private"}],
    )
    stack.client(FOUNDER).register("startups", startup_form("Rei Bio (invented)", id="rei-bio"))
    yield stack.settle()
    stack.composition.close()


def join(stack, email: str, org: str = "", roles: tuple = ()) -> Actor:
    """A person with an account, of an organisation or of none."""
    with stack.composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        person = actions.add_person(session, email, "見本", "ja", None)
        if org:
            actions.join(session, person, org, list(roles), owner=True)
    return Actor(person.id, org or person.id, frozenset(roles))


# -- ids


TAKEN = (
    "nakodo",
    "sora-cvc",
    "sora-cvc-equity",
    "umi-lab",
    "kari-programme",
    "kari-fund",
    "rei-bio",
    "rei-org",
    "hoshi-bio",
)


@pytest.mark.parametrize(
    ("kind", "slug"), list(product(("startups", "investors", "sites", "programs"), TAKEN))
)
def test_no_profile_takes_an_id_of_an_organisation_or_of_another_profile(world, kind, slug):
    """An organisation's own id is for its own profile alone, which these have or, as `rei-org`, are
    strangers to.
    """
    stranger = Actor(
        "eve", "eve-org", frozenset({"startup", "reviewer", "officer", "site-manager"})
    )
    form = (
        startup_form("Eve (invented)", id=slug)
        if kind == "startups"
        else {"id": slug, "name": {"en": "Eve (invented)"}, "state": "draft"}
    )
    told = refused(world.client(stranger).register, kind, form)
    assert (told.status, told.problem["code"]) == (409, "slug-taken")


def test_an_id_made_from_a_name_steps_aside_for_one_of_another_kind(world):
    made = world.client(Actor("x", "sora-imitator", frozenset({"startup"}))).register(
        "startups", startup_form("Sora CVC")
    )
    assert made["id"] == "sora-cvc-2"
    again = world.client(Actor("y", "nakodo-imitator", frozenset({"reviewer"}))).register(
        "investors", {"name": {"en": "Nakodo"}}
    )
    assert again["id"] == "nakodo-2"


def test_an_organisation_may_have_its_own_id_for_one_profile_of_one_kind(world):
    own = Actor("z", "tsuki-org", frozenset({"startup", "reviewer"}))
    assert (
        world.client(own).register("startups", startup_form("Tsuki", id="tsuki-org"))["owner"]
        == "tsuki-org"
    )
    assert (
        refused(
            world.client(own).register, "investors", {"id": "tsuki-org", "name": {"en": "Tsuki"}}
        ).status
        == 409
    )


def test_a_draft_from_before_the_namespace_is_not_published_under_a_name_that_went_to_another(
    world,
):
    own = Actor("d", "draft-org", frozenset({"startup"}))
    draft = world.client(own).register(
        "startups", startup_form("Yuki (invented)", id="yuki-bio", state="draft")
    )
    with world.composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        session.execute(
            text("UPDATE names SET holder = 'other-org', kind = 'investor' WHERE id = 'yuki-bio'")
        )
    told = refused(
        world.client(own).patch,
        "/api/v1/startups/yuki-bio",
        {"state": "published"},
        draft["version"],
    )
    assert told.problem["code"] == "slug-taken"


def test_where_the_owner_of_all_ids_cannot_be_asked_nothing_is_registered(world, monkeypatch):
    def gone(*_):
        raise OSError("away")

    monkeypatch.setattr(world.composition.services["startups"].db, "reserve", gone)
    own = Actor("g", "gone-org", frozenset({"startup"}))
    assert (
        refused(world.client(own).register, "startups", startup_form("Gone", id="gone-bio")).status
        == 503
    )
    assert world.client().profile("startups", "gone-bio") is None


def test_a_namespace_is_filled_from_the_log_and_follows_who_owns_a_profile(world):
    accounts = world.composition.services["accounts"]
    with accounts.db.transaction(ADMINISTRATOR) as session:
        session.execute(text("DELETE FROM names WHERE id = 'umi-lab'"))
        data = {"owner": PLATFORM}
        names.on_profile(
            session,
            Event("site.registered.v1", "programs", "umi-lab", 1, session.info["now"], data),
        )
        names.on_profile(
            session,
            Event(
                "site.updated.v1", "programs", "umi-lab", 2, session.info["now"], {"owner": "umi"}
            ),
        )
        held = session.execute(text("SELECT kind, holder FROM names WHERE id = 'umi-lab'")).one()
        assert tuple(held) == ("site", "umi")
        names.on_profile(
            session, Event("site.updated.v1", "programs", "umi-lab", 3, session.info["now"], data)
        )


# -- drafts


@pytest.fixture(scope="module")
def held(world):
    """What may have an id: a path, an organisation, a wish to become one, profiles of this kind and
    of others, in each state.
    """
    admin, who = world.client(), join(world, "wish@nagi.co.jp")
    join(world, "in@nagi-org.co.jp", "nagi-org", ("startup",))
    world.client(who).post("/api/v1/claims", {"kind": "startup", "name": "Nagi Wish"})
    for state in ("draft", "published"):
        admin.register(
            "startups",
            startup_form(
                "Nagi (invented)", id=f"nagi-{state}", owner=f"nagi-{state}-org", state=state
            ),
        )
        admin.register(
            "investors",
            {
                "id": f"nagi-fund-{state}",
                "name": {"en": "Nagi (invented)"},
                "owner": "nagi-funds",
                "state": state,
            },
        )
    gone = admin.register(
        "startups", startup_form("Nagi (invented)", id="nagi-gone", owner="nagi-gone-org")
    )
    admin.request(
        "DELETE", "/api/v1/startups/nagi-gone", headers={"If-Match": f'"{gone["version"]}"'}
    )
    own = (
        "nagi-org",
        "nagi-wish",
        "nagi-draft",
        "nagi-published",
        "nagi-gone",
        "nagi-fund-draft",
        "nagi-fund-published",
    )
    return ("imports", "merges", PLATFORM, *own)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"state": "draft"},
        {"facts": [{"field": "modality", "value": "none-such"}]},
        {"facts": []},
    ],
)
def test_an_id_that_a_draft_has_is_answered_as_any_other_that_is_taken(world, held, more):
    """Byte for byte, in both languages, with a form that is right and with faulty ones: nothing
    tells which of all these has it.
    """
    eve, told = Actor("eve", "eve-org", frozenset({"startup"})), {}
    issuer, now = world.composition.issuer, world.composition.clock.now()
    app = world.composition.services["startups"].app.test_client()
    for slug, lang in product(held, ("en", "ja")):
        headers = {"Authorization": f"Bearer {issuer.token(eve, now)}", "Accept-Language": lang}
        form = startup_form("Eve (invented)", id=slug) | more
        answer = app.post("/api/v1/startups", json=form, headers=headers)
        assert answer.status_code in (409, 422)
        kept = {k: v for k, v in answer.headers if k not in ("X-Request-Id", "Content-Length")}
        body = {k: v for k, v in answer.get_json().items() if k not in ("request_id", "type")}
        told.setdefault(lang, set()).add(
            (
                answer.status_code,
                str(kept),
                json.dumps(body, ensure_ascii=False).replace(slug, "ID"),
            )
        )
    assert {lang: len(answers) for lang, answers in told.items()} == {"en": 1, "ja": 1}, told


def test_the_id_of_a_draft_is_made_so_that_nobody_comes_upon_it(world):
    """Whoever begins something of the same name gets the id they would have got without the draft:
    company, call and day.
    """
    own, other = (Actor(f"p-{n}", f"{n}-org", frozenset({"startup"})) for n in ("asa", "yoru"))
    draft = world.client(own).register("startups", startup_form("Asagiri Bio", state="draft"))["id"]
    assert draft.startswith("asagiri-bio-") and len(draft) == len("asagiri-bio-") + 10
    assert (
        world.client(other).register("startups", startup_form("Asagiri Bio"))["id"] == "asagiri-bio"
    )
    call = {
        "name": {"en": "Asagiri call"},
        "program": "kari-programme",
        "capacity": 2,
        "opens_at": "2026-01-01T00:00:00Z",
    }
    made = [
        world.client(OFFICE).post("/api/v1/cohorts", call | {"state": state})["id"]
        for state in ("draft", "open", "open")
    ]
    assert made[0].startswith("asagiri-call-") and made[1:] == ["asagiri-call", "asagiri-call-2"]
    slots = [{"starts_at": "2037-03-10T09:00:00Z", "ends_at": "2037-03-10T09:25:00Z"}]
    day = {
        "name": {"en": "Asagiri day"},
        "zone": "Asia/Tokyo",
        "slots": slots,
        "rooms": 1,
        "requests_until": "2037-03-01T00:00:00Z",
    }
    days = {world.client(OFFICE).post("/api/v1/days", day)["id"] for _ in (1, 2)}
    assert len(days) == 2 and all(d.startswith("asagiri-day-") for d in days)


@pytest.mark.parametrize("slug", ["nagi-draft", "nagi-gone", "nagi-fund-draft"])
def test_a_claim_tells_nothing_of_what_is_not_published(world, held, slug):
    person = world.client(join(world, f"claims-{slug}@nagi.co.jp"))
    kind = "investor" if "fund" in slug else "startup"
    told = [
        refused(person.post, "/api/v1/claims", {"organization": asked, "kind": kind})
        for asked in (slug, "none-such")
    ]
    plain = {
        json.dumps({k: v for k, v in one.problem.items() if k != "request_id"}).replace(asked, "ID")
        for one, asked in zip(told, (slug, "none-such"), strict=True)
    }
    assert len(plain) == 1, plain


def test_no_id_is_a_path_beside_it(world):
    """`/cohorts/hosting` would be nobody's call: such words are taken, wherever ids are named."""
    words = {}
    for service in world.composition.services.values():
        rules = [str(r) for r in service.app.url_map.iter_rules()] if service.db is not None else []
        named = {r.rpartition("/")[0] for r in rules if re.fullmatch(r"/api/v1/\w+/<slug:\w+>", r)}
        for rule in rules:
            place, _, word = rule.rpartition("/")
            if place in named and "<" not in word:
                words.setdefault(place.rpartition("/")[2], set()).add(word)
    ours = {
        k: words.pop(k)
        for k in ("startups", "investors", "mandates", "sites", "providers", "programs")
        if k in words
    }
    assert set().union(*ours.values()) <= RESERVED and words.pop("cohorts") == {*BESIDE}
    assert "days" not in words, words


# -- claims


@pytest.mark.parametrize("wanted", ["nakodo", "sora-cvc", "kari-fund"])
def test_whoever_begins_a_company_does_not_choose_its_id(world, wanted):
    stranger = join(world, f"evil-{wanted}@evil.co.jp")
    made = world.client(stranger).post(
        "/api/v1/claims", {"organization": wanted, "kind": "startup", "name": f"Evil {wanted} KK"}
    )
    assert made["organization"] == f"evil-{wanted}-kk"
    world.client(STAFF).post(f"/api/v1/claims/{made['id']}/decision", {"approve": True})
    world.settle().settle()
    assert world.client().profile("investors", "sora-cvc")["owner"] == PLATFORM
    with world.composition.services["accounts"].db.reading(ADMINISTRATOR) as session:
        rows = session.scalars(select(Membership).where(Membership.person == stranger.person))
        assert [(m.org, m.roles) for m in rows] == [(f"evil-{wanted}-kk", ["startup"])]


def test_a_new_company_is_called_by_a_number_where_its_name_is_taken_and_freed_when_refused(world):
    ids = []
    for n in (1, 2):
        person = join(world, f"twin{n}@twin.co.jp")
        ids.append(
            world.client(person).post("/api/v1/claims", {"kind": "startup", "name": "Futago Bio"})
        )
    assert [c["organization"] for c in ids] == ["futago-bio", "futago-bio-2"]
    world.client(STAFF).post(f"/api/v1/claims/{ids[0]['id']}/decision", {"approve": False})
    third = world.client(join(world, "twin3@twin.co.jp")).post(
        "/api/v1/claims", {"kind": "startup", "name": "Futago Bio"}
    )
    assert third["organization"] == "futago-bio"


@pytest.mark.parametrize("org", ["nakodo", "sora-cvc", "umi-lab", "kari-fund"])
def test_a_claim_from_before_that_named_anothers_id_is_never_granted(world, org):
    """Such a claim waits in an upgraded installation: no yes makes its person a member there."""
    stranger = join(world, f"old-{org}@evil.co.jp")
    with world.composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        row = Claim(
            id=f"old-{org}",
            person=stranger.person,
            org=org,
            kind="startup",
            domain="evil.co.jp",
            state="waiting",
            known=False,
        )
        row.name, row.note, row.created_at, row.decided_at, row.decided_by = (
            "Evil Bio KK",
            None,
            session.info["now"],
            None,
            None,
        )
        session.add(row)
    told = refused(
        world.client(STAFF).post, f"/api/v1/claims/old-{org}/decision", {"approve": True}
    )
    assert (told.status, told.problem["code"]) == (409, "claimed")
    with world.composition.services["accounts"].db.reading(ADMINISTRATOR) as session:
        assert (
            session.scalar(select(Membership.id).where(Membership.person == stranger.person))
            is None
        )


def test_staff_see_all_that_a_yes_grants_and_the_claim_is_its_own_subject(world):
    first, second = join(world, "one@sora.co.jp"), join(world, "two@sora.co.jp")
    wanted = {"organization": "sora-cvc", "kind": "investor"}
    made = [world.client(p).post("/api/v1/claims", wanted) for p in (first, second)]
    shown = next(
        c for c in world.client(STAFF).get("/api/v1/claims")["items"] if c["id"] == made[0]["id"]
    )["grants"]
    assert (shown["organization"], shown["role"], shown["owner"]) == ("sora-cvc", "reviewer", True)
    assert [(p["kind"], p["id"]) for p in shown["profiles"]] == [
        ("investor", "sora-cvc"),
        ("mandate", "sora-cvc-equity"),
    ]
    assert "grants" not in world.client(first).get("/api/v1/claims")["items"][0]
    world.client(STAFF).post(f"/api/v1/claims/{made[0]['id']}/decision", {"approve": True})
    told = refused(
        world.client(STAFF).post, f"/api/v1/claims/{made[1]['id']}/decision", {"approve": True}
    )
    assert told.problem["code"] == "claimed", "no second owner by a claim"
    world.settle().settle()
    assert world.client().profile("mandates", "sora-cvc-equity")["owner"] == "sora-cvc"
    with world.composition.services["accounts"].db.reading(ADMINISTRATOR) as session:
        rows = [
            json.loads(v)
            for v in session.scalars(
                select(outbox.c.value).where(outbox.c.value.contains("claim.approved.v1"))
            )
        ]
    assert made[0]["id"] in {r["subject"] for r in rows}
    assert len({(r["subject"], r["subjectversion"]) for r in rows}) == len(rows)


def test_the_released_event_of_a_claim_still_hands_a_profile_over(world):
    """Of old the organisation was the subject; a log that is replayed holds such events."""
    world.client().register(
        "startups", startup_form("Mukashi (invented)", id="mukashi-bio", **UNCLAIMED)
    )
    data = {"id": "mukashi-bio", "kind": "startup", "owner": "mukashi-bio"}
    startups = world.composition.services["startups"]
    with startups.db.transaction(ADMINISTRATOR) as session:
        startups.hears["claim.approved.v1"](
            session,
            Event("claim.approved.v1", "accounts", "mukashi-bio", 1, session.info["now"], data),
        )
    assert world.client().profile("startups", "mukashi-bio")["owner"] == "mukashi-bio"


def test_an_unclaimed_profile_whose_organisation_has_members_is_not_claimed(world):
    world.client().register("startups", startup_form("Naka (invented)", id="naka-bio", **UNCLAIMED))
    join(world, "inside@naka.co.jp", "naka-bio", ("startup",))
    outside = join(world, "outside@naka.co.jp")
    assert (
        refused(
            world.client(outside).post,
            "/api/v1/claims",
            {"organization": "naka-bio", "kind": "startup"},
        ).problem["code"]
        == "claimed"
    )


# -- organisation and role


def test_in_every_table_an_organisations_rows_are_nobodys_without_a_role_that_reads_them(world):
    """The one door: whatever route asks, a member whose role reads no such thing sees what a
    stranger sees.
    """
    inside, outside = (Actor("m", org, frozenset()) for org in ("kari-fund", "elsewhere"))
    found = []
    for service in world.composition.services.values():
        for model in service.db._owned if service.db is not None else []:
            seen = []
            for actor in (inside, outside):
                with service.db.reading(actor):
                    seen.append(
                        str(model.visible_to(actor).compile(compile_kwargs={"literal_binds": True}))
                    )
            found.append(model.__name__)
            assert "kari-fund" not in seen[0] and seen[0] == seen[1], (
                f"{service.name}.{model.__name__} asks for the organisation alone"
            )
    assert len(found) > 50


PRIVATE_TO_REVIEWERS = (
    "/api/v1/feeds/kari-fund-equity",
    "/api/v1/feeds/kari-fund-equity/editions",
    "/api/v1/decisions/exports",
    "/api/v1/team/funnel?quarter=2026-Q4",
    "/api/v1/team/rei-bio/kari-fund-equity",
)


@pytest.mark.parametrize("path", PRIVATE_TO_REVIEWERS)
def test_a_startups_role_inside_an_investor_reads_none_of_its_work(world, path):
    if world.client(FUND).request("GET", path).status_code >= 400:
        pytest.fail(f"{path} is not there for its own reviewers")
    assert refused(world.client(INTRUDER).request, "GET", path).status in (403, 404)


def test_nor_its_private_facts_decisions_searches_and_webhooks(world):
    fund, intruder = world.client(FUND), world.client(INTRUDER)
    fund.post(
        "/api/v1/decisions",
        {"startup": "rei-bio", "mandate": "kari-fund-equity", "state": "advance"},
    )
    fund.post("/api/v1/searches", {"name": "Ours", "text": "rei"})
    hook = fund.post(
        "/api/v1/subscriptions",
        {"name": "CRM", "url": "https://kari.example/hook", "events": ["decision.made"]},
    )["id"]
    assert "hidden-rival" in json.dumps(fund.profile("mandates", "kari-fund-equity"))
    assert "hidden-rival" not in json.dumps(intruder.profile("mandates", "kari-fund-equity"))
    for path in ("decisions", "searches", "subscriptions"):
        assert (
            len(fund.get(f"/api/v1/{path}")["items"]) == 1
            and intruder.get(f"/api/v1/{path}")["items"] == []
        ), path
    assert (
        refused(intruder.patch, f"/api/v1/subscriptions/{hook}", {"name": "Taken"}, 1).status == 404
    )
    facts = {"facts": [{"field": "focus_area", "value": "oncology"}]}
    assert refused(intruder.post, "/api/v1/mandates/kari-fund-equity/facts", facts).status == 403


def test_a_webhook_tells_what_its_makers_role_may_read(world):
    """Made inside an investor in the role of a startup, it hears of no decision; the reviewers' own
    does.
    """
    hook = {"name": "H", "url": "https://kari.example/told", "events": ["decision.made"]}
    world.clock.move(seconds=1)
    held = {
        who: world.client(who).post("/api/v1/subscriptions", hook)["id"] for who in (FUND, INTRUDER)
    }
    world.clock.move(seconds=1)
    world.client(FUND).post(
        "/api/v1/decisions",
        {"startup": "hoshi-bio", "mandate": "kari-fund-equity", "state": "advance"},
    )
    world.settle()
    consumer = next(
        c for c in world.composition.services["notices"].consumers if c.name == "decisions"
    )
    reader = consumer.open()
    while entries := reader.poll(500, 0):
        consumer.handle(entries)
    reader.close()
    told = {
        who: world.client(who).get(f"/api/v1/subscriptions/{held[who]}/deliveries")["items"]
        for who in held
    }
    assert [m["type"] for m in told[FUND]] == ["decision.made"] and told[INTRUDER] == []


# -- programmes


def test_a_call_is_opened_by_whoever_runs_the_programme(world):
    form = {
        "name": {"en": "Kari call"},
        "capacity": 3,
        "opens_at": "2026-11-01T00:00:00Z",
        "hubs": [],
    }
    told = refused(
        world.client(OFFICE).post,
        "/api/v1/cohorts",
        form | {"program": "kaze-programme", "id": "kaze-call"},
    )
    assert (told.status, told.problem["code"]) == (403, "program-unclaimed")
    made = world.client(OFFICE).post(
        "/api/v1/cohorts", form | {"program": "kari-programme", "id": "kari-call"}
    )
    assert made["owner"] == "kari-office"
    other = Actor("officer", "other-office", frozenset({"officer"}))
    assert (
        refused(
            world.client(other).post,
            "/api/v1/cohorts",
            form | {"program": "kari-programme", "id": "other-call"},
        ).problem["code"]
        == "forbidden"
    )
    inside = Actor("officer", PLATFORM, frozenset({"officer"}))
    assert (
        refused(
            world.client(inside).post,
            "/api/v1/cohorts",
            form | {"program": "kaze-programme", "id": "inside-call"},
        ).status
        == 403
    )
    staffs = world.client(STAFF).post(
        "/api/v1/cohorts", form | {"program": "kaze-programme", "id": "kaze-call", "state": "draft"}
    )
    assert (
        staffs["owner"] == PLATFORM
        and refused(world.client(OFFICE).get, "/api/v1/cohorts/kaze-call").status == 404
    )
    assert world.client(STAFF).get("/api/v1/cohorts/kaze-call/board")["items"] == []


def test_whose_startup_it_is_is_a_fact_of_its_own(world):
    """The company `rei-bio` is of the organisation `rei-org`: it applies, and what an office
    imports of it is its own to read.
    """
    opened = {
        "name": {"en": "Fact call"},
        "capacity": 3,
        "opens_at": "2026-11-01T00:00:00Z",
        "hubs": [],
    }
    world.client(OFFICE).post(
        "/api/v1/cohorts", opened | {"program": "kari-programme", "id": "fact-call"}
    )
    founder, namesake = (
        world.client(FOUNDER),
        world.client(Actor("n", "rei-bio", frozenset({"startup"}))),
    )
    mine = founder.post("/api/v1/cohorts/fact-call/applications", {"name": "Rei Bio"})
    assert mine["startup"] == "rei-bio"
    assert refused(namesake.get, f"/api/v1/applications/{mine['id']}").status == 404
    office = world.client(OFFICE)
    founder.post(f"/api/v1/applications/{mine['id']}/steps", {"act": "submit"})
    asked = office.post(
        "/api/v1/consultations",
        {
            "startup": "rei-bio",
            "topic": "IND",
            "agency": "fda",
            "handler": "K",
            "due": "2027-01-01",
        },
    )
    assert [c["id"] for c in founder.get("/api/v1/consultations")["items"]] == [asked["id"]]
    assert namesake.get("/api/v1/consultations")["items"] == []
    assert (
        world.client(Actor("m", "kari-office", frozenset({"startup"}))).get(
            "/api/v1/consultations"
        )["items"]
        == []
    )


# -- staff


def test_platform_work_is_staffs_and_no_officers(world):
    officer, staff = world.client(OFFICE), world.client(STAFF)
    sheet = {
        "list": "1260h",
        "title": "List",
        "published": "2026-11-01",
        "source": "https://a.example",
        "entries": [{"name": "Ban Co"}],
    }
    version = staff.add_watchlist(sheet)["id"]
    made = world.client(join(world, "asks@asks.co.jp")).post(
        "/api/v1/claims", {"kind": "startup", "name": "Asks"}
    )
    acts = {
        "claims": lambda c: c.post(f"/api/v1/claims/{made['id']}/decision", {"approve": False}),
        "withdraws": lambda c: c.withdraw_watchlist(version),
        "adds": lambda c: c.add_watchlist(sheet | {"published": "2026-11-02"}),
        "grants": lambda c: c.post(
            "/api/v1/introductions/grants",
            {"org": "kari-fund", "extra": 1, "reason": "A week in Boston"},
        ),
        "budgets": lambda c: c.budget("kari-fund"),
        "exposure": lambda c: c.exposure(),
        "duplicates": lambda c: c.duplicates("startups"),
        "merges": lambda c: c.get("/api/v1/startups/merges"),
        "apart": lambda c: c.post(
            "/api/v1/startups/duplicates", {"a": "hoshi-bio", "b": "rei-bio"}
        ),
        "proposes": lambda c: c.get("/api/v1/startups/proposals"),
    }
    for name, act in acts.items():
        if name != "proposes":
            assert refused(act, officer).status == 403, name
        act(staff)
    assert made["id"] not in json.dumps(officer.get("/api/v1/claims"))


def test_staff_are_the_platforms_alone_and_named_by_nobody_but_the_operator(world):
    issuer, now = Issuer(world.composition.settings.data / "keys"), world.clock.now()
    token = issuer.token(Actor("x", "kari-office", frozenset({"staff"})), now)
    with pytest.raises(Unauthorized):
        world.composition.services["startups"].app.extensions["nakodo"]["keys"].actor(token, now)
    with (
        world.composition.services["accounts"].db.transaction(ADMINISTRATOR) as session,
        pytest.raises(Forbidden),
    ):
        actions.join(
            session,
            actions.add_person(session, "x@office.example", "X", "en", None),
            "kari-office",
            ["staff"],
            owner=False,
        )
    for path, form in (
        ("invitations", {"email": "a@b.co.jp", "roles": ["staff"]}),
        ("clients", {"name": "x", "roles": ["staff"]}),
    ):
        assert refused(world.client(STAFF).post, f"/api/v1/accounts/{path}", form).status == 422


# -- smaller


def test_an_organisation_publishes_one_company(world):
    own = world.client(Actor("s", "solo-org", frozenset({"startup"})))
    first = own.register("startups", startup_form("Solo (invented)", id="solo-bio"))
    assert (
        refused(own.register, "startups", startup_form("Second (invented)", id="solo-two")).problem[
            "code"
        ]
        == "second-company"
    )
    draft = own.register(
        "startups", startup_form("Second (invented)", id="solo-two", state="draft")
    )
    told = refused(own.patch, "/api/v1/startups/solo-two", {"state": "published"}, draft["version"])
    assert told.problem["code"] == "second-company"
    own.patch("/api/v1/startups/solo-bio", {"note": "One and only"}, first["version"])


def test_a_merge_patch_reaches_into_objects(world):
    own = world.client(Actor("p", "patch-org", frozenset({"startup"})))
    made = own.register(
        "startups",
        startup_form(id="patch-bio") | {"name": {"en": "Patch", "ja": "パッチ", "kana": "ぱっち"}},
    )
    told = own.patch(
        "/api/v1/startups/patch-bio", {"name": {"ja": "新パッチ", "kana": None}}, made["version"]
    )
    assert told["name"] == {"en": "Patch", "ja": "新パッチ"}
    assert (
        refused(
            own.patch,
            "/api/v1/startups/patch-bio",
            {"name": {"en": None, "ja": None}},
            told["version"],
        ).status
        == 422
    )
    call = {
        "name": {"en": "Call", "ja": "公募"},
        "capacity": 3,
        "opens_at": "2026-11-01T00:00:00Z",
        "hubs": [],
        "program": "kari-programme",
    }
    office = world.client(OFFICE)
    call = office.post("/api/v1/cohorts", call | {"id": "patch-call"})
    told = office.patch("/api/v1/cohorts/patch-call", {"name": {"ja": "新公募"}}, call["version"])
    assert told["name"] == {"en": "Call", "ja": "新公募"}


@pytest.mark.parametrize(
    ("environ", "demo"),
    [
        ({}, True),
        ({"NAKODO_DEMO": "0"}, False),
        ({"NAKODO_HOST": "0.0.0.0"}, False),
        ({"NAKODO_HOST": "::1"}, True),
        ({"NAKODO_PUBLIC_URL": "https://nakodo.example"}, False),
        ({"NAKODO_PUBLIC_URL": "https://nakodo.example", "NAKODO_DEMO": "1"}, True),
    ],
)
def test_the_demo_is_on_by_itself_on_loopback_alone(environ, demo):
    assert load(environ).demo is demo


def test_the_demo_is_refused_beyond_loopback():
    with pytest.raises(MissingSettings, match="loopback"):
        load({"NAKODO_DEMO": "1", "NAKODO_HOST": "0.0.0.0"})
