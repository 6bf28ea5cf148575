"""Signing in by an OpenID Connect provider of the operator's choice: authorization code with PKCE,
the identity token verified here.

Loaded only where it is set up; needs the extra `oidc` (Authlib). A person must be known here
already: a provider says who somebody is, an invitation says that they belong here.
"""

import secrets as dice
from functools import cached_property

from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client, OAuthError
from httpx2 import Client, HTTPError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.errors import Unauthorized, Unavailable
from shared.settings import OpenId

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]  # never `none`, never a shared secret
ENDS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
TIMEOUT_S, SKEW_S = 10.0, 60
STRONG = {"mfa", "otp", "hwk", "fido", "pop"}  # of RFC 8176: what counts as a second factor


class Provider:
    """One provider, its metadata and keys read when first needed and, for a key that is new,
    again.
    """

    def __init__(self, chosen: OpenId, redirect: str):
        self.chosen, self.redirect = chosen, redirect
        self._keys: KeySet | None = None

    @cached_property
    def metadata(self) -> dict:
        """The provider's own description. Raises Unavailable, also where it calls itself by another
        name.
        """
        found = self._read(self.chosen.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self.chosen.issuer or not all(
            isinstance(found.get(end), str) for end in ENDS
        ):
            raise Unavailable()
        return found

    @staticmethod
    def _read(url: str) -> dict:
        try:
            with Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
                return client.get(url).raise_for_status().json()
        except (HTTPError, ValueError) as error:
            raise Unavailable() from error

    def _client(self) -> OAuth2Client:
        settings = {
            "code_challenge_method": "S256",
            "redirect_uri": self.redirect,
            "timeout": TIMEOUT_S,
            "trust_env": False,
        }
        return OAuth2Client(
            self.chosen.client, self.chosen.secret, scope="openid email profile", **settings
        )

    def begin(self) -> dict:
        """Where to send the browser, and what must be remembered until it comes back."""
        state, nonce, verifier = dice.token_urlsafe(24), dice.token_urlsafe(24), generate_token(64)
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self.metadata["authorization_endpoint"],
                state=state,
                nonce=nonce,
                code_verifier=verifier,
            )
        return {"url": url, "state": state, "nonce": nonce, "verifier": verifier}

    def finish(self, code: str, nonce: str, verifier: str, now: float) -> dict:
        """The verified claims of whoever came back with a code. Raises Unauthorized,
        Unavailable.
        """
        try:
            with self._client() as client:
                told = client.fetch_token(
                    self.metadata["token_endpoint"],
                    code=code,
                    code_verifier=verifier,
                    grant_type="authorization_code",
                )
        except OAuthError as error:
            raise Unauthorized("openid-refused") from error
        except (HTTPError, ValueError) as error:
            raise Unavailable() from error
        return self._verified(str(told.get("id_token") or ""), nonce, now)

    def _verified(self, token: str, nonce: str, now: float) -> dict:
        claims = self._decoded(token)
        audience = claims.get("aud") if isinstance(claims.get("aud"), list) else [claims.get("aud")]
        good = (
            claims.get("iss") == self.chosen.issuer
            and self.chosen.client in audience
            and (len(audience) == 1 or claims.get("azp") == self.chosen.client)
            and isinstance(claims.get("exp"), (int, float))
            and claims["exp"] > now - SKEW_S
            and isinstance(claims.get("iat"), (int, float))
            and claims["iat"] < now + SKEW_S
            and dice.compare_digest(str(claims.get("nonce") or "").encode(), nonce.encode())
            and isinstance(claims.get("sub"), str)
            and claims["sub"]
        )
        if not good:
            raise Unauthorized("openid-refused")
        return claims

    def _decoded(self, token: str) -> dict:
        for again in (False, True):
            try:
                if again or self._keys is None:
                    self._keys = KeySet.import_key_set(self._read(self.metadata["jwks_uri"]))
                return jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError, TypeError, KeyError) as error:
                failure = error
        raise Unauthorized("openid-refused") from failure


def is_strong(claims: dict) -> bool:
    """Whether the provider says that a second factor was shown."""
    methods = claims.get("amr")
    return isinstance(methods, list) and bool(STRONG & set(map(str, methods)))
