"""Pure decisions of the meetings service: the steps of an introduction, what each side sees of it,
budgets, when a decline is told.
"""

from datetime import date, datetime, time, timedelta

STARTUP, INVESTOR, OFFICER, TIME = "startup", "investor", "officer", "time"
OTHER = {STARTUP: INVESTOR, INVESTOR: STARTUP}
PROPOSED, FOR_STARTUP, FOR_INVESTOR = "proposed", "awaits-startup", "awaits-investor"
INTRODUCED, DECLINED, WITHDRAWN, EXPIRED, CLOSED = (
    "introduced",
    "declined",
    "withdrawn",
    "expired",
    "closed",
)
# A side has said no and the others do not know yet; named after who said no, and whether the other
# side has said yes.
STARTUP_RESTS, STARTUP_RESTS_EARLY = "startup-rests", "startup-rests-early"
INVESTOR_RESTS, INVESTOR_RESTS_EARLY = "investor-rests", "investor-rests-early"
BOTH_REST = "both-rest"
ACCEPT, DECLINE, WITHDRAW, CLOSE, TELL, EXPIRE = (
    "accept",
    "decline",
    "withdraw",
    "close",
    "tell",
    "expire",
)
RESTS = "rests"  # how whoever said no sees it until it is told: it may still be taken back

_ENDS = {(OFFICER, WITHDRAW): WITHDRAWN, (TIME, EXPIRE): EXPIRED}
_TOLD = {**_ENDS, (TIME, TELL): DECLINED}
STEPS: dict[str, dict[tuple[str, str], str]] = {  # state -> (who, act) -> state
    PROPOSED: {
        (STARTUP, ACCEPT): FOR_INVESTOR,
        (STARTUP, DECLINE): STARTUP_RESTS_EARLY,
        (INVESTOR, ACCEPT): FOR_STARTUP,
        (INVESTOR, DECLINE): INVESTOR_RESTS_EARLY,
        **_ENDS,
    },
    FOR_STARTUP: {
        (STARTUP, ACCEPT): INTRODUCED,
        (STARTUP, DECLINE): STARTUP_RESTS,
        (INVESTOR, WITHDRAW): WITHDRAWN,
        **_ENDS,
    },
    FOR_INVESTOR: {
        (INVESTOR, ACCEPT): INTRODUCED,
        (INVESTOR, DECLINE): INVESTOR_RESTS,
        (STARTUP, WITHDRAW): WITHDRAWN,
        **_ENDS,
    },
    STARTUP_RESTS: {(STARTUP, ACCEPT): INTRODUCED, (INVESTOR, WITHDRAW): WITHDRAWN, **_TOLD},
    INVESTOR_RESTS: {(INVESTOR, ACCEPT): INTRODUCED, (STARTUP, WITHDRAW): WITHDRAWN, **_TOLD},
    STARTUP_RESTS_EARLY: {
        (STARTUP, ACCEPT): FOR_INVESTOR,
        (INVESTOR, ACCEPT): STARTUP_RESTS,
        (INVESTOR, DECLINE): BOTH_REST,
        **_TOLD,
    },
    INVESTOR_RESTS_EARLY: {
        (INVESTOR, ACCEPT): FOR_STARTUP,
        (STARTUP, ACCEPT): INVESTOR_RESTS,
        (STARTUP, DECLINE): BOTH_REST,
        **_TOLD,
    },
    BOTH_REST: {(STARTUP, ACCEPT): INVESTOR_RESTS, (INVESTOR, ACCEPT): STARTUP_RESTS, **_TOLD},
    INTRODUCED: {(STARTUP, CLOSE): CLOSED, (INVESTOR, CLOSE): CLOSED},
    DECLINED: {},
    WITHDRAWN: {},
    EXPIRED: {},
    CLOSED: {},
}
LIVE = tuple(state for state, steps in STEPS.items() if (TIME, EXPIRE) in steps)
SAID_NO = {
    STARTUP_RESTS: (STARTUP,),
    STARTUP_RESTS_EARLY: (STARTUP,),
    INVESTOR_RESTS: (INVESTOR,),
    INVESTOR_RESTS_EARLY: (INVESTOR,),
    BOTH_REST: (STARTUP, INVESTOR),
}
SHOWN = {
    STARTUP_RESTS: FOR_STARTUP,
    INVESTOR_RESTS: FOR_INVESTOR,
    STARTUP_RESTS_EARLY: PROPOSED,
    INVESTOR_RESTS_EARLY: PROPOSED,
}

# requests of an organisation, from Monday to Sunday in Japan
WEEKLY = {STARTUP: 5, INVESTOR: 5, OFFICER: 20}
LIFE, REST = timedelta(days=21), timedelta(days=90)
PROMPTS = (7, 30, 180)  # days after the introduction on which both sides are asked what came of it
OPENS, CLOSES = time(9), time(18)
# of office time: half a day to three and a half days
EARLIEST, LATEST = timedelta(hours=4), timedelta(hours=31)


def seen_by(state: str, who: str) -> str:
    """The state as one side, or an officer, may know it: what another has declined in private reads
    as still waiting.
    """
    if who in SAID_NO.get(state, ()):
        return RESTS
    if state == BOTH_REST:  # an officer's view: nobody has said yes
        return PROPOSED
    return SHOWN.get(state, state)


def legal(state: str, who: str) -> list[str]:
    """The acts one side may take now; the same whether or not another has declined in private."""
    return sorted(act for side, act in STEPS[state] if side == who)


def told_at(now: datetime, fraction: float) -> datetime:
    """When a decline is told: after a random stretch of office time, Monday to Friday, in the zone
    of `now`. `fraction` lies in [0, 1).
    """
    left, at = EARLIEST + fraction * (LATEST - EARLIEST), now
    while True:
        opens, closes = (
            at.replace(hour=t.hour, minute=0, second=0, microsecond=0) for t in (OPENS, CLOSES)
        )
        at = max(at, opens)
        if at.weekday() < 5 and at < closes:
            if left < closes - at:
                return at + left
            left -= closes - at
        at = opens + timedelta(days=1)


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def left(allowed: int, granted: int, used: int) -> int:
    """What remains of a week's budget, never below nothing."""
    return max(0, allowed + granted - used)
