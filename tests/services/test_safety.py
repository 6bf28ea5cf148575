"""What an attacker with an account, or a curious neighbour on the machine, gets: nothing that runs,
no hint, no slow query.
"""

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import event, select

from nakodo_client import Client, Refused
from services.accounts import actions
from services.accounts.models import Person
from services.accounts.passwords import Passwords
from services.cli import main
from shared.auth import ADMINISTRATOR, Actor
from tests.conftest import OFFICER, REVIEWER, Stack, mandate_form, startup_form
from tests.flow.server import Running

MAIL_IN_LOG = re.compile(r"startup@mihon-therapeutics\.example")
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
WORD = "four words make one"
PEOPLE = {"startup": "evil-bio", "reviewer": "evil-fund", "officer": "evil-office"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """An installation in which every text that somebody may write is hostile."""
    stack = Stack(tmp_path_factory.mktemp("safety"))
    admin = stack.client()
    admin.register(
        "investors",
        {
            "id": "evil-fund",
            "name": {"en": EVIL, "ja": EVIL},
            "owner": "evil-fund",
            "note": EVIL,
            "aliases": [EVIL],
        },
    )
    admin.register(
        "mandates",
        mandate_form(
            "evil-fund", id="evil-fund-equity", owner="evil-fund", name={"en": EVIL}, note=EVIL
        ),
    )
    facts = [
        {
            "field": "modality",
            "value": "car-t",
            "note": EVIL,
            "source": {"kind": "web", "url": "https://example.com/?q=%22%3E", "title": EVIL},
        },
        {"field": "therapeutic_area", "value": "aml"},
        {"field": "technology", "value": EVIL},
        {"field": "partnering_goal", "value": "market-entry-us", "note": EVIL},
    ]
    form = startup_form(id="evil-bio", owner="evil-bio", aliases=[EVIL], note=EVIL) | {
        "name": {"en": EVIL, "ja": EVIL, "kana": EVIL}
    }
    form |= {
        "former_names": [{"en": EVIL, "until": "2020"}],
        "legal_entities": [{"name": EVIL}],
        "facts": facts,
    }
    form["assets"] = [{"id": "a", "name": EVIL, "lead": True}]
    admin.register("startups", form)
    admin.register("startups", startup_form(EVIL, id="evil-twin", owner="nakodo"))
    with stack.composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        for role, org in PEOPLE.items():
            actions.ensure(session, Passwords(), f"{role}@evil.example", EVIL, org, [role], WORD)
        claimer = session.scalar(select(Person.id).where(Person.email == "startup@evil.example"))
    stack.claimer = claimer
    yield stack.settle()
    stack.composition.close()


def pages(world, role: str):
    """Every page of the portal that needs no more than its address, as one of the hostile
    people.
    """
    portal = world.composition.services["portal"].app
    web = portal.test_client()
    signed = web.post(
        "/sign-in",
        data={"email": f"{role}@evil.example", "password": WORD},
        headers={"Origin": "http://localhost"},
    )
    assert signed.status_code == 302, signed.text[-300:]
    ids = {
        "slug": "evil-bio",
        "name": "evil-fund",
        "startup": "evil-bio",
        "mandate": "evil-fund-equity",
        "token": "x" * 43,
    }
    for rule in portal.url_map.iter_rules():
        if (
            "GET" in rule.methods
            and rule.endpoint.startswith("portal.")
            and not rule.endpoint.endswith(("static", "openid"))
        ):
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: ids.get(m.group(1), "x"), rule.rule)
            yield path, web.get(path)
    for path in (
        f"/search?q={EVIL}",
        "/startups/evil-bio?as=network",
        "/feeds/evil-fund?invented=1",
        f"/nothing/{EVIL}",
    ):
        yield path, web.get(path)


@pytest.mark.parametrize("role", PEOPLE)
def test_no_text_that_anybody_wrote_runs_on_any_page(world, role):
    shown = 0
    for path, answer in pages(world, role):
        text = answer.get_data().decode(errors="replace")
        html = answer.mimetype == "text/html"
        assert not html or (
            "<script" not in re.sub(r'<script src="/static/[a-z]+\.js" defer></script>', "", text)
            and "<img src=x" not in text
            and " onerror=" not in re.sub(r"&[^;]+;", "", text.split("&lt;")[0])
        ), path
        shown += html and "&lt;script&gt;" in text
    assert shown >= 3, "the texts are there, as texts"


