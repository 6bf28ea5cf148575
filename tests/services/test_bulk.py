"""Bulk: tables of startups in and out, in both encodings and formats; planned first, done whole or
not at all, the same file twice is nothing.
"""

import io
import json
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from nakodo_client import Refused
from shared.vocabulary import Vocabulary, vocabulary
from shared.workbooks import safe
from tests.conftest import STARTUP, startup_form

HEAD = ["社名（日本語）", "社名（英語）", "モダリティ", "疾患領域", "開発段階"]


def xlsx(rows, head=HEAD) -> bytes:
    book = Workbook()
    book.active.append(head)
    for row in rows:
        book.active.append(row)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def csv(rows, head=HEAD, encoding="utf-8-sig") -> bytes:
    return "\r\n".join(",".join(r) for r in [head, *rows]).encode(encoding)


CODES = [
    ["麗バイオ", "Rei Bio (invented)", "car-t; mrna", "aml", "phase-1"],
    ["晴セル", "Haru Cell (invented)", "ipsc-derived", "oncology", ""],
]


@pytest.mark.parametrize(
    "made",
    [xlsx(CODES), csv(CODES), csv(CODES, encoding="cp932")],
    ids=["xlsx", "utf-8", "shift-jis"],
)
def test_a_table_is_planned_then_done_then_nothing_new(stack, made):
    client = stack.client()
    planned = client.import_startups("startups.xlsx" if made[:2] == b"PK" else "startups.csv", made)
    assert [c["name"]["ja"] for c in planned["creates"]] == ["麗バイオ", "晴セル"] and not planned[
        "applied"
    ]
    assert client.get("/api/v1/startups")["items"] == [], "a plan writes nothing"
    name = "t.xlsx" if made[:2] == b"PK" else "t.csv"
    assert client.import_startups(name, made, True)["applied"]
    profile = client.profile("startups", "rei-bio-invented")
    assert sorted(f["value"] for f in profile["facts"]) == ["aml", "car-t", "mrna", "phase-1"]
    again = client.import_startups(name, made, True)
    assert again["same"] == 2 and not again["creates"] and not again["updates"]
    assert client.profile("startups", "rei-bio-invented")["version"] == profile["version"]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_changed_row_adds_what_is_new_and_labels_of_both_languages_are_codes(stack, lang):
    client = stack.client()
    client.import_startups("t.xlsx", xlsx(CODES), True)
    label = vocabulary("development_stage").label("phase-2", lang)
    told = client.import_startups("t.xlsx", xlsx([["", "REI BIO (INVENTED)", "", "", label]]), True)
    assert (
        told["updates"] == [{"row": 2, "id": "rei-bio-invented", "fields": ["stage"]}]
        and not told["conflicts"]
    )
    assert {
        f["value"]
        for f in client.profile("startups", "rei-bio-invented")["facts"]
        if f["field"] == "stage"
    } == {"phase-1", "phase-2"}


def test_every_fault_is_named_with_its_row_and_nothing_is_written(stack):
    rows = [
        ["麗", "Rei One (invented)", "car-t", "aml", ""],
        ["", "", "car-t", "", ""],
        ["晴", "Haru (invented)", "nonsense", "aml", "phase-9"],
        ["麗", "", "", "", ""],
    ]
    with pytest.raises(Refused) as refused:
        stack.client().import_startups("t.xlsx", xlsx(rows), True)
    assert refused.value.status == 409 and not refused.value.problem["applied"]
    told = {c["row"]: {e["field"] for e in c["errors"]} for c in refused.value.problem["conflicts"]}
    assert (
        told[3] == {"name"}
        and told[4] == {"modality", "stage"}
        and stack.client().get("/api/v1/startups")["items"] == []
    )


