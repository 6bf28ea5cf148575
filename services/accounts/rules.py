"""Pure decisions of the accounts service: what a password, an address, a role may be; what a
session may do.
"""

import re
from urllib.parse import urlsplit

from zxcvbn import zxcvbn

from shared.addresses import folded

FREE_MAIL = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "yahoo.com",
        "yahoo.co.jp",
        "ymail.com",
        "outlook.com",
        "outlook.jp",
        "hotmail.com",
        "hotmail.co.jp",
        "live.com",
        "live.jp",
        "msn.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "aol.com",
        "proton.me",
        "protonmail.com",
        "gmx.com",
        "gmx.de",
        "mail.com",
        "mail.ru",
        "yandex.ru",
        "qq.com",
        "163.com",
        "126.com",
        "naver.com",
        "docomo.ne.jp",
        "ezweb.ne.jp",
        "au.com",
        "softbank.ne.jp",
        "i.softbank.jp",
        "nifty.com",
        "biglobe.ne.jp",
        "ocn.ne.jp",
        "so-net.ne.jp",
        "infoseek.jp",
        "excite.co.jp",
        "zoho.com",
        "fastmail.com",
        "hey.com",
        "tutanota.com",
    ]
)
STRONG_ROLES = frozenset({"officer", "staff", "administrator"})
INVITABLE = {
    "startup": ("startup",),
    "reviewer": ("reviewer",),
    "officer": ("officer", "site-manager"),
    "site-manager": ("site-manager",),
    "administrator": ("startup", "reviewer", "officer", "site-manager", "administrator"),
}
SHORTEST, LONGEST = 12, 256
# characters that are judged; of the library's five grades (0 to 4), the least: beyond 10^8 guesses
GUESSED, HARD = 72, 3
WEAK = {
    "passwords": "password-common",
    "user_inputs": "password-own",
    "spatial": "password-keys",
    "repeat": "password-repeat",
    "sequence": "password-sequence",
    "date": "password-date",
    "regex": "password-date",
}


def domain_of(email: str) -> str:
    return folded(email).rpartition("@")[2]


def password_fault(password: str, email: str, *known: str) -> str | None:
    """Why a password is too weak, as a code, or None: guessed as an attacker would, who knows the
    address and what else is `known`.
    """
    if len(password) < SHORTEST:
        return "password-short"
    if len(password) > LONGEST:
        return "password-long"
    own = [
        *re.split(r"[@.]", folded(email)),
        *re.split(r"[\W_]+", " ".join([folded(email), *known])),
        *known,
        "nakodo",
    ]
    found = zxcvbn(password[:GUESSED], [word for word in own if len(word) > 2])
    if found["score"] >= HARD:
        return None
    weakest = max(found["sequence"], key=lambda part: len(part["token"]))
    return WEAK.get(
        weakest.get("dictionary_name") or weakest["pattern"],
        "password-word" if "rank" in weakest else "password-common",
    )


def is_invented(email: str) -> bool:
    """Whether an address can belong to nobody real: `.example` is reserved for that (RFC 2606). The
    demo's people live there.
    """
    return domain_of(email).endswith(".example")


def roles_of(roles: list[str], strong: bool, elevated: bool = False) -> frozenset[str]:
    """What a session may be: an officer or staff once a second factor has been shown, an
    administrator while the glass is broken, too.
    """
    return frozenset(
        r for r in roles if (strong or r not in STRONG_ROLES) and (elevated or r != "administrator")
    )


def may_invite(own: frozenset[str], wanted: list[str]) -> bool:
    allowed = {role for mine in own for role in INVITABLE.get(mine, ())}
    return bool(wanted) and set(wanted) <= allowed


def names_domain(domain: str, addresses: list[str]) -> bool:
    """Whether a mail domain is that of one of these web addresses, or below it: a hint for staff,
    no proof.
    """
    hosts = {urlsplit(a).netloc.lower().removeprefix("www.") for a in addresses}
    return any(domain == h or domain.endswith(f".{h}") for h in hosts if "." in h)