def test_every_answer_says_how_it_may_be_read(world):
    for name, service in world.composition.services.items():
        answer = service.app.test_client().get("/live")
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
    page = world.composition.services["portal"].app.test_client().get("/sign-in")
    policy = page.headers["Content-Security-Policy"]
    for part in (
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ):
        assert part in policy
    assert (
        "script-src 'self';" in policy
        and page.headers["Referrer-Policy"]
        and "unsafe" not in policy
    )


def test_nobody_writes_what_is_not_asked_for(world):
    """Mass assignment: owner, origin, version, state of others, roles: a form takes what it names
    and nothing else.
    """
    reviewer = world.client(REVIEWER)
    for path, form in (
        ("/api/v1/investors", {"name": {"en": "A"}, "owner": "evil-fund"}),
        ("/api/v1/investors", {"name": {"en": "A"}, "version": 9}),
        ("/api/v1/investors", {"name": {"en": "A"}, "origin": "public-sources"}),
        (
            "/api/v1/subscriptions",
            {
                "name": "a",
                "url": "https://a.example.com/",
                "events": ["profile.changed"],
                "owner": "evil-fund",
            },
        ),
        (
            "/api/v1/subscriptions",
            {
                "name": "a",
                "url": "https://a.example.com/",
                "events": ["profile.changed"],
                "network": True,
            },
        ),
        ("/api/v1/accounts/clients", {"name": "a", "roles": ["administrator"]}),
        ("/api/v1/accounts/clients", {"name": "a", "roles": ["reviewer"], "org": "evil-fund"}),
        ("/api/v1/previews", {"mandate": "evil-fund-equity", "person": "x"}),
    ):
        with pytest.raises(Refused) as refused:
            reviewer.post(path, form)
        assert refused.value.status in (403, 422), (path, form)


def test_nobody_but_who_verifies_says_that_a_fact_is_verified_and_by_whom(world):
    """A form of a startup, an investor or an office cannot lend its own statement the word of
    somebody else.
    """
    founder, reviewer = (
        world.client(a) for a in (Actor("f", "forger-bio", frozenset({"startup"})), REVIEWER)
    )
    fact = {
        "field": "technology",
        "value": "anything",
        "source": {"kind": "web", "url": "https://meti.example/list"},
    }
    wrong = (
        ({"verified": "confirmed"}, "verified"),
        ({"source": fact["source"] | {"publisher": "METI"}}, "source.publisher"),
        ({"source": {"kind": "dataset", "title": "METI list"}}, "source.kind"),
    )
    founder.register("startups", startup_form("Forger Bio (invented)", id="forger-bio"))
    for more, field in wrong:
        for call in (
            lambda f: founder.add_facts("startups", "forger-bio", [f]),
            lambda f: founder.register(
                "startups", startup_form("Forger Two (invented)") | {"facts": [f]}
            ),
            lambda f: reviewer.register(
                "investors", {"name": {"en": "Forger Fund (invented)"}, "facts": [f]}
            ),
        ):
            with pytest.raises(Refused) as refused:
                call(fact | more)
            told = {e["field"]: e["code"] for e in refused.value.problem["errors"]}
            assert (
                refused.value.status == 422 and told.get(f"facts.0.{field}") == "not-yours-to-state"
            ), told
    with pytest.raises(Refused) as refused:
        founder.register(
            "startups", startup_form("Forger Three (invented)", name_evidence={"en": "METI"})
        )
    assert refused.value.problem["errors"][0]["field"] == "name_evidence"
    facts = founder.get("/api/v1/startups/forger-bio/facts")["items"]
    assert all("verified" not in f and f["source"] == {"kind": "self-declared"} for f in facts)
    world.client().add_facts(
        "startups",
        "forger-bio",
        [fact | {"verified": "confirmed", "source": fact["source"] | {"publisher": "METI"}}],
    )
    assert any(
        f.get("verified") == "confirmed"
        for f in founder.get("/api/v1/startups/forger-bio/facts")["items"]
    )


