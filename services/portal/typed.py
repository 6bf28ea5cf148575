"""What people type into the forms, read by the one reading of values; a refusal looks as if a
service had said it. Beside a field the page shows at once what was understood.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any, TypeVar

from flask import request

from nakodo_client import Refused
from services.portal.pages import lang, portal, signed_in
from services.portal.texts import say as text_of
from shared.clock import JST
from shared.errors import say
from shared.judgement.dates import UNDATED, shown
from shared.judgement.money import Money
from shared.reading import amounts, answers, dates, facts
from shared.reading.words import Unread

T = TypeVar("T")


def refused(field: str, unread: Unread) -> Refused:
    """A refusal as pages show those of the services."""
    fault = {
        "field": field,
        "code": unread.code,
        "message": say(unread.code, lang(), **unread.params),
    }
    return Refused(422, {"title": fault["message"], "errors": [fault]})


def taken(field: str, read: Callable[..., T], text: Any, *more) -> T:
    """What a reader makes of the text of a field. Raises Refused."""
    try:
        return read(text, *more)
    except Unread as unread:
        raise refused(field, unread) from unread


def instant(field: str, text: str, zone: tzinfo = JST) -> str:
    """A local time with its offset. Raises Refused."""
    return moment(field, text, zone).isoformat()


def moment(field: str, text: str, zone: tzinfo = JST) -> datetime:
    return taken(field, dates.instant, text, zone)


def whole(field: str, text: str) -> int:
    """A whole number. Raises Refused."""
    found = taken(field, amounts.number, text)
    if found != found.to_integral_value():
        raise refused(field, Unread("number-not-whole", text))
    return int(found)


def number(field: str, text: str) -> int | float:
    """Raises Refused."""
    return facts.plain(taken(field, amounts.number, text))


def value(field: str, given: object) -> object:
    """The value of a fact. Raises Refused."""
    return taken(field, lambda one: facts.read(field, one), given)


def figure(field: str, text: str, currency: str) -> dict:
    """A count, or money in minor units of the currency chosen or written. Raises Refused."""
    if not _money(text, currency):
        return {"amount": whole(field, text)}
    found = taken(field, amounts.whole, text, currency or None)
    made = Money.of(int(found.exact or 0), found.currency or currency)
    return {"amount": made.minor, "currency": made.currency}


def _money(text: str, currency: str) -> bool:
    try:
        return bool(currency or amounts.read(text).currency)
    except Unread:
        return False


def date(field: str, text: str) -> str:
    """A date as facts hold it. Raises Refused."""
    return text if text == UNDATED else taken(field, dates.partial, text)


def day(field: str) -> str:
    """One day, of the form's field; nothing goes on for the service to refuse. Raises Refused."""
    text = request.form.get(field, "").strip()
    return taken(field, dates.day, text).isoformat() if text else ""


def _date_in_words(text: str) -> str:
    return shown(dates.partial(text), lang())


def _amount_in_figures(text: str) -> str:
    found = amounts.whole(text, request.args.get("currency") or None)
    exact, currency = int(found.exact or 0), found.currency or ""
    words = Money.of(exact, currency).text(lang())
    return f"{currency} {exact:,}" + (f"（{words}）" if lang() == "ja" else f" ({words})")


def _number_in_figures(text: str) -> str:
    return f"{facts.plain(amounts.number(text)):,}"


def _figure(text: str) -> str:
    money = _money(text, request.args.get("currency", ""))
    return _amount_in_figures(text) if money else _number_in_figures(text)


def _yes_no_in_words(text: str) -> str:
    return text_of("yes" if answers.yes_no(text).yes else "no", lang())


UNDERSTOOD: dict[str, Callable[[str], str]] = {
    "date": _date_in_words,
    "amount": _amount_in_figures,
    "number": _number_in_figures,
    "figure": _figure,
    "yes-no": _yes_no_in_words,
}


@portal.get("/understood")
@signed_in
def understood():
    """How a text would be read, for the line beneath its field."""
    read, text = UNDERSTOOD.get(request.args.get("as", "")), request.args.get("text", "")[:400]
    if read is None or not text.strip():
        return {"text": ""}
    try:
        return {"text": f"= {read(text)}", "read": True}
    except Unread as unread:
        return {"text": say(unread.code, lang(), **unread.params), "read": False}
