"""People without an account are found and erased in every service, to the last byte; figures and
chains stay; what is past its time goes by itself.
"""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from nakodo_client import Client, Refused
from services.accounts.models import Link
from services.accounts.retention import RETENTION
from services.cli import main
from services.notices.models import Mail
from services.programs.models import Mentor, Reviewer
from shared import audit, named, retention
from shared.auth import ADMINISTRATOR, Actor
from shared.ids import new_id
from shared.tables import audit as trail
from tests.conftest import employ, mandate_form
from tests.services.test_cohorts import CALL, OFFICE, OTHER_OFFICE, WHOLE, build, founder, refused
from tests.services.test_personal import deliver, everything

NAME, SPELT, ADDRESS = "Mihon Hanako", "見本　華子", "hanako.mihon@lab.example.org"
AT = "/api/v1/cohorts/kari-2027"
KARI = Actor("kari-1", "kari", frozenset({"reviewer"}), leads=True)
CONSULTATION = {
    "startup": "bio-0",
    "topic": "Potency",
    "agency": "pmda",
    "handler": f"{NAME}, {ADDRESS}",
    "due": "2027-03-31",
}


def name_her(stack, office: Actor, call: str, program: str) -> dict:
    """One office names her as reviewer, mentor, handler, in minutes and in an answer."""
    api, at = stack.client(office), f"/api/v1/cohorts/{call}"
    api.post("/api/v1/cohorts", CALL | {"id": call, "program": program})
    told = {
        "reviewer": api.post(
            f"{at}/reviewers", {"name": NAME, "affiliation": f"Lab of {NAME.upper()}"}
        )
    }
    told["path"] = api.post(f"{at}/reviewers/{told['reviewer']['id']}/link")["path"]
    told["mentor"] = api.post(
        "/api/v1/mentors", {"name": NAME, "expertise": ["aml"], "languages": ["en"]}
    )
    told["case"] = api.post("/api/v1/consultations", CONSULTATION)
    api.post(
        f"{at}/minutes",
        {
            "held_on": "2026-11-20",
            "present": ["Kari Jiro (invented)", SPELT],
            "notes": f"{SPELT}様のご発言どおり",
        },
    )
    answers = WHOLE | {"plan": f"with {NAME}"}
    told["application"] = stack.client(founder(0)).post(
        f"{at}/applications", {"name": "Bio 0", "answers": answers}
    )
    stack.client(founder(0)).post(
        f"/api/v1/applications/{told['application']['id']}/steps", {"act": "submit"}
    )
    return told


@pytest.fixture
def desk(tmp_path):
    stack = build(tmp_path)
    stack.accounts = stack.composition.services["accounts"]
    stack.programs = stack.composition.services["programs"]
    stack.client().register(
        "programs",
        {"id": "other-bridge", "name": {"en": "Other Bridge (invented)"}, "owner": "other-office"},
    )
    stack.client().register(
        "investors", {"id": "kari", "name": {"en": "Kari Fund (invented)"}, "owner": "kari"}
    )
    stack.client().register("mandates", mandate_form("kari", owner="kari"))
    stack.settle()
    stack.mine = name_her(stack, OFFICE, "kari-2027", "kari-bridge")
    stack.theirs = name_her(stack, OTHER_OFFICE, "other-2027", "other-bridge")
    expert = {"name": NAME, "questions": ["Is it new?"]}
    stack.expert = stack.client(KARI).post("/api/v1/team/bio-0/kari-equity/experts", expert)
    invited = {"email": ADDRESS, "roles": ["officer"]}
    boss = Actor("boss", "office", frozenset({"officer"}), leads=True)
    employ(stack, boss)
    stack.client(boss).post("/api/v1/accounts/invitations", invited)
    yield stack
    stack.composition.close()


def places(stack, actor: Actor = ADMINISTRATOR, **form) -> list[dict]:
    return stack.client(actor).post("/api/v1/erasures/searches", form)["items"]


def standing(stack) -> str:
    """All bytes on the disk, after the work an installation does by itself."""
    for service in stack.composition.services.values():
        if service.db is not None:
            retention.keep(service.db, service.name, ())
    return everything(stack)


