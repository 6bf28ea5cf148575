"""Gates as words of bits, for all pairs at once: a pair passes a group by sharing a bit (any) or by
sharing none (none).

What nobody states, and what a startup does not know, are bits of their own, so that unknown never
fails. Gates that read written rules, rights, block-lists or conflicts are decided pair by pair in
`gates.py`; `written` marks the mandates they may concern.
"""

from dataclasses import dataclass

import numpy as np

from services.matching.engine.columns import AREAS, COUNTRIES, MODALITIES, Columns
from services.matching.engine.encode import round_amount
from services.matching.engine.gates import GATES
from services.matching.engine.views import TARGETS, Asset, Startup
from shared.vocabulary import country_of, vocabulary

ANY, NONE = 0, 1
SCALES = ("round", "development", *(f"{place}-development" for place in TARGETS))
RANKS = 30  # ranks of either stage scale lie below
STATUS = {"acquired": 0, "closed": 1, "listed": 2}


@dataclass(frozen=True)
class Group:
    """One gate, or one part of one: how its bits decide, whether a fail is hard, and its bits by
    name.
    """

    name: str
    kind: int
    hard: bool
    bits: tuple[str, ...]

    @property
    def width(self) -> int:
        return -(-len(self.bits) // 64)


_AREAS, _MODALITIES = tuple(f"area:{a}" for a in AREAS), tuple(f"modality:{m}" for m in MODALITIES)
GROUPS = (
    Group("status", NONE, True, tuple(STATUS)),
    Group("focus", ANY, False, (*_AREAS, *_MODALITIES, "area?", "modality?", "open")),
    Group("exclusive-area", ANY, True, (*_AREAS, "area?", "open")),
    Group("exclusive-modality", ANY, True, (*_MODALITIES, "modality?", "open")),
    Group("excluded", NONE, True, (*_AREAS, *_MODALITIES)),
    Group(
        "stage",
        ANY,
        False,
        (*(f"{s}:{r}" for s in SCALES for r in range(RANKS)), *(f"{s}?" for s in SCALES), "open"),
    ),
    Group("raising", NONE, False, ("not-raising",)),
    Group("country", ANY, False, (*(f"country:{c}" for c in COUNTRIES), "country?", "open")),
)
WORDS = sum(g.width for g in GROUPS)
STARTS = tuple(sum(g.width for g in GROUPS[:i]) for i in range(len(GROUPS) + 1))
AT = [{bit: i for i, bit in enumerate(g.bits)} for g in GROUPS]
# gates the words and the cheque speak for
COMPILED = ("status", "focus", "stage", "raising", "cheque", "country")
NEVER_FAIL = ("lead", "compliance")
WRITTEN = tuple(g for g in GATES if g not in COMPILED and g not in NEVER_FAIL)


def _pack(bits: list[list[str]]) -> np.ndarray:
    """Names of bits per group to (WORDS,) uint64."""
    words = np.zeros(WORDS, dtype=np.uint64)
    for i, names in enumerate(bits):
        for name in names:
            place = AT[i][name]
            words[STARTS[i] + place // 64] |= np.uint64(1 << (place % 64))
    return words


def startup_words(startup: Startup, asset: Asset) -> tuple[np.ndarray, float]:
    """(WORDS,) uint64 of an asset, and its raise in USD (inf where unknown: no cheque is too large
    for it).
    """
    areas = [f"area:{a}" for a in sorted(asset.area_up) if a in AREAS]
    modalities = [f"modality:{m}" for m in sorted(asset.modality_up) if m in MODALITIES]
    unknown_area, unknown_modality = (
        [] if asset.area_up else ["area?"],
        [] if asset.modality_up else ["modality?"],
    )
    scale = vocabulary("development_stage")
    stages = [asset.stage_in(place) for place in (None, *TARGETS)]
    ranks = [
        vocabulary("funding_round").rank(startup.round[0]),
        *(scale.rank(f.value) if f else None for f in stages),
    ]
    home = country_of(startup.hq.value) if startup.hq else None
    now = startup.current_raise
    amount = round_amount(startup) if now is not None and now.value.get("amount") else None
    words = _pack(
        [
            [startup.status[0]] if startup.status[0] in STATUS else [],
            [*areas, *modalities, *unknown_area, *unknown_modality, "open"],
            [*areas, *unknown_area, "open"],
            [*modalities, *unknown_modality, "open"],
            [*areas, *modalities],
            [
                *(
                    f"{name}?" if rank is None else f"{name}:{rank}"
                    for name, rank in zip(SCALES, ranks, strict=True)
                ),
                "open",
            ],
            ["not-raising"] if now is not None and now.value["state"] != "raising" else [],
            [f"country:{home}" if home in COUNTRIES else "country?", "open"],
        ]
    )
    return words, float("inf") if amount is None else amount


def mandate_words(columns: Columns) -> np.ndarray:
    """(WORDS, M) uint64 of all mandates."""
    if not len(columns):
        return np.zeros((WORDS, 0), dtype=np.uint64)
    return np.stack([_pack(_wants(columns, j)) for j in range(len(columns))], axis=1)


def _wants(columns: Columns, j: int) -> list[list[str]]:
    areas, modalities = columns.areas, columns.modalities
    sides = (("area", areas), ("modality", modalities))
    wanted = [
        f"{name}:{n}" for name, lists in sides for n, i in lists.at.items() if lists.wanted[j, i]
    ]
    asked = [f"{name}?" for name, lists in sides if lists.stated[j] or lists.has_excluded[j]]
    focused = any(lists.focused[j] for _, lists in sides)
    exclusive = [
        [f"{name}:{n}" for n, i in lists.at.items() if lists.exclusive[j, i]]
        for name, lists in sides
    ]
    stated, inside = columns.geography
    return [
        _refused_statuses(columns, j),
        [*wanted, *asked] if focused else ["open"],
        [*exclusive[0], "area?"] if areas.has_exclusive[j] else ["open"],
        [*exclusive[1], "modality?"] if modalities.has_exclusive[j] else ["open"],
        [
            f"{name}:{n}"
            for name, lists in sides
            for n, i in lists.at.items()
            if lists.excluded[j, i]
        ],
        _stages(columns, j),
        ["not-raising"] if columns.equity[j] else [],
        [*(f"country:{c}" for c, i in COUNTRIES.items() if inside[j, i]), "country?"]
        if stated[j]
        else ["open"],
    ]


def _refused_statuses(columns: Columns, j: int) -> list[str]:
    refused = [s for s in ("acquired", "closed") if not columns.accepts(s)[j]]
    return refused + (
        ["listed"] if columns.unlisted_only[j] and not columns.accepts("listed")[j] else []
    )


def _stages(columns: Columns, j: int) -> list[str]:
    """Ranks inside the windows that admit nothing outside; a scale that is asked for and not known
    passes.
    """
    out = []
    development = SCALES[1 + columns.targets[j]]
    for name, scale in (("round", "funding_round"), (development, "development_stage")):
        low, high = columns.only_windows[scale][j]
        if not np.isnan(low):
            out += [f"{name}?", *(f"{name}:{r}" for r in range(RANKS) if low <= r <= high)]
    return out or ["open"]


def cheques(columns: Columns) -> np.ndarray:
    """(M,) the smallest cheque that fails a smaller raise, USD; -inf where none is stated or it
    only asks.
    """
    return np.where(
        np.isnan(columns.smallest_usd) | columns.smallest_unclear, -np.inf, columns.smallest_usd
    )


def classes(
    words: np.ndarray, amount: np.ndarray, wanted: np.ndarray, smallest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Soft and hard fails (A,) of assets' words (A, WORDS) and raises (A,) against one mandate's
    words (WORDS,).
    """
    soft, hard = (amount < smallest).astype(np.int8), np.zeros(len(words), dtype=np.int8)
    for group, start in zip(GROUPS, STARTS, strict=False):
        shared = (words[:, start : start + group.width] & wanted[start : start + group.width]).any(
            axis=1
        )
        fails = shared if group.kind == NONE else ~shared
        target = hard if group.hard else soft
        target += fails
    return soft, hard
