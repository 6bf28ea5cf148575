"""The keys of private facts, fetched from the services that keep them, outside any transaction."""

from collections.abc import Iterable

from shared.errors import TryAgain

OWNERS = {"startups": "startups", "investors": "investors"}


class Keyring:
    """Keys by subject. No key means erased: the private part is gone for us too."""

    def __init__(self, fetch):
        self._fetch = fetch
        self._keys: dict[str, bytes | None] = {}

    def load(self, subjects: Iterable[tuple[str, str]]) -> None:
        """Fetches keys not yet known, as (service, subject). Raises TryAgain where an owner cannot be reached."""
        for service, subject in subjects:
            if subject in self._keys:
                continue
            try:
                self._keys[subject] = self._fetch(service, subject)
            except OSError as error:
                raise TryAgain(f"key of {subject}: {error}") from error

    def get(self, subject: str) -> bytes | None:
        return self._keys.get(subject)
