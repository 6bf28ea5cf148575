"""The best investor and site per hub, exactly: T = zF + zL + H, over arrays."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Links:
    """Ties between investors and sites: positions `investor` and `site` (L,), strength `h` (L,) >
    0, sorted by hub of the site.

    `starts` (hubs,) is where each hub's links begin; hubs without a link are not in `hubs`.
    """

    investor: np.ndarray
    site: np.ndarray
    h: np.ndarray
    hubs: np.ndarray
    starts: np.ndarray


def links(investor: np.ndarray, site: np.ndarray, h: np.ndarray, hub_of: np.ndarray) -> Links:
    """Links in the order of hub, investor, site; `hub_of` (S,) is the hub of each site."""
    order = np.lexsort((site, investor, hub_of[site]))
    hubs, starts = np.unique(hub_of[site][order], return_index=True)
    return Links(investor[order], site[order], h[order], hubs, starts)


def best_per_hub(
    fit: np.ndarray, place: np.ndarray, hub_of: np.ndarray, ties: Links, floor: float
) -> dict[int, tuple[float, int, int]]:
    """{hub: (T, investor, site)}: the largest sum per hub, ties by position; pairs under the floor
    take no part.

    fit zF (M,) and place zL (S,) in standard units, -inf where a gate fails. Without a tie the best
    investor meets the best site of a hub; with H >= 0 only linked pairs can beat that, so these two
    candidates per hub are all there is to compare.
    """
    fit = np.where(fit >= floor, fit, -np.inf)
    place = np.where(place >= floor, place, -np.inf)
    found: dict[int, tuple[float, int, int]] = {}
    if not len(fit) or not len(place) or not np.isfinite(fit.max()):
        return found
    first = int(np.argmax(fit))
    order = np.lexsort((np.arange(len(place)), -place, hub_of))
    hubs, starts = np.unique(hub_of[order], return_index=True)
    for hub, s in zip(hubs.tolist(), order[starts].tolist(), strict=True):
        if np.isfinite(place[s]):
            found[hub] = (float(fit[first] + place[s]), first, s)
    if not len(ties.h):
        return found
    total = fit[ties.investor] + place[ties.site] + ties.h
    top = np.maximum.reduceat(total, ties.starts)
    ends = np.append(ties.starts[1:], len(total))
    for hub, value, begin, end in zip(
        ties.hubs.tolist(), top.tolist(), ties.starts.tolist(), ends.tolist(), strict=True
    ):
        if np.isfinite(value):
            at = begin + int(np.argmax(total[begin:end]))
            candidate = (value, int(ties.investor[at]), int(ties.site[at]))
            if hub not in found or (-candidate[0], *candidate[1:]) < (
                -found[hub][0],
                *found[hub][1:],
            ):
                found[hub] = candidate
    return found
