"""Role x operation x real foreign id, in path and in body, x state of the thing: generated from
OpenAPI, and whatever answers 2xx outside the table is told.

`python -m tests.long.matrix` walks all of it; `--count N --seed S` a pairwise sample, as CI does.
"""

import argparse
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.permissions import Operation, operations
from shared.auth import Actor
from tests.conftest import mandate_form, startup_form
from tests.world import SECRET, VICTIMS, World, build

SERVICES = ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices")
ROLES = ("startup", "reviewer", "officer", "site-manager")
STRANGERS = {role: Actor(f"eve-{role}", f"e-{role}", frozenset({role})) for role in ROLES}
PROFILES = ("startups", "investors", "mandates", "sites", "providers", "programs")
# a parameter of a path, or a field of a body, to (service, table, column); of a profile by the path
TABLES = {
    "application": ("programs", "applications"),
    "applications": ("programs", "applications"),
    "cohort": ("programs", "cohorts"),
    "round_": ("programs", "rounds"),
    "round": ("programs", "rounds"),
    "slot": ("programs", "slots"),
    "review": ("programs", "reviews"),
    "reviewer": ("programs", "reviewers"),
    "consultation": ("programs", "consultations"),
    "mentor": ("programs", "mentors"),
    "hour": ("programs", "office_hours"),
    "entry": ("programs", "entries"),
    "key": ("programs", "indicators", "key"),
    "placement": ("programs", "placements"),
    "batch": ("programs", "batches"),
    "site": ("programs", "sites"),
    "sites": ("programs", "sites"),
    "program": ("programs", "programs"),
    "startup": ("startups", "startups"),
    "startups": ("startups", "startups"),
    "mandate": ("investors", "mandates"),
    "other": ("investors", "mandates"),
    "investor": ("investors", "investors"),
    "investors": ("investors", "mandates"),
    "source": ("investors", "mandates"),
    "decision": ("matching", "decisions"),
    "expert": ("matching", "experts"),
    "search": ("matching", "saved_searches"),
    "question": ("matching", "asks"),
    "answers": ("matching", "asks"),
    "watchlist": ("matching", "watchlists"),
    "introduction": ("meetings", "introductions"),
    "day": ("meetings", "days"),
    "party": ("meetings", "attendees", "party"),
    "subscription": ("notices", "subscriptions"),
    "membership": ("accounts", "memberships"),
    "client": ("accounts", "api_clients"),
    "claim": ("accounts", "claims"),
    "consent": ("accounts", "consents"),
    "person": ("accounts", "people"),
    "giver": ("accounts", "people"),
    "taker": ("accounts", "people"),
    "document": ("startups", "documents"),
    "agreement": ("startups", "agreements"),
    "link": ("startups", "links"),
    "organization": ("accounts", "memberships", "org"),
    "org": ("accounts", "memberships", "org"),
    "owner": ("accounts", "memberships", "org"),
    "winner": ("startups", "startups"),
    "loser": ("startups", "startups"),
    "a": ("startups", "startups"),
    "b": ("startups", "startups"),
}
FACTS = {
    "startups": "startup_facts",
    "investors": "investor_facts",
    "mandates": "mandate_facts",
    "sites": "site_facts",
}
FACTS |= {"providers": "provider_facts", "programs": "program_facts"}
FIXED = {"week": "2026-W48", "rule": "field", "token": "x" * 43, "name": "stage"}


@dataclass(frozen=True)
class Case:
    """One request: who, what, which ids in the path (with the state of each), which field of the
    body is foreign.
    """

    service: str
    verb: str
    path: str
    actor: Actor
    ids: tuple[tuple[str, str, str], ...]
    foreign: tuple[str, str, str] | None = None

    @property
    def role(self) -> str:
        return next(iter(self.actor.roles))

    @property
    def states(self) -> set[str]:
        return {state for *_, state in self.ids} | ({self.foreign[2]} if self.foreign else set())

    def url(self) -> str:
        given = {name: value for name, value, _ in self.ids}
        return re.sub(r"{(\w+)}", lambda m: given[m.group(1)], self.path)


