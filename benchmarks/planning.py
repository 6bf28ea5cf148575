"""Placement and the partnering day beside what a user would pick instead: a greedy clerk and a
plain CP-SAT model, in one run.

python -m benchmarks.planning [--long 120]
"""

import argparse
import json
import random
import statistics
import time

from ortools.sat.python import cp_model

from services.meetings.scheduling import day, repair
from services.meetings.scheduling.table import FIRST, Day, Table
from services.programs.planning import placement
from services.programs.planning.case import Case


def cohort(seed: int, windows: int, resources: tuple, floors: int) -> dict:
    """500 startups, 50 sites; a third of the pairs barred, five wishes each; room for about all of
    them.
    """
    dice = random.Random(seed)
    sites = [
        {
            "id": f"w{j}",
            "hub": f"h{j % 4}",
            "capacity": {
                r: [dice.randint(1, 20 if windows == 1 else 5) for _ in range(windows)]
                for r in resources
            },
        }
        for j in range(50)
    ]
    startups = []
    for i in range(500):
        needs = {"seat": 1} if len(resources) == 1 else {r: dice.randint(0, 2) for r in resources}
        one = {
            "id": f"s{i}",
            "needs": needs,
            "windows": sorted(dice.sample(range(windows), dice.randint(1, windows))),
            "tags": [dice.choice("abc")],
        }
        startups.append(
            one | {"prefs": {f"w{j}": dice.randint(0, 100) for j in dice.sample(range(50), 5)}}
        )
    for site in sites:
        site["prefs"] = {f"s{i}": dice.randint(0, 100) for i in range(500)}
    barred = [[f"s{i}", f"w{j}"] for i in range(500) for j in range(50) if dice.random() < 0.3]
    asked = [
        {
            "tag": dice.choice("abc"),
            "at": dice.choice([None, "h0", "h1", "h2", "h3"]),
            "least": dice.randint(1, 12),
        }
        for _ in range(floors)
    ]
    return {
        "windows": [str(t) for t in range(windows)],
        "startups": startups,
        "sites": sites,
        "barred": barred,
        "pins": [],
        "floors": asked,
        "held": [],
    }


def placements() -> dict:
    told = {}
    for name, made in (
        ("plain", cohort(1, 1, ("seat",), 0)),
        ("windows, three resources, floors", cohort(2, 4, ("seat", "bench", "bsl2"), 6)),
    ):
        case, times = Case(made), []
        for _ in range(5 if name == "plain" else 1):
            begin = time.perf_counter()
            plan, said = placement.solve(made, 1, 10.0, lambda *_: None)
            times.append(1000 * (time.perf_counter() - begin))
        begin = time.perf_counter()
        clerk = case.stable()
        asked = time.perf_counter() - begin
        assert case.faults(plan["placed"]) == []
        ours = {
            "placed": len(plan["placed"]),
            "wishes": case.summary(plan["placed"])["value"],
            "ms": round(statistics.median(times)),
            "said": said,
        }
        told[name] = {
            "ours": ours,
            "clerk by wishes": {
                "placed": len(clerk),
                "wishes": case.summary(clerk)["value"],
                "ms": round(1000 * asked),
            },
        }
    return told


def event(seed: int) -> dict:
    """100 startups, 40 investors, 16 slots, 30 rooms, 8 interpreters; some 1,000 requests."""
    dice = random.Random(seed)
    people = [
        {
            "id": f"s{i:03}",
            "side": "startup",
            "free": [t for t in range(16) if dice.random() < 0.85],
            "most": dice.randint(4, 8),
        }
        for i in range(100)
    ]
    people += [
        {
            "id": f"i{j:02}",
            "side": "investor",
            "free": [t for t in range(16) if dice.random() < 0.85],
            "most": dice.randint(8, 14),
        }
        for j in range(40)
    ]
    asked = [
        {
            "a": f"s{i:03}",
            "b": f"i{j:02}",
            "value": dice.randint(1, 100),
            "must": dice.random() < 0.03,
            "interpreter": dice.random() < 0.3,
        }
        for i in range(100)
        for j in dice.sample(range(40), dice.randint(6, 14))
    ]
    return {
        "slots": 16,
        "people": people,
        "requests": asked,
        "rooms": [30] * 16,
        "interpreters": [8] * 16,
        "pins": [],
    }


