"""Settings, read once and whole; nothing else reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

KAFKA = {
    "security_protocol": "NAKODO_KAFKA_SECURITY",
    "ssl_cafile": "NAKODO_KAFKA_CA",
    "ssl_certfile": "NAKODO_KAFKA_CERTIFICATE",
    "ssl_keyfile": "NAKODO_KAFKA_KEY",
    "sasl_mechanism": "NAKODO_KAFKA_SASL",
    "sasl_plain_username": "NAKODO_KAFKA_USER",
    "sasl_plain_password": "NAKODO_KAFKA_PASSWORD",
}


class MissingSettings(Exception):
    """Settings that make no sense together; the text names every one."""


@dataclass(frozen=True)
class OpenId:
    """An OpenID Connect provider people may sign in by; `name` stands on the button."""

    issuer: str
    client: str
    secret: str


@dataclass(frozen=True)
class Settings:
    """Where data lives, what to listen on and whom to trust.

    `database_url` may hold {service}; `eventlog_url` is sqlite:///... (embedded) or
    kafka://host:9092.
    """

    data: Path
    host: str
    port: int
    database_url: str
    eventlog_url: str
    kafka: dict[str, str]
    jwks: str
    url: str | None
    public_url: str
    public_stated: bool
    tls_certificate: str | None
    tls_key: str | None
    workers: int
    smtp: str | None
    mail_from: str
    token: str | None
    proxies: tuple[IPv4Network | IPv6Network, ...]
    webhook_networks: tuple[IPv4Network | IPv6Network, ...]
    openid: OpenId | None
    openid_name: str | None
    log_level: str
    demo: bool
    streams: int
    connections: int
    issuer: Path
    ops: tuple[str, int] | None
    traces: str | None

    @property
    def near_url(self) -> str:
        """Where this process answers on its own machine."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host
        return f"{'https' if self.tls_certificate else 'http'}://{host}:{self.port}"

    @property
    def passkey_origin(self) -> str | None:
        """Where passkeys are made and shown: the public address; `localhost` for a loopback number,
        for a key is bound to a name.

        None where no browser makes any: without TLS beyond this machine, or at another number.
        """
        place = urlsplit(self.public_url)
        host = "localhost" if loopback(place.hostname or "") else place.hostname or ""
        if host != "localhost" and (place.scheme != "https" or numeric(host)):
            return None
        return f"{place.scheme}://{host}" + (f":{place.port}" if place.port else "")

    @property
    def one_database(self) -> bool:
        """Whether the address is that of one service's database, as in its container, and no
        template for all.
        """
        return "{service}" not in self.database_url

    def database(self, service: str) -> str:
        return self.database_url.format(service=service)

    def trusts(self, address: str | None) -> bool:
        """Whether a caller is one of our own: a call inside this process, or an address of
        NAKODO_PROXIES.
        """
        try:
            return not address or any(ip_address(address) in network for network in self.proxies)
        except ValueError:
            return False

    def at(self, **changes) -> "Settings":
        return replace(self, **changes)


def numeric(host: str) -> bool:
    """Whether a host is given as an address, not a name."""
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def loopback(host: str) -> bool:
    """Whether a host is this machine alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _networks(
    environ: Mapping[str, str], name: str, wrong: list[str]
) -> tuple[IPv4Network | IPv6Network, ...]:
    """The networks a setting names, by commas."""
    try:
        return tuple(ip_network(p.strip()) for p in environ.get(name, "").split(",") if p.strip())
    except ValueError as error:
        wrong.append(f"{name}: {error}")
        return ()


def _demo(environ: Mapping[str, str], host: str, wrong: list[str]) -> bool:
    """Whether the demo's invented people are let in: on loopback alone, where nothing says
    otherwise.
    """
    asked = environ.get("NAKODO_DEMO") or ""
    if asked not in ("", "0"):
        if not loopback(host):
            wrong.append(
                f"NAKODO_DEMO is on, and NAKODO_HOST is {host}: the demo lets anybody in, so it is"
                " for loopback alone"
            )
        return True
    public = urlsplit(environ.get("NAKODO_PUBLIC_URL") or "http://localhost").hostname or ""
    return asked == "" and loopback(host) and loopback(public)


def load(environ: Mapping[str, str] = os.environ, **overrides) -> Settings:
    """All settings from the environment, with embedded defaults under one data folder.

    Raises MissingSettings naming everything that is wrong at once.
    """
    data = Path(
        overrides.get("data") or environ.get("NAKODO_DATA") or environ.get("DATA") or "data"
    ).resolve()
    port = overrides.get("port") or environ.get("NAKODO_PORT") or environ.get("PORT") or "8000"
    wrong = []
    if not str(port).isdigit() or not 0 < int(port) < 65536:
        wrong.append(f"PORT is {port!r}, not a port number (1 to 65535)")
    log = environ.get("NAKODO_EVENTLOG_URL") or f"sqlite:///{data / 'eventlog.db'}"
    if not log.startswith(("sqlite:///", "kafka://")):
        wrong.append(f"NAKODO_EVENTLOG_URL is {log!r}; it starts with sqlite:/// or kafka://")
    streams = _number(environ, "NAKODO_STREAMS", (0, 4, 1000), "live connections", wrong)
    connections = _number(
        environ, "NAKODO_CONNECTIONS", (2, 20, 200), "database connections of a process", wrong
    )
    ops = _ops(environ.get("NAKODO_OPS") or "", wrong)
    doors = _doors(environ, port, wrong)
    networks = {
        name: _networks(environ, name, wrong)
        for name in ("NAKODO_PROXIES", "NAKODO_WEBHOOK_NETWORKS")
    }
    openid = [environ.get(f"NAKODO_OIDC_{part}", "") for part in ("ISSUER", "CLIENT", "SECRET")]
    if any(openid) and not all(openid):
        wrong.append("NAKODO_OIDC_ISSUER, NAKODO_OIDC_CLIENT and NAKODO_OIDC_SECRET go together")
    host = environ.get("NAKODO_HOST") or "127.0.0.1"
    demo = _demo(environ, host, wrong)
    if wrong:
        raise MissingSettings("; ".join(wrong))
    return Settings(
        data=data,
        host=host,
        port=int(port),
        database_url=environ.get("NAKODO_DATABASE_URL") or f"sqlite:///{data}/{{service}}.db",
        eventlog_url=log,
        kafka={key: environ[name] for key, name in KAFKA.items() if environ.get(name)},
        jwks=environ.get("NAKODO_JWKS") or str(data / "keys" / "jwks.json"),
        url=environ.get("NAKODO_URL") or None,
        **doors,
        smtp=environ.get("NAKODO_SMTP") or None,
        mail_from=environ.get("NAKODO_MAIL_FROM") or "Nakodo <nakodo@localhost>",
        token=environ.get("NAKODO_TOKEN") or None,
        proxies=networks["NAKODO_PROXIES"],
        webhook_networks=networks["NAKODO_WEBHOOK_NETWORKS"],
        openid=OpenId(*openid) if all(openid) else None,
        openid_name=environ.get("NAKODO_OIDC_NAME") or ("OpenID Connect" if all(openid) else None),
        log_level=environ.get("NAKODO_LOG_LEVEL") or "warning",
        demo=demo,
        streams=streams,
        connections=connections,
        issuer=Path(environ.get("NAKODO_ISSUER") or data / "keys"),
        ops=ops,
        traces=environ.get("NAKODO_TRACES") or None,
    )


def _ops(text: str, wrong: list[str]) -> tuple[str, int] | None:
    """The operators' address: a port, on loopback, or host:port; None without one."""
    host, _, port = text.rpartition(":")
    if text and not (port.isdigit() and 0 < int(port) < 65536):
        wrong.append(
            f"NAKODO_OPS is {text!r}, not an address such as 9100, 127.0.0.1:9100 or 0.0.0.0:9100"
        )
        return None
    return (host or "127.0.0.1", int(port)) if text else None


