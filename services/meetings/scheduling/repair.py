"""The day after something is lost (a slot, a room, an interpreter, somebody): every meeting that can stay stays, as few as possible move, as few of those as possible fall out.

A problem is that of `table`, with `meetings` as they stood; what is lost is already out of `rooms`, `interpreters`, `free` or `requests`. An answer: `meetings`, `moved`
[[a, b, from, to]], `dropped` [[a, b, slot]]. One mixed-integer programme (HiGHS) over the meetings there are: its bound says whether fewer was possible.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from services.meetings.scheduling.table import Day, Meetings
from shared.jobs import Tell, serve

DROPPED = 1_000  # a meeting lost weighs more than all that may move for it


def solve(problem: dict, seed: int, limit_s: float, tell: Tell) -> tuple[dict, dict]:
    """The mended schedule, with how many meetings move and fall out at least."""
    day = Day(problem)
    options = [(a, b, t, s) for a, b, t in problem["meetings"] for s in _slots(day, a, b, t)]
    gone = [[a, b, t] for a, b, t in problem["meetings"] if not _slots(day, a, b, t)]
    if not options:
        return {"meetings": [], "moved": [], "dropped": gone}, {
            "optimal": True,
            "moves": 0,
            "least": 0,
            "dropped": len(gone),
            "least_dropped": len(gone),
        }
    cost = np.array([(s != t) - DROPPED for _, _, t, s in options], float)
    told = milp(
        cost, constraints=_limits(day, options), integrality=1, bounds=Bounds(0, 1), options={"time_limit": limit_s, "mip_rel_gap": 0.0}
    )
    if told.x is None:
        raise ValueError("no schedule was found within the time")
    kept = [o for o, x in zip(options, told.x, strict=True) if x > 0.5]
    meetings: Meetings = sorted([a, b, s] for a, b, _, s in kept)
    moved = sorted([a, b, t, s] for a, b, t, s in kept if s != t)
    stayed = {(a, b) for a, b, _, _ in kept}
    dropped = sorted([a, b, t] for a, b, t in problem["meetings"] if (a, b) not in stayed)
    whole = len(problem["meetings"]) - len(gone)
    cheapest = told.mip_dual_bound + DROPPED * whole  # dropped x DROPPED + moves, at least
    fewest = int(max(cheapest + 1e-6, 0) // DROPPED) if cheapest < DROPPED * whole else whole
    least = int(np.ceil(max(cheapest - DROPPED * fewest, 0) - 1e-6)) if fewest == len(dropped) - len(gone) else 0
    said = {"optimal": told.status == 0, "moves": len(moved), "least": least, "dropped": len(dropped), "least_dropped": fewest + len(gone)}
    return {"meetings": meetings, "moved": moved, "dropped": dropped}, said


def _slots(day: Day, a: str, b: str, now: int) -> list[int]:
    """Where a meeting may be: its own slot alone if it is pinned and still can be there; nowhere once it is no longer asked for."""
    if (a, b) not in day.requests:
        return []
    both = day.free.get(a, set()) & day.free.get(b, set())
    return [now] if (a, b) in day.pins and now in both else sorted(both)


def _limits(day: Day, options: list) -> LinearConstraint:
    """Each meeting once, nobody twice in a slot, rooms and interpreters of every slot."""
    at: dict[tuple, int] = {}
    most: list[float] = []
    cells = []
    for n, (a, b, _, s) in enumerate(options):
        keys = [((a, b), 1), ((a, s, "busy"), 1), ((b, s, "busy"), 1), ((s, "rooms"), day.rooms[s])]
        keys += [((s, "interpreters"), day.interpreters[s])] if day.requests[a, b]["interpreter"] else []
        for key, room in keys:
            if key not in at:
                at[key] = len(at)
                most.append(room)
            cells.append((at[key], n, 1))
    rows, columns, values = zip(*cells, strict=True)
    least = np.full(len(most), -np.inf)
    for pair in day.pins:
        if pair in at:
            least[at[pair]] = 1
    return LinearConstraint(coo_array((values, (rows, columns)), shape=(len(most), len(options))).tocsr(), least, most)


if __name__ == "__main__":
    serve(solve)
