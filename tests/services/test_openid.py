"""OpenID Connect: a real provider over HTTP, the whole dance through the portal, and every way to
cheat at it.
"""

import base64
import hashlib
import http.server
import json
import threading
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select

from services.accounts import actions
from services.accounts.models import Person
from services.accounts.passwords import Passwords
from shared.auth import ADMINISTRATOR, PLATFORM
from shared.settings import MissingSettings, load
from tests.conftest import Stack

pytest.importorskip("authlib", reason="Authlib is not installed: pip install -e .[oidc]")
MAIL, SECRET = "sakura@mihon-therapeutics.example.co.jp", "the client's secret"


class Provider:
    """An OpenID provider: discovery, authorization, tokens and keys. `twist` changes the claims,
    `sign` how they are signed.
    """

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
        self.twist, self.sign, self.garbled = {}, None, False
        self.codes: dict[str, dict] = {}
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                place = urlsplit(self.path)
                if place.path == "/.well-known/openid-configuration":
                    return self._json(provider.metadata())
                if place.path == "/keys":
                    return self._json({"keys": [provider.key.as_dict(private=False)]})
                asked = {k: v[0] for k, v in parse_qs(place.query).items()}
                code = f"code-{len(provider.codes)}"
                provider.codes[code] = asked
                self.send_response(302)
                self.send_header(
                    "Location",
                    asked["redirect_uri"]
                    + "?"
                    + urlencode({"code": code, "state": asked["state"]}),
                )
                self.end_headers()

            def do_POST(self):
                form = {
                    k: v[0]
                    for k, v in parse_qs(
                        self.rfile.read(int(self.headers["Content-Length"])).decode()
                    ).items()
                }
                asked = provider.codes.pop(form.get("code", ""), None)
                basic = base64.b64encode(f"nakodo:{SECRET}".encode()).decode()
                known = self.headers.get("Authorization", "").removeprefix("Basic ")
                challenge = (
                    base64.urlsafe_b64encode(
                        hashlib.sha256(form.get("code_verifier", "").encode()).digest()
                    )
                    .decode()
                    .rstrip("=")
                )
                if (
                    asked is None
                    or challenge != asked["code_challenge"]
                    or base64.b64decode(known) != base64.b64decode(basic)
                ):
                    return self._json({"error": "invalid_grant"}, 400)
                self._json(
                    {
                        "access_token": "x",
                        "token_type": "Bearer",
                        "id_token": provider.token(asked["nonce"]),
                    }
                )

            def _json(self, document: dict, status: int = 200):
                body = (
                    b"<html>"
                    if provider.garbled and "access_token" in document
                    else json.dumps(document).encode()
                )
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def metadata(self) -> dict:
        ends = {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "jwks_uri": "/keys",
        }
        return {"issuer": self.issuer} | {name: self.issuer + path for name, path in ends.items()}

    def token(self, nonce: str) -> str:
        now = int(datetime.now(UTC).timestamp())
        claims = {
            "iss": self.issuer,
            "aud": "nakodo",
            "sub": "s-1",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
        }
        claims |= {"email": MAIL, "email_verified": True} | self.twist
        claims = {k: v for k, v in claims.items() if v is not None}
        return (
            self.sign(claims)
            if self.sign
            else jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
        )


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.server.shutdown()


@pytest.fixture
def desk(tmp_path, provider):
    settings = {
        "NAKODO_OIDC_ISSUER": provider.issuer,
        "NAKODO_OIDC_CLIENT": "nakodo",
        "NAKODO_OIDC_SECRET": SECRET,
    }
    stack = Stack(
        tmp_path,
        datetime.now(UTC),
        settings | {"NAKODO_OIDC_NAME": "Mihon ID", "NAKODO_PUBLIC_URL": "http://localhost"},
    )
    with stack.composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        actions.ensure(
            session,
            Passwords(),
            MAIL,
            "見本 さくら",
            "mihon-therapeutics",
            ["startup"],
            "four words make one",
        )
    yield stack
    stack.composition.close()


def browser(stack):
    return stack.composition.services["portal"].app.test_client()


def dance(web, provider, change=lambda query: query):
    """Clicks the link, lets the provider send the browser back, and returns the answer of that
    page.
    """
    out = web.get("/openid")
    assert out.status_code == 302 and out.headers["Location"].startswith(provider.issuer)
    back = urlsplit(httpx.get(out.headers["Location"]).headers["Location"])
    assert back.path == "/openid/return" and back.netloc == "localhost"
    query = change({k: v[0] for k, v in parse_qs(back.query).items()})
    return web.get(f"/openid/return?{urlencode(query)}")


def inside(web) -> bool:
    return web.get("/account").status_code == 200


def test_a_person_signs_in_by_the_provider_and_is_bound_to_it(desk, provider):
    web = browser(desk)
    assert "Mihon ID" in web.get("/sign-in").text
    answer = dance(web, provider)
    assert (
        answer.status_code == 302
        and answer.headers["Location"] == "/startups/mihon-therapeutics"
        and inside(web)
    )
    with desk.composition.services["accounts"].db.reading(ADMINISTRATOR) as session:
        assert (
            session.scalar(select(Person.openid).where(Person.email == MAIL))
            == f"{provider.issuer} s-1"
        )
    provider.twist = {"email": "renamed@mihon.example.co.jp"}
    assert dance(browser(desk), provider).status_code == 302, (
        "known by the provider's subject, whatever the address is now"
    )
    provider.twist = {"sub": "s-2"}
    assert dance(browser(desk), provider).status_code == 401, (
        "the address has gone to somebody else"
    )


