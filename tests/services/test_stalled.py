"""What stands still, as administrators see it: by service and queue or consumer, in the API, on the
page, on the command line.
"""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from nakodo_client import Refused
from services import operate, show
from services.cli import main
from services.notices.models import WAITING, Mail
from services.portal import stalled as pages
from services.portal.queue_texts import QUEUES
from shared.auth import ADMINISTRATOR, Actor
from shared.consumer import Consumer
from shared.eventlog import LogUnavailable
from shared.tables import dead_letters
from tests.conftest import Stack

POISON = "=?utf-8?q?=0aevil?=@evil.co.jp"


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """One parked mail, one parked event, one row that waits."""
    stack = Stack(tmp_path_factory.mktemp("stalled"))
    notices, startups = (
        stack.composition.services["notices"],
        stack.composition.services["startups"],
    )
    with notices.db.transaction(ADMINISTRATOR) as session:
        now = session.info["now"]
        for to in (POISON, "later@mihon.example"):
            row = {
                "id": str(uuid4()),
                "recipient": to,
                "template": "reset",
                "title": "t",
                "text": "x",
                "state": WAITING,
                "tries": 0,
            }
            session.add(Mail(**row, next_at=now, written_at=now))
    queue = notices.queue("mail")
    [queue.attempt(item) for item in queue.due() if item == _poisoned(notices)]
    with startups.db.transaction(ADMINISTRATOR) as session:
        where = {
            "consumer": "access",
            "topic": "access",
            "partition": 0,
            "offset": 3,
            "subject": "sakura",
        }
        session.execute(
            insert(dead_letters).values(
                **where,
                cause="ValueError",
                detail="a bug",
                value="{",
                parked_at=session.info["now"],
            )
        )
    stack.clock.move(minutes=10)
    yield stack
    stack.composition.close()


def _poisoned(notices) -> str:
    with notices.db.reading(ADMINISTRATOR) as session:
        return session.query(Mail.id).filter(Mail.recipient == POISON).scalar()


def test_administrators_alone_see_number_and_age_by_queue_and_consumer(held):
    told = held.client().stalled("notices")
    mail = next(p for p in told["places"] if p["place"] == "mail")
    assert (
        mail["parked"] == {"rows": 1, "age_s": 600.0}
        and mail["waiting"] == {"rows": 1, "age_s": 600.0}
        and not mail["backing-off"]["rows"]
    )
    access = next(p for p in held.client().stalled("startups")["places"] if p["place"] == "access")
    assert access["kind"] == "consumer" and access["parked"]["rows"] == 1
    for role in ("startup", "reviewer", "officer", "site-manager"):
        client = held.client(Actor("somebody", "mihon", frozenset({role})))
        for ask in (
            lambda c: c.stalled("notices"),
            lambda c: c.retry_stalled("notices", "mail", "x"),
            lambda c: c.discard_stalled("notices", "mail", "x", "yes"),
        ):
            with pytest.raises(Refused) as refused:
                ask(client)
            assert refused.value.status == 403
    with pytest.raises(Refused) as refused:
        held.client().retry_stalled("notices", "mail", "no such row")
    assert refused.value.status == 404
    with pytest.raises(Refused) as refused:
        held.client().discard_stalled("notices", "mail", "x", "")
    assert refused.value.status == 422


def test_the_figures_and_the_doctor_name_what_is_parked(held):
    figures = {
        (s.name, *s.labels.values()): s.value
        for family in held.composition.services["notices"].gauges.collect()
        for s in family.samples
        if family.name.startswith("nakodo_queue_")
    }
    assert (
        figures["nakodo_queue_rows", "notices", "mail", "parked"] == 1
        and figures["nakodo_queue_age_seconds", "notices", "mail", "parked"] == 600
    )
    found = {f["what"]: f for f in operate.examine(held.composition)}
    assert (
        not found["notices: queue mail"]["ok"]
        and "1 parked (600 s)" in found["notices: queue mail"]["value"]
    )
    assert found["notices: queue webhooks"]["ok"] and not found["startups: dead letters"]["ok"]
    listed = show.dead(operate.stalled_rows(held.composition))
    assert "notices/mail/" in listed and "startups/access/1" in listed and "a bug" in listed


