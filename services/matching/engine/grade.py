"""The grade of a pair: A, B, C or none, and a number 0 to 100 within it, the same in every list and
on both sides. The letter comes from wishes and named ties alone; how active an investor is only
orders within a letter.
"""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from services.matching.engine.backing import last_deal, size_of
from services.matching.engine.calibration import Calibration, own_shares
from services.matching.engine.columns import PLACES, Columns, regions_of
from services.matching.engine.views import Mandate, Startup
from services.matching.engine.wishes import (
    CRITERIA,
    MEETS,
    NAMES,
    NEAR,
    OUTSIDE,
    UNKNOWN,
    UNSTATED,
    Has,
    relations,
)
from shared.judgement.facts import Fact

LETTERS = (None, "C", "B", "A")
BAND, FLOOR = 25.0, 25.0  # what has a letter stands at or above the floor
AREA, MODALITY = CRITERIA.index("area"), CRITERIA.index("modality")
ORIGIN = CRITERIA.index("origin")
# what a company is, and what else must suit; a country alone is no reason
SUBSTANCE = [CRITERIA.index(c) for c in ("area", "modality", "product_class", "place", "origin")]
SUPPORT = [CRITERIA.index(c) for c in ("stage", "ticket")]
# a mandate's own weights are stated for criteria of the score: which of them weighs a wish
WEIGHED_AS = {"product_class": "modality", "country": "geography", "place": "geography"}
IDLE_AFTER = timedelta(days=3 * 365)
AT_ONCE = 256  # reference startups against all mandates at a time
OUT_OF_MARKET = ("acquired", "closed", "listed")
COMMON = 0.9  # what so many startups meet is no reason