def _symmetric(provider):
    """Key confusion: signed with the public key as if it were a shared secret."""
    public = json.dumps(provider.key.as_dict(private=False)).encode()
    return lambda claims: jwt.encode(
        {"alg": "HS256", "kid": provider.key.kid},
        claims,
        OctKey.import_key(public),
        algorithms=["HS256"],
    )


def _unsigned(claims: dict) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=")
        for p in ({"alg": "none"}, claims)
    ]
    return ".".join([*parts, ""])


def _foreign(claims: dict) -> str:
    return jwt.encode({"alg": "RS256"}, claims, RSAKey.generate_key(2048))


@pytest.mark.parametrize(
    "twist",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["nakodo", "another"]},
        {"aud": ["nakodo", "another"], "azp": "another"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": 9_999_999_999},
        {"nonce": "planted"},
        {"nonce": None},
        {"sub": ""},
        {"sub": 7},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "nobody@mihon.example.co.jp"},
        {"email": None},
    ],
    ids=str,
)
def test_claims_that_do_not_hold_are_refused(desk, provider, twist):
    provider.twist = twist
    web = browser(desk)
    answer = dance(web, provider)
    assert answer.status_code == 401 and 'role="alert"' in answer.text and not inside(web)


@pytest.mark.parametrize("how", ["none", "symmetric", "foreign", "cut"])
def test_a_token_not_signed_by_the_provider_is_refused(desk, provider, how):
    provider.sign = {
        "none": _unsigned,
        "symmetric": _symmetric(provider),
        "foreign": _foreign,
        "cut": lambda claims: "a.b",
    }[how]
    web = browser(desk)
    assert dance(web, provider).status_code == 401 and not inside(web)


def test_what_comes_back_must_be_what_went_out(desk, provider):
    for change in (
        lambda q: q | {"state": "planted"},
        lambda q: {"error": "access_denied", "state": q["state"]},
        lambda q: q | {"code": "code-of-another"},
    ):
        web = browser(desk)
        assert dance(web, provider, change).status_code == 401 and not inside(web)
    web, other = browser(desk), browser(desk)
    web.get("/openid")
    begun = other.get("/openid")
    back = urlsplit(httpx.get(begun.headers["Location"]).headers["Location"])
    assert web.get(f"/openid/return?{back.query}").status_code == 401, (
        "another browser's return: a planted session"
    )
    assert browser(desk).get(f"/openid/return?{back.query}").status_code == 401
    assert other.get(f"/openid/return?{back.query}").status_code == 302
    assert other.get(f"/openid/return?{back.query}").status_code == 401, "once"
    web = browser(desk)
    begun = web.get("/openid")
    back = urlsplit(httpx.get(begun.headers["Location"]).headers["Location"])
    desk.clock.move(minutes=11)
    assert web.get(f"/openid/return?{back.query}").status_code == 401, "too late"


def test_a_provider_that_showed_a_second_factor_makes_a_strong_session(desk, provider):
    staff = "staff@nakodo.example.co.jp"
    with desk.composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        actions.ensure(
            session, Passwords(), staff, "運営 花", PLATFORM, ["staff"], "four words make one"
        )
    provider.twist = {"email": staff}
    web = browser(desk)
    dance(web, provider)
    assert inside(web) and "/duplicates" not in web.get("/account").text, (
        "staff only with a second factor"
    )
    provider.twist = {"email": staff, "amr": ["pwd", "mfa"]}
    web = browser(desk)
    dance(web, provider)
    assert "/cohorts" in web.get("/account").text


def test_whoever_has_a_second_factor_here_needs_one_there(desk, provider):
    with desk.composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
        session.scalar(select(Person).where(Person.email == MAIL)).totp_on = True
    web = browser(desk)
    answer = dance(web, provider)
    assert answer.status_code == 401 and "second factor" in answer.text and not inside(web)
    provider.twist = {"amr": ["pwd", "otp"]}
    assert dance(web, provider).status_code == 302 and inside(web)


@pytest.mark.parametrize("missing", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_a_provider_that_describes_half_of_itself_is_away(desk, provider, missing):
    whole = provider.metadata()
    provider.metadata = lambda: {k: v for k, v in whole.items() if k != missing}
    assert browser(desk).get("/openid").status_code == 503


def test_an_answer_that_is_no_json_and_a_nonce_of_strange_letters_are_refused(desk, provider):
    provider.twist = {"nonce": "鍵"}
    assert dance(browser(desk), provider).status_code == 401
    provider.token = lambda nonce: "no token at all"
    assert dance(browser(desk), provider).status_code == 401
    provider.garbled = True
    assert dance(browser(desk), provider).status_code == 401


def test_a_changed_key_is_found_and_a_provider_that_is_away_is_said(desk, provider):
    assert dance(browser(desk), provider).status_code == 302
    provider.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
    assert dance(browser(desk), provider).status_code == 302
    web = browser(desk)
    out = web.get("/openid")
    back = urlsplit(httpx.get(out.headers["Location"]).headers["Location"])
    provider.server.shutdown()
    provider.server.server_close()
    assert web.get(f"/openid/return?{back.query}").status_code in (401, 503)


def test_half_a_setting_is_refused_at_the_start_and_without_any_there_is_no_door(tmp_path):
    with pytest.raises(MissingSettings, match="NAKODO_OIDC_SECRET"):
        load({"NAKODO_OIDC_ISSUER": "https://id.example"}, data=tmp_path)
    stack = Stack(tmp_path)
    assert (
        browser(stack).get("/openid").status_code == 404
        and "/openid" not in browser(stack).get("/sign-in").text
    )
    stack.composition.close()