def test_an_office_finds_and_erases_its_own_mentions_and_no_others(desk):
    office = desk.client(OFFICE)
    found = places(desk, OFFICE, name=NAME)
    assert {i["table"] for i in found} >= {"reviewers", "mentors", "consultations", "applications"}
    assert not {i["id"] for i in found} & {
        desk.theirs[k]["id"] for k in ("reviewer", "mentor", "case", "application")
    }
    assert "minutes" in {i["table"] for i in places(desk, OFFICE, name="見本華子")}, (
        "however it is spaced"
    )
    assert places(desk, OFFICE, name="Hana") == [], "half a word is nobody's name"
    assert office.post("/api/v1/erasures", {"name": NAME, "address": ADDRESS})["count"] >= 4
    assert office.post("/api/v1/erasures", {"name": "見本 華子"})["count"] >= 1
    assert [i for n in (NAME, SPELT) for i in places(desk, OFFICE, name=n)] == []
    assert {i["id"] for i in places(desk, OTHER_OFFICE, name=NAME)} >= {
        desk.theirs["reviewer"]["id"],
        desk.theirs["mentor"]["id"],
    }
    (board,) = office.get(f"{AT}/applications")["items"]
    (kept,) = office.get(f"{AT}/minutes")["items"]
    assert board["id"] == desk.mine["application"]["id"] and kept["present"] == [
        "Kari Jiro (invented)",
        named.GONE,
    ]
    assert "様のご発言どおり" in kept["notes"] and [
        r["name"] for r in office.get(f"{AT}/reviewers")["items"]
    ] == [named.GONE]
    for path in (desk.mine["path"], desk.theirs["path"]):
        gone = path == desk.mine["path"]
        status = (
            desk.composition.services["programs"]
            .app.test_client()
            .get(f"/api/v1{path}")
            .status_code
        )
        assert (status == 404) == gone, "her link goes with her name, the other office's stays"


@pytest.mark.parametrize(
    "actor",
    [
        founder(0),
        Actor("r", "kari", frozenset({"reviewer"})),
        Actor("s", "site", frozenset({"site-manager"})),
    ],
)
def test_who_is_no_officer_or_owner_erases_nobody_and_nobody_elsewhere(desk, actor):
    for path in ("/api/v1/erasures", "/api/v1/erasures/searches"):
        assert refused(desk.client(actor).post, path, {"name": NAME}).status == 403
        assert (
            refused(
                desk.client(OFFICE).post, path, {"name": NAME, "organization": "other-office"}
            ).status
            == 403
        )
        assert refused(desk.client(OFFICE).post, path, {"name": " x "}).status == 422
        assert refused(desk.client(OFFICE).post, path, {}).status == 422
    assert places(desk, OFFICE, name=NAME)


def test_the_operator_erases_everywhere_to_the_last_byte_and_chains_hold(desk):
    deliver(desk)
    before = desk.client(OFFICE).get("/api/v1/kpis/reports/kari-2027")["indicators"]
    for service in desk.composition.services.values():
        if service.db is not None:
            audit.seal(service.db, service.name)
    raw = everything(desk)
    assert (
        all(text in raw for text in (NAME, ADDRESS))
        and SPELT.encode("unicode_escape").decode() in raw
    )
    run = ["--data", str(desk.composition.settings.data), "people"]
    told = CliRunner().invoke(main, [*run, "find", NAME, "--address", ADDRESS])
    assert (
        told.exit_code == 0
        and "matching experts" in told.output
        and "accounts links" in told.output
    ), told.output
    for args in ([NAME, "--address", ADDRESS], [SPELT]):
        told = CliRunner().invoke(main, [*run, "erase", *args, "--yes"])
        assert told.exit_code == 0 and "erased from" in told.output, told.output
    left = standing(desk)
    for text in (
        NAME,
        NAME.upper(),
        ADDRESS,
        SPELT,
        "華子",
        SPELT.encode("unicode_escape").decode(),
    ):
        assert text not in left, (
            text,
            [left[m.start() - 80 : m.end() + 80] for m in re.finditer(re.escape(text), left)][:2],
        )
    for service in desk.composition.services.values():
        assert service.db is None or audit.verify(service.db, service.name) == []
    assert desk.client(OFFICE).get("/api/v1/kpis/reports/kari-2027")["indicators"] == before, (
        "figures stay"
    )


