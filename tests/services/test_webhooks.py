"""Webhooks: told to whom they concern and nobody else, signed as the standard has it, tried again,
replayable, and never a door inwards.
"""

import http.server
import json
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from nakodo_client import Refused
from services.notices import caller, deliverer
from services.notices.actions import TESTS_AN_HOUR
from services.notices.deliverer import Deliverer
from services.notices.models import Delivery, Subscription
from services.notices.rules import url_fault
from shared.auth import ADMINISTRATOR, Actor
from tests.conftest import Stack, mandate_form, startup_form

REVIEWER = Actor("reviewer", "kari-capital", frozenset({"reviewer"}))
RIVAL = Actor("rival", "rival-fund", frozenset({"reviewer"}))
FOUNDER = Actor("founder", "rei-bio", frozenset({"startup"}))


class Receiver:
    """A customer's system: an HTTP server that keeps what it was sent and answers as told."""

    def __init__(self):
        self.got, self.answers, self.seen = [], [], threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, dict(self.headers), body))
                status, headers = receiver.answers.pop(0) if receiver.answers else (204, {})
                if status == "slow":
                    time.sleep(0.3)
                    status = 204
                if status == "drip":
                    for _ in range(200):
                        self.wfile.write(b"H")
                        self.wfile.flush()
                        time.sleep(0.05)
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def messages(self, kind: str | None = None) -> list[dict]:
        found = [json.loads(body) for _, _, body in self.got]
        return [m for m in found if kind in (None, m["type"])]


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()


@pytest.fixture
def desk(tmp_path):
    """An installation that may call loopback, as a test may; two funds and a startup."""
    # receivers refuse old messages: the real time
    stack = Stack(tmp_path, datetime.now(UTC), {"NAKODO_WEBHOOK_NETWORKS": "127.0.0.0/8"})
    stack.notices = stack.composition.services["notices"]
    stack.deliverer = Deliverer(
        stack.notices.db,
        stack.notices.app.extensions["nakodo"]["seals"],
        stack.composition.settings.webhook_networks,
    )
    for fund in ("kari-capital", "rival-fund"):
        stack.client().register(
            "investors", {"id": fund, "name": {"en": f"{fund} (invented)"}, "owner": fund}
        )
        stack.client().register("mandates", mandate_form(fund, owner=fund))
    told(stack)
    stack.clock.move(seconds=1)
    yield stack
    stack.composition.close()


def subscribe(stack, actor: Actor, url: str, *events: str) -> dict:
    return stack.client(actor).subscribe("CRM", url, list(events))


def told(stack) -> None:
    """Lets what happened arrive at notices, and be sent."""
    stack.settle()
    for consumer in stack.notices.consumers:
        reader, ends = consumer.open(), consumer.ends()
        while not consumer.reached(ends):
            consumer.handle(reader.poll(500, 0.2))
        reader.close()
    while stack.deliverer.round():
        pass


def test_a_fund_is_told_of_its_own_matches_alone_and_the_signature_is_that_of_the_standard(
    desk, receiver
):
    made = subscribe(desk, REVIEWER, receiver.url, "match.appeared", "match.changed")
    desk.client().register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    told(desk)
    assert [m["data"]["mandate"] for m in receiver.messages()] == ["kari-capital-equity"], (
        "not the rival's"
    )
    message = receiver.messages("match.appeared")[0]
    assert message["data"] == {
        "startup": "rei-bio",
        "mandate": "kari-capital-equity",
        "path": "/api/v1/matches/rei-bio/kari-capital-equity",
    }
    assert desk.client(REVIEWER).get(message["data"]["path"])["startup"], "the path reads on"
    _, headers, body = receiver.got[0]
    assert Webhook(made["secret"]).verify(body, headers) == message
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(body.replace(b"rei-bio", b"rei-two"), headers)
    assert "secret" not in desk.client(REVIEWER).subscriptions()[0]


def test_what_happened_before_is_not_told_and_told_twice_it_is_the_same_message(desk, receiver):
    desk.client().register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    desk.settle()
    desk.clock.move(seconds=1)
    subscribe(desk, REVIEWER, receiver.url, "match.appeared", "profile.changed")
    desk.clock.move(seconds=1)
    told(desk)
    assert receiver.got == []
    desk.client().add_facts("startups", "rei-bio", [{"field": "stage", "value": "phase-1"}])
    told(desk)
    assert [m["data"]["version"] for m in receiver.messages("profile.changed")] == [2]
    with desk.notices.db.transaction(ADMINISTRATOR) as session:
        (row,) = session.scalars(select(Delivery))
        row.state = "waiting"  # as after a crash between sending and noting it
    while desk.deliverer.round():
        pass
    assert (
        len(receiver.got) == 2
        and receiver.got[0][1]["webhook-id"] == receiver.got[1][1]["webhook-id"]
    )