HOT = {
    "startups": [
        "/api/v1/startups?limit=50",
        "/api/v1/startups/evil-bio",
        "/api/v1/startups?modality=car-t&limit=50",
        "/api/v1/startups?area=aml",
    ],
    "investors": ["/api/v1/investors?limit=50", "/api/v1/mandates?investor=evil-fund"],
    "matching": [
        "/api/v1/feeds/evil-fund",
        "/api/v1/matches/evil-bio/evil-fund-equity",
        "/api/v1/search?q=Evil+Biotech",
        "/api/v1/matches?startup=evil-bio",
    ],
    "notices": ["/api/v1/subscriptions"],
}


@pytest.mark.parametrize("service", HOT)
def test_no_hot_path_scans_a_table(world, service):
    """The plans of every statement of the most asked questions: an index, or the rows in the order
    of their key.
    """
    running, seen, scans = world.composition.services[service], [], []

    def listen(conn, cursor, statement, parameters, context, many) -> None:
        seen.append((statement, parameters))

    event.listen(running.db.engine, "before_cursor_execute", listen)
    actor = {"notices": OFFICER}.get(service, ADMINISTRATOR)
    for path in HOT[service]:
        token = world.composition.issuer.token(actor, world.clock.now())
        answer = running.app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, (path, answer.text[:200])
    event.remove(running.db.engine, "before_cursor_execute", listen)
    raw = running.db.engine.raw_connection()
    for statement, parameters in [s for s in seen if s[0].lstrip().startswith("SELECT")]:
        for row in raw.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters):
            if re.fullmatch(r"SCAN (?!CONSTANT)\w+", row[3]) and not re.search(
                r"SCAN (\(subquery|anon_|revocations|calibrations|vectors)", row[3]
            ):
                scans.append((row[3], statement[:160]))
    raw.close()
    assert seen and scans == []


def test_a_password_is_not_taken_from_the_command_line(tmp_path):
    """Where everybody on the machine could read it."""
    data = [
        "--data",
        str(tmp_path),
        "add-person",
        "a@evil.example",
        "--name",
        "A",
        "--org",
        "evil-bio",
        "--role",
        "startup",
    ]
    assert CliRunner().invoke(main, [*data, "--password", WORD]).exit_code == 2
    made = CliRunner().invoke(main, data, input=f"{WORD}\n")
    assert made.exit_code == 0 and WORD not in made.output, made.output


def test_no_secret_stands_in_a_log_or_a_process_list_even_when_everything_is_logged(tmp_path):
    server = Running(tmp_path, environ={"NAKODO_LOG_LEVEL": "debug"}).start(120)
    try:
        known = json.loads((tmp_path / "keys" / "demo.json").read_text())["startup"]
        secrets = [known["password"], "a-wrong-word-in-clear"]
        visitor = Client(server.url, "")
        told = visitor.post(
            "/api/v1/sessions", {"email": known["email"], "password": known["password"]}
        )
        with pytest.raises(Refused):
            visitor.post("/api/v1/sessions", {"email": known["email"], "password": secrets[1]})
        person = Client(server.url, told["access_token"])
        secrets += [told["session"], told["access_token"]]
        secrets.append(
            person.post("/api/v1/accounts/clients", {"name": "CRM", "roles": ["startup"]})["secret"]
        )
        secrets.append(
            person.subscribe("CRM", "https://crm.example.com/x", ["profile.changed"])["secret"]
        )
        with pytest.raises(Refused):
            person.request(
                "POST",
                "/api/v1/people/me/password",
                content=f'{{"old": "{secrets[0]}"',
                headers={"Content-Type": "application/json"},
            )
        secrets.append(person.post("/api/v1/people/me/second-factor")["secret"])
        processes = (
            [
                p
                for p in Path("/proc").glob("[0-9]*")
                if os.getpgid(int(p.name)) == server.process.pid
            ]
            if Path("/proc").exists()
            else []
        )
        shown = b"".join((p / "cmdline").read_bytes() for p in processes).decode()
    finally:
        server.stop()
    log = server.log.read_text()
    assert len(log) > 1000, "everything is logged"
    for secret in secrets:
        assert secret not in log and secret not in shown
    assert MAIL_IN_LOG.search(log) is None, "nor an address"
