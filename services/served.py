"""Whether a server runs on a data folder: asked by commands, which load none of the product for
it.
"""

import fcntl

from shared.settings import Settings


def is_served(settings: Settings) -> str | None:
    """The address of the server on this data folder, None where none runs."""
    address = settings.data / "address"
    lock = settings.data / "up.lock"
    if not address.exists() or not lock.exists():
        return None
    with open(lock, "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return address.read_text().strip()
    return None