def test_a_startup_hears_of_its_own_profile_and_of_no_other_startup(desk, receiver):
    subscribe(desk, FOUNDER, receiver.url, "profile.published", "profile.changed", "match.appeared")
    for slug in ("rei-bio", "rei-two"):
        desk.client().register("startups", startup_form(id=slug, owner=slug))
    told(desk)
    assert [(m["type"], m["data"]["id"]) for m in receiver.messages()] == [
        ("profile.published", "rei-bio")
    ]


def test_every_change_among_matches_is_told_however_many_come_at_once(desk, receiver):
    """`matches` carries changes, not states: of two events about one startup in one batch, both
    count.
    """
    subscribe(desk, REVIEWER, receiver.url, "match.appeared", "match.left")
    desk.client().register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    desk.settle()
    desk.client().request("DELETE", "/api/v1/startups/rei-bio")
    told(desk)
    assert [m["type"] for m in receiver.messages()] == ["match.appeared", "match.left"]


def test_a_receiver_that_is_down_is_asked_ever_later_and_gets_everything_in_order(desk, receiver):
    subscribe(desk, REVIEWER, receiver.url, "profile.published")
    receiver.answers = [(500, {}), (503, {})]
    for i in range(3):
        desk.client().register("startups", startup_form(f"Rei {i} (invented)", id=f"rei-{i}"))
        desk.clock.move(milliseconds=5)
    told(desk)
    assert len(receiver.got) == 1, "one that is down is asked once, not once a message"
    desk.clock.move(seconds=6)
    told(desk)
    assert len(receiver.got) == 2
    desk.clock.move(minutes=6)
    told(desk)
    names = [m["data"]["id"] for m in receiver.messages()]
    assert names == ["rei-0"] * 3 + ["rei-1", "rei-2"]
    listed = desk.client(REVIEWER).subscriptions()[0]
    assert listed["messages"] == {"sent": 3} and listed["failing_since"] is None


def test_one_that_fails_for_days_is_paused_says_why_and_goes_on_when_asked(desk, receiver):
    made = subscribe(desk, REVIEWER, receiver.url, "profile.published")
    receiver.answers = [(500, {})] * 40
    desk.client().register("startups", startup_form(id="rei-bio"))
    told(desk)
    for _ in range(12):
        desk.clock.move(hours=12)
        told(desk)
    path = f"/api/v1/subscriptions/{made['id']}"
    mine = desk.client(REVIEWER).get(path)
    assert mine["state"] == "paused" and mine["why"].startswith("failing since"), mine
    tried = len(receiver.got)
    desk.client().register("startups", startup_form(id="rei-two"))
    told(desk)
    assert len(receiver.got) == tried
    receiver.answers = []
    desk.client(REVIEWER).patch(path, {"state": "active"}, 1)
    told(desk)
    assert [m["data"]["id"] for m in receiver.messages()][tried:] == ["rei-bio", "rei-two"], (
        "what came while paused was kept"
    )
    desk.client(REVIEWER).post(
        f"{path}/replays", {"since": (desk.clock.now() - timedelta(days=20)).isoformat()}
    )
    told(desk)
    assert {m["data"]["id"] for m in receiver.messages()[tried + 2 :]} == {"rei-bio", "rei-two"}
    assert len({h["webhook-id"] for _, h, _ in receiver.got}) == 2, "each under the id it had"


def test_gone_means_gone_and_a_redirect_is_not_followed(desk, receiver):
    other = Receiver()
    made = subscribe(desk, REVIEWER, receiver.url, "profile.published")
    receiver.answers = [(302, {"Location": other.url}), (410, {})]
    desk.client().register("startups", startup_form(id="rei-bio"))
    told(desk)
    desk.clock.move(minutes=10)
    told(desk)
    assert other.got == [] and len(receiver.got) == 2
    other.server.shutdown()
    assert (
        desk.client(REVIEWER).get(f"/api/v1/subscriptions/{made['id']}")["why"]
        == "the receiver said it is gone"
    )
    rows = desk.client(REVIEWER).get(f"/api/v1/subscriptions/{made['id']}/deliveries")["items"]
    assert rows[0]["status"] == 410 and rows[0]["tries"] == 2


