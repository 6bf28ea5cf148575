"""A world for the matrix of who may do what: two organisations of each kind, a record of every
table for the one, in each of its states.

Records are real rows: made through the API where an act exists, then a row of every other owned
table, then each again in its other states.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from nakodo_client import Refused
from shared.auth import ADMINISTRATOR, Actor
from shared.ids import new_id
from tests.conftest import Stack, mandate_form, startup_form

KINDS = {"startup": "v-bio", "reviewer": "v-fund", "officer": "v-office", "site-manager": "v-house"}
VICTIMS = {
    role: Actor(f"victim-{role}", org, frozenset({role}), leads=True) for role, org in KINDS.items()
}
SECRET = "the-hidden-word"
STATES = {
    **dict.fromkeys(
        ("startups", "investors", "mandates", "sites", "providers", "programs"),
        ("draft", "published", "withdrawn"),
    ),
    "cohorts": ("draft", "open"),
    "applications": (
        "draft",
        "submitted",
        "shortlisted",
        "accepted",
        "waitlisted",
        "declined",
        "withdrawn",
    ),
    "rounds": ("open", "closed"),
    "reviews": ("assigned", "draft", "submitted", "recused"),
    "consultations": ("open", "done", "dropped"),
    "decisions": ("known", "advance", "hold", "pass", "returned"),
    "introductions": (
        "proposed",
        "awaits-startup",
        "awaits-investor",
        "introduced",
        "declined",
        "withdrawn",
        "expired",
        "closed",
    ),
    "meetings": ("offered", "agreed", "cancelled"),
    "subscriptions": ("active", "paused", "ended"),
    "asks": ("open", "answered", "declined"),
    "claims": ("waiting", "approved", "refused"),
    "memberships": ("active", "ended"),
    "people": ("active", "ended"),
    "watchlists": ("published", "withdrawn"),
    "merges": ("merged", "undone", "apart"),
    "jobs": ("waiting", "running", "done", "failed"),
}
TIMES = {  # a state that is a time which has come or not
    "days": ("published_at", "cancelled_at"),
    "cohorts": ("announced_at",),
    "placements": ("confirmed_at",),
    "reviewers": ("left_at",),
    "mentors": ("left_at",),
    "experts": ("answered_at", "ended_at"),
    "links": ("used_at",),
    "api_clients": ("ended_at",),
    "consents": ("withdrawn_at",),
}
OF = {  # whose kind of organisation a service's or table's rows are
    "startups": "startup",
    "investors": "reviewer",
    "matching": "reviewer",
    "programs": "officer",
    "meetings": "officer",
    "accounts": "startup",
    "notices": "startup",
}
HOUSES = {
    "sites": "site-manager",
    "providers": "site-manager",
    "site_facts": "site-manager",
    "provider_facts": "site-manager",
}


@dataclass
class World:
    """`rows[service][table]`: every row that is a victim's, as (key, state)."""

    stack: Stack
    rows: dict[str, dict[str, list[tuple[dict, str]]]] = field(default_factory=dict)

    def ids(self, service: str, table: str, column: str = "id") -> list[tuple[str, str]]:
        """Real ids of a table, each with the state of its row."""
        return [(str(row[column]), state) for row, state in self.rows[service].get(table, [])]


def build(folder) -> World:
    stack = Stack(folder)
    _profiles(stack)
    stack.settle()
    _acts(stack)
    stack.settle()
    world = World(stack)
    for name, service in stack.composition.services.items():
        if service.db is not None:
            world.rows[name] = fill(name, service)
    return world


def _profiles(stack: Stack) -> None:
    admin, hidden = stack.client(), [{"field": "technology", "value": SECRET, "tier": "private"}]
    for owner in ("v-bio", "e-bio"):
        admin.register("startups", startup_form(f"{owner} (invented)", id=owner, owner=owner))
    admin.add_facts("startups", "v-bio", hidden)
    for fund in ("v-fund", "e-fund"):
        admin.register(
            "investors", {"id": fund, "name": {"en": f"{fund} (invented)"}, "owner": fund}
        )
        admin.register("mandates", mandate_form(fund, owner=fund))
    for office in ("v-office", "e-office"):
        program = {
            "id": f"{office}-bridge",
            "name": {"en": f"{office} (invented)"},
            "owner": office,
        }
        admin.register(
            "programs", program | {"facts": [{"field": "hub", "value": "hub-boston-cambridge"}]}
        )
    for kind in ("sites", "providers"):
        for house in ("v-house", "e-house"):
            admin.register(
                kind,
                {
                    "id": f"{house}-{kind}",
                    "name": {"en": f"{house} (invented)"},
                    "owner": house,
                    "origin": "public-sources",
                },
            )


