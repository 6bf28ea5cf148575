"""One reading of values: what people, Excel and registries write, with the value it has to have,
and what is refused with its own words.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import FieldError
from shared.judgement.fields import check
from shared.reading import amounts, answers, dates, facts
from shared.reading.words import Unread
from shared.vocabulary import vocabulary


def refused(read, text, *more) -> str:
    with pytest.raises(Unread) as told:
        read(text, *more)
    said = FieldError("x", told.value.code, told.value.params)
    assert text.strip() in said.text("en") and text.strip() in said.text("ja"), "quotes it"
    assert "{" not in said.text("en") + said.text("ja")
    return told.value.code


INSTANTS = {
    "2026/1/5 9:05": "2026-01-05T09:05:00+09:00",
    "2026/1/5": "2026-01-05T00:00:00+09:00",
    "令和8年1月5日 9:05": "2026-01-05T09:05:00+09:00",
    "2026年1月5日 9:05": "2026-01-05T09:05:00+09:00",
    "2026/1/5 24:00": "2026-01-06T00:00:00+09:00",
    "2026-12-31 24:00": "2027-01-01T00:00:00+09:00",
    "2026年2月28日24時": "2026-03-01T00:00:00+09:00",
    "2026/1/5 午後4:59": "2026-01-05T16:59:00+09:00",
    "2026年1月5日午後3時": "2026-01-05T15:00:00+09:00",
    "2026年1月5日　午後３時３０分": "2026-01-05T15:30:00+09:00",
    "2026/1/5 午後3時半": "2026-01-05T15:30:00+09:00",
    "2026年1月5日（月）正午": "2026-01-05T12:00:00+09:00",
    "令和8年11月19日（木）17:00": "2026-11-19T17:00:00+09:00",
    "R8.11.4 17時まで": "2026-11-04T17:00:00+09:00",
    "2026/1/5 午前0時": "2026-01-05T00:00:00+09:00",
    "2026/1/5 午後12:30": "2026-01-05T12:30:00+09:00",
    "2026/1/5 12:30 AM": "2026-01-05T00:30:00+09:00",
    "Jan 5, 2026 3:30 PM": "2026-01-05T15:30:00+09:00",
    "5 January 2026, 3 p.m.": "2026-01-05T15:00:00+09:00",
    "2026-11-20T17:30:00.123": "2026-11-20T17:30:00+09:00",
    "2026-11-20T17:30:00Z": "2026-11-20T17:30:00+00:00",
    "2026-11-20 17:30 (JST)": "2026-11-20T17:30:00+09:00",
    "2026-11-20T17:30:00-05:00": "2026-11-20T17:30:00-05:00",
    "46346.729166667": "2026-11-20T17:30:00+09:00",
    "46346": "2026-11-20T00:00:00+09:00",
    "20261120 17:30": "2026-11-20T17:30:00+09:00",
}


@pytest.mark.parametrize("text", INSTANTS)
def test_a_time_as_people_and_spreadsheets_write_it(text):
    assert dates.instant(text).isoformat() == INSTANTS[text]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026/1/5 25:00", "no-such-time"),
        ("2026/1/5 24:01", "no-such-time"),
        ("2026/1/5 9:75", "no-such-time"),
        ("2026/1/5 午後13時", "no-such-time"),
        ("2026/1/5 午後12時", "time-ambiguous"),
        ("2026年1月", "date-not-a-day"),
        ("2026年1月 9:05", "bad-date"),
        ("締切日", "bad-date"),
    ],
)
def test_a_time_that_is_none_is_refused_by_its_words(text, code):
    assert refused(dates.instant, text) == code


def test_a_time_that_summer_time_leaves_out_is_refused_and_one_after_it_is_read():
    there = ZoneInfo("America/Los_Angeles")
    assert refused(dates.instant, "2027-03-14 02:30", there) == "no-such-time"
    found = dates.instant("2027-03-14 03:30", there)
    assert found.astimezone(UTC) == datetime(2027, 3, 14, 10, 30, tzinfo=UTC)


PARTIAL = {
    "2026": "2026",
    "2026年": "2026",
    "2026-07": "2026-07",
    "2026/7": "2026-07",
    "2026年7月": "2026-07",
    "令和8年9月": "2026-09",
    "R8.9.1": "2026-09-01",
    "Ｒ８．９．１": "2026-09-01",
    "令和元年5月1日": "2019-05-01",
    "平成31年4月30日": "2019-04-30",
    "昭和64年1月7日": "1989-01-07",
    "大正元年12月": "1912-12",
    "M45.7.1": "1912-07-01",
    "㋿8年9月1日": "2026-09-01",
    "令和 8年 9月 1日": "2026-09-01",
    "令和八年十一月十九日": "2026-11-19",
    "二〇二六年一月五日": "2026-01-05",
    "2026年9月1日（火）": "2026-09-01",
    "2026年9月1日(火曜日)": "2026-09-01",
    "Tue, 1 Sep 2026": "2026-09-01",
    "Tuesday, September 1st, 2026": "2026-09-01",
    "2026年（令和8年）9月1日": "2026-09-01",
    "令和8（2026）年9月1日": "2026-09-01",
    "令和8年度": "2026",
    "2026年度": "2026",
    "FY2026": "2026",
    "2026年9月末": "2026-09-30",
    "2027年2月末": "2027-02-28",
    "2026年度末": "2027-03-31",
    "25/12/2026": "2026-12-25",
    "12/25/2026": "2026-12-25",
    "5-Jan-26": "2026-01-05",
    "January 2026": "2026-01",
    "Sept. 2026": "2026-09",
    "20260901": "2026-09-01",
    "202609": "2026-09",
    "46023": "2026-01-01",
    "2028-02-29": "2028-02-29",
    "2026.9.1現在": "2026-09-01",
}


@pytest.mark.parametrize("text", PARTIAL)
def test_a_date_as_people_write_it(text):
    assert dates.partial(text) == PARTIAL[text]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("令和8年度", "2026-04-01", "2027-03-31"),
        ("FY26", "2026-04-01", "2027-03-31"),
        ("2026年度第1四半期", "2026-04-01", "2026-06-30"),
        ("2026年度第4四半期", "2027-01-01", "2027-03-31"),
        ("2026Q3", "2026-07-01", "2026-09-30"),
        ("Q3 2026", "2026-07-01", "2026-09-30"),
        ("H1 2026", "2026-01-01", "2026-06-30"),
        ("2026年度下期", "2026-10-01", "2027-03-31"),
        ("2026年9月中旬", "2026-09-11", "2026-09-20"),
        ("2026年2月下旬", "2026-02-21", "2026-02-28"),
    ],
)
def test_a_stretch_of_time_is_a_range(text, first, last):
    found = dates.read(text)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-02-29", "no-such-day"),
        ("2026/9/31", "no-such-day"),
        ("2026-13-01", "no-such-day"),
        ("1/5/2026", "date-ambiguous"),
        ("26/1/5", "date-short-year"),
        ("2026年9月1日（水）", "weekday-differs"),
        ("令和7年（2026年）9月1日", "years-differ"),
        ("平成32年4月1日", "era-over"),
        ("平成31年5月1日", "era-over"),
        ("令和0年5月1日", "era-over"),
        ("2026Q3", "date-too-wide"),
        ("2026年9月下旬", "date-too-wide"),
        ("2026年秋", "bad-date"),
        ("未定", "bad-date"),
        ("260901", "bad-date"),
        ("9999-01-01", "bad-date"),
    ],
)
def test_a_date_that_is_none_or_may_be_two_is_refused_by_its_words(text, code):
    assert refused(dates.partial, text) == code


@settings(deadline=None)
@given(st.dates(datetime(1950, 1, 1).date(), datetime(2100, 12, 31).date()))
def test_every_day_is_read_in_every_form_it_is_written_in(day):
    era = next(e for e, (a, b) in dates.ERAS.items() if a <= day <= b)
    nth = day.year - dates.ERAS[era][0].year + 1
    forms = [
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日（{'月火水木金土日'[day.weekday()]}）",
        f"{era}{'元' if nth == 1 else nth}年{day.month}月{day.day}日",
        f"{day.day} {day:%B} {day.year}",
        f"{day:%b} {day.day}, {day.year}",
        str((day - dates.EPOCH).days),
    ]
    assert {dates.partial(f) for f in forms} == {day.isoformat()}


SUMS = {
    "45億円": ("JPY", 4_500_000_000),
    "４５億円": ("JPY", 4_500_000_000),
    "3億円": ("JPY", 300_000_000),
    "1.5億円": ("JPY", 150_000_000),
    "1億5,000万円": ("JPY", 150_000_000),
    "3億2千万円": ("JPY", 320_000_000),
    "三億円": ("JPY", 300_000_000),
    "二千万円": ("JPY", 20_000_000),
    "751百万円": ("JPY", 751_000_000),
    "７４３００万円": ("JPY", 743_000_000),
    "千円": ("JPY", 1_000),
    "¥4,500,000,000": ("JPY", 4_500_000_000),
    "￥1,000": ("JPY", 1_000),
    "JPY 4.5bn": ("JPY", 4_500_000_000),
    "4,500 million yen": ("JPY", 4_500_000_000),
    "10 000 000 JPY": ("JPY", 10_000_000),
    "USD 7M": ("USD", 7_000_000),
    "US$ 7 million": ("USD", 7_000_000),
    "$7mm": ("USD", 7_000_000),
    "7.5 mn usd": ("USD", 7_500_000),
    "2億ドル": ("USD", 200_000_000),
    "700万米ドル": ("USD", 7_000_000),
    "€2m": ("EUR", 2_000_000),
    "50k EUR": ("EUR", 50_000),
    "総額3億円": ("JPY", 300_000_000),
}


@pytest.mark.parametrize("text", SUMS)
def test_an_amount_as_people_write_it(text):
    found = amounts.whole(text)
    assert (found.currency, found.exact) == SUMS[text]


@pytest.mark.parametrize(
    ("text", "low", "high", "about"),
    [
        ("1〜3億円", 1e8, 3e8, False),
        ("5,000万円以上1億円以下", 5e7, 1e8, False),
        ("$5-10M", 5e6, 1e7, False),
        ("US$1.2bn - US$1.5bn", 1.2e9, 1.5e9, False),
        ("3億円以上", 3e8, None, False),
        ("up to $5M", None, 5e6, False),
        ("約3億円", 3e8, 3e8, True),
        ("3.5億円〜5億円程度", 3.5e8, 5e8, True),
        ("about 52億ドル", 5.2e9, 5.2e9, True),
    ],
)
def test_ranges_bounds_and_about(text, low, high, about):
    found = amounts.read(text)
    assert (found.low, found.high, found.about) == (low, high, about)


def test_the_unit_of_a_column_counts_where_a_cell_names_none():
    currency, scale = amounts.unit("資本金（百万円）")
    assert amounts.whole("751", currency, scale).exact == 751_000_000
    assert amounts.whole("74,300万円", currency, scale).exact == 743_000_000
    assert amounts.whole("751,000,000円", currency, scale).exact == 751_000_000
    assert [
        amounts.unit(h) for h in ("Amount (USD M)", "調達額[千円]", "資本金 (単位：万円)", "額")
    ] == [
        ("USD", 6),
        ("JPY", 3),
        ("JPY", 4),
        (None, 0),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("4500000000", "amount-no-currency"),
        ("1.5億", "amount-no-currency"),
        ("£3m", "amount-currency"),
        ("JPY 100 USD", "amount-currencies"),
        ("1〜3億円", "amount-range"),
        ("100〜1億円", "amount-order"),
        ("-5億円", "amount-negative"),
        ("△5億円", "amount-negative"),
        ("0円", "amount-not-whole"),
        ("1.5円", "amount-not-whole"),
        ("1,5億円", "not-whole-amount"),
        ("12,34円", "not-whole-amount"),
        ("5億3千円", "not-whole-amount"),
        ("億円", "not-whole-amount"),
        ("応相談", "not-whole-amount"),
    ],
)
def test_an_amount_that_is_none_is_refused_by_its_words(text, code):
    assert refused(amounts.whole, text) == code


@settings(deadline=None)
@given(st.integers(1, 10**15))
def test_an_amount_is_read_in_every_unit_it_divides_by(sum_):
    forms = [f"JPY {sum_}", f"{sum_:,}円", f"¥{sum_:,}"]
    forms += [
        f"{sum_ // 10**n:,}{u}円"
        for n, u in ((4, "万"), (6, "百万"), (8, "億"))
        if not sum_ % 10**n
    ]
    whole, rest = divmod(sum_, 10**8)
    forms += [f"{whole}億{rest // 10**4}万円"] if whole and rest and not rest % 10**4 else []
    assert {amounts.whole(f).exact for f in forms} == {sum_}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("34名", 34),
        ("３４名", 34),
        ("1,234", 1234),
        ("△5", -5),
        ("12.5", 12.5),
        ("60人", 60),
        ("５０％", 50),
    ],
)
def test_a_number_with_its_counter(text, number):
    assert facts.plain(amounts.number(text)) == number


@pytest.mark.parametrize("text", ["many", "約30名", "3〜5", "1e5", "１２，３４", "3億円"])
def test_a_number_that_is_none_is_refused_by_its_words(text):
    assert refused(amounts.number, text) == "not-number"


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Ｙｅｓ",
        "TRUE",
        "1",
        "はい",
        "有",
        "有り",
        "あり",
        "○",
        "〇",
        "◯",
        "✓",
        "☑",
        "レ",
        "該当する",
        "同意",
    ],
)
def test_yes_in_its_forms(text):
    assert answers.yes_no(text).yes


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "N",
        "false",
        "0",
        "いいえ",
        "無",
        "無し",
        "なし",
        "×",
        "✕",
        "✗",
        "ｘ",
        "該当なし",
        "不要",
        "☐",
    ],
)
def test_no_in_its_forms(text):
    assert not answers.yes_no(text).yes


def test_what_is_neither_yes_nor_no_is_refused_and_a_remark_is_kept():
    assert answers.yes_no("あり（令和７年度 MEDISO）") == answers.Answer(True, "令和7年度 MEDISO")
    assert [refused(answers.yes_no, t) for t in ("△", "-", "perhaps", "検討中")] == [
        "not-boolean"
    ] * 4


PHASES = {
    "第Ⅰ相": "phase-1",
    "第I相": "phase-1",
    "第１相試験": "phase-1",
    "第一相": "phase-1",
    "EARLY_PHASE1": "phase-1",
    "Phase I/II": "phase-1-2",
    "PHASE1|PHASE2": "phase-1-2",
    "第1/2相": "phase-1-2",
    "Phase1b/2a": "phase-1-2",
    "Phase II": "phase-2",
    "P2": "phase-2",
    "Phase 2a": "phase-2",
    "第Ⅱ/Ⅲ相": "phase-2",
    "フェーズ3": "phase-3",
    "第Ⅲ相臨床試験": "phase-3",
}


@pytest.mark.parametrize("text", PHASES)
def test_a_phase_in_roman_latin_and_japanese(text):
    assert answers.phase(text) == PHASES[text] == answers.code("development_stage", text)


@pytest.mark.parametrize("text", ["第Ⅳ相", "NA", "phase", "Phase 5"])
def test_a_phase_that_is_none_is_refused_by_its_words(text):
    assert refused(answers.phase, text) == "unread-phase"


CODES = {
    ("modality", "CAR-T"): "car-t",
    ("modality", "ＣＡＲ－Ｔ"): "car-t",
    ("modality", "低分子"): "small-molecule",
    ("modality", "抗体"): "mab",
    ("modality", "iPS細胞"): "ipsc-derived",
    ("modality", "SaMD"): "dtx",
    ("therapeutic_area", "AML"): "aml",
    ("therapeutic_area", "固形がん"): "onc-solid",
    ("therapeutic_area", "solid tumor"): "onc-solid",
    ("therapeutic_area", "希少疾患"): "rare-genetic",
    ("therapeutic_area", "Oncology"): "oncology",
    ("geography", "ボストン・ケンブリッジ"): "hub-boston-cambridge",
    ("geography", "Boston"): "hub-boston-cambridge",
    ("geography", "アメリカ合衆国"): "us",
    ("funding_round", "シリーズＢ"): "series-b",
    ("development_stage", "前臨床"): "preclinical-poc",
}


@pytest.mark.parametrize(("name", "text"), CODES)
def test_a_code_by_label_synonym_or_a_word_people_use(name, text):
    assert answers.code(name, text) == CODES[name, text]


@pytest.mark.parametrize("name", ["modality", "therapeutic_area", "geography", "pass_reason"])
def test_every_code_and_label_means_itself_alone_and_in_a_list(name):
    words = vocabulary(name)
    for slug in words.nodes:
        for text in (slug, slug.upper(), words.label(slug, "en"), words.label(slug, "ja")):
            assert answers.code(name, text) == slug
    every = list(words.nodes)
    for lang in ("en", "ja"):
        for divider in ("; ", "、", "\n"):
            labels = divider.join(words.label(s, lang) for s in every)
            assert answers.codes(name, labels) == every


def test_lists_as_people_divide_them():
    assert answers.codes("geography", "フィラデルフィア／ボストン") == [
        "hub-philadelphia",
        "hub-boston-cambridge",
    ]
    assert answers.codes("geography", "ボストン・ケンブリッジ・サンディエゴ") == [
        "hub-boston-cambridge",
        "hub-san-diego",
    ]
    assert answers.codes("modality", "抗体・低分子／CAR-T") == ["mab", "small-molecule", "car-t"]
    assert answers.listed("甲、乙；丙\n丁, 戊") == ["甲", "乙", "丙", "丁", "戊"]


def test_a_code_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(Unread) as told:
        answers.code("modality", "antibodie")
    assert told.value.code == "unknown-code" and "antibody-fragment" in told.value.params["nearest"]


def test_the_value_of_a_fact_is_read_part_by_part():
    said = {"state": "raising", "round": "シリーズB", "amount": "45億円", "closing": "令和9年3月"}
    made = facts.read("raise", said)
    assert made == {
        "state": "raising",
        "round": "series-b",
        "amount": 4_500_000_000,
        "currency": "JPY",
        "closing": "2027-03",
    }
    assert check("raise", made, "startup") == []
    assert facts.read("founded", "平成27年4月9日") == "2015-04-09"
    assert (
        facts.read("capital", {"amount": "751百万円", "currency": "JPY"})["amount"] == 751_000_000
    )
    assert facts.read("japan_origin", "○") is True and facts.read("note", "x") == "x"
