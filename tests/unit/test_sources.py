"""Classes of sources: every one of the reference has one, and a reason cites the best that states
its value.
"""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from services.matching.engine.words import cite
from shared.judgement.facts import Fact, Facts
from shared.judgement.sources import LISTED, class_of
from shared.vocabulary import vocabulary

SOURCES = json.loads(
    (Path(__file__).parents[2] / "deploy/reference/sources.json").read_text(encoding="utf-8")
)
TODAY = date(2026, 11, 28)
UNLISTED = {"keio-su-qa"}  # a page of a university on a host of pages of anybody


def web(url: str, **more) -> dict:
    return {"kind": "web", "url": url, **more}


def test_every_source_of_the_reference_has_a_class():
    classes = {name: class_of(source) for name, source in SOURCES.items()}
    assert {name for name, slug in classes.items() if slug == "other"} == UNLISTED
    assert {name for name, slug in classes.items() if slug == "no-address"} == {
        n for n, s in SOURCES.items() if not s.get("url")
    }
    assert Counter(classes.values())["press"] > 500


def test_every_listed_class_is_in_the_vocabulary():
    classes = vocabulary("source_class")
    assert all(slug in classes for slug in LISTED.values())
    assert all(classes.rank(slug) is not None for slug in classes.nodes)


@pytest.mark.parametrize(
    ("source", "slug"),
    [
        (web("https://www.prnewswire.com/news/1"), "release"),
        (web("https://endpoints1746.rssing.com/x"), "copy"),
        (web("https://staging.globalventuring.com/x"), "copy"),
        (web("https://globalventuring.com/x"), "press"),
        (web("https://www.yakuji.co.jp/entry1.html", note="copy of a company release"), "copy"),
        (web("https://jrct.niph.go.jp/en-latest-detail/1"), "registry"),
        (web("https://user:x@www.sec.gov:443/Archives"), "registry"),
        (web("https://www.sec.gov.example/"), "other"),
        (web("https://magazine.iis.u-tokyo.ac.jp/"), "own-site"),
        (web("https://de.marketscreener.com/"), "aggregator"),
        (web("https://somebody.blogspot.com/"), "blog"),
        (web("https://snblir.blogspot.com/"), "own-site"),
        (web("https://mihon.example/"), "other"),
        ({"kind": "self-declared"}, "stated"),
        ({"kind": "document", "title": "A letter (invented)"}, "document"),
        ({"kind": "document", "title": "search result without an address"}, "no-address"),
        ({"kind": "dataset", "url": "https://mihon.example/"}, "registry"),
    ],
)
def test_the_class_of_a_source(source, slug):
    assert class_of(source) == slug


def test_a_reason_cites_the_best_source_of_its_value():
    def said(value: str, as_of: str, url: str) -> Fact:
        return Fact("hq", value, web(url), as_of)

    press = said("tokyo", "2025-03-01", "https://www.nikkei.com/1")
    older = said("tokyo", "2024-03-01", "https://www.nikkei.com/0")
    copied = said("tokyo", "2025-06-01", "https://x.rssing.com/1")
    other = said("osaka", "2023-01-01", "https://www.sec.gov/1")
    record = Facts([other, older, press, copied], TODAY)
    cited = {"source": "https://www.nikkei.com/1", "source_class": "press", "as_of": "2025-03-01"}
    assert cite([copied], "en", [record]) == cited
    assert cite([record.one("hq")], "en", [record]) == cited
    assert cite([other], "en", [record])["source_class"] == "registry"
    assert cite([copied], "en")["source_class"] == "copy"
    assert cite([], "en", [record]) == {"source": None, "source_class": None, "as_of": None}
