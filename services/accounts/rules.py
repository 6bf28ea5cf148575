"""Pure decisions of the accounts service: what a password, an address, a role may be; what a session may do."""

from urllib.parse import urlsplit

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
COMMON = frozenset(["password", "passw0rd", "password1", "qwertyuiop", "123456789012", "administrator", "letmeinplease", "nakodonakodo"])
STRONG_ROLES = frozenset({"officer", "administrator"})
INVITABLE = {
    "startup": ("startup",),
    "reviewer": ("reviewer",),
    "officer": ("officer", "site-manager"),
    "site-manager": ("site-manager",),
    "administrator": ("startup", "reviewer", "officer", "site-manager", "administrator"),
}
SHORTEST, LONGEST = 12, 256


def domain_of(email: str) -> str:
    return folded(email).rpartition("@")[2]


def password_fault(password: str, email: str) -> str | None:
    """Why a password is too weak, as a code, or None. Length counts; rules about digits and signs do not help."""
    if len(password) < SHORTEST:
        return "password-short"
    if len(password) > LONGEST:
        return "password-long"
    low = password.lower()
    if low in COMMON or len(set(low)) < 5 or folded(email).partition("@")[0] in low and len(folded(email).partition("@")[0]) > 3:
        return "password-common"
    return None


def is_invented(email: str) -> bool:
    """Whether an address can belong to nobody real: `.example` is reserved for that (RFC 2606). The demo's people live there."""
    return domain_of(email).endswith(".example")


def roles_of(roles: list[str], strong: bool, elevated: bool = False) -> frozenset[str]:
    """What a session may be: an officer once a second factor has been shown, an administrator while the glass is broken, too."""
    return frozenset(r for r in roles if (strong or r not in STRONG_ROLES) and (elevated or r != "administrator"))


def may_invite(own: frozenset[str], wanted: list[str]) -> bool:
    allowed = {role for mine in own for role in INVITABLE.get(mine, ())}
    return bool(wanted) and set(wanted) <= allowed


def names_domain(domain: str, addresses: list[str]) -> bool:
    """Whether a mail domain is that of one of these web addresses, or below it: a hint for staff, no proof."""
    hosts = {urlsplit(a).netloc.lower().removeprefix("www.") for a in addresses}
    return any(domain == h or domain.endswith(f".{h}") for h in hosts if "." in h)
