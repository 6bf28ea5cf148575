"""One form of text: what is mended, what is refused by name, and writers that no stored text can
fail.
"""

import csv
import io
import json
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from math import inf, nan
from types import SimpleNamespace
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from openpyxl import load_workbook
from pypdf import PdfReader

from services.notices.sender import Sender
from shared.calendars import Entry, calendar
from shared.errors import Invalid
from shared.paper import printed
from shared.text import BAD, BadText, as_json, cleaned, plain
from shared.web.reader import clean_document
from shared.workbooks import Chart, Sheet, safe, table, workbook

GA = "\u30ab\u3099"  # a letter and its mark, as a Mac's file names have it


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\u2028b\u2029c\x85d", "a\nb\nc\nd"),
        (GA, "\u30ac"),
        ("\ufeff麗", "麗"),
        ("\ufa19田", "\ufa19田"),  # the kanji of a name stays as its bearer writes it
        ("\t①㈱👩‍🔬", "\t①㈱👩‍🔬"),
    ],
)
def test_text_gets_one_form(given, right):
    assert cleaned(given) == right and cleaned(right) == right


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("a\nb\r\nc\x0bd", "a vertical tab (U+000B) in line 3"),
        ("\0", "a null character (U+0000) in line 1"),
        ("\x9b", "a control character (U+009B) in line 1"),
        ("x\ud800", "half of a character (U+D800) in line 1"),
        ("\ufdd0", "what is no character (U+FDD0) in line 1"),
        ("\U0001ffff", "what is no character (U+1FFFF) in line 1"),
        ("invoice\u202efdp.exe", "a right-to-left override (U+202E) in line 1"),
        ("\u2066x\u2069", "a left-to-right isolate (U+2066) in line 1"),
    ],
)
def test_what_no_text_may_hold_is_refused_by_name_and_place(given, says):
    with pytest.raises(BadText) as bad:
        cleaned(given)
    assert str(bad.value) == says and bad.value.params["name_ja"]


def test_every_field_of_a_document_is_cleaned_and_every_fault_named():
    assert clean_document({"a": ["x\r\ny", {GA: 1.5}], "b": None}) == {
        "a": ["x\ny", {"\u30ac": 1.5}],
        "b": None,
    }
    with pytest.raises(Invalid) as invalid:
        clean_document({"a": ["x\x0b", {"k": "\0"}], "b\x1b": 1})
    assert [e.field for e in invalid.value.errors] == ["a.0", "a.1.k", ""]
    assert "3行目" not in invalid.value.errors[0].text(
        "ja"
    ) and "1行目に垂直タブ（U+000B）" in invalid.value.errors[0].text("ja")


# Every class of code points: each alone and mixed, halves of pairs, what is no character, controls,
# marks, signs, private ones.
EDGES = "\0\x01\t\n\x0b\r\x1b\x1f\x7f\x85\x9b\xad\u061c\u200b\u200e\u2028\u202e"
EDGES += "\u2066\ud800\udfff\ue000\ufeff\ufdd0\ufffe\uffff\U0001fffe\U0010ffff"
TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=60),
    st.text(st.sampled_from(EDGES + "=+-@＝＋－＠﹦′'\"<>&,;\\#_麗é👩"), max_size=60),
    st.sampled_from(
        [
            "_x000B_",
            "=1+1",
            "＝1+1",
            " ＠SUM(A1)",
            "\u200b=1",
            "#REF!",
            "x" * 40_000,
            "👩" * 20_000,
            "[]:*?/\\'",
            "",
        ]
    ),
)
VALUES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats())
MANY = settings(max_examples=60, deadline=None, derandomize=True)


def sound(raw: bytes) -> list[list]:
    """The cells of a workbook whose every part is XML that a strict parser takes, and in which
    nothing runs.
    """
    with ZipFile(io.BytesIO(raw)) as archive:
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))
    book = load_workbook(io.BytesIO(raw))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type == "f"]
    assert all(
        len(c.value.encode("utf-16-le")) <= 2 * 32_767 for c in cells if isinstance(c.value, str)
    )
    return [[c.value for c in row] for row in book.worksheets[0].iter_rows()]


@MANY
@given(st.lists(VALUES, min_size=1, max_size=4))
def test_no_text_fails_a_table(values):
    read = csv.reader(
        io.StringIO(table(["a"], [values], "csv").decode("utf-8-sig"), newline=""), strict=True
    )
    assert len(list(read)) == 2
    assert sound(table(["a"], [values], "xlsx"))[0][0] == "a"


@settings(MANY, max_examples=25)
@given(TEXTS, TEXTS, VALUES)
def test_no_text_fails_a_workbook_of_several_sheets(title, name, value):
    sheets = [
        Sheet(title, [[name, value], [value, 1]], chart=Chart(title)),
        Sheet(title, [[name]], (), None, (9,)),
    ]
    assert len(sound(workbook(*sheets))) == 2


@MANY
@given(TEXTS, TEXTS, TEXTS)
def test_no_text_fails_a_calendar(summary, place, description):
    at = datetime(2026, 11, 22, 3, tzinfo=UTC)
    raw = calendar("Test", [Entry("u-1", at, at, at, summary, place, description)])
    event = Calendar.from_ical(raw).walk("VEVENT")[0]
    assert str(event["summary"]) == plain(summary) and not BAD.search(
        raw.decode().replace("\r\n", "\n")
    )


@settings(MANY, max_examples=20)
@given(st.lists(TEXTS, max_size=5))
def test_no_text_fails_a_paper(texts):
    short = [t[:200] for t in texts]
    source = '#set text(font: "IPAexGothic")\n#for t in json(bytes(sys.inputs.data)).texts [#t \\ ]'
    assert len(PdfReader(io.BytesIO(printed(source, {"texts": short}))).pages) >= 1


@MANY
@given(TEXTS, TEXTS)
def test_no_text_fails_a_mail(tmp_path_factory, title, text):
    folder = tmp_path_factory.mktemp("mail")
    mail = SimpleNamespace(
        id="m",
        recipient="a@b.example",
        title=title,
        text=text,
        html=text,
        written_at=datetime.now(UTC),
    )
    raw = Sender(None, None, "Nakodo <n@b.example>", folder)._composed(mail).as_bytes()
    message = message_from_bytes(raw, policy=default)
    assert (
        "\n" not in message["Subject"]
        and message.get_body(("plain",)).get_content().replace("\r\n", "\n").strip()
        == plain(text).strip()
    )


@MANY
@given(
    st.recursive(
        VALUES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=8,
    )
)
def test_no_document_fails_json_and_every_strict_reader_takes_it(document):
    def refuse(text):
        raise AssertionError(text)

    json.loads(as_json(document).encode().decode("utf-8", "strict"), parse_constant=refuse)


@pytest.mark.parametrize(
    "sign",
    [
        "=",
        "+",
        "-",
        "@",
        "＝",
        "＋",
        "－",
        "＠",
        "﹦",
        "﹢",
        "﹣",
        "﹫",
        "\u2212",
        "\t=",
        " =",
        "\u200b＝",
        "\n@",
    ],
)
def test_no_first_sign_makes_a_formula_of_a_cell(sign):
    assert safe(f"{sign}1+1") == f"'{sign}1+1"


def test_numbers_stay_numbers_and_what_is_none_is_words():
    assert [safe(v) for v in (-5, 1.5, 10**20, nan, inf, True, None, "麗")] == [
        -5,
        1.5,
        str(10**20),
        "nan",
        "inf",
        "True",
        "",
        "麗",
    ]
