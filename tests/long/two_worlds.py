"""Two worlds with one history; in one of them a secret happens. Whoever must not know is given the
same by everything it can ask.

`python -m tests.long.two_worlds` compares every documented read, every refused write, the portal's
pages, mail, webhooks and streams, for every secret and every reader; `--only result,block` some
secrets, `--seed 7 --sample 40` a seeded part of it, as CI does.
"""

import argparse
import io
import itertools
import json
import random
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select

from services.accounts import actions
from services.accounts.passwords import Passwords
from services.matching.streams import told_of
from services.notices.models import Delivery, Subscription
from shared.auth import ADMINISTRATOR, Actor
from shared.tables import outbox
from shared.timers import Timekeeper
from tests.conftest import STAFF, TODAY, Stack, mandate_form, startup_form
from tests.services.test_cohorts import CALL, WHOLE
from tests.services.test_papers import DECK, paper

SERVICES = ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices")
PEOPLE = {
    "own-bio": "startup",
    "rival-bio": "startup",
    "kari": "reviewer",
    "tsuki": "reviewer",
    "office": "officer",
    "other-office": "officer",
    "lab": "site-manager",
    "stranger": "startup",
}
WORD = "four words make one"
EVENTS = ["profile.published", "profile.changed", "profile.withdrawn"]
HEADERS = (
    "content-type",
    "etag",
    "last-modified",
    "link",
    "location",
    "content-disposition",
    "cache-control",
    "retry-after",
    "x-total-count",
)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SECRET_WORDS = re.compile(r'("?(?:secret|token|csrf|nonce|request_id)"?[:=]\s*"?)[\w.~-]{8,}')


class World:
    """A whole Nakodo with a fixed clock and one history: what stands here stands in both worlds."""

    def __init__(self, folder: Path, after: "World | None" = None):
        """The history, or a copy of one that has been lived (and closed), with every id the
        same.
        """
        if after is not None:
            shutil.copytree(after.folder, folder, ignore=shutil.ignore_patterns("*.lock"))
        self.folder, self.stack = folder, Stack(folder, after.stack.clock.now() if after else TODAY)
        if after is not None:
            self.ids, self.browsers = dict(after.ids), {}
            return
        self.ids: dict[str, str] = {
            "program": "bridge",
            "cohort": CALL["id"],
            "week": "2026-W48",
            "key": "kari",
            "rule": "field",
        }
        self.browsers: dict[str, object] = {}
        self._profiles()
        self._call()
        self._dealings()
        self.settle()

    def api(self, org: str):
        return self.stack.client(self.actor(org))

    @staticmethod
    def actor(org: str) -> Actor:
        return Actor(f"person-{org}", org, frozenset({PEOPLE[org]}))

    def _profiles(self) -> None:
        for org in ("own-bio", "rival-bio"):
            form = startup_form(
                f"{org} (invented)", id=org, assets=[{"id": "asset-1", "name": "A-1", "lead": True}]
            )
            self.api(org).register("startups", form)
            sent = {"data": DECK | {"tier": "network"}, "files": {"file": ("deck.pdf", paper(1))}}
            made = self.api(org).request("POST", f"/api/v1/startups/{org}/documents", **sent).json()
            self.ids.setdefault("document", made["id"])
        for org in ("kari", "tsuki"):
            self.api(org).register("investors", {"id": org, "name": {"en": f"{org} (invented)"}})
            self.api(org).register("mandates", mandate_form(org))
        place = [{"field": "location", "value": "us-west"}]
        self.api("lab").register(
            "sites", {"id": "lab", "name": {"en": "Lab (invented)"}, "facts": place}
        )
        self.api("office").register(
            "programs", {"id": "bridge", "name": {"en": "Bridge (invented)"}}
        )
        with self.stack.composition.services["accounts"].db.transaction(ADMINISTRATOR) as session:
            for org, role in PEOPLE.items():
                actions.ensure(
                    session, Passwords(), f"p@{org}.example", f"Person {org}", org, [role], WORD
                )
        self.stack.settle()
        for org in PEOPLE:
            hook = {"name": "CRM", "url": f"https://{org}.example/hook", "events": EVENTS}
            self.ids.setdefault(
                "subscription", self.api(org).post("/api/v1/subscriptions", hook)["id"]
            )
        self.stack.clock.move(minutes=1)

    def _call(self) -> None:
        self.api("office").post("/api/v1/cohorts", CALL | {"program": "bridge"})
        for org in ("own-bio", "rival-bio"):
            form = {"name": org, "answers": WHOLE, "hubs": ["hub-boston-cambridge"]}
            made = self.api(org).post(f"/api/v1/cohorts/{CALL['id']}/applications", form)
            self.api(org).post(f"/api/v1/applications/{made['id']}/steps", {"act": "submit"})
            self.ids.setdefault("application", made["id"])
        form = {"name": "Kari Taro (invented)", "expertise": ["car-t"], "languages": ["en"]}
        self.ids["mentor"] = self.api("office").post("/api/v1/mentors", form)["id"]

    def _dealings(self) -> None:
        self.stack.settle()
        self.ids["introduction"] = self.api("kari").introduce("own-bio", "kari-equity")["id"]
        for org in ("kari", "tsuki"):
            decision = {"startup": "rival-bio", "mandate": f"{org}-equity", "state": "advance"}
            self.ids.setdefault("decision", self.api(org).post("/api/v1/decisions", decision)["id"])

    def settle(self) -> None:
        self.stack.settle()
        for service in self.stack.composition.services.values():
            while (
                service.db is not None
                and service.timers
                and Timekeeper(service.name, service.db, service.timers).fire_due()
            ):
                pass
        self.stack.settle()
        for consumer in self.stack.composition.services["notices"].consumers:
            reader = consumer.open()
            while entries := reader.poll(500, 0):
                consumer.handle(entries)
            reader.close()