def test_a_receiver_that_drips_is_left_and_holds_up_nobody_else(desk, receiver, monkeypatch):
    monkeypatch.setattr(caller, "WHOLE_S", 0.5)
    slow = Receiver()
    slow.answers = [("drip", {})] * 5
    subscribe(desk, REVIEWER, slow.url, "profile.published")
    subscribe(desk, RIVAL, receiver.url, "profile.published")
    desk.client().register("startups", startup_form(id="rei-bio"))
    begin = time.monotonic()
    told(desk)
    assert len(receiver.got) == 1 and time.monotonic() - begin < 60
    with desk.notices.db.reading(ADMINISTRATOR) as session:
        faults = {d.fault for d in session.scalars(select(Delivery))}
    assert faults == {None, "no answer within 0.5 s"}
    slow.server.shutdown()


def test_a_slow_receiver_with_much_to_hear_gets_little_a_round(desk, receiver, monkeypatch):
    monkeypatch.setattr(deliverer, "ROUND_S", 0.5)
    slow = Receiver()
    slow.answers = [("slow", {})] * 12
    made = subscribe(desk, REVIEWER, slow.url, "profile.published")
    subscribe(desk, RIVAL, receiver.url, "profile.published")
    for n in range(12):
        desk.client().register("startups", startup_form(id=f"rei-{n}"))
    desk.settle()
    for consumer in desk.notices.consumers:
        reader, ends = consumer.open(), consumer.ends()
        while not consumer.reached(ends):
            consumer.handle(reader.poll(500, 0.2))
        reader.close()
    desk.deliverer.round()
    assert len(receiver.got) == 12 and len(slow.got) < 5, (
        "whoever is quick has all of theirs after one round"
    )
    while desk.deliverer.round():
        pass
    assert len(slow.got) == 12
    rows = desk.client(REVIEWER).get(f"/api/v1/subscriptions/{made['id']}/deliveries")["items"]
    assert {r["tries"] for r in rows} == {1}
    slow.server.shutdown()


def test_so_many_tests_an_hour_are_sent(desk, receiver):
    made = subscribe(desk, REVIEWER, receiver.url, "subscription.test")
    path = f"/api/v1/subscriptions/{made['id']}/test"
    for _ in range(TESTS_AN_HOUR):
        desk.client(REVIEWER).post(path, {})
    with pytest.raises(Refused) as told:
        desk.client(REVIEWER).post(path, {})
    assert (told.value.status, told.value.problem["code"]) == (429, "too-many-tests")
    desk.clock.move(hours=1, seconds=1)
    desk.client(REVIEWER).post(path, {})


def test_a_changed_secret_signs_at_once_and_the_old_one_for_a_day_more(desk, receiver):
    made = subscribe(desk, REVIEWER, receiver.url, "subscription.test")
    path = f"/api/v1/subscriptions/{made['id']}"
    fresh = desk.client(REVIEWER).post(f"{path}/secret", {})["secret"]
    desk.client(REVIEWER).post(f"{path}/test", {})
    told(desk)
    _, headers, body = receiver.got[-1]
    assert Webhook(made["secret"]).verify(body, headers) and Webhook(fresh).verify(body, headers)
    desk.clock.move(days=1, minutes=1)
    desk.client(REVIEWER).post(f"{path}/test", {})
    told(desk)
    _, headers, body = receiver.got[-1]
    assert headers["webhook-signature"].count("v1,") == 1


INWARDS = [
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://127.1/",
    "https://0x7f.0.0.1/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[::]/",
    "https://0.0.0.0/",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://192.0.0.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://203.0.113.5/",
    "https://[2001:db8::1]/",
    "https://[ff02::1]/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "https://",
    "https://user:pass@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com:22/",
    "https://example.com:6379/",
    "http://example.com/",
    "https://kafka.internal/",
    "https://printer.local/",
    "https://db.localhost/",
    "https://example.com\\@127.0.0.1/",
    "https://例え.jp/",
    "https://[::1",
    "https://example.com:99999/",
    "https://example.com/#fragment",
    "https://%6c%6f%63alhost/",
    "//example.com/",
    "https://[2001:0:7f00:1::]/",
] + ["https://ex ample.com/"]  # noqa: SIM905


