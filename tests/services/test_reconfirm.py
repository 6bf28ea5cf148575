"""Reconfirmation: a quarter, a mail, a link; "still true" renews the date and keeps the beginning.
And what files propose.
"""

import io
import re
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from nakodo_client import Client, Refused
from services.accounts import actions
from services.accounts.courier import Courier as Post
from services.accounts.doors import Doors
from services.accounts.models import Letter as Sent
from services.accounts.passwords import Passwords
from services.notices.models import Mail
from services.startups.models import Letter
from services.startups.reconfirm import remind
from shared.auth import ADMINISTRATOR, PLATFORM, Actor, worker
from shared.letters import Courier
from tests.conftest import Stack, mandate_form, startup_form

FOUNDER = Actor("founder", "rei-bio", frozenset({"startup"}))
STAFF = Actor("staff", "nakodo", frozenset({"staff"}))
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # ten in the morning in Japan


@pytest.fixture
def desk(tmp_path):
    """Rei Bio, with facts fresh and old; its owner reads Japanese."""
    stack = Stack(tmp_path, MONDAY)
    stack.startups, stack.accounts = (
        stack.composition.services["startups"],
        stack.composition.services["accounts"],
    )
    with stack.accounts.db.transaction(ADMINISTRATOR) as session:
        actions.ensure(
            session,
            Passwords(),
            "haru@rei-bio.example.co.jp",
            "見本 春",
            "rei-bio",
            ["startup"],
            "four words make one",
        )
    form = startup_form(id="rei-bio", owner="rei-bio")
    old = [
        {"field": "stage", "value": "phase-1", "as_of": "2025-06-01"},
        {"field": "corporate_status", "value": "active", "as_of": "2023-12-10"},
        {"field": "hq", "value": "hub-tokyo", "as_of": "2026-05-01"},
        {"field": "raise", "value": {"state": "raising"}, "as_of": "2026-06-20"},
        {"field": "raise", "value": {"state": "not-raising"}, "as_of": "2025-01-01"},
        {"field": "regulatory", "value": "us-pre-ind", "as_of": "2024-01-01"},
        {"field": "revenue", "value": {"amount": 10, "currency": "JPY"}, "as_of": "2024-01-01"},
        {
            "field": "funding_round",
            "value": {
                "round": "seed",
                "kind": "equity",
                "amount": 10,
                "currency": "JPY",
                "date": "2022-01",
            },
            "as_of": "2022-01",
        },
    ]
    stack.client().register("startups", form | {"facts": [*form["facts"], *old]})
    yield stack.settle()
    stack.composition.close()


def letters(desk) -> list[Letter]:
    with desk.startups.db.reading(ADMINISTRATOR) as session:
        return list(session.scalars(select(Letter).order_by(Letter.written_at)))


def token(desk) -> str:
    assert remind(desk.startups.db) == 1
    return letters(desk)[-1].params["path"].rsplit("/", 1)[-1]


def visitor(desk) -> Client:
    return Client.inside(desk.composition, "")


def refused(call, *args, **more) -> Refused:
    with pytest.raises(Refused) as told:
        call(*args, **more)
    return told.value


def test_a_quarter_brings_one_mail_to_the_owners_in_their_language(desk):
    assert remind(desk.startups.db) == 1 and remind(desk.startups.db) == 0, "once a quarter"
    Courier("startups", desk.startups.db, Letter, desk.client(worker("startups")).letter).deliver()
    Courier("startups", desk.startups.db, Letter, desk.client(worker("startups")).letter).deliver()
    Post(
        desk.accounts.db,
        Doors(desk.client(worker("accounts"))),
        desk.accounts.app.extensions["nakodo"]["seals"],
    ).deliver()
    with desk.composition.services["notices"].db.reading(ADMINISTRATOR) as session:
        (mail,) = session.scalars(select(Mail))
    assert (
        mail.recipient == "haru@rei-bio.example.co.jp"
        and "変わりありませんか" in mail.title
        and re.search(r"/reconfirm/[0-9a-f]{64}", mail.text)
    )
    assert letters(desk)[0].params == {}, "the secret is not kept once it is handed over"
    with desk.accounts.db.reading(ADMINISTRATOR) as session:
        assert [s.params for s in session.scalars(select(Sent))] == [{}]
    desk.clock.move(days=45)  # 2027-01-07, a Thursday of the next quarter
    assert remind(desk.startups.db) == 1


