"""Headings as people write them, and what they mean: one key whatever width, case, remarks and
signs; synonyms in English and Japanese.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from unicodedata import normalize

NOTES = re.compile(r"※.*$|[*＊†]|\[?(?:必須|任意|required|optional)\]?$")
BRACKETS = re.compile(r"[(\[【〔<].*?[)\]】〕>]")
NUMBERED = re.compile(r"^(?:[(（]?\d{1,2}[)）.．、:：]|[①-⑳]|[q問]\d{1,2}[.．:： ])\s*")


@lru_cache(maxsize=20_000)
def key(heading: str) -> str:
    """The comparable form of a heading."""
    text = NUMBERED.sub("", normalize("NFKC", NUMBERED.sub("", heading)).casefold().strip())
    text = NOTES.sub("", text)
    return "".join(c for c in text if c.isalnum() or c == "ー")


@lru_cache(maxsize=20_000)
def bare(heading: str) -> str:
    """The same without what stands in brackets, a unit or a remark."""
    return key(BRACKETS.sub("", normalize("NFKC", heading)))


def words(meanings: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Which heading, in its comparable form, has which meaning; the first that claims it."""
    found: dict[str, str] = {}
    for meaning, names in meanings.items():
        for name in (meaning, *names):
            found.setdefault(key(name), meaning)
    return found


def match(headings: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """What each heading means; each meaning once, the heading that says it exactly before one that
    says it with a remark.
    """
    found: dict[str, str] = {}
    for form in (key, bare):
        for heading in headings:
            meaning = known.get(form(heading))
            if heading and heading not in found and meaning and meaning not in found.values():
                found[heading] = meaning
    return found


def letters(place: int) -> str:
    """The letters of a column, from 1, as a spreadsheet shows them."""
    found = ""
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