@dataclass
class Walk:
    """The operations of every service with their bodies, and what was found."""

    world: World
    documents: dict[str, dict] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    told: Counter = field(default_factory=Counter)
    rights: dict[tuple[str, str], Operation] = field(default_factory=dict)

    def __post_init__(self):
        self.rights = {
            (o.verb, o.path): o for o in operations(self.world.stack.composition.services.values())
        }
        for name in SERVICES:
            app = self.world.stack.composition.services[name].app
            self.documents[name] = app.test_client().get("/openapi.json").get_json()

    def operations(self) -> Iterator[tuple[str, str, str, dict]]:
        for name, document in self.documents.items():
            for path, item in document["paths"].items():
                yield from (
                    (name, verb.upper(), path, op)
                    for verb, op in item.items()
                    if verb in ("get", "post", "put", "patch", "delete")
                )

    def cases(self) -> Iterator[Case]:
        actors = [*STRANGERS.values()]
        for service, verb, path, operation in self.operations():
            fields = [f for f in self.body_fields(service, operation) if f in TABLES]
            for actor in [*actors, *self.wrong_roles(service, path)]:
                for ids in self.paths(path):
                    yield Case(service, verb, path, actor, ids)
                    for name in fields:
                        for value, state in self.real(name, path):
                            yield Case(service, verb, path, actor, ids, (name, value, state))

    def wrong_roles(self, service: str, path: str) -> list[Actor]:
        """Colleagues of a victim who hold another role in the same organisation."""
        org = {
            "startups": "startup",
            "investors": "reviewer",
            "matching": "reviewer",
            "programs": "officer",
            "meetings": "officer",
        }
        home = VICTIMS[org.get(service, "startup")]
        return [
            Actor(f"colleague-{r}", home.org, frozenset({r})) for r in ROLES if r not in home.roles
        ]

    def paths(self, path: str) -> Iterator[tuple[tuple[str, str, str], ...]]:
        """Real ids for each parameter of a path: each in each state while the others stay."""
        names = re.findall(r"{(\w+)}", path)
        choices = {
            n: (
                self.real(n, path)
                or [(FIXED.get(n, "01a204ee-f910-71bd-84d0-28c85b0b6e66"), "fixed")]
            )
            for n in names
        }
        first = {n: c[0] for n, c in choices.items()}
        seen = set()
        for name in names or [""]:
            for chosen in choices.get(name, [("", "")]):
                picked = tuple((n, *(chosen if n == name else first[n])) for n in names)
                if picked not in seen:
                    seen.add(picked)
                    yield picked

    def real(self, name: str, path: str) -> list[tuple[str, str]]:
        resource = path.split("/")[3] if path.startswith("/api/v1/") else ""
        home = next((s for s, rows in self.world.rows.items() if resource in rows), None)
        if name in ("slug", "subject"):
            found = (
                self.world.ids(home, resource)
                if home and resource in PROFILES
                else self.world.ids("startups", "startups")
            )
        elif name == "fact" or name == "fact_id":
            found = self.world.ids(home, FACTS[resource]) if resource in FACTS else []
        elif name == "name" and resource == "feeds":
            found = self.world.ids("investors", "mandates")
        elif name == "merge":
            found = self.world.ids(home or "startups", "merges")
        elif name == "meeting":
            found = self.world.ids("meetings", "day_meetings" if resource == "days" else "meetings")
        else:
            found = self.world.ids(*TABLES[name]) if name in TABLES else []
        by_state = {state: value for value, state in found}
        return [(value, state) for state, value in by_state.items()]

    # -- bodies, from the schemas

    def schema(self, service: str, operation: dict) -> dict | None:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        return self.resolved(service, content["schema"]) if content else None

    def resolved(self, service: str, schema: dict) -> dict:
        while "$ref" in schema:
            schema = self.documents[service]["components"]["schemas"][
                schema["$ref"].rsplit("/", 1)[1]
            ]
        return schema

    def body_fields(self, service: str, operation: dict) -> list[str]:
        schema = self.schema(service, operation)
        return list((schema or {}).get("properties", {}))

    def body(self, case: Case, operation: dict) -> dict | None:
        schema = self.schema(case.service, operation)
        if schema is None:
            return None
        whole = BODIES.get(case.path) or schema.get("example") or self.sample(case.service, schema)
        made = dict(whole) if isinstance(whole, dict) else {}
        if case.foreign:
            name, value, _ = case.foreign
            kind = self.resolved(case.service, schema["properties"][name]).get("type")
            items = self.resolved(case.service, schema["properties"][name].get("items", {}))
            listed = [{"id": value}] if items.get("type") == "object" else [value]
            made[name] = listed if kind == "array" else value
        return made

    def sample(self, service: str, schema: dict, depth: int = 0) -> Any:
        """The smallest value a schema takes."""
        schema = self.resolved(service, schema)
        kind = schema.get("type")
        kind = next((k for k in kind if k != "null"), None) if isinstance(kind, list) else kind
        if schema.get("enum"):
            return schema["enum"][0]
        if kind == "object":
            needed = schema.get("required", [])
            return {
                n: self.sample(service, p, depth + 1)
                for n, p in schema.get("properties", {}).items()
                if n in needed and depth < 5
            }
        if kind == "array":
            return (
                [self.sample(service, schema["items"], depth + 1)]
                if schema.get("minItems") and depth < 5
                else []
            )
        if kind in ("integer", "number"):
            return max(schema.get("minimum", 1), 1)
        if kind == "boolean":
            return True
        texts = {
            "date": "2026-12-01",
            "date-time": "2026-12-01T00:00:00Z",
            "uuid": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
        }
        return texts.get(schema.get("format", ""), "x" * max(schema.get("minLength", 3), 3))

    # -- asking

    def ask(self, case: Case, operation: dict) -> None:
        composition = self.world.stack.composition
        headers = {
            "Authorization": (
                f"Bearer {composition.issuer.token(case.actor, composition.clock.now())}"
            ),
            "If-Match": "*",
        }
        sent = {} if case.verb in ("GET", "DELETE") else {"json": self.body(case, operation) or {}}
        query = QUERIES.get(case.path)
        client = composition.services[case.service].app.test_client()
        answer = client.open(
            case.url(), method=case.verb, headers=headers, query_string=query, **sent
        )
        status, said = answer.status_code, answer.get_data().decode("utf-8", "replace")
        self.told[status] += 1
        line = (
            f"{status} {case.role}@{case.actor.org} {case.verb} {case.path} ids={case.ids}"
            f" body={case.foreign}"
        )
        if status >= 500 and status != 503:
            self.found.append(f"broken: {line} {said[:200]}")
        elif 200 <= status < 300 and not self.rights[case.verb, case.path].admits(case.role):
            self.found.append(f"outside the table of docs/security.md: {line} {said[:160]}")
        elif 200 <= status < 300 and not allowed(case, answer.get_json(silent=True)):
            self.found.append(f"let in: {line} {said[:160]}")
        if (
            200 <= status < 300
            and SECRET in said
            and case.path not in PUBLISHED
            and case.actor.org not in {a.org for a in VICTIMS.values()}
        ):
            self.found.append(f"told: {line} {said[:160]}")


