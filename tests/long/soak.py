"""Everything at once with a poisoned row in every queue: the others' waits unchanged, memory flat,
nothing lost.

    python -m tests.long.soak --minutes 60

One installation in this process, with its workers, in two halves: first without poison, then with.
All the while startups register and change, a feed is read, and mails, letters, timers and webhooks
are due. Reported: how long each good row waited until it was handled (median, p99), memory at begin
and end of each half, what was lost and what stands still. Ends with 1 where anything is lost, where
something else than the poison stands still, where a p99 has grown by more than half and a quarter
of a second, or memory by more than a tenth and 30 MB while poison came in.
"""

import argparse
import gc
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from uuid import UUID, uuid4, uuid5

from sqlalchemy import select

from services.accounts import actions
from services.accounts.models import Letter as Post
from services.matching.models import Copy
from services.matching.queries import Asking
from services.notices.models import ACTIVE, SENT, WAITING, Delivery, Mail, Subscription
from services.programs.models import Letter
from services.up import Composition, wait_until_scored
from shared import timers
from shared.auth import ADMINISTRATOR, Actor, worker
from shared.eventlog import Record
from shared.events import decode
from shared.letters import Courier, write
from shared.queue import Queue
from shared.service import Service, Work
from shared.settings import load
from shared.tables import dead_letters, setbacks
from tests.conftest import mandate_form, migrated, startup_form
from tests.services.test_webhooks import Receiver

FUND, MANDATE = "kari-capital", "kari-capital-equity"
REVIEWER = Actor("reviewer", FUND, frozenset({"reviewer"}), leads=True)
EVIL = "=?utf-8?q?=0aevil?=@evil.co.jp"
NEWER = "of-a-version-to-come"
# a consumer halts at a hundred, so that a person looks
PAUSE_S, DRAIN_S, BAD_EVENTS = 0.1, 60.0, 20
KINDS = ("registration", "change", "webhook", "mail", "letter", "timer")


def resident_mb() -> float:
    """Memory of this process now."""
    gc.collect()
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * 4096 / 1e6