# -- the secrets: what happens, by whose hand, and who besides may know


class Secret(NamedTuple):
    happens: Callable[[World], object]
    knows: frozenset[str]


def _fact(kind: str, slug: str, org: str, field: str, value) -> Callable[[World], object]:
    return lambda w: w.api(org).add_facts(
        kind, slug, [{"field": field, "value": value, "tier": "private"}]
    )


def _result(w: World) -> None:
    w.api("office").post(
        f"/api/v1/cohorts/{CALL['id']}/moves",
        {"act": "accept", "applications": [{"id": w.ids["application"]}]},
    )
    w.api("office").request(
        "PUT", f"/api/v1/applications/{w.ids['application']}/reason", json={"en": "Well done"}
    )
    w.api("office").post(
        f"/api/v1/cohorts/{CALL['id']}/announcement", {"at": "2026-12-20T10:00:00+09:00"}
    )


def _draft(w: World) -> None:
    w.api("own-bio").register(
        "startups", startup_form("Secret Bio (invented)", id="secret-bio", state="draft")
    )
    form = {"data": DECK | {"tier": "public"}, "files": {"file": ("deck.pdf", paper(1))}}
    w.api("own-bio").request("POST", "/api/v1/startups/secret-bio/documents", **form)


REVENUE = {"amount": 5, "currency": "JPY"}
PASS = {
    "startup": "own-bio",
    "mandate": "kari-equity",
    "state": "pass",
    "reason": "out-of-geography",
    "note": "Too early",
}
GRANT = {"org": "kari", "extra": 3, "reason": "Partnering week"}
NOTE = "/api/v1/team/own-bio/kari-equity/comments"
SECRETS = {
    "result": Secret(_result, frozenset({"office"})),
    "decline": Secret(
        lambda w: w.api("own-bio").step(w.ids["introduction"], "decline"), frozenset({"own-bio"})
    ),
    "block": Secret(
        _fact("startups", "own-bio", "own-bio", "blocked_org", "kari"), frozenset({"own-bio"})
    ),
    "block-by-mandate": Secret(
        _fact("mandates", "kari-equity", "kari", "blocked_org", "own-bio"), frozenset({"kari"})
    ),
    "fact": Secret(
        _fact("startups", "own-bio", "own-bio", "revenue", REVENUE), frozenset({"own-bio"})
    ),
    "pass": Secret(lambda w: w.api("kari").post("/api/v1/decisions", PASS), frozenset({"kari"})),
    "note": Secret(
        lambda w: w.api("kari").post(NOTE, {"text": "A word among us"}), frozenset({"kari"})
    ),
    "draft": Secret(_draft, frozenset({"own-bio"})),
    "budget": Secret(
        lambda w: w.stack.client(STAFF).post("/api/v1/introductions/grants", GRANT),
        frozenset({"kari"}),
    ),
}


