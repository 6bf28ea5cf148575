"""Who acts: signed tokens in, an `Actor` out. Verified offline from published keys."""

import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from shared.errors import Forbidden, Unauthorized
from shared.ids import new_id
from shared.roles import ROLES
from shared.settings import Settings

ISSUER = "nakodo"
AUDIENCE = "nakodo"
ALGORITHM = "Ed25519"
PLATFORM = "nakodo"
# who runs calls: an office its own, staff those of programmes nobody has claimed
OFFICERS = ("officer", "staff")


@dataclass(frozen=True)
class Actor:
    """A person or program of an organisation, with roles; every query and action takes one.

    `leads`: an owner of the organisation. `credential` names the session or API client it acts
    through, `issued` the second its token was made; `name` is what it is called, for a stamp on
    what it looks at: never stored, never logged.
    """

    person: str
    org: str
    roles: frozenset[str] = field(default_factory=frozenset)
    credential: str = field(default="", compare=False)
    issued: float = field(default=0.0, compare=False)
    name: str = field(default="", compare=False, repr=False)
    leads: bool = field(default=False, compare=False)

    @property
    def sees_everything(self) -> bool:
        """Administrators and the services' own workers: the unscoped session, asked for by name."""
        return bool(self.roles & {"administrator", "service"})

    @property
    def in_network(self) -> bool:
        """Signed-in investors, programmes and sites; not other startups."""
        return bool(
            self.roles
            & {"reviewer", "officer", "site-manager", "staff", "administrator", "service"}
        )

    def acts_for(self, org: str, *roles: str) -> bool:
        """Whether the actor belongs to an organisation, in one of these roles; what the platform
        owns is its staff's.
        """
        return self.org == org and bool(self.roles & ({"staff"} if org == PLATFORM else {*roles}))

    def may_change(self, owner: str, *roles: str) -> bool:
        """Whether what this organisation owns is the actor's to read in full and to change, or
        everything is.
        """
        return self.sees_everything or self.acts_for(owner, *roles)

    def need(self, *roles: str) -> None:
        """Raises Forbidden unless the actor has one of the roles; administrators have all."""
        if not self.roles & {*roles, "administrator", "service"}:
            raise Forbidden()


def worker(service: str) -> Actor:
    """The actor of a service's own background work."""
    return Actor(f"{service}-worker", PLATFORM, frozenset({"service"}))


ADMINISTRATOR = Actor("administrator", PLATFORM, frozenset({"administrator"}))


class Keys:
    """Published keys, from a file or an address, read when first needed and again when a key id is
    new.
    """

    def __init__(self, location: str):
        self.location = location
        self._set: KeySet | None = None
        self._speaks: dict[str, str] = {}  # a service's own key: for whom alone it may speak

    def read(self) -> KeySet:
        if self.location.startswith(("http://", "https://")):
            with urlopen(self.location, timeout=5) as answer:
                document = json.load(answer)
        else:
            document = json.loads(Path(self.location).read_text())
        self._set = KeySet.import_key_set(document)
        self._speaks = {key["kid"]: key["speaks"] for key in document["keys"] if "speaks" in key}
        return self._set

    def actor(self, token: str, now: datetime) -> Actor:
        """The actor of a token. Raises Unauthorized for anything not signed by a published key, for
        us, and in time.
        """
        claims = self._claims(token)
        stamp = now.timestamp()
        wrong = claims.get("iss") != ISSUER or claims.get("aud") != AUDIENCE
        roles = claims.get("roles")
        if wrong or not isinstance(roles, list) or not set(map(str, roles)) <= set(ROLES):
            raise Unauthorized()
        if not isinstance(claims.get("exp"), (int, float)) or claims["exp"] < stamp - 30:
            raise Unauthorized("token-expired")
        if not all(isinstance(claims.get(k), str) and claims[k] for k in ("sub", "org")):
            raise Unauthorized()
        if "staff" in roles and claims["org"] != PLATFORM:
            raise Unauthorized()
        made = claims.get("iat")
        if not isinstance(made, (int, float)) or made > stamp + 60:
            raise Unauthorized()
        return Actor(
            claims["sub"],
            claims["org"],
            frozenset(roles),
            str(claims.get("sid", "")),
            float(made),
            str(claims.get("name", ""))[:200],
            claims.get("leads") is True,
        )

    def _claims(self, token: str) -> dict:
        for fresh in (False, True):
            try:
                keys = self.read() if fresh or self._set is None else self._set
                decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
                self._bounds(decoded.header.get("kid"), decoded.claims)
                return decoded.claims
            except (JoseError, ValueError, TypeError, KeyError, UnicodeError) as error:
                failure = error
        raise Unauthorized() from failure

    def _bounds(self, kid: str | None, claims: dict) -> None:
        """A service's own key speaks for that service's work and for nobody else. Raises
        Unauthorized, also for a token that names no key.
        """
        speaks = self._speaks.get(kid or "")
        if kid is None or (
            speaks is not None and (claims.get("sub"), claims.get("roles")) != (speaks, ["service"])
        ):
            raise Unauthorized()


