"""What programs asks of other services, over HTTP: how a startup stands against a programme's dated
rules.
"""

from nakodo_client import Refused, Unreachable
from shared.errors import Unavailable
from shared.linkage import Record, spellings

PART = 40  # startups asked about at once


class Doors:
    """`client(lang)` speaks as this service."""

    def __init__(self, client):
        self._client = client

    def checks(self, startup: str, program: str) -> dict[str, dict]:
        """By rule: state, value, threshold, source, date, and the sentence in both languages. Empty
        where matching does not know either.
        """
        try:
            told = {lang: self._client(lang).gates(startup, program) for lang in ("en", "ja")}
        except (Refused, Unreachable) as error:
            if isinstance(error, Refused) and error.status == 404:
                return {}
            raise Unavailable() from error
        found: dict[str, dict] = {}
        for en, ja in zip(told["en"], told["ja"], strict=True):
            rule = (
                en["gate"]
                if en["gate"] not in found
                else f"{en['gate']}-{sum(k.startswith(en['gate']) for k in found) + 1}"
            )
            kept = {
                k: en.get(k)
                for k in ("state", "value", "threshold", "source", "source_class", "as_of", "rule")
            }
            found[rule] = kept | {"text": {"en": en["text"], "ja": ja["text"]}}
        return found

    def names(self, startup: str) -> set[str]:
        """Every spelling of a published startup's name, folded; empty where there is none. Raises
        Unavailable.
        """
        stated = self._published(startup) or {}
        parts = (stated.get(p) for p in ("name", "aliases", "former_names", "legal_entities"))
        return {s for name in Record.of(startup, *parts).spelt for s in spellings(name)}

    def published(self, startup: str) -> bool:
        """Whether there is a published profile of that id. Raises Unavailable."""
        return self._published(startup) is not None

    def _published(self, startup: str) -> dict | None:
        try:
            return self._client("en").published("startups", startup)
        except (Refused, Unreachable) as error:
            raise Unavailable() from error

    def fates(self, letters: list[str]) -> dict[str, dict[str, int]] | None:
        """Of letters handed over, how many mails wait, have been sent, have failed; None where that
        cannot be asked now.
        """
        try:
            return (
                self._client("en").post(
                    "/services/accounts/internal/letters/fates", {"ids": letters}
                )["items"]
                if letters
                else {}
            )
        except (Refused, Unreachable):
            return None

    def topics(self, startup: str) -> list[str]:
        """The areas and modalities a startup shows the network; empty where its profile cannot be
        read now.
        """
        try:
            facts = self._client("en").get(f"/api/v1/startups/{startup}/facts")["items"]
        except (Refused, Unreachable):
            return []
        return sorted(
            {
                f["value"]
                for f in facts
                if f["field"] in ("therapeutic_area", "modality")
                and isinstance(f["value"], str)
                and f["tier"] in ("public", "network")
            }
        )

    def barred(self, startups: list[str], sites: list[str]) -> dict[tuple[str, str], dict]:
        """Pairs that a gate refuses, with the gate and its sentence in both languages. Raises
        Unavailable.
        """
        found: dict[tuple[str, str], dict] = {}
        for begin in range(0, len(startups), PART):
            asked = {"startups": startups[begin : begin + PART], "others": sites}
            try:
                told = {
                    lang: self._client(lang).post("/services/matching/internal/pairs/gates", asked)[
                        "items"
                    ]
                    for lang in ("en", "ja")
                }
            except (Refused, Unreachable) as error:
                raise Unavailable() from error
            for en, ja in zip(told["en"], told["ja"], strict=True):
                found[en["startup"], en["other"]] = {
                    "gate": en["gate"],
                    "text": {"en": en["text"], "ja": ja["text"]},
                }
        return found