def test_no_mail_at_night_on_weekends_or_to_profiles_that_nobody_has_claimed(desk):
    desk.clock.move(hours=9)
    assert remind(desk.startups.db) == 0, "seven in the evening"
    desk.clock.move(hours=15, days=4)
    assert desk.clock.now().weekday() == 5 and remind(desk.startups.db) == 0
    old = [{"field": "stage", "value": "phase-1", "as_of": "2024-01-01"}]
    form = startup_form("Tsuki (invented)", id="tsuki-bio", owner=PLATFORM)
    desk.client().register("startups", form | {"facts": [*form["facts"], *old]})
    desk.clock.move(days=2)
    assert remind(desk.startups.db) == 1 and letters(desk)[0].org == "rei-bio"


def test_the_link_lists_what_is_getting_old_and_nothing_else(desk):
    told = visitor(desk).get(f"/api/v1/shares/{token(desk)}/facts")
    assert told["startup"] == "rei-bio" and {f["field"] for f in told["facts"]} == {
        "stage",
        "corporate_status",
        "raise",
        "regulatory",
    }
    raises = [f for f in told["facts"] if f["field"] == "raise"]
    assert [f["value"]["state"] for f in raises] == ["raising"], (
        "of a single field what counts; not what it replaced, not what is private"
    )


def test_still_true_renews_the_date_keeps_the_beginning_and_freshens_the_feed(desk):
    desk.client().register(
        "investors", {"id": "kari", "name": {"en": "Kari (invented)"}, "owner": "kari"}
    )
    desk.client().register("mandates", mandate_form("kari", owner="kari"))
    desk.settle()
    reviewer = desk.client(Actor("r", "kari", frozenset({"reviewer"})))
    before = reviewer.explain("rei-bio", "kari")["confidence"]
    secret = token(desk)
    facts = {
        f["field"]: f["id"] for f in visitor(desk).get(f"/api/v1/shares/{secret}/facts")["facts"]
    }
    version = desk.client().profile("startups", "rei-bio")["version"]
    done = visitor(desk).post(
        f"/api/v1/shares/{secret}/facts", {"facts": [facts["stage"], facts["regulatory"]]}
    )
    assert done == {"startup": "rei-bio", "confirmed": 2, "version": version + 1}
    held = {f["field"]: f for f in desk.client().profile("startups", "rei-bio")["facts"]}
    assert (
        held["stage"]["as_of"] == "2026-11-23"
        and held["stage"]["valid_from"] == "2025-06-01"
        and held["stage"]["value"] == "phase-1"
    )
    assert {f["field"] for f in visitor(desk).get(f"/api/v1/shares/{secret}/facts")["facts"]} == {
        "corporate_status",
        "raise",
    }
    desk.settle()
    assert reviewer.explain("rei-bio", "kari")["confidence"] > before, "fresh facts are worth more"
    assert (
        reviewer.explain("rei-bio", "kari", as_of="2025-07-01")["versions"]["as_of"] == "2025-07-01"
    )
    trail = desk.client().get("/services/startups/audit", subject="rei-bio")["items"]
    assert any(
        r["action"] == "facts-reconfirmed" and r["person"].startswith("link ") for r in trail
    )


def test_a_link_confirms_only_what_it_asked_and_only_while_it_lasts(desk):
    secret = token(desk)
    fresh = next(
        f["id"]
        for f in desk.client().profile("startups", "rei-bio")["facts"]
        if f["field"] == "modality"
    )
    version = desk.client().profile("startups", "rei-bio")["version"]
    for wrong in ([fresh], ["nothing"], [fresh, "x"]):
        assert (
            refused(visitor(desk).post, f"/api/v1/shares/{secret}/facts", {"facts": wrong}).status
            == 422
        )
    assert (
        refused(visitor(desk).post, f"/api/v1/shares/{secret}/facts", {"facts": []}).status == 422
    )
    forged = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    assert (
        refused(visitor(desk).get, f"/api/v1/shares/{forged}/facts").problem["code"]
        == "link-unknown"
    )
    assert refused(visitor(desk).get, f"/api/v1/shares/{secret}").status == 404, (
        "it opens no one-pager"
    )
    desk.clock.move(days=31)
    assert (
        refused(visitor(desk).get, f"/api/v1/shares/{secret}/facts").problem["code"]
        == "link-expired"
    )
    assert desk.client().profile("startups", "rei-bio")["version"] == version


