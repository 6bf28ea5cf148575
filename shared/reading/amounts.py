"""Numbers and amounts of money as people write them in Japanese and English."""

import re
from dataclasses import dataclass
from decimal import Decimal

from shared.reading.words import Unread, normal

SCALES = {
    **{
        "兆": 12,
        "十億": 9,
        "億": 8,
        "千万": 7,
        "百万": 6,
        "十万": 5,
        "万": 4,
        "千": 3,
        "百": 2,
        "十": 1,
    },
    **dict.fromkeys(("trillion", "trn", "tn"), 12),
    **dict.fromkeys(("billion", "bn", "b"), 9),
    **dict.fromkeys(("million", "mil", "mio", "mln", "mn", "mm", "m"), 6),
    **dict.fromkeys(("thousand", "k"), 3),
}
CURRENCIES = {
    "JPY": ("jpy", "¥", "円", "日本円", "yen", "japanese yen", "圓"),
    "USD": (
        "usd",
        "us$",
        "$",
        "米ドル",
        "米国ドル",
        "ドル",
        "us dollars",
        "us dollar",
        "dollars",
        "dollar",
        "弗",
    ),
    "EUR": ("eur", "€", "ユーロ", "euros", "euro"),
}
OTHERS = {  # currencies that people write and that no amount is kept in
    **dict.fromkeys(("gbp", "£", "ポンド", "英ポンド"), "GBP"),
    **dict.fromkeys(("cny", "rmb", "人民元", "元"), "CNY"),
    **dict.fromkeys(("krw", "₩", "ウォン"), "KRW"),
    **dict.fromkeys(("chf", "スイスフラン"), "CHF"),
    **dict.fromkeys(("sgd", "s$", "シンガポールドル"), "SGD"),
    **dict.fromkeys(("hkd", "hk$", "香港ドル"), "HKD"),
    **dict.fromkeys(("aud", "a$", "豪ドル"), "AUD"),
    **dict.fromkeys(("cad", "c$", "カナダドル"), "CAD"),
    **dict.fromkeys(("twd", "nt$", "台湾ドル"), "TWD"),
}
KNOWN = {word: code for code, words in CURRENCIES.items() for word in words} | OTHERS
MONEY = "|".join(re.escape(w) for w in sorted(KNOWN, key=len, reverse=True))
SCALE = "|".join(sorted(SCALES, key=len, reverse=True))
ABOUT = re.compile(
    r"^(?:約|およそ|おおよそ|概算|総額|合計|計|about|approximately|approx\.?|around|circa|ca\.|c\.|roughly|~)\s?"
    r"|\s?(?:程度|ほど|前後|くらい|ぐらい|弱|強|見込み?|予定)$"
)
VAGUE = re.compile(r"総額|合計|計$")  # which say nothing of how exact it is
LOW = re.compile(
    r"^(?:at least|more than|over|min(?:imum)?\.?|≥|>=?|最低)\s?|\s?(?:以上|超|から|\+)$"
)
HIGH = re.compile(
    r"^(?:up to|at most|less than|under|below|max(?:imum)?\.?|≤|<=?|最大|上限)\s?"
    r"|\s?(?:以下|未満|以内|まで|迄|上限)$"
)
NEGATIVE = re.compile(r"[-△▲]|\(.*\)$")
RANGE = re.compile(r"\s?(?:~|から|以上|-(?=\s?[\d¥$€a-z一二三四五六七八九])|\bto\b|\band\b)\s?")
FIGURE = r"\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+|[一二三四五六七八九]"
PIECE = re.compile(rf"\s?({FIGURE})?\s?({SCALE})?(?![a-z])")
COUNTERS = re.compile(
    r"\s?(?:名|人|社|件|年|ヶ月|か月|カ月|歳|株|本|回|点|日|時間|%|people|persons|employees|ftes?)$"
)
KANJI = dict(zip("一二三四五六七八九", "123456789", strict=True))


@dataclass(frozen=True)
class Amount:
    """From a lowest to a highest sum in whole units; None where it is open to that side."""

    low: Decimal | None
    high: Decimal | None
    currency: str | None
    about: bool = False

    @property
    def exact(self) -> Decimal | None:
        return self.low if self.low == self.high else None

    def text(self) -> str:
        """The sum in figures: JPY 4,500,000,000."""
        head = f"{self.currency} " if self.currency else ""
        figures = [f"{v:,f}" if v is not None else "" for v in dict.fromkeys((self.low, self.high))]
        return head + ("about " if self.about else "") + " – ".join(figures)


