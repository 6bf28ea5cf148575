"""Who reviews which application: caps and conflicts of interest never broken, expertise covered,
loads even (OR-tools CP-SAT).

A problem, as JSON: `applications` [{id, topics}], `reviewers` [{id, expertise, most, load}]
(`load`: reviews already held), `conflicts` [[application, reviewer]], `held` the same shape
(assignments that stay), `per_application`. An answer: `pairs` [[application, reviewer]] that are
new, and `short` [{id, missing, why}], the applications that could not be given to enough reviewers.
"""

from ortools.sat.python import cp_model

from shared.jobs import Tell, serve

# weights: enough readers before expertise before even loads
SHORT, UNCOVERED, MATCHED, EVEN = 10_000, 1_000, 20, 1


def solve(problem: dict, seed: int, limit_s: float, tell: Tell) -> tuple[dict, dict]:
    """An optimal allocation, or the best within the limit with its gap."""
    model, chosen, cost = _model(problem)
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.max_time_in_seconds, parameters.random_seed, parameters.num_workers = (
        limit_s,
        seed,
        1,
    )
    state = solver.solve(model)
    if state not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise ValueError(f"no allocation: {solver.status_name(state)}")
    held = {tuple(pair) for pair in problem["held"]}
    pairs = sorted(
        [list(pair) for pair, x in chosen.items() if solver.boolean_value(x) and pair not in held]
    )
    said = {
        "optimal": state == cp_model.OPTIMAL,
        "cost": round(solver.objective_value),
        "bound": round(solver.best_objective_bound),
    }
    return {"pairs": pairs, "short": shortages(problem, pairs)}, said | {
        "seconds": round(solver.wall_time, 2)
    }


def _model(problem: dict):
    model, held = cp_model.CpModel(), {tuple(pair) for pair in problem["held"]}
    barred = {tuple(pair) for pair in problem["conflicts"]}
    chosen = {}
    for application in problem["applications"]:
        for reviewer in problem["reviewers"]:
            pair = application["id"], reviewer["id"]
            if pair in held:
                chosen[pair] = model.new_constant(1)
            elif pair not in barred:
                chosen[pair] = model.new_bool_var(f"{pair}")
    costs = []
    for application in problem["applications"]:
        costs += _reads(model, chosen, application, problem)
    loads = []
    for reviewer in problem["reviewers"]:
        load = sum(x for (_, r), x in chosen.items() if r == reviewer["id"])
        model.add(
            load + reviewer["load"]
            <= max(reviewer["most"], reviewer["load"] + sum(r == reviewer["id"] for _, r in held))
        )
        loads.append(load + reviewer["load"])
    total = sum(r["most"] for r in problem["reviewers"]) or 1
    highest, lowest = model.new_int_var(0, total, "highest"), model.new_int_var(0, total, "lowest")
    for load in loads:
        model.add(load <= highest)
        model.add(load >= lowest)
    cost = sum(costs) + EVEN * (highest - lowest)
    model.minimize(cost)
    return model, chosen, cost


def _reads(model, chosen: dict, application: dict, problem: dict) -> list:
    """What an application costs: readers it lacks, nobody who knows its field, readers who do
    not.
    """
    mine = [
        (r, chosen[application["id"], r["id"]])
        for r in problem["reviewers"]
        if (application["id"], r["id"]) in chosen
    ]
    lacking = model.new_int_var(0, problem["per_application"], "")
    readers = sum(x for _, x in mine)
    model.add(readers + lacking >= problem["per_application"])
    model.add(
        readers
        <= max(
            problem["per_application"],
            sum(pair[0] == application["id"] for pair in problem["held"]),
        )
    )
    costs = [SHORT * lacking]
    if not application["topics"]:
        return costs
    knowing = [x for r, x in mine if knows(r, application)]
    uncovered = model.new_bool_var("")
    model.add(sum(knowing) + uncovered >= 1)
    return [
        *costs,
        UNCOVERED * uncovered,
        *(MATCHED * x for r, x in mine if not knows(r, application)),
    ]


def knows(reviewer: dict, application: dict) -> bool:
    """Whether a reviewer's fields meet an application's."""
    return bool(set(reviewer["expertise"]) & set(application["topics"]))


def shortages(problem: dict, pairs: list) -> list[dict]:
    """Applications with fewer readers than asked for, and why: no reviewer free of conflicts, or
    nobody with room.
    """
    found, given = [], [tuple(p) for p in (*pairs, *problem["held"])]
    barred = {tuple(pair) for pair in problem["conflicts"]}
    for application in problem["applications"]:
        missing = problem["per_application"] - sum(a == application["id"] for a, _ in given)
        if missing > 0:
            free = sum((application["id"], r["id"]) not in barred for r in problem["reviewers"])
            found.append(
                {
                    "id": application["id"],
                    "missing": missing,
                    "why": "conflicts" if free < problem["per_application"] else "caps",
                }
            )
    return found


if __name__ == "__main__":
    serve(solve)
