"""Every page a person of every role comes to by its links, in both languages, with plain data and
with odd: no dead end, no code, no word of the machine.
"""

from itertools import cycle
from tempfile import TemporaryDirectory

import pytest

from tests.flow.crawler import ROLES, Crawl, Reading, World, gaps, texts

ODD = (
    "<script>alert(1)</script>",
    "Donaudampfschifffahrtsgesellschaftskapitaenswitwenrentenauszahlungsstelle",
    "שלום עולם ‏מימין לשמאל",
    "遺伝子 🧬👩‍🔬👨‍👩‍👧‍👦🇯🇵",
    "𠮷田髙﨑・濵邊",
    "{{ 7 * 7 }} {% raw %} %s {0} {name}",
    '\' OR 1=1 -- "quoted" & <b>bold</b>',
    "ﾊﾝｶｸ Ｚｅｎｋａｋｕ é̂ ﷽",
)

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("crawl")]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The reference and demo profiles, and what invented people have done with them, said in plain
    Japanese.
    """
    made = World(
        tmp_path_factory.mktemp("plain"), lambda _english, japanese: japanese, "reference", "demo"
    )
    yield made
    made.stack.composition.close()


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """The same history of people who write as nobody expects, and leave out all they may."""
    words = cycle(ODD)
    made = World(tmp_path_factory.mktemp("odd"), lambda _english, _japanese: next(words))
    yield made
    made.stack.composition.close()


def faults(world: World, role: str, lang: str) -> list[str]:
    going, reading = Crawl(world, role, lang), Reading(lang, world.known(), world.directory())
    for address, tree in going.pages():
        going.faults += [f"{address}: {fault}" for fault in gaps(tree)]
        going.faults += [
            f"{address}: {fault}" for text in texts(tree) for fault in reading.faults(text)
        ]
    assert len(going.seen) > 3, "the crawl has gone nowhere"
    return sorted(set(going.faults))


@pytest.mark.parametrize(("role", "lang"), [("reviewer", "ja"), ("officer", "en")])
def test_pages_of_real_organisations_say_what_they_mean(plain, role, lang):
    """Of the many, those two who see most; everybody: `python -m tests.flow.test_crawl`."""
    assert faults(plain, role, lang) == []


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_every_role_bears_what_people_write(odd, role, lang):
    assert faults(odd, role, lang) == []


def test_mails_call_everybody_by_name_and_speak_one_language(plain):
    found, read = (
        [],
        {lang: Reading(lang, plain.known(), plain.directory()) for lang in ("en", "ja")},
    )
    letters = list(plain.letters())
    for lang, title, text in letters:
        found += [
            f"{title}: {fault}"
            for line in (title, *text.splitlines())
            for fault in read[lang].faults(line)
        ]
    assert {lang for lang, *_ in letters} == {"en", "ja"} and found == []


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        world = World(folder, lambda _english, japanese: japanese, "reference", "demo")
        told = {(role, lang): faults(world, role, lang) for role in ROLES for lang in ("ja", "en")}
        world.stack.composition.close()
    for (role, lang), found in told.items():
        print(role, lang, *(found or ["-"]), sep="\n  ")
    raise SystemExit(any(told.values()))
