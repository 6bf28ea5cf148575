"""Text at the door and at the way out: one form for what comes in, and a form that every file can
hold for what goes out.
"""

import json
import math
import re
import unicodedata
from typing import Any

LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")
# Controls but tab and line end, halves of surrogate pairs, code points that are no characters, and
# what turns the
# direction of writing, so that a text reads otherwise than it is written.
BAD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\u202a-\u202e\u2066-\u2069"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)
# Kanji of names that Unicode would replace by another form of the same character: they stay as they
# are written.
COMPATIBLE = re.compile("[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")
NAMES = {
    0x00: ("a null character", "ヌル文字"),
    0x08: ("a backspace", "後退文字"),
    0x0B: ("a vertical tab", "垂直タブ"),
    0x0C: ("a page break", "改ページ"),
    0x1B: ("an escape character", "エスケープ文字"),
    0x7F: ("a delete character", "削除文字"),
    0x202A: ("a left-to-right embedding", "左から右への埋め込み記号"),
    0x202B: ("a right-to-left embedding", "右から左への埋め込み記号"),
    0x202C: ("an end of a text direction", "書字方向の終了記号"),
    0x202D: ("a left-to-right override", "左から右への上書き記号"),
    0x202E: ("a right-to-left override", "右から左への上書き記号"),
    0x2066: ("a left-to-right isolate", "左から右への分離記号"),
    0x2067: ("a right-to-left isolate", "右から左への分離記号"),
    0x2068: ("a first strong isolate", "書字方向の分離記号"),
    0x2069: ("an end of a text direction", "書字方向の終了記号"),
}


class BadText(ValueError):
    """A character that no text may hold; `params` name it and its line for a `bad-characters`
    refusal.
    """

    def __init__(self, text: str, at: int):
        point = ord(text[at])
        english, japanese = _named(point)
        line = text.count("\n", 0, at) + 1
        self.params = {
            "name": english,
            "name_ja": japanese,
            "point": f"U+{point:04X}",
            "line": line,
        }
        super().__init__(f"{english} ({self.params['point']}) in line {line}")


def _named(point: int) -> tuple[str, str]:
    if point in NAMES:
        return NAMES[point]
    if 0xD800 <= point <= 0xDFFF:
        return "half of a character", "壊れた文字（サロゲートの片割れ）"
    return (
        ("a control character", "制御文字")
        if point < 0xA0
        else ("what is no character", "文字ではない符号")
    )


def cleaned(text: str) -> str:
    """The text with line ends as `\\n`, composed (NFC), without byte-order marks. Raises BadText
    for what no text may hold.
    """
    if text.isascii() and text.isprintable():
        return text
    text = LINE_END.sub("\n", text).replace("\ufeff", "")
    if found := BAD.search(text):
        raise BadText(text, found.start())
    return COMPATIBLE.sub(lambda part: unicodedata.normalize("NFC", part[0]), text)


def plain(value: Any) -> str:
    """The text of a value as any file can hold it, whatever a row of old times holds."""
    return BAD.sub("\ufffd", LINE_END.sub("\n", "" if value is None else str(value)))


def plain_document(value: Any) -> Any:
    """A document that strict readers take: texts as `plain` gives them, no number that is none."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {plain(k): plain_document(v) for k, v in value.items()}
    return [plain_document(v) for v in value] if isinstance(value, (list, tuple)) else value


def as_json(
    document: Any, *, sort_keys: bool = False, separators: tuple[str, str] | None = None
) -> str:
    """Strict JSON that fits UTF-8, whatever is stored: what no strict reader takes is replaced,
    where there is any.
    """
    try:
        made = json.dumps(
            document,
            ensure_ascii=False,
            allow_nan=False,
            sort_keys=sort_keys,
            separators=separators,
        )
        made.encode()
        return made
    except ValueError:  # a number that is none, or half a character
        return json.dumps(
            plain_document(document),
            ensure_ascii=False,
            allow_nan=False,
            sort_keys=sort_keys,
            separators=separators,
        )
