"""Corporate Numbers as people and spreadsheets write them."""

import re
import unicodedata

BESIDE = re.compile(r"法人番号|corporate number|[\s:：#'’\-‐‑–—−ー.]", re.IGNORECASE)


class BadNumber(ValueError):
    """What is no Japanese Corporate Number."""


def corporate_number_ok(number: str) -> bool:
    """Whether a Japanese Corporate Number (13 digits) has its right check digit.

    Source: National Tax Agency, check digit = 9 - (sum of digits x weight 1 or 2) mod 9.
    """
    if not re.fullmatch(r"[0-9]{13}", number):
        return False
    digits = [int(d) for d in reversed(number[1:])]
    total = sum(d * (1 if i % 2 == 0 else 2) for i, d in enumerate(digits))
    return int(number[0]) == 9 - total % 9


def corporate_number(text: str) -> str | None:
    """The number in a cell, whatever its width and dashes, an invoice number's T before it; None
    for an empty cell. Raises BadNumber.
    """
    kept = BESIDE.sub("", unicodedata.normalize("NFKC", text)).upper()
    number = kept.removeprefix("T")
    if not kept:
        return None
    if not corporate_number_ok(number):
        raise BadNumber(text)
    return number