class Issuer:
    """Signs tokens of people and clients; the only holder of the key that may speak for anybody."""

    def __init__(self, folder: Path, published: Path | None = None):
        self.private = folder / "issuer.json"
        self.published = published or folder / "jwks.json"

    def ensure(self) -> "Issuer":
        """Makes the key pair once; the private half is readable by its owner only."""
        if not self.private.exists():
            self.private.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.published.parent.mkdir(parents=True, exist_ok=True)
            key = OKPKey.generate_key("Ed25519", {"use": "sig"}, auto_kid=True)
            _write(self.published, {"keys": [key.as_dict(private=False)]}, 0o644)
            _write(self.private, key.as_dict(private=True), 0o600)
        return self

    def ensure_worker(self, service: str, folder: Path) -> None:
        """Makes a service's own key once, for its calls to the others, and publishes whom alone it
        speaks for.
        """
        private = folder / "worker.json"
        if not private.exists():
            key = OKPKey.generate_key("Ed25519", {"use": "sig"}, auto_kid=True)
            held = json.loads(self.published.read_text())["keys"]
            speaks = worker(service).person
            others = [k for k in held if k.get("speaks") != speaks]
            _write(
                self.published,
                {"keys": [*others, key.as_dict(private=False) | {"speaks": speaks}]},
                0o644,
            )
            _write(private, key.as_dict(private=True), 0o600)

    def rotate(self) -> str:
        """A new key signs from now on; the published set keeps the last two, so that tokens out
        there live out their time.
        """
        held = json.loads(self.published.read_text())["keys"] if self.published.exists() else []
        key = OKPKey.generate_key("Ed25519", {"use": "sig"}, auto_kid=True)
        own, services = [k for k in held if "speaks" not in k], [k for k in held if "speaks" in k]
        _write(
            self.published, {"keys": [key.as_dict(private=False), *own[:1], *services]}, 0o644
        )  # before it is used: others read it at first sight
        _write(self.private, key.as_dict(private=True), 0o600)
        return key.kid

    def token(self, actor: Actor, now: datetime, lifetime: timedelta = timedelta(hours=12)) -> str:
        key = OKPKey.import_key(json.loads(self.private.read_text()))
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": actor.person,
            "org": actor.org,
            "roles": sorted(actor.roles),
            "iat": now.timestamp(),
            "exp": int((now + lifetime).timestamp()),
            "jti": new_id(),
            "sid": actor.credential,
            **({"name": actor.name} if actor.name else {}),
            **({"leads": True} if actor.leads else {}),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def issuer_of(settings: Settings) -> Issuer:
    """The issuer whose key lies where the settings say; it publishes where everybody reads."""
    return Issuer(
        settings.issuer,
        None if settings.jwks.startswith(("http://", "https://")) else Path(settings.jwks),
    )


class Signer(Issuer):
    """Signs what one service asks of the others: with its own key where it has one, else, where all
    share a folder, with the issuer's.
    """

    def __init__(self, folder: Path):
        super().__init__(folder)
        own = folder / "worker.json"
        self.private = own if own.exists() else self.private


def _write(path: Path, document: dict, mode: int) -> None:
    partial = path.with_suffix(f".{os.getpid()}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w") as file:
        json.dump(document, file)
    os.replace(partial, path)  # readers see the old file or the new one, never half
