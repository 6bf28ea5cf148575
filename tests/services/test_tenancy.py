"""Every route x every role x another's record, walked from the OpenAPI documents themselves: a new
route without a rule fails here.
"""

import itertools
import re

import pytest

from shared.auth import Actor
from tests.conftest import Stack, mandate_form, startup_form

ROLES = ("startup", "reviewer", "officer", "site-manager")
SERVICES = ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices")
OPEN = {  # what anybody signed in may read of another organisation, tier by tier
    ("GET", "/api/v1/startups"),
    ("GET", "/api/v1/startups/{slug}"),
    ("GET", "/api/v1/startups/{slug}/facts"),
    ("GET", "/api/v1/startups/{slug}/funding"),
    ("GET", "/api/v1/startups/exports"),
    ("GET", "/api/v1/startups/{slug}/documents"),
    ("GET", "/api/v1/startups/{slug}/one-pager"),
    ("GET", "/api/v1/startups/imports/template"),
    ("GET", "/api/v1/investors"),
    ("GET", "/api/v1/investors/{slug}"),
    ("GET", "/api/v1/investors/{slug}/facts"),
    ("GET", "/api/v1/mandates"),
    ("GET", "/api/v1/mandates/{slug}"),
    ("GET", "/api/v1/mandates/{slug}/facts"),
    ("GET", "/api/v1/search"),
    ("GET", "/api/v1/relations/{slug}"),
    ("GET", "/api/v1/signals"),
    *(
        ("GET", f"/api/v1/{kind}{tail}")
        for kind in ("sites", "providers", "programs")
        for tail in ("", "/{slug}", "/{slug}/facts")
    ),
    ("GET", "/api/v1/investors/{slug}/funds"),
}
OWN = {  # answers about the asker alone, whoever asks
    ("GET", "/api/v1/people/me"),
    ("PATCH", "/api/v1/people/me"),
    ("GET", "/api/v1/people/me/sessions"),
    ("DELETE", "/api/v1/people/me/sessions"),
    ("POST", "/api/v1/people/me/passkeys/options"),
    ("GET", "/api/v1/accounts/members"),
    ("GET", "/api/v1/accounts/invitations"),
    ("GET", "/api/v1/accounts/clients"),
    ("GET", "/api/v1/claims"),
    ("GET", "/api/v1/subscriptions"),
    ("GET", "/api/v1/asks"),
    ("GET", "/api/v1/decisions"),
    ("GET", "/api/v1/introductions"),
    ("GET", "/api/v1/introductions/budget"),
    ("GET", "/api/v1/meetings"),
    ("GET", "/api/v1/days"),
    ("GET", "/api/v1/searches"),
    ("GET", "/api/v1/cohorts"),
    ("GET", "/api/v1/cohorts/hosting"),
    ("GET", "/api/v1/consultations"),
    ("GET", "/api/v1/cohorts/{cohort}/places"),
    ("GET", "/api/v1/mentors"),
    ("GET", "/api/v1/team/{startup}/{mandate}/history"),
    ("GET", "/api/v1/missions"),
    ("GET", "/api/v1/startups/proposals"),
    ("GET", "/api/v1/watchlists"),
    ("GET", "/api/v1/consents"),
    ("GET", "/api/v1/people/me/export"),
}
DOORS = {  # where nobody is signed in yet: they ask for credentials or a link, and count tries
    ("POST", "/api/v1/sessions"),
    ("POST", "/api/v1/sessions/end"),
    ("POST", "/api/v1/sessions/switch"),
    ("POST", "/api/v1/sessions/elevation"),
    ("POST", "/api/v1/sessions/passkey"),
    ("POST", "/api/v1/sessions/passkey/finish"),
    ("POST", "/api/v1/sessions/openid"),
    ("POST", "/api/v1/sessions/openid/finish"),
    ("POST", "/api/v1/tokens"),
    ("POST", "/api/v1/accounts/resets"),
    ("POST", "/api/v1/accounts/registrations"),
    ("GET", "/api/v1/links/{token}"),
    ("POST", "/api/v1/links/{token}"),
    ("GET", "/api/v1/expertise/{token}"),
    ("POST", "/api/v1/expertise/{token}"),
    ("PUT", "/api/v1/expertise/{token}/interest"),
    ("GET", "/api/v1/reviewing/{token}"),
    ("GET", "/api/v1/reviewing/{token}/{review}"),
    ("PUT", "/api/v1/reviewing/{token}/{review}"),
    ("PUT", "/api/v1/reviewing/{token}/{review}/interest"),
    ("PUT", "/api/v1/reviewing/{token}/{review}/recusal"),
    ("GET", "/api/v1/erasures/{token}"),
    ("POST", "/api/v1/erasures/{token}"),
    ("GET", "/api/v1/shares/{token}"),
    ("GET", "/api/v1/shares/{token}/one-pager"),
    ("GET", "/api/v1/shares/{token}/facts"),
    ("POST", "/api/v1/shares/{token}/facts"),
}
PUBLIC = {("GET", "/api/v1/vocabularies"), ("GET", "/api/v1/vocabularies/{name}")}
BY_ROLE = {
    ("POST", "/api/v1/erasures"): {"officer"},
    ("POST", "/api/v1/erasures/searches"): {"officer"},
    ("GET", "/api/v1/triads"): {"officer"},
    ("GET", "/api/v1/kpis/indicators"): {"officer"},
    ("GET", "/api/v1/decisions/exports"): {"reviewer"},
    ("GET", "/api/v1/team/funnel"): {"reviewer"},
}
HIDDEN = "the-hidden-value"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two organisations with a record of every kind each; the other one's private facts hold a word
    nobody else may ever see.
    """
    stack = Stack(tmp_path_factory.mktemp("world")).load("reference")
    admin = stack.client()
    secret = [{"field": "technology", "value": HIDDEN, "tier": "private"}]
    admin.register(
        "startups",
        startup_form(
            id="other-bio",
            owner="other-bio",
            assets=[{"id": "asset-1", "name": "A-1", "lead": True}],
        ),
    )
    admin.add_facts("startups", "other-bio", secret)
    admin.register("startups", startup_form(id="other-draft", owner="other-bio", state="draft"))
    admin.register(
        "investors",
        {"id": "other-fund", "name": {"en": "Other Fund (invented)"}, "owner": "other-fund"},
    )
    admin.register("mandates", mandate_form("other-fund", owner="other-fund"))
    admin.add_facts(
        "mandates",
        "other-fund-equity",
        [{"field": "blocked_org", "value": HIDDEN, "tier": "private"}],
    )
    hook = {"name": "CRM", "url": f"https://other.example/{HIDDEN}", "events": ["profile.changed"]}
    owner = stack.client(Actor("owner", "other-bio", frozenset({"startup"})))
    FILL["subscription"] = owner.post("/api/v1/subscriptions", hook)["id"]
    yield stack.settle()
    stack.composition.close()


def operations() -> list[tuple[str, str, str]]:
    """(service, verb, path) of everything the services document."""
    stack_free = []
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(folder)
        for name in SERVICES:
            document = (
                stack.composition.services[name].app.test_client().get("/openapi.json").get_json()
            )
            for path, item in document["paths"].items():
                stack_free += [
                    (name, verb.upper(), path)
                    for verb in item
                    if verb in ("get", "post", "put", "patch", "delete")
                ]
        stack.composition.close()
    return stack_free


ALL = operations()
FILL = {
    "slug": {"startups": "other-bio", "investors": "other-fund", "mandates": "other-fund-equity"},
    "name": {"feeds": "other-fund", "startups": "x", "vocabularies": "stage"},
    "startup": "other-bio",
    "mandate": "other-fund-equity",
    "other": "other-fund",
    "org": "other-bio",
    "subject": "other-bio",
    "membership": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "client": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "claim": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "merge": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "consent": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "person": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "watchlist": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "document": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "agreement": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "link": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "week": "2026-W48",
    "introduction": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "cohort": "no-such-call",
    "site": "no-such-site",
    "application": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "batch": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "rule": "field",
    "search": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    **dict.fromkeys(
        (
            "invitation",
            "passkey",
            "which",
            "reviewer",
            "round_",
            "review",
            "slot",
            "consultation",
            "mentor",
            "hour",
            "entry",
            "placement",
        ),
        "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    ),
    "key": "kari",
    "day": "no-such-day",
    "party": "no-such-party",
    "expert": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "meeting": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "decision": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "question": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
    "token": "x" * 43,
    "fact_id": "x",
    "fact": "x",
}


def filled(path: str) -> str:
    resource = path.split("/")[3] if path.startswith("/api/v1/") else path.split("/")[1]

    def value(match: re.Match) -> str:
        found = FILL[match.group(1)]
        return found.get(resource, "other-bio") if isinstance(found, dict) else found

    return re.sub(r"{(\w+)}", value, path)


QUERY = {
    "/api/v1/team/funnel": {"quarter": "2026-Q4"},
    "/internal/contacts/{person}": {"purpose": "introductions", "country": "us"},
    "/api/v1/matches": {"startup": "other-bio"},
    "/api/v1/triads": {"startup": "other-bio"},
    "/api/v1/search": {"q": "other"},
    "/api/v1/startups/exports": {"format": "csv"},
    "/api/v1/coach": {"startup": "other-bio"},
    "/api/v1/rules": {"startup": "other-bio"},
    "/api/v1/placements/{placement}/comparison": {"other": "01a204ee-f910-71bd-84d0-28c85b0b6e66"},
}
BODY = {
    "/api/v1/startups/{slug}/company": {"representative": "Somebody Else"},
    "/api/v1/feeds/{name}/plan": {"zone": "Asia/Tokyo"},
    "/api/v1/decisions": {
        "startup": "other-bio",
        "mandate": "other-fund-equity",
        "state": "advance",
    },
    "/api/v1/decisions/{decision}/assignment": {"person": "x"},
    "/api/v1/asks": {"startup": "other-bio", "mandate": "other-fund-equity", "gate": "cheque"},
    "/api/v1/previews": {"mandate": "other-fund-equity"},
    "/api/v1/subscriptions/{subscription}/replays": {"since": "2026-11-20T00:00:00Z"},
    "/api/v1/subscriptions/{subscription}": {"name": "Taken over"},
    "/api/v1/claims": {"organization": "other-bio", "kind": "startup"},
    "/internal/mails/forgotten": {"to": "x@example.jp"},
    "/api/v1/consents": {
        "purpose": "introductions",
        "countries": ["us"],
        "notice": "introductions/1",
        "locale": "en",
    },
    "/internal/mails": {
        "id": "01a204ee-f910-71bd-84d0-28c85b0b6e66",
        "to": "x@example.jp",
        "template": "reset",
        "locale": "en",
        "params": {},
    },
    "/api/v1/mandates": mandate_form("other-fund"),
    "/api/v1/erasures": {"name": "Nobody Anywhere (invented)"},
    "/api/v1/erasures/searches": {"name": HIDDEN},
}


def ask(world, service: str, verb: str, path: str, actor: Actor | None):
    app = world.composition.services[service].app.test_client()
    headers = (
        {"Authorization": f"Bearer {world.composition.issuer.token(actor, world.clock.now())}"}
        if actor
        else {}
    )
    body = BODY.get(
        path,
        {"facts": [{"field": "technology", "value": "taken over"}]}
        if path.endswith("/facts")
        else {"name": {"en": "Taken over"}},
    )
    more = {"json": body} if verb in ("POST", "PUT", "PATCH") else {}
    return app.open(
        filled(path),
        method=verb,
        headers=headers | {"If-Match": "*"},
        query_string=QUERY.get(path),
        **more,
    )


@pytest.mark.parametrize(("service", "verb", "path"), ALL, ids=lambda v: str(v))
def test_without_a_token_nothing_but_the_doors_answers(world, service, verb, path):
    answer = ask(world, service, verb, path, None)
    if (verb, path) in DOORS | PUBLIC:
        assert answer.status_code < 500
    else:
        assert answer.status_code in (401, 422), (answer.status_code, answer.text[:200])
        assert answer.status_code == 401 or "errors" in answer.get_json(), (
            "a form may be checked first, and says nothing of anybody"
        )


@pytest.mark.parametrize(("service", "verb", "path"), ALL, ids=lambda v: str(v))
def test_anothers_record_is_not_there_or_not_ones_own(world, service, verb, path):
    """Reads of what is private are 404 (or 403 where the thing itself is known to exist), writes
    never succeed, and no hidden value is ever said.
    """
    for role in ROLES:
        actor = Actor(f"eve-{role}", f"eve-{role}", frozenset({role}))
        answer = ask(world, service, verb, path, actor)
        said = answer.get_data().decode("utf-8", "replace")
        assert HIDDEN not in said, (role, said[:300])
        allowed = (
            {200, 201, 204, 400, 404, 409, 415, 422}
            if (verb, path) in OPEN | OWN | DOORS | PUBLIC
            else {400, 401, 403, 404, 409, 412, 415, 422, 428}
        )
        if role in BY_ROLE.get((verb, path), set()):
            allowed = {200}
        if verb == "POST" and path in CREATES.get(role, ()):
            allowed = {201, 422}
        if (verb, path) in DOORS:
            allowed = allowed | {401, 404, 429, 202}
        assert answer.status_code in allowed, (role, answer.status_code, said[:300])


# one's own new record: a POST to a collection makes something of the asker, never of another
CREATES = {
    "startup": ("/api/v1/startups",),
    "reviewer": ("/api/v1/investors",),
    "officer": ("/api/v1/sites", "/api/v1/providers", "/api/v1/programs"),
    "site-manager": ("/api/v1/sites", "/api/v1/providers"),
}


def test_the_walk_has_found_every_service_and_can_fail(world):
    assert {s for s, _, _ in ALL} == set(SERVICES) and len(ALL) > 60
    owner = Actor("owner", "other-bio", frozenset({"startup"}))
    assert HIDDEN in ask(world, "startups", "GET", "/api/v1/startups/{slug}", owner).text, (
        "the owner sees it: the word is there to be found"
    )


def test_drafts_of_another_do_not_exist(world):
    for role, path in itertools.product(ROLES, ("", "/facts", "/funding")):
        actor = Actor("eve", "eve", frozenset({role}))
        app = world.composition.services["startups"].app.test_client()
        headers = {
            "Authorization": f"Bearer {world.composition.issuer.token(actor, world.clock.now())}"
        }
        assert app.get(f"/api/v1/startups/other-draft{path}", headers=headers).status_code == 404
        listed = app.get("/api/v1/startups?limit=200", headers=headers).get_json()["items"]
        assert "other-draft" not in {p["id"] for p in listed}