def test_a_table_of_faults_is_named_as_far_as_a_person_can_read_and_costs_little(
    stack, monkeypatch
):
    asked = []
    nearest = Vocabulary.nearest
    monkeypatch.setattr(
        Vocabulary, "nearest", lambda self, *a: asked.append(a) or nearest(self, *a)
    )
    rows = [["", f"Rei {i} (invented)", "nothing", "nowhere", ""] for i in range(1500)]
    told = stack.client().import_startups("startups.csv", csv(rows))["conflicts"]
    *named, rest = told
    assert len(named) == 500 and rest["row"] == 502
    assert [e["code"] for e in rest["errors"]] == ["rows-unread"]
    assert "1000" in rest["errors"][0]["message"] and len(asked) == 1000


def test_a_cell_holds_so_many_values(stack):
    rows = [["", "Rei (invented)", "car-t;" * 101, "aml", ""]]
    (told,) = stack.client().import_startups("startups.csv", csv(rows))["conflicts"]
    assert [(e["field"], e["code"]) for e in told["errors"]] == [("modality", "too-many")]


def test_a_mapping_is_saved_and_used_by_name(stack):
    client = stack.client()
    head = ["会社", "Their modality", "Area", "Nobody asked"]
    rows = [["麗バイオ", "car-t", "aml", "x"]]
    mapping = json.dumps(
        {"会社": "name_ja", "Their modality": "modality", "Area": "therapeutic_area"}
    )
    assert client.import_startups("t.xlsx", xlsx(rows, head), mapping=mapping, saved="ours")[
        "creates"
    ]
    assert client.import_startups("t.xlsx", xlsx(rows, head), saved="ours")["creates"]
    with pytest.raises(Refused):
        client.import_startups("t.xlsx", xlsx(rows, head))
    with pytest.raises(Refused) as refused:
        client.import_startups("t.xlsx", xlsx(rows, head), mapping=json.dumps({"会社": "nobody"}))
    assert refused.value.problem["errors"][0]["code"] == "unknown-column"


def test_anothers_company_is_not_changed_by_a_table(stack):
    client = stack.client()
    client.import_startups("t.xlsx", xlsx(CODES), True)
    with pytest.raises(Refused) as refused:
        stack.client(STARTUP).import_startups(
            "t.xlsx", xlsx([["", "Rei Bio (invented)", "rna", "", ""]]), True
        )
    assert (
        refused.value.status == 409
        and len(client.profile("startups", "rei-bio-invented")["facts"]) == 4
    )


def bomb() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000_000)
    return raw.getvalue()


def laughs() -> bytes:
    """An XML bomb inside a workbook that is otherwise sound."""
    raw, good = io.BytesIO(), zipfile.ZipFile(io.BytesIO(xlsx(CODES)))
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    evil = (
        '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0'
        f' "lol">{entities}]><sst><si><t>&l9;</t></si></sst>'
    )
    with zipfile.ZipFile(raw, "w") as archive:
        for part in good.infolist():
            archive.writestr(
                part.filename,
                (
                    evil
                    if part.filename.endswith(("sheet1.xml", "sharedStrings.xml"))
                    else good.read(part.filename)
                ),
            )
    return raw.getvalue()


