"""A seeded part of the two worlds: whoever must not know is given the same. All of it: `python -m
tests.long.two_worlds`.
"""

import random
from contextlib import closing

import pytest

from tests.long import two_worlds
from tests.long.two_worlds import SECRETS, differences, later, lived

SAMPLE = 8  # questions of each reader, of some two hundred


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return lived(tmp_path_factory.mktemp("two") / "base")


@pytest.fixture(scope="module")
def without(base, tmp_path_factory):
    made = later(tmp_path_factory.mktemp("two") / "without", base, None)
    yield made
    made.stack.composition.close()


@pytest.mark.parametrize("secret", SECRETS)
def test_whoever_must_not_know_is_given_the_same(base, without, tmp_path, secret):
    other = later(tmp_path / "with", base, secret)
    with closing(other.stack.composition):
        assert (
            differences(secret, without, other, random.Random(secret), SAMPLE, writing=False) == []
        )


def test_the_comparison_can_fail(base, without, tmp_path, monkeypatch):
    """To who may know, the same secret shows: the comparison would have found it."""
    monkeypatch.setitem(
        two_worlds.SECRETS,
        "fact",
        SECRETS["fact"]._replace(knows=frozenset(two_worlds.PEOPLE) - {"own-bio"}),
    )
    other = later(tmp_path / "with", base, "fact")
    with closing(other.stack.composition):
        assert any(
            "own-bio" in d
            for d in differences("fact", without, other, random.Random(1), 40, writing=False)
        )
