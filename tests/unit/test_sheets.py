"""The one intake of tables: every kind of file that people send, read whole, with the sheet, the
heading rows and the row numbers a person sees; what is none is named as what it is.
"""

import io
import re
import zipfile
from datetime import datetime

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference

from shared.organizations import headings, sheets
from shared.organizations.sheets import BadTable
from shared.workbooks import safe, table

KNOWN = ["name_ja", "modality", "therapeutic_area", "企業名", "受付番号", "希望拠点", "申請日"]
ROWS = [["name_ja", "modality"], ["架空甲", "car-t"], ["架空乙", "aso"]]


def book(*named: tuple[str, list[list]], change=None) -> bytes:
    made = Workbook()
    made.remove(made.active)
    for title, rows in named:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if change:
        change(made)
    raw = io.BytesIO()
    made.save(raw)
    return raw.getvalue()


def rewritten(content: bytes, change, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """The workbook with the text of a part changed."""
    raw, good = io.BytesIO(), zipfile.ZipFile(io.BytesIO(content))
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in good.namelist():
            text = good.read(name)
            archive.writestr(name, change(text.decode()) if name == part else text)
    return raw.getvalue()


def take(content: bytes, name: str = "t.xlsx", **chosen) -> sheets.Table:
    return sheets.take(content, name, KNOWN, **chosen)


def values(found: sheets.Table) -> list[list[str]]:
    return [list(row.values()) for row in found.rows]


def refused(content: bytes, name: str = "t.xlsx") -> str:
    with pytest.raises(BadTable) as told:
        take(content, name)
    return told.value.code


@pytest.mark.parametrize(
    "said", ["A1", "A1:B2", "A1:A3", "B1:B3", "A1:XFD1048576", "A2:B3", "nonsense"]
)
def test_what_a_file_says_of_its_size_is_not_believed(said):
    def change(xml):
        return re.sub('<dimension ref="[^"]*"', f'<dimension ref="{said}"', xml)

    if said == "nonsense":
        pytest.raises(BadTable, take, rewritten(book(("a", ROWS)), change))
    else:
        assert values(take(rewritten(book(("a", ROWS)), change))) == ROWS[1:]


def chart_first(made: Workbook) -> None:
    chart = made.create_chartsheet("Chart", 0)
    bars = BarChart()
    bars.add_data(Reference(made.worksheets[0], min_col=1, min_row=1, max_row=3))
    chart.add_chart(bars)


def hide_first(made: Workbook) -> None:
    made.worksheets[0].sheet_state = "hidden"


def merge_title(made: Workbook) -> None:
    made.worksheets[0].merge_cells("A1:B1")


TITLE = [["スタートアップ一覧（2026年11月現在）"], []]


@pytest.mark.parametrize(
    ("named", "change", "sheet", "heading"),
    [
        ([("d", ROWS)], chart_first, "d", 1),
        ([("記入要領", [["記入要領"]]), ("一覧", ROWS)], None, "一覧", 1),
        ([("list", [["car-t"], ["aso"]]), ("Sheet", ROWS)], hide_first, "Sheet", 1),
        ([("s", [*TITLE, *ROWS])], merge_title, "s", 3),
        ([("s", [["出典：見本"], [], ["作成日", "2026-11-01"], [], *ROWS])], None, "s", 5),
        ([("表紙", [["x", "y"]]), ("空", []), ("s", [[], *ROWS])], None, "s", 2),
        ([("a", [["a", "b"], ["c", "d"]]), ("b", ROWS), ("c", ROWS)], None, "b", 1),
    ],
)
def test_sheet_and_heading_row_are_found_by_what_is_known_and_said(named, change, sheet, heading):
    found = take(book(*named, change=change))
    assert (found.sheet, found.heading_rows) == (sheet, [heading])
    assert values(found) == ROWS[1:]
    assert [row.number for row in found.rows] == [heading + 1, heading + 2]


def test_a_person_chooses_another_sheet_and_another_row():
    content = book(("a", ROWS), ("b", [["title"], ["name_ja", "x"], ["架空丙", "1"]]))
    assert values(take(content, sheet="b")) == [["架空丙", "1"]]
    assert take(content, sheet="b", heading=2).heading_rows == [2]
    with pytest.raises(BadTable) as told:
        take(content, sheet="none")
    assert told.value.code == "table-no-sheet" and told.value.params["nearest"] == ["a", "b"]


MINISTRY = [
    ["令和８年度　応募者一覧"],
    [],
    ["受付番号", "申請者", None, "希望拠点", "連絡先", None, "申請日"],
    [None, "企業名", "従業員数", None, "担当者", "電話", None],
    [
        "ＤＦ８－００１",
        "架空アセル",
        "３４名",
        "ボストン、サンディエゴ",
        "担当0",
        "1",
        datetime(2026, 11, 12, 16, 13),
    ],
    [],
    ["DF8-002", "架空イセル", 24, "ボストン", "担当1", "2", datetime(2026, 11, 13)],
    [None, "合計", "=COUNTA(B5:B7)"],
]


def merge_headings(made: Workbook) -> None:
    for merged in ("A1:G1", "A3:A4", "B3:C3", "D3:D4", "E3:F3", "G3:G4"):
        made.worksheets[-1].merge_cells(merged)


def test_a_ministrys_table_two_rows_of_merged_headings_blank_rows_and_a_total():
    cover = ("記入要領", [["本ファイルの取扱いについて"]])
    found = take(book(cover, ("応募一覧", MINISTRY), change=merge_headings))
    assert (found.sheet, found.heading_rows) == ("応募一覧", [3, 4])
    assert found.headings == [
        "受付番号",
        "企業名",
        "従業員数",
        "希望拠点",
        "担当者",
        "電話",
        "申請日",
    ]
    assert [row.number for row in found.rows] == [5, 7, 8]
    assert [row["申請日"] for row in found.rows] == ["2026-11-12T16:13:00", "2026-11-13", ""]
    assert sheets.is_total(found.rows[2]) and not sheets.is_total(found.rows[0])


def test_headings_called_the_same_are_told_apart_by_the_group_above_them():
    rows = [
        ["企業名", "代表者", None, "担当者", None],
        [None, "氏名", "電話", "氏名", "電話"],
        ["甲", *"1234"],
    ]
    found = take(
        book(("s", rows), change=lambda b: [b.active.merge_cells(m) for m in ("B1:C1", "D1:E1")])
    )
    assert found.headings == ["企業名", "代表者 氏名", "代表者 電話", "担当者 氏名", "担当者 電話"]


def test_a_value_merged_over_rows_is_the_value_of_each():
    rows = [
        ["name_ja", "modality"],
        ["架空甲", "car-t"],
        [None, "aso"],
        [None, "mab"],
        ["架空乙", "aso"],
    ]
    found = take(book(("s", rows), change=lambda b: b.active.merge_cells("A2:A4")))
    assert values(found)[1:3] == [["架空甲", "aso"], ["架空甲", "mab"]]


def test_cells_keep_their_time_and_numbers_their_digits():
    cells = [
        datetime(2026, 11, 20, 17, 30),
        datetime(2026, 11, 20),
        4010001000011,
        0.1 + 0.2,
        True,
        12.0,
    ]
    found = take(book(("s", [["name_ja", *"abcde"], cells])))
    assert values(found) == [
        ["2026-11-20T17:30:00", "2026-11-20", "4010001000011", "0.3", "TRUE", "12"]
    ]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?"])
def test_an_error_is_no_value(error):
    for content, name in (
        (book(("s", [["name_ja", "x"], [error, "1"]])), "t.xlsx"),
        (f"name_ja,x\n{error},1\n".encode(), "t.csv"),
    ):
        (row,) = take(content, name).rows
        fault = row.faults["name_ja"]
        assert (row["name_ja"], fault.code, fault.params["cell"]) == ("", "cell-error", "A2")
        assert error in fault.text("en") and "A2" in fault.text("ja")
        assert row.under({"x": "modality"}).faults == {}, "nobody reads that column"


def test_a_formula_that_was_never_calculated_is_no_empty_cell():
    content = book(("s", [["name_ja", "x"], ["甲", '=IF(1=1,"a","")']]))
    assert take(content).rows[0].faults["x"].code == "cell-uncalculated"
    empty = rewritten(content, lambda xml: xml.replace('<c r="B2">', '<c r="B2" t="str">'))
    assert take(empty).rows[0].faults == {}, "calculated, to an empty text"


ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8 with a mark": "utf-8-sig",
    "Shift_JIS": "cp932",
    "EUC-JP": "euc_jp",
    "mail (ISO-2022-JP)": "iso2022_jp",
    "Unicode text": "utf-16",
    "UTF-16 without a mark": "utf-16-le",
    "UTF-16 of a Mac": "utf-16-be",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("divider", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_text_in_every_encoding_with_every_divider_and_line_end(encoding, divider, end):
    rows = [
        ["name_ja", "modality"],
        ["架空髙島バイオ株式会社", "抗体、低分子"],
        ["カクウ（株）", "細胞"],
    ]
    if ENCODINGS[encoding] in ("euc_jp", "iso2022_jp"):
        rows[1][0] = "架空高島バイオ株式会社"
    text = end.join(divider.join(row) for row in rows)
    assert values(take(text.encode(ENCODINGS[encoding]), "t.csv")) == rows[1:]


@pytest.mark.parametrize("said", ["sep=,", "sep=;", "SEP=\t"])
def test_the_divider_that_excel_writes_is_taken_and_rows_keep_their_numbers(said):
    divider = said[-1]
    content = (
        f"{said}\r\nname_ja{divider}modality\r\n架空甲{divider}car-t\r\n\r\n架空乙{divider}aso"
    )
    found = take(content.encode("utf-8-sig"), "t.csv")
    assert values(found) == ROWS[1:] and [row.number for row in found.rows] == [3, 5]
    assert found.heading_rows == [2]


def ods(rows: str) -> bytes:
    names = (
        "office:office,table:table,text:text",
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"',
    )
    spaces = " ".join(
        f'xmlns:{n.split(":")[0]}="urn:oasis:names:tc:opendocument:xmlns:{n.split(":")[1]}:1.0"'
        for n in names[0].split(",")
    )
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces} {names[1]}><office:body><office:spreadsheet>"
            f'<table:table table:name="一覧">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return raw.getvalue()


def test_a_libreoffice_sheet_with_repeated_rows_and_typed_cells():
    def cell(text, more=""):
        return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"

    rows = (
        f"<table:table-row>{cell('name_ja')}{cell('modality')}{cell('d')}{cell('e')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        f"<table:table-row>{cell('架空甲')}"
        + cell("12.0", 'office:value-type="float" office:value="12"')
        + cell("x", 'office:value-type="date" office:date-value="2026-11-20T17:30:00"')
        + cell("#N/A", 'office:value-type="string" calcext:value-type="error"')
        + '<table:table-cell table:number-columns-repeated="1020"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/>'
        "</table:table-row>"
    )
    found = take(ods(rows), "t.ods")
    assert (found.kind, found.sheet) == ("ods", "一覧")
    (row,) = found.rows
    assert (row.number, list(row.values())) == (4, ["架空甲", "12", "2026-11-20T17:30:00", ""])
    assert row.faults["e"].code == "cell-error"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (OLE, "t.xlsx", "table-password"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "t.xls", "table-password"),
        (OLE + "Workbook".encode("utf-16-le"), "t.xls", "table-xls"),
        (OLE + "Workbook".encode("utf-16-le"), "t.xlsx", "table-xls"),
        (OLE, "t.xls", "table-xls"),
        (b"<html><table><tr><td>name_ja</td></tr></table></html>", "t.xls", "table-html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "t.xls", "table-html"),
        (b"%PDF-1.7", "t.xlsx", "table-not-xlsx"),
        (b"", "t.csv", "table-empty"),
        (b"\n\n,,\n", "t.csv", "table-empty"),
        (b"\x81\xff\xfe\x80", "t.csv", "table-encoding"),
    ],
)
def test_what_cannot_be_read_is_named_as_what_it_is(content, name, code):
    assert refused(content, name) == code


