"""Outgoing queues: a row that can never work, or does not work now, delays nobody, is never lost
and is never said to have left.
"""

import itertools
import random
import smtplib
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, update

from nakodo_client import Refused, Unreachable
from services.accounts.models import Letter as Post
from services.matching.editions import Editions
from services.notices.models import WAITING, Mail
from services.notices.sender import Sender, judged
from services.programs.models import Letter
from services.startups.reconfirm import Reminders
from shared import timers
from shared.auth import ADMINISTRATOR, worker
from shared.letters import Courier, write
from shared.queue import LONGEST, TRIES, Away, Never, pause
from shared.tables import setbacks
from shared.tables import timers as timer_rows
from shared.timers import Timekeeper
from tests.conftest import Stack

POISON = "=?utf-8?q?=0aevil?=@evil.co.jp"


def a_mail(stack, to: str, **more) -> str:
    """A mail as an earlier version stored it, past every door."""
    made = str(uuid4())
    with stack.composition.services["notices"].db.transaction(ADMINISTRATOR) as session:
        now = session.info["now"]
        row = {
            "id": made,
            "recipient": to,
            "template": "reset",
            "title": "t",
            "text": "x",
            "state": WAITING,
            "tries": 0,
        }
        session.add(Mail(**row | {"next_at": now, "written_at": now} | more))
    return made


def held(service, queue: str) -> list[dict]:
    with service.db.reading(ADMINISTRATOR) as session:
        return service.queue(queue).rows(session)


def delivered(stack) -> set[str]:
    return {p.stem for p in (stack.composition.settings.data / "mail").glob("*.eml")}


def test_a_poisoned_mail_is_parked_alone_and_all_others_leave_across_a_restart(tmp_path):
    stack = Stack(tmp_path)
    poisoned = [a_mail(stack, POISON), a_mail(stack, "=?utf-8?q??=@x.jp")]
    good = {a_mail(stack, f"person{n}@mihon.example") for n in range(2)} | {
        a_mail(stack, "a@b.example", title="two\nlines")
    }
    notices = stack.composition.services["notices"]
    assert notices.queue("mail").round() == 3 and delivered(stack) == good
    stack.composition.close()
    again = Stack(tmp_path)
    later = a_mail(again, "later@mihon.example")
    notices = again.composition.services["notices"]
    again.clock.move(days=1)
    assert notices.queue("mail").round() == 1 and delivered(again) == good | {later}
    rows = held(notices, "mail")
    assert {r["item"] for r in rows} == set(poisoned) and all(
        r["parked_at"] and r["cause"] == "Never" for r in rows
    )
    again.composition.close()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.jp": (550, b"no such user")}), Never),
        (smtplib.SMTPRecipientsRefused({"a@b.jp": (450, b"grey")}), smtplib.SMTPRecipientsRefused),
        (smtplib.SMTPDataError(554, b"spam"), Never),
        (smtplib.SMTPDataError(451, b"later"), smtplib.SMTPDataError),
        (smtplib.SMTPNotSupportedError("SMTPUTF8"), Never),
        (smtplib.SMTPAuthenticationError(535, b"who?"), Away),
        (smtplib.SMTPServerDisconnected("gone"), Away),
        (smtplib.SMTPSenderRefused(550, b"who?", "n@x"), Away),
    ],
    ids=lambda v: type(v).__name__,
)
def test_a_mail_servers_refusal_is_the_mails_fault_or_the_servers(error, kind):
    assert type(judged(error)) is kind


def test_a_server_that_is_away_parks_nothing_however_long_and_is_not_asked_for_every_mail(
    stack, monkeypatch
):
    for n in range(10):
        a_mail(stack, f"person{n}@mihon.example")
    notices, asked = stack.composition.services["notices"], []
    sender = Sender(
        notices.db,
        "smtp://127.0.0.1:9",
        "n@nakodo.example",
        stack.composition.settings.data / "mail",
    )
    monkeypatch.setattr(
        Sender,
        "_post",
        lambda self, message: (
            asked.append(1) or (_ for _ in ()).throw(ConnectionRefusedError("away"))
        ),
    )
    for _ in range(40):
        with pytest.raises(Away):
            sender.round()
        stack.clock.move(minutes=7)
    assert len(asked) == 3 * 40, "three in a row, then the queue rests"
    assert not any(r["parked_at"] for r in held(notices, "mail"))
    monkeypatch.undo()
    stack.clock.move(minutes=10)
    assert (
        Sender(
            notices.db, None, "n@nakodo.example", stack.composition.settings.data / "mail"
        ).round()
        == 10
    )
    assert held(notices, "mail") == []