NUMBERS = [
    "::127.0.0.1",
    "::7f00:1",
    "::8.8.8.8",
    "::ffff:0:127.0.0.1",
    "::ffff:0:8.8.8.8",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "2002:808:808::1",
    "2001::1",
    "2001:10::1",
    "2001:20::1",
    "3fff::1",
    "4000::1",
    "100::1",
    "fec0::1",
    "5f00::1",
    "ff0e::1",
    "fe80::1%25eth0",
    "2606:4700::1111%251",
    "192.88.99.1",
    "192.88.99.2",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.9",
    "192.0.2.1",
    "198.51.100.1",
    "240.0.0.1",
    "0.1.2.3",
    "233.252.0.1",
]
NAMES = [
    "localhost",
    "localhost.",
    "LOCALHOST",
    "crm",
    "db.localhost.",
    "kafka.internal.",
    "a.b.INTERNAL",
    "printer.local.",
    "nas.lan",
    "router.home.arpa",
    "x.intranet",
    "x.localdomain",
    "0x7f000001",
    "0x7f.1",
    "1.0x7f",
    "127.1.",
    "127.0.0.1.",
    "0177.1",
    "017700000001",
    "127.0.0.0x1",
    "example.0xff",
    "1.1",
    "example..com",
    ".example.com",
    "-a.example",
    "a-.example",
    "example.com.",
    "_dmarc.example.com",
]


@pytest.mark.parametrize("host", [f"[{n}]" if ":" in n else n for n in NUMBERS] + NAMES)
def test_no_way_of_writing_an_inner_address_or_name_passes(host):
    assert url_fault(f"https://{host}/hook", ()) in ("bad-url", "url-not-public")


@pytest.mark.parametrize(
    "host",
    [
        "hooks.example.com",
        "a-b.c1.co.jp",
        "8.8.8.8",
        "[2606:4700::1111]",
        "xn--r8jz45g.xn--zckzah",
        "9.9.example",
    ],
)
def test_public_addresses_and_names_pass(host):
    assert url_fault(f"https://{host}/hook", ()) is None


@pytest.mark.parametrize("url", INWARDS)
def test_an_address_that_leads_inwards_is_refused_when_typed(url, real):
    with pytest.raises(Refused) as refused:
        subscribe(real, REVIEWER, url, "profile.published")
    assert refused.value.status == 422 and "url" in str(refused.value.problem), (
        refused.value.problem
    )
    assert real.client(REVIEWER).get("/api/v1/subscriptions")["items"] == []


def test_an_inner_name_and_one_nobody_knows_are_not_called_and_look_the_same(
    tmp_path, receiver, monkeypatch
):
    """Names are judged as they resolve, all their addresses or none; what is wrong with one is not
    told.
    """
    stack = Stack(tmp_path)
    stack.notices = stack.composition.services["notices"]
    stack.deliverer = Deliverer(
        stack.notices.db, stack.notices.app.extensions["nakodo"]["seals"], ()
    )
    answers = {
        "inner": ["127.0.0.1"],
        "mixed": ["8.8.8.8", "10.0.0.1"],
        "wrapped": ["::7f00:1"],
        "unknown": socket.gaierror(-2, "unknown"),
    }

    def resolved(host, port, *_):
        found = answers[host.split(".")[0]]
        if isinstance(found, Exception):
            raise found
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    for name in answers:
        made = subscribe(stack, REVIEWER, f"https://{name}.example.com/", "subscription.test")
        stack.client(REVIEWER).post(f"/api/v1/subscriptions/{made['id']}/test", {})
    told(stack)
    with stack.notices.db.reading(ADMINISTRATOR) as session:
        rows = list(session.scalars(select(Delivery)))
    assert len(rows) == len(answers) and receiver.got == []
    assert {(r.fault, r.status, r.tries) for r in rows} == {
        ("Refused: this name has no public address", None, 1)
    }
    stack.composition.close()


def test_a_certificate_that_is_not_the_hosts_is_refused(desk, tmp_path):
    key, certificate = _self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver = Receiver()
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    made = subscribe(desk, REVIEWER, receiver.url.replace("http:", "https:"), "subscription.test")
    desk.client(REVIEWER).post(f"/api/v1/subscriptions/{made['id']}/test", {})
    told(desk)
    (row,) = desk.client(REVIEWER).get(f"/api/v1/subscriptions/{made['id']}/deliveries")["items"]
    assert "CERTIFICATE_VERIFY_FAILED" in row["fault"] and receiver.got == []
    receiver.server.shutdown()