BODIES: dict[str, dict] = {
    "/api/v1/startups": startup_form("Eve Bio (invented)"),
    "/api/v1/investors": {"name": {"en": "Eve Fund (invented)"}},
    "/api/v1/mandates": mandate_form("e-fund"),
    "/api/v1/decisions": {"startup": "v-bio", "mandate": "v-fund-equity", "state": "advance"},
    "/api/v1/consultations": {
        "startup": "e-bio",
        "topic": "x",
        "agency": "pmda",
        "handler": "Eve (invented)",
        "due": "2027-03-31",
    },
    "/api/v1/introductions": {"startup": "v-bio", "mandate": "v-fund-equity"},
    "/api/v1/erasures": {"name": "Nobody Anywhere (invented)"},
    "/api/v1/claims": {"organization": "v-bio", "kind": "startup"},
}
QUERIES = {
    "/api/v1/team/funnel": {"quarter": "2026-Q4"},
    "/api/v1/matches": {"startup": "v-bio"},
    "/api/v1/triads": {"startup": "v-bio"},
    "/api/v1/search": {"q": "v"},
    "/api/v1/startups/exports": {"format": "csv"},
    "/api/v1/coach": {"startup": "v-bio"},
    "/api/v1/rules": {"startup": "v-bio"},
}
EVERYBODY = {  # what whoever is signed in may read of a published profile
    f"/api/v1/{kind}{tail}" for kind in PROFILES for tail in ("", "/{slug}", "/{slug}/facts")
} | {
    "/api/v1/startups/{slug}/funding",
    "/api/v1/startups/{slug}/documents",
    "/api/v1/startups/{slug}/one-pager",
}
EVERYBODY |= {
    "/api/v1/startups/exports",
    "/api/v1/startups/imports/template",
    "/api/v1/search",
    "/api/v1/investors/{slug}/funds",
}
EVERYBODY |= {
    "/api/v1/vocabularies",
    "/api/v1/vocabularies/{name}",
    "/api/v1/cohorts/{cohort}",
    "/api/v1/relations/{slug}",
}
DOORS = (
    "/api/v1/sessions",
    "/api/v1/tokens",
    "/api/v1/links",
    "/api/v1/accounts/registrations",
    "/api/v1/accounts/resets",
)
PUBLISHED = ("/api/v1/watchlists",)  # lists of authorities, read by everybody
SHARED = ("/api/v1/subscriptions",)  # an organisation's own, whichever role a member has
# answers about the asker's own organisation or person alone, or makes something that is theirs
OWN = {
    ("PATCH", "/api/v1/people/me"),
    ("GET", "/api/v1/people/me/export"),
    *(
        ("GET", f"/api/v1/{path}")
        for path in (
            "people/me",
            "accounts/members",
            "accounts/invitations",
            "accounts/clients",
            "claims",
        )
    ),
    *(
        ("GET", f"/api/v1/{path}")
        for path in ("subscriptions", "asks", "decisions", "introductions", "introductions/budget")
    ),
    *(
        ("GET", f"/api/v1/{path}")
        for path in ("meetings", "days", "searches", "cohorts", "cohorts/hosting", "consultations")
    ),
    *(
        ("GET", f"/api/v1/{path}")
        for path in ("mentors", "missions", "startups/proposals", "watchlists", "consents")
    ),
    *(
        ("GET", f"/api/v1/{path}")
        for path in (
            "decisions/exports",
            "team/funnel",
            "kpis/indicators",
            "cohorts/{cohort}/places",
        )
    ),
    ("GET", "/api/v1/team/{startup}/{mandate}/history"),
    ("POST", "/api/v1/cohorts/{cohort}/applications"),
    ("POST", "/api/v1/consultations"),  # one's own, about any company there is
    *(
        ("POST", f"/api/v1/{path}")
        for path in (
            "startups",
            "investors",
            "sites",
            "providers",
            "programs",
            "searches",
            "mentors",
        )
    ),
    ("POST", "/api/v1/subscriptions"),
    ("PUT", "/api/v1/team/policy"),
    ("PUT", "/api/v1/team/interests/{startup}"),  # one's own word, about any published company
    ("PUT", "/api/v1/kpis/indicators/{key}"),
}
# for officers: what the network may read, and whoever is named in the records of one's own office
OFFICES = {
    ("GET", "/api/v1/triads"),
    ("POST", "/api/v1/erasures"),
    ("POST", "/api/v1/erasures/searches"),
}


