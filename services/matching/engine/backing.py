"""How many startups an investor is known to have backed, and how large it is: what a calibration
freezes of it, and what its own record says.
"""

import math
from collections.abc import Iterable

from services.matching.engine.views import Mandate, Startup
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
    """What a calibration freezes of investors: startups known to be backed by each, and the means
    over them.
    """
    backed: dict[str, set[str]] = {}
    for startup in startups:
        for fact in startup.open.all("investment_received"):
            for org in (fact.value["org"], fact.value.get("fund")):
                backed.setdefault(org or "", set()).add(startup.id)
    investors = {m.investor.id: m for m in mandates}
    deals = {i: len(backed.get(i, ())) for i in sorted(investors)}
    counts = [math.log1p(n) for n in deals.values()]
    sizes = [s for _, m in sorted(investors.items()) if (s := size_of(m))]
    return {
        "deals": {i: n for i, n in deals.items() if n},
        "mean_deals": round(sum(counts) / max(len(counts), 1), 9),
        "mean_size": round(sum(sizes) / max(len(sizes), 1), 9),
    }