def test_letters_wait_for_accounts_and_arrive_once(desk):
    remind(desk.startups.db)

    def away(letter):
        raise OSError("away")

    assert Courier("startups", desk.startups.db, Letter, away).deliver() == 0
    desk.clock.move(minutes=10)
    handed = []
    for _ in range(3):
        Courier(
            "startups", desk.startups.db, Letter, lambda letter: handed.append(letter["id"])
        ).deliver()
    assert len(handed) == 1


def test_a_new_question_is_mailed_to_the_startup_once(desk):
    for n in (1, 2):
        desk.client().register(
            "investors",
            {"id": f"fund-{n}", "name": {"en": f"Fund {n} (invented)"}, "owner": f"fund-{n}"},
        )
        desk.client().register("mandates", mandate_form(f"fund-{n}", owner=f"fund-{n}"))
    desk.settle()
    for n in (1, 2):
        reviewer = desk.client(Actor("r", f"fund-{n}", frozenset({"reviewer"})))
        reviewer.ask("rei-bio", f"fund-{n}-equity", "cheque")
        desk.settle()
    assert [(w.template, w.org, w.params["path"]) for w in letters(desk)] == [
        ("asked", "rei-bio", "/startups/rei-bio/asks")
    ]


def test_a_list_that_concerns_a_supplier_is_mailed_to_the_startup_it_concerns(desk):
    partner = {"field": "manufacturing_partner", "value": "Kumo Biologics"}
    desk.client().add_facts("startups", "rei-bio", [partner])
    desk.client().register(
        "startups", startup_form("Tsuki (invented)", id="tsuki-bio", owner="tsuki-bio")
    )
    desk.settle()
    form = {
        "list": "omb",
        "title": "t",
        "source": "s",
        "published": "2026-10-01",
        "entries": [{"name": "Kumo Biologics"}],
    }
    desk.client(STAFF).post("/api/v1/watchlists", form)
    desk.settle()
    assert [(w.template, w.org, w.params["path"]) for w in letters(desk)] == [
        ("exposure", "rei-bio", "/startups/rei-bio")
    ]
    Courier("startups", desk.startups.db, Letter, desk.client(worker("startups")).letter).deliver()
    Post(
        desk.accounts.db,
        Doors(desk.client(worker("accounts"))),
        desk.accounts.app.extensions["nakodo"]["seals"],
    ).deliver()
    with desk.composition.services["notices"].db.reading(ADMINISTRATOR) as session:
        (mail,) = session.scalars(select(Mail))
    assert "懸念企業リスト" in mail.title and "法的助言ではありません" in mail.text


# -- what files propose


def table(*rows: list) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TRIALS = "\n".join(
    [
        "NCT Number,Study Title,Study URL,Study Status,Sponsor,Phases,Last Update Posted,Locations",
        (
            'NCT00000001,A trial,https://clinicaltrials.gov/study/NCT00000001,RECRUITING,"Rei Bio,'
            ' Inc.",PHASE1|PHASE2,2026-08-01,"Tokyo, Japan"'
        ),
        (
            "NCT00000002,Another,https://clinicaltrials.gov/study/NCT00000002,RECRUITING,Rei"
            " Bioo,PHASE1,2026-08-01,United States"
        ),
        (
            "NCT00000003,Third,https://clinicaltrials.gov/study/NCT00000003,RECRUITING,Somebody"
            " Else,PHASE1,2026-08-01,Japan"
        ),
        (
            "NCT00000004,Fourth,https://clinicaltrials.gov/study/NCT00000004,RECRUITING,Rei"
            " Bio,NA,2026-08-01,Japan"
        ),
    ]
).encode()
REGISTRY = {
    "kind": "registry",
    "title": "ClinicalTrials.gov",
    "url": "https://clinicaltrials.gov",
    "as_of": "2026-11-20",
}


def propose(desk, content: bytes, name: str = "trials.csv", actor: Actor = STAFF, **form) -> dict:
    return (
        desk.client(actor)
        .request(
            "POST",
            "/api/v1/startups/proposals",
            data=REGISTRY | form,
            files={"file": (name, content)},
        )
        .json()
    )


def stages(desk, actor: Actor = ADMINISTRATOR) -> list[dict]:
    return [
        f
        for f in desk.client(actor).profile("startups", "rei-bio")["facts"]
        if f["field"] == "stage"
    ]