def allowed(case: Case, answer: Any) -> bool:
    """Whether a 2xx is what may be: published things to everybody, one's own to its owner, doors to
    whoever knocks.
    """
    if case.path in EVERYBODY and case.verb == "GET":
        return case.states <= {"published", "open", "open/announced_at", "fixed", "there"}
    if case.path.startswith(DOORS):
        return True
    # one's own to another's call
    if (case.verb, case.path) == ("GET", "/api/v1/cohorts/{cohort}/applications"):
        return {i["startup"] for i in answer["items"]} <= {
            case.actor.org
        } and "draft" not in case.states
    if case.actor.org in {a.org for a in VICTIMS.values()} and case.path.startswith(SHARED):
        return True
    if (case.verb, case.path, case.role) == ("DELETE", "/api/v1/searches/{search}", "officer"):
        return case.actor.org == VICTIMS["reviewer"].org  # its officers search as its reviewers do
    if (case.verb, case.path) in OWN or (
        case.role == "officer" and (case.verb, case.path) in OFFICES
    ):
        return (
            not (isinstance(answer, dict) and answer.get("items"))
            or case.verb != "GET"
            or own(case, answer)
        )
    return False


def own(case: Case, answer: dict) -> bool:
    """Lists of one's own hold nothing that names another as its owner, but for what is published to
    all.
    """
    owners = {
        i["owner"]
        for i in answer["items"]
        if isinstance(i, dict) and isinstance(i.get("owner"), str)
    }
    return owners <= {case.actor.org} or case.path in ("/api/v1/cohorts",)


def pairwise(cases: list[Case], count: int, seed: int) -> list[Case]:
    """Of all cases some, such that operation, role, state and foreign field meet in pairs as early
    as may be.
    """
    dice = random.Random(seed)
    dice.shuffle(cases)
    met: set[tuple] = set()
    chosen = []
    for case in cases:
        operation = (case.verb, case.path)
        pairs = {(operation, case.role), (operation, case.foreign and case.foreign[0])}
        pairs |= {(operation, state) for state in case.states} | {
            (case.role, state) for state in case.states
        }
        if pairs - met:
            met |= pairs
            chosen.append(case)
    return chosen[:count] if count else chosen


def walk(world: World, count: int | None = None, seed: int = 7, tell: bool = False) -> Walk:
    """Asks everything, or a sample; findings are in `found`."""
    made = Walk(world)
    operations = {(s, v, p): op for s, v, p, op in made.operations()}
    cases = list(made.cases())
    for case in cases if count is None else pairwise(cases, count, seed):
        before = len(made.found)
        made.ask(case, operations[case.service, case.verb, case.path])
        if tell:
            print(*made.found[before:], sep="\n", end="\n" * (len(made.found) > before), flush=True)
    return made


def main() -> int:
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--count", type=int, default=None)
    said.add_argument("--seed", type=int, default=7)
    given = said.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = build(folder)
        made = walk(world, given.count, given.seed, tell=True)
        world.stack.composition.close()
    print(
        f"{sum(made.told.values())} requests: {dict(sorted(made.told.items()))}; {len(made.found)}"
        " findings"
    )
    return 1 if made.found else 0


if __name__ == "__main__":
    sys.exit(main())
