"""Controlled vocabularies: stable slugs with EN and JA labels, parents and ranks, loaded once from
the files beside this one.
"""

import json
import re
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

from rapidfuzz import fuzz, process

FOLDER = Path(__file__).parent


def read(name: str) -> dict:
    """The raw content of one data file of this folder."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


class Vocabulary:
    """One vocabulary: nodes by slug, with ancestors over `parent` and `also_under`."""

    def __init__(self, name: str):
        document = read(name)
        self.name = name
        self.version = document.get("version", "1")
        self.title = document.get("title", {})
        self.note = document.get("note", "")
        self.nodes = MappingProxyType({node["slug"]: node for node in document["nodes"]})
        self._up = {slug: self._closure(slug) for slug in self.nodes}

    def _closure(self, slug: str) -> tuple[str, ...]:
        seen: list[str] = []
        queue = [slug]
        while queue:
            current = queue.pop(0)
            if current in seen or current not in self.nodes:
                continue
            seen.append(current)
            node = self.nodes[current]
            queue += [node["parent"]] if "parent" in node else []
            queue += node.get("also_under", [])
        return tuple(seen)

    def __contains__(self, slug: object) -> bool:
        return slug in self.nodes

    def up(self, slug: str) -> tuple[str, ...]:
        """The node and all its ancestors, nearest first; an unknown slug stands alone."""
        return self._up.get(slug, (slug,))

    def under(self, slug: str) -> frozenset[str]:
        """The node and all its descendants."""
        return frozenset(node for node, up in self._up.items() if slug in up)

    def holds(self, slug: str, other: str) -> bool:
        """Whether another node is the same, lies under it, or is one of those it stands for
        together.
        """
        return slug in self.up(other) or other in self.nodes.get(slug, {}).get("covers", ())

    def roots(self, slug: str) -> tuple[str, ...]:
        """The top-level ancestors of a node."""
        return tuple(s for s in self.up(slug) if s in self.nodes and "parent" not in self.nodes[s])

    def rank(self, slug: str | None) -> int | None:
        return self.nodes[slug].get("rank") if slug in self.nodes else None

    def label(self, slug: str, lang: str = "en") -> str:
        node = self.nodes.get(slug)
        return node[lang] if node else slug

    def nearest(self, slug: object, limit: int = 3) -> list[str]:
        """Slugs a person may have meant by an unknown code, over slugs, labels, synonyms and their
        single words.
        """
        given = str(slug)[:80].lower()
        slugs, written = self._written
        best: dict[str, float] = {}
        for _, score, at in process.extract(
            given, written, scorer=fuzz.ratio, score_cutoff=50, limit=None
        ):
            best[slugs[at]] = max(score, best.get(slugs[at], 0))
        return sorted(best, key=lambda s: (-best[s], s))[:limit]

    @cached_property
    def _written(self) -> tuple[list[str], list[str]]:
        """Every form of every node, and beside each the node's slug."""
        pairs = [(s, form) for s, node in self.nodes.items() for form in self._forms(node)]
        return [s for s, _ in pairs], [form for _, form in pairs]

    @staticmethod
    def _forms(node: dict) -> set[str]:
        whole = [
            node["slug"],
            node["en"].lower(),
            node["ja"],
            *(s.lower() for s in node.get("synonyms", [])),
        ]
        return {
            *whole,
            *(word for text in whole for word in re.split(r"[\s,/()-]+", text) if len(word) > 2),
        }


@cache
def vocabulary(name: str) -> Vocabulary:
    return Vocabulary(name)


@cache
def names() -> tuple[str, ...]:
    """All vocabularies a client may read, in alphabetical order."""
    other = {"fields", "fx_rates", "code_systems", "modality_defaults", "source_hosts"}
    return tuple(sorted(p.stem for p in FOLDER.glob("*.json") if p.stem not in other))


@cache
def modality_defaults() -> dict[str, dict]:
    """What a modality usually needs, by modality: judgement to ask about, never a fact."""
    return {row["modality"]: row for row in read("modality_defaults")["defaults"]}


def defaults_of(modality: str) -> dict | None:
    """The defaults of the nearest ancestor that has any."""
    return next(
        (
            modality_defaults()[m]
            for m in vocabulary("modality").up(modality)
            if m in modality_defaults()
        ),
        None,
    )


def country_of(place: str) -> str | None:
    """The country a geography node lies in, None above country level."""
    geography = vocabulary("geography")
    return next(
        (s for s in geography.up(place) if geography.nodes.get(s, {}).get("kind") == "country"),
        None,
    )


def territory(place: str) -> frozenset[str]:
    """The countries a territory covers, rights territories (world-ex-jp, greater-china)
    included.
    """
    geography = vocabulary("geography")
    node = geography.nodes.get(place)
    if node is None:
        return frozenset()
    if node.get("kind") == "rights-territory":
        inside = frozenset().union(*(territory(p) for p in node["includes"]))
        return inside - frozenset().union(
            *(territory(p) for p in node.get("excludes", [])), frozenset()
        )
    below = {s for s in geography.under(place) if geography.nodes[s]["kind"] == "country"}
    return frozenset(below or {country_of(place) or place})
