"""Mail addresses: judged in one place, at every door where one is typed or imported, and kept in
the one form that mail programs take.
"""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

LONGEST = 254
# what a Japanese keyboard leaves: full-width ASCII, and the dots that stand for "."
KEYBOARD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    map(ord, "。｡"), "."
)
ENCODED = re.compile(r"=\?|\?=")


class BadAddress(ValueError):
    """No address; `code` of `shared.refusals` says why, `given` what stands in the way."""

    def __init__(self, code: str, given: str = ""):
        self.code, self.given = code, given
        super().__init__(code)


def judged(text: str) -> str:
    """An address as it is kept, compared and written to: small letters, the domain in ASCII. Raises
    BadAddress. Asks no name server.
    """
    given = text.strip().translate(KEYBOARD)
    hidden = next(
        (c for c in given if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")),
        None,
    )
    if hidden is not None:
        raise BadAddress("address-hidden", f"U+{ord(hidden):04X}")
    local, at, domain = given.rpartition("@")
    if not (local and at and domain) or "@" in local:
        raise BadAddress("address-at")
    if ENCODED.search(local):
        raise BadAddress("address-encoded")
    foreign = "".join(dict.fromkeys(c for c in local if not c.isascii()))
    if foreign:
        raise BadAddress("address-local", foreign[:20])
    return _judged(local, domain)


def _accepted(local: str) -> bool:
    """Whether the part before the @ would do with a domain that does: tells which of the two is at
    fault.
    """
    try:
        validate_email(f"{local}@nakodo.example", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return False
    return True


def _judged(local: str, domain: str) -> str:
    try:
        found = validate_email(
            f"{local}@{domain}", check_deliverability=False, allow_smtputf8=False
        )
    except EmailNotValidError as error:
        raise BadAddress(
            "address-domain" if _accepted(local) else "bad-address", domain[:80]
        ) from error
    kept = (found.ascii_email or "").lower()
    if not kept or len(kept) > LONGEST:
        raise BadAddress("bad-address")
    return kept


def folded(text: str) -> str:
    """An address as it is looked up: as it would be kept, or what is no address as it is."""
    try:
        return judged(text)
    except BadAddress:
        return text.strip().lower()
