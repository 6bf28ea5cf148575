"""Facts, dates, money and names."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.judgement.dates import first_day, last_day, shown
from shared.judgement.facts import Fact, Facts, holding
from shared.judgement.fields import check
from shared.judgement.funding import raised
from shared.judgement.money import Money
from shared.linkage import corporate_number_ok, fold, forms
from shared.vocabulary import territory, vocabulary

SELF = {"kind": "self-declared"}


def fact(field, value, as_of="undated", **more):
    return Fact.of({"field": field, "value": value, "as_of": as_of, "source": SELF, **more})


@pytest.mark.parametrize(
    "text, first, last",
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-07-31",) * 1 + ("2025-07-31",) * 2,
    ],
)
def test_a_partial_date_begins_on_its_first_day_and_ends_on_its_last(text, first, last):
    assert first_day(text) == date.fromisoformat(first) and last_day(text) == date.fromisoformat(
        last
    )


def test_what_is_no_date_is_none():
    assert (
        first_day("undated") is None
        and first_day("2024-13") is None
        and first_day("2024-02-30") is None
    )
    assert shown("2024-02", "ja") == "2024年2月" and shown("undated", "ja") == "日付不明"


def test_the_latest_start_wins_and_undated_loses():
    facts = [fact("hq", "jp", "2024"), fact("hq", "us-west"), fact("hq", "hub-osaka", "2023-06")]
    assert Facts(facts, date(2026, 1, 1)).one("hq").value == "jp"
    assert Facts(facts, date(2023, 7, 1)).one("hq").value == "hub-osaka"
    assert Facts(facts, date(2020, 1, 1)).one("hq").value == "us-west"


def test_a_replacing_fact_counts_only_while_it_holds():
    old, new = (
        fact("modality", "rna", "2020"),
        fact("modality", "mrna", "2024-05", replaces=["rna"]),
    )
    assert [f.value for f in holding([old, new], date(2024, 4, 30))] == ["rna"]
    assert [f.value for f in holding([old, new], date(2024, 5, 1))] == ["mrna"]


def test_a_proposed_fact_does_not_count_and_an_ended_one_ends_on_its_last_day():
    facts = [
        fact("modality", "rna", "2020", proposed=True),
        fact("office", "jp", "2020", valid_to="2024-06"),
    ]
    assert [f.value for f in holding(facts, date(2024, 6, 30))] == ["jp"] and holding(
        facts, date(2024, 7, 1)
    ) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["jp", "us", "kr"]),
            st.sampled_from(["undated", "2020", "2021-03", "2022-05-06"]),
        ),
        max_size=6,
    ),
    st.dates(date(2019, 1, 1), date(2024, 1, 1)),
)
def test_the_winner_does_not_depend_on_the_order_of_facts_with_different_dates(pairs, on):
    facts = [fact("hq", v, d) for v, d in {d: (v, d) for v, d in pairs}.values()]
    one, two = Facts(facts, on).one("hq"), Facts(list(reversed(facts)), on).one("hq")
    assert (one and one.value) == (two and two.value)


def test_money_compares_through_the_rate_of_its_year_or_not_at_all():
    assert Money.of(1, "USD").to("JPY", 2025).minor == 150
    assert Money.of(10, "EUR").to("JPY", 2024).minor == round(10 * 1.0820 * 151.4551)
    assert Money.of(1, "USD").to("JPY", 1999) is None and Money.of(1, "USD").to("JPY", None) is None
    assert (
        Money.of(1_055_000_000, "JPY").text("ja") == "10.55億円"
        and Money.of(51_000_000, "USD").text() == "USD 51m"
    )


def ledger(**value):
    return fact(
        "funding_round", {"kind": "equity", "currency": "USD", "date": "2024", **value}, "2024"
    )


def test_a_round_is_counted_once_and_a_grant_is_not_equity():
    facts = Facts(
        [
            ledger(round="series-a", amount=51),
            ledger(round="series-a", cumulative=119),
            ledger(kind="grant", amount=59),
        ],
        date(2026, 1, 1),
    )
    assert (
        raised(facts, "equity", "USD").low.whole == 119
        and raised(facts, "all", "USD").low.whole == 178
    )
    assert raised(facts, "equity", "USD").high is None


def test_a_stated_total_bounds_what_it_counts():
    def bounds(counts, asked):
        return raised(
            Facts(
                [fact("total_raised", {"amount": 17, "currency": "USD", "counts": counts}, "2025")],
                date(2026, 1, 1),
            ),
            asked,
            "USD",
        )

    assert bounds("all", "equity").high.whole == 17 and bounds("all", "equity").low.whole == 0
    assert bounds("not-stated", "all").low.whole == 17 and bounds("not-stated", "all").high is None
    assert bounds("equity", "equity").low.whole == bounds("equity", "equity").high.whole == 17


def test_a_declared_complete_ledger_is_an_upper_bound_too():
    facts = Facts(
        [ledger(round="seed", amount=5), fact("ledger_complete", True, "2025")], date(2026, 1, 1)
    )
    assert raised(facts, "equity", "USD").high.whole == 5


@pytest.mark.parametrize("name", ["Celaid", "CELAID", "ｃｅｌａｉｄ", "Celaid Inc.", "celaid"])
def test_folding_ignores_width_case_and_legal_form(name):
    assert fold(name) == "celaid"


def test_folding_unites_kana_and_keeps_voicing_apart():
    assert fold("せれいど") == fold("セレイド") == fold("ｾﾚｲﾄﾞ") != fold("セレイト")
    assert fold("株式会社メトセラ") == fold("メトセラ")
    assert "seireido" in dict(forms({"ja": "セイレイド"}, [], []))


def test_a_name_is_known_without_what_stands_in_brackets():
    assert "oidefund" in dict(forms({"en": "OiDE Fund (Mitsubishi UFJ Capital)"}, [], []))
    assert fold("見本ベンチャーズ") in dict(forms({"ja": "見本ベンチャーズ（架空）"}, [], []))


def test_the_check_digit_of_a_corporate_number():
    assert (
        corporate_number_ok("7000012050002")
        and not corporate_number_ok("7000012050003")
        and not corporate_number_ok("70000120500")
    )


def test_territories_include_and_exclude():
    assert "us" in territory("world-ex-jp") and "jp" not in territory("world-ex-jp")
    assert territory("greater-china") == {"cn", "tw"} and territory("hub-tokyo") == {"jp"}


def test_poly_hierarchy():
    assert {"neuroscience", "rare-genetic"} <= set(vocabulary("therapeutic_area").up("sma"))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=20),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(
        [
            "raise",
            "funding_round",
            "modality",
            "hq",
            "technology",
            "rights",
            "founded",
            "us_plan",
            "revenue",
        ]
    ),
)
def test_no_value_whatever_breaks_the_check(value, field):
    assert isinstance(check(field, value, "startup"), list)