def test_the_doctor_goes_on_where_the_log_does_not_answer(held, monkeypatch):
    """The fault: a traceback from the one command that operators are sent to when something is
    wrong.
    """

    def away(self):
        raise LogUnavailable("Kafka: nobody there")

    monkeypatch.setattr(Consumer, "open", away)
    found = {f["what"]: f for f in operate.examine(held.composition)}
    assert not found["event log"]["ok"] and "nobody there" in found["event log"]["value"]
    assert "platform staff" in found and not found["notices: queue mail"]["ok"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (LogUnavailable("Kafka: nobody there"), "the event log does not answer"),
        (OperationalError("SELECT 1", {}, Exception("refused\nagain")), "the database does not"),
    ],
)
def test_a_command_without_its_log_or_database_says_which_in_a_line(held, monkeypatch, error, told):
    def away(*asked):
        raise error

    monkeypatch.setattr(operate, "stalled_rows", away)
    shown = CliRunner().invoke(
        main, ["--data", str(held.composition.settings.data), "dead", "list"]
    )
    assert shown.exit_code == 2 and told in shown.output and len(shown.output.splitlines()) == 1


def browser(stack, lang: str):
    app = stack.composition.services["portal"].app
    visitor = app.test_client()
    with visitor.session_transaction() as session:
        session.update(
            handle="h",
            role="administrator",
            org="nakodo",
            name="Admin",
            until=(stack.clock.now() + timedelta(hours=1)).isoformat(),
        )
    app.extensions["portal"]["client"] = lambda token, lang, headers: stack.composition.client(
        ADMINISTRATOR, lang
    )
    app.extensions["portal"]["tokens"].get = lambda handle, fetch: "t"
    visitor.environ_base["HTTP_ORIGIN"] = "http://localhost"
    visitor.set_cookie("lang", lang)
    return visitor


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", ("Outgoing mail", "parked", "10 min")), ("ja", ("メール送信", "保留", "10分"))],
)
def test_the_page_shows_them_in_words_and_offers_what_can_be_done(held, lang, words):
    page = browser(held, lang).get("/stalled").get_data(as_text=True)
    assert (
        all(word in page for word in words)
        and "cannot be written" in page
        and page.count('value="retry"') == 2
    )
    assert "built-in method" not in page and "&lt;" not in re.sub(
        r"(?s)<p>[^<]*<code>.*?</p>", "", page
    )


def test_from_the_page_a_row_is_tried_again_or_given_up_for_a_reason(held):
    visitor, notices = browser(held, "en"), held.composition.services["notices"]
    row = {"service": "notices", "place": "mail", "item": _poisoned(notices)}
    assert "a moment" in visitor.post(
        "/stalled", data=row | {"do": "retry"}, follow_redirects=True
    ).get_data(as_text=True)
    assert row["item"] in notices.queue("mail").due()
    notices.queue("mail").attempt(row["item"])
    assert visitor.post("/stalled", data=row | {"do": "discard", "reason": ""}).status_code == 422
    assert "audit trail" in visitor.post(
        "/stalled", data=row | {"do": "discard", "reason": "a test"}, follow_redirects=True
    ).get_data(as_text=True)
    assert not [r for r in held.client().stalled("notices")["items"]]
    with visitor.session_transaction() as session:
        session["role"] = "officer"
        session.pop("until")
    assert (
        visitor.get("/stalled").status_code == 404
        and visitor.post("/stalled", data=row).status_code == 404
    )


def test_every_service_and_every_queue_has_its_name(held):
    services = {s.name: s for s in held.composition.services.values() if s.db is not None}
    assert set(pages.SERVICES) == set(services) and all(
        f"service-{name}" in QUEUES for name in services
    )
    assert {f"queue-{q.name}" for s in services.values() for q in s.queues} <= set(QUEUES)
