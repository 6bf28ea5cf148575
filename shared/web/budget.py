"""Routes that read or make files, each within its person's share of that work."""

from collections.abc import Callable
from functools import wraps

from flask import Response

from shared.web.app import current_actor, part


def budgeted(view: Callable[..., Response]) -> Callable[..., Response]:
    """Wraps a route that reads or makes a file: beyond a person's share it is refused before it
    begins.
    """

    @wraps(view)
    def wrapped(*args, **kwargs):
        actor, budget = current_actor(), part("budget")
        person = f"{actor.org}/{actor.person}"
        budget.begin(person, part("clock").now())
        try:
            return view(*args, **kwargs)
        finally:
            budget.end(person)

    return wrapped
