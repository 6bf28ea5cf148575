"""The class of a source: what kind of text stands behind a fact, by its host and by what is said of
it.
"""

import re
from functools import lru_cache

from shared.vocabulary import read, vocabulary

HOST = re.compile(r"https?://(?:[^/@]*@)?([^/:?#]+)", re.I)
DATA = read("source_hosts")
LISTED = {host: slug for slug, hosts in DATA["hosts"].items() for host in hosts}
MIRRORS = frozenset(DATA["rules"]["mirrors"])
COPIED, UNADDRESSED = (
    re.compile(rf"\b(?:{'|'.join(DATA['rules'][name])})\b", re.I)
    for name in ("copied", "unaddressed")
)
KINDS = {"self-declared": "stated", "dataset": "registry"}


def class_of(source: dict) -> str:
    """A slug of the vocabulary source_class."""
    return _class(
        *(source.get(part) or "" for part in ("kind", "url", "title", "publisher", "note"))
    )


def standing(source: dict) -> int:
    """How well a source stands for a value; the lower, the better."""
    return vocabulary("source_class").rank(class_of(source)) or 0


def weak(slug: str | None) -> bool:
    """Whether a class is less than press: an analysis, a copy, an aggregator, a blog. Where room is
    short, only these are marked.
    """
    classes = vocabulary("source_class")
    return slug is not None and (classes.rank(slug) or 0) > (classes.rank("press") or 0)


@lru_cache(maxsize=8192)
def _class(kind: str, url: str, title: str, publisher: str, note: str) -> str:
    if kind in KINDS:
        return KINDS[kind]
    if COPIED.search(note) or COPIED.search(publisher):
        return "copy"
    if found := HOST.match(url):
        return _of_host(found[1].lower().rstrip("."))
    if UNADDRESSED.search(title) or UNADDRESSED.search(note):
        return "no-address"
    return "document" if kind == "document" else "no-address"


def _of_host(host: str) -> str:
    """The class of the nearest host listed; a mirror of one holds copies."""
    parts = host.split(".")
    if host not in LISTED and MIRRORS & set(parts):
        return "copy"
    above = (".".join(parts[i:]) for i in range(len(parts)))
    return next((LISTED[name] for name in above if name in LISTED), "other")