# -- what a reader can ask


def operations(world: World) -> Iterator[tuple[str, str]]:
    """(verb, path) of everything documented."""
    for name in SERVICES:
        document = (
            world.stack.composition.services[name].app.test_client().get("/openapi.json").get_json()
        )
        for path, item in document["paths"].items():
            yield from (
                (verb.upper(), path)
                for verb in item
                if verb in ("get", "post", "put", "patch", "delete")
            )


CHOICES = {
    "slug": {
        "startups": ("own-bio", "rival-bio", "secret-bio"),
        "investors": ("kari", "tsuki"),
        "mandates": ("kari-equity", "tsuki-equity"),
        "sites": ("lab",),
        "programs": ("bridge",),
    },
    "startup": ("own-bio", "secret-bio"),
    "mandate": ("kari-equity", "tsuki-equity"),
    "other": ("kari", "kari-equity", "lab"),
    "site": ("lab",),
    "subject": ("own-bio",),
}
QUERIES = {
    "/api/v1/matches": [{"startup": "own-bio"}, {"startup": "secret-bio"}],
    "/api/v1/triads": [{"startup": "own-bio"}, {"startup": "secret-bio"}],
    "/api/v1/coach": [{"startup": "own-bio"}, {"startup": "secret-bio"}],
    "/api/v1/rules": [
        {"startup": "own-bio"},
        {"startup": "own-bio", "investor": "kari"},
        {"startup": "secret-bio"},
    ],
    "/api/v1/asks": [{}, {"startup": "own-bio"}, {"startup": "secret-bio"}],
    "/api/v1/search": [{"q": "bio"}, {"q": "secret"}],
    "/api/v1/startups": [{}, {"q": "secret"}, {"limit": "1"}],
    "/api/v1/startups/exports": [{"format": "csv"}, {"format": "xlsx"}],
    "/api/v1/team/funnel": [{"quarter": "2026-Q4"}],
    "/api/v1/introductions/budget": [{}, {"org": "kari"}],
    "/api/v1/kpis/entries": [{"cohort": CALL["id"]}],
    "/api/v1/kpis/reports/{cohort}": [{"format": f} for f in ("json", "xlsx")],
    "/api/v1/feeds/{name}": [{}, {"invented": "true"}, {"min_version": "startup/own-bio:1"}],
}
# an endless answer is compared by what it would say; an export, by its parts
SKIPPED = ("/stream", "/api/v1/people/me/export")


def requests(world: World, path: str) -> Iterator[tuple[str, dict]]:
    """A path with every choice of real ids, and with each of its queries."""
    names = re.findall(r"{(\w+)}", path)
    resource = path.split("/")[3] if path.startswith("/api/v1/") else path.split("/")[1]
    options = [_choices(world, name, resource) for name in names]
    for chosen in itertools.product(*options):
        filled = path
        for name, value in zip(names, chosen, strict=True):
            filled = filled.replace(f"{{{name}}}", value, 1)
        for query in QUERIES.get(path, [{}]):
            yield filled, query


def _choices(world: World, name: str, resource: str) -> tuple[str, ...]:
    if name == "name":
        return ("kari", "tsuki-equity") if resource == "feeds" else ("stage",)
    found = CHOICES.get(name)
    found = found.get(resource) if isinstance(found, dict) else found
    return found or (world.ids.get(name, "01a204ee-f910-71bd-84d0-28c85b0b6e66"),)


