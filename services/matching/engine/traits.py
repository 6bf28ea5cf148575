"""What is compared with a mandate's wishes: an asset's plain values, the same for a live profile
and for the calibration's reference.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from services.matching.engine.encode import product_class, round_amount
from services.matching.engine.views import TARGETS, Asset, Startup


@dataclass(frozen=True)
class Traits:
    """What relations read of an asset, in slugs; the calibration keeps those of its reference."""

    areas: tuple[str, ...]
    modalities: tuple[str, ...]
    classes: tuple[str, ...]
    derived: tuple[str, ...]  # product classes that the modalities suggest, where none is stated
    round: str | None
    stages: tuple[str | None, ...]  # its own, then as read in each of TARGETS
    raised: float | None
    hq: str | None
    institutions: tuple[str, ...]
    partners: tuple[str, ...]
    status: str | None

    @classmethod
    def of(cls, startup: Startup, asset: Asset) -> "Traits":
        now = startup.current_raise
        classes, stated = product_class(asset, startup)
        stages = [asset.stage_in(place) for place in (None, *TARGETS)]
        return cls(
            areas=_slugs(f.value for f in asset.areas),
            modalities=_slugs(f.value for f in asset.modalities),
            classes=_slugs(classes if stated else ()),
            derived=_slugs(() if stated else classes),
            round=startup.round[0],
            stages=tuple(f.value if f else None for f in stages),
            raised=round_amount(startup) if now and now.value.get("amount") else None,
            hq=startup.hq.value if startup.hq else None,
            institutions=_slugs(f.value["institution"] for f in startup.origins),
            partners=_slugs(f.partner_org for f in startup.partnerships if f.partner_org),
            status=startup.status[0],
        )

    @classmethod
    def read(cls, document: dict) -> "Traits":
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in document.items()
        }
        return cls(**values)

    def document(self) -> dict:
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


def _slugs(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