BAD = {
    "empty": (b"", "t.csv", 422),
    "not a table": (b"\x00\x01\x02\xff\xfe" * 50, "t.csv", 422),
    "a picture called xlsx": (b"\x89PNG\r\n\x1a\n" + b"0" * 500, "t.xlsx", 422),
    "half a workbook": (xlsx(CODES)[:900], "t.xlsx", 422),
    "a zip of something else": (bomb()[:200], "t.xlsx", 422),
    "a bomb": (bomb(), "t.xlsx", 422),
    "an XML bomb": (laughs(), "t.xlsx", 422),
    "headings twice": (csv([["a", "b"]], ["name_en", "name_en"]), "t.csv", 422),
    "no names": (csv([["a"]], ["modality"]), "t.csv", 422),
    "an open quote": (b'name_en,modality\n"abc,car-t\n', "t.csv", 422),
    "too many columns": (csv([["x"] * 300], [f"c{i}" for i in range(300)]), "t.csv", 422),
    "6 MB": (b"name_en\n" + b"x" * 6_000_000, "t.csv", 413),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_table_is_refused_with_the_reason(stack, name):
    content, file, status = BAD[name]
    with pytest.raises(Refused) as refused:
        stack.client().import_startups(file, content, True)
    assert refused.value.status == status, refused.value.problem
    assert stack.client().get("/api/v1/startups")["items"] == []


def test_an_export_opens_with_japanese_intact_runs_no_formula_and_comes_back_as_nothing_new(stack):
    client = stack.client()
    client.import_startups("t.xlsx", xlsx(CODES), True)
    evil = '=HYPERLINK("http://evil.example","x")'
    client.add_facts("startups", "rei-bio-invented", [{"field": "technology", "value": evil}])
    japanese = stack.client(lang="ja")
    book = load_workbook(io.BytesIO(japanese.export_startups("xlsx"))).active
    rows = list(book.iter_rows(values_only=True))
    assert rows[0][2] == "社名（日本語）" and "麗バイオ" in rows[1:][1] + rows[1:][0]
    assert not [c for row in book.iter_rows() for c in row if c.data_type == "f"]
    text = japanese.export_startups("csv")
    assert (
        text.startswith(b"\xef\xbb\xbf")
        and "麗バイオ" in text.decode("utf-8-sig")
        and "\n=HYPER" not in text.decode()
        and ',"=HYPER' not in text.decode()
    )
    told = client.import_startups("t.csv", text)
    assert (
        not told["creates"]
        and [u for u in told["updates"] if u["fields"] != ["technology"]] == []
        and not told["conflicts"]
    )


def test_cells_that_a_spreadsheet_would_run_are_made_texts():
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1"):
        assert safe(text) == f"'{text}"
    assert safe("麗") == "麗" and safe(None) == ""


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_every_real_profile_comes_back_as_it_is(real, kind, lang):
    """The whole reference exported and planned again: nothing to create, nothing to change, nothing
    refused.
    """
    told = real.client().import_startups(f"t.{kind}", real.client(lang=lang).export_startups(kind))
    assert (told["creates"], told["updates"], told["conflicts"]) == ([], [], []) and told[
        "same"
    ] == told["rows"] > 20


@pytest.mark.parametrize(
    ("text", "says", "sagt"),
    [
        ("a\x0bb", "a vertical tab (U+000B)", "垂直タブ（U+000B）"),
        ("a\u202eb", "a right-to-left override", "右から左への上書き記号"),
    ],
)
def test_a_cell_with_what_no_text_may_hold_is_refused_by_its_place_and_nothing_is_written(
    stack, text, says, sagt
):
    table = csv([["", text, "car-t", "aml", ""]])
    with pytest.raises(Refused) as refused:
        stack.client().import_startups("t.csv", table, True)
    (fault,) = refused.value.problem["errors"]
    assert (
        fault["field"] == "B2"
        and says in fault["messages"]["en"]
        and sagt in fault["messages"]["ja"]
    )
    assert stack.client().get("/api/v1/startups")["items"] == []


def test_line_ends_composed_letters_and_mail_encodings_come_in_one_form(stack):
    client = stack.client()
    rows = csv([["カ\u3099イア", "Gaia (invented)", "car-t", "aml", ""]])
    client.import_startups("t.csv", rows, True)
    assert client.get("/api/v1/startups")["items"][0]["name"]["ja"] == "ガイア"
    client.import_startups(
        "t.csv", "name_ja,modality,therapeutic_area\n晴バイオ,car-t,aml".encode("iso2022_jp"), True
    )
    assert {i["name"]["ja"] for i in client.get("/api/v1/startups")["items"]} == {
        "ガイア",
        "晴バイオ",
    }
    made = client.register("startups", startup_form(note="one\r\ntwo\rthree"))
    assert client.profile("startups", made["id"])["note"] == "one\ntwo\nthree"
