"""Profiles as the engine sees them at one date: facts that hold, assets, rounds, parents."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from services.matching.engine.signals import Signal, signals_of
from shared.judgement.dates import last_day
from shared.judgement.facts import Fact, Facts, winner
from shared.judgement.funding import rounds
from shared.linkage import fold
from shared.vocabulary import country_of, territory, vocabulary

FAR = date(9999, 12, 31)
ROUND_STANDS = timedelta(days=3 * 365)  # a round closed longer ago is history, not where one stands
TARGETS = ("us", "jp")  # territories for which an asset may stand elsewhere than at home


CLOSE = ("shareholder", "in-talks")


def _of(stages: list[Fact], place: str) -> bool:
    return any((f.detail or {}).get("territory") == place for f in stages)


class Organisation:
    """Any profile at a date. `open` holds public and network facts, `full` the private ones too."""

    def __init__(self, document: dict, secrets: list[dict], on: date, version: int = 0):
        self.id: str = document["id"]
        self.kind: str = document["kind"]
        self.name: dict = document["name"]
        self.owner: str = document["owner"]
        self.origin: str = document["origin"]
        self.document = document
        self.version = version
        self.on = on
        self.secrets = secrets
        stated = [Fact.of(f) for f in document["facts"]]
        hidden = [Fact.of(f) for f in secrets]
        self.stated = stated
        self.open = Facts(stated, on)
        self.full = Facts([*stated, *hidden], on) if hidden else self.open

    @property
    def invented(self) -> bool:
        return self.origin == "invented"

    def seen_version(self) -> int:
        """The version as the network counts it, which sees only some of the changes."""
        return self.document.get("shown", {}).get("network", self.version)

    @property
    def has_secrets(self) -> bool:
        return self.full is not self.open

    def title(self, lang: str = "en") -> str:
        """The name in the reader's language, else the one there is."""
        return self.name.get(lang) or self.name.get("en") or self.name.get("ja") or self.id

    @property
    def next_change(self) -> date:
        """The first day on which a fact begins, ends or goes stale."""
        return self.full.turns[0] if self.full.turns else FAR

    @cached_property
    def signals(self) -> list[Signal]:
        """Its dated events up to the view's date, newest first."""
        return signals_of(self.id, self.stated, self.on, speaks=self.origin != "public-sources")

    @cached_property
    def blocked(self) -> frozenset[str]:
        return frozenset(f.value for f in self.full.all("blocked_org"))


@dataclass
class Asset:
    """A drug programme or platform; facts of the company hold for it where it has none of its
    own.
    """

    id: str
    name: str
    lead: bool
    areas: list[Fact]
    modalities: list[Fact]
    stage: Fact | None
    out_licensed: bool = False
    abroad: dict[str, Fact] = field(default_factory=dict)  # stages stated for one territory alone
    area_up: frozenset[str] = field(init=False)
    modality_up: frozenset[str] = field(init=False)

    def __post_init__(self):
        area, modality = vocabulary("therapeutic_area"), vocabulary("modality")
        self.area_up = frozenset(n for f in self.areas for n in area.up(f.value))
        self.modality_up = frozenset(n for f in self.modalities for n in modality.up(f.value))

    def stage_in(self, place: str | None) -> Fact | None:
        """The stage a mandate reads that aims at one territory; where none is stated for it, the
        asset's own.
        """
        return self.abroad.get(place or "", self.stage)


