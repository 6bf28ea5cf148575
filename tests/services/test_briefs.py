"""The brief: one page, each line with a date and a source, unknowns listed, the same for a reader
whatever is hidden from them.
"""

import io

import pytest
from pypdf import PdfReader

from nakodo_client import Refused
from services.matching.briefs import content
from services.matching.queries import Asking
from shared.auth import Actor
from tests.conftest import OFFICER, REVIEWER, mandate_form, startup_form

KARI = Actor("kari-1", "kari", frozenset({"reviewer"}))


def text(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1, "one page"
    return "".join("".join(p.extract_text() for p in pages).split())


def test_real_pairs_fit_one_page_in_both_languages(real):
    officer = real.client(OFFICER)
    for startup in ("regcell", "celaid-therapeutics", "shinobi-therapeutics", "heartseed"):
        for lang in ("en", "ja"):
            found = text(officer.brief(startup, "astellas-venture-management-equity", lang=lang))
            assert {"en": "Preparedfor", "ja": "提出先"}[lang] in found and (
                "Astellas" in found or "アステラス" in found
            )
            assert startup != "regcell" or {"en": "Notknown", "ja": "未確認事項"}[lang] in found
    assert "2025-10-07" in text(
        officer.brief("celaid-therapeutics", "chugai-venture-fund", lang="en")
    )


def test_every_line_about_the_startup_has_its_date(real):
    matching = real.matching
    with matching.db.reading(REVIEWER) as session:
        told = content(
            session,
            matching.app.extensions["nakodo"]["reader"],
            "regcell",
            "mihon-ventures-equity",
            Asking("en"),
        )
    lines = [i for g in told["facts"] for i in g["items"]] + told["for"]
    assert len(lines) > 8 and all(i["cite"] for i in lines)
    assert [u["text"] for u in told["unknown"]], "what is not known is listed"


def test_nothing_of_a_higher_tier_shows_and_startups_get_none(stack):
    stack.client().register(
        "investors", {"id": "kari", "name": {"en": "Kari (invented)"}, "owner": "kari"}
    )
    stack.client().register("mandates", mandate_form("kari", owner="kari"))
    stack.client().register("startups", startup_form(id="rei-bio", owner="rei-bio"))
    stack.settle()
    before = text(stack.client(KARI).brief("rei-bio", "kari-equity", lang="en"))
    hidden = [
        {"field": "technology", "value": "the hidden way", "tier": tier}
        for tier in ("matched", "introduced", "private")
    ]
    stack.client().add_facts("startups", "rei-bio", hidden)
    stack.settle()
    assert text(stack.client(KARI).brief("rei-bio", "kari-equity", lang="en")) == before
    with pytest.raises(Refused) as refused:
        stack.client(Actor("founder", "rei-bio", frozenset({"startup"}))).brief(
            "rei-bio", "kari-equity"
        )
    assert refused.value.status == 404
    rival = Actor("rival", "rival", frozenset({"reviewer"}))
    with pytest.raises(Refused) as refused:
        stack.client(rival).brief("rei-bio", "kari-equity")
    assert refused.value.status == 404