def by_hand(one: Day) -> list:
    """The best request first, into the first slot that takes it."""
    table = Table(one)
    for pair in sorted(one.requests, key=lambda p: (-one.worth(p), p)):
        slot = next((t for t in one.slots if table.may(pair, t)), None)
        if slot is not None:
            table.put(pair, slot)
    return table.meetings()


def plain_cp_sat(one: Day, limit_s: float) -> tuple[list, float]:
    """One boolean for each request and slot, every rule as it reads: what anybody would write
    first.
    """
    model, x = cp_model.CpModel(), {}
    for pair in one.requests:
        for slot in one.free[pair[0]] & one.free[pair[1]]:
            x[*pair, slot] = model.new_bool_var("")
    for pair in one.requests:
        model.add_at_most_one(v for (a, b, _), v in x.items() if (a, b) == pair)
    for who in one.people:
        mine = [(t, v) for (a, b, t), v in x.items() if who in (a, b)]
        for slot in one.slots:
            model.add_at_most_one(v for t, v in mine if t == slot)
        model.add(sum(v for _, v in mine) <= one.people[who]["most"])
    for slot in one.slots:
        model.add(sum(v for (_, _, t), v in x.items() if t == slot) <= one.rooms[slot])
        model.add(
            sum(v for (a, b, t), v in x.items() if t == slot and one.requests[a, b]["interpreter"])
            <= one.interpreters[slot]
        )
    met = {a: model.new_bool_var("") for a in {a for a, _ in one.requests}}
    for a, v in met.items():
        model.add(sum(w for (s, _, _), w in x.items() if s == a) >= v)
    model.maximize(
        sum(one.worth((a, b)) * v for (a, b, _), v in x.items()) + FIRST * sum(met.values())
    )
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = limit_s, 4
    state = solver.solve(model)
    found = [
        list(key)
        for key, v in x.items()
        if state in (cp_model.OPTIMAL, cp_model.FEASIBLE) and solver.boolean_value(v)
    ]
    return found, solver.best_objective_bound


def days(long: float) -> dict:
    made = event(0)
    one, times = Day(made), []
    for _ in range(5):
        begin = time.perf_counter()
        told, said = day.solve(made, 1, 10.0, lambda *_: None)
        times.append(1000 * (time.perf_counter() - begin))
    assert one.faults(told["meetings"]) == []
    empty = len({r["a"] for r in made["requests"]} - {a for a, _, _ in told["meetings"]})
    found = {
        "ours": {
            "value": said["value"],
            "meetings": len(told["meetings"]),
            "empty-handed": empty,
            "ms": round(statistics.median(times)),
        }
    }
    clerk = by_hand(one)
    found["greedy"] = {"value": one.value(clerk), "meetings": len(clerk)}
    for name, limit in (("plain CP-SAT, 10 s", 10.0), (f"plain CP-SAT, {long:.0f} s", long)):
        plan, bound = plain_cp_sat(one, limit)
        found[name] = {"value": one.value(plan), "meetings": len(plan), "bound": round(bound)}
    least = min(said["bound"], found[f"plain CP-SAT, {long:.0f} s"]["bound"])
    found["share of the least bound"] = {
        name: round(row["value"] / least, 5) for name, row in found.items() if "value" in row
    }
    values = {
        name: sum(one.requests[a, b]["value"] for a, b, _ in plan)
        for name, plan in (("ours", told["meetings"]), ("greedy", clerk))
    }
    return found | {"values alone": values, "mended": mended(made, told["meetings"])}


def mended(made: dict, meetings: list) -> dict:
    lost = {
        "a slot": {
            "people": [p | {"free": [t for t in p["free"] if t != 5]} for p in made["people"]]
        },
        "a room all day": {"rooms": [n - 1 for n in made["rooms"]]},
        "an interpreter all day": {"interpreters": [n - 1 for n in made["interpreters"]]},
        "an investor": {"requests": [r for r in made["requests"] if r["b"] != "i03"]},
    }
    found = {}
    for name, change in lost.items():
        begin = time.perf_counter()
        _, said = repair.solve(made | change | {"meetings": meetings}, 1, 10.0, lambda *_: None)
        found[name] = said | {"ms": round(1000 * (time.perf_counter() - begin))}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", type=float, default=120)
    given = parser.parse_args()
    print(
        json.dumps(
            {"placement, 500 x 50": placements(), "day, 100 x 40 x 16": days(given.long)}, indent=1
        )
    )


if __name__ == "__main__":
    main()
