"""What all readers share: the refusal, and one form of a text whatever its width and case."""

import re
import unicodedata

from shared.errors import FieldError

# hyphens, minus signs and wave dashes as people and IMEs leave them
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣", "-") | dict.fromkeys("〜～∼˜", "~"))
KANJI = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True)) | {
    "壱": "1",
    "弐": "2",
    "参": "3",
}
NUMERAL = re.compile("[〇零一二三四五六七八九壱弐参十]+(?=[年月日時分秒世期])")


class Unread(ValueError):
    """A text that is not what it should be: a code of `shared.refusals` and what the text needs."""

    def __init__(self, code: str, given: str, **params):
        super().__init__(code)
        self.code, self.params = code, {"given": given.strip()[:80], **params}

    def at(self, field: str) -> FieldError:
        """The refusal as the fault of a field."""
        return FieldError(field, self.code, self.params)


def normal(text: str) -> str:
    """The text in half width and small letters, with one kind of dash, single spaces."""
    folded = unicodedata.normalize("NFKC", text.replace("〜", "~").replace("～", "~"))
    return " ".join(folded.translate(DASHES).split()).casefold()


def arabic(text: str) -> str:
    """The text with the kanji numerals before a unit of time as digits."""
    return NUMERAL.sub(lambda found: str(_number(found[0])), text.replace("元年", "1年"))


def _number(kanji: str) -> int:
    """十九 as 19, 二〇二六 as 2026."""
    if "十" not in kanji:
        return int("".join(KANJI[c] for c in kanji))
    tens, _, ones = kanji.partition("十")
    return 10 * (_number(tens) if tens else 1) + (_number(ones) if ones else 0)
