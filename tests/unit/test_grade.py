"""Relations and the grade: never against a gate, never lower for a wish that is met, the same
number in every list.
"""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.matching.engine import gates
from services.matching.engine.calibration import shipped
from services.matching.engine.columns import Columns
from services.matching.engine.crowd import Crowd
from services.matching.engine.explain import match_document
from services.matching.engine.grade import FLOOR, letter
from services.matching.engine.score import evaluate
from services.matching.engine.wishes import CRITERIA, MEETS, NAMES, OUTSIDE
from shared.judgement.gates import HARD, PASS, SOFT
from tests.unit.test_engine import fact, mandate, startup

SHIPPED = shipped()
ONCE = settings(max_examples=150, deadline=None, derandomize=True, phases=[Phase.generate])
OF_GATE = {
    "focus": ("area", "modality"),
    "stage": ("stage",),
    "cheque": ("ticket",),
    "country": ("country",),
    "eligibility": ("product_class",),
}


def disagreements(evaluation) -> list[tuple[str, int]]:
    """Gates that pass beside a wish missed, or fail beside none."""
    found = []
    for gate, criteria in OF_GATE.items():
        states = evaluation.states[gates.NAMES.index(gate)]
        missed = (evaluation.relations[[CRITERIA.index(c) for c in criteria]] == OUTSIDE).any(
            axis=0
        )
        wrong = ((states == PASS) & missed) | (np.isin(states, (SOFT, HARD)) & ~missed)
        found += [(gate, int(j)) for j in np.flatnonzero(wrong)]
    return found


def number(s, m) -> float:
    return float(evaluate(s, Columns([m], SHIPPED)).fit[0])


def relation(s, m, criterion) -> str:
    e = evaluate(s, Columns([m], SHIPPED))
    return NAMES[e.relations[CRITERIA.index(criterion), 0]]


AREAS = st.sampled_from(["oncology", "onc-solid", "nsclc", "immunology", "sle", "neuroscience"])
MODALITIES = st.sampled_from(["cell-therapy", "treg", "car-t", "gene-editing", "small-molecule"])
PLACES = st.sampled_from(["jp", "us", "hub-kyoto", "hub-tokyo", "jp-kansai", "us-west"])
INSTITUTIONS = st.sampled_from(["kyoto-university", "osaka-university", "any-university"])
CLASSES = st.sampled_from(["drug", "regenerative", "device"])
ROUNDS = st.sampled_from(["seed", "series-a", "series-b", "series-c"])
STAGES = st.sampled_from(["lead-optimization", "preclinical-poc", "phase-1", "phase-2"])
LISTS = st.sampled_from([None, "also", "exclusive"])


def some(field, values, **more):
    keys = [st.fixed_dictionaries({k: v}) for k, v in more.items()]
    made = st.tuples(values, *keys).map(
        lambda drawn: fact(field, drawn[0], **{k: v for d in drawn[1:] for k, v in d.items()})
    )
    return st.lists(made, max_size=2)


def window(scale, values, ranks):
    pairs = st.tuples(values, values).map(lambda p: sorted(p, key=ranks.index))
    return pairs.map(lambda p: {"scale": scale, "from": p[0], "to": p[1]})


ROUND_WINDOW = window("funding_round", ROUNDS, ["seed", "series-a", "series-b", "series-c"])
STAGE_WINDOW = window(
    "development_stage", STAGES, ["lead-optimization", "preclinical-poc", "phase-1", "phase-2"]
)
TICKET = st.tuples(st.sampled_from([1, 2, 5]), st.sampled_from(["initial", "not-stated"])).map(
    lambda t: {"min": t[0] * 10**6, "max": t[0] * 4 * 10**6, "currency": "USD", "kind": t[1]}
)
WISHES = st.tuples(
    some("focus_area", AREAS, list=LISTS),
    some("focus_modality", MODALITIES, list=LISTS),
    some("focus_geography", PLACES),
    some("focus_product_class", CLASSES),
    some("focus_stage", ROUND_WINDOW | STAGE_WINDOW, window=st.sampled_from([None, "only"])),
    some(
        "focus_institution",
        st.tuples(INSTITUTIONS, st.sampled_from(["focus", "also"])).map(
            lambda p: {"institution": p[0], "strength": p[1]}
        ),
    ),
    some("ticket", TICKET).map(lambda found: found[:1]),
    st.one_of(st.just([]), AREAS.map(lambda a: [fact("exclusion", {"therapeutic_area": a})])),
).map(lambda lists: [f for found in lists for f in found])
ORIGIN = INSTITUTIONS.filter(lambda i: i != "any-university").map(
    lambda i: {"institution": i, "how": "spin-out"}
)
RAISES = st.sampled_from([500_000, 3_000_000, 40_000_000]).flatmap(
    lambda a: ROUNDS.map(lambda r: {"state": "raising", "amount": a, "currency": "USD", "round": r})
)
SINGLE = {"hq": PLACES, "stage": STAGES, "product_class": CLASSES, "raise": RAISES}
SEVERAL = {"therapeutic_area": AREAS, "modality": MODALITIES, "origin_institution": ORIGIN}
FACTS = st.tuples(
    *(some(field, values).map(lambda found: found[:1]) for field, values in SINGLE.items()),
    *(some(field, values) for field, values in SEVERAL.items()),
).map(lambda lists: [fact("corporate_status", "active"), *(f for found in lists for f in found)])


