"""Random sequences of join, invite, make, leave, come back and revoke: nothing made by who left
still works.

`python -m tests.long.leaving --count 10000 --seed 1`; a few hundred in CI
(tests/services/test_leaving.py). Each sequence has an organisation of its own on one stack; what
must work and what must not is kept beside as plain sets.
"""

import argparse
import random
import tempfile
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import select

from services.accounts import actions, links, membership
from services.accounts.models import ApiClient, Letter, Membership, Person
from services.accounts.passwords import Passwords
from services.matching.models import Expert
from services.notices.models import ENDED, Subscription
from services.startups.models import Link as Share
from shared.auth import ADMINISTRATOR, Actor
from shared.departures import sign
from shared.errors import DomainError
from shared.links import new_secret, trace
from tests.conftest import Stack

ROUND, STEPS = 50, 14


def stack(folder) -> Stack:
    """A stack with a quick hasher: thousands of people sign in."""
    made = Stack(folder)
    passwords = made.composition.services["accounts"].app.extensions["nakodo"]["passwords"] = (
        Passwords()
    )
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return made


def settle(made: Stack) -> None:
    """As the stack does, and notices hears who has left, too."""
    made.settle()
    ear = next(c for c in made.composition.services["notices"].consumers if c.name == "access")
    reader = ear.open()
    while entries := reader.poll(500, 0.0):
        ear.handle(entries)
    reader.close()