def test_the_pause_grows_has_an_end_and_spreads_rows_that_failed_together():
    growing = [pause(n, False, 0.0) for n in range(1, TRIES + 1)]
    assert (
        growing == sorted(growing) and growing[0] <= timedelta(seconds=5) and growing[-1] <= LONGEST
    )
    assert sum(growing, timedelta()) > timedelta(hours=8), "longer than an upgrade or a grey list"
    assert pause(10_000, True, 1.0) <= timedelta(minutes=7) and pause(3, False, 1.0) > pause(
        3, False, 0.0
    )


def a_letter(stack, template: str = "application-result", **params) -> str:
    made = str(uuid4())
    with stack.composition.services["programs"].db.transaction(ADMINISTRATOR) as session:
        write(
            session,
            Letter,
            made,
            "mihon",
            template,
            {"path": "/x", "expires": session.info["now"].isoformat()} | params,
        )
    return made


def test_a_refused_letter_is_parked_alone_and_one_only_a_newer_version_knows_waits(stack):
    programs = stack.composition.services["programs"]
    newer, wrong = a_letter(stack, "of-a-version-to-come"), a_letter(stack, bad=1)
    good = {a_letter(stack) for _ in range(3)}
    courier = programs.queue("letters")
    assert courier.round() == 3
    rows = {r["item"]: r for r in held(programs, "letters")}
    assert set(rows) == {newer, wrong} and rows[wrong]["parked_at"] and not rows[newer]["parked_at"]
    with programs.db.reading(ADMINISTRATOR) as session:
        handed = set(session.scalars(select(Letter.id).where(Letter.handed_at.is_not(None))))
    assert handed == good
    taken = []
    upgraded = Courier("programs", programs.db, Letter, lambda letter: taken.append(letter["id"]))
    stack.clock.move(minutes=1)
    assert (
        upgraded.round() == 1
        and taken == [newer]
        and [r["item"] for r in held(programs, "letters")] == [wrong]
    )


def test_a_poisoned_post_of_accounts_keeps_no_reset_waiting(stack):
    """As an earlier version stored it: notices refuses the address now, and the reset behind it
    leaves.
    """
    accounts = stack.composition.services["accounts"]
    with accounts.db.transaction(ADMINISTRATOR) as session:
        now = session.info["now"]
        params = {"path": "/links/x", "expires": now.isoformat(), "org": None}
        for n, to in enumerate([POISON, "sakura@mihon.example"]):
            row = {
                "recipient": to,
                "template": "reset",
                "locale": "ja",
                "params": params,
                "handed_at": None,
            }
            session.add(
                Post(
                    id=f"00000000-0000-4000-8000-00000000000{n}",
                    written_at=now + timedelta(seconds=n),
                    **row,
                )
            )
    assert (
        accounts.queue("letters").round() == 1
        and stack.composition.services["notices"].queue("mail").round() == 1
    )
    assert [r["item"][-1] for r in held(accounts, "letters") if r["parked_at"]] == ["0"]


def test_a_failing_timer_and_an_unknown_one_keep_no_other_waiting_and_are_not_lost(stack):
    db, fired = stack.matching.db, []

    def wake(session, subject):
        if subject == "bad":
            raise ValueError("bad")
        fired.append(subject)

    with db.transaction(ADMINISTRATOR) as session:
        for name, subject in [
            ("wake", "bad"),
            ("of-a-version-to-come", "s"),
            ("wake", "good"),
            ("wake", "also good"),
        ]:
            timers.at(session, session.info["now"], name, subject)
    old = Timekeeper("matching", db, {"wake": wake})
    assert old.fire_due() == 2 and sorted(fired) == ["also good", "good"]
    causes = {r["cause"] for r in old_rows(db, old)}
    assert causes == {"ValueError", "Unknown"} and not any(
        r["parked_at"] for r in old_rows(db, old)
    )
    stack.clock.move(minutes=1)
    new = Timekeeper(
        "matching",
        db,
        {"wake": wake, "of-a-version-to-come": lambda session, subject: fired.append("newer")},
    )
    assert new.fire_due() == 1 and fired[-1] == "newer"
    for _ in range(TRIES):
        stack.clock.move(hours=4)
        new.fire_due()
    (row,) = old_rows(db, new)
    assert row["parked_at"] and row["tries"] == TRIES and row["detail"] == "bad"


def old_rows(db, queue) -> list[dict]:
    with db.reading(ADMINISTRATOR) as session:
        return queue.rows(session)


