"""Rules beside the scores, for one startup and, where one is asked about, one investor: public
money, ownership, borders, lists.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from services.matching.engine.rulebook import Finding
from services.matching.engine.rules import decide
from services.matching.engine.sentences import joined
from services.matching.engine.views import Mandate, Organisation, Startup
from services.matching.engine.words import label
from shared.judgement.dates import last_day, shown
from shared.judgement.facts import Fact
from shared.judgement.fields import open_tiers
from shared.judgement.funding import raised
from shared.judgement.gates import HARD, SOFT, UNKNOWN
from shared.judgement.money import Money
from shared.vocabulary import country_of

HALF, TWO_THIRDS = Fraction(1, 2), Fraction(2, 3)
LARGE_KINDS = ("pharma", "corporate", "cvc")


def about_startup(
    startup: Startup, programmes: Iterable[Organisation], cheque: Money | None
) -> list[Finding]:
    """What the rules say of a startup by itself; `cheque` is what a certified investor might put
    in.
    """
    known = {p.id: p for p in programmes}
    found = [f for p in known.values() if (f := leverage(startup, p, cheque))]
    return found + _grants(startup, known) + _borders(startup, known)


def about_pair(
    startup: Startup, mandate: Mandate, known: Mapping[str, Organisation], stake: Fraction | None
) -> list[Finding]:
    """What the rules say of an investment; `stake` is the share it would take, where it is asked
    about.
    """
    found = [
        _certification(mandate),
        deemed_large(startup, mandate, stake) if stake is not None else None,
    ]
    return [f for f in [*found, fefta(startup, mandate), cfius(startup, mandate)] if f]


# -- public money


def leverage(startup: Startup, programme: Organisation, cheque: Money | None) -> Finding | None:
    """How a certified cheque becomes a project under a programme's own dated conditions, and which
    of them is missing.

    The investors' share s of the cost is at least `cofunding-ratio`: project = cheque / s, at most
    `max_project`; the rest is subsidy, at most `subsidy_rate_max` of it where that is stated. None
    where the programme states no ratio.
    """
    written = {f.value["rule"]: f for f in programme.open.all("eligibility")}
    ratio, rate = written.get("cofunding-ratio"), programme.open.one("subsidy_rate_max")
    if ratio is None:
        return None
    least, ceiling = written.get("certified-vc-commitment"), programme.open.one("max_project")
    stated = startup.seen.one("certified_commitment")
    smallest = Money.of(least.value["value"], least.value["unit"]) if least else None
    money = (
        cheque
        or (Money.of(stated.value["amount"], stated.value["currency"]) if stated else smallest)
        or Money.of(100_000_000, "JPY")
    )
    facts = tuple(f for f in (ratio, rate, least, ceiling) if f)
    words = {"programme": programme.title, "cheque": money.text}
    if smallest and money.currency == smallest.currency and money.minor < smallest.minor:
        words |= {"smallest": smallest.text}
        return Finding("amed-leverage", "too-small", words, facts, _calls(programme))
    project, subsidy = _project(money, ratio, rate, ceiling)
    words |= {"project": project.text, "subsidy": subsidy.text}
    missing, against = _conditions(startup, programme, bool(cheque or stated))
    words["missing"] = lambda lang: joined(
        [label("eligibility_criterion", r, lang) for r in against or missing], lang
    )
    outcome = "outside" if against else "missing" if missing else "ready"
    return Finding("amed-leverage", outcome, words, facts, _calls(programme))


def _calls(programme: Organisation) -> tuple[Fact, ...]:
    """The windows of a programme's calls, past ones too."""
    stated = (f for f in programme.document["facts"] if f["field"] == "period")
    return tuple(fact for f in stated if (fact := Fact.of(f)).tier in open_tiers)


def _conditions(
    startup: Startup, programme: Organisation, committed: bool
) -> tuple[list[str], list[str]]:
    """The programme's written rules that are not settled, and those that fail. The ratio is what
    the sum was made with.
    """
    missing, against = [], []
    for fact in programme.open.all("eligibility"):
        rule = fact.value["rule"]
        if (
            fact.value.get("effect") == "allows"
            or rule == "cofunding-ratio"
            or (committed and rule == "certified-vc-commitment")
        ):
            continue
        state = decide(startup, startup.assets[0], fact).state
        missing += [rule] if state == UNKNOWN else []
        against += [rule] if state in (SOFT, HARD) else []
    return missing, against


def _project(
    cheque: Money, ratio: Fact, rate: Fact | None, ceiling: Fact | None
) -> tuple[Money, Money]:
    """(project, subsidy) a cheque may carry; published decimals such as 0.3333 stand for their
    fractions.
    """
    share, most = (
        Fraction(str(f)).limit_denominator(12)
        for f in (ratio.value["value"], rate.value if rate else 1)
    )
    project = Money(int(cheque.minor / share), cheque.currency)
    if ceiling and ceiling.value["currency"] == cheque.currency:
        project = min(
            project, Money.of(ceiling.value["amount"], cheque.currency), key=lambda m: m.minor
        )
    return project, Money(
        min(int(project.minor * most), project.minor - cheque.minor), cheque.currency
    )