def _self_signed(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    from tests.conftest import TODAY

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
    )
    made = (
        made.not_valid_before(TODAY - timedelta(days=9))
        .not_valid_after(TODAY + timedelta(days=999))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "key.pem", folder / "certificate.pem"
    plain = serialization.NoEncryption()
    paths[0].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    paths[1].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return paths


def test_anothers_subscription_does_not_exist_and_its_secret_is_sealed(desk, receiver):
    made = subscribe(desk, REVIEWER, receiver.url, "profile.published")
    rival = desk.client(RIVAL)
    for ask in (
        lambda: rival.get(f"/api/v1/subscriptions/{made['id']}"),
        lambda: rival.get(f"/api/v1/subscriptions/{made['id']}/deliveries"),
        lambda: rival.patch(f"/api/v1/subscriptions/{made['id']}", {"state": "paused"}, 1),
        lambda: rival.post(f"/api/v1/subscriptions/{made['id']}/secret", {}),
        lambda: rival.post(
            f"/api/v1/subscriptions/{made['id']}/replays", {"since": "2026-11-20T00:00:00Z"}
        ),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.status == 404
    with desk.notices.db.reading(ADMINISTRATOR) as session:
        (row,) = session.scalars(select(Subscription))
    assert made["secret"].encode() not in row.secret and deliverer.GONE == 410
    assert made["secret"] not in (
        desk.composition.settings.data / "notices.db"
    ).read_bytes().decode("latin-1")


def test_a_question_reaches_the_startup_and_its_answer_who_asked_and_nobody_else(desk, receiver):
    for actor in (REVIEWER, RIVAL, FOUNDER):
        subscribe(desk, actor, f"{receiver.url}/{actor.org}", "ask.received", "ask.answered")
    desk.client().register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    told(desk)
    desk.clock.move(seconds=1)
    asked = desk.client(REVIEWER).post(
        "/api/v1/asks", {"startup": "rei-bio", "mandate": "kari-capital-equity", "gate": "cheque"}
    )
    told(desk)
    answer = {
        "field": "raise",
        "value": {"state": "raising", "amount": 10, "currency": "JPY"},
        "answers": asked["id"],
    }
    desk.client(FOUNDER).add_facts("startups", "rei-bio", [answer])
    told(desk)
    got = [(path.rsplit("/", 1)[-1], json.loads(body)) for path, _, body in receiver.got]
    assert [(who, m["type"]) for who, m in got] == [
        ("rei-bio", "ask.received"),
        ("kari-capital", "ask.answered"),
    ]
    assert "kari" not in str(got[0][1]) and got[1][1]["data"]["mandate"] == "kari-capital-equity"


def test_an_introductions_steps_reach_both_sides_and_a_private_no_nobody(desk, receiver):
    for actor in (REVIEWER, RIVAL, FOUNDER):
        events = (
            "introduction.received",
            "introduction.made",
            "introduction.ended",
            "decision.made",
        )
        subscribe(desk, actor, f"{receiver.url}/{actor.org}", *events)
    desk.client().register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    told(desk)
    desk.clock.move(seconds=1)

    def got() -> list[tuple[str, str]]:
        told(desk)
        found = [
            (path.rsplit("/", 1)[-1], json.loads(body)["type"]) for path, _, body in receiver.got
        ]
        receiver.got.clear()
        return sorted(found)

    desk.client(REVIEWER).decide("rei-bio", "kari-capital-equity", "advance")
    made = desk.client(REVIEWER).introduce("rei-bio", "kari-capital-equity")
    assert got() == [("kari-capital", "decision.made"), ("rei-bio", "introduction.received")]
    desk.client(FOUNDER).step(made["id"], "decline")
    assert got() == []
    desk.client(FOUNDER).step(made["id"], "accept")
    assert got() == [("kari-capital", "introduction.made"), ("rei-bio", "introduction.made")]
    desk.client(REVIEWER).step(made["id"], "close")
    assert got() == [("kari-capital", "introduction.ended"), ("rei-bio", "introduction.ended")]
    subscription = desk.client(REVIEWER).subscriptions()[0]["id"]
    assert (
        desk.client(REVIEWER).replay(
            subscription, (desk.clock.now() - timedelta(hours=1)).isoformat()
        )
        == 3
    )
    while desk.deliverer.round():
        pass
    replayed = [headers["webhook-id"] for _, headers, _ in receiver.got]
    assert len(replayed) == len(set(replayed)) == 3, (
        "the ids are those of the first telling, for whoever keeps them"
    )