class Story:
    """One organisation: who belongs to it, what each made, what must still work."""

    def __init__(self, made: Stack, seed: int):
        self.stack, self.seed, self.dice, self.org = made, seed, random.Random(seed), f"org-{seed}"
        self.accounts = made.composition.services["accounts"]
        self.log: list[str] = []
        self.inside: dict[str, bool] = {}  # member: owner
        # id of what works by itself: (kind, who made it)
        self.held: dict[str, tuple[str, str]] = {}
        self.secrets: dict[str, str] = {}
        self.gone: dict[str, str] = {}  # id of what must not work any more: kind
        self.newcomers = 0
        self._join(self._person(), owner=True)

    def _person(self) -> str:
        self.newcomers += 1
        with self.accounts.db.transaction(ADMINISTRATOR) as session:
            return actions.add_person(
                session, f"p{self.newcomers}@{self.org}.example.jp", "Nanashi", "en", None
            ).id

    def _join(self, person: str, owner: bool) -> None:
        with self.accounts.db.transaction(ADMINISTRATOR) as session:
            actions.join(session, session.get_one(Person, person), self.org, ["startup"], owner)
            handle, row = actions.begin(session, session.get_one(Person, person), self.org, False)
        self.inside[person] = owner
        self.held[row.id], self.secrets[row.id] = ("session", person), handle

    def _as(self, person: str) -> Actor:
        return Actor(
            person, self.org, frozenset({"startup"}), issued=self.stack.clock.now().timestamp()
        )

    def step(self) -> None:
        self.stack.clock.move(seconds=1)
        act = self.dice.choice(
            [
                "join",
                "back",
                "invite",
                "client",
                "webhook",
                "share",
                "expert",
                "leave",
                "leave",
                "cancel",
                "stop",
                "demote",
            ]
        )
        who = self.dice.choice(sorted(self.inside))
        self.log.append(f"{act} {who[-4:]}")
        getattr(self, f"_{act}_")(who)

    def _join_(self, who: str) -> None:
        self._join(self._person(), owner=self.dice.random() < 0.5)

    def _back_(self, who: str) -> None:
        """Somebody who left is a member again: with nothing of before."""
        with self.accounts.db.reading(ADMINISTRATOR) as session:
            left = session.scalars(
                select(Membership.person)
                .where(Membership.org == self.org, Membership.state == "ended")
                .order_by(Membership.id)
            )
            known = list(left)
        if known:
            self._join(self.dice.choice(known), owner=False)

    def _invite_(self, who: str) -> None:
        email = f"guest{len(self.log)}@{self.org}.example.jp"
        with self.accounts.db.transaction(self._as(who)) as session:
            try:
                row = membership.invite(session, {"email": email, "roles": ["startup"]})
            except DomainError:
                assert not self.inside[who], "an owner may invite"
                return
            assert self.inside[who], "nobody else invites without being let"
            letter = session.scalars(select(Letter).where(Letter.recipient == email)).one()
        self.held[row.id], self.secrets[row.id] = (
            ("invitation", who),
            letter.params["path"].rsplit("/", 1)[-1],
        )

    def _client_(self, who: str) -> None:
        with self.accounts.db.transaction(self._as(who)) as session:
            row, secret = membership.add_client(session, {"name": "CRM", "roles": ["startup"]})
            child = ApiClient(
                id=f"child-{row.id}"[:36],
                org=self.org,
                name="old",
                roles=[],
                secret=trace("s"),
                created_by=row.id,
                version=0,
            )
            child.created_at, child.ended_at = session.info["now"], None
            session.add(child)  # as older versions let a client make one
        self.held[row.id], self.secrets[row.id] = ("client", who), secret
        self.held[child.id], self.secrets[child.id] = ("client", who), "s"

    def _thing(self, service: str, who: str, kind: str, row) -> None:
        with self.stack.composition.services[service].db.transaction(self._as(who)) as session:
            sign(session, row)
            session.add(row)
        self.held[row.id] = (kind, who)

    def _ids(self) -> dict:
        return {"id": new_secret()[:36], "owner": self.org}

    def _webhook_(self, who: str) -> None:
        row = Subscription(
            **self._ids(),
            name="x",
            url="https://x.example",
            events=[],
            roles=["startup"],
            network=False,
            secret=b"",
            state="active",
        )
        row.created_at = self.stack.clock.now()
        maker = next(
            (c for c, (kind, by) in self.held.items() if kind == "client" and by == who), None
        )
        self._thing("notices", maker if maker and self.dice.random() < 0.5 else who, "webhook", row)
        self.held[row.id] = (
            ("webhook", who) if row.made_by == who else (f"webhook of {row.made_by}", who)
        )

    def _share_(self, who: str) -> None:
        row = Share(
            **self._ids(),
            startup="x",
            kind="share",
            secret=new_secret(),
            language="en",
            tier="network",
            used=0,
        )
        row.made_at, row.expires_at = (
            self.stack.clock.now(),
            self.stack.clock.now() + timedelta(days=30),
        )
        self._thing("startups", who, "share", row)

    def _expert_(self, who: str) -> None:
        row = Expert(
            **self._ids(), startup="x", mandate="y", name="z", secret=new_secret(), questions=[]
        )
        row.made_at, row.expires_at = (
            self.stack.clock.now(),
            self.stack.clock.now() + timedelta(days=30),
        )
        self._thing("matching", who, "expert", row)

    def _end(self, which: list[str]) -> None:
        for one in which:
            self.gone[one] = self.held.pop(one)[0]

    def _leave_(self, who: str) -> None:
        leader = next((p for p, owner in sorted(self.inside.items()) if owner and p != who), None)
        if leader is None and self.inside[who]:
            return  # the last owner stays
        with self.accounts.db.transaction(
            self._as(leader if leader and self.dice.random() < 0.7 else who)
        ) as session:
            mine = select(Membership.id).where(Membership.person == who, Membership.org == self.org)
            membership.end_membership(session, session.scalars(mine).one())
        del self.inside[who]
        self._end([one for one, (_, maker) in self.held.items() if maker == who])

    def _cancel_(self, who: str) -> None:
        waiting = sorted(
            one for one, (kind, maker) in self.held.items() if kind == "invitation" and maker == who
        )
        if waiting:
            with self.accounts.db.transaction(self._as(who)) as session:
                membership.cancel_invitation(session, waiting[0])
            self._end(waiting[:1])

    def _stop_(self, who: str) -> None:
        """A client is ended, and with it what it made."""
        mine = sorted(
            one
            for one, (kind, maker) in self.held.items()
            if kind == "client" and maker == who and not one.startswith("child")
        )
        if mine:
            with self.accounts.db.transaction(self._as(who)) as session:
                membership.end_client(session, mine[0])
            made = [one for one, (kind, _) in self.held.items() if kind == f"webhook of {mine[0]}"]
            made += [
                one
                for one, (kind, _) in self.held.items()
                if kind == f"webhook of child-{mine[0]}"[:48]
            ]
            self._end([mine[0], f"child-{mine[0]}"[:36], *made])

    def _demote_(self, who: str) -> None:
        """An owner takes a right away: what invitations rested on it end, and sessions of an owner
        who is none any more.
        """
        other = next((p for p, owner in sorted(self.inside.items()) if owner and p != who), None)
        if other is None or not self.inside[who]:
            return
        with self.accounts.db.transaction(self._as(other)) as session:
            mine = select(Membership.id).where(Membership.person == who, Membership.org == self.org)
            membership.change_member(
                session, session.scalars(mine).one(), {"owner": False, "invites": False}
            )
        self.inside[who] = False
        self._end(
            [
                one
                for one, (kind, maker) in self.held.items()
                if maker == who and kind in ("invitation", "session")
            ]
        )

    # -- what works

    def works(self, one: str, kind: str) -> bool:
        if kind in ("session", "invitation", "client"):
            with self.accounts.db.transaction(ADMINISTRATOR) as session:
                try:
                    if kind == "session":
                        actions.exchange(session, self.secrets[one])
                    elif kind == "invitation":
                        links.open_link(session, self.secrets[one])
                    else:
                        membership.client_actor(session, one, self.secrets[one])
                except DomainError:
                    return False
                return True
        place, table = {"share": ("startups", Share), "expert": ("matching", Expert)}.get(
            kind, ("notices", Subscription)
        )
        with self.stack.composition.services[place].db.reading(ADMINISTRATOR) as session:
            row = session.get_one(table, one)
            return row.state != ENDED if table is Subscription else row.ended_at is None

    def faults(self) -> list[str]:
        wrong = [
            f"{kind} {one[:12]} still works"
            for one, kind in self.gone.items()
            if self.works(one, kind)
        ]
        wrong += [
            f"{kind} {one[:12]} ended though its maker is a member"
            for one, (kind, _) in self.held.items()
            if not self.works(one, kind)
        ]
        return [f"seed {self.seed}: {fault}; {', '.join(self.log)}" for fault in wrong]


def run(made: Stack, first: int, count: int, told=lambda done: None) -> list[str]:
    """What was wrong after so many sequences, none where all is right."""
    faults: list[str] = []
    for begin in range(first, first + count, ROUND):
        stories = [Story(made, seed) for seed in range(begin, min(begin + ROUND, first + count))]
        for _ in range(STEPS):
            for story in stories:
                story.step()
        settle(made)
        for story in stories:
            faults += story.faults()
        told(begin - first + len(stories))
    return faults


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made, begun = stack(folder), datetime.now()
        faults = run(
            made,
            given.seed,
            given.count,
            lambda done: print(f"\r{done} sequences", end="", flush=True),
        )
        made.composition.close()
    print(
        f"\n{given.count} sequences in {datetime.now() - begun}, {len(faults)} faults",
        *faults[:20],
        sep="\n",
    )
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
