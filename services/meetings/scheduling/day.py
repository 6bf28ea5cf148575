"""The day in seconds: first who meets whom (an exact choice under caps, rooms and interpreters over
the whole day, which is the bound), then when.

The first is a small mixed-integer programme. The second lays the chosen pairs into slots, slot by
slot by the best matching of those who have least room left, exchanges slots along chains where a
pair is left over, and fills what is free with the next best requests; then each slot is laid anew
as long as that gains.
"""

import random
import time

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import coo_array

from services.meetings.scheduling.table import FIRST, Day, Meetings, Table
from shared.jobs import Tell, serve

ATTEMPTS = 3  # a fixed number, not a time: the same seed and input give the same day


def solve(problem: dict, seed: int, limit_s: float, tell: Tell) -> tuple[dict, dict]:
    """The schedule with its value, the day's bound and the gap."""
    day, ends = Day(problem), time.monotonic() + limit_s
    chosen, bound = choose(day, ends)
    best: Meetings = []
    dice = random.Random(seed)
    for attempt in range(ATTEMPTS):
        table = _laid(day, chosen, dice, attempt)
        _fill(day, table)
        if day.value(table.meetings()) > day.value(best) or not best:
            best = table.meetings()
            tell({"meetings": best}, {"value": day.value(best), "bound": bound})
        if day.value(best) >= bound:
            break
    value = day.value(best)
    said = {
        "value": value,
        "bound": bound,
        "gap": round((bound - value) / max(bound, 1), 5),
        "optimal": value >= bound,
    }
    return {"meetings": best, "unmet": day.unmet(best)}, said


def choose(day: Day, ends: float) -> tuple[set[tuple], int]:
    """Who meets whom if only the whole day's caps, rooms and interpreters counted, and what that is
    worth: no schedule is worth more.
    """
    pairs = [p for p in day.requests if day.free[p[0]] & day.free[p[1]]]
    if not pairs:
        return set(), 0
    startups = sorted({a for a, _ in pairs})
    number = {who: n for n, who in enumerate([*day.startups, *day.investors])}
    worth = np.array([day.worth(p) for p in pairs] + [FIRST] * len(startups), float)
    cells, most = [], [day.most(who) for who in number]
    for n, pair in enumerate(pairs):
        cells += [(number[who], n, 1) for who in pair]
        cells.append((len(number), n, 1))
        cells += [(len(number) + 1, n, 1)] if day.requests[pair]["interpreter"] else []
    most += [sum(day.rooms), sum(day.interpreters)]
    row = len(most)
    for k, startup in enumerate(startups):  # a first meeting counts once there is one
        cells += [(row + k, len(pairs) + k, 1)] + [
            (row + k, n, -1) for n, p in enumerate(pairs) if p[0] == startup
        ]
        most.append(0)
    rows, columns, values = zip(*cells, strict=True)
    limits = LinearConstraint(
        coo_array((values, (rows, columns)), shape=(len(most), len(worth))).tocsr(), -np.inf, most
    )
    lower = np.array([float(p in day.pins) for p in pairs] + [0.0] * len(startups))
    given = {"time_limit": max((ends - time.monotonic()) / 2, 0.2), "mip_rel_gap": 1e-4}
    told = milp(-worth, constraints=limits, integrality=1, bounds=Bounds(lower, 1), options=given)
    if told.x is None:
        return set(day.pins), int(worth.sum())
    return {p for p, x in zip(pairs, told.x, strict=False) if x > 0.5}, int(
        -told.mip_dual_bound + 1e-6
    )


def _laid(day: Day, chosen: set[tuple], dice: random.Random, attempt: int) -> Table:
    """The chosen pairs in slots, pins first, the tightest slot first; what is left over is squeezed
    in.
    """
    table = Table(day, [[*pair, t] for pair, t in day.pins.items()])
    open_ = {who: set(day.free[who]) for who in day.people}
    order = sorted(day.slots, key=lambda t: (sum(t in free for free in day.free.values()), t))
    if attempt:
        dice.shuffle(order)
    left = chosen - table.at.keys()
    for slot in order:
        for pair in _matching(day, table, left, slot, open_):
            table.put(pair, slot)
            left.discard(pair)
        for free in open_.values():
            free.discard(slot)
    for pair in sorted(left, key=lambda p: (-day.worth(p), p)):
        table.squeeze(pair)
    return table