class Startup(Organisation):
    """A startup with its assets, at a date. `seen` are the facts scores may use; `disclosed` widens
    them to all for hidden gates.
    """

    def __init__(
        self,
        document: dict,
        secrets: list[dict],
        on: date,
        version: int = 0,
        disclosed: bool = False,
    ):
        super().__init__(document, secrets, on, version)
        self.seen = self.full if disclosed else self.open

    @cached_property
    def blocked(self) -> frozenset[str]:
        return frozenset(f.value for f in self.seen.all("blocked_org"))

    @cached_property
    def assets(self) -> list[Asset]:
        """The lead asset first; a company that names none stands for itself."""
        named = sorted(self.document.get("assets") or [], key=lambda a: not a["lead"])
        named = named or [{"id": self.id, "name": self.title(), "lead": True}]
        return [self._asset(a) for a in named]

    def _asset(self, asset: dict) -> Asset:
        key = asset["id"]
        stages = sorted(
            self.seen.all("stage", key),
            key=lambda f: vocabulary("development_stage").rank(f.value) or 0,
        )  # of two said at once, the later
        made = Asset(
            key,
            asset["name"],
            bool(asset["lead"]),
            self.seen.all("therapeutic_area", key),
            self.seen.all("modality", key),
            winner(stages),
            abroad={
                t: winner([f for f in stages if (f.detail or {}).get("territory") == t])
                for t in TARGETS
                if _of(stages, t)
            },
        )
        made.out_licensed = any(
            f.value.get("territory") == "world"
            and f.value["holder"] != self.id
            and self._speaks_of(f.value["asset"], asset)
            for f in self.seen.all("rights")
        )
        return made

    @staticmethod
    def _speaks_of(text: str, asset: dict) -> bool:
        """Whether a rights text names this asset."""
        said = fold(text)
        return any(fold(n) and fold(n) in said for n in (asset["id"], asset["name"]))

    @cached_property
    def status(self) -> tuple[str | None, Fact | None]:
        """The corporate status and its fact; a planned listing says nothing after its day."""
        fact = self.seen.one("corporate_status")
        if fact is None:
            return None, None
        planned = last_day((fact.detail or {}).get("planned_date"))
        if fact.value == "planned-listing" and planned and planned < self.on:
            return None, fact
        return fact.value, fact

    @cached_property
    def current_raise(self) -> Fact | None:
        """The raise under way, or the statement that there is none; past its closing day it says
        nothing.
        """
        fact = self.seen.one("raise")
        if fact is None:
            return None
        closing = last_day(fact.value.get("closing"))
        return None if closing and closing < self.on else fact

    @cached_property
    def last_round(self) -> Fact | None:
        named = [
            f
            for f in rounds(self.seen)
            if f.value.get("round") and f.value["kind"] not in ("grant", "debt", "licence")
        ]
        return named[-1] if named else None

    @cached_property
    def standing_round(self) -> Fact | None:
        """The last closed round while it still says where a company stands: for three years from
        its day, or from the text's where it has none.
        """
        last = self.last_round
        said = last and (last_day(last.value.get("date")) or last_day(last.as_of))
        return last if said and said + ROUND_STANDS >= self.on else None

    @cached_property
    def round(self) -> tuple[str | None, Fact | None]:
        """The current raise's round, else the last closed one while it stands; a listed company
        reads as ipo.
        """
        status, fact = self.status
        if status == "listed":
            return "ipo", fact
        for candidate in (self.current_raise, self.standing_round):
            if candidate is not None and candidate.value.get("round"):
                return candidate.value["round"], candidate
        return None, None

    @cached_property
    def hq(self) -> Fact | None:
        return self.seen.one("hq")

    @cached_property
    def origins(self) -> list[Fact]:
        """Where it comes from; joint research is no origin."""
        stated = self.seen.all("origin_institution")
        return [f for f in stated if f.value["how"] != "joint-research"]

    @cached_property
    def close_to(self) -> dict[str, tuple[str, Fact]]:
        """Investors and funds it says it has or talks with: how they stand, and the fact."""
        found = {}
        for fact in self.seen.all("relationship"):
            if fact.value["relation"] in CLOSE and not fact.stale(self.on):
                found[fact.value["org"]] = (fact.value["relation"], fact)
        for fact in self.seen.all("investment_received"):
            for org in (fact.value["org"], fact.value.get("fund")):
                if org:
                    found[org] = ("shareholder", fact)
        return found

    @cached_property
    def partnerships(self) -> list[Fact]:
        """What it says of whom it works with or belongs to; who holds its shares stands apart."""
        return [f for f in self.seen if f.partner_org and f.field != "investment_received"]

    @cached_property
    def us_hubs(self) -> list[Fact]:
        """Planned or stated US hubs; never the headquarters alone."""
        plan = self.seen.one("us_plan")
        planned = [plan] if plan and plan.value.get("hub") else []
        return planned or [f for f in self.seen.all("us_presence") if country_of(f.value) == "us"]

    def hub_of(self, fact: Fact) -> str:
        return fact.value["hub"] if isinstance(fact.value, dict) else fact.value

    @property
    def next_change(self) -> date:
        closing = last_day(self.current_raise.value.get("closing")) if self.current_raise else None
        last = self.standing_round
        said = last and (last_day(last.value.get("date")) or last_day(last.as_of))
        days = [closing + timedelta(days=1)] if closing else []
        days += [said + ROUND_STANDS + timedelta(days=1)] if said else []
        return min([super().next_change, *days])


