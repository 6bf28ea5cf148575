"""Bad input: a 4xx that names the fault in English and Japanese, nothing written, never a 500."""

import json
from io import BytesIO

import pytest
from marshmallow import fields

from nakodo_client import Refused
from shared.schemas import STRANGERS, Form, longest
from tests.conftest import REVIEWER, STARTUP, Stack, startup_form

GOOD = startup_form()


def with_fact(**fact) -> dict:
    return GOOD | {"facts": [*GOOD["facts"], fact]}


FORMS = {
    "name is a number": {"name": 5},
    "name is a list": {"name": []},
    "name in no script": {"name": {"en": "!!!"}, "facts": GOOD["facts"]},
    "no name": {"facts": GOOD["facts"]},
    "unknown field": GOOD | {"naem": "x"},
    "unknown field deep": GOOD | {"name": {"en": "A", "fr": "B"}},
    "facts is an object": GOOD | {"facts": {}},
    "a fact is a text": GOOD | {"facts": ["x"]},
    "fact without value": with_fact(field="stage"),
    "value null": with_fact(field="stage", value=None),
    "unknown fact field": with_fact(field="stagee", value="phase-1"),
    "a field of investors": with_fact(field="focus_area", value="oncology"),
    "unknown code": with_fact(field="stage", value="phase-one"),
    "code is a number": with_fact(field="stage", value=7),
    "code is an object": with_fact(field="stage", value={"a": 1}),
    "absurd amount": with_fact(
        field="raise", value={"state": "raising", "amount": 10**30, "currency": "JPY"}
    ),
    "negative amount": with_fact(
        field="raise", value={"state": "raising", "amount": -5, "currency": "JPY"}
    ),
    "fractional amount": with_fact(
        field="raise", value={"state": "raising", "amount": 1.5, "currency": "JPY"}
    ),
    "amount true": with_fact(
        field="raise", value={"state": "raising", "amount": True, "currency": "JPY"}
    ),
    "unknown currency": with_fact(
        field="raise", value={"state": "raising", "amount": 5, "currency": "ABC"}
    ),
    "unknown key in a value": with_fact(field="raise", value={"state": "raising", "amuont": 5}),
    "missing key in a value": with_fact(field="total_raised", value={"amount": 5}),
    "date that is none": with_fact(field="stage", value="phase-1", as_of="2026-13-40"),
    "date of the year 9999": with_fact(field="stage", value="phase-1", as_of="9999-01-01"),
    "date in the future": with_fact(field="stage", value="phase-1", as_of="2031-01-01"),
    "date is a number": with_fact(field="stage", value="phase-1", as_of=20260101),
    "dates crossed": with_fact(
        field="stage", value="phase-1", valid_from="2026-05", valid_to="2026-04"
    ),
    "unknown asset": with_fact(field="stage", value="phase-1", asset="nobody"),
    "unknown tier": with_fact(field="stage", value="phase-1", tier="secret"),
    "a NUL in a text": with_fact(field="technology", value="a\u0000b"),
    "a NUL in a name": GOOD | {"name": {"en": "a\u0000b"}},
    "a lone surrogate": with_fact(field="technology", value="\ud800"),
    "an empty text": with_fact(field="technology", value="  "),
    "a sequence": with_fact(
        field="technology", value="MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQ"
    ),
    "a structure": with_fact(field="technology", value="CC(=O)OC1=CC=CC=C1C(=O)OC2CC"),
    "a text too long": with_fact(field="technology", value="x" * 5000),
    "deep value": with_fact(field="raise", value={"state": {"a": {"b": {"c": {"d": {"e": 1}}}}}}),
    "a slug with a slash": GOOD | {"id": "a/b"},
    "a slug too long": GOOD | {"id": "a" * 200},
    "unknown state": GOOD | {"state": "secret"},
    "two leads": GOOD
    | {"assets": [{"id": "a", "name": "A", "lead": True}, {"id": "b", "name": "B", "lead": True}]},
    "an asset twice": GOOD
    | {"assets": [{"id": "a", "name": "A", "lead": True}, {"id": "a", "name": "B"}]},
    "a wrong corporate number": GOOD
    | {"legal_entities": [{"name": "Rei KK", "corporate_number": "1234567890123"}]},
    "unknown jurisdiction": GOOD
    | {"legal_entities": [{"name": "Rei KK", "jurisdiction": "atlantis"}]},
    "too many aliases": GOOD | {"aliases": ["a"] * 60},
    "an alias is a number": GOOD | {"aliases": [1]},
    "detail is a list": with_fact(field="stage", value="phase-1", detail=[1]),
    "detail too deep": with_fact(field="stage", value="phase-1", detail={"a": {"b": 1}}),
    "gaps": {"name": {"en": "Rei"}},
}
BODIES = {
    "no JSON": (b"{", "application/json"),
    "not UTF-8": (b'{"name": {"en": "\xff\xfe"}}', "application/json"),
    "NaN": (b'{"name": NaN}', "application/json"),
    "infinite": (b'{"name": 1e999}', "application/json"),
    "deep": (b'{"a":' * 5000 + b"1" + b"}" * 5000, "application/json"),
    "very deep": (b"[" * 200_000, "application/json"),
    "a list": (b"[]", "application/json"),
    "a text": (b'"x"', "application/json"),
    "null": (b"null", "application/json"),
    "a huge number": (b'{"name": ' + b"9" * 6000 + b"}", "application/json"),
    "a form": (b"name=x", "application/x-www-form-urlencoded"),
    "5 MB": (b'{"note": "' + b"x" * 5_000_000 + b'"}', "application/json"),
    "a key twice": (b'{"name": {"en": "A"}, "name": {"en": "B"}, "facts": []}', "application/json"),
    "a key twice, deep": (b'{"name": {"en": "A", "en": "B"}}', "application/json"),
    "nothing": (b"", "application/json"),
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """One for all: each test shows that it is still as empty as it was."""
    made = Stack(tmp_path_factory.mktemp("empty"))
    yield made
    made.composition.close()


@pytest.fixture
def web(stack):
    """A test client of the startups service and the header of an invented startup's token."""
    token = stack.composition.issuer.token(STARTUP, stack.clock.now())
    yield (
        stack.composition.services["startups"].app.test_client(),
        {"Authorization": f"Bearer {token}"},
    )
    assert stack.client().get("/api/v1/startups", limit=200)["items"] == []
    stack.settle()
    assert stack.composition.eventlog.end("startups", 0) == 0


def assert_named(answer, listed: bool = True):
    problem = answer.get_json()
    assert 400 <= answer.status_code < 500, answer.data
    assert answer.mimetype == "application/problem+json"
    assert problem["messages"]["en"] and problem["messages"]["ja"] and problem["code"]
    for error in problem.get("errors", []):
        assert error["messages"]["en"] and error["messages"]["ja"]
    if listed:
        assert problem["errors"] and all(e["field"] for e in problem["errors"]), problem


@pytest.mark.parametrize("name", FORMS)
def test_a_bad_form_is_refused_with_each_failing_field(web, name):
    client, headers = web
    assert_named(
        client.post(
            "/api/v1/startups",
            data=json.dumps(FORMS[name]),
            headers=headers,
            content_type="application/json",
        )
    )


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_refused(web, name):
    client, headers = web
    body, kind = BODIES[name]
    assert_named(
        client.post("/api/v1/startups", data=body, headers=headers, content_type=kind), listed=False
    )


def test_all_failing_fields_are_listed_at_once_with_the_nearest_codes(web):
    client, headers = web
    form = {
        "name": {"en": "Rei"},
        "facts": [{"field": "modality", "value": "tregs"}, {"field": "hq", "value": "tokio"}],
    }
    problem = client.post(
        "/api/v1/startups", json=form, headers=headers | {"Accept-Language": "ja"}
    ).get_json()
    assert [e["field"] for e in problem["errors"]] == ["facts.0.value", "facts.1.value"]
    assert (
        "treg" in problem["errors"][0]["nearest"] and "hub-tokyo" in problem["errors"][1]["nearest"]
    )
    assert (
        "一覧「modality」にありません" in problem["errors"][0]["message"]
        and problem["title"] == problem["messages"]["ja"]
    )


def test_wrong_shapes_and_wrong_values_are_listed_together(web):
    client, headers = web
    form = {
        "name": {"en": 5},
        "naem": 1,
        "facts": [
            {"field": "modality", "value": "tregs"},
            {"field": "stage"},
            {"field": "hq", "value": "tokio"},
        ],
    }
    problem = client.post("/api/v1/startups", json=form, headers=headers).get_json()
    assert {e["field"] for e in problem["errors"]} == {
        "name.en",
        "naem",
        "facts.0.value",
        "facts.1.value",
        "facts.2.value",
    }


FLOODS = {
    "facts that are numbers": ("facts", [1] * 30_000),
    "facts with wrong values": ("facts", [{"field": "stage", "value": "x"}] * 10_000),
    "aliases that are numbers": ("aliases", [1] * 30_000),
    "an object for a list": ("name_evidence", {f"k{i}": 1 for i in range(30_000)}),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_long_list_is_refused_before_its_parts_are_looked_at(web, name):
    client, headers = web
    field, value = FLOODS[name]
    answer = client.post("/api/v1/startups", json=GOOD | {field: value}, headers=headers)
    assert_named(answer)
    assert [e["code"] for e in answer.get_json()["errors"] if e["field"] == field] == ["too-many"]
    assert len(answer.data) < 2_000


def test_names_that_no_field_has_are_told_by_the_score(web):
    client, headers = web
    strangers = {f"k{i}": 1 for i in range(30_000)}
    answer = client.post("/api/v1/startups", json=strangers, headers=headers)
    assert_named(answer)
    assert len(answer.get_json()["errors"]) <= STRANGERS


def test_an_answer_names_a_hundred_faults_and_counts_the_rest(web):
    client, headers = web
    facts = [{"field": "stage", "value": "no-such-stage"}] * 150
    answer = client.post("/api/v1/startups", json=GOOD | {"facts": facts}, headers=headers)
    problem = answer.get_json()
    assert (len(problem["errors"]), problem["more_errors"]) == (100, 50)


def test_a_mapping_nested_deep_is_no_mapping(web):
    client, headers = web
    form = {"mapping": '{"a":' * 3000 + "1" + "}" * 3000, "file": (BytesIO(b"name"), "a.csv")}
    answer = client.post("/api/v1/startups/imports", data=form, headers=headers)
    assert_named(answer)


def longest_of(form: type[Form]) -> list[str]:
    """The lists and objects of a form that may have any number of parts."""
    return [
        f"{form.__name__}.{name}"
        for name, field in form().fields.items()
        if isinstance(field, (fields.List, fields.Dict)) and longest(field) is None
    ]


def test_every_list_of_a_form_says_how_long_it_may_be(stack):
    forms = [Form]
    for form in forms:
        forms += form.__subclasses__()
    assert len(forms) > 150
    assert [name for form in set(forms) for name in longest_of(form)] == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=99999999999999999999",
        "cursor=!!",
        "cursor=AAAA",
        "modality=nope",
        "q=%00",
        "nope=1",
        "state=x",
        "q=" + "x" * 500,
    ],
)
def test_a_bad_query_is_refused(web, query):
    client, headers = web
    assert_named(client.get(f"/api/v1/startups?{query}", headers=headers), listed=False)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/startups/%00",
        "/api/v1/startups/..%2f..%2fetc",
        "/api/v1/startups/" + "a" * 300,
        "/api/v1/startups/%ff",
        "/nowhere",
    ],
)
def test_a_bad_path_is_nothing(web, path):
    client, headers = web
    assert client.get(path, headers=headers).status_code == 404


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "Bearer", "e30.e30.e30", "eyJhbGciOiJub25lIn0.eyJvcmciOiJ4In0."]
)
def test_a_bad_token_is_refused(web, token):
    client, _ = web
    answer = client.get("/api/v1/startups", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_refused(stack):
    token = stack.composition.issuer.token(STARTUP, stack.clock.now())
    stack.clock.move(days=2)
    answer = (
        stack.composition.services["startups"]
        .app.test_client()
        .get("/api/v1/startups", headers={"Authorization": f"Bearer {token}"})
    )
    assert answer.status_code == 401 and answer.get_json()["code"] == "token-expired"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/feeds/nobody",
        "/api/v1/matches?startup=nobody",
        "/api/v1/matches/nobody/nobody",
        "/api/v1/triads?startup=%00",
        "/api/v1/search?q=",
        "/api/v1/matches",
        "/api/v1/feeds/x?as_of=yesterday",
        "/api/v1/feeds/x?limit=-1",
        "/api/v1/matches?startup=regcell&min_version=startup/regcell:x",
        "/api/v1/matches/regcell/%F0%9F%92%A9",
        "/api/v1/matches?startup=regcell&min_version=nobody/regcell:1",
        "/api/v1/feeds/taiho-ventures?as_of=0000-01-01",
        "/api/v1/feeds/takeda-pharmaceutical",
    ],
)
def test_bad_questions_to_the_matcher_are_refused(real, path):
    token = real.composition.issuer.token(REVIEWER, real.clock.now())
    answer = (
        real.composition.services["matching"]
        .app.test_client()
        .get(path, headers={"Authorization": f"Bearer {token}"})
    )
    assert_named(answer, listed=False)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1900-02-28"])
def test_the_ends_of_the_calendar_are_answered(real, day):
    assert isinstance(real.client().feed("taiho-ventures", as_of=day), list)
    assert real.client().explain("regcell", "taiho-ventures", as_of=day)["versions"]["as_of"] == day


def test_a_character_that_no_text_may_hold_is_named_with_its_line_in_both_languages(stack):
    with pytest.raises(Refused) as refused:
        stack.client().register("startups", GOOD | {"note": "one\r\ntwo\x0b"})
    (fault,) = refused.value.problem["errors"]
    assert (
        fault["field"] == "note" and "a vertical tab (U+000B) in line 2" in fault["messages"]["en"]
    )
    assert "2行目に垂直タブ（U+000B）" in fault["messages"]["ja"]
