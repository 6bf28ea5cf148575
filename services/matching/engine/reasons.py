"""Relations in words: each with its wish and its fact, their dates and sources; those that weigh
are the reasons for and against, and what is known, stale or missing of them.
"""

from collections.abc import Callable
from datetime import date

from services.matching.engine.columns import AREAS, MODALITIES, Columns
from services.matching.engine.encode import product_class, round_amount
from services.matching.engine.grade import relationship, speaks_against, speaks_for
from services.matching.engine.score import Evaluation
from services.matching.engine.sentences import joined, say
from services.matching.engine.views import Asset, Mandate, Startup
from services.matching.engine.wishes import (
    CRITERIA,
    NAMES,
    NEAR,
    UNKNOWN,
    UNSTATED,
)
from services.matching.engine.words import cite, label, ticket_text, window_text
from shared.judgement.facts import Fact
from shared.judgement.money import Money

MOST = 3
FOCUS = ("area", "modality")
VALUES = {
    "area": "therapeutic_area",
    "modality": "modality",
    "country": "geography",
    "place": "geography",
    "origin": "institution",
}
WISHES: dict[str, tuple[str, ...]] = {
    "area": ("focus_area",),
    "modality": ("focus_modality",),
    "product_class": ("focus_product_class",),
    "stage": ("focus_stage",),
    "ticket": ("ticket",),
    "country": ("focus_geography",),
    "place": ("focus_geography",),
    "origin": ("focus_institution",),
}


class Told:
    """One pair's relations in one language."""

    def __init__(self, evaluation: Evaluation, columns: Columns, j: int, lang: str):
        self.startup, self.lang = evaluation.startup, lang
        self.asset = evaluation.assets[evaluation.speaks[j]]
        self.columns, self.j, self.mandate = columns, j, columns.mandates[j]
        found = evaluation.relations
        self.codes: dict[str, int] = dict(zip(CRITERIA, found[:, j].tolist(), strict=True))
        self.points: dict[str, dict[str, float]] = {
            side: dict(zip(CRITERIA, weigh(found, columns)[:, j].tolist(), strict=True))
            for side, weigh in (("for", speaks_for), ("against", speaks_against))
        }

    def documents(self) -> list[dict]:
        """Every relation, what is not wished for too."""
        return [self._document(c) for c in CRITERIA]

    def _document(self, criterion: str) -> dict:
        code = self.codes[criterion]
        wish, fact = wishes_of(criterion, self.mandate), self.facts(criterion)
        cited = cite(fact, self.lang, (self.startup.seen,))
        asked = cite(wish, self.lang, (self.mandate.open, self.mandate.investor.open))
        return {
            "criterion": criterion,
            "relation": NAMES[code],
            "wish": wish_words(criterion, wish, self.lang) or None,
            "fact": self._fact(criterion) or None,
            "wish_source": asked["source"],
            "wish_source_class": asked["source_class"],
            "wish_as_of": asked["as_of"],
            **cited,
            "text": self._sentence(criterion, code, wish),
        }

    def _sentence(self, criterion: str, code: int, wish: list[Fact]) -> str:
        if code == UNSTATED:
            return ""
        alternative = code == NEAR and criterion in FOCUS
        words = {
            "criterion": label("criterion", criterion, self.lang),
            "value": self._fact(criterion),
            "threshold": wish_words(criterion, wish, self.lang),
        }
        key = "alternative" if alternative else NAMES[code]
        return say(f"relation.{key}", self.lang, **words)

    def facts(self, criterion: str) -> list[Fact]:
        """What of the startup a wish is compared with; its stage where the mandate aims."""
        stage = self.asset.stage_in(self.mandate.target)
        if criterion == "stage":
            return [f for f in (self.startup.round[1], stage) if f]
        return FACTS[criterion](self.startup, self.asset)

    def _fact(self, criterion: str) -> str:
        """What is known, in words; nothing where nothing is."""
        facts, lang = self.facts(criterion), self.lang
        if not facts:
            return ""
        if criterion in VALUES:
            return joined([label(VALUES[criterion], _coded(f), lang) for f in facts], lang)
        if criterion == "product_class":
            classes, _ = product_class(self.asset, self.startup)
            return joined([label("field_scope", c, lang) for c in sorted(classes)], lang)
        if criterion == "ticket":
            amount = round_amount(self.startup)
            return Money.of(round(amount), "USD").text(lang) if amount else ""
        slug, stage = self.startup.round[0], self.asset.stage_in(self.mandate.target)
        names = [label("funding_round", slug, lang)] if slug else []
        names += [label("development_stage", stage.value, lang)] if stage else []
        return joined(names, lang)

    def reasons(self) -> dict:
        """Up to three wishes met or nearly met and three missed, the heaviest first."""
        told = {d["criterion"]: d for d in self.documents()}
        chosen = {
            side: sorted((c for c in CRITERIA if points[c]), key=lambda c, p=points: -p[c])[:MOST]
            for side, points in self.points.items()
        }
        reasons = {
            side: [_reason(told[c], self.points[side][c], self._newest(c)) for c in found]
            for side, found in chosen.items()
        }
        shown = [self._habit(told[c]) for c in FOCUS if self._deals(c)]
        return reasons | {"for": (reasons["for"] + shown)[:MOST]}

    def relationship(self) -> dict | None:
        """How the two stand to each other already, with its fact."""
        known = relationship(self.startup, self.mandate)
        if known is None:
            return None
        kind, fact = known
        text = say(f"relationship.{kind}", self.lang, investor=self.mandate.title(self.lang))
        return {"kind": kind, "text": text, **cite([fact], self.lang)}

    def _deals(self, criterion: str) -> int:
        """Past deals of the same kind, where no wish is stated and they are a habit."""
        at, up = {
            "area": (AREAS, self.asset.area_up),
            "modality": (MODALITIES, self.asset.modality_up),
        }[criterion]
        places = [at[node] for node in up if node in at]
        if self.codes[criterion] != UNSTATED or not places:
            return 0
        return int(self.columns.habits[criterion][self.j, places].max())

    def _habit(self, told: dict) -> dict:
        """A reason from what the investor did, where it says nothing."""
        words = {
            "criterion": label("criterion", told["criterion"], self.lang),
            "value": told["fact"],
            "count": self._deals(told["criterion"]),
        }
        text = say("relation.habit", self.lang, **words)
        return _reason(told | {"text": text}, 0.0, self._newest(told["criterion"]))

    def _newest(self, criterion: str) -> dict | None:
        newest = max(self.facts(criterion), key=lambda f: f.start or date.min, default=None)
        return {"field": newest.field, "value": newest.value} if newest else None

    def knowledge(self) -> dict:
        """What is known of the wishes, known but past its date or contradicted, and missing: three
        words, each with its list.
        """
        out: dict[str, list[dict]] = {"known": [], "stale": [], "missing": []}
        for criterion, code in self.codes.items():
            if code == UNSTATED:
                continue
            facts = self.facts(criterion)
            seen, on = self.startup.seen, self.startup.on
            fresh = [f for f in facts if not f.stale(on) and not seen.doubtful(f)]
            stands = "missing" if code == UNKNOWN else "known" if fresh else "stale"
            name = label("criterion", criterion, self.lang)
            out[stands].append({"criterion": criterion, "text": name})
        words = {k: say(f"knowledge.{k}", self.lang, n=len(found)) for k, found in out.items()}
        return {**out, "text": joined(list(words.values()), self.lang)}


