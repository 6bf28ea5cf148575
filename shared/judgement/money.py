"""Money in integer minor units, compared through dated yearly rates, shown as people of both
countries write it.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from shared.vocabulary import read

MINOR_DIGITS = {"JPY": 0, "USD": 2, "EUR": 2}


@dataclass(frozen=True)
class Money:
    """An amount in minor units (yen, cents) of one currency."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: int | float, currency: str) -> "Money":
        """From an amount in whole units, as a text or a form gives it."""
        return cls(int(Decimal(str(amount)) * 10 ** MINOR_DIGITS[currency]), currency)

    @property
    def whole(self) -> Fraction:
        return Fraction(self.minor, 10 ** MINOR_DIGITS[self.currency])

    def to(self, currency: str, year: int | None) -> "Money | None":
        """In another currency at the average rate of a year; None where no rate is known: unknown,
        never a guess.

        Past money takes the year it was paid; a current raise or cheque takes `newest_year()`.
        """
        if currency == self.currency:
            return self
        rate = _rate(self.currency, currency, year)
        if rate is None:
            return None
        return Money(round(self.whole * rate * 10 ** MINOR_DIGITS[currency]), currency)

    def text(self, lang: str = "en") -> str:
        value = float(self.whole)
        if self.currency == "JPY" and lang == "ja":
            return _compact(value, ((1e8, "億円"), (1e6, "百万円"), (1, "円")))
        if lang == "ja":
            unit = {"USD": "ドル", "EUR": "ユーロ"}[self.currency]
            return _compact(value, ((1e8, "億"), (1e4, "万"), (1, ""))) + unit
        return f"{self.currency} " + _compact(value, ((1e9, "bn"), (1e6, "m"), (1, "")))


def _compact(value: float, scale: tuple) -> str:
    for unit, name in scale:
        if value >= unit:
            return f"{value / unit:,.2f}".rstrip("0").rstrip(".") + name
    return f"{value:,.0f}{scale[-1][1]}"


@cache
def _rates() -> dict[tuple[str, str, int], Fraction]:
    return {
        (r["base"], r["quote"], r["year"]): Fraction(str(r["rate"]))
        for r in read("fx_rates")["rates"]
    }


@cache
def newest_year() -> int:
    """The newest year of the rate table: what a current raise or cheque is compared with."""
    return max(year for _, _, year in _rates())


@cache
def _rate(base: str, quote: str, year: int | None) -> Fraction | None:
    rates = _rates()
    if (base, quote, year) in rates:
        return rates[base, quote, year]
    if (quote, base, year) in rates:
        return 1 / rates[quote, base, year]
    if "USD" in (base, quote):
        return None
    first, second = _rate(base, "USD", year), _rate("USD", quote, year)
    return first * second if first and second else None
