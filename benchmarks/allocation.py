"""Reviewers shared out by CP-SAT beside a greedy clerk, on seeded panels; and planted orders
recovered by one scale beside raw means.

python -m benchmarks.allocation [--panels 40] [--applications 200] [--reviewers 12]
"""

import argparse
import json
import random
import statistics
import time

import numpy as np
from scipy.stats import spearmanr

from services.programs.planning import allocation
from services.programs.planning.consensus import consensus


def panel(dice: random.Random, applications: int, reviewers: int) -> dict:
    """A tight panel: room for a tenth more reviews than are wanted, fields unevenly spread, a
    conflict in twenty pairs.
    """
    fields = [f"field-{n}" for n in range(6)]
    wanted = 3 * applications
    shares = [dice.uniform(0.6, 1.4) for _ in range(reviewers)]
    return {
        "applications": [
            {"id": f"a{n:03}", "topics": [dice.choices(fields, (6, 4, 3, 2, 1, 1))[0]]}
            for n in range(applications)
        ],
        "reviewers": [
            {
                "id": f"r{n:02}",
                "expertise": dice.sample(fields, 2),
                "most": round(1.1 * wanted * s / sum(shares)),
                "load": 0,
            }
            for n, s in enumerate(shares)
        ],
        "conflicts": sorted(
            [f"a{a:03}", f"r{r:02}"]
            for a in range(applications)
            for r in range(reviewers)
            if dice.random() < 0.05
        ),
        "held": [],
        "per_application": 3,
    }


def greedy(problem: dict) -> list[list[str]]:
    """What a careful clerk does: application by application, who knows the field first, of those
    whoever has most room.
    """
    room = {r["id"]: r["most"] for r in problem["reviewers"]}
    barred, pairs = {tuple(c) for c in problem["conflicts"]}, []
    for one in problem["applications"]:
        free = [
            r
            for r in problem["reviewers"]
            if room[r["id"]] > 0 and (one["id"], r["id"]) not in barred
        ]
        free.sort(key=lambda r: (not allocation.knows(r, one), -room[r["id"]], r["id"]))
        for r in free[: problem["per_application"]]:
            room[r["id"]] -= 1
            pairs.append([one["id"], r["id"]])
    return pairs


def judged(problem: dict, pairs: list) -> dict:
    """Reviews lacking, applications that nobody who knows their field reads, reviews by people
    outside it.
    """
    by = {r["id"]: r for r in problem["reviewers"]}
    readers: dict[str, list] = {}
    for a, r in pairs:
        readers.setdefault(a, []).append(by[r])
    lacking = sum(
        problem["per_application"] - len(readers.get(a["id"], [])) for a in problem["applications"]
    )
    known = {
        a["id"]: sum(allocation.knows(r, a) for r in readers.get(a["id"], []))
        for a in problem["applications"]
    }
    outside = sum(len(readers.get(a, [])) - n for a, n in known.items())
    return {
        "lacking": lacking,
        "uncovered": sum(n == 0 for n in known.values()),
        "outside": outside,
    }


def panels(given) -> dict:
    told: dict[str, list] = {"solver": [], "greedy": []}
    for seed in range(given.panels):
        problem = panel(random.Random(seed), given.applications, given.reviewers)
        for name, run in (
            ("solver", lambda p: allocation.solve(p, 1, 30.0, lambda *_: None)[0]["pairs"]),
            ("greedy", greedy),
        ):
            begin = time.perf_counter()
            pairs = run(problem)
            told[name].append(judged(problem, pairs) | {"ms": 1000 * (time.perf_counter() - begin)})
    mean = {
        name: {k: round(statistics.mean(r[k] for r in rows), 1) for k in rows[0]}
        for name, rows in told.items()
    }
    return mean | {
        "panels where greedy lacks a review": sum(r["lacking"] > 0 for r in told["greedy"])
    }


def orders(given) -> dict:
    """Rank correlation with planted worths, and how many of the true first 20 stand among the first
    20.
    """
    found: dict[str, list] = {
        "one scale": [],
        "raw means": [],
        "one scale, first 20": [],
        "raw means, first 20": [],
    }
    for seed in range(given.panels):
        dice = np.random.default_rng(seed)
        worth, leaning = dice.normal(0.5, 0.12, 200), dice.normal(0, 0.12, 12)
        reviews = [
            (
                f"a{a:03}",
                f"r{r:02}",
                float(np.clip(worth[a] + leaning[r] + dice.normal(0, 0.08), 0, 1)),
            )
            for a in range(200)
            for r in dice.choice(12, 3, replace=False)
        ]
        told = {s.id: s for s in consensus(reviews, 20, 1).standings}
        first = set(np.argsort(-worth)[:20])
        for name, key in (("one scale", "worth"), ("raw means", "mean")):
            values = np.array([getattr(told[f"a{a:03}"], key) for a in range(200)])
            found[name].append(spearmanr(worth, values)[0])
            found[f"{name}, first 20"].append(len(first & set(np.argsort(-values)[:20])))
    return {name: round(float(np.mean(v)), 3) for name, v in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("panels", 40), ("applications", 200), ("reviewers", 12)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    print(
        json.dumps(
            {"sharing out, means": panels(given), "planted orders, means": orders(given)}, indent=1
        )
    )


if __name__ == "__main__":
    main()
