"""JSON merge patch (RFC 7396) inside objects: what a change leaves out stays, null takes a member
out.
"""

from typing import Any


def merged(held: Any, change: Any) -> Any:
    """What stands after a change: objects member by member, everything else replaced."""
    if not isinstance(change, dict):
        return change
    whole = dict(held) if isinstance(held, dict) else {}
    for key, value in change.items():
        if value is None:
            whole.pop(key, None)
        else:
            whole[key] = merged(whole.get(key), value)
    return whole