def plain(content: bytes, kind: str) -> str:
    """What somebody reads in an answer: tables by their cells, papers by their text, ids by the
    order they come in.
    """
    if "spreadsheet" in kind:
        book = load_workbook(io.BytesIO(content))
        text = repr([[c.value for c in row] for sheet in book for row in sheet.iter_rows()])
    elif "pdf" in kind:
        text = "\n".join(p.extract_text() for p in PdfReader(io.BytesIO(content)).pages)
    elif "zip" in kind:
        archive = zipfile.ZipFile(io.BytesIO(content))
        text = repr([(n, archive.read(n)) for n in sorted(archive.namelist())])
    else:
        text = content.decode("utf-8", "replace")
    order: dict[str, str] = {}
    text = UUID.sub(
        lambda m: order.setdefault(m[0], f"#{len(order)}"), SECRET_WORDS.sub(r"\1*", text)
    )
    return re.sub(r'"next": ?"[\w-]+"', '"next"', text)


def asked(
    world: World, org: str | None, verb: str, path: str, query: dict, body: object = None
) -> tuple:
    service = world.stack.composition
    headers = {"If-Match": '"99999"'} if verb != "GET" else {}
    if org:
        headers["Authorization"] = (
            f"Bearer {service.issuer.token(world.actor(org), world.stack.clock.now())}"
        )
    name = path.split("/")[3] if path.startswith("/api/v1/") else "startups"
    app = service.prefixes.get(name, service.services["startups"].app).test_client()
    answer = app.open(
        path,
        method=verb,
        query_string=query,
        headers=headers,
        json=body if verb in ("POST", "PUT", "PATCH") else None,
    )
    shown = {k.lower(): v for k, v in answer.headers.items() if k.lower() in HEADERS}
    return (
        answer.status_code,
        plain(answer.get_data(), answer.mimetype),
        UUID.sub("#", json.dumps(shown, sort_keys=True)),
    )


def reads(world: World, org: str | None) -> Iterator[tuple[str, Callable[[World], tuple]]]:
    """Every documented read, by a name that is the same in both worlds."""
    for verb, path in operations(world):
        if verb == "GET" and not path.endswith(SKIPPED):
            for filled, query in requests(world, path):
                yield f"GET {path} {UUID.sub('#', filled)} {query}", (verb, path, filled, query)


def writes(world: World) -> Iterator[tuple[str, tuple]]:
    """Every documented write with a version nobody has and a body that says nothing: refused, and
    its words are compared.
    """
    for verb, path in operations(world):
        if verb in ("PUT", "PATCH", "DELETE") or verb == "POST" and "{" in path:
            for filled, query in requests(world, path):
                yield f"{verb} {path} {UUID.sub('#', filled)}", (verb, path, filled, query)


def pages(world: World, org: str) -> Iterator[tuple[str, tuple]]:
    """The portal's pages as somebody of an organisation gets them."""
    portal = world.stack.composition.services["portal"].app
    if org not in world.browsers:
        web = portal.test_client()
        form = {"email": f"p@{org}.example", "password": WORD}
        assert (
            web.post("/sign-in", data=form, headers={"Origin": "http://localhost"}).status_code
            == 302
        )
        world.browsers[org] = web
    names = {
        "slug": "own-bio",
        "name": "kari",
        "startup": "own-bio",
        "mandate": "kari-equity",
        "cohort": CALL["id"],
        "token": "x" * 43,
    }
    for rule in sorted(portal.url_map.iter_rules(), key=lambda r: r.rule):
        if (
            "GET" in rule.methods
            and rule.endpoint.startswith("portal.")
            and not rule.endpoint.endswith(("static", "openid"))
        ):
            path = re.sub(
                r"<(?:\w+:)?(\w+)>",
                lambda m: names.get(m[1]) or world.ids.get(m[1], "x"),
                rule.rule,
            )
            answer = world.browsers[org].get(path)
            yield (
                f"page {rule.rule}",
                (answer.status_code, plain(answer.get_data(), answer.mimetype)),
            )


