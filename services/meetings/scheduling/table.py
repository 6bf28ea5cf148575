"""A partnering day without any solver: who is free, who may meet, what a schedule breaks, and
meetings being put into slots.

A problem, as JSON: `slots` (a number); `people` [{id, side (startup, investor), free [slot],
most}]; `requests` [{a, b, value 1..100, must, interpreter}] (a a startup, b an investor; what is
blocked or was met lately is not among them); `rooms` and `interpreters` [number per slot]; `pins`
[[a, b, slot]].
"""

from collections import Counter, defaultdict
from typing import NamedTuple

Meetings = list[list]  # [startup, investor, slot]


class Fault(NamedTuple):
    """What a schedule breaks, and of whom (or in which slot)."""

    why: str
    who: str


# what a startup's first meeting and a must-meet weigh beside values (100 at most)
FIRST, MUST = 1_000, 20_000


class Day:
    """The problem by id."""

    def __init__(self, problem: dict):
        self.problem, self.slots = problem, range(problem["slots"])
        self.people = {p["id"]: p for p in problem["people"]}
        self.free = {p["id"]: set(p["free"]) for p in problem["people"]}
        self.requests = {(r["a"], r["b"]): r for r in problem["requests"]}
        self.rooms, self.interpreters = problem["rooms"], problem["interpreters"]
        self.pins = {(a, b): t for a, b, t in problem["pins"]}
        self.startups = [p["id"] for p in problem["people"] if p["side"] == "startup"]
        self.investors = [p["id"] for p in problem["people"] if p["side"] == "investor"]

    def most(self, who: str) -> int:
        """How many meetings somebody can have at all."""
        return min(self.people[who]["most"], len(self.free[who]))

    def worth(self, pair: tuple[str, str]) -> int:
        one = self.requests[pair]
        return one["value"] + MUST * one["must"]

    def value(self, meetings: Meetings) -> int:
        """What a schedule is worth: values, must-meets, every startup's first meeting."""
        return sum(self.worth((a, b)) for a, b, _ in meetings) + FIRST * len(
            {a for a, _, _ in meetings}
        )

    def faults(self, meetings: Meetings) -> list[Fault]:
        """What a schedule breaks: nothing, if it is one."""
        found = [
            Fault("twice", pair[0])
            for pair, n in Counter((a, b) for a, b, _ in meetings).items()
            if n > 1
        ]
        found += [Fault("unasked", a) for a, b, _ in meetings if (a, b) not in self.requests]
        found += [
            Fault("away", who) for a, b, t in meetings for who in (a, b) if t not in self.free[who]
        ]
        busy = Counter((who, t) for a, b, t in meetings for who in (a, b))
        found += [Fault("busy", who) for (who, _), n in busy.items() if n > 1]
        often = Counter(who for a, b, _ in meetings for who in (a, b))
        found += [Fault("cap", who) for who, n in often.items() if n > self.people[who]["most"]]
        used = Counter(t for _, _, t in meetings)
        said = Counter(
            t
            for a, b, t in meetings
            if (a, b) in self.requests and self.requests[a, b]["interpreter"]
        )
        found += [Fault("rooms", str(t)) for t, n in used.items() if n > self.rooms[t]]
        found += [
            Fault("interpreters", str(t)) for t, n in said.items() if n > self.interpreters[t]
        ]
        return found + [
            Fault("pin", pair[0])
            for pair, t in self.pins.items()
            if [*pair, t] not in [list(m) for m in meetings]
        ]

    def unmet(self, meetings: Meetings) -> list[dict]:
        """Must-meets that are not there or may no longer be, wishes of who has met lately, startups
        somebody wants who meet nobody: each with what stands in the way.
        """
        there = {(a, b) for a, b, _ in meetings}
        found = [
            {"a": a, "b": b, "why": why}
            for why in ("apart", "met")
            for a, b in self.problem.get(why, [])
        ]
        table = Table(self, meetings)
        for pair, one in self.requests.items():
            if one["must"] and pair not in there:
                found.append({"a": pair[0], "b": pair[1], "why": self._why(table, pair)})
        met = {a for a, _, _ in meetings}
        for startup in sorted({a for a, _ in self.requests} - met):
            pair = max((p for p in self.requests if p[0] == startup), key=self.worth)
            found.append({"a": startup, "b": None, "why": self._why(table, pair)})
        return found

    def _why(self, table: "Table", pair: tuple[str, str]) -> str:
        common = self.free[pair[0]] & self.free[pair[1]]
        if not common:
            return "never-free-together"
        if any(len(table.of[who]) >= self.people[who]["most"] for who in pair):
            return "daily-cap"
        if all(table.busy(pair[0], t) or table.busy(pair[1], t) for t in common):
            return "busy"
        return "rooms" if all(table.count[t] >= self.rooms[t] for t in common) else "interpreters"


