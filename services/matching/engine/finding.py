"""Which startups a written search finds: by area, modality, place and below, by text, by whether
they raise. Public and network facts alone.
"""

from collections.abc import Iterable

from services.matching.engine.views import Startup
from shared.linkage import fold
from shared.vocabulary import vocabulary

PLACES = ("hq", "us_presence", "site")


def found(startups: Iterable[Startup], query: dict) -> list[Startup]:
    """Those that meet every part of a query; parts are areas, modalities, places (any of a list),
    text, raising.
    """
    areas, modalities, places = (_under(query.get(part, []), name) for part, name in PARTS.items())
    words = fold(query.get("text", ""))
    return [
        s
        for s in startups
        if (not areas or any(f.value in areas for f in s.open.all("therapeutic_area")))
        and (not modalities or any(f.value in modalities for f in s.open.all("modality")))
        and (not places or any(f.value in places for field in PLACES for f in s.open.all(field)))
        and (
            not query.get("raising")
            or bool(s.current_raise and s.current_raise.value.get("state") == "raising")
        )
        and (not words or words in _told(s))
    ]


PARTS = {"areas": "therapeutic_area", "modalities": "modality", "places": "geography"}


def _under(codes: list[str], name: str) -> frozenset[str]:
    return frozenset().union(*(vocabulary(name).under(code) for code in codes), frozenset())


def _told(startup: Startup) -> str:
    """Names, written facts and institutions of origin, folded, for the text of a search; joint
    research is no origin.
    """
    texts = [*startup.name.values(), *startup.document.get("aliases", [])]
    texts += [
        f.value
        for field in ("technology", "plan")
        for f in startup.open.all(field)
        if isinstance(f.value, str)
    ]
    origins = [f.value for f in startup.open.all("origin_institution")]
    texts += [
        vocabulary("institution").label(origin["institution"], lang)
        for origin in origins
        if origin.get("how") != "joint-research"
        for lang in ("en", "ja")
    ]
    return " ".join(fold(t) for t in texts)
