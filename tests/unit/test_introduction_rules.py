"""The steps of an introduction, walked at random and in full: nothing unreachable, no contact
early, a private no shows nowhere.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.machines import page
from services.meetings import rules
from services.meetings.rules import (
    ACCEPT,
    DECLINE,
    EXPIRE,
    INTRODUCED,
    INVESTOR,
    LIVE,
    OFFICER,
    OTHER,
    RESTS,
    SAID_NO,
    STARTUP,
    STEPS,
    TELL,
    TIME,
    seen_by,
)
from shared.clock import JST

BEGINNINGS = {STARTUP: rules.FOR_INVESTOR, INVESTOR: rules.FOR_STARTUP, OFFICER: rules.PROPOSED}
SIDES = (STARTUP, INVESTOR, OFFICER)


def reachable(begin: str) -> set[str]:
    found, todo = {begin}, [begin]
    while todo:
        for after in STEPS[todo.pop()].values():
            if after not in found:
                found.add(after)
                todo.append(after)
    return found


def test_every_state_is_reached_and_every_step_leads_to_a_state():
    assert set().union(*(reachable(b) for b in BEGINNINGS.values())) == set(STEPS)
    assert {after for steps in STEPS.values() for after in steps.values()} <= set(STEPS)


def test_whatever_is_open_ends_by_itself():
    assert all(STEPS[state][TIME, EXPIRE] == rules.EXPIRED for state in LIVE)
    assert set(STEPS) - set(LIVE) == {
        INTRODUCED,
        rules.DECLINED,
        rules.WITHDRAWN,
        rules.EXPIRED,
        rules.CLOSED,
    }
    assert all(STEPS[state].get((TIME, TELL)) == rules.DECLINED for state in SAID_NO)


@pytest.mark.parametrize("state", SAID_NO)
def test_a_private_no_changes_nothing_for_the_others(state):
    """Whoever has not said no sees a state, steps, and after each step a state, as if nobody
    had.
    """
    for who in set(SIDES) - set(SAID_NO[state]):
        shown = seen_by(state, who)
        assert shown not in SAID_NO and shown != RESTS
        assert rules.legal(state, who) == rules.legal(shown, who)
        for (side, act), after in STEPS[state].items():
            if side == who:
                assert seen_by(after, who) == seen_by(STEPS[shown][side, act], who)


def test_who_said_no_may_take_it_back_and_sees_the_same_whatever_the_other_did():
    for state, sides in SAID_NO.items():
        for side in sides:
            assert seen_by(state, side) == RESTS and rules.legal(state, side) == [ACCEPT]


acts = st.lists(
    st.tuples(
        st.sampled_from([*SIDES, TIME]),
        st.sampled_from([ACCEPT, DECLINE, rules.WITHDRAW, rules.CLOSE, TELL, EXPIRE]),
    ),
    max_size=12,
)


@given(st.sampled_from(SIDES), acts)
def test_no_contact_without_a_yes_of_both(asker, walk):
    """Random walks: introduced only when the last word of both sides was yes, and nobody but the
    two could bring it about.
    """
    state, yes = BEGINNINGS[asker], {asker} if asker in OTHER else set()
    for who, act in walk:
        after = STEPS[state].get((who, act))
        if after is None:
            continue
        yes = (
            yes | {who}
            if act == ACCEPT
            else yes - {who}
            if act in (DECLINE, rules.WITHDRAW)
            else yes
        )
        if after == INTRODUCED and state != INTRODUCED:
            assert act == ACCEPT and who in OTHER and yes >= {STARTUP, INVESTOR}
        if yes >= {STARTUP, INVESTOR} and state in LIVE and act == ACCEPT:
            assert after == INTRODUCED
        state = after


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 500))
def test_a_budget_is_never_below_nothing(allowed, granted, used):
    assert 0 <= rules.left(allowed, granted, used) <= allowed + granted


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), st.floats(0, 1, exclude_max=True)
)
def test_a_no_is_told_in_office_hours_after_half_a_day_to_four(at, fraction):
    at = at.replace(tzinfo=UTC).astimezone(JST)
    told = rules.told_at(at, fraction)
    assert told.weekday() < 5 and rules.OPENS <= told.time() < rules.CLOSES
    assert at + timedelta(hours=4) <= told <= at + timedelta(days=7)
    assert told < at + rules.LIFE, "told before it expires, or never told at all"


def test_the_moment_tells_nothing_of_the_hour_it_was_said():
    friday = datetime(2026, 11, 27, 17, 30, tzinfo=JST)
    assert rules.told_at(friday, 0.0) == datetime(2026, 11, 30, 12, 30, tzinfo=JST)
    assert rules.told_at(friday, 0.999).date() == date(2026, 12, 3)


def test_a_week_begins_on_monday():
    assert rules.week_of(date(2026, 11, 22)) == date(2026, 11, 16) and rules.week_of(
        date(2026, 11, 23)
    ) == date(2026, 11, 23)


def test_the_machines_are_drawn_in_the_docs_as_they_run():
    assert (Path(__file__).parents[2] / "docs" / "machines.md").read_text() == page()