class Soak:
    """One installation with its workers, what was accepted, when each was handled, and what must
    stand still.
    """

    def __init__(self, folder: Path, seed: int):
        for made in migrated().glob("*.db"):
            shutil.copy(made, folder)
        self.composition = Composition(
            load({"NAKODO_WEBHOOK_NETWORKS": "127.0.0.0/8"}, data=folder)
        )
        self.composition.migrate()
        self.services: dict[str, Service] = {
            n: s for n, s in self.composition.services.items() if s.db is not None
        }
        self.dice, self.receiver, self.mailed = random.Random(seed), Receiver(), folder / "mail"
        self.began: dict[tuple[str, str], float] = {}
        self.took: dict[tuple[str, str], float] = {}
        self.asked: dict[str, list[float]] = {"register": [], "feed": []}
        self.poisoned: dict[str, set[str]] = {}
        self.startups: list[str] = []
        self.told: set[str] = set()
        self.read = 0
        self.admin, self.reviewer = (
            self.composition.client(ADMINISTRATOR),
            self.composition.client(REVIEWER),
        )
        self.notices = self.composition.client(worker("accounts"))
        self._prepare()

    def _prepare(self) -> None:
        accounts, startups = self.services["accounts"], self.services["startups"]
        with accounts.db.transaction(ADMINISTRATOR) as session:
            passwords = accounts.app.extensions["nakodo"]["passwords"]
            owner = actions.ensure(
                session,
                passwords,
                "owner@mihon.example.co.jp",
                "見本",
                "mihon",
                ["startup"],
                "four words make one",
            )
            self.owner = owner.id
        self.admin.register(
            "investors", {"id": FUND, "name": {"en": "Kari Capital (invented)"}, "owner": FUND}
        )
        self.admin.register("mandates", mandate_form(FUND, owner=FUND))
        self.reviewer.subscribe("CRM", self.receiver.url, ["match.appeared"])
        startups.queue("timers").table = {**startups.queue("timers").table, "soak": self._fired}
        for service, name in (("matching", "editions"), ("startups", "reminders")):
            self._calendar(self.services[service].queue(name))

    def _calendar(self, queue: Queue) -> None:
        """These rows come with the calendar: the poisoned one is put among them by hand, and the
        queue looks every second.
        """
        waiting, settle, acting = queue.waiting, queue.settle, queue.acting
        place, bad = f"{queue.service}/{queue.name}", "poison/2026"

        def fail(session, item, told):
            if item == bad:
                raise ValueError(item)
            settle(session, item, told)

        queue.every_s, queue.settle = 1.0, fail
        queue.waiting = lambda session: [
            *waiting(session),
            *((bad, session.info["now"]) for _ in self.poisoned.get(place, ())),
        ]
        queue.acting = lambda item: queue.actor if item == bad else acting(item)

    def _fired(self, session, subject: str) -> None:
        if subject.startswith("poison"):
            raise ValueError(subject)
        self.took.setdefault(("timer", subject), time.monotonic() - self.began["timer", subject])

    # -- what people and services do

    def good(self) -> None:
        """One of everything, each noted with when it was accepted."""
        mail, letter, timer = (str(uuid4()) for _ in range(3))
        for kind, row in (("mail", mail), ("letter", letter), ("timer", timer)):
            self.began[kind, row] = time.monotonic()
        params = {"path": "/x", "expires": datetime.now(UTC).isoformat()}
        form = {
            "id": mail,
            "to": f"{mail}@mihon.example.co.jp",
            "template": "reset",
            "locale": "ja",
            "params": params,
        }
        self.notices.post("/services/notices/internal/mails", form)
        with self.services["programs"].db.transaction(ADMINISTRATOR) as session:
            write(session, Letter, letter, "mihon", "application-result", params)
        with self.services["startups"].db.transaction(ADMINISTRATOR) as session:
            timers.at(session, session.info["now"], "soak", timer)
        self._register()
        self._change()
        begun = time.monotonic()
        self.reviewer.feed(MANDATE)
        self.asked["feed"].append(time.monotonic() - begun)

    def _register(self) -> None:
        name, begun = f"soak-{uuid4().hex[:12]}", time.monotonic()
        self.admin.register("startups", startup_form(f"{name} (invented)", id=name, owner=name))
        self.asked["register"].append(time.monotonic() - begun)
        self.startups.append(name)
        self.began["registration", name] = self.began["webhook", name] = begun

    def _change(self) -> None:
        name, begun = self.dice.choice(self.startups[-200:]), time.monotonic()
        self.admin.add_facts(
            "startups", name, [{"field": "technology", "value": f"told {uuid4().hex}"}]
        )
        version = self.admin.profile("startups", name)["version"]
        self.began["change", f"{name}@{version}"] = begun

    def _mail_of(self, letter: str) -> str:
        """The mail that a letter to the owners becomes for the one there is."""
        return str(uuid5(UUID(letter), self.owner))

    # -- poison

    def poison(self) -> None:
        """One row for every queue of every service that can never be handled, or that only a newer
        version knows.
        """
        for name, service in self.services.items():
            for queue in service.queues:
                made = self._bad_row(service, queue)
                self.poisoned.setdefault(f"{name}/{queue.name}", set()).update(made)
        self.poisoned.setdefault("events", set())
        if len(self.poisoned["events"]) < BAD_EVENTS:
            subject = f"poison-{uuid4()}"
            self.composition.eventlog.append([Record("access", subject, "{")])
            self.poisoned["events"].add(subject)

    def _bad_row(self, service: Service, queue: Queue) -> set[str]:
        made = str(uuid4())
        if queue.name in ("editions", "reminders"):
            return {"poison/2026"}
        with service.db.transaction(ADMINISTRATOR) as session:
            now = session.info["now"]
            if queue.name == "timers":
                timers.at(
                    session, now, "soak" if service.name == "startups" else NEWER, f"poison {made}"
                )
                session.flush()
                return {
                    session.execute(
                        select(timers.timers.c.id).where(
                            timers.timers.c.subject == f"poison {made}"
                        )
                    ).scalar_one()
                }
            if queue.name == "mail":
                row = {
                    "recipient": EVIL,
                    "template": "reset",
                    "title": "t",
                    "text": "x",
                    "state": WAITING,
                    "tries": 0,
                }
                session.add(Mail(id=made, next_at=now, written_at=now, **row))
            elif queue.name == "webhooks":
                self._bad_subscription(session, made)
            elif queue.name == "jobs":
                row = {
                    "owner": "o",
                    "subject": made,
                    "problem": {},
                    "limit_s": 1.0,
                    "seed": 1,
                    "state": "waiting",
                    "said": {},
                }
                session.add(queue.model(id=made, kind=NEWER, made_at=now, made_by=made, **row))
            elif isinstance(queue, Courier):
                write(
                    session,
                    queue.model,
                    made,
                    "mihon",
                    self.dice.choice(("application-letter", NEWER)),
                    {"path": 1, "expires": "never"},
                )
            else:
                params = {"path": "/x", "expires": now.isoformat(), "org": None}
                row = {"recipient": EVIL, "template": "reset", "locale": "en", "params": params}
                session.add(Post(id=made, written_at=now, handed_at=None, **row))
        return {made}

    def _bad_subscription(self, session, made: str) -> None:
        """One whose secret nobody can open, with a message due."""
        now, row = (
            session.info["now"],
            {
                "owner": f"x-{made}"[:60],
                "name": "x",
                "url": self.receiver.url,
                "events": [],
                "network": False,
            },
        )
        session.add(
            Subscription(
                id=made, secret=b"no seal of ours", state=ACTIVE, made_by="x", created_at=now, **row
            )
        )
        message = {
            "id": f"m{made}"[:36],
            "number": -self.dice.getrandbits(50),
            "subscription": made,
            "type": "subscription.test",
            "body": "{}",
        }
        session.add(Delivery(state=WAITING, tries=0, made_at=now, next_at=now, **message))

    # -- what came of it

    def look(self) -> None:
        """Notes what has been handled since the last look."""
        now = time.monotonic()
        fresh, self.read = self.receiver.got[self.read :], len(self.receiver.got)
        self.told |= {
            m["data"]["startup"]
            for m in (json.loads(body) for _, _, body in fresh)
            if m["type"] == "match.appeared"
        }
        open_ = {
            kind: [row for (k, row) in self.began if k == kind and (k, row) not in self.took][:400]
            for kind in KINDS
        }
        found = {"webhook": [row for row in open_["webhook"] if row in self.told]}
        mails = {self._mail_of(row): row for row in open_["letter"]} | {
            row: row for row in open_["mail"]
        }
        with self.services["notices"].db.reading(ADMINISTRATOR) as session:
            sent = {
                mails[row]
                for row in session.scalars(
                    select(Mail.id).where(Mail.state == SENT, Mail.id.in_(mails))
                )
            }
        found |= {kind: [row for row in open_[kind] if row in sent] for kind in ("letter", "mail")}
        names = {row.partition("@")[0] for row in open_["registration"] + open_["change"]}
        with self.services["matching"].db.reading(ADMINISTRATOR) as session:
            copies = select(Copy.subject, Copy.version).where(
                Copy.topic == "startups", Copy.subject.in_(names)
            )
            held = dict(session.execute(copies).all())
        found["registration"] = [row for row in open_["registration"] if row in held]
        versions = [row.partition("@") for row in open_["change"]]
        found["change"] = [
            "".join(part) for part in versions if held.get(part[0], 0) >= int(part[2])
        ]
        for kind, rows in found.items():
            for row in rows:
                self.took.setdefault((kind, row), now - self.began[kind, row])

    def half(self, seconds: float, poison_every_s: float = 0.0) -> dict:
        """So many seconds of everything, until all of it is handled, with poison every so often, or
        none; what it was like.
        """
        self.began, self.took, self.asked = {}, {}, {"register": [], "feed": []}
        memory, begun, next_poison = resident_mb(), time.monotonic(), 0.0
        while (elapsed := time.monotonic() - begun) < seconds:
            if poison_every_s and elapsed >= next_poison:
                self.poison()
                next_poison += poison_every_s
            self.good()
            self.look()
            time.sleep(PAUSE_S * self.dice.uniform(0.5, 1.5))
        deadline = time.monotonic() + DRAIN_S
        while len(self.took) < len(self.began) and time.monotonic() < deadline:
            self.look()
            time.sleep(0.05)
        told = {
            "rows": len(self.began),
            "memory_mb": [round(memory, 1), round(resident_mb(), 1)],
            "lost": self.lost(),
        }
        waits = {
            kind: [t for (k, _), t in self.took.items() if k == kind] for kind in KINDS
        } | self.asked
        return told | {kind: _shown(sorted(times)) for kind, times in waits.items()}

    def lost(self) -> dict[str, list[str]]:
        """What was accepted and not handled, by kind; registrations also by the log and by the
        feed, mails by the file.
        """
        missing: dict[str, list[str]] = {}
        for kind, row in set(self.began) - set(self.took):
            missing.setdefault(kind, []).append(row)
        logged = self._logged()
        matching = self.services["matching"]
        with matching.db.reading(REVIEWER) as session:
            feed = {
                item["startup"]
                for item in matching.app.extensions["nakodo"]["reader"].feed(
                    session, MANDATE, Asking(), limit=10**6
                )
            }
        registered = [row for kind, row in self.began if kind == "registration"]
        changed = [row.partition("@") for kind, row in self.began if kind == "change"]
        mails = [
            row if kind == "mail" else self._mail_of(row)
            for kind, row in self.began
            if kind in ("mail", "letter")
        ]
        for kind, rows in (
            ("log", [name for name in registered if name not in logged]),
            (
                "log of changes",
                [name for name, _, version in changed if logged.get(name, 0) < int(version)],
            ),
            ("feed", [name for name in registered if name not in feed]),
            ("files", [mail for mail in mails if not (self.mailed / f"{mail}.eml").exists()]),
        ):
            missing |= {kind: rows} if rows else {}
        return missing

    def _logged(self) -> dict[str, int]:
        """Every startup in the log with its newest version there."""
        log, found = self.composition.eventlog, {}
        reader = log.reader({("startups", p): 0 for p in range(log.partitions("startups"))})
        while entries := reader.poll(500, 0.0):
            for event in (decode(e.value) for e in entries if e.value is not None):
                found[event.subject] = max(found.get(event.subject, 0), event.subjectversion)
        reader.close()
        return found

    def still(self) -> dict[str, set[str]]:
        """What stands still now: rows set back or parked by service and queue, and parked
        events.
        """
        found: dict[str, set[str]] = {}
        for name, service in self.services.items():
            with service.db.reading(ADMINISTRATOR) as session:
                for queue, item in session.execute(select(setbacks.c.queue, setbacks.c.item)):
                    found.setdefault(f"{name}/{queue}", set()).add(item)
                dead = list(
                    session.execute(select(dead_letters.c.consumer, dead_letters.c.subject))
                )
            found.setdefault("events", set()).update(subject for _, subject in dead)
            twice = [row for row, count in Counter(map(tuple, dead)).items() if count > 1]
            assert not twice, f"{name} has parked an event twice: {twice}"
        return found

    def run(
        self, clean_s: float, poisoned_s: float, poison_every_s: float, warm_s: float = 0.0
    ) -> dict:
        work = Work(list(self.services.values()), self.composition.settings.data / "locks")
        work.start()
        try:
            wait_until_scored(self.composition)
            told = {"warm": self.half(warm_s)} if warm_s else {}
            told |= {"clean": self.half(clean_s), "poisoned": self.half(poisoned_s, poison_every_s)}
            deadline, still = time.monotonic() + DRAIN_S, self.still()
            while still != self.poisoned and time.monotonic() < deadline:
                time.sleep(0.1)
                still = self.still()
            return told | {"poison": self.poisoned, "still": still, "stopped": dict(work.failed)}
        finally:
            work.finish()
            self.composition.close()
            self.receiver.server.shutdown()