def _matching(day: Day, table: Table, left: set[tuple], slot: int, open_: dict) -> list[tuple]:
    """The pairs for one slot: those first who have as many meetings left as slots."""
    able = [p for p in sorted(left) if table.may(p, slot)]
    if not able:
        return []
    degree: dict[str, int] = {}
    for a, b in left:
        degree[a], degree[b] = degree.get(a, 0) + 1, degree.get(b, 0) + 1
    slack = {who: len(open_[who]) - n for who, n in degree.items()}
    weight = {p: 1 + 4.0 ** -slack[p[0]] + 4.0 ** -slack[p[1]] + day.worth(p) / 1e6 for p in able}
    return _within(day, table, slot, able, weight)


def _within(day: Day, table: Table, slot: int, able: list[tuple], weight: dict) -> list[tuple]:
    """The best matching a slot's rooms and interpreters have room for: a price on interpreters
    until they suffice, then the least of it goes.
    """
    price, rooms, voices = (
        0.0,
        day.rooms[slot] - table.count[slot],
        day.interpreters[slot] - table.said[slot],
    )
    for _ in range(12):
        found = _best(
            able, {p: w - price * day.requests[p]["interpreter"] for p, w in weight.items()}
        )
        spoken = [p for p in found if day.requests[p]["interpreter"]]
        if len(spoken) <= voices:
            break
        price = price * 2 or min(weight.values()) / 2
    spoken = sorted(
        (p for p in found if day.requests[p]["interpreter"]), key=lambda p: (-weight[p], p)
    )[: max(voices, 0)]
    kept = [p for p in found if not day.requests[p]["interpreter"]] + spoken
    return sorted(kept, key=lambda p: (-weight[p], p))[: max(rooms, 0)]


def _best(able: list[tuple], weight: dict) -> list[tuple]:
    """A matching of the greatest weight; a pair that costs more than it brings stays out."""
    rows = {a: n for n, a in enumerate(sorted({p[0] for p in able}))}
    columns = {b: n for n, b in enumerate(sorted({p[1] for p in able}))}
    table = np.zeros((len(rows), len(columns)))
    at = {}
    for pair in able:
        cell = rows[pair[0]], columns[pair[1]]
        table[cell], at[cell] = max(weight[pair], 0.0), pair
    chosen = zip(*linear_sum_assignment(table, maximize=True), strict=True)
    return [
        at[cell] for cell in ((int(i), int(j)) for i, j in chosen) if cell in at and table[cell] > 0
    ]


def _fill(day: Day, table: Table) -> None:
    """Whatever else fits: must-meets and whoever has nothing yet first, then by value; then slots
    laid anew as long as that gains.
    """

    def rank(pair):
        return -day.worth(pair) - FIRST * (not table.of[pair[0]]), pair

    for pair in sorted(day.requests.keys() - table.at.keys(), key=rank):
        table.squeeze(pair)
    gained = True
    while gained:
        gained = any([_anew(day, table, slot) for slot in day.slots])


def _anew(day: Day, table: Table, slot: int) -> bool:
    """Lays one slot anew among everybody who is free in it; True if the day is worth more for
    it.
    """
    before, now = (
        day.value(table.meetings()),
        [p for p, t in table.at.items() if t == slot and p not in day.pins],
    )
    for pair in now:
        table.take(pair)
    able = [p for p in sorted(day.requests) if table.may(p, slot)]
    weight = {p: day.worth(p) + FIRST * (not table.of[p[0]]) for p in able}
    for pair in _within(day, table, slot, able, weight) if able else []:
        table.put(pair, slot)
    if day.value(table.meetings()) > before:
        return True
    for pair in [p for p, t in table.at.items() if t == slot and p not in day.pins]:
        table.take(pair)
    for pair in now:
        table.put(pair, slot)
    return False


if __name__ == "__main__":
    serve(solve)
