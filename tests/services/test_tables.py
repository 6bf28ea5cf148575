"""Tables as people have them, brought in by the doors that take them: what is taken is right, what
is refused is named by row and cell, and nothing is lost without a word.
"""

import io
from datetime import datetime

import pytest
from openpyxl import Workbook

from nakodo_client import Refused
from tests.conftest import Stack

HEAD = "name_ja,corporate_number,modality,therapeutic_area"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """One installation for tables that are only looked at, or whose companies nobody else names."""
    made = Stack(tmp_path_factory.mktemp("tables"))
    yield made
    made.composition.close()


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode("utf-8-sig")


def book(rows: list[list], title: str = "一覧") -> bytes:
    made, raw = Workbook(), io.BytesIO()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    made.save(raw)
    return raw.getvalue()


def planned(shelf, content: bytes, name: str = "t.csv", lang: str = "en", **more) -> dict:
    return shelf.client(lang=lang).import_startups(name, content, **more)


def done(shelf, content: bytes, name: str = "t.csv", **more) -> dict:
    return shelf.client().import_startups(name, content, True, **more)


def faults(told: dict) -> dict[int, dict[str, str]]:
    return {c["row"]: {e["field"]: e["code"] for e in c["errors"]} for c in told["conflicts"]}


def stated(shelf, slug: str) -> dict:
    return {f["field"]: f["value"] for f in shelf.client().profile("startups", slug)["facts"]}


def test_a_flat_list_in_the_words_of_the_house_is_taken_and_said(shelf):
    rows = [
        [
            "会社名",
            "設立年月日",
            "資本金（百万円）",
            "モダリティ",
            "対象疾患",
            "フェーズ",
            "調達予定額",
            "ラウンド",
            "担当",
        ],
        [
            "架空タ甲",
            "平成27年4月9日",
            751,
            "抗体、低分子",
            "固形がん",
            "第Ⅰ相",
            "45億円",
            "シリーズB",
            "山田",
        ],
        [
            "Kakuu B (invented)",
            "2015年8月",
            "34000万円",
            "iPS細胞",
            "希少疾患",
            "前臨床",
            "USD 7M",
            None,
            "佐藤",
        ],
    ]
    told = done(shelf, book(rows), "t.xlsx")
    assert told["applied"] and faults(told) == {} and told["table"]["sheet"] == "一覧"
    assert told["table"]["heading_rows"] == [1] and told["table"]["ignored_columns"] == ["担当"]
    items = {
        i["name"].get("ja") or i["name"]["en"]: i["id"]
        for i in shelf.client().get("/api/v1/startups")["items"]
    }
    first, second = stated(shelf, items["架空タ甲"]), stated(shelf, items["Kakuu B (invented)"])
    assert first["founded"] == "2015-04-09" and second["founded"] == "2015-08"
    assert first["capital"] == {"amount": 751_000_000, "currency": "JPY"}
    assert second["capital"] == {"amount": 340_000_000, "currency": "JPY"}
    assert (first["stage"], second["stage"]) == ("phase-1", "preclinical-poc")
    assert first["raise"] == {
        "state": "raising",
        "amount": 4_500_000_000,
        "currency": "JPY",
        "round": "series-b",
    }
    assert second["raise"]["currency"] == "USD" and second["raise"]["amount"] == 7_000_000
    again = planned(shelf, book(rows), "t.xlsx")
    assert (again["same"], again["creates"], again["updates"]) == (2, [], [])


def test_where_nothing_is_known_the_refusal_says_which_sheet_and_row_were_looked_at(shelf):
    for lang, word in (("en", "sheet 表紙, row 2"), ("ja", "シート「表紙」2行目")):
        with pytest.raises(Refused) as refused:
            planned(shelf, book([[], ["色", "形"], ["赤", "丸"]], "表紙"), "t.xlsx", lang)
        message = refused.value.problem["errors"][0]["message"]
        assert refused.value.status == 422 and word in message and "色" in message


def test_a_plan_names_every_row_that_the_deed_would_refuse(shelf):
    long = "長" * 201
    table = csv(
        HEAD,
        "架空計良,,car-t,aml",
        "架空計悪,,,",
        "架空計番,1234567890123,car-t,aml",
        f"{long},,car-t,aml",
        ",,car-t,aml",
        "架空計語,,謎の薬,aml",
    )
    told = planned(shelf, table)
    assert {row: set(found.values()) for row, found in faults(told).items()} == {
        3: {"required"},
        4: {"bad-number-jp"},
        5: {"too-long"},
        6: {"required"},
        7: {"unknown-code"},
    }
    with pytest.raises(Refused) as refused:
        done(shelf, table)
    assert refused.value.status == 409 and faults(refused.value.problem) == faults(told)
    assert planned(shelf, csv(HEAD, "架空計良,,car-t,aml"))["creates"], "nothing was written"


def test_rows_without_a_fault_come_in_where_that_is_asked_for(shelf):
    table = csv(HEAD, "架空部甲,,car-t,aml", "架空部乙,,,", "架空部丙,,aso,aml")
    told = done(shelf, table, partly=True)
    assert told["applied"] and set(faults(told)) == {3}
    assert [c["name"]["ja"] for c in told["creates"]] == ["架空部甲", "架空部丙"]
    again = planned(shelf, table)
    assert again["same"] == 2 and set(faults(again)) == {3}


