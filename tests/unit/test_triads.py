"""Triads over arrays against trying every pair."""

import numpy as np
import pytest

from services.matching.engine.best_triads import best_per_hub, links


@pytest.mark.parametrize("seed", range(12))
def test_the_best_of_every_hub_is_the_best_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    investors, sites, hubs = rng.integers(1, 40), rng.integers(1, 25), rng.integers(1, 6)
    # coarse, so that sums tie
    fit, place = (np.round(rng.normal(size=n), 1) for n in (investors, sites))
    fit[rng.random(investors) < 0.3] = -np.inf
    hub_of, h = rng.integers(0, hubs, sites), np.zeros((investors, sites))
    tied = rng.random(h.shape) < 0.2
    h[tied] = rng.choice([0.4, 1.0], tied.sum())
    expected = {}
    for i in range(investors):
        for s in range(sites):
            if fit[i] >= -1.0 and place[s] >= -1.0:
                key = (-(fit[i] + place[s] + h[i, s]), i, s)
                expected[int(hub_of[s])] = min(expected.get(int(hub_of[s]), (np.inf,)), key)
    found = best_per_hub(fit, place, hub_of, links(*np.nonzero(h), h[np.nonzero(h)], hub_of), -1.0)
    assert found.keys() == expected.keys()
    for hub, (total, i, s) in found.items():
        assert total == pytest.approx(-expected[hub][0]) and fit[i] + place[s] + h[
            i, s
        ] == pytest.approx(total)


def test_nothing_to_choose_from_gives_nothing():
    none = links(np.zeros(0, int), np.zeros(0, int), np.zeros(0), np.zeros(0, int))
    assert best_per_hub(np.zeros(0), np.zeros(0), np.zeros(0, int), none, -1.0) == {}
    assert best_per_hub(np.array([-np.inf]), np.array([1.0]), np.zeros(1, int), none, -1.0) == {}
