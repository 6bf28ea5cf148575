"""Yes and no, phases of trials, codes by any of their names, and lists of these."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unicodedata import normalize

import jaconv

from shared.reading.words import Unread, normal
from shared.vocabulary import vocabulary

YES = frozenset(
    [
        "yes",
        "y",
        "true",
        "t",
        "1",
        "on",
        "ok",
        "はい",
        "有",
        "有り",
        "有る",
        "あり",
        "ある",
        "○",
        "〇",
        "◯",
        "⭕",
        "◎",
        "●",
        "✓",
        "✔",
        "☑",
        "✅",
        "レ",
        "済",
        "済み",
        "可",
        "可能",
        "該当",
        "該当する",
        "する",
        "希望",
        "希望する",
        "必要",
        "要",
        "同意",
        "同意する",
        "承諾",
        "参加",
        "参加する",
        "真",
        "是",
    ]
)
NO = frozenset(
    [
        "no",
        "n",
        "false",
        "f",
        "0",
        "off",
        "none",
        "いいえ",
        "無",
        "無し",
        "無い",
        "なし",
        "ない",
        "×",
        "✕",
        "✗",
        "✖",
        "❌",
        "x",
        "☐",
        "□",
        "未",
        "未済",
        "不可",
        "不可能",
        "該当なし",
        "非該当",
        "該当しない",
        "しない",
        "希望しない",
        "不要",
        "同意しない",
        "不参加",
        "参加しない",
        "偽",
        "否",
    ]
)
REMARK = re.compile(r"^(.*?)\s*(?:[(\[](.*)[)\]]|[:、,]\s*(.+))$")
PHASE = re.compile(
    r"(?:early_?\s?)?(?:第\s*)?(?:phase|ph\.?|p|フェーズ|フェイズ)?\s*_?-?"
    r"(0|iv|i{1,3}|[1-4]|一|二|三|四)\s?([ab](?:/[ab])?)?\s*相?"
)
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "一": 1, "二": 2, "三": 3, "四": 4}
PHASES = {(1,): "phase-1", (1, 2): "phase-1-2", (2,): "phase-2", (2, 3): "phase-2", (3,): "phase-3"}
STRONG, WEAK = (
    re.compile(r"[;；\n]+"),
    re.compile(r"(\s*[、,，・/／|｜&＆]\s*|\s+and\s+|及び|並びに)"),
)
LONGEST_LABEL = 9  # pieces of a label, the signs between them counted
OFTEN_LEFT_OUT = ("医薬品", "医薬", "療法", "治療", "疾患", "製剤", "領域")
SPOKEN = Path(__file__).with_name("spoken.json")


@dataclass(frozen=True)
class Answer:
    """A yes or a no, and what was written behind it."""

    yes: bool
    remark: str = ""


def yes_no(text: str) -> Answer:
    """Raises Unread."""
    if found := _said(text):
        return Answer(found == "yes")
    parts = REMARK.match(" ".join(normalize("NFKC", text).split()))
    if parts and (found := _said(parts[1])):
        return Answer(found == "yes", (parts[2] or parts[3] or "").strip())
    raise Unread("not-boolean", text)


def _said(text: str) -> str | None:
    plain = normal(text).strip("。.!")
    return "yes" if plain in YES else "no" if plain in NO else None


def phase(text: str) -> str:
    """A phase of clinical trials as a stage of development. Raises Unread."""
    plain = normal(text).replace("試験", "").replace("臨床", "").strip(" ()")
    named = re.sub(r"^(?:第|phases?|フェーズ)\s*", "", plain).strip()
    numbers = []
    for part in re.split(r"\s*(?:[/|、,・~+;-]|\band\b|\bto\b)\s*", named):
        found = PHASE.fullmatch(part)
        if not found and part not in ("a", "b"):
            raise Unread("unread-phase", text)
        if found:
            numbers.append(ROMAN.get(found[1]) or int(found[1]))
    key = tuple(dict.fromkeys(numbers))
    if key not in PHASES:
        raise Unread("unread-phase", text)
    return PHASES[key]


def code(name: str, text: str) -> str:
    """A code of a vocabulary by itself, its label, a synonym or a word people use. Raises Unread,
    with the nearest.
    """
    found = _names(name).get(_key(text)) if _key(text) else None
    if found is None and name == "development_stage":
        try:
            return phase(text)
        except Unread:
            found = None
    if found is None:
        words = vocabulary(name)
        raise Unread("unknown-code", text, vocabulary=name, nearest=words.nearest(normal(text)))
    return found


def codes(name: str, text: str) -> list[str]:
    """Codes in one text, each once: divided by lines and semicolons, else by whatever sign of a
    list is not part of a label. Raises Unread.
    """
    found: list[str] = []
    for part in filter(None, (p.strip() for p in STRONG.split(text))):
        found += _several(name, part)
    return list(dict.fromkeys(found))


def listed(text: str) -> list[str]:
    """The entries of a list of free texts."""
    parts = re.split(r"[;；、\n]|[,，](?=\D|$)", text)
    return list(dict.fromkeys(p.strip() for p in parts if p.strip()))


def _several(name: str, text: str) -> list[str]:
    """The longest beginnings that are names, one after the other: a label may hold the sign of a
    list.
    """
    pieces, found = WEAK.split(text), []
    while pieces:
        for end in range(min(len(pieces) - (len(pieces) + 1) % 2, LONGEST_LABEL), 0, -2):
            whole = "".join(pieces[:end])
            if end == 1:
                found += [code(name, whole)] if whole.strip() else []
            elif _names(name).get(_key(whole)):
                found.append(_names(name)[_key(whole)])
            else:
                continue
            pieces = pieces[end + 1 :]
            break
    return found


@cache
def _names(name: str) -> dict[str, str]:
    """Every name of every code of a vocabulary, folded; what two codes share without being called
    so is no name.
    """
    words = vocabulary(name)
    said = json.loads(SPOKEN.read_text(encoding="utf-8")).get(name, {})
    found: dict[str, str] = {}
    for slug, node in words.nodes.items():
        for text in (slug, node["en"], node["ja"]):
            found.setdefault(_key(text), slug)
    for slug, node in words.nodes.items():
        for text in (*node.get("synonyms", ()), *said.get(slug, ())):
            found.setdefault(_key(text), slug)
    _add_unique(found, {slug: _shorter(node) for slug, node in words.nodes.items()})
    return found


def _add_unique(found: dict[str, str], more: dict[str, set[str]]) -> None:
    """Adds names that only one code has."""
    by_name: dict[str, set[str]] = {}
    for slug, texts in more.items():
        for text in texts - {""}:
            by_name.setdefault(text, set()).add(slug)
    for text, slugs in by_name.items():
        if len(slugs) == 1:
            found.setdefault(text, next(iter(slugs)))


def _shorter(node: dict) -> set[str]:
    """What remains of a label without brackets, without the state behind a town, without an ending
    that people leave out.
    """
    found = set()
    for label in (node["en"], node["ja"]):
        bare = re.sub(r"[(（][^)）]*[)）]", "", label)
        found |= {_key(bare), _key(re.sub(r", [A-Z]{2}$", "", bare))}
        found |= {_key(part) for part in re.split(r"[・/]", bare) if "hub" in node.get("kind", "")}
        found |= {_key(bare.removesuffix(end)) for end in OFTEN_LEFT_OUT if bare.endswith(end)}
    return found


@cache
def _key(text: str) -> str:
    """Width, case, kana, signs and spaces left out."""
    plain = jaconv.hira2kata(normalize("NFKC", text)).casefold()
    return "".join(c for c in plain if c.isalnum() or c in "ー+")
