"""Names folded so that width, case, kana, old characters, romanisation and legal form do not
matter.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import jaconv
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

NEAR, LIKELY, SHORTEST = 86, 80, 4
FOLDER = Path(__file__).parent
WORDS = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
FORMS = WORDS["legal_forms"]
OLD = json.loads((FOLDER / "characters.json").read_text(encoding="utf-8"))["pairs"].split()
SMALL = dict(zip("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ", strict=True))
SOUNDS = {"ヴア": "バ", "ヴイ": "ビ", "ヴエ": "ベ", "ヴオ": "ボ", "ヴ": "ブ"}
SOUNDS |= {"ヂ": "ジ", "ヅ": "ズ", "ツクス": "クス"}
LETTERS = str.maketrans({pair[0]: pair[1] for pair in OLD})
KANA = str.maketrans(SMALL | {"ヰ": "イ", "ヱ": "エ", "ヲ": "オ", "ー": ""})
LONG = re.compile(r"([aiueo])\1+|(?<=o)u")


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


JAPANESE = re.compile(
    rf"{_any(FORMS['japanese'])}|\((?:{_any(FORMS['bracketed'])})\)"
    rf"|^\(?(?:{_any(FORMS['banking'])})\)|\((?:{_any(FORMS['banking'])})\)?$"
)
LATIN = re.compile(rf"(?<=[^\s,.&])[\s,.&]*(?:(?<![a-z0-9.])(?:{_any(FORMS['latin'])}))[\s,.&]*$")
FIRST = re.compile(r"^(?:k\.k\.|kk|y\.k\.|g\.k\.|kabushiki (?:kaisha|gaisha))\s+")
PARENTHESES = re.compile(r"\s*[(（\[［【][^)）\]］】]*[)）\]］】]\s*")
SHORT = re.compile(rf"\b({_any(WORDS['short'])})\b\.?")
LOANWORDS = re.compile(_any(WORDS["loanwords"]))


@lru_cache(maxsize=200_000)
def fold(name: str) -> str:
    """The comparable form of a name: NFKC, small letters, new characters, katakana of one size, no
    legal form, no marks, letters and digits only.
    """
    text = unicodedata.normalize("NFKC", name).translate(LETTERS).casefold()
    text = JAPANESE.sub(" ", jaconv.hira2kata(text)).strip()
    text = unicodedata.normalize("NFKD", _without_latin_forms(text))
    text = unicodedata.normalize(
        "NFC", "".join(c for c in text if unicodedata.category(c) != "Mn" or c in "\u3099\u309a")
    )
    text = text.translate(KANA)
    for spelt, heard in SOUNDS.items():
        text = text.replace(spelt, heard) if spelt in text else text
    return "".join(c for c in text if c.isalnum())


def _without_latin_forms(text: str) -> str:
    """Inc., Co., Ltd. and their like at the end of what stands before a bracket, K.K. at the
    beginning; "and" is "&", "the" is nothing.
    """
    if not re.search("[a-z]", text):
        return text
    head, bracket, tail = text.partition("(")
    head, before = FIRST.sub("", head.strip()), None
    while head != before:
        head, before = LATIN.sub("", head), head
    text = re.sub(r"^the\s+|\band\b", " ", f"{head}{bracket}{tail}")
    return SHORT.sub(lambda word: WORDS["short"][word[1]], text)


def romanised(name: str) -> str | None:
    """Kana in Latin letters, folded; None where the name is not all kana."""
    folded = fold(name)
    return _latin(name) if folded and all("ァ" <= c <= "ー" for c in folded) else None


@lru_cache(maxsize=50_000)
def sounds(name: str) -> frozenset[str]:
    """How a name with kana may stand in Latin letters, folded: as it is spelt, with words of the
    trade as companies write them, with long vowels short; none with kanji.
    """
    folded = fold(name)
    if folded.isascii() or not all(c.isascii() or "ァ" <= c <= "ー" for c in folded):
        return frozenset()
    kana = JAPANESE.sub(" ", jaconv.hira2kata(unicodedata.normalize("NFKC", name)))
    traded = LOANWORDS.sub(lambda word: f" {WORDS['loanwords'][word[0]]} ", kana)
    latin = {_latin(kana), _latin(traded)}
    return frozenset(latin | {LONG.sub(r"\1", text) for text in latin})


def _latin(text: str) -> str:
    parts = re.split(r"([A-Za-z]+)", jaconv.hira2kata(unicodedata.normalize("NFKC", text)))
    heard = (p if p.isascii() else jaconv.kana2alphabet(jaconv.kata2hira(p)) for p in parts)
    return fold("".join(heard).replace("ー", ""))


def near(a: str, b: str) -> bool:
    """Whether two folded names are so alike that a person is asked; a number tells names apart."""
    shorter = min(len(a), len(b))
    alike = shorter >= SHORTEST and fuzz.ratio(a, b) >= NEAR
    one_off = shorter >= SHORTEST + 2 and Levenshtein.distance(a, b, score_cutoff=1) <= 1
    return (alike or one_off) and re.findall(r"\d+", a) == re.findall(r"\d+", b)


def grams(folded: str) -> set[str]:
    """Trigrams of a folded name; shorter names stand for themselves."""
    return {folded[i : i + 3] for i in range(len(folded) - 2)} or {folded}


def written(text: str) -> set[str]:
    """The folded forms of one name as it is written: whole, and without what stands in brackets."""
    return {fold(text), fold(PARENTHESES.sub(" ", text))} - {""}


def spellings(text: str) -> set[str]:
    """The folded forms of one name: as it is written, and kana in Latin letters."""
    return written(text) | sounds(text) | sounds(PARENTHESES.sub(" ", text))


def forms(name: dict, aliases: list[str], former: list[dict]) -> list[tuple[str, str]]:
    """All folded names of an organisation with the name as written; without what stands in
    brackets, and kana romanised, too.
    """
    stated = [name.get(k) for k in ("en", "ja", "kana")] + list(aliases)
    stated += [old.get(k) for old in former for k in ("en", "ja")]
    stated = [text for text in reversed(stated) if text]
    found = {s: text for text in stated for s in spellings(text)}
    found |= {fold(text): text for text in stated}
    return sorted((folded, text) for folded, text in found.items() if folded)
