"""What can go wrong, in domain words; `shared.web` turns each into problem details once."""

from dataclasses import dataclass
from datetime import datetime

from shared.clock import JST
from shared.refusals import TEXTS


@dataclass(frozen=True)
class FieldError:
    """One failing field: a dotted path, a code of `shared.refusals`, and what the text needs."""

    field: str
    code: str
    params: dict

    def text(self, lang: str) -> str:
        return say(self.code, lang, **self.params)


class DomainError(Exception):
    """A refusal a client can understand: a code of `shared.refusals` and its parameters."""

    status = 400
    code = "bad-request"

    def __init__(self, code: str | None = None, **params):
        self.code = code or self.code
        self.params = params
        self.errors: list[FieldError] = params.pop("errors", [])
        super().__init__(say(self.code, "en", **params))


class Invalid(DomainError):
    status, code = 422, "invalid"


class NotFound(DomainError):
    status, code = 404, "not-found"


class Forbidden(DomainError):
    status, code = 403, "forbidden"


class Unauthorized(DomainError):
    status, code = 401, "unauthorized"


class Conflict(DomainError):
    status, code = 409, "conflict"


class Gone(DomainError):
    status, code = 410, "gone"


class Stale(DomainError):
    status, code = 412, "stale"


class PreconditionRequired(DomainError):
    status, code = 428, "if-match-required"


class TooMany(DomainError):
    """More than a limit allows; `when` it may be tried again goes into Retry-After."""

    status, code = 429, "too-many"

    def __init__(self, code: str | None = None, *, when: datetime, now: datetime, **params):
        self.retry_after = max(1, int((when - now).total_seconds()))
        super().__init__(code, date=when.astimezone(JST).date().isoformat(), **params)


class Unavailable(DomainError):
    status, code = 503, "unavailable"


class InvalidEvent(Exception):
    """An event that can never be handled: it goes to the dead letters with this cause."""


class TryAgain(Exception):
    """An event that may work later: its partition waits."""


def say(code: str, lang: str, **params) -> str:
    """The text of a code in English or Japanese; missing parameters read as empty."""
    english, japanese = TEXTS.get(code, (code, code))
    nearest = params.get("nearest")
    shown = {
        k: ", ".join(map(str, v)) if isinstance(v, (list, tuple)) else v for k, v in params.items()
    }
    text = japanese if lang == "ja" else english
    if "given" not in shown:  # what was sent is no text that could be quoted
        text = text.replace("“{given}”", "This").replace("「{given}」", "この値")
    text = text.format_map(_Blank(shown))
    if nearest:
        text += (
            f"（候補：{'、'.join(nearest)}）"
            if lang == "ja"
            else f" Did you mean: {', '.join(nearest)}?"
        )
    return text


class _Blank(dict):
    def __missing__(self, key):
        return ""
