"""What accounts asks of other services, over HTTP: a profile of its owner, notices to send or forget mail, everybody what they keep of a person."""

from nakodo_client import Client, Refused, Unreachable

KEEPERS = ("startups", "investors", "programs", "matching", "meetings", "notices")


class Doors:
    def __init__(self, client: Client):
        self._client = client

    def profile(self, kind: str, slug: str) -> dict | None:
        """A published profile, or None."""
        return self._client.profile({"startup": "startups", "investor": "investors"}[kind], slug)

    def post(self, letter: dict) -> None:
        """Hands a mail to notices. Raises OSError where it cannot be reached."""
        self._notices("", letter)

    def forget(self, address: str) -> None:
        """Has notices drop all mail to an address. Raises OSError."""
        self._notices("/forgotten", {"to": address})

    def _notices(self, path: str, body: dict) -> None:
        try:
            self._client.post(f"/services/notices/internal/mails{path}", body)
        except (Refused, Unreachable) as error:
            raise OSError(str(error)) from error

    def trails(self, person: str) -> dict[str, list[dict]]:
        """What the other services' trails hold about a person, by service."""
        return {name: self._client.get(f"/services/{name}/internal/people/{person}")["items"] for name in KEEPERS}
