"""How many startups an investor is known to have backed, and how large it is: what a calibration
freezes of it, and what its own record says.
"""

import math
from collections.abc import Iterable
from datetime import date

from services.matching.engine.views import Mandate, Startup
from shared.judgement.dates import last_day
from shared.judgement.funding import amount_in
from shared.judgement.money import newest_year


def size_of(mandate: Mandate) -> float | None:
    """log10 of the largest fund stated, in USD."""
    stated = (
        amount_in(f.value | {"amount": amount}, "USD", newest_year())
        for f in mandate.investor.open.all("fund_size")
        if (amount := f.value.get("amount") or f.value.get("min"))
    )
    largest = max((float(m.whole) for m in stated if m), default=0.0)
    return math.log10(largest) if largest > 0 else None


def known_of(startups: Iterable[Startup], mandates: list[Mandate]) -> dict:
    """What a calibration freezes of investors: startups known to be backed by each, the last such
    day, and the means over them.
    """
    backed: dict[str, dict[str, date]] = {}
    for startup in startups:
        for fact in startup.open.all("investment_received"):
            day = last_day(fact.value.get("date")) or last_day(fact.as_of) or date.min
            for org in (fact.value["org"], fact.value.get("fund")):
                mine = backed.setdefault(org or "", {})
                mine[startup.id] = max(day, mine.get(startup.id, date.min))
    investors = {m.investor.id: m for m in mandates}
    deals = {i: backed.get(i, {}) for i in sorted(investors)}
    counts = [math.log1p(len(found)) for found in deals.values()]
    sizes = [s for _, m in sorted(investors.items()) if (s := size_of(m))]
    return {
        "deals": {i: len(found) for i, found in deals.items() if found},
        "last": {i: max(found.values()).isoformat() for i, found in deals.items() if found},
        "mean_deals": round(sum(counts) / max(len(counts), 1), 9),
        "mean_size": round(sum(sizes) / max(len(sizes), 1), 9),
    }


def last_deal(mandate: Mandate, known: dict) -> date | None:
    """The last day an investor is known to have invested, by its own record or the calibration's;
    None where no dated deal is known.
    """
    days = [day for f in mandate.past_deals if (day := last_day(f.value["date"]))]
    frozen = known["last"].get(mandate.investor.id)
    last = max([*days, date.fromisoformat(frozen) if frozen else date.min])
    return None if last == date.min else last
