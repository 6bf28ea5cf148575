"""The keys of private facts, fetched from the services that keep them, outside any transaction."""

from collections.abc import Iterable

from shared.errors import TryAgain

OWNERS = {"startups": "startups", "investors": "investors"}


class Keyring:
    """Keys by subject. No key means erased: the private part is gone for us too."""

    def __init__(self, fetch):
        self._fetch = fetch
        self._keys: dict[str, tuple[int, bytes | None]] = {}

    def load(self, subjects: Iterable[tuple[str, str, int]]) -> None:
        """Fetches the keys of private parts newer than those known, as (service, subject, version):
        an erasure makes a new key.

        Raises TryAgain where an owner cannot be reached.
        """
        for service, subject, version in subjects:
            if subject in self._keys and self._keys[subject][0] >= version:
                continue
            try:
                self._keys[subject] = version, self._fetch(service, subject)
            except OSError as error:
                raise TryAgain(f"key of {subject}: {error}") from error

    def get(self, subject: str) -> bytes | None:
        return self._keys[subject][1] if subject in self._keys else None
