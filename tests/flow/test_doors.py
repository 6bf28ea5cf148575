"""TLS before the front door, at it, and at the server itself: signing in and a form, with the real
programs; and whose word is taken.
"""

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from gunicorn.config import Config

from services import operate
from services.accounts import limits
from services.accounts.limits import PER_PLACE
from services.cli.group import client
from services.up import Composition, Server
from shared.auth import worker
from shared.clock import Clock
from shared.db import Database
from shared.settings import MissingSettings, Settings, load
from shared.web.server import options
from tests.conftest import migrated
from tests.flow.door import ROOT, SERVICES, Authority, Nginx, outer
from tests.flow.server import Running, free_port

WORD, OFFICER = "four words make one", "haru@office.example"
TRUSTED = ("127.0.0.1/32",)
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
needs_nginx = pytest.mark.skipif(
    shutil.which("nginx") is None and not os.environ.get("CI"),
    reason="no nginx here (Debian: apt install nginx-light)",
)
pytestmark = pytest.mark.xdist_group("doors")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls(authority):
    return authority.issue("nakodo.example", "127.0.0.1")


def settled(running: Running) -> Running:
    """Starts a server with one person on it."""
    running.folder.mkdir(parents=True, exist_ok=True)
    for made in migrated().glob("*.db"):
        shutil.copy(made, running.folder)
    composition = Composition(settings_of(running))
    assert operate.add_person(composition, OFFICER, "Haru", "office", ["startup"], WORD) is None
    composition.close()
    return running.start()


def settings_of(running: Running, **environ: str) -> Settings:
    return load(running.environ | environ, data=running.folder, port=str(running.port))


@pytest.fixture(scope="module")
def behind(tmp_path_factory, tls):
    """The embedded product behind proxies: with TLS before the door (its public address), and with
    TLS at the door.
    """
    folder, port = tmp_path_factory.mktemp("behind"), free_port()
    own = {
        "NAKODO_PROXIES": ",".join(TRUSTED),
        "NAKODO_PUBLIC_URL": f"https://nakodo.example:{port}",
    }
    running = Running(folder / "data", load=False, environ=own)
    places = dict.fromkeys(SERVICES, f"127.0.0.1:{running.port}")
    doors = {}
    try:
        settled(running)
        inner = doors["plain"] = Nginx(folder / "plain", places, trusted=TRUSTED).start()
        doors["tls"] = Nginx(folder / "tls", places, tls).start()
        doors["outer"] = outer(folder / "outer", tls, inner.url.removeprefix("http://"), port=port)
        running.doors = doors
        yield running
    finally:
        for door in doors.values():
            door.stop()
        running.stop()


@pytest.fixture(scope="module")
def straight(tmp_path_factory, tls):
    """The embedded product that serves TLS itself."""
    own = {
        "NAKODO_TLS_CERTIFICATE": str(tls / "certificate.pem"),
        "NAKODO_TLS_KEY": str(tls / "key.pem"),
    }
    running = Running(tmp_path_factory.mktemp("straight"), load=False, environ=own)
    try:
        yield settled(running)
    finally:
        running.stop()


@pytest.fixture(params=["outer", "tls", "gunicorn"])
def address(request):
    """Where a visitor comes in, in each of the three topologies."""
    if request.param == "gunicorn":
        return request.getfixturevalue("straight").url
    if shutil.which("nginx") is None and not os.environ.get("CI"):
        pytest.skip("no nginx here (Debian: apt install nginx-light)")
    return request.getfixturevalue("behind").doors[request.param].url


def test_signing_in_and_a_form_go_through_by_tls(authority, address):
    """The fault: every form answered 403, for the inner server took the visitor's https for a
    foreign site's.
    """
    with httpx.Client(
        base_url=address, verify=authority.context, headers={"Origin": address}
    ) as browser:
        landed = browser.post("/sign-in", data={"email": OFFICER, "password": WORD})
        assert landed.status_code == 302, landed.text[-500:]
        cookie = next(c for c in landed.headers.get_list("set-cookie") if c.startswith("nakodo="))
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; ")[1:])
        assert not landed.headers["location"].startswith("http:"), "no redirect leads out of TLS"
        page = browser.get("/account")
        assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
        assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert browser.get("/static/nakodo.css").headers["Cache-Control"] != "no-store"
        doubled = browser.get("//account")
        assert not doubled.headers.get("location", "").startswith("http:")
        ended = browser.post("/session/end")
        assert ended.status_code == 302 and browser.get("/account").status_code == 302, (
            "signed out by a form"
        )
    for foreign in ("https://evil.example", address.replace("https", "http"), "null", None):
        said = {"Origin": foreign} if foreign else {}
        told = httpx.post(
            f"{address}/sign-in",
            data={"email": OFFICER, "password": WORD},
            headers=said,
            verify=authority.context,
        )
        assert told.status_code == 403, foreign