def read(text: str, currency: str | None = None, scale: int = 0) -> Amount:
    """What a text means as a sum; `currency` and `scale` (a power of ten) are those of its column
    and count where the text says none. Raises Unread.
    """
    left, vague = normal(text), False
    left = re.sub(r"\s?\((?:税込|税抜|税別|概算|予定|見込み?)\)", "", left)
    while found := ABOUT.search(left):
        vague = vague or not VAGUE.search(found[0].strip())
        left = left[: found.start()] + left[found.end() :]
    if NEGATIVE.match(left):
        raise Unread("amount-negative", text)
    left, low_only, high_only = _bounds(left)
    parts = [p for p in RANGE.split(left) if p]
    if not 1 <= len(parts) <= 2 or (len(parts) == 2 and low_only) or not left:
        raise Unread("not-whole-amount", text)
    read_parts = [_side(p, text) for p in parts]
    said = {c for _, _, c in read_parts if c} or ({currency} if currency else set())
    if len(said) > 1:
        raise Unread("amount-currencies", text)
    if said & set(OTHERS.values()):
        raise Unread("amount-currency", text, currency=next(iter(said)))
    values = _scaled(read_parts, scale, text)
    low, high = values[0], values[-1]
    if low > high:
        raise Unread("amount-order", text)
    if len(values) == 1:
        low, high = (None if high_only else low), (None if low_only else high)
    return Amount(low, high, next(iter(said), None), vague)


def whole(text: str, currency: str | None = None, scale: int = 0) -> Amount:
    """One sum of money in whole units of a known currency. Raises Unread."""
    found = read(text, currency, scale)
    if found.currency is None:
        raise Unread(
            "amount-no-currency",
            text,
            examples=[f"JPY {found.low or found.high:,f}", f"USD {found.low or found.high:,f}"],
        )
    if found.exact is None:
        raise Unread("amount-range", text, read=found.text())
    if found.exact != found.exact.to_integral_value() or found.exact <= 0:
        raise Unread("amount-not-whole", text, read=found.text())
    return found


def number(text: str) -> Decimal:
    """A plain number, with the unit of what it counts or without. Raises Unread."""
    left = COUNTERS.sub("", normal(text))
    negative = bool(NEGATIVE.match(left)) and not left.startswith("(")
    left = re.sub(r"^[-△▲+]\s?", "", left)
    try:
        found = read(left)
    except Unread:
        raise Unread("not-number", text) from None
    if found.exact is None or found.currency or found.about:
        raise Unread("not-number", text)
    return -found.exact if negative else found.exact


def unit(heading: str) -> tuple[str | None, int]:
    """Currency and power of ten that a heading says for its column: 資本金（百万円） has JPY, 6."""
    for inside in re.findall(r"[(\[]([^)\]]*)[)\]]", normal(heading)) or [""]:
        left = re.sub(r"^(?:単位|unit)\s?[:：]?\s?", "", inside)
        if found := re.fullmatch(rf"(?:({MONEY})\s?)?({SCALE})?\s?({MONEY})?", left):
            money = KNOWN.get(found[1] or found[3] or "")
            if money or found[2]:
                return money, SCALES.get(found[2] or "", 0)
    return None, 0


def _bounds(left: str) -> tuple[str, bool, bool]:
    """The text without the words that leave one side open."""
    low = high = False
    if found := LOW.search(left):
        left, low = left[: found.start()] + left[found.end() :], True
    if found := HIGH.search(left):
        left, high = left[: found.start()] + left[found.end() :], True
    return left.strip(), low, high


def _side(part: str, given: str) -> tuple[Decimal, int | None, str | None]:
    """Value, the power of ten it was written in (None without one) and currency of one sum."""
    left, money = part.strip(), set()
    for shape in (rf"^({MONEY})\s?", rf"\s?({MONEY})$", rf"^({MONEY})\s?"):
        if found := re.search(shape, left):
            money.add(KNOWN[found[1]])
            left = left[: found.start()] + left[found.end() :]
    if len(money) > 1:
        raise Unread("amount-currencies", given)
    total, before, written = Decimal(0), 99, None
    at = 0
    while at < len(left):
        found = PIECE.match(left, at)
        if not found or not found[0].strip() or (found[1] is None and at):
            raise Unread("not-whole-amount", given)
        power = SCALES[found[2]] if found[2] else 0
        alone = found[1] is None and found[2][0] not in "千百十"
        if alone or power >= before or (at and "." in (found[1] or "")):
            raise Unread("not-whole-amount", given)
        if 4 < before < 99 and found[2] in ("千", "百", "十"):  # 5億3千: of yen, or of 万
            raise Unread("not-whole-amount", given)
        total += _figure(found[1]) * 10**power
        written, before, at = (power if found[2] else written), power, found.end()
    if not left:
        raise Unread("not-whole-amount", given)
    return total, written, next(iter(money), None)


def _figure(text: str | None) -> Decimal:
    if text is None:
        return Decimal(1)  # 百万円
    return Decimal(KANJI.get(text) or re.sub("[, ]", "", text))


def _scaled(
    parts: list[tuple[Decimal, int | None, str | None]], scale: int, given: str
) -> list[Decimal]:
    """In a range the first sum takes the unit of the second where it has none: 1~3億円."""
    powers = [power for _, power, _ in parts]
    if all(p is None for p in powers):
        # the unit of the column, unless the cell names its money in full
        return [v * 10 ** (0 if money and scale else scale) for v, _, money in parts]
    return [
        v * 10 ** (powers[-1] or 0) if power is None and len(parts) == 2 and n == 0 else v
        for n, (v, power, _) in enumerate(parts)
    ]
