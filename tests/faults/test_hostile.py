"""Hostile requests, hand-picked, over a raw socket to a real server: each gets a 4xx or a closed
connection, nothing is written, the service lives.
"""

import json
import re
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import startup_form
from tests.flow.server import Running

HOST = b"Host: 127.0.0.1\r\n"
FORM = json.dumps(startup_form(id="hostile")).encode()
COLLECTION = "/api/v1/startups"


def request(
    line: bytes, headers: bytes = b"", body: bytes = b"", host: bytes = HOST, close: bool = True
) -> bytes:
    return (
        line
        + b"\r\n"
        + host
        + (b"Connection: close\r\n" if close else b"")
        + headers
        + b"\r\n"
        + body
    )


def get(path: bytes | str) -> bytes:
    return request(
        b"GET " + (path.encode("latin-1") if isinstance(path, str) else path) + b" HTTP/1.1",
        b"Authorization: Bearer TOKEN\r\n",
    )


def post(
    body: bytes,
    kind: bytes = b"application/json",
    more: bytes = b"",
    path: bytes = b"/api/v1/startups",
    length: int | None = None,
) -> bytes:
    size = b"Content-Length: %d\r\n" % (len(body) if length is None else length)
    return request(
        b"POST " + path + b" HTTP/1.1",
        b"Authorization: Bearer TOKEN\r\nContent-Type: " + kind + b"\r\n" + size + more,
        body,
    )


def with_header(header: bytes, body: bytes = FORM) -> bytes:
    """A registration that would be fine, but for one header."""
    return post(body, more=header)