def archive(*names: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return raw.getvalue()


def test_kinds_of_workbook_that_are_not_read_are_named():
    strict = rewritten(
        book(("a", ROWS)),
        lambda xml: xml.replace(
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            "http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        "xl/workbook.xml",
    )
    assert refused(strict) == "table-strict"
    assert refused(archive("xl/workbook.bin")) == "table-xlsb"
    assert refused(archive("Index/Document.iwa")) == "table-numbers"
    assert refused(archive("readme.txt")) == "table-not-xlsx"


def test_columns_without_a_heading_or_with_one_twice_are_kept_by_name():
    found = take(book(("s", [["name_ja", None, "備考", "備考"], ["甲", "1", "2", "3"]])))
    assert dict(found.rows[0]) == {"name_ja": "甲", "(B)": "1", "備考": "2", "備考 (D)": "3"}
    with pytest.raises(BadTable) as told:
        take(book(("s", [["name_ja", "name_ja"], ["甲", "乙"]])))
    assert told.value.code == "table-heading-twice"
    told = take(book(("s", [["name_ja", "備考"], ["甲", "1"]]))).told({"name_ja": "name"})
    assert told["table"]["ignored_columns"] == ["備考"]


@pytest.mark.parametrize(
    "text", ["=1+1", "-1", "@x", "'=1", "''=1", "+81 3", "＝1", "'quoted'", "–", "\t=x"]
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_written_safely_comes_back_as_it_was_however_often(text, kind):
    for _ in range(3):
        content = table(["name_ja", "modality"], [["甲", text]], kind)
        (row,) = take(content, f"t.{kind}").rows
        assert row["modality"].strip() == text.strip()
    assert not str(safe(text)).startswith(("=", "+", "-", "@"))


def test_long_texts_are_whole():
    text = "あ" * 9000
    for content, name in (
        (f"name_ja\n{text}".encode(), "t.csv"),
        (book(("s", [["name_ja"], [text]])), "t.xlsx"),
    ):
        assert values(take(content, name)) == [[text]]


@pytest.mark.parametrize(
    ("heading", "same"),
    [
        ("企業名", "企業名※必須"),
        ("企業名", "１．企業名"),
        ("企業名", " 企業 名 "),
        ("Company name", "COMPANY_NAME"),
        ("Company name", "company-name*"),
        ("モダリティ", "ﾓﾀﾞﾘﾃｨ"),
        ("企業名", "(3) 企業名"),
        ("企業名", "企業名\n[必須]"),
    ],
)
def test_a_heading_is_known_however_it_is_written(heading, same):
    assert headings.key(heading) == headings.key(same)


def test_the_heading_that_says_it_exactly_comes_first_and_a_unit_is_no_other_heading():
    known = headings.words({"capital": ("資本金",), "name": ("企業名",)})
    assert headings.match(["資本金（百万円）", "企業名（カナ）", "企業名"], known) == {
        "資本金（百万円）": "capital",
        "企業名": "name",
    }
