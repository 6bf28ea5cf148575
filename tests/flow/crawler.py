"""A whole Nakodo with people of every role and something on every page, a visitor who follows its
links, and a reader who knows what may stand there.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from functools import cache
from urllib.parse import urljoin, urlsplit

import lxml.html
import pyotp
from werkzeug.exceptions import HTTPException
from werkzeug.test import Client as Browser

from nakodo_client import Client
from services.accounts import actions
from services.matching.engine.rulebook import rules
from shared.auth import ADMINISTRATOR, PLATFORM, Actor
from shared.jobs import Solvers
from shared.judgement.fields import FIELDS
from shared.timers import Timekeeper
from shared.vocabulary import FOLDER, read
from tests.conftest import Stack

WORD = "four words make one"
ORGS = {
    "startup": "mihon-therapeutics",
    "reviewer": "mihon-ventures",
    "officer": "mihon-programme-office",
    "site-manager": "mihon-lab",
}
ROLES = (*ORGS, "staff", "administrator", "nobody", "stranger")
LOCALES = {"reviewer": "en", "staff": "en"}
STRONG = ("officer", "staff", "administrator")  # whose roles count with a second factor
ORIGIN = {"Origin": "http://localhost"}


class World:
    """One history told by `said(english, japanese)`: how people put things, plainly or oddly."""

    def __init__(self, folder, said, *loaded: str):
        self.stack, self.said = Stack(folder).load(*loaded), said
        self.accounts = self.stack.composition.services["accounts"]
        self.factors: dict[str, str] = {}
        self._people()
        self._profiles()
        self._call()
        self._day()
        self._dealings()
        self.settle()

    def actor(self, role: str) -> Actor:
        return Actor(self.ids[role], ORGS.get(role, PLATFORM), frozenset({role}), leads=True)

    def api(self, role: str):
        return self.stack.client(self.actor(role))

    def settle(self) -> None:
        for _ in range(3):
            self.stack.settle()
            for service in self.stack.composition.services.values():
                while (
                    service.db is not None
                    and service.timers
                    and Timekeeper(service.name, service.db, service.timers).fire_due()
                ):
                    pass
                for queue in service.queues:
                    queue.step() if isinstance(queue, Solvers) else queue.round()

    def _people(self) -> None:
        passwords = self.accounts.app.extensions["nakodo"]["passwords"]
        self.ids, self.mails = (
            {},
            {role: f"{role}@mihon.example.co.jp" for role in ROLES if role != "stranger"},
        )
        with self.accounts.db.transaction(ADMINISTRATOR) as session:
            for role, mail in self.mails.items():
                org = "" if role == "nobody" else ORGS.get(role, PLATFORM)
                one = actions.ensure(
                    session,
                    passwords,
                    mail,
                    self.said("Hanako Mihon", "見本 花子"),
                    org,
                    [role],
                    WORD,
                )
                one.locale = LOCALES.get(role, "ja")
                self.ids[role] = one.id

    def _profiles(self) -> None:
        api, name = (
            self.stack.client(),
            lambda en, ja: {"en": self.said(en, ja), "ja": self.said(ja, ja)},
        )
        facts = [
            {"field": "location", "value": "hub-boston-cambridge"},
            {"field": "lab_offer", "value": "shared-bench"},
        ]
        lab = {
            "id": "mihon-lab",
            "name": name("Mihon Lab (invented)", "見本ラボ（架空）"),
            "owner": "mihon-lab",
            "facts": facts,
        }
        api.register("sites", lab | {"origin": "invented", "kind": "incubator"})
        if api.profile("startups", "mihon-therapeutics") is None:
            self._without_the_demo(api, name)
        plan = [{"field": "plan", "value": self.said("Open in Boston", "ボストンに拠点を開設")}]
        api.add_facts("startups", "mihon-therapeutics", plan)
        self.stack.settle()

    def _without_the_demo(self, api, name) -> None:
        facts = [
            {"field": "modality", "value": "car-t"},
            {"field": "therapeutic_area", "value": "aml"},
            {"field": "hq", "value": "hub-tokyo"},
        ]
        facts += [{"field": "technology", "value": self.said("A platform", "独自技術")}]
        form = {
            "id": "mihon-therapeutics",
            "name": name("Mihon", "見本"),
            "owner": "mihon-therapeutics",
            "facts": facts,
        }
        api.register(
            "startups",
            form | {"assets": [{"id": "m-1", "name": self.said("M-1", "M-1"), "lead": True}]},
        )
        api.register(
            "investors",
            {
                "id": "mihon-ventures",
                "name": name("Ventures", "ベンチャーズ"),
                "owner": "mihon-ventures",
                "kind": "investor",
            },
        )
        facts = [{"field": "focus_area", "value": "oncology"}]
        facts += [
            {
                "field": "ticket",
                "value": {"min": 1_000_000, "max": 5_000_000, "currency": "USD", "kind": "initial"},
            }
        ]
        api.register(
            "mandates",
            {
                "investor": "mihon-ventures",
                "owner": "mihon-ventures",
                "kind": "equity",
                "facts": facts,
            },
        )
        office = {
            "id": "mihon-programme",
            "name": name("Programme", "プログラム"),
            "owner": "mihon-programme-office",
        }
        api.register(
            "programs", office | {"facts": [{"field": "hub", "value": "hub-boston-cambridge"}]}
        )

    def _call(self) -> None:
        office, said = self.api("officer"), self.said
        call = {
            "id": "mihon-2027",
            "program": "mihon-programme",
            "capacity": 2,
            "opens_at": "2026-11-01T00:00:00+09:00",
        }
        call |= {
            "name": {
                "en": said("Mihon call (invented)", "見本公募（架空）"),
                "ja": said("見本公募（架空）", "見本公募（架空）"),
            }
        }
        call |= {
            "hubs": [{"hub": "hub-boston-cambridge", "places": 2}],
            "deadline": "2026-11-25T17:00:00+09:00",
            "starts_on": "2027-02-01",
        }
        call |= {
            "ends_on": "2027-09-30",
            "criteria": [{"key": "science", "en": "Science", "ja": "科学性", "weight": 2}],
        }
        plan = {
            "key": "plan",
            "en": said("Your plan", "計画"),
            "ja": said("計画", "計画"),
            "limit": 400,
        }
        stay = {
            "key": "stay",
            "en": "Will you stay?",
            "ja": "滞在しますか",
            "type": "choice",
            "choices": ["はい", "いいえ"],
            "required": False,
        }
        call["questions"] = [plan, stay]
        office.post("/api/v1/cohorts", call)
        office.post(
            "/api/v1/cohorts", call | {"id": "mihon-2028", "deadline": "2026-12-25T17:00:00+09:00"}
        )
        self.at = "/api/v1/cohorts/mihon-2027"
        form = {
            "name": said("Mihon", "見本"),
            "hubs": ["hub-boston-cambridge"],
            "answers": {"plan": said("A trial", "治験")},
        }
        made = self.api("startup").post(f"{self.at}/applications", form)
        self.api("startup").post(f"/api/v1/applications/{made['id']}/steps", {"act": "submit"})
        expert = {"name": said("Jiro Kari", "仮 次郎"), "expertise": ["aml"]}
        reader = office.post(f"{self.at}/reviewers", expert)
        self.paths = {"stranger": [office.post(f"{self.at}/reviewers/{reader['id']}/link")["path"]]}
        rubric = [{"key": "science", "en": "Science", "ja": "科学性", "weight": 2}]
        form = {
            "name": {"en": "Documents", "ja": "書類審査"},
            "rubric": rubric,
            "blind": [],
            "per_application": 1,
        }
        round_ = office.post(
            f"{self.at}/rounds", form | {"kind": "documents", "due": "2027-01-20T17:00:00+09:00"}
        )
        office.post(f"/api/v1/rounds/{round_['id']}/allocation", {})
        self.settle()
        path = f"/api/v1{self.paths['stranger'][0]}"
        for item in self.stack.client().get(path)["items"]:
            self.stack.client().request("PUT", f"{path}/{item['id']}/interest")
            scores = {"scores": {"science": 4}, "comment": said("Sound", "妥当")}
            self.stack.client().request("PUT", f"{path}/{item['id']}", json=scores)
        minutes = {
            "held_on": "2026-11-20",
            "present": [said("Jiro", "次郎")],
            "notes": said("Take one", "1件を採択"),
            "round": round_["id"],
        }
        office.post(f"{self.at}/minutes", minutes)
        self.stack.clock.move(days=4)
        office.post(f"{self.at}/moves", {"act": "accept", "applications": [{"id": made["id"]}]})
        office.post(f"{self.at}/announcement", {})
        case = {
            "startup": "mihon-therapeutics",
            "cohort": "mihon-2027",
            "topic": said("Assay", "試験"),
            "agency": "pmda",
        }
        office.post(
            "/api/v1/consultations", case | {"handler": said("Hanako", "花子"), "due": "2027-03-31"}
        )
        mentor = office.post(
            "/api/v1/mentors",
            {
                "name": said("Saburo", "三郎"),
                "hub": "hub-boston-cambridge",
                "languages": ["en", "ja"],
            },
        )
        slots = [{"starts_at": "2026-12-01T09:00:00-05:00", "ends_at": "2026-12-01T09:45:00-05:00"}]
        office.post(
            f"/api/v1/mentors/{mentor['id']}/hours", {"slots": slots, "zone": "America/New_York"}
        )
        entry = {
            "cohort": "mihon-2027",
            "indicator": "raised",
            "startup": "mihon-therapeutics",
            "on": "2026-11-20",
            "amount": 5_000_000,
        }
        office.post(
            "/api/v1/kpis/entries",
            entry | {"currency": "JPY", "evidence": said("a note", "資料"), "same": "one"},
        )

    def _dealings(self) -> None:
        reviewer, startup, mandate = (
            self.api("reviewer"),
            "mihon-therapeutics",
            "mihon-ventures-equity",
        )
        gates = reviewer.explain(startup, mandate)["gates"]
        for gate in [g["gate"] for g in gates if g["state"] == "unknown"][:2]:
            reviewer.ask(startup, mandate, gate)
        pair = {"startup": startup, "mandate": mandate}
        reviewer.post(
            "/api/v1/decisions",
            pair | {"state": "pass", "reason": "valuation", "note": self.said("Too dear", "高い")},
        )
        reviewer.post("/api/v1/decisions", pair | {"state": "advance"})
        reviewer.post(
            f"/api/v1/team/{startup}/{mandate}/comments",
            {"text": self.said("Look twice", "再確認")},
        )
        reviewer.post("/api/v1/searches", {"name": self.said("AML", "白血病"), "areas": ["aml"]})
        mission = {
            "title": self.said("Cells", "細胞"),
            "until": "2027-01-31",
            "published": True,
            "areas": ["aml"],
            "modalities": ["car-t"],
        }
        reviewer.request("PUT", f"/api/v1/missions/{mandate}", json=mission)
        holding = {
            "asset": self.said("MV-1", "MV-1"),
            "therapeutic_area": "aml",
            "modality": "car-t",
            "status": "active",
        }
        reviewer.add_facts(
            "investors",
            "mihon-ventures",
            [{"field": "holding", "value": holding, "tier": "private"}],
        )
        relation = {"org": startup, "relation": "shareholder"}
        reviewer.add_facts(
            "mandates", mandate, [{"field": "relationship", "value": relation, "tier": "private"}]
        )
        expert = {
            "name": self.said("Shiro", "四郎"),
            "questions": [self.said("Is it new?", "新規性は")],
        }
        self.paths["stranger"].append(
            reviewer.post(f"/api/v1/team/{startup}/{mandate}/experts", expert).get("path", "/")
        )
        made = reviewer.introduce(startup, mandate, note=self.said("Let us talk", "お話ししたい"))
        self.api("startup").step(made["id"], "accept")
        self.api("startup").add_facts(
            "startups", startup, [{"field": "blocked_org", "value": "mihon-lab", "tier": "private"}]
        )

    def _day(self) -> None:
        self.settle()
        office, begins = self.api("officer"), self.stack.clock.now() + timedelta(days=60)
        slots = [
            (begins + timedelta(minutes=30 * n), begins + timedelta(minutes=30 * n + 25))
            for n in range(3)
        ]
        day = {"id": "mihon-day", "zone": "America/New_York", "rooms": 2, "interpreters": 1}
        day |= {
            "name": {
                "en": self.said("Mihon Day", "見本デー"),
                "ja": self.said("見本デー", "見本デー"),
            }
        }
        day["slots"] = [{"starts_at": b.isoformat(), "ends_at": e.isoformat()} for b, e in slots]
        office.post(
            "/api/v1/days", day | {"requests_until": (begins - timedelta(days=9)).isoformat()}
        )
        who = {"startups": ["mihon-therapeutics"], "mandates": ["mihon-ventures-equity"]}
        office.post("/api/v1/days/mihon-day/attendees", who)
        wishes = {"wishes": ["mihon-ventures-equity"]}
        self.api("startup").request(
            "PUT", "/api/v1/days/mihon-day/attendees/mihon-therapeutics/wishes", json=wishes
        )
        office.post("/api/v1/days/mihon-day/schedule", {})
        self.settle()
        office.post("/api/v1/days/mihon-day/publication")

    # -- what may stand in a page

    def known(self) -> str:
        """All that people and sources have said themselves, as it is stored, and what an
        organisation's own files hold.
        """
        if "held" not in self.__dict__:
            self.held = "\n".join(sorted({" ".join(text.split()) for text in self._stored()}))
        return self.held

    def _stored(self) -> Iterator[str]:
        for service in self.stack.composition.services.values():
            if service.db is None:
                continue
            with service.db.reading(ADMINISTRATOR) as session:
                for table in service.models.metadata.sorted_tables:
                    if table.name in ("mails", "editions", "letters"):
                        continue  # what the product says, not what it was told
                    for row in session.execute(table.select()):
                        yield from words_in(list(row))
                        value = row._mapping.get("value")
                        if (
                            isinstance(value, str)
                            and value not in codes()
                            and value not in self.directory()
                        ):
                            # such as the id of an organisation that has no profile, and so no name
                            yield value
        yield from (
            version["source"]["title"]
            for rule in rules().values()
            for version in rule["versions"]
            if version["source"].get("url")
        )

    def directory(self) -> frozenset[str]:
        """The ids of all organisations, mandates, calls and days."""
        if "ids_there" not in self.__dict__:
            api, found = self.stack.client(), {"mihon-2027", "mihon-2028", "mihon-day"}
            for kind in ("startups", "investors", "sites", "providers", "programs", "mandates"):
                found |= {one["id"] for one in api.every(f"/api/v1/{kind}", fields="id")}
            self.ids_there = frozenset(found)
        return self.ids_there

    # -- at the door

    def enter(self, role: str) -> tuple[Browser, str]:
        """A browser in which a person of the role has signed in by the portal's own forms, and
        where they stand; an administrator has broken the glass.
        """
        web = Browser(self.stack.composition)
        if role == "stranger":
            return web, "/"
        typed = {"email": self.mails[role], "password": WORD}
        if role in STRONG:
            typed["code"] = self._code(role)
        answer = web.post("/sign-in", data=typed, headers=ORIGIN)
        assert answer.status_code == 302, role
        if role == "administrator":
            plea = {"reason": "a look at every page", "code": self._code(role), "minutes": "60"}
            assert web.post("/account/glass", data=plea, headers=ORIGIN).status_code == 302
        return web, urlsplit(answer.location).path

    def _code(self, role: str) -> str:
        """A code of the person's second factor, which they take up when they first need it."""
        if role not in self.factors:
            held = Client.inside(self.stack.composition, "").post(
                "/api/v1/sessions", {"email": self.mails[role], "password": WORD}
            )
            mine = Client.inside(self.stack.composition, held["access_token"])
            self.factors[role] = mine.post("/api/v1/people/me/second-factor")["secret"]
            first = pyotp.TOTP(self.factors[role]).at(self.stack.clock.now())
            mine.request(
                "PUT", "/api/v1/people/me/second-factor", json={"code": first, "password": WORD}
            )
        self.stack.clock.move(seconds=60)
        return pyotp.TOTP(self.factors[role]).at(self.stack.clock.now())

    def letters(self) -> Iterator[tuple[str, str, str]]:
        """(language of its reader, title, text) of every mail that has left."""
        for file in sorted((self.stack.composition.settings.data / "mail").glob("*.eml")):
            mail = message_from_bytes(file.read_bytes(), policy=policy.default)
            role = next(r for r, address in self.mails.items() if address == mail["to"])
            yield LOCALES.get(role, "ja"), mail["subject"], mail.get_body(("plain",)).get_content()