def test_a_registry_export_proposes_and_nothing_counts_until_a_person_says_so(desk):
    told = propose(desk, TRIALS)
    assert [(p["row"], p["startup"], p["fact"]["value"]) for p in told["proposed"]] == [
        (2, "rei-bio", "phase-1-2")
    ]
    assert told["near"][0]["candidates"] == ["rei-bio"] and [
        u["name"] for u in told["unknown"]
    ] == ["Somebody Else"]
    assert (
        [f["row"] for f in told["faulty"]] == [5] and not told["applied"] and len(stages(desk)) == 1
    ), "a plan writes nothing"
    propose(desk, TRIALS, apply="true")
    assert propose(desk, TRIALS, apply="true")["same"] == 1, (
        "the same file again proposes nothing new"
    )
    (fact,) = [f for f in stages(desk, FOUNDER) if f.get("proposed")]
    assert (
        fact["source"]["title"] == "NCT00000001"
        and fact["as_of"] == "2026-08-01"
        and fact["detail"]["territory"] == "jp"
    )
    assert [
        f for f in stages(desk, Actor("r", "kari", frozenset({"reviewer"}))) if f.get("proposed")
    ] == [], "others do not see proposals"
    desk.settle()
    with desk.matching.db.reading(ADMINISTRATOR) as session:
        reader = desk.matching.app.extensions["nakodo"]["reader"]
        view = reader.populations.at(session, session.info["today"]).startups["rei-bio"]
        assert view.assets[0].stage.value == "phase-1"
    (waiting,) = desk.client(FOUNDER).get("/api/v1/startups/proposals")["items"]
    rival = Actor("rival", "tsuki-bio", frozenset({"startup"}))
    path = f"/api/v1/startups/rei-bio/facts/{waiting['fact']['id']}/verdict"
    assert refused(desk.client(rival).post, path, {"confirm": True}).status == 403
    assert refused(desk.client(STAFF).post, path, {"confirm": True}).status == 403, (
        "a claimed profile decides for itself"
    )
    desk.client(FOUNDER).post(path, {"confirm": True})
    assert (
        refused(desk.client(FOUNDER).post, path, {"confirm": True}).problem["code"]
        == "not-proposed"
    )
    desk.settle()
    with desk.matching.db.reading(ADMINISTRATOR) as session:
        assert (
            reader.populations.at(session, session.info["today"])
            .startups["rei-bio"]
            .assets[0]
            .stage.value
            == "phase-1-2"
        )


def test_a_refused_proposal_goes_and_staff_decide_for_unclaimed_profiles(desk):
    desk.client().register(
        "startups", startup_form("Tsuki Bio (invented)", id="tsuki-bio", owner=PLATFORM)
    )
    content = table(
        ["採択課題名", "代表機関", "公募回", "採択日", "ステージ"],
        ["課題", "Tsuki Bio", "第6回", "2024年12月16日", "非臨床"],
        ["課題", "どこか", "第6回", "2024-12", ""],
    )
    told = propose(
        desk,
        content,
        "amed.xlsx",
        kind="adoptions",
        title="AMED adoptions",
        programme="amed-startup-ecosystem",
        apply="true",
    )
    (made,) = told["proposed"]
    assert made["fact"]["value"] == {
        "programme": "amed-startup-ecosystem",
        "date": "2024-12-16",
        "call": "第6回",
        "stage": "非臨床",
    }
    assert [u["row"] for u in told["unknown"]] == [3]
    (waiting,) = desk.client(STAFF).get("/api/v1/startups/proposals")["items"]
    desk.client(STAFF).post(
        f"/api/v1/startups/tsuki-bio/facts/{waiting['fact']['id']}/verdict", {"confirm": False}
    )
    assert desk.client(STAFF).get("/api/v1/startups/proposals")["items"] == []
    assert [f["field"] for f in desk.client().profile("startups", "tsuki-bio")["facts"]] == [
        "modality",
        "therapeutic_area",
    ]


@pytest.mark.parametrize(
    ("content", "name", "form", "code"),
    [
        (b"", "x.csv", {}, "table-empty"),
        (b"A,B\n1,2\n", "x.csv", {}, "table-column-missing"),
        (b"not an archive", "x.xlsx", {}, "table-not-xlsx"),
        (TRIALS, "x.csv", {"kind": "guess"}, "invalid"),
        (TRIALS, "x.csv", {"url": "ftp://x"}, "invalid"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused(desk, content, name, form, code):
    assert refused(propose, desk, content, name, **form).problem["code"] == code
    assert len(stages(desk)) == 1


def test_only_staff_propose(desk):
    assert refused(propose, desk, TRIALS, actor=FOUNDER).status == 403
