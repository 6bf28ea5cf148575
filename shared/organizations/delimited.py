"""Tables as plain text: CSV and TSV in the encodings that Excel and Japanese systems write."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from shared.sandbox import Refused

MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
DIVIDERS, SAMPLE = "\t,;|", 60_000
SAID = re.compile(r"sep=(.)\r?\n?|sep=(.)\r", re.IGNORECASE)
KANA = re.compile("[\u3041-\u30fe\u3400-\u9fff\uff01-\uff5e]")
ODD = re.compile("[\uff61-\uff9f\ue000-\uf8ff\x80-\x9f]")


def records(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The records with the numbers that a spreadsheet shows. Raises Refused."""
    text = _decoded(content)
    said = SAID.match(text)
    divider = (said[1] or said[2]) if said else _divider(text)
    text, first = (text[said.end() :], 2) if said else (text, 1)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
        yield from enumerate(reader, first)
    except csv.Error as error:
        raise Refused("bad-table") from error


def _decoded(content: bytes) -> str:
    """The text in whichever encoding it is; what is none is refused."""
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return _sound(content, encoding)
    if content[:400].count(0) * 5 > len(content[:400]):  # every second byte of Latin letters
        little = content[1:400:2].count(0) > content[0:400:2].count(0)
        return _sound(content, "utf-16-le" if little else "utf-16-be")
    if b"\x1b" in content:
        return _sound(content, "iso2022_jp_ext")
    try:
        return _sound(content, "utf-8")
    except Refused:
        return _japanese(content)


def _sound(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise Refused("table-encoding") from None
    if "\0" in text:
        raise Refused("table-encoding")
    return text


def _japanese(content: bytes) -> str:
    """Shift_JIS or EUC-JP: whichever gives more kana and kanji and fewer odd characters."""
    found = []
    for encoding in ("cp932", "euc_jis_2004"):
        try:
            text = _sound(content, encoding)
        except Refused:
            continue
        found.append((len(KANA.findall(text)) - 3 * len(ODD.findall(text)), text))
    if not found:
        raise Refused("table-encoding")
    return max(found, key=lambda one: one[0])[1]


def _divider(text: str) -> str:
    """The sign that divides most records alike; of several such, the one that divides into more."""
    sample = text[:SAMPLE]

    def alike(sign: str) -> tuple[int, int, bool]:
        try:
            records = islice(csv.reader(io.StringIO(sample, newline=""), delimiter=sign), 20)
            widths = Counter(len(record) for record in records if len(record) > 1)
        except csv.Error:
            widths = Counter()
        count, times = widths.most_common(1)[0] if widths else (0, 0)
        return times, count, sign == ","

    return max(DIVIDERS, key=alike)
