"""Texts in English and Japanese as the concepts they name: the labels and synonyms of the
vocabularies, found offline.
"""

import re
import unicodedata
from functools import cache

from services.matching.engine.space import TEXT_VOCABULARIES
from shared.judgement.facts import Fact
from shared.vocabulary import vocabulary

THERAPY = re.compile(r"(?: cell)?[ -]therapy$|療法$", re.IGNORECASE)
LONGEST_COMMON = 4  # "cell" and "gene" alone name nothing
SHORTEST = 2  # characters of a form that may be looked for


def nodes_in(facts: list[Fact]) -> list[str]:
    """Concepts named in the texts, each once, as "vocabulary:slug", in the order of the
    vocabularies.
    """
    text = " \n ".join(_plain(f.value) for f in facts)
    latin, other = _forms()
    found = (
        {node for pattern in latin for m in pattern.findall(text) for node in _LATIN[m]}
        if text.strip()
        else set()
    )
    found |= {node for form, nodes in other.items() if form in text for node in nodes}
    order = {
        f"{v}:{n}": i
        for i, (v, n) in enumerate((v, n) for v in TEXT_VOCABULARIES for n in vocabulary(v).nodes)
    }
    return sorted(found, key=order.__getitem__)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", str(text)).casefold().replace("-", " ")


def _parts(name: str) -> list[str]:
    """A label; what stands before and inside its brackets; each without the word for therapy that
    texts leave out.
    """
    whole = [name, *(p for p in re.split(r"\s*[()（）]\s*", name) if p)]
    return [
        *whole,
        *(shorter for p in whole if len(shorter := THERAPY.sub("", p)) > LONGEST_COMMON),
    ]


_LATIN: dict[str, tuple[str, ...]] = {}


@cache
def _forms() -> tuple[list[re.Pattern], dict[str, tuple[str, ...]]]:
    """A pattern over all Latin forms, longest first and on word bounds, and the Japanese forms."""
    other: dict[str, tuple[str, ...]] = {}
    for name in TEXT_VOCABULARIES:
        for slug, node in vocabulary(name).nodes.items():
            for form in {
                _plain(part)
                for written in (node["en"], node["ja"], *node.get("synonyms", []))
                for part in _parts(written)
            }:
                if len(form) >= SHORTEST:
                    table = _LATIN if form.isascii() else other
                    table[form] = (*table.get(form, ()), f"{name}:{slug}")
    words = "|".join(re.escape(f) for f in sorted(_LATIN, key=len, reverse=True))
    return [re.compile(rf"(?<![a-z0-9])(?:{words})(?:(?=s?(?![a-z0-9])))")], other
