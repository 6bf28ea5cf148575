"""Startups to sites over time windows: as many as possible, then by what both sides wish;
capacities, gates, pins, bans and floors always hold.

A problem, as JSON: `windows` [name]; `startups` [{id, needs {resource: amount}, windows [index],
prefs {site: 0..100}, tags}]; `sites` [{id, hub, capacity {resource: [amount per window]}, prefs
{startup: 0..100}}]; `barred` [[startup, site]] (a gate fails, or banned); `pins` [[startup, site,
window or null]]; `floors` [{tag, at (site, hub or null), least}]; `held` [[startup, site, window]]
(a plan to depart from as little as possible). An answer: `placed` [[startup, site, window]], the
best in this order: most startups, fewest moved, highest sum of both sides' wishes.

Where every startup needs one unit of the one resource and no floor asks for more this is a flow,
exact in milliseconds (OR-tools). Else each of the three aims in turn is a mixed-integer programme
(HiGHS): its linear relaxation is the bound, a plan rounded from it the first answer, and what the
bound shows to be useless is left out before the rest is searched.
"""

import time

import numpy as np
from ortools.graph.python import min_cost_flow
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

from services.programs.planning.case import Case, Option, Placed, Table
from shared.jobs import Tell, serve

EACH = 1000  # what a place weighs beside wishes (200 at most) where a first plan is rounded
# options beyond which a search ends no sooner than the time; what is known by then is said with its
# gap
MANY = 12_000


def solve(problem: dict, seed: int, limit_s: float, tell: Tell) -> tuple[dict, dict]:
    """The plan, with whether each aim is proven best and how far it may be off; or, where pins and
    floors clash, which.
    """
    case = Case(problem)
    return _flow(case) if plain(problem) else Search(case, limit_s, tell).run()


def plain(problem: dict) -> bool:
    """Whether every startup takes one unit of the one resource there is, and no floor asks for
    more.
    """
    resources = {r for s in problem["sites"] for r in s["capacity"]} | {
        r for s in problem["startups"] for r in s["needs"]
    }
    return (
        len(resources) == 1
        and not problem["floors"]
        and all(list(s["needs"].values()) == [1] for s in problem["startups"])
    )


# -- the plain case: a flow


def _flow(case: Case) -> tuple[dict, dict]:
    """Source, startups, (site, window) nodes, sink; a startup may also stay out. Exact, all three
    aims in one cost.
    """
    options = case.pinned
    startups, nodes = {s: n for n, s in enumerate(case.startups)}, {}
    for o in options:
        nodes.setdefault((o.site, o.window), len(startups) + len(nodes))
    source, sink = len(startups) + len(nodes), len(startups) + len(nodes) + 1
    flow, resource = (
        min_cost_flow.SimpleMinCostFlow(),
        next(iter({r for s in case.sites.values() for r in s["capacity"]}), ""),
    )
    tails, heads = (
        [startups[o.startup] for o in options],
        [nodes[o.site, o.window] for o in options],
    )
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        np.array(tails), np.array(heads), np.ones(len(options), np.int64), -_worth(case, options)
    )
    room = [case.room(site, resource, window) for site, window in nodes]
    more = [
        (np.full(len(startups), source), np.arange(len(startups)), np.ones(len(startups), np.int64))
    ]
    more += [
        (
            np.array(list(nodes.values()), np.int64),
            np.full(len(nodes), sink),
            np.array(room, np.int64),
        )
    ]
    more += [(np.array([source]), np.array([sink]), np.array([len(startups)], np.int64))]
    for tail, head, amount in more:
        if len(tail):
            flow.add_arcs_with_capacity_and_unit_cost(
                tail, head, amount, np.zeros(len(tail), np.int64)
            )
    flow.set_nodes_supplies(np.array([source, sink]), np.array([len(startups), -len(startups)]))
    if flow.solve() != flow.OPTIMAL:
        raise ValueError("the flow has no solution")
    used = flow.flows(arcs) if len(options) else []
    placed = sorted([o.startup, o.site, o.window] for o, f in zip(options, used, strict=True) if f)
    if missing := sorted(case.pins.keys() - {s for s, _, _ in placed}):
        return {
            "placed": [],
            "clash": [{"kind": "pin", "startup": s, "site": case.pins[s][0]} for s in missing],
        }, {"optimal": False}
    return {"placed": placed}, {"optimal": True, "gap": 0.0, "by": "flow"}


