"""What is quoted from a source stands in its own words, marked on a page of the other language; an
origin is found by its name.
"""

from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

import services.portal
from services.matching.engine.finding import found
from services.matching.engine.views import Startup
from services.portal import present
from services.portal.texts import say

PAGES = Path(services.portal.__file__).parent / "templates"


def shown(fact: dict, lang: str) -> str:
    environment = Environment(loader=FileSystemLoader(PAGES), autoescape=True)
    parts = environment.get_template("parts.html").module
    return str(parts.stated(fact, lambda key, **_: say(key, lang), present, lang))


def test_a_note_in_another_language_is_marked_as_the_sources_words():
    fact = {"as_of": "2025", "source": {"title": "Press"}, "note": "series A as a whole"}
    japanese = shown(fact, "ja")
    assert '<q lang="en">series A as a whole</q>' in japanese and "出典の記載（原文）" in japanese
    english = shown(fact, "en")
    assert "series A as a whole" in english and "<q" not in english
    told = shown(fact | {"note": "シリーズA全体 <b>"}, "en")
    assert '<q lang="ja">シリーズA全体 &lt;b&gt;</q>' in told and "In the source" in told


def test_an_institution_of_origin_is_found_by_its_name_and_joint_research_is_none():
    def startup(slug: str, how: str) -> Startup:
        value = {"institution": "osaka-university", "how": how}
        origin = {"field": "origin_institution", "value": value, "as_of": "2025"}
        origin |= {"source": {"title": "Press", "kind": "press"}, "tier": "public"}
        named = {"id": slug, "kind": "startup", "name": {"en": slug}, "owner": "nakodo"}
        return Startup(
            named | {"origin": "invented", "assets": [], "facts": [origin]}, [], date(2026, 11, 28)
        )

    both = [startup("of-it", "spin-out"), startup("with-it", "joint-research")]
    for text in ("Osaka University", "大阪大学"):
        assert [s.id for s in found(both, {"text": text})] == ["of-it"]
