"""The day after something is lost (a slot, a room, an interpreter, somebody): every meeting that
can stay stays, as few as possible move, as few of those as possible fall out.

A problem is that of `table`, with `meetings` as they stood; what is lost is already out of `rooms`,
`interpreters`, `free` or `requests`; `over` are those whose slot has begun. An answer: `meetings`,
`moved` [[a, b, from, to]], `dropped` [[a, b, slot]], `unmet`. One mixed-integer programme (HiGHS)
over the meetings there are: its bound says whether fewer was possible.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from services.meetings.scheduling.table import Day, Meetings
from shared.jobs import Tell, serve

# a meeting lost weighs more than all that may move for it, a pinned one more than any others
DROPPED, PINNED = 1_000, 100


def solve(problem: dict, seed: int, limit_s: float, tell: Tell) -> tuple[dict, dict]:
    """The mended schedule, with how many meetings move and fall out at least."""
    day, stood, over = Day(problem), problem["meetings"], problem.get("over", [])
    options = [(a, b, t, s) for a, b, t in stood for s in _slots(day, a, b, t)]
    kept, optimal, bound = _chosen(day, options, limit_s) if options else ([], True, 0.0)
    meetings: Meetings = sorted([a, b, s] for a, b, _, s in kept)
    moved = sorted([a, b, t, s] for a, b, t, s in kept if s != t)
    stayed = {(a, b) for a, b, _, _ in kept}
    dropped = sorted([a, b, t] for a, b, t in stood if (a, b) not in stayed)
    answer = {
        "meetings": meetings,
        "moved": moved,
        "dropped": dropped,
        "unmet": day.unmet([*meetings, *over]),
    }
    said = {"optimal": optimal, "moves": len(moved), "dropped": len(dropped)}
    if optimal:
        return answer, said | {"least": len(moved), "least_dropped": len(dropped)}
    gone = len(stood) - len({o[:3] for o in options})
    cheapest = bound + sum(_weight(day, *pair) for pair in {o[:2] for o in options})
    fewest = int(max(cheapest, 0) // DROPPED)
    if any((a, b) in day.pins for a, b, _ in dropped):
        return answer, said | {"least": 0, "least_dropped": gone}
    least = (
        int(np.ceil(max(cheapest - DROPPED * fewest, 0))) if fewest == len(dropped) - gone else 0
    )
    return answer, said | {"least": least, "least_dropped": fewest + gone}


def _weight(day: Day, a: str, b: str) -> int:
    return DROPPED * (PINNED if (a, b) in day.pins else 1)


def _chosen(day: Day, options: list[tuple], limit_s: float) -> tuple[list[tuple], bool, float]:
    """Which meetings stay or move where; whether fewer moves are impossible; the bound. Raises
    ValueError for none in time.
    """
    cost = np.array([(s != t) - _weight(day, a, b) for a, b, t, s in options], float)
    given = {"time_limit": limit_s, "mip_rel_gap": 0.0}
    told = milp(
        cost, constraints=_limits(day, options), integrality=1, bounds=Bounds(0, 1), options=given
    )
    if told.x is None:
        raise ValueError("no schedule was found within the time")
    return (
        [o for o, x in zip(options, told.x, strict=True) if x > 0.5],
        told.status == 0,
        told.mip_dual_bound,
    )


def _slots(day: Day, a: str, b: str, now: int) -> list[int]:
    """Where a meeting may be: its own slot alone if it is pinned and still can be there; nowhere
    once it is no longer asked for.
    """
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
        keys += (
            [((s, "interpreters"), day.interpreters[s])]
            if day.requests[a, b]["interpreter"]
            else []
        )
        for key, room in keys:
            if key not in at:
                at[key] = len(at)
                most.append(room)
            cells.append((at[key], n, 1))
    rows, columns, values = zip(*cells, strict=True)
    return LinearConstraint(
        coo_array((values, (rows, columns)), shape=(len(most), len(options))).tocsr(), -np.inf, most
    )


if __name__ == "__main__":
    serve(solve)