@ONCE
@given(WISHES, FACTS)
def test_a_relation_never_disagrees_with_its_gate(wishes, facts):
    e = evaluate(startup(*facts), Columns([mandate(*wishes)], SHIPPED))
    assert disagreements(e) == []


def _closed(wish: dict) -> bool:
    return wish.get("list") == "exclusive" or wish.get("window") == "only"


def meeting(wish: dict, wishes: list[dict]) -> list[dict]:
    """The facts of a startup that would meet a wish; beside one that admits nothing else, no other
    can be met.
    """
    value, field = wish["value"], wish["field"]
    if any(w["field"] == field and _closed(w) for w in wishes) and not _closed(wish):
        return []
    if wish["field"] == "focus_institution":
        named = value["institution"]
        return (
            [fact("origin_institution", {"institution": named, "how": "spin-out"})]
            if named != "any-university"
            else []
        )
    if wish["field"] == "focus_stage":
        return [fact("stage", value["from"])] if value["scale"] == "development_stage" else []
    if wish["field"] == "ticket":
        raised = {"state": "raising", "amount": value["max"], "currency": "USD"}
        return [fact("raise", raised)]
    fields = {
        "focus_area": "therapeutic_area",
        "focus_modality": "modality",
        "focus_geography": "hq",
        "focus_product_class": "product_class",
    }
    return [fact(fields[wish["field"]], value)] if wish["field"] in fields else []


@ONCE
@given(WISHES, FACTS, st.randoms(use_true_random=False))
def test_a_fact_that_meets_a_wish_never_lowers_the_grade(wishes, facts, dice):
    excluded = any(w["field"] == "exclusion" for w in wishes)
    known = {f["field"] for f in facts}
    more = [
        f
        for wish in wishes
        for f in meeting(wish, wishes)
        if (f["field"] not in known or f["field"] in SEVERAL)
        and not (excluded and f["field"] == "therapeutic_area")
    ]
    if more:
        m, one = mandate(*wishes), dice.choice(more)
        assert number(startup(*facts, one), m) >= number(startup(*facts), m)


def places(*hqs):
    return [[fact("hq", hq)] if hq else [] for hq in hqs]


def raising(*amounts):
    return [
        [fact("raise", {"state": "raising", "currency": "USD", **({"amount": a} if a else {})})]
        for a in amounts
    ]


def rounds(*slugs):
    return [[fact("raise", {"state": "raising", "round": s})] if s else [] for s in slugs]


def institutions(*slugs):
    return [
        [fact("origin_institution", {"institution": s, "how": "spin-out"})] if s else []
        for s in slugs
    ]


SEED_TO_A = {"scale": "funding_round", "from": "seed", "to": "series-a"}
FOUR = ("meets", "near", "unknown", "outside")


@pytest.mark.parametrize(
    ("criterion", "wishes", "facts"),
    [
        (
            "stage",
            [fact("focus_stage", SEED_TO_A)],
            rounds("seed", "series-b", None, "series-d-plus"),
        ),
        (
            "place",
            [fact("focus_geography", "hub-kyoto")],
            places("hub-kyoto", "hub-osaka", "jp", "hub-tokyo"),
        ),
        (
            "ticket",
            [fact("ticket", {"max": 2_000_000, "currency": "USD", "kind": "initial"})],
            raising(5_000_000, 15_000_000, None, 900_000_000),
        ),
        (
            "origin",
            [
                fact("focus_institution", {"institution": i, "strength": "focus"})
                for i in ("kyoto-university", "any-university")
            ],
            institutions("kyoto-university", "osaka-university", None, "takeda-pharmaceutical"),
        ),
    ],
)
def test_meeting_beats_near_beats_unknown_beats_missing(criterion, wishes, facts):
    m = mandate(fact("focus_area", "immunology"), *wishes)
    base = [fact("corporate_status", "active"), fact("therapeutic_area", "sle")]
    made = [startup(*base, *more) for more in facts]
    assert tuple(relation(s, m, criterion) for s in made) == FOUR
    numbers = [number(s, m) for s in made]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] > numbers[-1]


def test_the_lists_of_a_mandate_are_alternatives():
    m = mandate(fact("focus_area", "oncology"), fact("focus_modality", "cell-therapy"))
    both = startup(fact("therapeutic_area", "nsclc"), fact("modality", "treg"))
    one = startup(fact("therapeutic_area", "sle"), fact("modality", "treg"))
    none = startup(fact("therapeutic_area", "sle"), fact("modality", "small-molecule"))
    assert [relation(s, m, "area") for s in (both, one, none)] == ["meets", "near", "outside"]
    assert number(both, m) > number(one, m) > number(none, m) and number(none, m) < FLOOR


