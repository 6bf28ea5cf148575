"""What pages are written in: lines that can be read, texts that are escaped, settings that an
operator can look up.
"""

import ast
import re
from pathlib import Path

import pytest
from markupsafe import Markup

from services.portal.app import lines
from tests.architecture.test_rules import ROOT, SOURCES, nodes

PORTAL = ROOT / "services/portal"
WIDE = {".html": 140, ".css": 100, ".js": 140}
# still to be unfolded: whoever has unfolded one takes it off
STILL = {
    "asks.html",
    "base.html",
    "call.html",
    "desk.html",
    "explanation.html",
    "feed.html",
    "kpis.html",
    "nakodo.css",
    "parts.html",
    "startup.html",
}


@pytest.mark.parametrize("kind", WIDE)
def test_templates_styles_and_scripts_are_written_in_lines(kind):
    """Break after a block (`{% … %}`), which writes nothing, or between attributes."""
    found = {
        path.name: wide
        for path in sorted(PORTAL.rglob(f"*{kind}"))
        if (wide := sum(len(line) > WIDE[kind] for line in path.read_text().splitlines()))
    }
    assert {name for name in found if name not in STILL} == set(), f"over {WIDE[kind]} characters"


def test_no_template_writes_unescaped():
    """Whoever needs a line break asks the filter `lines`."""
    raw = re.compile(r"\|\s*safe\b|{%-?\s*autoescape|Markup")
    assert [str(p) for p in PORTAL.rglob("*.html") if raw.search(p.read_text())] == []


def test_what_needs_no_escaping_is_said_in_one_place():
    raw = re.compile(r"\bMarkup\b|render_template_string|autoescape\s*=\s*False")
    found = [str(p.relative_to(ROOT)) for p in SOURCES if raw.search(p.read_text())]
    assert found == ["services/portal/app.py"]


def test_a_text_keeps_its_line_breaks_and_nothing_else():
    assert lines("a <b>\nc & d") == Markup("a &lt;b&gt;<br>c &amp; d")


def test_every_setting_stands_in_the_operators_page():
    """By its whole name, so that it is found by searching."""
    texts = {
        node.value
        for node in nodes(Path(ROOT / "shared/settings.py"))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    settings = {text for text in texts if re.fullmatch(r"NAKODO_[A-Z_]*[A-Z]", text)}
    page = (ROOT / "docs/operations.md").read_text()
    assert len(settings) > 20
    assert {s for s in settings if not re.search(rf"\b{s}\b", page)} == set()