def test_a_mandate_and_a_startup_that_fail_keep_no_other_from_edition_and_letter(
    stack, monkeypatch
):
    from services.matching import editions
    from services.startups import reconfirm

    made, waiting = [], [(f"m{n}/2026-W47", stack.clock.now()) for n in range(3)]

    def make(session, reader, mandate, owner, week):
        if mandate == "m0":
            raise KeyError(mandate)
        made.append(mandate)

    monkeypatch.setattr(editions, "_make", make)
    queue = Editions(stack.matching.db, None)
    queue.owners = {f"m{n}": "kari" for n in range(3)}
    monkeypatch.setattr(
        queue, "waiting", lambda session: [row for row in waiting if row[0][:2] not in made]
    )
    assert queue.round() == 2 and made == ["m1", "m2"] and queue.due() == []
    stack.clock.move(minutes=1)
    assert queue.due() == ["m0/2026-W47"], "the one that failed backs off alone"
    monkeypatch.setattr(
        reconfirm,
        "due",
        lambda startup, today: (_ for _ in ()).throw(ValueError("a fact nobody can date")),
    )
    assert reconfirm._concerned(None, None), (
        "a startup whose facts cannot be read has a turn of its own, in which it fails alone"
    )
    assert (
        isinstance(
            Reminders(stack.composition.services["startups"].db).attempt("rei/2026-10"), Exception
        )
        is False
    )


def test_a_subscription_that_cannot_be_signed_for_keeps_no_other_waiting(stack):
    from services.notices.models import ACTIVE, Delivery, Subscription

    notices = stack.composition.services["notices"]
    seals = notices.queue("webhooks").seals
    with notices.db.transaction(ADMINISTRATOR) as session:
        now = session.info["now"]
        for number, (name, secret) in enumerate(
            [("broken", b"no seal of ours"), ("fine", seals.close("fine", "whsec_QUJD"))]
        ):
            parts = {
                "id": name,
                "owner": "kari",
                "name": name,
                "url": "https://127.0.0.1:1/",
                "events": [],
                "network": False,
            }
            session.add(
                Subscription(secret=secret, state=ACTIVE, made_by="r", created_at=now, **parts)
            )
            message = {
                "id": f"m-{name}",
                "number": number,
                "subscription": name,
                "type": "subscription.test",
                "body": "{}",
            }
            session.add(Delivery(state="waiting", tries=0, made_at=now, next_at=now, **message))
    assert notices.queue("webhooks").round() == 1
    assert [(r["item"], r["tries"]) for r in held(notices, "webhooks")] == [("broken", 1)]
    with notices.db.reading(ADMINISTRATOR) as session:
        assert (
            session.get(Delivery, "m-fine").tries == 1
            and session.get(Delivery, "m-broken").tries == 0
        )


def test_a_job_of_an_unknown_kind_keeps_no_other_waiting(stack):
    from services.meetings.models import Job

    meetings = stack.composition.services["meetings"]
    with meetings.db.transaction(ADMINISTRATOR) as session:
        row = {
            "owner": "o",
            "subject": "d",
            "problem": {},
            "limit_s": 1.0,
            "seed": 1,
            "state": "waiting",
            "said": {},
            "made_by": "p",
        }
        session.add(Job(id="a", kind="of-a-version-to-come", made_at=session.info["now"], **row))
        session.add(
            Job(id="b", kind="day", made_at=session.info["now"] + timedelta(seconds=1), **row)
        )
    jobs = meetings.queue("jobs")
    assert jobs.due() == ["a"]
    jobs.step()
    assert jobs.due() == ["b"] and [r["cause"] for r in held(meetings, "jobs")] == ["Unknown"]


def test_many_jobs_nobody_knows_are_set_back_in_one_go_and_keep_no_other_waiting(
    stack, monkeypatch
):
    from services.meetings.models import Job

    meetings = stack.composition.services["meetings"]
    with meetings.db.transaction(ADMINISTRATOR) as session:
        row = {
            "owner": "o",
            "problem": {},
            "limit_s": 1.0,
            "seed": 1,
            "state": "waiting",
            "said": {},
            "made_at": session.info["now"],
        }
        session.add_all(
            Job(id=f"j{n}", kind="of-a-version-to-come", subject=f"d{n}", made_by=f"p{n}", **row)
            for n in range(20)
        )
    jobs, stop = meetings.queue("jobs"), threading.Event()
    monkeypatch.setattr(jobs, "rest", lambda *_: stop.set())
    jobs.run(stop)
    assert len(held(meetings, "jobs")) == 20, (
        "the queue rests once it has tried all, not after each that fails"
    )


