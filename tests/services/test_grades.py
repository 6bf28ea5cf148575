"""What a professional reads, over all real pairs: reasons that agree with the gates and quote their
own facts, one order in every list.
"""

import pytest

from services.matching.engine.explain import match_document
from services.matching.engine.grade import COMMON, FLOOR, Standard, letter
from services.matching.engine.wishes import CRITERIA
from tests.unit.test_grade import OF_GATE, disagreements

GATE_OF = {criterion: gate for gate, criteria in OF_GATE.items() for criterion in criteria}


@pytest.fixture(scope="module")
def population(real):
    with real.matching.db.reading(real.matching.consumers[0].actor) as session:
        return real.matching.app.extensions["nakodo"]["reader"].populations.at(
            session, real.clock.today()
        )


def test_gates_and_relations_agree_for_every_real_pair(population):
    columns = population.columns
    for startup in population.startups:
        found = disagreements(population.evaluate(startup, columns))
        assert not found, (startup, [(g, columns.mandates[j].id) for g, j in found])


def test_reasons_agree_with_the_gates_and_quote_wish_and_fact(population):
    columns = population.columns
    met = Standard.of(columns).met
    told = 0
    for startup in sorted(population.startups)[::4]:
        evaluation = population.evaluate(startup, columns)
        own = {f.source.get("url") or f.source.get("title") for f in evaluation.startup.seen}
        for j in range(0, len(columns), 5):
            match = match_document(evaluation, columns, j, "en")
            states = {g["gate"]: g["state"] for g in match["gates"]}
            for side, contrary in (("for", "fail"), ("against", "pass")):
                for reason in match["reasons"][side]:
                    gate = GATE_OF.get(reason["criterion"])
                    assert states.get(gate) != contrary, (startup, match["mandate"], reason)
                    assert reason["wish"] and reason["source"] in own | {"self-declared"}
                    told += 1
            for reason in match["reasons"]["for"]:
                assert met[CRITERIA.index(reason["criterion"]), j] < COMMON
                assert reason["relation"] in ("meets", "near")
    assert told > 200


def test_every_list_is_sorted_by_the_number_it_shows(admin, population):
    feeds = [admin.feed(m.investor.id, limit=200) for m in population.columns.mandates[::9]]
    lists = [admin.matches(s) for s in sorted(population.startups)[::20]]
    graded = set()
    for items in feeds + lists:
        order = [(m["state"] != "match", -m["fit"]) for m in items]
        assert order == sorted(order) and all(m["fit"] >= FLOOR for m in items)
        graded |= {m["grade"] for m in items}
        assert all(m["grade"] == letter(m["fit"]) for m in items)
    assert graded == {"A", "B", "C"} and [] in feeds, "a feed may be empty"


def test_both_sides_read_the_same_number(admin, population):
    """A startup reads what investors publish; all that is real is published."""
    for startup in sorted(population.startups)[::20]:
        for match in admin.matches(startup)[:5]:
            other = admin.explain(startup, match["mandate"])
            assert (other["grade"], other["fit"]) == (match["grade"], match["fit"])