NUMBERS = ["4010001000011", "3010001000012", "2010001000013"]


def test_the_strongest_key_decides_and_what_contradicts_it_is_a_question(shelf):
    done(
        shelf,
        csv(HEAD, f"架空鍵製薬株式会社,{NUMBERS[0]},car-t,aml", "架空鍵無株式会社,,car-t,aml"),
    )
    for other in (
        f"架空鍵製薬株式会社,{NUMBERS[1]},sirna,heart-failure",
        f"㈱架空鍵製薬,{NUMBERS[1]},car-t,aml",
    ):
        told = planned(shelf, csv(HEAD, other))
        assert faults(told) == {2: {"row": "number-differs"}} and not told["updates"]
    told = planned(shelf, csv(HEAD, "架空鍵製薬株式会社,1111111111111,car-t,aml"))
    assert faults(told) == {2: {"corporate_number": "bad-number-jp"}}
    told = planned(
        shelf, csv(HEAD, f"架空双一,{NUMBERS[2]},car-t,aml", f"架空双二,{NUMBERS[2]},car-t,aml")
    )
    assert faults(told) == {3: {"row": "row-twice"}} and len(told["creates"]) == 1
    told = done(shelf, csv(HEAD, f"架空鍵無株式会社,{NUMBERS[1]},car-t,aml"))
    assert told["updates"][0]["fields"] == ["legal_entities"]
    again = planned(shelf, csv(HEAD, f"別の名,{NUMBERS[1]},car-t,aml"))
    assert again["same"] == 1, "known by its number now"


WRITTEN = [
    "架空高崎バイオ",
    "架空髙﨑バイオ（旧：架空ラボ）",
    "架空髙﨑バイオK.K.",
    "架空髙﨑バイオ　株式會社",
    "架空髙﨑バイオ(有)",
    "架空髙﨑バイオ（同）",
    "ｶ)架空髙﨑バイオ",
    "（株）架空高﨑ﾊﾞｲｵ",
    "㈱架空髙崎バイオ",
    "架空髙﨑バイオ Co., Ltd.",
    "カ）架空高崎バイオ",
]


def test_a_company_is_known_however_its_name_is_written(shelf):
    done(shelf, csv(HEAD, "架空髙﨑バイオ株式会社,,car-t,aml"))
    for name in WRITTEN:
        told = planned(shelf, csv(HEAD, f'"{name}",,car-t,aml'))
        assert (told["same"], told["creates"]) == (1, []), name
    for other in ("架空髙﨑バイオ製薬", "架空高崎", "架空髙﨑バイオロジクス株式会社"):
        told = planned(shelf, csv(HEAD, f"{other},,car-t,aml"))
        assert told["creates"] or faults(told), f"{other} is another company, or asked about"


def test_aliases_of_real_companies_are_the_companies(real):
    table = csv(
        "name_ja,modality,therapeutic_area",
        *(f"{n},car-t,aml" for n in ("シノビ", "セレイド", "Cellaid")),
    )
    told = real.client().import_startups("t.csv", table)
    assert (
        told["creates"] == [] and len(told["updates"]) + told["same"] + len(told["conflicts"]) == 3
    )


def test_a_text_is_taken_whole_or_refused_by_its_length_never_cut(shelf):
    told = planned(shelf, csv(f"{HEAD},origin", f"架空長文,,car-t,aml,{'あ' * 4001}"))
    assert faults(told) == {2: {"origin": "too-long"}}
    done(shelf, csv(f"{HEAD},origin", f"架空長文,,car-t,aml,{'あ' * 4000}"))
    found = [
        i
        for i in shelf.client().get("/api/v1/startups")["items"]
        if i["name"].get("ja") == "架空長文"
    ]
    assert stated(shelf, found[0]["id"])["origin"] == "あ" * 4000


def test_cells_that_hold_no_value_are_refused_by_their_place(shelf):
    rows = [
        ["name_ja", "modality", "therapeutic_area"],
        ["#N/A", "car-t", "aml"],
        ["架空式", '=IF(1=1,"car-t","")', "aml"],
    ]
    told = planned(shelf, book(rows), "t.xlsx")
    assert faults(told) == {2: {"name_ja": "cell-error"}, 3: {"modality": "cell-uncalculated"}}
    assert "A2" in told["conflicts"][0]["errors"][0]["message"] and not told["creates"]


def test_row_numbers_are_those_a_person_sees(shelf):
    rows = [
        ["題"],
        [],
        ["会社名", "モダリティ", "疾患領域"],
        [],
        ["架空行", "謎", "がん"],
        [],
        [],
        ["架空行二", "謎", "がん"],
    ]
    told = planned(shelf, book(rows), "t.xlsx")
    assert set(faults(told)) == {5, 8} and told["table"]["heading_rows"] == [3]


