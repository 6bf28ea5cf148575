"""Pure decisions of the matching service: what is a material change, and who may read what."""

from shared.auth import OFFICERS, PLATFORM, Actor

OPEN, KNOWN, ADVANCE, HOLD, PASS, RETURNED = "open", "known", "advance", "hold", "pass", "returned"
# what may follow what; `known` comes with a team's own list, `returned` by itself, from a fact or a
# date
DECIDE = {
    OPEN: (ADVANCE, HOLD, PASS),
    KNOWN: (ADVANCE, HOLD, PASS),
    ADVANCE: (HOLD, PASS),
    HOLD: (ADVANCE, HOLD, PASS),
    PASS: (ADVANCE, HOLD),
    RETURNED: (ADVANCE, HOLD, PASS),
}
WAITING = (HOLD, PASS)
NONE, CONFLICT = "none", "conflict"  # what one may declare of one's own interest in a startup
FIT_STEP, FIT_STEP_SMALL, LEAD_NATS = 5.0, 10.0, 0.1


def material(before, row: dict, small_reference: bool) -> dict | None:
    """What changed materially since the last material state: a gate, the fit, or a new top reason;
    None where nothing did.
    """
    if before.gates != row["gates"]:
        places = [
            i for i, (a, b) in enumerate(zip(before.gates, row["gates"], strict=False)) if a != b
        ]
        return {"kind": "gate", "gates": places, "before": before.gates, "after": row["gates"]}
    step = FIT_STEP_SMALL if small_reference else FIT_STEP
    if abs(before.fit - row["fit"]) >= step:
        return {"kind": "fit", "before": before.fit, "after": row["fit"]}
    old, new = _tops(before.top), _tops(row["top"])
    for name, points in new.items():
        displaced = [p for n, p in old.items() if n not in new]
        if name not in old and displaced and points - max(displaced) >= LEAD_NATS:
            return {"kind": "reason", "criterion": name}
    return None


def _tops(text: str) -> dict[str, float]:
    return {
        name: float(points)
        for name, points in (part.split(":") for part in text.split(",") if part)
    }


def may_read_feed(actor: Actor, owner: str) -> bool:
    """A feed is its owner's reviewers'; feeds of unclaimed mandates hold public facts only and are
    open to the network.
    """
    return actor.may_change(owner, "reviewer") or (owner == PLATFORM and actor.in_network)


def may_read_triads(actor: Actor, owner: str) -> bool:
    """Triads are worked out from what the network may read of all three: for their startup, and for
    programme staff.
    """
    return may_read_startup(actor, owner) or bool(actor.roles & {*OFFICERS})


def may_read_startup(actor: Actor, owner: str) -> bool:
    """A startup's own list is its owner's; those of unclaimed startups, of public facts alone, are
    open to programmes.
    """
    return may_answer(actor, owner) or (owner == PLATFORM and "officer" in actor.roles)


def may_answer(actor: Actor, owner: str) -> bool:
    """A startup answers for itself; staff for those nobody has claimed."""
    return actor.may_change(owner, "startup")
