"""The calibration: a frozen reference that every score, fit and cut-off is measured against. Replay
reads it, never remakes it.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date as date_of
from functools import cached_property
from pathlib import Path

import numpy as np

from services.matching.engine.backing import known_of
from services.matching.engine.encode import Encoded, encode_asset, encode_mandate
from services.matching.engine.exposure import prices
from services.matching.engine.past import past_of
from services.matching.engine.product import demand
from services.matching.engine.space import C_STEP, SPACE, X_STEP, Y_STEP, round_to
from services.matching.engine.traits import Traits
from services.matching.engine.views import Mandate, Startup

HERE = Path(__file__).parent
LARGEST_REFERENCE = 4096
SMALL_REFERENCE = 100
PRICED_REFERENCE = 200


def weights() -> dict:
    """The weights of this version, as data."""
    return json.loads((HERE / "weights.json").read_text())


@dataclass(frozen=True)
class Calibration:
    """Reference startups `x` (S, width) and mandates `y_a` (M, width) on the grid, with scales;
    `hash` names the content.
    """

    document: dict

    @property
    def hash(self) -> str:
        return self.document["hash"]

    @property
    def date(self) -> str:
        return self.document["date"]

    @cached_property
    def startups(self) -> tuple[str, ...]:
        return tuple(self.document["startups"])

    @cached_property
    def x(self) -> np.ndarray:
        return _dense(self.document["x"], X_STEP)

    @cached_property
    def y_a(self) -> np.ndarray:
        return _dense(self.document["y_a"], Y_STEP)

    @cached_property
    def row_constants(self) -> np.ndarray:
        """(S,) of the reference startups."""
        return np.array([self.row_constant(self.halves(x)) for x in self.x])

    @cached_property
    def pi(self) -> dict[str, np.ndarray]:
        return {name: np.array(values) for name, values in self.document["pi"].items()}

    @cached_property
    def lam(self) -> float:
        return self.document["weights"]["lambda"]

    @property
    def small(self) -> bool:
        """Under 100 reference startups a rank is shown beside the fit."""
        return len(self.startups) < SMALL_REFERENCE

    @cached_property
    def _graded(self) -> dict:
        """Where grades are told from; a calibration of before there were grades uses the shipped
        one's.
        """
        return self.document if "traits" in self.document else shipped().document

    @property
    def grading(self) -> dict:
        """Weights and thresholds of the grade."""
        return self._graded["weights"]["grade"]

    @cached_property
    def traits(self) -> list[Traits]:
        """The reference startups as grades read them."""
        return [Traits.read(t) for t in self._graded["traits"]]

    @property
    def known(self) -> dict:
        """What is known of the reference investors: startups backed, and the means over all."""
        return self._graded["known"]

    @property
    def keeps_all(self) -> bool:
        """In a small network pairs without a grade have rows too, so that one that comes into a
        list has a history.
        """
        return len(self.startups) < PRICED_REFERENCE

    def shares(self) -> dict[str, float]:
        return self.document["weights"]["shares"]

    def encode(self, mandate: Mandate) -> Encoded:
        """A mandate's raw evidence, ages counted to the calibration's date."""
        return encode_mandate(
            mandate, self.pi, date_of.fromisoformat(self.date), self.document["weights"]["evidence"]
        )

    def sides(
        self, raw: Encoded, own: dict[str, float] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """A mandate's raw evidence as the halves of both directions, centred, scaled, capped and on
        the grid: two (width,).

        `own` weights change only the investor's half, rescaled so that they sum to what the default
        ones do.
        """
        return _sides(
            raw, self.document["mean"], self.document["deviation"], self.document["weights"], own
        )

    def activity_of(self, mandate: Mandate) -> float:
        """Points of a mandate's recent pace, the same for every startup; 0 without past deals or
        without any in the reference.
        """
        return _activity_points(
            past_of(mandate, date_of.fromisoformat(self.date)).pace,
            self.document["activity"],
            self.document["weights"],
        )

    def price_of(self, mandate: Mandate) -> float:
        """What the most shown mandates pay for exposure, nats."""
        return self.document["prices"].get(mandate.id, 0.0)

    @cached_property
    def activity(self) -> np.ndarray:
        """(M,) points of the reference mandates."""
        return np.array(self.document["activity"]["points"])

    @cached_property
    def _nodes(self) -> np.ndarray:
        """(width, M) `y_a` by node: an asset has few."""
        return np.ascontiguousarray(self.y_a.T)

    def halves(self, x: np.ndarray) -> np.ndarray:
        """(M,) an asset's product with all reference mandates on the startup's half, nats; on the
        grid, so exact in any order.
        """
        places = np.flatnonzero(x)
        return x[places] @ self._nodes[places]

    def row_constant(self, halves: np.ndarray) -> float:
        """What an asset's demand by all reference mandates takes off, from its `halves` (M,): one
        constant per row, nats.
        """
        return float(demand(halves + self.activity, self.lam))

    def column_constant(self, y_b: np.ndarray) -> float:
        """What a mandate's breadth over all reference startups takes off: one constant per column,
        nats.
        """
        return float(demand(self.x @ y_b, 1 - self.lam))


def shipped() -> Calibration:
    """The calibration made from the reference profiles that comes with the product."""
    return Calibration(json.loads((HERE / "calibration.json").read_text()))


def calibrate(startups: list[Startup], mandates: list[Mandate], date: str) -> Calibration:
    """A new calibration from real (not invented) profiles; deterministic for the same profiles and
    date.
    """
    chosen = sorted(
        (s for s in startups if not s.invented),
        key=lambda s: hashlib.sha256(s.id.encode()).hexdigest(),
    )
    chosen = sorted(chosen[:LARGEST_REFERENCE], key=lambda s: s.id)
    wanted = sorted((m for m in mandates if not m.invented), key=lambda m: m.id)
    leads = [encode_asset(s, s.assets[0]) for s in chosen]
    x = np.array([e.vector for e in leads]).reshape(len(leads), SPACE.width)
    pi = _population(x)
    settings = weights()
    day = date_of.fromisoformat(date)
    raws = [encode_mandate(m, pi, day, settings["evidence"]) for m in wanted]
    mean, deviation = _scales(leads, raws, x)
    halves = [_sides(r, mean, deviation, settings) for r in raws]
    pace = _activity(wanted, day, settings)
    document = {
        "date": date,
        "weights": settings,
        "space": [[b.name, len(b.nodes)] for b in SPACE.blocks],
        "pi": {k: [round(float(p), 12) for p in v] for k, v in pi.items()},
        "mean": mean,
        "deviation": deviation,
        "startups": [s.id for s in chosen],
        "mandates": [m.id for m in wanted],
        "x": [_sparse(v, X_STEP) for v in x],
        "y_a": [_sparse(a, Y_STEP) for a, _ in halves],
        "activity": pace,
        "traits": [Traits.of(s, s.assets[0]).document() for s in chosen],
        "known": known_of(chosen, wanted),
        "prices": _prices(x, halves, np.array(pace["points"]), wanted, settings["lambda"]),
    }
    content = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return Calibration(document | {"hash": hashlib.sha256(content.encode()).hexdigest()[:16]})


def _population(x: np.ndarray) -> dict[str, np.ndarray]:
    """Share of each node per block, (count + 1/2) over all counts so that a block sums to 1."""
    shares = {}
    for block in SPACE.blocks:
        count = x[:, SPACE.slices[block.name]].sum(axis=0) + 0.5
        shares[block.name] = count / count.sum()
    return {k: np.round(v, 12) for k, v in shares.items()}


def _scales(leads: list[Encoded], raws: list[Encoded], x: np.ndarray) -> tuple[dict, dict]:
    """Mean and standard deviation of each block's raw product over the pairs known on both
    sides.
    """
    raw_y = np.array([r.vector for r in raws]).reshape(len(raws), SPACE.width)
    known_x = np.array([e.known for e in leads], dtype=bool).reshape(len(leads), len(SPACE.blocks))
    known_y = np.array([r.known for r in raws], dtype=bool).reshape(len(raws), len(SPACE.blocks))
    mean, deviation = {}, {}
    for i, block in enumerate(SPACE.blocks):
        cut = SPACE.slices[block.name]
        both = np.outer(known_x[:, i], known_y[:, i])
        values = np.round((x[:, cut] @ raw_y[:, cut].T)[both], 12)
        mean[block.name] = round(float(values.mean()), 9) if values.size else 0.0
        deviation[block.name] = round(float(values.std()), 9) if values.size else 0.0
    return mean, deviation


def _activity(mandates: list[Mandate], day: date_of, settings: dict) -> dict:
    """Mean and deviation of log(1 + pace) over the reference mandates with past deals, and the
    points of all.
    """
    pace = np.array([past_of(m, day).pace for m in mandates])
    known = np.round(np.log1p(pace[pace > 0]), 12)
    scale = (
        {"mean": round(float(known.mean()), 9), "deviation": round(float(known.std()), 9)}
        if known.size
        else {"mean": 0.0, "deviation": 0.0}
    )
    return scale | {"points": [_activity_points(p, scale, settings) for p in pace]}


def _activity_points(pace: float, scale: dict, settings: dict) -> float:
    if pace <= 0 or scale["deviation"] < 1e-6:
        return 0.0
    size = settings["lambda"] * settings["shares"]["activity"] * settings["temperature"]["A"]
    return float(round_to(size * (np.log1p(pace) - scale["mean"]) / scale["deviation"], C_STEP))


def _prices(
    x: np.ndarray, halves: list, activity: np.ndarray, mandates: list[Mandate], lam: float
) -> dict[str, float]:
    """Exposure prices over the reference startups' lists, by mandate; none below 200 reference
    startups.
    """
    if len(x) < PRICED_REFERENCE or not halves:
        return {}
    a, b = (np.array(side) for side in zip(*halves, strict=True))
    score = x @ (a + b).T + activity + demand(b @ x.T, 1 - lam)
    return {m.id: float(p) for m, p in zip(mandates, prices(score), strict=True) if p > 0}


def own_shares(shares: dict[str, float], own: dict[str, float]) -> dict[str, float]:
    """Default shares with a mandate's own in their place, rescaled to the default sum over what may
    be weighed.
    """
    weighed = {c: s for c, s in shares.items() if c != "activity"}
    mine = weighed | own
    total = sum(mine.values())
    return {c: w * sum(weighed.values()) / total for c, w in mine.items()} if total > 0 else weighed


def _sides(
    raw: Encoded, mean: dict, deviation: dict, settings: dict, own: dict | None = None
) -> tuple[np.ndarray, np.ndarray]:
    lam, halves = settings["lambda"], []
    defaults = settings["shares"]
    for side, weight, shares in (
        ("A", lam, defaults),
        ("B", 1 - lam, own_shares(defaults, own) if own else defaults),
    ):
        y = np.zeros(SPACE.width)
        for i, block in enumerate(SPACE.blocks):
            if not raw.known[i] or deviation[block.name] < 1e-6:
                continue
            cut = SPACE.slices[block.name]
            scale = (
                shares[block.criterion]
                * block.part
                * settings["temperature"][side]
                / deviation[block.name]
            )
            y[cut] = scale * (raw.vector[cut] - mean[block.name])
            if block.name == "country":
                y[cut] = np.clip(
                    y[cut], -settings["country_cap_nats"], settings["country_cap_nats"]
                )
        halves.append(round_to(weight * y, Y_STEP))
    return halves[0], halves[1]


def _sparse(vector: np.ndarray, step: float) -> list[list[int]]:
    return [[int(i), int(round(vector[i] / step))] for i in np.flatnonzero(vector)]


def _dense(rows: list, step: float) -> np.ndarray:
    out = np.zeros((len(rows), SPACE.width))
    for row, entries in zip(out, rows, strict=True):
        for i, value in entries:
            row[i] = value * step
    return out
