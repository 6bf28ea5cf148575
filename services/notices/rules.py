"""Pure decisions of the notices service: when to try again, when to give up."""

from datetime import timedelta

TRIES = 10


def pause(tries: int) -> timedelta | None:
    """How long to wait after so many failed tries; None: give up."""
    return None if tries >= TRIES else timedelta(seconds=min(30 * 2 ** (tries - 1), 6 * 3600))