def words_in(value: object) -> Iterator[str]:
    """Every text that is more than a code in a value, however deep."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from words_in(part)
    elif isinstance(value, str) and not re.fullmatch(r"[a-z0-9_.-]*", value):
        yield value


# -- following links


class Crawl:
    """What one person sees who follows every link: of each page, in each of its forms, the first
    few.
    """

    MOST = 1

    def __init__(self, world: World, role: str, lang: str):
        self.world, self.role, self.lang = world, role, lang
        self.routes = world.stack.composition.services["portal"].app.url_map.bind("localhost")
        self.seen: dict[str, str] = {}  # address -> where its link stood
        self.counts: Counter = Counter()
        self.faults: list[str] = []

    def pages(self) -> Iterator[tuple[str, lxml.html.HtmlElement]]:
        """(address, tree) of every page."""
        web, home = self.world.enter(self.role)
        waiting = [
            ("/", "the door"),
            (home, "the door"),
            *((p, "a mail") for p in self.world.paths.get(self.role, [])),
        ]
        while waiting:
            address, origin = waiting.pop(0)
            if not self._worth(address):
                continue
            self.seen[address] = origin
            answer = web.get(address, headers={"Accept-Language": self.lang}, follow_redirects=True)
            if answer.status_code >= 500 or (answer.status_code == 404):
                self.faults.append(f"{answer.status_code} behind {address}, linked from {origin}")
            if answer.mimetype != "text/html":
                continue
            tree = lxml.html.fromstring(answer.get_data(as_text=True))
            yield address, tree
            here = answer.request.path
            for link in tree.xpath("//a/@href | //form[@method='get']/@action"):
                target = urlsplit(urljoin(f"http://localhost{here}", link))
                if target.netloc == "localhost":
                    waiting.append(
                        (target._replace(scheme="", netloc="", fragment="").geturl(), here)
                    )

    def _kind(self, address: str) -> str:
        """The page's route with what its query names."""
        parts = urlsplit(address)
        try:
            endpoint, values = self.routes.match(parts.path)
        except HTTPException:
            return parts.path
        kinds = (values.get(k, "") for k in ("resource", "kind"))
        return " ".join(
            [endpoint, *kinds, *sorted(q.split("=")[0] for q in parts.query.split("&") if q)]
        )

    def _worth(self, address: str) -> bool:
        kind = self._kind(address)
        if (
            address in self.seen
            or kind.startswith(("portal.static", "portal.openapi", "portal.docs"))
            or "lang" in kind.split()
        ):
            return False
        self.counts[kind] += 1
        return self.counts[kind] <= self.MOST