@needs_nginx
def test_by_the_public_address_even_where_the_proxy_is_not_known(authority, behind):
    """The name in the browser's bar is the public one, whatever the inner hop calls the host."""
    url = behind.environ["NAKODO_PUBLIC_URL"]
    with httpx.Client(base_url=behind.url, headers={"Origin": url}) as browser:
        landed = browser.post("/sign-in", data={"email": OFFICER, "password": WORD})
        assert landed.status_code == 302 and "Secure" in landed.headers["set-cookie"]


@needs_nginx
def test_plain_requests_at_the_door_with_tls_are_sent_on(behind):
    door = behind.doors["tls"]
    told = httpx.get(f"http://127.0.0.1:{door.ports['8080']}/find?q=x")
    assert told.status_code == 301 and told.headers["location"] == "https://127.0.0.1/find?q=x"


@needs_nginx
def test_nobody_evades_a_limit_by_naming_a_place_of_his_own(authority, behind):
    """Whose tries are used up stays outside, whatever his headers say: through one proxy or two, or
    straight at the server, as from a LAN.
    """
    used_up = [f"127.0.0.{n}" for n in (10, 11, 12)]
    db = Database(f"sqlite:///{behind.folder}/accounts.db", Clock())
    with db.transaction(worker("accounts")) as session:
        for own in used_up:
            for _ in range(PER_PLACE):
                limits.count(session, f"place {own}", PER_PLACE)
    db.close()
    lies = {"X-Forwarded-For": "10.1.2.3", "Forwarded": "for=10.1.2.3", "X-Real-IP": "10.1.2.3"}
    for own, url in zip(
        used_up, (behind.doors["tls"].url, behind.doors["outer"].url, behind.url), strict=True
    ):
        told = []
        for address, said in (
            (own, {}),
            (own, lies),
            (own, lies | {"X-Forwarded-For": "10.1.2.3, 127.0.0.1"}),
            ("127.0.0.13", {}),
        ):
            lan = httpx.HTTPTransport(local_address=address, verify=authority.context)
            form = {"email": f"nobody{len(told)}@{own}.example", "password": WORD}
            with httpx.Client(base_url=url, transport=lan) as visitor:
                told.append(visitor.post("/api/v1/sessions", json=form, headers=said).status_code)
        assert told == [429, 429, 429, 401], url


@needs_nginx
def test_https_is_not_believed_of_a_visitor(behind):
    """Neither the door nor the server takes the visitor's word that he came by TLS."""
    lie = {
        "X-Forwarded-Proto": "https",
        "Origin": f"https://127.0.0.1:{behind.doors['plain'].ports['8080']}",
    }
    untrusting = Nginx(behind.folder.parent / "untrusting", behind.doors["plain"].places).start()
    try:
        told = httpx.get(f"{untrusting.url}/sign-in", headers=lie)
        assert told.status_code == 200 and "Strict-Transport-Security" not in told.headers
    finally:
        untrusting.stop()


def test_the_command_line_finds_a_server_with_tls(straight):
    """It knows the server on its own machine by its certificate, whatever name that is made out
    to.
    """
    with client(settings_of(straight)) as found:
        assert found.get("/services/startups/live") == {"live": True}


def test_doctor_checks_the_doors(straight, authority):
    well = operate.doors(settings_of(straight), datetime.now(UTC))
    assert [f["what"] for f in well] == ["public address", "TLS certificate"] and all(
        f["ok"] for f in well
    ), well
    soon = authority.issue("elsewhere.example", days=3)
    files = {
        "NAKODO_TLS_CERTIFICATE": str(soon / "certificate.pem"),
        "NAKODO_TLS_KEY": str(soon / "key.pem"),
    }
    own = {
        "NAKODO_PUBLIC_URL": "http://nakodo.example",
        "NAKODO_PROXIES": "10.0.0.0/8,192.0.2.7/32",
    }
    ill = {
        f["value"]: f["ok"]
        for f in operate.doors(settings_of(straight, **files, **own), datetime.now(UTC))
    }
    said = [
        "travel in the clear",
        "10.0.0.0/8; any of 16777216",
        "192.0.2.7/32",
        "elsewhere.example; 2 days left; it is not made out to nakodo.example",
    ]
    assert [next(k for k in ill if words in k) for words in said] == list(ill) and list(
        ill.values()
    ) == [False, False, True, False]
    mixed = files | {"NAKODO_TLS_KEY": straight.environ["NAKODO_TLS_KEY"]}
    assert not operate.doors(settings_of(straight, **mixed), datetime.now(UTC))[-1]["ok"], (
        "another certificate's key"
    )


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"NAKODO_PUBLIC_URL": "nakodo.example"}, "NAKODO_PUBLIC_URL"),
        ({"NAKODO_PUBLIC_URL": "https://nakodo.example/app"}, "without a path"),
        ({"NAKODO_PUBLIC_URL": "https://me:word@nakodo.example"}, "NAKODO_PUBLIC_URL"),
        ({"NAKODO_PROXIES": "10.0.0.1/8"}, "NAKODO_PROXIES"),
        ({"NAKODO_PROXIES": "any"}, "NAKODO_PROXIES"),
        ({"NAKODO_TLS_CERTIFICATE": "/x.pem"}, "go together"),
        ({"NAKODO_TLS_CERTIFICATE": "/x.pem", "NAKODO_TLS_KEY": "/y.pem"}, "cannot be read"),
        ({"NAKODO_WORKERS": "0"}, "NAKODO_WORKERS"),
    ],
)
def test_settings_that_make_no_sense_are_named(environ, words):
    with pytest.raises(MissingSettings, match=words):
        load(environ)