def letter(fit: float) -> str | None:
    """The letter a number stands for."""
    return LETTERS[min(int(fit // BAND), 3)]


class Standard:
    """What mandates are graded by: the weight of each wish, how rare it is to meet it, and the
    numbers of the reference startups. Frozen with the calibration.
    """

    def __init__(self, columns: Columns):
        self.columns = columns
        self.settings = columns.calibration.grading
        self.weights = self._weights()
        self.reference = Has(columns.calibration.traits)

    @classmethod
    def of(cls, columns: Columns) -> "Standard":
        """The standard of these columns, made once."""
        if columns.standard is None:
            columns.standard = cls(columns)
        return columns.standard

    def _weights(self) -> np.ndarray:
        """(criteria, M) weights of wishes; a mandate's own change them as they change the score."""
        out = np.array([[self.settings["wishes"][c]] * len(self.columns) for c in CRITERIA])
        shares = self.columns.calibration.shares()
        for j, mandate in enumerate(self.columns.mandates):
            own = own_shares(shares, mandate.weights) if mandate.weights else {}
            for i, criterion in enumerate(CRITERIA):
                name = WEIGHED_AS.get(criterion, criterion)
                out[i, j] *= own[name] / shares[name] if name in own else 1.0
        return out

    def _parts(self) -> Iterator[Has]:
        traits = self.reference.traits
        return (Has(traits[i : i + AT_ONCE]) for i in range(0, len(traits), AT_ONCE))

    @cached_property
    def met(self) -> np.ndarray:
        """(criteria, M) share of the reference startups that meet a wish."""
        count = np.zeros((len(CRITERIA), len(self.columns)))
        for part in self._parts():
            count += (relations(part, self.columns) == MEETS).sum(axis=1)
        return count / max(len(self.reference), 1)

    @cached_property
    def general(self) -> np.ndarray:
        """(M,) nats for how many startups an investor is known to have backed and how large it
        is.
        """
        return np.array([self._general(m) for m in self.columns.mandates], dtype=float)

    def _general(self, mandate: Mandate) -> float:
        known, settings = self.columns.calibration.known, self.settings
        deals = math.log1p(max(known["deals"].get(mandate.investor.id, 0), len(mandate.past_deals)))
        size = size_of(mandate)
        points = settings["deals"] * (deals - known["mean_deals"])
        points -= settings["idle"] * idle(mandate, self.columns.calibration)
        return points + (settings["size"] * (size - known["mean_size"]) if size else 0.0)

    @cached_property
    def numbers(self) -> np.ndarray:
        """(M, S) the numbers of the reference startups, in order."""
        columns = self.columns
        found = [fits(part, columns, relations(part, columns)) for part in self._parts()]
        return np.sort(np.concatenate([np.zeros((0, len(columns))), *found]).T, axis=1)

    def rank(self, j: int, fit: float) -> int:
        """The place among the reference startups of mandate j that a number would take."""
        return 1 + self.numbers.shape[1] - int(np.searchsorted(self.numbers[j], fit, "right"))


def fits(has: Has, columns: Columns, found: np.ndarray) -> np.ndarray:
    """(A, M) numbers of assets for mandates, whole, 0 to 99, from their relations (criteria, A, M);
    elementwise, so that every batch gives the same bits.
    """
    standard = Standard.of(columns)
    settings, weights = standard.settings, standard.weights[:, None, :]
    values = np.array([settings["values"][name] for name in NAMES[:UNSTATED]])
    stated = found != UNSTATED
    sums = np.zeros((2, *found.shape[1:]))
    for i in range(len(CRITERIA)):
        weight = np.where(stated[i], weights[i], 0.0)
        sums += weight * np.where(stated[i], values[np.minimum(found[i], MEETS)], 0.0), weight
    prior, usual = settings["prior_weight"], settings["usual"]
    share = (sums[0] + prior * usual) / (sums[1] + prior)
    own = found[ORIGIN] == MEETS
    special = settings["share"] * (share - usual) + settings["own_institution"] * own
    for i, mine in ((AREA, has.areas), (MODALITY, has.modalities)):
        used = mine @ (columns.habits[CRITERIA[i]] > 0).T.astype(np.float32) > 0
        special += settings["habit"] * (used & (found[i] == UNSTATED))
    special += settings["tie"] * _tied(has, columns) + settings["region"] * _near_by(has, columns)
    band = _bands(found, special, own, standard) * ~_out(has, columns)
    away = (special + standard.general - settings["middle"]) / settings["width"]
    return BAND * band + np.floor(BAND * 0.5 * (1.0 + away / (1.0 + np.abs(away))))


def _bands(
    found: np.ndarray, special: np.ndarray, own: np.ndarray, standard: Standard
) -> np.ndarray:
    """(A, M) 0 to 3 for none, C, B, A: rare wishes met, nothing missed, or much that speaks for
    it.
    """
    settings, met = standard.settings, found == MEETS
    rare, some = (
        met & (standard.met < settings[name])[:, None, :] for name in ("rare", "uncommon")
    )
    missed = (found == OUTSIDE).any(axis=0)
    in_area = (found[AREA] == MEETS) | (found[AREA] == UNSTATED)
    several = met[[*SUBSTANCE, *SUPPORT]].sum(axis=0) >= 2
    best = rare[SUBSTANCE].any(axis=0) & several & in_area & (special >= settings["a"])
    best = (best | (own & (special >= settings["a_own"]))) & ~missed
    wished = some[SUBSTANCE].any(axis=0)
    good = wished & (special >= np.where(missed, settings["b_missed"], settings["b"]))
    good |= (special >= settings["b_alone"]) & ~missed
    fair = (wished | some[SUPPORT].any(axis=0)) & (special >= settings["c"])
    fair |= (special >= settings["c_alone"]) & ~missed
    band = np.where(best, 3, np.where(good, 2, np.where(fair, 1, 0)))
    return band * ~_off_focus(found)


def _off_focus(found: np.ndarray) -> np.ndarray:
    """No area or modality of an asset is on the lists of a mandate, and none could be."""
    pair = found[[AREA, MODALITY]]
    return (pair == OUTSIDE).any(axis=0) & (pair != UNKNOWN).all(axis=0)


def _out(has: Has, columns: Columns) -> np.ndarray:
    """(A, M) bool: no longer in the market, and the mandate does not take such companies."""
    out = np.zeros((len(has), len(columns)), dtype=bool)
    for i, traits in enumerate(has.traits):
        if traits.status in OUT_OF_MARKET:
            out[i] = ~columns.accepts(traits.status)
    return out


def idle(mandate: Mandate, calibration: Calibration) -> bool:
    """Whether the last known investment lies more than three years back."""
    last = last_deal(mandate, calibration.known)
    return last is not None and last + IDLE_AFTER < date.fromisoformat(calibration.date)


def apart(startup: Startup, mandate: Mandate) -> bool:
    """Whether a pair is nothing new: they hold shares or talk already, unless the mandate looks for
    follow-on rounds; or the investor is closed.
    """
    if mandate.ended:
        return True
    return relationship(startup, mandate) is not None and not mandate.follows_on


def relationship(startup: Startup, mandate: Mandate) -> tuple[str, Fact] | None:
    """How startup and investor stand to each other already, and the fact that says so."""
    return startup.close_to.get(mandate.investor.id) or mandate.close_to.get(startup.id)


def _tied(has: Has, columns: Columns) -> np.ndarray:
    """(A, M) bool: already works with the investor or one of its parents."""
    out = np.zeros((len(has), len(columns)), dtype=bool)
    for i, traits in enumerate(has.traits):
        for j in {j for p in traits.partners for j in columns.affiliated.get(p, ())}:
            out[i, j] = True
    return out


def _near_by(has: Has, columns: Columns) -> np.ndarray:
    """(A, M) bool: in a part of the country where the investor sits, and few of the startups."""
    standard = Standard.of(columns)
    share = standard.reference.places.mean(axis=0) if len(standard.reference) else 0.0
    rare = (share < standard.settings["rare"]) * _regions()
    return (has.places * rare) @ columns.seats.T.astype(np.float32) > 0


def _regions() -> np.ndarray:
    return np.array([regions_of(s)[:1] == [s] for s in PLACES], dtype=np.float32)


def speaks_for(found: np.ndarray, columns: Columns) -> np.ndarray:
    """(criteria, M) what each wish weighs as a reason for a pair of these relations (criteria, M):
    met or nearly met, not by nearly all; another of several alternatives is no reason.
    """
    standard = Standard.of(columns)
    values = standard.settings["values"]
    near = found == NEAR
    near[[AREA, MODALITY]] = False
    points = standard.weights * ((found == MEETS) * values["meets"] + near * values["near"])
    return points * (standard.met < COMMON)


def speaks_against(found: np.ndarray, columns: Columns) -> np.ndarray:
    """(criteria, M) what each wish missed weighs."""
    return Standard.of(columns).weights * (found == OUTSIDE)