class Mandate(Organisation):
    """A mandate with its investor and the investor's chain of parents, at a date."""

    def __init__(
        self,
        document: dict,
        secrets: list[dict],
        on: date,
        investor: Organisation,
        chain: list[Organisation],
        version: int = 0,
    ):
        super().__init__(document, secrets, on, version)
        self.investor, self.chain = investor, chain

    def title(self, lang: str = "en") -> str:
        return super().title(lang) if self.name else self.investor.title(lang)

    @property
    def invented(self) -> bool:
        return self.investor.invented

    @cached_property
    def affiliates(self) -> frozenset[str]:
        """The investor, its parents and their parents: a block on any of them holds."""
        return frozenset([self.investor.id, *(o.id for o in self.chain)])

    @cached_property
    def programmes(self) -> list[tuple[Organisation, Fact]]:
        """Active internal programmes and holdings of fund and parents."""
        found = [
            (o, f)
            for o in [self.investor, *self.chain]
            for name in ("internal_programme", "holding")
            for f in o.full.all(name)
        ]
        return [(o, f) for o, f in found if f.value["status"] == "active"]

    @cached_property
    def close_to(self) -> dict[str, tuple[str, Fact]]:
        """Startups that the mandate or its investor says it holds shares of or talks with."""
        stated = self.full.all("relationship") + self.investor.full.all("relationship")
        close = [f for f in stated if f.value["relation"] in CLOSE and not f.stale(self.on)]
        return {f.value["org"]: (f.value["relation"], f) for f in close}

    @cached_property
    def ended(self) -> bool:
        """Whether its investor is closed."""
        status = self.investor.open.one("corporate_status")
        return status is not None and status.value in ("closed", "acquired")

    @cached_property
    def follows_on(self) -> bool:
        """Whether it says that it looks for rounds of companies it holds already."""
        return "follow-on" in self.terms

    @cached_property
    def past_deals(self) -> list[Fact]:
        """Deals that the mandate and its investor state of themselves."""
        return self.open.all("past_deal") + self.investor.open.all("past_deal")

    @cached_property
    def offices(self) -> list[Fact]:
        return self.investor.open.all("office")

    @cached_property
    def terms(self) -> dict[str, Fact]:
        return {
            f.value: f
            for f in [*self.open.all("investor_terms"), *self.investor.open.all("investor_terms")]
        }

    @cached_property
    def us_minded(self) -> bool:
        """Whether its stated geography or an office lies in the United States."""
        places = [f.value for f in [*self.open.all("focus_geography"), *self.offices]]
        return any("us" in territory(p) for p in places if p != "world")

    @cached_property
    def target(self) -> str | None:
        """The one territory it aims at, by the rights it seeks, else by its geography; None where
        it aims at several or at none.
        """
        sought = [
            f.value["territory"] for f in self.open.all("rights_sought") if f.value.get("territory")
        ]
        places = {
            c
            for p in sought or [f.value for f in self.open.all("focus_geography")]
            for c in territory(p)
        }
        aimed = [t for t in TARGETS if t in places]
        return aimed[0] if len(aimed) == 1 else None

    def listed(self, field: str, *modes: str) -> list[Fact]:
        """Members of a mandate list by how firm they are (focus is the default)."""
        return [f for f in self.open.all(field) if (f.list or "focus") in modes]

    @cached_property
    def weights(self) -> dict[str, float] | None:
        """The mandate's own weights of the criteria, where it states any."""
        fact = self.open.one("criterion_weights")
        return fact.value if fact else None

    @cached_property
    def smallest_cheque(self) -> Fact | None:
        """The ticket that states a smallest cheque; a lifetime or per-company figure is no single
        cheque.
        """
        stated = [
            f
            for f in self.open.all("ticket")
            if "min" in f.value and f.value["kind"] in ("initial", "per-round", "not-stated")
        ]
        return min(
            stated, key=lambda f: (f.value["kind"] == "not-stated", f.value["min"]), default=None
        )

    @property
    def next_change(self) -> date:
        return min(
            [super().next_change, self.investor.next_change, *(o.next_change for o in self.chain)]
        )


def chain_of(investor: Organisation, organisations: dict[str, Organisation]) -> list[Organisation]:
    """Parents and their parents at the date of the views, nearest first, each once."""
    found: list[Organisation] = []
    queue = [investor]
    while queue:
        current = queue.pop(0)
        for fact in [*current.open.all("parent"), *current.open.all("ownership")]:
            parent = organisations.get(fact.value.get("org", ""))
            if parent is not None and parent is not investor and parent not in found:
                found.append(parent)
                queue.append(parent)
    return found