def _acts(stack: Stack) -> None:
    """What the victims do through the API; whatever is refused in this state of things, the rows
    made below stand for.
    """
    startup, fund, office = (stack.client(VICTIMS[r]) for r in ("startup", "reviewer", "officer"))
    call = {
        "id": "v-call",
        "program": "v-office-bridge",
        "name": {"en": "V call (invented)"},
        "capacity": 2,
    }
    call |= {
        "hubs": [],
        "opens_at": "2026-11-01T00:00:00+09:00",
        "deadline": "2026-12-15T17:00:00+09:00",
        "criteria": [],
        "questions": [],
    }
    for client, path, form in (
        (office, "/api/v1/cohorts", call),
        (startup, "/api/v1/cohorts/v-call/applications", {"name": "V Bio (invented)"}),
        (office, "/api/v1/cohorts/v-call/reviewers", {"name": "V Judge (invented)"}),
        (
            office,
            "/api/v1/mentors",
            {"name": "V Mentor (invented)", "expertise": ["aml"], "languages": ["en"]},
        ),
        (
            fund,
            "/api/v1/decisions",
            {"startup": "v-bio", "mandate": "v-fund-equity", "state": "advance"},
        ),
        (fund, "/api/v1/searches", {"name": "V search", "areas": ["aml"]}),
        (
            fund,
            "/api/v1/team/v-bio/v-fund-equity/experts",
            {"name": "V Expert (invented)", "questions": ["New?"]},
        ),
        (fund, "/api/v1/asks", {"startup": "v-bio", "mandate": "v-fund-equity", "gate": "cheque"}),
        (
            fund,
            "/api/v1/introductions",
            {"startup": "v-bio", "mandate": "v-fund-equity", "note": "Please"},
        ),
        (
            startup,
            "/api/v1/subscriptions",
            {"name": "V hook", "url": f"https://v.example/{SECRET}", "events": ["profile.changed"]},
        ),
    ):
        with suppress(Refused):
            client.post(path, form)


def fill(name: str, service) -> dict[str, list[tuple[dict, str]]]:
    """A row of every owned table, in each of its states, in a service's database; what there is of
    each.
    """
    found: dict[str, list[tuple[dict, str]]] = {}
    with service.db.transaction(ADMINISTRATOR) as session:
        for table in service.models.metadata.sorted_tables:
            mine = _mine(session, table)
            if not mine and ({"owner", "org"} & set(table.c.keys()) or table.name in STATES):
                with suppress(IntegrityError), session.begin_nested():
                    session.execute(insert(table).values(_made(session, name, table, found)))
                mine = _mine(session, table)
            if mine:
                _vary(session, table, mine[0])
            found[table.name] = [(dict(row), _state(table, row)) for row in _mine(session, table)]
    return found


def _mine(session, table: Table) -> list[dict]:
    sides = [
        table.c[s].in_(KINDS.values())
        for s in ("owner", "org")
        if s in table.c and isinstance(table.c[s].type, String)
    ]
    rows = select(table)
    for side in sides[:1]:
        rows = rows.where(side)
    return (
        [dict(r) for r in session.execute(rows).mappings()] if sides or table.name in STATES else []
    )


def _state(table: Table, row) -> str:
    times = [t for t in TIMES.get(table.name, ()) if t in table.c and row[t]]
    said = [str(row["state"])] if "state" in table.c else []
    return "/".join(said + times) or "there"


def _made(session, service: str, table: Table, found: dict) -> dict[str, Any]:
    role = HOUSES.get(table.name, OF[service])
    values = {}
    for column in table.c:
        values[column.name] = _value(session, column, role, found)
    return values


def _value(session, column, role: str, found: dict) -> Any:
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column
        rows = found.get(target.table.name)
        return rows[0][0][target.name] if rows else None
    named = {
        "owner": KINDS[role],
        # whose site a call asks for room is the site's own organisation, not the call's
        "org": KINDS["site-manager" if column.table.name == "hosts" else role],
        "office": "v-office",
        "startup": "v-bio",
        "startup_org": "v-bio",
        "investor_org": "v-fund",
        "mandate": "v-fund-equity",
        "investor": "v-fund-equity",
        "party": "v-bio",
        "site": "v-house-sites",
        "cohort": "v-call",
        "program": "v-office-bridge",
        "zone": "Asia/Tokyo",
        "person": f"victim-{role}",
        "winner": "v-bio",
        "loser": "e-bio",
        "list": "section-1260h",
        "kind": "company",
        "asked_by": "startup",
    }
    if column.name in named and isinstance(column.type, String):
        return named[column.name]
    if column.name == "state":
        return STATES.get(column.table.name, ("open",))[0]
    if column.nullable:
        return None
    return _plain(column)


def _plain(column) -> Any:
    kind, name = column.type, column.name
    python = getattr(kind, "impl", kind)
    if isinstance(kind, JSON):
        return [] if name.endswith("s") else {}
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer | Float):
        return 1
    if isinstance(kind, Date):
        return date(2026, 12, 1)
    if isinstance(kind, LargeBinary):
        return b"x"
    if "DateTime" in type(python).__name__ or "DateTime" in type(kind).__name__:
        return datetime.fromisoformat("2026-12-10T03:00:00+00:00") + timedelta(
            hours=name.startswith("end")
        )
    if column.primary_key or column.unique or name in ("token", "secret", "handle"):
        return new_id()
    return f"{SECRET} {name}"[: kind.length or 60]


def _vary(session, table: Table, row: dict) -> None:
    """The same row once more in every other state it can have."""
    changes = [
        {"state": s} for s in STATES.get(table.name, ()) if "state" in table.c and s != row["state"]
    ]
    changes += [
        {t: datetime.fromisoformat("2026-11-21T00:00:00+00:00")}
        for t in TIMES.get(table.name, ())
        if t in table.c and not row[t]
    ]
    for number, change in enumerate(changes):
        fresh = {c.name: _fresh(c, row[c.name], number) for c in table.primary_key}
        fresh |= {
            n: new_id()
            for n in ("token", "secret", "handle", "email")
            if n in table.c and isinstance(row[n], str)
        }
        for wanted in ({}, {"startup": f"v-bio-{number}"}):
            with suppress(IntegrityError), session.begin_nested():
                session.execute(
                    insert(table).values(
                        row | fresh | change | {k: v for k, v in wanted.items() if k in table.c}
                    )
                )
                break


def _fresh(column, value, number: int):
    if isinstance(column.type, Integer):
        return value + 1000 + number
    return new_id() if len(str(value)) == 36 else f"{value}-{number}"
