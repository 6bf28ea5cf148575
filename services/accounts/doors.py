"""What accounts asks of other services, over HTTP: a profile of its owner, notices to send or
forget mail, everybody what they keep of a person.
"""

from nakodo_client import Client, Refused, Unreachable
from shared.auth import PLATFORM
from shared.errors import Unavailable

KEEPERS = ("startups", "investors", "programs", "matching", "meetings", "notices")


RESOURCES = {
    "startup": "startups",
    "investor": "investors",
    "site": "sites",
    "provider": "providers",
    "program": "programs",
}


def _short(kind: str, profile: dict) -> dict:
    return {"kind": kind, **{name: profile[name] for name in ("id", "name", "owner")}}


class Doors:
    def __init__(self, client: Client):
        self._client = client

    def profile(self, kind: str, slug: str) -> dict | None:
        """A published profile, or None."""
        return self._client.published(RESOURCES[kind], slug) if slug else None

    def profiles(self, slug: str) -> list[dict]:
        """Every profile of an id, of whichever kind: kind, id, name, owner."""
        found = (
            (kind, self._client.profile(resource, slug)) for kind, resource in RESOURCES.items()
        )
        return [_short(kind, p) for kind, p in found if p is not None]

    def handed_over(self, kind: str, slug: str) -> list[dict]:
        """The profiles that change hands with a claim: the one asked for, and an investor's
        mandates.
        """
        own = [_short(kind, p) for p in [self.profile(kind, slug)] if p is not None]
        if kind != "investor" or not own:
            return own
        return own + [
            _short("mandate", m) for m in self._client.every("/api/v1/mandates", investor=slug)
        ]

    def called(self, org: str, lang: str) -> str:
        """An organisation as people call it: by its profile, of whichever kind; an office without
        one by the programme it runs.
        """
        if org == PLATFORM:  # what nobody has claimed is its too, and not its name
            return "Nakodo"
        found = next(
            (p for resource in RESOURCES.values() if (p := self._client.profile(resource, org))),
            None,
        )
        if found is None:
            programs = self._client.every("/api/v1/programs", fields="id,name,owner")
            found = next((p for p in programs if p.get("owner") == org), None)
        name = found["name"] if found else {}
        return name.get(lang) or name.get("en") or name.get("ja") or org

    def post(self, letter: dict) -> None:
        """Hands a mail to notices. Raises Unreachable, Refused."""
        self._client.post("/services/notices/internal/mails", letter)

    def forget(self, address: str) -> None:
        """Has notices drop all mail to an address. Raises Unreachable, Refused."""
        self._client.post("/services/notices/internal/mails/forgotten", {"to": address})

    def fates(self, letters: list[str]) -> dict[str, str]:
        """What became of mails: `waiting`, `sent` or `failed`, by id. Raises Unreachable,
        Refused.
        """
        return (
            self._client.post("/services/notices/internal/mails/fates", {"ids": letters})["items"]
            if letters
            else {}
        )

    def named(self, act: str, texts: list[str], owner: str | None) -> dict[str, dict]:
        """What every other service answers to `find` or `erase` about somebody named without an
        account. Raises Unavailable.
        """
        form = {"texts": texts, "owner": owner}
        try:
            return {
                name: self._client.post(f"/services/{name}/internal/named/{act}", form)
                for name in KEEPERS
            }
        except (Refused, Unreachable) as error:
            raise Unavailable() from error

    def trails(self, person: str) -> dict[str, list[dict]]:
        """What the other services' trails hold about a person, by service."""
        return {
            name: self._client.get(f"/services/{name}/internal/people/{person}")["items"]
            for name in KEEPERS
        }
