"""What would bring a company back: conditions of a hold or a pass, met by a startup's own dated
facts or by a list.
"""

from collections.abc import Mapping, Sequence

from services.matching.engine.concern import ListVersion, exposure
from services.matching.engine.views import Organisation, Startup
from shared.judgement.facts import Fact

KINDS = ("ind-cleared", "round-opened", "lead-found", "exposure-resolved")
CLEAR = ("none", "declared")
CLOSED = ("acquired", "closed")


def met(
    startup: Startup, kind: str, known: Mapping[str, Organisation], lists: Sequence[ListVersion]
) -> Fact | bool:
    """The fact that meets a condition (True where a list does), or False."""
    if kind == "exposure-resolved":
        return exposure(startup, known, lists).outcome in CLEAR
    if kind == "ind-cleared":
        return next(
            (f for f in startup.seen.all("regulatory") if f.value == "us-ind-cleared"), False
        )
    now = startup.current_raise
    if now is None:
        return False
    wanted = (
        now.value["state"] == "raising"
        if kind == "round-opened"
        else now.value.get("lead") == "found"
    )
    return now if wanted else False


def fault(
    startup: Startup, kind: str, known: Mapping[str, Organisation], lists: Sequence[ListVersion]
) -> str | None:
    """Why a condition makes no sense to wait for, as a code: it is met already, or never will
    be.
    """
    if startup.status[0] in CLOSED:
        return "condition-never"
    return "condition-met" if met(startup, kind, known, lists) else None
