"""The value of a fact as people write it, as the field keeps it: dates, amounts, codes, yes and no,
also within values of several parts.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from shared.judgement import fields
from shared.judgement.dates import UNDATED
from shared.judgement.fields import FIELDS, SHAPED
from shared.reading import amounts, answers, dates
from shared.reading.words import Unread


def read(field: str, value: Any) -> Any:
    """What a value typed for a field means; what is no text stays as it is. Raises Unread."""
    known = FIELDS.get(field)
    if known is None:
        return value
    if known.shape:
        return _parts(SHAPED.get(known.shape), value)
    if not isinstance(value, str) or value == UNDATED:
        return value
    if known.vocabulary:
        return answers.code(known.vocabulary, value)
    return TYPED[known.type](value) if known.type in TYPED else value


def _parts(shape: dict | None, value: Any) -> Any:
    """An object part by part; a sum of money may name its own currency."""
    if shape is None or not isinstance(value, dict):
        return value
    made = dict(value)
    for key, text in value.items():
        checker = shape.get(key) or shape.get(f"{key}?")
        if not isinstance(text, str) or not text.strip() or text == UNDATED:
            continue
        if checker is fields._amount:
            sum_ = amounts.whole(text, value.get("currency"))
            made[key], made["currency"] = int(sum_.exact or 0), sum_.currency
        elif name := getattr(checker, "vocabulary", None):
            made[key] = answers.code(name, text)
        elif checker in READERS:
            made[key] = READERS[checker](text)
    return made


def plain(found: Decimal) -> int | float:
    return int(found) if found == found.to_integral_value() else float(found)


def _number(text: str) -> int | float:
    return plain(amounts.number(text))


def _yes_no(text: str) -> bool:
    """A yes or a no; a remark behind it has no place in a fact. Raises Unread."""
    found = answers.yes_no(text)
    if found.remark:
        raise Unread("not-boolean", text)
    return found.yes


TYPED: dict[str | None, Callable[[str], Any]] = {
    "date": dates.partial,
    "number": _number,
    "count": _number,
    "bool": _yes_no,
}
READERS: dict[Any, Callable[[str], Any]] = {
    fields._date: dates.partial,
    fields._number: _number,
    fields._share: _number,
    fields._bool: _yes_no,
}