def sent(world: World, org: str) -> dict[str, list]:
    """Letters, messages and stream events that reach an organisation."""
    services, found = world.stack.composition.services, {}
    for name, service in services.items():
        letter = service.models and {
            m.class_.__name__: m.class_ for m in service.models.registry.mappers
        }.get("Letter")
        if hasattr(letter, "org"):
            with service.db.reading(ADMINISTRATOR) as session:
                found[f"letters of {name}"] = sorted(
                    plain(json.dumps([r.template, r.params], default=str).encode(), "")
                    for r in session.scalars(select(letter).where(letter.org == org))
                )
    with services["notices"].db.reading(ADMINISTRATOR) as session:
        rows = (
            select(Delivery.body)
            .join(Subscription, Subscription.id == Delivery.subscription)
            .where(Subscription.owner == org)
        )
        found["webhooks"] = [
            plain(b.encode(), "") for b in session.scalars(rows.order_by(Delivery.number))
        ]
    with services["matching"].db.reading(ADMINISTRATOR) as session:
        values = session.scalars(
            select(outbox.c.value)
            .where(outbox.c.topic.in_(("matches", "decisions", "asks")))
            .order_by(outbox.c.id)
        )
        heard = [e for v in values for e in told_of(v) if e[0].startswith(f"{org}-")]
    return found | {"stream": [json.dumps(e) for e in heard]}


def differences(
    secret: str,
    one: World,
    other: World,
    dice: random.Random,
    sample: int | None,
    writing: bool = True,
) -> list[str]:
    """What whoever must not know is given differently where the secret has happened, by reader and
    question.
    """
    found = []
    for org in [*(o for o in PEOPLE if o not in SECRETS[secret].knows), None]:
        here, there = ([*reads(w, org), *(writes(w) if writing else ())] for w in (one, other))
        assert [n for n, _ in here] == [n for n, _ in there]
        picked = (
            range(len(here))
            if sample is None
            else sorted(dice.sample(range(len(here)), min(sample, len(here))))
        )
        for i in picked:
            (name, (verb, _, path, query)), (_, (_, _, path2, query2)) = here[i], there[i]
            a, b = (
                asked(one, org, verb, path, query, {}),
                asked(other, org, verb, path2, query2, {}),
            )
            if a != b:
                found.append(f"{secret}: {org}: {name}: {_shown(a, b)}")
        if org is None:
            continue
        for what, told in sent(one, org).items():
            if told != sent(other, org)[what]:
                found.append(
                    f"{secret}: {org}: {what}:"
                    f" {_shown((str(told),), (str(sent(other, org)[what]),))}"
                )
        if sample is None:
            for (name, a), (_, b) in zip(pages(one, org), pages(other, org), strict=True):
                if a != b:
                    found.append(f"{secret}: {org}: {name}: {_shown(a, b)}")
    return found


def _shown(a: tuple, b: tuple) -> str:
    """The first place where two answers part."""
    for x, y in zip(a, b, strict=True):
        if x != y:
            x, y = str(x), str(y)
            at = next(
                (i for i, (p, q) in enumerate(zip(x, y, strict=False)) if p != q),
                min(len(x), len(y)),
            )
            return f"{x[max(0, at - 80) : at + 60]!r} != {y[max(0, at - 80) : at + 60]!r}"
    return ""


def lived(folder: Path) -> World:
    """A history to copy."""
    made = World(folder)
    made.stack.composition.close()
    return made


def later(folder: Path, base: World, secret: str | None) -> World:
    """A copy of a history, five minutes on, in which a secret has happened or not."""
    made = World(folder, base)
    if secret:
        SECRETS[secret].happens(made)
    made.stack.clock.move(minutes=5)
    made.settle()
    return made


def compare(
    folder: Path, base: World, secret: str, dice: random.Random, sample: int | None = None
) -> list[str]:
    one, other = later(folder / "without", base, None), later(folder / "with", base, secret)
    with closing(one.stack.composition), closing(other.stack.composition):
        return differences(secret, one, other, dice, sample)


def main() -> int:
    asked_for = argparse.ArgumentParser(description=__doc__)
    asked_for.add_argument("--only", default=",".join(SECRETS))
    asked_for.add_argument("--seed", type=int, default=7)
    asked_for.add_argument("--sample", type=int)
    given, count = asked_for.parse_args(), 0
    with tempfile.TemporaryDirectory() as kept:
        base = lived(Path(kept) / "base")
        for secret in given.only.split(","):
            with tempfile.TemporaryDirectory() as folder:
                found = compare(Path(folder), base, secret, random.Random(given.seed), given.sample)
                count += len(found)
            print(f"{secret}: {len(found)} differences", *found, sep="\n  ", flush=True)
    return bool(count)


if __name__ == "__main__":
    sys.exit(main())