def _reason(told: dict, points: float, fact: dict | None) -> dict:
    kept = ("criterion", "relation", "text", "source", "source_class", "as_of")
    more = ("wish", "wish_source", "wish_source_class", "wish_as_of")
    return {k: told[k] for k in (*kept, *more)} | {"points": points, "fact": fact}


def wishes_of(criterion: str, mandate: Mandate) -> list[Fact]:
    """The facts of a mandate that state a wish."""
    stated = [f for name in WISHES[criterion] for f in mandate.open.all(name)]
    key = {"area": "therapeutic_area", "modality": "modality"}.get(criterion)
    excluded = mandate.open.all("exclusion") if key else []
    return stated + [f for f in excluded if isinstance(f.value, dict) and key in f.value]


def _classes(startup: Startup, asset: Asset) -> list[Fact]:
    return startup.seen.all("product_class", asset.id) or asset.modalities


def _raise(startup: Startup, asset: Asset) -> list[Fact]:
    now = startup.current_raise
    return [now] if now and now.value.get("amount") else []


def _hq(startup: Startup, asset: Asset) -> list[Fact]:
    return [startup.hq] if startup.hq else []


FACTS: dict[str, Callable[[Startup, Asset], list[Fact]]] = {
    "area": lambda startup, asset: asset.areas,
    "modality": lambda startup, asset: asset.modalities,
    "product_class": _classes,
    "ticket": _raise,
    "country": _hq,
    "place": _hq,
    "origin": lambda startup, asset: startup.origins,
}


def wish_words(criterion: str, wish: list[Fact], lang: str) -> str:
    """A wish in words; nothing where none is stated."""
    if not wish:
        return ""
    if criterion == "stage":
        return joined([window_text(f.value, lang) for f in wish], lang)
    if criterion == "ticket":
        return joined([ticket_text(f.value, lang) for f in wish], lang)
    names = VALUES | {"product_class": "field_scope"}
    stated = [f for f in wish if f.field != "exclusion"]
    excluded = [f for f in wish if f.field == "exclusion"]
    ruled_out = [label(k, v, lang) for f in excluded for k, v in f.value.items()]
    said = [label(names[criterion], _coded(f), lang) for f in stated]
    return joined(said + [say("relation.not", lang, value=v) for v in ruled_out], lang)


def _coded(fact: Fact) -> str:
    """The slug of a fact: its value, or the institution in it."""
    return fact.value["institution"] if isinstance(fact.value, dict) else fact.value