def origin_of(text: str) -> str | None:
    """An address as browsers name an origin (small letters, punycode, no port that goes without
    saying); None where it is none.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        return None
    beyond = parts.path.rstrip("/") or parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in ("http", "https") or not host or beyond:
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (
        f":{port}" if port not in (None, {"http": 80, "https": 443}[parts.scheme]) else ""
    )


def _doors(environ: Mapping[str, str], port: str, wrong: list[str]) -> dict:
    """The settings of how visitors come in: the public address, TLS served here, worker
    processes.
    """
    workers = environ.get("NAKODO_WORKERS") or "2"
    if not workers.isdigit() or not 0 < int(workers) <= 64:
        wrong.append(f"NAKODO_WORKERS is {workers!r}, not a number of processes (1 to 64)")
    certificate, key = (
        environ.get("NAKODO_TLS_CERTIFICATE") or None,
        environ.get("NAKODO_TLS_KEY") or None,
    )
    wrong += _tls_faults(certificate, key)
    stated, public = environ.get("NAKODO_PUBLIC_URL") or "", None
    if stated and (public := origin_of(stated)) is None:
        wrong.append(
            f"NAKODO_PUBLIC_URL is {stated!r}; it is an address without a path, such as"
            " https://nakodo.example.jp"
        )
    here = environ.get("NAKODO_URL") or f"http{'s' if certificate else ''}://127.0.0.1:{port}"
    return {
        "public_url": public or here.rstrip("/"),
        "public_stated": public is not None,
        "tls_certificate": certificate,
        "tls_key": key,
        "workers": int(workers) if workers.isdigit() else 0,
    }


def _tls_faults(certificate: str | None, key: str | None) -> list[str]:
    """What is wrong with the files TLS is to be served with."""
    if bool(certificate) != bool(key):
        return ["NAKODO_TLS_CERTIFICATE and NAKODO_TLS_KEY go together"]
    named = (("NAKODO_TLS_CERTIFICATE", certificate), ("NAKODO_TLS_KEY", key))
    return [
        f"{name}: {path} cannot be read"
        for name, path in named
        if path and not os.access(path, os.R_OK)
    ]


def _networks(
    environ: Mapping[str, str], name: str, wrong: list[str]
) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(p.strip()) for p in environ.get(name, "").split(",") if p.strip())
    except ValueError as error:
        wrong.append(f"{name}: {error}")
        return ()


def _number(
    environ: Mapping[str, str], name: str, limits: tuple[int, int, int], what: str, wrong: list[str]
) -> int:
    """A count between the least and the most of `limits`, else the usual one, which stands between
    them.
    """
    least, usual, most = limits
    text = environ.get(name) or str(usual)
    if not text.isdigit() or not least <= int(text) <= most:
        wrong.append(f"{name} is {text!r}, not a number of {what} ({least} to {most})")
        return usual
    return int(text)


def tell_library(name: str, value: str) -> None:
    """Says to a library what it reads from the environment by itself, for this process and those
    forked from it.
    """
    os.environ[name] = value


def told_library(name: str) -> str | None:
    """What a library was told."""
    return os.environ.get(name)