@pytest.mark.parametrize(
    ("stated", "origin"),
    [
        ("https://Nakodo.Example/", "https://nakodo.example"),
        ("https://nakodo.example:443", "https://nakodo.example"),
        ("https://仲人.example", "https://xn--gmq1e.example"),
        ("http://[2001:db8::5]:8080", "http://[2001:db8::5]:8080"),
    ],
)
def test_the_public_address_is_written_as_browsers_do(stated, origin):
    assert load({"NAKODO_PUBLIC_URL": stated}).public_url == origin


def test_every_way_to_serve_has_the_same_gunicorn(tmp_path):
    """In a container by its file, `nakodo serve`, `nakodo up`: only what works beside it and its
    threads differ, and say so.
    """
    asked = "from gunicorn.config import Config; import runpy, json; "
    asked += (
        "print(json.dumps({k: v for k, v in runpy.run_path('deploy/gunicorn.conf.py').items() if k"
        " in Config().settings}))"
    )
    environ = {k: v for k, v in os.environ.items() if not k.startswith("NAKODO_")} | {
        "NAKODO_DATA": str(tmp_path),
        "FORWARDED_ALLOW_IPS": "*",
    }
    shown = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    settings = load({}, data=tmp_path)
    named = options(settings)
    assert json.loads(shown) == named
    served = Server(settings, load=False).cfg
    differing = {k for k, v in named.items() if served.settings[k].get() != options_as_set(k, v)}
    assert differing == {"workers", "threads"}


def options_as_set(name: str, value):
    """As gunicorn keeps it."""
    made = Config()
    made.set(name, value)
    return made.settings[name].get()


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM and not os.environ.get("CI"), reason="no Chromium here")
def test_a_browser_signs_in_and_out_by_tls(straight):
    """Chromium itself names the origin, keeps the Secure cookie and follows the redirects; this
    test's authority it does not know.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        page = chromium.new_context(ignore_https_errors=True).new_page()
        page.goto(f"{straight.url}/sign-in")
        page.fill("[name=email]", OFFICER)
        page.fill("[name=password]", WORD)
        page.click("main form button")
        page.goto(f"{straight.url}/account")
        assert page.url.endswith("/account"), page.locator("main").inner_text()
        assert [c["secure"] for c in page.context.cookies() if c["name"] == "nakodo"] == [True]
        page.click("form[action='/session/end'] button")
        page.goto(f"{straight.url}/account")
        assert not page.url.endswith("/account"), "signed out by a form"
        chromium.close()


class Names(threading.Thread):
    """A name server on loopback that gives one address for every name; the address may change."""

    def __init__(self, address: str):
        super().__init__(daemon=True)
        self.address, self.wire = address, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.bind(("127.0.0.1", 0))

    def run(self) -> None:
        while True:
            try:
                asked, whom = self.wire.recvfrom(512)
            except OSError:
                return
            question = asked[12 : asked.index(b"\0", 12) + 5]
            record = (
                b"\xc0\x0c\x00\x01\x00\x01"
                + struct.pack(">IH", 1, 4)
                + socket.inet_aton(self.address)
            )
            self.wire.sendto(
                asked[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + question + record, whom
            )


class Says(BaseHTTPRequestHandler):
    def do_GET(self):
        said = self.server.server_address[0].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        """Nothing."""


@needs_nginx
def test_the_door_finds_a_service_again_that_has_moved(tmp_path):
    """The fault: nginx asked for each name once, and a container that came back elsewhere was gone
    until nginx was started anew.
    """
    port = free_port()
    homes = [ThreadingHTTPServer((address, port), Says) for address in ("127.0.0.5", "127.0.0.6")]
    for home in homes:
        threading.Thread(target=home.serve_forever, daemon=True).start()
    names = Names("127.0.0.5")
    names.start()
    door = Nginx(
        tmp_path / "door",
        {"portal": f"portal.inside:{port}"},
        resolver=f"127.0.0.1:{names.wire.getsockname()[1]}",
    ).start()
    try:
        assert httpx.get(door.url).text == "127.0.0.5"
        names.address = "127.0.0.6"
        deadline = time.monotonic() + 10
        while (said := httpx.get(door.url).text) != "127.0.0.6" and time.monotonic() < deadline:
            time.sleep(0.2)
        assert said == "127.0.0.6"
    finally:
        door.stop()
        names.wire.close()
        for home in homes:
            home.shutdown()
            home.server_close()