def _shown(waits: list[float]) -> dict[str, float]:
    cut = quantiles(waits, n=100) if len(waits) > 1 else [0.0] * 99
    return {"count": len(waits), "median_s": round(cut[49], 3), "p99_s": round(cut[98], 3)}


def lost_or_stuck(told: dict) -> list[str]:
    """What no soak may show, however slow the machine: anything lost, anything but the poison
    standing still, a loop that stopped.
    """
    found = [
        f"lost {what} in the half that was {half}"
        for half in ("clean", "poisoned")
        if (what := told[half]["lost"])
    ]
    for place in sorted({*told["poison"], *told["still"]}):
        made, still = told["poison"].get(place, set()), told["still"].get(place, set())
        if made != still:
            found.append(
                f"{place}: {sorted(still - made)[:5]} stand still beside the poison,"
                f" {sorted(made - still)[:5]} of it do not"
            )
    return found + [f"stopped: {name}, {why}" for name, why in told["stopped"].items()]


def slower(told: dict) -> list[str]:
    """Whose p99 has grown with the poison, and memory that has."""
    clean, dirty, found = told["clean"], told["poisoned"], []
    for kind in (*KINDS, "register", "feed"):
        if dirty[kind]["p99_s"] > clean[kind]["p99_s"] * 1.5 + 0.25:
            found.append(f"{kind}: p99 {clean[kind]['p99_s']} s became {dirty[kind]['p99_s']} s")
    begin, end = dirty["memory_mb"]
    return found + ([f"memory grew from {begin} to {end} MB"] if end > begin * 1.1 + 30 else [])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument(
        "--poison-every",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="one more bad row in every queue",
    )
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    half_s = chosen.minutes * 60 / 2
    with tempfile.TemporaryDirectory() as folder:
        told = Soak(Path(folder), chosen.seed).run(
            half_s, half_s, chosen.poison_every, min(30.0, half_s / 2)
        )
    counted = {
        "poison": {place: len(rows) for place, rows in told["poison"].items()},
        "still": {p: len(r) for p, r in told["still"].items()},
    }
    print(json.dumps(told | counted, indent=1, default=list))
    wrong = lost_or_stuck(told) + slower(told)
    print("\n".join(wrong) or "as it should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