def _grants(startup: Startup, known: Mapping[str, Organisation]) -> list[Finding]:
    """Totals with grants in them, and adoptions that are not yet money."""
    found = []
    for total in startup.seen.all("total_raised"):
        if total.value["counts"] != "all":
            continue
        money = Money.of(total.value["amount"], total.value["currency"])
        equity = raised(startup.seen, "equity", money.currency)
        if equity.low.minor < money.minor:
            words = {"total": money.text, "low": equity.low.text}
            found.append(Finding("grant-not-cash", "mixed", words, (total, *equity.facts)))
    for fact in startup.seen.all("public_grant"):
        found.append(
            Finding("grant-not-cash", "adopted", {"programme": _programme(fact, known)}, (fact,))
        )
    return found


def _programme(grant: Fact, known: Mapping[str, Organisation]):
    """The programme of a grant by its name, or as it was written."""
    name = grant.value["programme"]
    return lambda lang: known[name].title(lang) if name in known else name


def _certification(mandate: Mandate) -> Finding | None:
    """Whether the investor is stated to be certified; past the stated end it is a question, not a
    no.
    """
    stated = [
        Fact.of(f)
        for o in (mandate, mandate.investor)
        for f in o.document["facts"]
        if f["field"] == "investor_terms"
    ]
    stated = [
        f
        for f in stated
        if f.value == "amed-certified" and (f.start is None or f.start <= mandate.on)
    ]
    newest = max(stated, key=lambda f: f.valid_to or "9999", default=None)
    if newest is None:
        return None
    words = {"investor": mandate.title}
    end = last_day(newest.valid_to)
    if end is None:
        return Finding(
            "amed-certification", "certified", words | {"date": _day(newest.as_of)}, (newest,)
        )
    outcome = "lapsed" if end < mandate.on else "certified-until"
    return Finding(
        "amed-certification", outcome, words | {"date": _day(newest.valid_to)}, (newest,)
    )


def _day(text: str):
    return lambda lang: shown(text, lang)


# -- ownership


def deemed_large(startup: Startup, mandate: Mandate, stake: Fraction) -> Finding:
    """Whether a stake would make the startup count as held by large companies: one group by half,
    or several by two thirds.
    """
    words = {"investor": mandate.title, "stake": _percent(stake)}
    if not _is_large(mandate):
        return Finding("deemed-large", "not-large", words)
    holders = startup.seen.all("shareholder")
    held = [(f, Fraction(str(f.value["share"])) / 100) for f in holders]
    # new shares: everybody else's part shrinks
    diluted = [(f, share * (1 - stake)) for f, share in held]
    group = stake + sum(
        (s for f, s in diluted if f.value.get("org") in mandate.affiliates), Fraction(0)
    )
    together = stake + sum(
        (s for f, s in diluted if f.value.get("large") or f.value.get("org") in mandate.affiliates),
        Fraction(0),
    )
    words |= {"group": _percent(group), "together": _percent(together)}
    facts = tuple(holders)
    if group >= HALF:
        return Finding("deemed-large", "crosses-one", words, facts)
    if together >= TWO_THIRDS:
        return Finding("deemed-large", "crosses-all", words, facts)
    return Finding("deemed-large", "keeps" if holders else "unknown-holders", words, facts)


def _is_large(mandate: Mandate) -> bool:
    """Whether the investor or somebody above it is a company of its own trade: corporate investors,
    pharma; not an independent fund.
    """
    kinds = [
        f.value for o in (mandate.investor, *mandate.chain) for f in o.open.all("organization_type")
    ]
    return any(kind in LARGE_KINDS for kind in kinds)


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.4g} %"


# -- borders


def _entities(organisation: Organisation, *roles: str) -> list[dict]:
    """Legal entities that hold at the view's date, of given roles where any are stated."""
    now = organisation.on.isoformat()
    stated = [e for e in organisation.document.get("legal_entities", []) if e.get("jurisdiction")]
    stated = [
        e
        for e in stated
        if (e.get("valid_from") or "") <= now and (e.get("valid_to") or "9999") >= now
    ]
    return [e for e in stated if set(e.get("roles", [])) & set(roles)] or stated


def _countries(organisation: Organisation, *roles: str) -> set[str]:
    return {country_of(e["jurisdiction"]) for e in _entities(organisation, *roles)}


