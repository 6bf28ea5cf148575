"""Names folded so that width, case, kana, romanisation and legal form do not matter."""

import re
import unicodedata
from functools import lru_cache

import jaconv

LEGAL_FORMS = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|一般社団法人|\(株\)|㈱|"
    r"\b(?:inc|incorporated|corp|corporation|co|ltd|limited|llc|lp|llp|plc|gmbh|ag|kk|k\.k|gk|pte)\b\.?",
    re.IGNORECASE,
)
PARENTHESES = re.compile(r"\s*[(（][^)）]*[)）]\s*")


@lru_cache(maxsize=200_000)
def fold(name: str) -> str:
    """The comparable form of a name: NFKC, small letters, katakana, no legal form, no marks,
    letters and digits only.
    """
    text = jaconv.hira2kata(unicodedata.normalize("NFKC", name)).casefold()
    text = unicodedata.normalize("NFKD", LEGAL_FORMS.sub(" ", text))
    text = unicodedata.normalize(
        "NFC", "".join(c for c in text if unicodedata.category(c) != "Mn" or c in "\u3099\u309a")
    )
    return "".join(c for c in text if c.isalnum() or c == "ー")


def romanised(name: str) -> str | None:
    """Kana in Latin letters, folded; None where the name is not all kana."""
    folded = fold(name)
    if not folded or not all("ァ" <= c <= "ー" for c in folded):
        return None
    return fold(jaconv.kana2alphabet(jaconv.kata2hira(folded)).replace("ー", ""))


def grams(folded: str) -> set[str]:
    """Trigrams of a folded name; shorter names stand for themselves."""
    return {folded[i : i + 3] for i in range(len(folded) - 2)} or {folded}


def forms(name: dict, aliases: list[str], former: list[dict]) -> list[tuple[str, str]]:
    """All folded names of an organisation with the name as written; without what stands in
    brackets, and kana romanised, too.
    """
    written = [name.get(k) for k in ("en", "ja", "kana")] + list(aliases)
    written += [old.get(k) for old in former for k in ("en", "ja")]
    written += [PARENTHESES.sub(" ", w) for w in written if w and PARENTHESES.search(w)]
    found = {fold(text): text for text in reversed([w for w in written if w]) if fold(text)}
    for text in [t for t in found.values()]:
        latin = romanised(text)
        if latin:
            found.setdefault(latin, text)
    return sorted(found.items())


def corporate_number_ok(number: str) -> bool:
    """Whether a Japanese Corporate Number (13 digits) has its right check digit.

    Source: National Tax Agency, check digit = 9 - (sum of digits x weight 1 or 2) mod 9.
    """
    if not re.fullmatch(r"\d{13}", number):
        return False
    digits = [int(d) for d in reversed(number[1:])]
    total = sum(d * (1 if i % 2 == 0 else 2) for i, d in enumerate(digits))
    return int(number[0]) == 9 - total % 9