PATHS = [
    "/api/v1/startups/../../../../etc/passwd",
    "/api/v1/startups/..%2f..%2f..%2fetc%2fpasswd",
    "/api/v1/startups/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/api/v1/startups/..%252f..%252fetc%252fpasswd",
    "/api/v1/startups/..;/..;/etc/passwd",
    "/api/v1/startups/..\\..\\windows\\win.ini",
    "/api/v1/startups/%5c..%5c..%5cwin.ini",
    "/api/v1/startups/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "/api/v1/startups/%ff%fe",
    "/api/v1/startups/%00",
    "/api/v1/startups/regcell%00.json",
    "/api/v1/startups/regcell%0d%0aSet-Cookie:%20a=b",
    "/api/v1/startups/regcell%0aX: y",
    "/api/v1/startups/%",
    "/api/v1/startups/%zz",
    "/api/v1/startups/%u0041",
    "/api/v1/startups/" + "a" * 101,
    "/api/v1/startups/" + "a" * 4000,
    "/api/v1/startups/" + "a" * 9000,
    "/api/v1/startups/" + "a/" * 2000,
    "/api/v1/startups/'%20OR%20'1'='1",
    "/api/v1/startups/1;DROP%20TABLE%20startups",
    "/api/v1/startups/{{7*7}}",
    "/api/v1/startups/${jndi:ldap://127.0.0.1/a}",
    "/api/v1/startups/<script>alert(1)</script>",
    "/api/v1/startups/%3Cscript%3E",
    "/api/v1/startups/*",
    "/api/v1/startups/.",
    "/api/v1/startups/..",
    "/api/v1/startups/-regcell",
    "/api/v1/startups/regcell/../../accounts/members",
    "/api/v1/startups/regcell/facts/../../../internal/keys/regcell",
    "/api/v1//startups/x/y/z",
    "/api/v2/startups",
    "/API/V1/STARTUPS",
    "/api/v1/startups.json",
    "/api/v1/startups%20",
    "/api/v1/nothing",
    "/api",
    "/api/v1",
    "/internal/keys/regcell",
    "/services/startups/internal/keys/regcell",
    "/services/startups/internal/people/x",
    "/services/notices/internal/mails",
    "/services/accounts/internal/contacts/x?purpose=introductions&country=us",
    "/services/nobody/live",
    "/services/../startups/live",
    "/services/startups/../../keys/issuer.json",
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2f..%2f..%2f..%2fetc/passwd",
    "/static/nakodo.css/../../app.py",
    "/keys/issuer.json",
    "/data/startups.db",
    "/.git/config",
    "/.env",
    "/wp-login.php",
    "/cgi-bin/test.cgi",
    "/server-status",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/links/" + "x" * 43,
    "/links/..%2f..%2fetc",
]
QUERIES = [
    "limit=0",
    "limit=-1",
    "limit=1.5",
    "limit=1e3",
    "limit=NaN",
    "limit=999999",
    "limit=99999999999999999999999999",
    "limit=%00",
    "limit=١",
    "limit=0x10",
    "limit=",
    "limit[]=1",
    "limit[$gt]=1",
    "cursor=x",
    "cursor=%ff",
    "cursor=AAAA====",
    "cursor=" + "A" * 5000,
    "cursor=Jw==%27%20OR%201=1",
    "as_of=2026-13-01",
    "as_of=0000-00-00",
    "as_of=9999-99-99",
    "as_of=-1",
    "as_of=yesterday",
    "fields=%00",
    "fields=password",
    "fields=__class__",
    "fields=" + ",".join(["id"] * 3000),
    "unknown=1",
    "__proto__=1",
    "q[]=a",
    "state=%27",
    "modality=nobody-knows",
    "min_version=x",
    "min_version=startup/regcell:abc",
    "min_version=startup/regcell:-5",
    "min_version=startup/regcell:99999999999999999999",
    "lang=../../etc",
    "%zz=1",
    "limit=1;limit=2",
]
LINES = {
    "no version": b"GET /api/v1/startups",
    "version 9": b"GET /api/v1/startups HTTP/9.9",
    "version 0.9": b"GET /api/v1/startups HTTP/0.9",
    "version 2 over plain": b"GET /api/v1/startups HTTP/2.0",
    "no version number": b"GET /api/v1/startups HTTP/",
    "three words more": b"GET /api/v1/startups HTTP/1.1 please now here",
    "small http": b"GET /api/v1/startups http/1.1",
    "no path": b"GET HTTP/1.1",
    "empty": b"",
    "only spaces": b"     ",
    "tabs": b"GET\t/api/v1/startups\tHTTP/1.1",
    "a NUL": b"GET /api/v1/startups\x00 HTTP/1.1",
    "a bare CR": b"GET /api/v1/sta\rrtups HTTP/1.1",
    "a newline": b"GET /api/v1/startups\nX: y HTTP/1.1",
    "bytes above": b"GET /\xff\xfe\xfd HTTP/1.1",
    "random": bytes(range(1, 9)) * 20,
    "TLS hello": bytes.fromhex("16030100c8010000c403"),
    "SSH": b"SSH-2.0-OpenSSH_9.2",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n",
    "redis": b"*1\r\n$4\r\nPING",
    "a very long line": b"GET /" + b"a" * 70_000 + b" HTTP/1.1",
    "a long method": b"A" * 5000 + b" /api/v1/startups HTTP/1.1",
    "TRACE": b"TRACE /api/v1/startups HTTP/1.1",
    "CONNECT": b"CONNECT 127.0.0.1:22 HTTP/1.1",
    "DEBUG": b"DEBUG /api/v1/startups HTTP/1.1",
    "small get": b"get /api/v1/startups HTTP/1.1",
    "PROPFIND": b"PROPFIND /api/v1/startups HTTP/1.1",
    "PUT on a list": b"PUT /api/v1/startups HTTP/1.1",
    "DELETE on a list": b"DELETE /api/v1/startups HTTP/1.1",
    "PATCH on a list": b"PATCH /api/v1/startups HTTP/1.1",
    "file scheme": b"GET file:///etc/passwd HTTP/1.1",
    "a method of signs": b"(GET) /api/v1/startups HTTP/1.1",
    "a star": b"GET * HTTP/1.1",
}
HEADERS = {
    "no colon": b"nonsense\r\n",
    "space before the colon": b"X-A : b\r\n",
    "folded": b"X-A: b\r\n c\r\n",
    "name with a space": b"X A: b\r\n",
    "empty name": b": b\r\n",
    "a NUL in a value": b"X-A: b\x00c\r\n",
    "a bare CR in a value": b"X-A: b\rc\r\n",
    "a huge value": b"X-A: " + b"b" * 100_000 + b"\r\n",
    "300 headers": b"".join(b"X-%d: y\r\n" % i for i in range(300)),
    "two lengths": b"Content-Length: 5\r\n",
    "a length with a sign": b"Content-Length: +5\r\n",
    "a length and chunked": b"Transfer-Encoding: chunked\r\n",
    "chunked with a space": b"Transfer-Encoding : chunked\r\n",
    "chunked with a tab": b"Transfer-Encoding:\tchunked\r\n",
    "chunked twice": b"Transfer-Encoding: chunked, chunked\r\n",
    "chunked in disguise": b"Transfer-Encoding: xchunked\r\n",
    "chunked and identity": b"Transfer-Encoding: identity, chunked\r\n",
    "another encoding": b"Transfer-Encoding: gzip\r\n",
    "two types": b"Content-Type: text/plain\r\nContent-Type: text/html\r\n",
    "a bad idempotency key": b"Idempotency-Key: " + b"k" * 500 + b"\r\n",
    "a key of control signs": b"Idempotency-Key: a\x01b\r\n",
    "an empty key": b"Idempotency-Key: \r\n",
    "a gzip body that is none": b"Content-Encoding: gzip\r\n",
}
TOKENS = {
    "none": b"",
    "no scheme": b"Authorization: TOKEN\r\n",
    "basic": b"Authorization: Basic YTpi\r\n",
    "empty bearer": b"Authorization: Bearer \r\n",
    "bearer of dots": b"Authorization: Bearer ...\r\n",
    "alg none": b"Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.\r\n",
    "bytes above": b"Authorization: Bearer \xff\xfe\r\n",
    "long": b"Authorization: Bearer " + b"a" * 7000 + b"\r\n",
    "cut": b"Authorization: Bearer TOKE\r\n",
    "twice": b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
    "a path as key": (
        b"Authorization: Bearer"
        b" eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoiLi4vLi4vZXRjL3Bhc3N3ZCJ9.e30.AAAA\r\n"
    ),
    "underscore": b"X_Authorization: Bearer TOKEN\r\n",
}
BODIES = {
    "empty": b"",
    "half": FORM[:-5],
    "two documents": FORM + FORM,
    "a BOM": b"\xef\xbb\xbf" + FORM,
    "UTF-16": FORM.decode().encode("utf-16"),
    "UTF-7": b"+AHs-+ACI-name+ACI-:1+AH0-",
    "latin": '{"name": {"en": "é"}}'.encode("latin-1"),
    "overlong": b'{"name": {"en": "\xc0\xaf"}}',
    "a surrogate": b'{"name": {"en": "\\ud800"}}',
    "a surrogate in bytes": b'{"name": {"en": "\xed\xa0\x80"}}',
    "a NUL": b'{"name": {"en": "a\\u0000"}}',
    "a raw NUL": b'{"name": {"en": "a\x00"}}',
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": -Infinity}',
    "1e400": b'{"name": 1e400}',
    "many digits": b'{"name": ' + b"9" * 50_000 + b"}",
    "deep list": b"[" * 50_000 + b"]" * 50_000,
    "deep object": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "deep in a form": b'{"name": {"en": ' + b"[" * 100 + b"]" * 100 + b"}}",
    "a key twice": b'{"id": "a", "id": "b", "name": {"en": "A"}}',
    "a key twice by escape": b'{"id": "a", "\\u0069d": "b"}',
    "__proto__": b'{"__proto__": {"owner": "x"}, "name": {"en": "A"}}',
    "owner of another": json.dumps(startup_form(id="hostile", owner="other-bio")).encode(),
    "origin claimed": json.dumps(startup_form(id="hostile", origin="public-sources")).encode(),
    "version set": json.dumps(startup_form(id="hostile", version=99)).encode(),
    "single quotes": b"{'name': {'en': 'A'}}",
    "comments": b'{"name": {"en": "A"} /* x */}',
    "a trailing comma": b'{"name": {"en": "A"},}',
    "XML": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
    "YAML": b"!!python/object/apply:os.system ['true']",
    "pickle": b"\x80\x04cposix\nsystem\n(S'true'\ntR.",
    "a number": b"5",
    "true": b"true",
    "many keys": b"{" + b",".join(b'"k%d": 1' % i for i in range(20_000)) + b"}",
    "many facts": (
        json.dumps(
            startup_form(id="hostile") | {"facts": [{"field": "modality", "value": "car-t"}] * 5000}
        ).encode()
    ),
    "a long string": json.dumps({"name": {"en": "x" * 900_000}}).encode(),
    "over the limit": b'{"note": "' + b"x" * 1_500_000 + b'"}',
    "an id of dots": json.dumps(startup_form(id="..")).encode(),
    "an id of a path": json.dumps(startup_form(id="../../x")).encode(),
    "an id with a newline": json.dumps(startup_form(id="a\nb")).encode(),
    "an id with a percent": json.dumps(startup_form(id="%2e%2e")).encode(),
    "a name of control signs": json.dumps(startup_form("A\u0007B", id="hostile")).encode(),
    "a name of a right-to-left override only": (
        json.dumps({"name": {"en": "\u202e"}, "facts": startup_form()["facts"]}).encode()
    ),
    "year 0": (
        json.dumps(
            startup_form() | {"facts": [{"field": "stage", "value": "phase-1", "as_of": "0000"}]}
        ).encode()
    ),
    "year 99999": (
        json.dumps(
            startup_form()
            | {"facts": [{"field": "stage", "value": "phase-1", "as_of": "99999-01"}]}
        ).encode()
    ),
    "minus one yen": (
        json.dumps(
            startup_form()
            | {
                "facts": [
                    {
                        "field": "raise",
                        "value": {"state": "raising", "amount": -1, "currency": "JPY"},
                    }
                ]
            }
        ).encode()
    ),
    "a yen and a half": (
        json.dumps(
            startup_form()
            | {
                "facts": [
                    {
                        "field": "raise",
                        "value": {"state": "raising", "amount": 1.5, "currency": "JPY"},
                    }
                ]
            }
        ).encode()
    ),
    "2 to the 63": (
        json.dumps(
            startup_form()
            | {
                "facts": [
                    {
                        "field": "raise",
                        "value": {"state": "raising", "amount": 2**63, "currency": "JPY"},
                    }
                ]
            }
        ).encode()
    ),
}
KINDS = [
    b"text/plain",
    b"text/html",
    b"application/xml",
    b"application/x-www-form-urlencoded",
    b"multipart/form-data; boundary=x",
    b"multipart/form-data",
    b"application/octet-stream",
    b"application/javascript",
    b"image/png",
    b"",
    b"application/json\x00",
    b"*/*",
    b";",
]
OTHERS = {
    "a shorter length than the body": post(FORM, length=len(FORM) - 9),
    "a negative length": post(FORM, length=-1),
    "no host": request(b"GET /api/v1/startups HTTP/1.1", host=b""),
    "sign-in of arrays": post(
        b'{"email": ["a"], "password": {"$ne": ""}}', path=b"/api/v1/sessions"
    ),
    "sign-in by a form": post(
        b"email=a&password=b", b"application/x-www-form-urlencoded", path=b"/api/v1/sessions"
    ),
    "sign-in with a long password": post(
        json.dumps({"email": "a@b.jp", "password": "x" * 100_000}).encode(),
        path=b"/api/v1/sessions",
    ),
    "token of a strange grant": post(
        b'{"grant_type": "password", "username": "a"}', path=b"/api/v1/tokens"
    ),
    "token twice given": post(
        b"grant_type=client_credentials&grant_type=session",
        b"application/x-www-form-urlencoded",
        path=b"/api/v1/tokens",
    ),
    "a preview of a foreign mandate": post(
        b'{"mandate": "chugai-venture-fund-equity", "weights": {"modality": 1e9}}',
        path=b"/api/v1/previews",
    ),
    "a webhook inwards": post(
        b'{"name": "a", "url": "http://169.254.169.254/", "events": ["profile.changed"]}',
        path=b"/api/v1/subscriptions",
    ),
    "a portal form from elsewhere": post(
        b"role=startup",
        b"application/x-www-form-urlencoded",
        b"Origin: https://evil.example\r\n",
        b"/session",
    ),
    "a portal form in chunks that lie": request(
        b"POST /session HTTP/1.1",
        b"Origin: http://127.0.0.1\r\nContent-Type:"
        b" application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n",
        b"ZZ\r\n{}\r\n0\r\n\r\n",
    ),
    "a portal form without an origin": post(
        b"role=startup", b"application/x-www-form-urlencoded", path=b"/session"
    ),
    "facts for another's profile": post(
        b'{"facts": [{"field": "stage", "value": "phase-3"}]}',
        path=b"/api/v1/startups/regcell/facts",
    ),
    "an import that is no table": post(
        b'--x\r\nContent-Disposition: form-data; name="file";'
        b' filename="a.xlsx"\r\n\r\nPK\x03\x04junk\r\n--x--\r\n',
        b"multipart/form-data; boundary=x",
        path=b"/api/v1/startups/imports",
    ),
    "an import without its end": post(
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nid,name',
        b"multipart/form-data; boundary=x",
        path=b"/api/v1/startups/imports",
    ),
    "an import named with a path": post(
        b'--x\r\nContent-Disposition: form-data; name="file";'
        b' filename="../../a.exe"\r\n\r\nMZ\r\n--x--\r\n',
        b"multipart/form-data; boundary=x",
        path=b"/api/v1/startups/imports",
    ),
    "chunks that lie": request(
        b"POST /api/v1/startups HTTP/1.1",
        b"Authorization: Bearer TOKEN\r\nContent-Type: application/json\r\nTransfer-Encoding:"
        b" chunked\r\n",
        b"ZZ\r\n{}\r\n0\r\n\r\n",
    ),
    "a chunk of minus one": request(
        b"POST /api/v1/startups HTTP/1.1",
        b"Authorization: Bearer TOKEN\r\nContent-Type: application/json\r\nTransfer-Encoding:"
        b" chunked\r\n",
        b"-1\r\n{}\r\n0\r\n\r\n",
    ),
    "a chunk as large as the world": request(
        b"POST /api/v1/startups HTTP/1.1",
        b"Authorization: Bearer TOKEN\r\nContent-Type: application/json\r\nTransfer-Encoding:"
        b" chunked\r\n",
        b"FFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
    ),
    "chunks over the limit": request(
        b"POST /api/v1/startups HTTP/1.1",
        b"Authorization: Bearer TOKEN\r\nContent-Type: application/json\r\nTransfer-Encoding:"
        b" chunked\r\n",
        (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 20 + b"0\r\n\r\n",
    ),
}


def hostile() -> Iterator[tuple[str, bytes]]:
    """(name, raw request) of every one."""
    yield from ((f"path {p[:60]}", get(p.encode("utf-8"))) for p in PATHS)
    yield from ((f"query {q[:60]}", get(f"{COLLECTION}?{q}".encode())) for q in QUERIES)
    yield from (
        (f"line {name}", request(line, b"Authorization: Bearer TOKEN\r\n"))
        for name, line in LINES.items()
    )
    yield from ((f"header {name}", with_header(header)) for name, header in HEADERS.items())
    yield from (
        (f"token {name}", request(b"GET /api/v1/startups HTTP/1.1", header))
        for name, header in TOKENS.items()
    )
    yield from ((f"body {name}", post(body)) for name, body in BODIES.items())
    yield from ((f"type {kind.decode('latin-1')!r}", post(FORM, kind)) for kind in KINDS)
    yield from OTHERS.items()


ALL = list(hostile())


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with the reference profiles, and what it holds before the first request."""
    running = Running(tmp_path_factory.mktemp("hostile")).start(120)
    running.before = held(running)
    yield running
    running.stop()


def held(server) -> dict:
    """Every version of every profile, and how far the outboxes have come: whatever is written
    changes one of them.
    """
    admin, found = server.admin(), {}
    for resource in ("startups", "investors", "mandates", "sites", "providers", "programs"):
        cursor: dict = {}
        while True:
            page = admin.get(f"/api/v1/{resource}", limit=200, **cursor)
            found |= {(resource, p["id"]): p["version"] for p in page["items"]}
            if not page.get("next"):
                break
            cursor = {"cursor": page["next"]}
    found["subscriptions"] = len(admin.get("/api/v1/subscriptions")["items"])
    return found


def exchange(server, raw: bytes, wait_s: float = 10) -> list[int]:
    """The statuses of all answers; empty where the connection was closed without one."""
    raw = raw.replace(b"TOKEN", server.token("startup").encode())
    said = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait_s) as wire:
        try:
            wire.sendall(raw)
            wire.shutdown(socket.SHUT_WR)
            while chunk := wire.recv(65_536):
                said += chunk
        except TimeoutError as error:
            raise AssertionError("neither answered nor cut off") from error
        except OSError:
            pass  # cut off while we were still talking
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3})", said)]


@pytest.mark.parametrize(
    ("name", "raw"), ALL, ids=[re.sub(r"[^\w ./-]", "_", name)[:70] for name, _ in ALL]
)
def test_a_hostile_request_is_refused_or_cut_off(server, name, raw):
    statuses = exchange(server, raw)
    unknown_coding = {501} if "disguise" in name else set()  # RFC 9112 wants that one
    assert all(400 <= s < 500 or s in unknown_coding for s in statuses), statuses


def test_there_are_at_least_two_hundred_and_the_good_twin_of_them_goes_through(server, tmp_path):
    assert len(ALL) >= 200
    assert exchange(server, get(COLLECTION)) == [200], "the same request without the trick"
    own = Running(tmp_path / "own", load=False).start(120)
    try:
        assert exchange(own, post(FORM)) == [201]
    finally:
        own.stop()


@pytest.mark.parametrize(
    "junk",
    [
        b"\x00" * 100,
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /api/v1/startups HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
    ],
)
def test_what_is_pipelined_behind_a_good_request_does_no_harm(server, junk):
    good = get(COLLECTION).replace(b"Connection: close\r\n", b"")
    statuses = exchange(server, good + junk)
    assert statuses[:1] in ([], [200]) and all(s == 200 or 400 <= s < 500 for s in statuses), (
        statuses
    )


def test_a_smuggled_second_request_is_not_a_request_of_ours(server):
    """A body that is a request: under every reading it stays a body, or the connection ends."""
    inner = post(FORM).replace(b"Connection: close\r\n", b"")
    for framing in (
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n" % len(inner),
    ):
        head = (
            b"POST /api/v1/startups HTTP/1.1\r\n"
            + HOST
            + b"Authorization: Bearer TOKEN\r\nContent-Type: application/json\r\n"
        )
        exchange(server, head + framing + b"\r\n0\r\n\r\n" + inner)
    assert ("startups", "hostile") not in held(server)


def test_slow_senders_hold_nobody_up(server):
    """Forty connections that never finish their request: another reader is answered all the
    while.
    """
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
    try:
        for i, wire in enumerate(slow):
            wire.sendall(
                b"POST /api/v1/startups HTTP/1.1\r\nHost: a\r\n" if i % 2 else b"GET /api/v1/star"
            )
        begin = time.monotonic()
        assert server.admin().get("/api/v1/startups", limit=1)["items"]
        assert time.monotonic() - begin < 20
    finally:
        for wire in slow:
            wire.close()


def test_after_all_that_nothing_was_written_and_the_service_lives(server):
    for name, raw in ALL:
        if name.startswith(("body", "type", "header")):
            exchange(server, raw)
    assert held(server) == server.before
    assert server.process.poll() is None and httpx.get(f"{server.ops}/ready").status_code == 200