def test_a_parked_row_is_retried_through_its_own_path_or_discarded_with_a_reason(stack):
    notices = stack.composition.services["notices"]
    queue, made = notices.queue("mail"), [a_mail(stack, POISON), a_mail(stack, POISON)]
    assert queue.round() == 0 and queue.round() == 0
    with notices.db.transaction(ADMINISTRATOR) as session:
        assert queue.retry(session, made[0]) and not queue.retry(session, "no such row")
        assert queue.discard(session, made[1], "a test address") and not queue.discard(
            session, made[1], "twice"
        )
    assert queue.round() == 0, "it still cannot be written, and says so again"
    assert [(r["item"], bool(r["parked_at"])) for r in held(notices, "mail")] == [(made[0], True)]
    with notices.db.transaction(ADMINISTRATOR) as session:
        assert session.get(Mail, made[1]).text is None
        session.execute(
            update(Mail).where(Mail.id == made[0]).values(recipient="mended@mihon.example")
        )
        assert queue.retry(session, made[0])
    assert queue.round() == 1 and delivered(stack) == {made[0]} and held(notices, "mail") == []


def test_what_no_longer_waits_is_not_shown_as_parked(stack):
    notices = stack.composition.services["notices"]
    made = a_mail(stack, POISON)
    notices.queue("mail").round()
    stack.client(worker("accounts")).post(
        "/services/notices/internal/mails/forgotten", {"to": POISON}
    )
    notices.queue("mail").forget()
    assert held(notices, "mail") == [] and made not in delivered(stack)


def test_any_mixture_of_rows_ends_with_every_good_one_handled_once(stack):
    """Whatever fails and however often: nothing is lost, nothing handled twice, nothing waits for a
    neighbour.
    """
    dice, handled = random.Random(3), []
    kinds = {
        f"row{n:02}": dice.choice(["good", "never", "later", "away", "odd"]) for n in range(40)
    }
    tries = dict.fromkeys(kinds, 0)

    class Rows(Timekeeper):
        name = "rows"

        def settle(self, session, item, told):
            with self.db.reading(self.actor) as inner:
                row = inner.execute(
                    select(timer_rows.c.subject).where(timer_rows.c.id == item)
                ).scalar_one()
            kind, tries[row] = kinds[row], tries[row] + 1
            if kind == "never":
                raise Never("never")
            if kind == "odd":
                raise ValueError("odd")
            if kind in ("later", "away") and tries[row] < 4:
                raise {"later": RuntimeError, "away": Unreachable}[kind]("not now")
            session.execute(
                update(timer_rows)
                .where(timer_rows.c.id == item)
                .values(fired_at=session.info["now"])
            )
            handled.append(row)

    db = stack.matching.db
    with db.transaction(ADMINISTRATOR) as session:
        now = session.info["now"]
        session.execute(
            insert(timer_rows),
            [
                {"id": str(uuid4()), "due": now, "name": "x", "subject": r, "fired_at": None}
                for r in kinds
            ],
        )
    queue = Rows("matching", db, {})
    for _ in itertools.repeat(None, 3):
        try:
            queue.round()
        except Away:
            pass
    assert set(handled) >= {r for r, k in kinds.items() if k == "good"} - set(list(kinds)[-1:])
    for _ in range(30):
        stack.clock.move(hours=4)
        try:
            queue.round()
        except Away:
            pass
    assert sorted(handled) == sorted(r for r, k in kinds.items() if k in ("good", "later", "away"))
    with db.reading(ADMINISTRATOR) as session:
        parked = session.scalars(
            select(setbacks.c.item).where(
                setbacks.c.queue == "rows", setbacks.c.parked_at.is_not(None)
            )
        ).all()
        counts = queue.measure(session)
    assert len(parked) == sum(k in ("never", "odd") for k in kinds.values()) == counts["parked"][0]
    assert counts["waiting"] == (0, 0.0) and counts["parked"][1] > 0


def test_a_refusal_says_whether_it_will_ever_be_another():
    def told(status: int, *errors: tuple[str, str]) -> Refused:
        return Refused(status, {"errors": [{"field": f, "code": c} for f, c in errors]})

    assert (
        told(422, ("to", "address-local")).permanent
        and not told(422, ("template", "unknown-code")).permanent
    )
    assert not told(422, ("params.subject_en", "unknown-key")).permanent, (
        "a newer letter met an older version"
    )
    assert told(422, ("params.subject_en", "too-long")).permanent and told(413).permanent
    assert told(503).away and told(401).away and not told(500).away and not told(500).permanent