@pytest.mark.parametrize("text", ["CAR-T", "ＡＭＬ", "aml"])
def test_codes_are_taken_as_people_write_them(shelf, text):
    told = planned(
        shelf,
        csv(
            HEAD, f"架空語{text},,CAR-T,AML", "架空語二,,低分子,固形がん", "架空語三,,抗体,Oncology"
        ),
    )
    assert len(told["creates"]) == 3 and told["conflicts"] == []


def test_an_export_that_was_changed_by_nobody_changes_nothing(shelf):
    for kind in ("csv", "xlsx"):
        for lang in ("en", "ja"):
            content = shelf.client(lang=lang).export_startups(kind)
            told = planned(shelf, content, f"t.{kind}")
            assert (told["creates"], told["updates"], told["conflicts"]) == ([], [], [])
            assert told["table"]["ignored_columns"] == []


CTG = "NCT Number,Study Title,Study Status,Sponsor,Phases,Last Update Posted,Locations"
JRCT = (
    "臨床研究実施計画番号,研究名称,試験等のフェーズ,実施責任組織,実施国,最終公表日,研究の進捗状況"
)
AMED = "採択課題名,代表機関,採択年月,公募回"
FIRM = "Chordia Therapeutics株式会社"


def proposed(real, kind: str, *lines: str) -> dict:
    form = {"kind": kind, "title": "export", "as_of": "2026-11-01"}
    files = {"file": ("t.csv", csv(*lines))}
    return (
        real.client().request("POST", "/api/v1/startups/proposals", data=form, files=files).json()
    )


def test_a_registry_is_read_with_its_dates_phases_countries_and_states(real):
    told = proposed(
        real,
        "registry",
        CTG,
        f'NCT90000001,T,WITHDRAWN,{FIRM},PHASE3,2019-02-01,"Site, Tokyo, Japan"',
        f'NCT90000002,T,RECRUITING,{FIRM},PHASE1,2026-09-01,"Japan Hospital, Hanoi, Vietnam"',
        f'NCT90000003,T,COMPLETED,{FIRM},PHASE2,2026-09-01,"A, Tokyo, Japan|B, Osaka, Japan"',
        f'NCT90000004,T,TERMINATED,{FIRM},PHASE2,2026-09-01,"Site, Boston, United States"',
        f"NCT90000005,T,RECRUITING,{FIRM},PHASE1,soon,",
    )
    facts = {p["row"]: p["fact"] for p in told["proposed"]}
    assert set(facts) == {3, 4} and {f["row"] for f in told["faulty"]} == {2, 5, 6}
    assert "territory" not in facts[3]["detail"] and facts[4]["detail"]["territory"] == "jp"
    told = proposed(
        real,
        "registry",
        JRCT,
        *(
            f"jRCT209000000{n},題,{phase},{FIRM},日本,{day},募集中"
            for n, (phase, day) in enumerate(
                [
                    ("第Ⅰ相", "2026/9/1"),
                    ("第Ⅰ相", "令和8年9月1日"),
                    ("第I相", "2026-09-01"),
                    ("Phase II", "2026年9月1日（火）"),
                    ("第Ⅱ/Ⅲ相", "R8.9.1"),
                    ("第Ⅳ相", "2026-09-01"),
                ]
            )
        ),
    )
    facts = {p["row"]: p["fact"] for p in told["proposed"]}
    assert [facts[n]["value"] for n in (2, 3, 4, 5, 6)] == ["phase-1"] * 3 + ["phase-2"] * 2
    assert {f["as_of"] for f in facts.values()} == {"2026-09-01"}
    assert [f["row"] for f in told["faulty"]] == [7] and "第Ⅳ相" in told["faulty"][0]["why"]


def test_a_list_of_adopted_projects_is_read_with_its_eras_and_fiscal_years(real):
    days = {
        "令和8年9月": "2026-09",
        "R8.9.1": "2026-09-01",
        "令和8年度": "2026",
        "2026年9月1日（火）": "2026-09-01",
        "2026/9": "2026-09",
        "46266": "2026-09-01",
    }
    told = proposed(
        real, "adoptions", AMED, *(f"課題,{FIRM},{d},第{n}回" for n, d in enumerate(days))
    )
    assert [p["fact"]["value"]["date"] for p in told["proposed"]] == list(days.values())
    told = proposed(real, "adoptions", AMED, f"課題,{FIRM},来年,第1回")
    assert told["proposed"] == [] and "来年" in told["faulty"][0]["why"]


def test_a_date_in_a_cell_keeps_its_day_and_a_heading_row_may_stand_lower(real):
    rows = [
        ["採択課題一覧"],
        [],
        AMED.split(","),
        ["課題", FIRM, datetime(2026, 9, 1), "第1回"],
        ["合計", None, None, None],
    ]
    form = {"kind": "adoptions", "title": "export", "as_of": "2026-11-01"}
    files = {"file": ("t.xlsx", book(rows))}
    told = (
        real.client().request("POST", "/api/v1/startups/proposals", data=form, files=files).json()
    )
    assert [p["fact"]["as_of"] for p in told["proposed"]] == ["2026-09-01"]
    assert told["proposed"][0]["row"] == 4 and told["table"]["heading_rows"] == [3]
    assert told["unknown"] == told["faulty"] == []