class Table:
    """Meetings being put into slots."""

    def __init__(self, day: Day, meetings: Meetings = ()):
        self.day, self.at = day, {}
        self.of: dict[str, dict[int, tuple]] = defaultdict(dict)  # who -> slot -> pair
        self.count, self.said = Counter(), Counter()
        for a, b, t in meetings:
            self.put((a, b), t)

    def busy(self, who: str, slot: int) -> bool:
        return slot in self.of[who] or slot not in self.day.free[who]

    def room(self, slot: int, interpreter: bool) -> bool:
        free = self.count[slot] < self.day.rooms[slot]
        return free and (not interpreter or self.said[slot] < self.day.interpreters[slot])

    def may(self, pair: tuple, slot: int) -> bool:
        """Whether a pair that has no slot yet fits into one."""
        if pair in self.at or self.busy(pair[0], slot) or self.busy(pair[1], slot):
            return False
        capped = any(len(self.of[who]) >= self.day.people[who]["most"] for who in pair)
        return not capped and self.room(slot, self.day.requests[pair]["interpreter"])

    def put(self, pair: tuple, slot: int) -> None:
        self.at[pair] = slot
        self.count[slot] += 1
        self.said[slot] += self.day.requests[pair]["interpreter"]
        for who in pair:
            self.of[who][slot] = pair

    def take(self, pair: tuple) -> int:
        slot = self.at.pop(pair)
        self.count[slot] -= 1
        self.said[slot] -= self.day.requests[pair]["interpreter"]
        for who in pair:
            del self.of[who][slot]
        return slot

    def meetings(self) -> Meetings:
        return sorted([a, b, t] for (a, b), t in self.at.items())

    def squeeze(self, pair: tuple) -> bool:
        """Puts a pair in where both are free, else where two slots can change places along a chain
        of meetings that both leave whole.
        """
        if any(len(self.of[who]) >= self.day.people[who]["most"] for who in pair):
            return False
        for slot in self.day.slots:
            if self.may(pair, slot):
                self.put(pair, slot)
                return True
        mine = [t for t in self.day.slots if not self.busy(pair[0], t)]
        theirs = [t for t in self.day.slots if not self.busy(pair[1], t)]
        return any(self._exchange(pair, one, other) for one in mine for other in theirs)

    def _exchange(self, pair: tuple, one: int, other: int) -> bool:
        """Frees `one` for the second of a pair: its meeting there goes to `other`, what stood there
        to `one`, and so on to the chain's end.
        """
        chain, who, slot = [], pair[1], one
        while slot in self.of[who]:
            meeting = self.of[who][slot]
            to = other if slot == one else one
            if meeting in self.day.pins or any(to not in self.day.free[w] for w in meeting):
                return False
            chain.append((meeting, slot, to))
            who = meeting[0] if meeting[1] == who else meeting[1]
            slot = to
        for meeting, _, _ in chain:
            self.take(meeting)
        for meeting, _, to in chain:
            self.put(meeting, to)
        if self._sound(one) and self._sound(other) and self.may(pair, one):
            self.put(pair, one)
            return True
        for meeting, _, _ in chain:
            self.take(meeting)
        for meeting, back, _ in chain:
            self.put(meeting, back)
        return False

    def _sound(self, slot: int) -> bool:
        return (
            self.count[slot] <= self.day.rooms[slot]
            and self.said[slot] <= self.day.interpreters[slot]
        )
