"""Who may do what, with real foreign ids in paths and bodies, in every state: a seeded sample; all
of it by `python -m tests.long.matrix`.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from nakodo_client import Refused
from services import permissions
from shared.auth import Actor
from tests.long.matrix import ROLES, SERVICES, STRANGERS, TABLES, Case, Walk, allowed, walk
from tests.world import SECRET, STATES, VICTIMS, build

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = build(tmp_path_factory.mktemp("matrix"))
    yield made
    made.stack.composition.close()


@pytest.mark.parametrize("role", ["startup", "officer", "site-manager"])
def test_a_colleague_of_another_role_ends_no_link_and_no_search(world, role):
    colleague = world.stack.client(Actor("colleague", VICTIMS["reviewer"].org, frozenset({role})))
    (expert, _), *_ = world.ids("matching", "experts")
    (search, _), *_ = world.ids("matching", "saved_searches")
    for path in (
        f"/api/v1/team/experts/{expert}",
        *([f"/api/v1/searches/{search}"] if role != "officer" else []),
    ):
        with pytest.raises(Refused) as refused:
            colleague.request("DELETE", path)
        assert refused.value.status == 403


def test_nobody_gets_in_with_anothers_real_id(world):
    made = walk(world, 150)
    assert made.found == [] and sum(made.told.values()) == 150


def test_the_matrix_holds_every_operation_role_and_state_and_can_fail(world):
    cases = list(Walk(world).cases())
    assert (
        {c.service for c in cases} == set(SERVICES)
        and {c.role for c in cases} == set(ROLES)
        and len(cases) > 8_000
    )
    missing = {name for name, where in TABLES.items() if not world.ids(*where)} - {"consent"}
    assert not missing, missing
    for service, table in (
        ("startups", "startups"),
        ("programs", "applications"),
        ("meetings", "introductions"),
        ("matching", "decisions"),
    ):
        assert {s for _, s in world.ids(service, table)} >= set(STATES[table]), table
    ids = (("slug", "v-bio-0", "draft"),)
    draft = Case("startups", "GET", "/api/v1/startups/{slug}", STRANGERS["reviewer"], ids)
    assert not allowed(draft, {}), "a draft let in is a finding"
    owner = world.stack.client(VICTIMS["startup"])
    assert SECRET in str(owner.get("/api/v1/startups/v-bio")), (
        "the hidden word is there to be found"
    )


def test_the_documented_table_of_who_may_do_what_is_the_codes_own(world):
    told = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    made = permissions.table(world.stack.composition.services.values())
    assert told == permissions.put_into(told, made), (
        "run `nakodo permissions --into docs/security.md`"
    )
    changing = [
        o
        for o in permissions.operations(world.stack.composition.services.values())
        if "/facts/" in o.path and o.signed_in
    ]
    assert changing and not [o for o in changing if not o.own], (
        "changing a profile asks whose it is"
    )


def test_a_yes_outside_the_documented_table_is_a_finding(world):
    """The table judges: with a right less than the code gives, the same walk finds what was let
    in.
    """
    made = Walk(world)
    case = next(
        c
        for c in made.cases()
        if (c.verb, c.path, c.role) == ("GET", "/api/v1/exposure", "officer")
    )
    assert not made.rights["GET", "/api/v1/exposure"].admits("officer")
    (_, _, _, operation) = next(
        o for o in made.operations() if o[1:3] == ("GET", "/api/v1/accounts/members")
    )
    members = replace(
        case, service="accounts", path="/api/v1/accounts/members", ids=(), foreign=None
    )
    made.ask(members, operation)
    assert made.found == []
    made.rights["GET", members.path] = replace(made.rights["GET", members.path], roles=("staff",))
    made.ask(members, operation)
    assert [line.partition(":")[0] for line in made.found] == [
        "outside the table of docs/security.md"
    ]