def test_a_mandate_with_no_answer_grades_nobody():
    """Asked for what nobody has, a feed has no A and no B, and an empty mandate no grade at all."""
    columns = Columns(
        [
            mandate(
                fact("focus_area", "malaria", list="exclusive"),
                fact("focus_modality", "medical-device", list="exclusive"),
            ),
            mandate(slug="mu"),
        ],
        SHIPPED,
    )
    s = startup(fact("therapeutic_area", "sle"), fact("modality", "treg"), fact("hq", "hub-tokyo"))
    assert (evaluate(s, columns).fit < FLOOR).all()


@pytest.mark.parametrize("status", ["listed", "acquired", "closed"])
def test_who_left_the_market_has_no_grade_unless_the_mandate_takes_them(status):
    s = startup(
        fact("corporate_status", status), fact("therapeutic_area", "sle"), fact("modality", "treg")
    )
    wishes = [fact("focus_area", "immunology"), fact("focus_modality", "cell-therapy")]
    assert number(s, mandate(*wishes)) < FLOOR
    assert number(s, mandate(*wishes, fact("accepts_status", status))) >= FLOOR


WANTED = [fact("focus_area", "immunology"), fact("focus_modality", "cell-therapy")]
FITTING = [
    fact("corporate_status", "active"),
    fact("therapeutic_area", "sle"),
    fact("modality", "treg"),
]


def kept(s, m) -> bool:
    """Whether a pair stands in lists, the same from both sides."""
    columns = Columns([m], SHIPPED)
    listed = bool(evaluate(s, columns).listed[0])
    assert listed == bool(Crowd([s], SHIPPED).rank(columns).rank[0])
    return listed


def test_who_holds_shares_or_talks_already_is_no_news():
    holder = fact("investment_received", {"org": "kari", "date": "2025-03"})
    by_fund = fact("investment_received", {"org": "somebody", "fund": "kari"})
    talking = fact("relationship", {"org": "rei", "relation": "in-talks"})
    assert kept(startup(*FITTING), mandate(*WANTED))
    assert not kept(startup(*FITTING, holder), mandate(*WANTED))
    assert not kept(startup(*FITTING, by_fund), mandate(*WANTED))
    assert not kept(startup(*FITTING), mandate(*WANTED, secrets=[talking]))
    follows = fact("investor_terms", "follow-on")
    assert kept(startup(*FITTING, holder), mandate(*WANTED, follows)), "a mandate may change that"
    columns = Columns([mandate(*WANTED)], SHIPPED)
    told = match_document(evaluate(startup(*FITTING, holder), columns), columns, 0, "en")
    assert told["relationship"]["kind"] == "shareholder" and told["grade"], "shown as what it is"


def test_an_investor_that_has_ended_is_in_no_list():
    assert not kept(
        startup(*FITTING), mandate(*WANTED, investor=[fact("corporate_status", "closed")])
    )


@pytest.mark.parametrize(
    ("day", "said"), [("2025-02", "meets"), ("2022-01", "unknown"), ("2023-11-23", "meets")]
)
def test_a_round_of_years_ago_says_nothing_of_today(day, said):
    closed = {"round": "series-a", "kind": "equity", "date": day}
    s = startup(*FITTING, fact("funding_round", closed))
    assert relation(s, mandate(fact("focus_stage", SEED_TO_A)), "stage") == said
    assert s.next_change >= s.on


def test_an_investor_without_a_deal_for_years_sinks_within_its_letter():
    def deal(day):
        return [fact("past_deal", {"date": day, "company": "Mihon"})]

    s = startup(*FITTING)
    fresh, old = (
        number(s, mandate(*WANTED, investor=deal(day))) for day in ("2026-03-01", "2019-03-01")
    )
    assert fresh > old and letter(fresh) == letter(old)


def test_letter_and_number_say_the_same():
    assert [letter(n) for n in (0, 24, 25, 49, 50, 74, 75, 99)] == [
        *(None, None, "C", "C", "B", "B", "A", "A")
    ]


def test_from_both_sides_and_in_any_company_the_number_is_the_same():
    wishes = [fact("focus_area", "immunology"), fact("focus_geography", "jp-kansai")]
    mandates = [mandate(*wishes[: i % 3], slug=f"m{i}") for i in range(5)]
    together = Columns(mandates, SHIPPED)
    s = startup(fact("therapeutic_area", "sle"), fact("hq", "hub-kobe"))
    whole, crowd = evaluate(s, together), Crowd([s], SHIPPED)
    for j, one in enumerate(together.mandates):
        alone = Columns([one], SHIPPED)
        assert whole.fit[j] == evaluate(s, alone).fit[0] == crowd.rank(alone).fit[0]
        assert (whole.relations[:, j] == evaluate(s, alone).relations[:, 0]).all()
    assert (whole.relations[CRITERIA.index("area")] == MEETS).any()
