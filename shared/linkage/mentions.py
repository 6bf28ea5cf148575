"""Which names a line holds that people write about themselves: company, department, title."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from shared.linkage.names import JAPANESE, WORDS, fold, spellings

BETWEEN = re.compile(r"[\s,、，・/／;；|()（）\[\]【】@]+|\bat\b")
MOST_WORDS, SHORTEST = 12, 3
PARTS = tuple(fold(part) for part in WORDS["parts"])


def mentioned(text: str, names: Iterable[str]) -> bool:
    """Whether a text is one of the names in any spelling, or holds one as words of its own: before
    a department or title, after a comma.
    """
    said = _said(text)
    return any(said & spellings(name) for name in names)


@lru_cache(maxsize=20_000)
def _said(text: str) -> frozenset[str]:
    """The folded names that a text may name: all of it, each run of its words, and what stands
    before a department.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = [w for w in BETWEEN.split(JAPANESE.sub(" ", plain)) if w][:MOST_WORDS]
    runs = (words[i:j] for i in range(len(words)) for j in range(i + 1, len(words) + 1))
    said = {s for run in runs for s in spellings(" ".join(run))}
    said |= {s[:i] for s in said for i in range(SHORTEST, len(s)) if s.startswith(PARTS, i)}
    return frozenset(spellings(text) | {s for s in said if len(s) >= SHORTEST})