def _worth(case: Case, options: list[Option]) -> np.ndarray:
    """A place more than everybody kept where they are, one kept more than all wishes; a pin more
    than anything. Shape (options,), int64.
    """
    keep = 200 * len(case.startups) + 1
    place = keep * (len(case.startups) + 1)
    held = {s: (w, t) for s, w, t in case.problem["held"]}
    kept = [held.get(o.startup) == (o.site, o.window) for o in options]
    pinned = [place * len(case.startups) if o.startup in case.pins else 0 for o in options]
    return np.array(
        [
            place + p + case.value(o) + keep * k
            for o, k, p in zip(options, kept, pinned, strict=True)
        ],
        dtype=np.int64,
    )


# -- the general case


class Search:
    """The three aims in turn, each within its share of the time; `best` is a plan from the first
    second on.
    """

    def __init__(self, case: Case, limit_s: float, tell: Tell):
        self.case, self.tell, self.ends = case, tell, time.monotonic() + limit_s
        self.options = case.options
        held = {s: (w, t) for s, w, t in case.problem["held"]}
        self.count = np.ones(len(self.options))
        self.kept = np.array(
            [float(held.get(o.startup) == (o.site, o.window)) for o in self.options]
        )
        self.value = np.array([float(case.value(o)) for o in self.options])
        self.rows, self.least, self.most = self._rows()
        self.best: np.ndarray | None = None

    def run(self) -> tuple[dict, dict]:
        asked = self._asked()
        if not self.options:
            return {"placed": [], "clash": [what for what, _, _ in asked]}, {
                "optimal": not asked,
                "gap": 0.0,
                "by": "none",
            }
        if not self._first() and not self._possible(range(len(asked))):
            return {"placed": [], "clash": self._clash()}, {
                "optimal": False,
                "gap": 0.0,
                "by": "none",
            }
        gaps, aims = (
            {},
            {"places": self.count}
            | ({"kept": self.kept} if self.kept.any() else {})
            | {"wishes": self.value},
        )
        for n, (name, aim) in enumerate(aims.items()):
            share = (self.ends - time.monotonic()) / (len(aims) - n)
            reached, bound = self._aim(aim, time.monotonic() + share)
            gaps[name] = {"reached": round(reached), "bound": int(bound + 1e-6)}
            self._hold(aim, reached)
            self.tell({"placed": self._placed()}, {"aims": gaps})
        gap = max((g["bound"] - g["reached"]) / max(g["bound"], 1) for g in gaps.values())
        said = {"optimal": gap == 0, "gap": round(gap, 5), "aims": gaps, "by": "mip"}
        return {"placed": self._placed()}, said

    # -- the constraints

    def _rows(self) -> tuple[csr_array, np.ndarray, np.ndarray]:
        """One place a startup, no resource beyond its room, every pin and floor. Shape (rows,
        options).
        """
        at: dict[tuple, int] = {}
        cells: list[tuple[int, int, float]] = []
        most: list[float] = []
        for n, o in enumerate(self.options):
            keys = [((o.startup,), 1.0, 1)]
            keys += [
                ((o.site, o.window, r), units, self.case.room(o.site, r, o.window))
                for r, units in self.case.startups[o.startup]["needs"].items()
                if units
            ]
            for key, units, room in keys:
                if key not in at:
                    at[key] = len(at)
                    most.append(room)
                cells.append((at[key], n, units))
        least = [-np.inf] * len(at)
        for number, (_, fits, wanted) in enumerate(self._asked()):
            cells += [(len(at) + number, n, 1.0) for n, o in enumerate(self.options) if fits(o)]
            least.append(wanted)
            most.append(np.inf)
        row, column, units = zip(*cells, strict=True) if cells else ((), (), ())
        shape = (len(most), len(self.options))
        return (
            csr_array((np.array(units, float), (row, column)), shape=shape),
            np.array(least, float),
            np.array(most, float),
        )

    def _asked(self) -> list[tuple[dict, object, int]]:
        """Pins and floors: what each is, which options meet it, how many are wanted."""
        found = []
        for startup, site, window in self.case.problem["pins"]:
            what = {"kind": "pin", "startup": startup, "site": site}
            found.append(
                (
                    what,
                    lambda o, s=startup, w=site, t=window: (
                        (o.startup, o.site) == (s, w) and t in (None, o.window)
                    ),
                    1,
                )
            )
        for floor in self.case.problem["floors"]:
            found.append(
                (
                    {"kind": "floor"} | floor,
                    lambda o, f=floor: bool(self.case.under(f, [[o.startup, o.site, o.window]])),
                    floor["least"],
                )
            )
        return found

    def _possible(self, kept) -> bool:
        """Whether some plan holds these of the pins and floors, within the time there is."""
        asked, base = len(self._asked()), len(self.most) - len(self._asked())
        rows = [*range(base), *(base + n for n in kept if n < asked)]
        limits = LinearConstraint(self.rows[rows], self.least[rows], self.most[rows])
        told = milp(
            np.zeros(len(self.options)),
            constraints=limits,
            integrality=1,
            bounds=Bounds(0, 1),
            options={"time_limit": 5.0},
        )
        return told.status != 2

    def _clash(self) -> list[dict]:
        """A smallest set of pins and floors that cannot hold together: each is left out in turn,
        and stays out if the rest still clash.
        """
        asked = self._asked()
        kept = set(range(len(asked)))
        for number in range(len(asked)):
            if not self._possible(sorted(kept - {number})):
                kept.discard(number)
        return [asked[number][0] for number in sorted(kept)]

    # -- the search

    def _first(self) -> bool:
        """A first plan: the relaxation's own choice, taken from its surest on, then whoever still
        fits, or fits if one other moves. False: none was found.
        """
        relaxed = linprog(
            -(EACH * self.count + EACH * self.kept + self.value),
            **self._limits(),
            bounds=(0, 1),
            method="highs-ipm",
        )
        sure = relaxed.x if relaxed.x is not None else self.value / 1e4
        asked = [fits for _, fits, _ in self._asked()]
        order = sorted(
            range(len(self.options)),
            key=lambda n: (
                -round(float(sure[n]), 6),
                not any(f(self.options[n]) for f in asked),
                -self.value[n],
                n,
            ),
        )
        table = Table(self.case, self.options)
        for n in order:
            table.seat(self.options[n])
        before = table.plan()
        table.make_room()
        table.improve(time.monotonic() + max((self.ends - time.monotonic()) / 3, 0.1))
        number = {o: n for n, o in enumerate(self.options)}
        for plan in (table.plan(), before):
            if not self.case.faults(plan):
                self.best = np.zeros(len(self.options))
                self.best[[number[Option(*p)] for p in plan]] = 1
                self.tell({"placed": plan}, {})
                return True
        return False

    def _limits(self) -> dict:
        """The constraints as `linprog` reads them."""
        upper, lower = np.isfinite(self.most), np.isfinite(self.least)
        return {
            "A_ub": vstack([self.rows[upper], -self.rows[lower]]),
            "b_ub": np.concatenate([self.most[upper], -self.least[lower]]),
        }

    def _aim(self, aim: np.ndarray, until: float) -> tuple[float, float]:
        """One aim as high as it goes: (reached, bound). The best plan becomes the one that reaches
        it.
        """
        limit = {"time_limit": max((until - time.monotonic()) * 0.7, 0.1)}
        # degenerate: simplex dawdles
        relaxed = linprog(-aim, **self._limits(), bounds=(0, 1), method="highs-ipm", options=limit)
        bound = min(-relaxed.fun, self.top(aim)) if relaxed.fun is not None else self.top(aim)
        held = -np.inf if self.best is None else float(aim @ self.best)
        if held >= np.floor(bound + 1e-6):
            return held, held
        free = np.ones(len(aim), bool)
        if relaxed.fun is not None and self.best is not None:
            # what it would cost to choose it
            free = bound + np.minimum(relaxed.lower.marginals * -1, 0) > held + 1 - 1e-6
            free |= self.best > 0
        if self.best is not None and free.sum() > MANY:
            return held, float(np.floor(bound + 1e-6))
        limits = LinearConstraint(self.rows[:, free], self.least, self.most)
        given = {"time_limit": max(until - time.monotonic(), 0.2), "mip_rel_gap": 0.0}
        told = milp(
            -aim[free], constraints=limits, integrality=1, bounds=Bounds(0, 1), options=given
        )
        if told.x is not None and -told.fun > held + 1e-6:
            self.best = np.zeros(len(aim))
            self.best[free] = np.round(told.x)
            held = float(aim @ self.best)
        if self.best is None:
            raise ValueError("no plan was found within the time")
        proven = min(
            bound, max(held, -told.mip_dual_bound) if told.mip_dual_bound is not None else bound
        )
        return held, held if told.status == 0 else float(np.floor(proven + 1e-6))

    def top(self, aim: np.ndarray) -> float:
        """What an aim cannot exceed, each startup at its own best."""
        best: dict[str, float] = {}
        for o, worth in zip(self.options, aim, strict=True):
            best[o.startup] = max(best.get(o.startup, 0.0), float(worth))
        return sum(best.values())

    def _hold(self, aim: np.ndarray, reached: float) -> None:
        """From here on no plan gives up what an aim has reached."""
        self.rows = vstack([self.rows, csr_array(aim.reshape(1, -1))]).tocsr()
        self.least, self.most = np.append(self.least, reached), np.append(self.most, np.inf)

    def _named(self, chosen: np.ndarray) -> Placed:
        return sorted(
            [o.startup, o.site, o.window]
            for o, x in zip(self.options, chosen, strict=True)
            if x > 0.5
        )

    def _placed(self) -> Placed:
        return self._named(self.best)


if __name__ == "__main__":
    serve(solve)
