"""Whom a name or a Corporate Number means: tiers from sure to near, each name in one place."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

from shared.linkage.names import LIKELY, PARENTHESES, fold, near, sounds, written
from shared.linkage.numbers import corporate_number

MOST = 5


class Tier(StrEnum):
    """How an organisation was found, the surest first."""

    NUMBER = "corporate-number"
    LEGAL = "legal-name"
    ALIAS = "alias"
    FOLDED = "folded-name"
    NEAR = "near-name"


class Why(StrEnum):
    """Why a person is asked."""

    NEAR = "near-name"
    SEVERAL = "several"
    NUMBER_DIFFERS = "number-differs"
    NAME_DIFFERS = "name-differs"


@dataclass(frozen=True)
class Record:
    """An organisation as it is found: its own names (in law, English, Japanese), what else it is
    or was called, how its name is read, its Corporate Numbers.
    """

    id: str
    names: tuple[str, ...]
    others: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()

    @property
    def spelt(self) -> tuple[str, ...]:
        """Every name, however it is written or read."""
        return (*self.names, *self.others, *self.readings)

    @classmethod
    def of(
        cls,
        id: str,
        name: Mapping | None,
        aliases: Sequence[str] | None = None,
        former_names: Sequence[Mapping] | None = None,
        legal_entities: Sequence[Mapping] | None = None,
    ) -> "Record":
        """A record from the parts of a profile."""
        name, entities = name or {}, legal_entities or []
        own = [name.get("en"), name.get("ja"), *(e.get("name") for e in entities)]
        other = [*(aliases or [])]
        other += [old.get(k) for old in former_names or [] for k in ("en", "ja")]
        read = [old.get("kana") for old in (name, *(former_names or []))]
        numbers = frozenset(e["corporate_number"] for e in entities if e.get("corporate_number"))
        names, others, readings = (
            tuple(dict.fromkeys(n for n in part if n)) for part in (own, other, read)
        )
        return cls(id, names, others, readings, numbers)


@dataclass(frozen=True)
class Match:
    """What was found: `tier` None is nobody; with `why` a person decides among `candidates`."""

    tier: Tier | None = None
    candidates: tuple[str, ...] = ()
    why: Why | None = None

    @property
    def one(self) -> str | None:
        """The one organisation that is meant, where that is sure enough to act on."""
        return self.candidates[0] if self.tier and self.why is None else None


class Directory:
    """Organisations by number and by every spelling of their names."""

    def __init__(self, records: Iterable[Record]):
        self.records: dict[str, Record] = {}
        self._numbers: dict[str, set[str]] = {}
        self._heard: dict[str, set[str]] = {}  # names in kana, in Latin letters
        self._tiers: dict[Tier, dict[str, set[str]]] = {
            tier: {} for tier in (Tier.LEGAL, Tier.ALIAS, Tier.FOLDED)
        }
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """One more organisation, found from now on."""
        self.records[record.id] = record
        for number in record.numbers:
            self._numbers.setdefault(number, set()).add(record.id)
        keys = {
            Tier.LEGAL: {_exact(n) for n in record.names},
            Tier.ALIAS: {_exact(n) for n in record.others},
            Tier.FOLDED: {key for n in record.spelt for key in written(n)},
        }
        for key in {s for n in record.spelt for s in _heard(n)}:
            self._heard.setdefault(key, set()).add(record.id)
        for tier, found in keys.items():
            for key in found:
                self._tiers[tier].setdefault(key, set()).add(record.id)

    def find(self, *names: str, number: str = "") -> Match:
        """Whom a number and names of one organisation mean. Raises BadNumber."""
        given = corporate_number(number)
        called = self._called([n for n in names if n and fold(n)])
        numbered = self._numbers.get(given, set()) if given else set()
        if numbered:
            other = called.tier not in (None, Tier.NEAR) and not numbered & set(called.candidates)
            both = tuple(sorted(numbered | (set(called.candidates) if other else set())))
            why = Why.NAME_DIFFERS if other else Why.SEVERAL if len(numbered) > 1 else None
            return Match(Tier.NUMBER, both, why)
        if given and called.tier and called.why is not Why.NEAR:
            free = tuple(c for c in called.candidates if not self.records[c].numbers)
            if not free:
                return Match(called.tier, called.candidates, Why.NUMBER_DIFFERS)
            return Match(called.tier, free, None if len(free) == 1 else Why.SEVERAL)
        return called

    def _called(self, names: list[str]) -> Match:
        """Whom names alone mean; names that mean different organisations are asked about."""
        found = [match for name in names if (match := self._exactly(name)).tier]
        if not found:
            return self._near(names)
        sets = [set(match.candidates) for match in found]
        common = set.intersection(*sets) or set.union(*sets)
        order = list(Tier)
        tier = min((match.tier for match in found if match.tier), key=order.index)
        why = Why.SEVERAL if len(common) > 1 else None
        return Match(tier, tuple(sorted(common)), why)

    def _exactly(self, name: str) -> Match:
        """The surest tier that knows the name; what stands in brackets counts before it is left
        out, kana as kana before its sound.
        """
        folded, bare = ({fold(n)} - {""} for n in (name, PARENTHESES.sub(" ", name)))
        latin = {key for key in folded | bare if key.isascii()}
        legal, alias, known = self._tiers.values()
        looks = [(Tier.LEGAL, legal, {_exact(name)}), (Tier.ALIAS, alias, {_exact(name)})]
        looks += [(Tier.FOLDED, known, keys) for keys in (folded, bare, _former(name))]
        looks += [(Tier.FOLDED, self._heard, latin), (Tier.FOLDED, known, _heard(name))]
        for tier, held, keys in looks:
            if hits := set().union(*(held.get(key, set()) for key in keys)):
                return Match(tier, tuple(sorted(hits)))
        return Match()

    def _near(self, names: list[str]) -> Match:
        """Those whose folded name is nearly one of these, best first: always a question."""
        known, best = self._tiers[Tier.FOLDED], {}
        for asked in {fold(n) for n in names}:
            for key, score, _ in process.extract(
                asked, known.keys(), scorer=fuzz.ratio, score_cutoff=LIKELY, limit=4 * MOST
            ):
                for id in known[key] if near(asked, key) else ():
                    best[id] = max(score, best.get(id, 0))
        ranked = tuple(sorted(best, key=lambda id: (-best[id], id))[:MOST])
        return Match(Tier.NEAR, ranked, Why.NEAR) if ranked else Match()


def _exact(name: str) -> str:
    """A name as written, but for width and spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def _former(name: str) -> set[str]:
    """A name that says that it is a former one, without that word."""
    return {fold(name[1:])} - {""} if name.startswith("旧") else set()


def _heard(name: str) -> set[str]:
    """A name in kana as it may stand in Latin letters."""
    return {*sounds(name), *sounds(PARENTHESES.sub(" ", name))}
