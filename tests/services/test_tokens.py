"""Token attacks: whatever is not signed by a published key, for us, in time and not revoked, is a
401, and says nothing more.
"""

import base64
import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from shared.auth import ADMINISTRATOR, ALGORITHM, Actor, Issuer, Keys, Signer, worker
from shared.clock import Clock
from shared.errors import Unauthorized
from tests.conftest import STARTUP


def b64(document: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def claims(real, **more) -> dict:
    now = real.clock.now().timestamp()
    return {
        "iss": "nakodo",
        "aud": "nakodo",
        "sub": "eve",
        "org": "eve",
        "roles": ["administrator"],
        "iat": now,
        "exp": now + 600,
        **more,
    }


def signed(real, body: dict, key=None, **header) -> str:
    key = key or OKPKey.import_key(json.loads(real.composition.issuer.private.read_text()))
    return jwt.encode(
        {"alg": ALGORITHM, "kid": header.pop("kid", key.kid), **header},
        body,
        key,
        algorithms=[ALGORITHM],
    )


def forged(real) -> dict[str, str]:
    published = json.loads(real.composition.issuer.published.read_text())["keys"][0]
    good = real.composition.issuer.token(STARTUP, real.clock.now())
    head, body, signature = good.split(".")
    stranger = OKPKey.generate_key("Ed25519", {"kid": published["kid"]})
    public = json.dumps(published).encode()
    changed = json.loads(base64.urlsafe_b64decode(body + "==")) | {"roles": ["administrator"]}
    return {
        "alg none": f"{b64({'alg': 'none'})}.{b64(claims(real))}.",
        "alg none with a signature": f"{b64({'alg': 'none'})}.{b64(claims(real))}.{signature}",
        "another key under our key's id": signed(
            real, claims(real), stranger, kid=published["kid"]
        ),
        "another key under its own id": signed(
            real, claims(real), OKPKey.generate_key("Ed25519", auto_kid=True)
        ),
        "our public key as an HMAC secret": jwt.encode(
            {"alg": "HS256", "kid": published["kid"]},
            claims(real),
            OctKey.import_key(public),
            algorithms=["HS256"],
        ),
        "RSA": jwt.encode(
            {"alg": "RS256", "kid": published["kid"]},
            claims(real),
            RSAKey.generate_key(2048),
            algorithms=["RS256"],
        ),
        "a key in the header": signed(
            real, claims(real), stranger, kid="x", jwk=stranger.as_dict(private=False)
        ),
        "a key by address": signed(
            real, claims(real), stranger, kid="x", jku="http://127.0.0.1:1/keys"
        ),
        "roles changed": f"{head}.{b64(changed)}.{signature}",
        "signature cut": f"{head}.{body}.{signature[:-4]}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.x",
        "expired": real.composition.issuer.token(
            ADMINISTRATOR, real.clock.now() - timedelta(hours=13)
        ),
        "never expires": signed(real, {k: v for k, v in claims(real).items() if k != "exp"}),
        "expires as a text": signed(real, claims(real, exp="9999999999")),
        "made in the future": signed(real, claims(real, iat=real.clock.now().timestamp() + 3600)),
        "made at no time": signed(real, {k: v for k, v in claims(real).items() if k != "iat"}),
        "another audience": signed(real, claims(real, aud="elsewhere")),
        "another issuer": signed(real, claims(real, iss="elsewhere")),
        "an unknown role": signed(real, claims(real, roles=["root"])),
        "roles as a text": signed(real, claims(real, roles="administrator")),
        "nobody": signed(real, claims(real, sub="")),
        "no organisation": signed(real, {k: v for k, v in claims(real).items() if k != "org"}),
        "a list": f"{head}.{base64.urlsafe_b64encode(b'[]').decode()}.{signature}",
        "huge": "a" * 5000 + "." + "b" * 5000 + ".c",
        "not base64": "§.§.§",
        "empty": "",
    }


@pytest.fixture(scope="module")
def attacks(real):
    return forged(real)


NAMES = [
    "alg none",
    "alg none with a signature",
    "another key under our key's id",
    "another key under its own id",
    "our public key as an HMAC secret",
    "RSA",
    "a key in the header",
    "a key by address",
    "roles changed",
    "signature cut",
    "no signature",
    "two parts",
    "four parts",
    "expired",
    "never expires",
    "expires as a text",
    "made in the future",
    "made at no time",
    "another audience",
    "another issuer",
    "an unknown role",
    "roles as a text",
    "nobody",
    "no organisation",
    "a list",
    "huge",
    "not base64",
    "empty",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("service", ["startups", "matching", "accounts"])
def test_a_forged_token_is_a_401_that_says_nothing_more(real, attacks, name, service):
    app = real.composition.services[service].app.test_client()
    path = {
        "startups": "/api/v1/startups",
        "matching": "/api/v1/feeds/taiho-ventures",
        "accounts": "/api/v1/people/me",
    }[service]
    answer = app.get(
        path, headers={"Authorization": f"Bearer {attacks[name]}".encode().decode("latin-1")}
    )
    assert answer.status_code == 401, (name, answer.text[:200])
    assert answer.headers["WWW-Authenticate"] == "Bearer" and "items" not in answer.text


def test_the_list_above_is_the_list_tried(attacks):
    assert list(attacks) == NAMES


@pytest.mark.parametrize(
    "header", ["", "Basic YTpi", "Bearer", "Bearer  ", "bearer\ttoken", "Token x", "Bearer a b"]
)
def test_what_is_no_bearer_token_is_a_401(real, header):
    app = real.composition.services["startups"].app.test_client()
    assert app.get("/api/v1/startups", headers={"Authorization": header}).status_code == 401


def test_a_good_token_in_the_address_is_not_looked_at(real):
    good = real.composition.issuer.token(ADMINISTRATOR, real.clock.now())
    app = real.composition.services["startups"].app.test_client()
    assert app.get(f"/api/v1/startups?access_token={good}").status_code in (401, 422)


def test_verifying_reads_no_file_and_asks_nobody(real):
    keys = real.composition.services["startups"].app.extensions["nakodo"]["keys"]
    token = real.composition.issuer.token(ADMINISTRATOR, real.clock.now())
    keys.actor(token, real.clock.now())
    keys.location, kept = "/nowhere/jwks.json", keys.location
    try:
        assert keys.actor(token, real.clock.now()).org == "nakodo"
    finally:
        keys.location = kept


def test_a_services_own_key_speaks_for_that_service_alone(tmp_path):
    """What a container of matching holds makes a token of matching's work; of a person, another
    service or an administrator it makes none.
    """
    now, own = Clock().now(), tmp_path / "workers" / "matching"
    own.mkdir(parents=True)
    issuer = Issuer(tmp_path / "issuer", tmp_path / "published" / "jwks.json").ensure()
    issuer.ensure_worker("matching", own)
    keys, signer = Keys(str(issuer.published)), Signer(own)
    assert keys.actor(signer.token(worker("matching"), now), now) == worker("matching")
    claimed = Actor("matching-worker", "nakodo", frozenset({"service", "administrator"}))
    for actor in (
        ADMINISTRATOR,
        worker("accounts"),
        Actor("a", "rei-bio", frozenset({"startup"})),
        claimed,
    ):
        with pytest.raises(Unauthorized):
            keys.actor(signer.token(actor, now), now)
    assert not (own / "issuer.json").exists()
    issuer.rotate()
    issuer.rotate()
    assert Keys(str(issuer.published)).actor(signer.token(worker("matching"), now), now), (
        "a rotation of the issuer's key leaves it alone"
    )
    assert keys.actor(issuer.token(ADMINISTRATOR, now), now) == ADMINISTRATOR