# -- reading


HIDDEN = ["script", "style", "code", "pre", "template"]
SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-label")
REPR = re.compile(
    r"<(built-in|bound|function|class|generator|module)\b|[{\[]'|':"
    r" |\bNone\b|datetime\.|\bUndefined\b|\b(True|False)\b|\{\{|\}\}|&(amp|lt|#)"
)
CODE = re.compile(r"(?<![\w./@:#%+-])[a-z0-9]+(?:[-_][a-z0-9]+)+(?![\w/@%+-]|\.\w)")
PATH = re.compile(r"(?<![\w./@:-])[a-z_]{2,}\.(?:\d+\.)?[a-z_]*_[a-z_]+\b|\b[a-z]+_[a-z_]+\b")
ADDRESS = re.compile(r"\S+://\S+|\S+@\S+|(?<!\w)/[\w/.?=&%-]+")
ENGLISH = re.compile(r"(?:[A-Za-z][A-Za-z’'-]*[,;:]? ){3,}[A-Za-z][A-Za-z’'-]*")
ALONE = re.compile(r"[a-z][a-z-]{2,}")


@cache
def codes() -> frozenset[str]:
    """Every code of the vocabularies and every name of a field, less those that are also how people
    write the word.
    """
    found = set(FIELDS)
    labels = []
    for file in FOLDER.glob("*.json"):
        for node in read(file.stem).get("nodes", []) if isinstance(read(file.stem), dict) else []:
            found.add(node.get("slug", ""))
            labels += [node.get("en", ""), node.get("ja", ""), *node.get("synonyms", [])]
    written = " ".join(labels).lower()
    return frozenset(
        c
        for c in found
        if ("-" in c or "_" in c) and not re.search(rf"(?<![\w-]){re.escape(c)}(?![\w-])", written)
    )


