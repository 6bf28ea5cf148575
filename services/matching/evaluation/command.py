"""What `nakodo evaluate` does: read, study each date, report."""

from datetime import date
from pathlib import Path
from time import monotonic

from services.matching.evaluation.baselines import MissingPackage
from services.matching.evaluation.deals import BadDeals, Deals, months_after, questions
from services.matching.evaluation.model import Evidence, learn, readings_of, windows_before
from services.matching.evaluation.report import write
from services.matching.evaluation.study import MODELS, MONTHS_ASKED, TASKS, document, pooled, study

__all__ = ["BadDeals", "MissingPackage", "evaluate", "fit_readings", "shown"]


def evaluate(
    folder: Path, days: list[date], out: Path | None, say, allow_missing: bool, ablate: bool
) -> dict:
    """The evaluation as one document; with several dates their queries are pooled and each date
    stands in `report.by_date`.
    """
    started = monotonic()
    deals = Deals.read(folder)
    last = date.fromordinal(int(deals.day.max()))
    figures = []
    for day in days:
        if months_after(day, MONTHS_ASKED).toordinal() > last.toordinal() + 31:
            say(f"{day}: the deals end on {last}, before the window of 24 months does")
        figures.append(study(deals, day, say, allow_missing, ablate))
    found = document(pooled(figures))
    found["report"] |= {"as_of": [d.isoformat() for d in days], "deals_until": last.isoformat()}
    if len(days) > 1:
        found["report"]["by_date"] = {
            d.isoformat(): document(f) for d, f in zip(days, figures, strict=True)
        }
    if out:
        found["report"]["files"] = [str(out / name) for name in ("report.json", "report.md")]
        paths = write(found, out, allow_missing)
        found["report"]["files"] = [str(p) for p in paths]
    say(f"done in {monotonic() - started:.0f} s")
    return found


def fit_readings(folder: Path, day: date) -> dict[str, float]:
    """The product's weights of the four readings of evidence, from the half-yearly windows that end
    at or before a day.
    """
    deals = Deals.read(folder)
    windows = [Evidence(w) for w in windows_before(deals, questions(deals, day, MONTHS_ASKED))]
    if not windows:
        raise BadDeals(f"{day}: no answered query in the half-years before it")
    return readings_of(learn(windows), windows[0].names)


def shown(found: dict) -> str:
    """The figures as a table for the terminal: NDCG@20 of every model and task, and nakodo's lead
    with its interval.
    """
    lines = [
        f"{'NDCG@20':16}"
        + "".join(f"{t + ' (' + str(found[t]['nakodo']['n']) + ')':>32}" for t in TASKS)
    ]
    for model in (m for m in reversed(MODELS) if m in found["cold"]):
        line = f"{model:16}"
        for task in TASKS:
            gap = found["report"]["differences"][task].get(model)
            lead = (
                f"{gap['ndcg@20']:+.3f} [{gap['ci'][0]:+.3f}, {gap['ci'][1]:+.3f}]" if gap else ""
            )
            line += f"{found[task][model].get('ndcg@20', float('nan')):8.3f} {lead:23}"
        lines.append(line.rstrip())
    lines.append(
        "beside each figure: nakodo less it, with the 95 % interval of the difference on the same"
        " queries"
    )
    return "\n".join([*lines, *(found["report"].get("files") or [])])
