"""Pure decisions of the notices service: when to try again, what a signature is, which addresses
are the outside.
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

WAITS = [timedelta(seconds=5)] + [
    timedelta(minutes=m) for m in (5, 30, 120, 300, 600, 840, 1200, 1440)
]  # of the Standard Webhooks specification
GIVE_UP = timedelta(days=5)
EVENTS = {
    "match.appeared": "A startup has become a match of one of your mandates",
    "match.changed": "A match of one of your mandates has changed materially",
    "match.left": "A startup is no longer a match of one of your mandates",
    "ask.received": "A reviewer has asked your startup a question",
    "ask.answered": "A startup has answered a question of yours",
    "exposure.changed": "A list of companies of concern changes what is said of your suppliers",
    "decision.made": "Your team has advanced, held or passed a pair, or undone it",
    "decision.returned": "A pair your team had put off or passed on is back",
    "edition.made": "The week's edition of one of your feeds is out",
    "introduction.received": "Your organisation is asked for an introduction",
    "introduction.made": "Both sides have accepted an introduction of yours",
    "introduction.ended": (
        "An introduction of yours is over: declined, withdrawn, expired or closed"
    ),
    "meeting.agreed": "The time of a meeting of yours is agreed",
    "profile.published": "A profile has been published",
    "profile.changed": "A published profile has changed",
    "profile.withdrawn": "A profile has been withdrawn",
    "subscription.test": "A test, when you ask for one",
}
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# no last label a resolver reads as a number
HOST = re.compile(rf"(?:{LABEL}\.)+(?!0[xX])[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?")
INNER_NAMES = (
    "localhost",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "localdomain",
    "home.arpa",
    "onion",
)
# all that is given out; IPv4 in whatever wrapping of ::/96, ::ffff:0:0/96, 64:ff9b::/96 lies
# outside
UNICAST6 = IPv6Network("2000::/3")
# Teredo and other protocols, examples, 6to4
WRAPPED6 = [IPv6Network(n) for n in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
# 6to4 relays and other protocols
PROTOCOLS4 = [IPv4Network(n) for n in ("192.88.99.0/24", "192.0.0.0/24")]
Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def wait(tries: int) -> timedelta | None:
    """How long a webhook message waits after so many failed tries; None: give up."""
    return WAITS[tries - 1] if tries <= len(WAITS) else None


def signature(secret: str, message: str, at: int, body: str) -> str:
    """The Standard Webhooks signature (version 1) of a message under a secret "whsec_<base64>"."""
    key = b64decode(secret.removeprefix("whsec_"))
    return "v1," + b64encode(hmac.digest(key, f"{message}.{at}.{body}".encode(), sha256)).decode()


def url_fault(url: str, private: Iterable[Network]) -> str | None:
    """The error code of an address that is no public https one, or None; `private` networks are
    allowed, in plain http too.

    Names are looked at when they are resolved (`outside`), at every sending.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "bad-url"
    if (
        parts.scheme not in ("https", "http")
        or parts.username
        or parts.password
        or parts.fragment
        or not url.isascii()
    ):
        return "bad-url"
    if any(c.isspace() or c in '\\"<>^`{|}' for c in url) or not host:
        return "bad-url"
    address = literal(host)
    if address is None and (
        len(host) > 253
        or not HOST.fullmatch(host)
        or f".{host.lower()}".endswith(tuple(f".{n}" for n in INNER_NAMES))
    ):
        return "bad-url"
    known = address is not None and any(address in network for network in private)
    if address is not None and not known and not is_public(address):
        return "url-not-public"
    if known:
        return None
    return None if parts.scheme == "https" and port in (None, 443, 8443) else "url-not-https"


def literal(host: str) -> Address | None:
    """The address a host is written as, None for a name. What only some resolvers read as an
    address is no name either (HOST).
    """
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether an address is of the public internet; IPv6 by what is given out, so that no wrapping
    of an IPv4 address passes.
    """
    if isinstance(address, IPv6Address):
        given_out = address in UNICAST6 and not any(address in network for network in WRAPPED6)
        return given_out and address.is_global and address.scope_id is None
    inner = (
        address.is_multicast
        or address.is_reserved
        or any(address in network for network in PROTOCOLS4)
    )
    return address.is_global and not inner


def outside(addresses: Iterable[Address], private: Iterable[Network]) -> list[Address]:
    """The addresses of a name that may be called: all or none, for one inner address among them is
    no accident.
    """
    found = list(addresses)
    fine = all(is_public(a) or any(a in network for network in private) for a in found)
    return found if fine else []