def fefta(startup: Startup, mandate: Mandate) -> Finding | None:
    """The buying entity, its jurisdiction and the chain above it, at the view's date, towards a
    Japanese target.
    """
    issuers = _countries(startup, "issuer")
    if issuers and "jp" not in issuers:
        return Finding("fefta", "target-abroad", {"startup": startup.title})
    buyer, words = mandate.investor, {"buyer": mandate.title}
    countries = _countries(buyer, "issuer", "operating")
    if countries and "jp" not in countries:
        return Finding("fefta", "foreign-entity", words | {"why": _places(countries)})
    over = _foreign_owner(mandate)
    if countries:
        if over is None:
            return Finding("fefta", "not-foreign", words)
        owner, fact = over
        share = (
            f"{fact.value['share']} %"
            if fact.value.get("share")
            else (lambda lang: label("ownership_relation", fact.value["relation"], lang))
        )
        return Finding(
            "fefta",
            "foreign-chain",
            words | {"holder": owner.title, "share": share, "why": _places(_seat(owner))},
            (fact,),
        )
    words["chain"] = _chain(mandate)
    facts = tuple(
        f
        for o in (buyer, *mandate.chain)
        for f in [*o.open.all("parent"), *o.open.all("ownership")]
    )
    offices = {country_of(f.value) for f in buyer.open.all("office")}
    if offices and "jp" not in offices:
        return Finding(
            "fefta",
            "offices-abroad",
            words | {"why": _places(offices)},
            (*buyer.open.all("office"), *facts),
        )
    return Finding("fefta", "unknown", words, facts)


def _seat(organisation: Organisation) -> set[str]:
    """Where an organisation sits: its entities, else its offices."""
    return _countries(organisation) or {
        country_of(f.value) for f in organisation.open.all("office")
    }


def _foreign_owner(mandate: Mandate) -> tuple[Organisation, Fact] | None:
    """Somebody abroad who holds half or more of the buyer or of a company above it."""
    by_id = {o.id: o for o in mandate.chain}
    for owned in (mandate.investor, *mandate.chain):
        for fact in [*owned.open.all("parent"), *owned.open.all("ownership")]:
            owner = by_id.get(fact.value.get("org", ""))
            half = (
                fact.value["relation"] in ("majority", "wholly-owned")
                or (fact.value.get("share") or 0) >= 50
            )
            if owner is not None and half and (seat := _seat(owner)) and "jp" not in seat:
                return owner, fact
    return None


def _chain(mandate: Mandate):
    """Who stands above the buyer, in words, with the share where one is stated."""

    def text(lang: str) -> str:
        said = []
        for owned in (mandate.investor, *mandate.chain):
            for fact in [*owned.open.all("parent"), *owned.open.all("ownership")]:
                owner = next((o for o in mandate.chain if o.id == fact.value.get("org")), None)
                if owner is not None:
                    share = f" {fact.value['share']} %" if fact.value.get("share") else ""
                    relation = label("ownership_relation", fact.value["relation"], lang)
                    said.append(f"{owned.title(lang)} → {owner.title(lang)} ({relation}{share})")
        return (
            ("。資本関係：" if lang == "ja" else "; above it: ") + joined(said, lang)
            if said
            else ""
        )

    return text


def _places(countries: set[str]):
    return lambda lang: joined(
        [label("geography", c, lang) for c in sorted(c for c in countries if c)], lang
    )


def cfius(startup: Startup, mandate: Mandate) -> Finding | None:
    """Money from outside the United States into a company with an entity or a presence there."""
    here = [
        f
        for f in [*startup.seen.all("us_presence"), *startup.seen.all("legal_entity_of")]
        if country_of(f.value) == "us"
    ]
    if "us" not in _countries(startup) and not here:
        return None
    words = {
        "startup": startup.title,
        "buyer": mandate.title,
        "place": _places({f.value for f in here} or {"us"}),
    }
    seats = set().union(*(_seat(o) for o in mandate.chain)) or _seat(mandate.investor)
    abroad = {c for c in seats if c and c != "us"}
    if not seats:
        return Finding("cfius", "unknown", words, tuple(here))
    return (
        Finding("cfius", "may-apply", words | {"why": _places(abroad)}, tuple(here))
        if abroad
        else None
    )


def _borders(startup: Startup, known: Mapping[str, Organisation]) -> list[Finding]:
    """Technology, inventions and rights when people or intellectual property are to move to the
    United States.
    """
    facts = [
        *startup.seen.all("us_plan"),
        *[f for f in startup.seen.all("us_presence") if country_of(f.value) == "us"],
    ]
    moves = [
        f
        for f in facts
        if not isinstance(f.value, dict)
        or f.value.get("would_move")
        or f.value.get("entity")
        or f.value.get("hub")
    ]
    if not moves or startup.hq is None or country_of(startup.hq.value) != "jp":
        return []
    words = {
        "why": _places(
            {
                f.value["hub"]
                if isinstance(f.value, dict) and f.value.get("hub")
                else "us"
                if isinstance(f.value, dict)
                else f.value
                for f in moves
            }
        )
    }
    found = [
        Finding(rule, "review", words, tuple(moves))
        for rule in ("technology-export", "first-filing")
    ]
    grants = startup.seen.all("public_grant")
    if grants:
        names = [_programme(f, known) for f in grants]
        found.append(
            Finding(
                "commissioned-ip",
                "ask",
                words | {"programme": lambda lang: joined([n(lang) for n in names], lang)},
                (*grants, *moves),
            )
        )
    return found