def test_a_legal_hold_keeps_a_name_and_says_so(desk):
    run = ["--data", str(desk.composition.settings.data), "people"]
    assert (
        "1 holds" in CliRunner().invoke(main, [*run, "hold", SPELT, "--reason", "Case 12"]).output
    )
    told = refused(desk.client(OFFICE).post, "/api/v1/erasures", {"name": "見本 華子"})
    assert told.problem["code"] == "legal-hold" and places(desk, OFFICE, name=SPELT)
    assert CliRunner().invoke(main, [*run, "erase", SPELT, "--yes"]).exit_code == 1
    assert "0 holds" in CliRunner().invoke(main, [*run, "hold", SPELT]).output
    assert desk.client(OFFICE).post("/api/v1/erasures", {"name": SPELT})["count"]


def test_the_reader_of_a_mail_erases_the_address_by_its_link(desk):
    deliver(desk)
    with desk.composition.services["notices"].db.reading(ADMINISTRATOR) as session:
        texts = [m for m in session.scalars(select(Mail.text)) if m]
    (path,) = {m for text in texts for m in re.findall(r"/erasure/[\w-]+", text)}
    stranger = Client.inside(desk.composition, "")
    token = path.rsplit("/", 1)[1]
    assert stranger.get(f"/api/v1/erasures/{token}") == {"address": "h…@lab.example.org"}
    for wrong in (token[:-2] + "AA", "x" * 43, "%00"):
        with pytest.raises(Refused) as told:
            stranger.post(f"/api/v1/erasures/{wrong}", {})
        assert told.value.status == 404
    assert stranger.post(f"/api/v1/erasures/{token}", {})["count"] >= 2
    assert ADDRESS not in standing(desk)
    assert NAME in everything(desk), "a name alone is not known to be hers: the office erases it"
    page = desk.composition.services["portal"].app.test_client()
    assert (
        "h…@lab.example.org" in page.get(path).text
        and "…" in page.post(path, headers={"Origin": "http://localhost"}).text
    )


def test_what_is_past_its_time_is_swept_and_what_it_counted_for_stays(desk):
    with desk.programs.db.transaction(ADMINISTRATOR) as session:
        for row in session.scalars(select(Reviewer)):
            row.left_at = desk.clock.now()
    rules = desk.programs.retention
    desk.clock.move(days=1825)
    assert retention.keep(desk.programs.db, "programs", rules) == 0, (
        "on its last day it is still there"
    )
    desk.clock.move(days=1)
    assert retention.keep(desk.programs.db, "programs", rules) == 2
    with desk.programs.db.reading(ADMINISTRATOR) as session:
        rows = list(session.scalars(select(Reviewer)))
        assert {(r.name, r.affiliation, r.secret) for r in rows} == {
            (named.GONE, None, None)
        } and len(rows) == 2
        assert {m.name for m in session.scalars(select(Mentor))} == {NAME}, "who has not left stays"
    assert retention.keep(desk.programs.db, "programs", rules) == 0, "swept once"
    assert retention.keep(desk.accounts.db, "accounts", RETENTION) > 0 and ADDRESS not in links(
        desk
    )


def links(stack) -> str:
    with stack.accounts.db.reading(ADMINISTRATOR) as session:
        return " ".join(session.scalars(select(Link.email)))


def test_the_trail_is_swept_after_its_years_and_its_chain_holds(desk):
    with desk.programs.db.transaction(ADMINISTRATOR) as session:
        audit.note(session, "said", new_id(), word="the-old-word")
    audit.seal(desk.programs.db, "programs")
    desk.clock.move(days=3651)
    retention.keep(desk.programs.db, "programs", retention.CHASSIS)
    with desk.programs.db.reading(ADMINISTRATOR) as session:
        assert set(session.scalars(select(trail.c.payload))) == {None}
    assert audit.verify(desk.programs.db, "programs") == [] and "the-old-word" not in everything(
        desk
    )


def test_every_rule_of_retention_is_stated(desk):
    """The table in docs/security.md is the data that is swept by."""
    rules = [("every service", rule) for rule in retention.CHASSIS]
    rules += [(s.name, rule) for s in desk.composition.services.values() for rule in s.retention]
    assert len(rules) > 10
    assert retention.stated(rules) in Path("docs/security.md").read_text(encoding="utf-8"), (
        retention.stated(rules)
    )
