"""What meetings asks of other services, over HTTP: whether a pair may meet, and a person's contact
under their consent.
"""

from dataclasses import dataclass

from nakodo_client import Client, Refused, Unreachable
from shared.errors import Unavailable


@dataclass(frozen=True)
class Pair:
    """A published startup and mandate; `names` and `seats` (countries) by side, `apart` where the
    startup keeps itself apart from it.
    """

    startup: str
    mandate: str
    investor: str
    startup_owner: str
    investor_owner: str
    names: dict
    seats: dict
    apart: bool = False


class Doors:
    def __init__(self, client: Client):
        self._client = client

    def pair(self, startup: str, mandate: str) -> Pair | None:
        """The pair; None where either is not published. Raises Unavailable."""
        try:
            return Pair(**self._client.pair(startup, mandate))
        except (Refused, Unreachable) as error:
            if isinstance(error, Refused) and error.status == 404:
                return None
            raise Unavailable() from error

    def parties(self, startups: list[str], mandates: list[str]) -> list[dict]:
        """Of startups and mandates, the published: party, side, owner, names. Raises
        Unavailable.
        """
        return self._items("parties", {"startups": startups, "mandates": mandates})

    def apart(self, pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
        """Of these pairs, those that may not be brought together. Raises Unavailable."""
        return (
            {tuple(pair) for pair in self._items("apart", {"pairs": sorted(map(list, pairs))})}
            if pairs
            else set()
        )

    def _items(self, what: str, asked: dict) -> list:
        try:
            return self._client.post(f"/services/matching/internal/pairs/{what}", asked)["items"]
        except (Refused, Unreachable) as error:
            raise Unavailable() from error

    def contact(self, person: str, country: str) -> dict | None:
        """Name and address of somebody who consents to introductions in that country; None
        otherwise. Raises Unavailable.
        """
        try:
            return self._client.contact(person, "introductions", country)
        except (Refused, Unreachable) as error:
            if isinstance(error, Refused) and error.status in (404, 422):
                return None
            raise Unavailable() from error
