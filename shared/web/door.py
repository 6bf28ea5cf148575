"""The door: a request as its visitor sent it, and the address visitors know this installation
by.
"""

from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network

from flask import current_app, request

from shared.settings import Settings

FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_FORWARDED",
)
# a stranger would write into our logs and traces
TOLD = ("HTTP_X_REQUEST_ID", "HTTP_TRACEPARENT", "HTTP_TRACESTATE")
YEAR_S = 365 * 24 * 3600


class Door:
    """Takes our own proxies' word (NAKODO_PROXIES) for where a request comes from, whether it came
    by TLS, its id and its trace, nobody else's.

    Along X-Forwarded-For from the near end, the first address that is not a proxy of ours is the
    visitor's: what stands before it the visitor may have written. What is behind the door sees the
    visitor's address and scheme, and no such header.
    """

    def __init__(self, app: Callable, settings: Settings):
        self.app, self.settings = app, settings

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        seen = {name: value for name, value in environ.items() if name not in FORWARDED}
        address = plain(environ.get("REMOTE_ADDR") or "")
        if self.settings.trusts(address):
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rsplit(",", 1)[-1].strip().lower()
            seen["wsgi.url_scheme"] = (
                scheme if scheme in ("http", "https") else environ["wsgi.url_scheme"]
            )
        else:
            seen = {name: value for name, value in seen.items() if name not in TOLD}
        named = [a.strip() for a in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if a.strip()]
        while named and self.settings.trusts(address):
            address = plain(named.pop())
        return self.app(seen | {"REMOTE_ADDR": address}, start_response)


def plain(address: str) -> str:
    """An address without the port some proxies add, and IPv4 as IPv4."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(getattr(known, "ipv4_mapped", None) or known)


def visitor() -> str:
    """The address this request comes from; empty for a call inside this process."""
    return request.remote_addr or ""


def place() -> str:
    """What limits count as one place: an IPv4 address, or the /64 of an IPv6 one, of which one
    visitor has as many as they like.
    """
    address = visitor()
    try:
        return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address
    except ValueError:
        return address


def origin() -> str:
    """Scheme and host as the visitor's browser has them, the proxies' word taken."""
    return f"{request.scheme}://{request.host}"


def address() -> str:
    """What links begin with: the public address where the operator stated one, else what this
    visitor came by.
    """
    settings: Settings = current_app.extensions["nakodo"]["settings"]
    return settings.public_url if settings.public_stated else origin()


def our_own(claimed: str | None) -> bool:
    """Whether an Origin is that of our own pages: the public address, or the very host this request
    came to.
    """
    return claimed is not None and claimed in (address(), origin())


def by_tls() -> bool:
    """Whether visitors come by TLS, so that cookies must never travel without it."""
    settings: Settings = current_app.extensions["nakodo"]["settings"]
    return request.scheme == "https" or settings.public_url.startswith("https://")