def texts(tree: lxml.html.HtmlElement) -> Iterator[str]:
    """Everything a person sees or hears of a page, a piece at a time."""
    for node in tree.iter():
        if not isinstance(node.tag, str) or node.tag in HIDDEN:
            continue
        if node.getparent() is not None and any(a.tag in HIDDEN for a in node.iterancestors()):
            continue
        yield from (t for t in (node.text, *(c.tail for c in node)) if t and t.strip())
        yield from (
            node.get(a)
            for a in SPOKEN
            if node.get(a) and not (a == "placeholder" and node.get("pattern"))
        )  # a code is typed there


class Reading:
    """Judges texts in a language: `known` is what people and sources have said themselves, `ids`
    are the directory's.
    """

    def __init__(self, lang: str, known: str, ids: frozenset[str]):
        self.lang, self.known, self.ids = lang, known, ids

    def faults(self, text: str) -> Iterator[str]:
        text = " ".join(text.split())
        if text in self.known:
            return
        bare = ADDRESS.sub(" ", text)
        if (found := REPR.search(text)) and found.group() not in self.known:
            yield f"a Python value: {text[:90]!r}"
        for code in dict.fromkeys(m.group() for m in (*CODE.finditer(bare), *PATH.finditer(bare))):
            if code in codes() or code in self.ids or "_" in code:
                yield f"a code: {code!r} in {text[:90]!r}"
        if self.lang == "ja":
            for run in ENGLISH.findall(bare):
                if run.strip() not in self.known:
                    yield f"English: {run[:90]!r}"
            if (
                ALONE.fullmatch(text.strip(" ·()（）:,"))
                and text.strip(" ·()（）:,") not in self.known
            ):
                yield f"a word of the machine: {text!r}"


def gaps(tree: lxml.html.HtmlElement) -> Iterator[str]:
    """Headings, columns, links and buttons without a word."""

    def silent(node) -> bool:
        if "".join(node.itertext()).strip() or node.get("aria-label") or node.get("title"):
            return False
        return not node.xpath(
            ".//img[@alt] | .//svg | .//input | .//select | .//textarea | .//button |"
            " .//*[@aria-label]"
        )

    for node in tree.xpath(
        "//h1 | //h2 | //h3 | //h4 | //th | //dt | //legend | //summary | //a[@href] | //button |"
        " //label | //caption"
    ):
        if silent(node):
            yield f"<{node.tag}> without a word: {lxml.html.tostring(node)[:90]}"
    for table in tree.xpath("//table[thead and tbody/tr]"):
        rows = [row.xpath("./td | ./th") for row in table.xpath("./tbody/tr")]
        for n, head in enumerate(table.xpath("./thead/tr[last()]/*")):
            cells = [row[n] for row in rows if len(row) > n]
            if cells and all(silent(c) for c in cells):
                yield f"an empty column: {''.join(head.itertext()).strip()!r}"
