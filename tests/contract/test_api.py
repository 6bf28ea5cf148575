"""The API's promises: valid OpenAPI, answers that fit their schemas, a tier on every field, texts
in both languages.
"""

import json
import re
from collections import Counter

import pytest
from openapi_spec_validator import validate

from services.investors.schemas import MandateView
from services.matching.engine.sentences import SENTENCES
from services.matching.engine.triads import TEXTS as TRIADS
from services.matching.schemas.matches import MatchView
from services.portal.texts import TEXTS as PORTAL
from services.startups.schemas import StartupView
from shared.judgement.fields import FIELDS
from shared.refusals import TEXTS
from shared.schemas import FactView, ProfileView
from shared.vocabulary import names, vocabulary

SERVICES = ("startups", "investors", "programs", "matching", "meetings", "accounts", "notices")


@pytest.mark.parametrize("service", SERVICES)
def test_the_openapi_document_is_valid(real, service):
    document = real.composition.services[service].app.test_client().get("/openapi.json").get_json()
    validate(document)
    assert document["openapi"].startswith("3.1") and document["paths"]


@pytest.mark.parametrize("view", [StartupView, MandateView, ProfileView, FactView, MatchView])
def test_every_field_declares_its_tier(view):
    assert [name for name, field in view().fields.items() if "tier" not in field.metadata] == []


def test_answers_fit_their_schemas(admin):
    for slug in ("regcell", "shinobi-therapeutics", "mihon-therapeutics"):
        document = admin.profile("startups", slug)
        assert StartupView().validate(document, partial=True) == {}
        assert set(document) <= set(StartupView().fields)
        for fact in document["facts"]:
            assert set(fact) <= set(FactView().fields)
    assert set(admin.explain("regcell", "taiho-ventures")) <= set(MatchView().fields)


@pytest.mark.parametrize(
    "table", [TEXTS, PORTAL, SENTENCES, TRIADS], ids=["errors", "portal", "sentences", "triads"]
)
def test_every_text_is_there_in_english_and_japanese_with_the_same_parameters(table):
    import re

    for key, (english, japanese) in table.items():
        assert english.strip() and japanese.strip(), key
        assert {name.removesuffix("_ja") for name in re.findall(r"{(\w+)", japanese)} <= set(
            re.findall(r"{(\w+)", english)
        ) | {
            "startup",
            "investor",
        }, key


def test_every_vocabulary_node_and_field_has_both_labels():
    for name in names():
        for slug, node in vocabulary(name).nodes.items():
            assert node["en"] and node["ja"], (name, slug)
    assert all(f.en and f.ja for f in FIELDS.values())


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_no_two_fields_of_a_profile_have_one_label(lang):
    """A table's heading is a label: two that are alike make an export that cannot come back."""
    for kind in sorted({kind for f in FIELDS.values() for kind in f.of}):
        labels = Counter(getattr(f, lang) for f in FIELDS.values() if kind in f.of)
        assert [label for label, times in labels.items() if times > 1] == [], kind


def test_a_405_names_what_is_allowed(real):
    answer = real.composition.services["startups"].app.test_client().put("/api/v1/startups/regcell")
    assert (
        answer.status_code == 405
        and "GET" in answer.headers["Allow"]
        and answer.mimetype == "application/problem+json"
    )


def test_the_merged_document_is_valid_and_holds_every_operation_of_every_service(real):
    whole = (
        real.composition.services["portal"].app.test_client().get("/api/openapi.json").get_json()
    )
    validate(whole)
    for service in SERVICES:
        own = real.composition.services[service].app.test_client().get("/openapi.json").get_json()
        for path, item in own["paths"].items():
            assert path.startswith("/internal") or set(item) == set(whole["paths"][path]), path
    text = json.dumps(whole)
    for target in set(re.findall(r'"#/components/(\w+/\w+)"', text)):
        kind, name = target.split("/")
        assert name in whole["components"][kind], target
    assert not [p for p in whole["paths"] if p.startswith("/internal")]
