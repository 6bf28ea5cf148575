"""The evaluation as a report: Markdown, JSON and plots in one folder."""

import json
from pathlib import Path

from services.matching.evaluation.baselines import MissingPackage, library
from services.matching.evaluation.metrics import NAMES
from services.matching.evaluation.study import MODELS, TASKS

CREDIT = "Deals: CrunchBase (crunchbase.com), October 2013 export, CC BY."
WHAT = {
    "cold": "a company without a listed investor before the date: rank the investors",
    "warm": "a company with one: rank the others",
    "investor": "an investor: rank the companies",
}


def write(document: dict, folder: Path, allow_missing: bool) -> list[Path]:
    """Writes report.json, report.md and the plots; returns their paths. Raises MissingPackage
    without matplotlib.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "report.json", folder / "report.md"]
    try:
        paths += plots(document, folder)
    except MissingPackage:
        if not allow_missing:
            raise
    paths[0].write_text(json.dumps(document, indent=1) + "\n")
    paths[1].write_text(markdown(document, [p.name for p in paths[2:]]))
    return paths


def markdown(document: dict, pictures: list[str]) -> str:
    """The report as Markdown."""
    report = document["report"]
    lines = [f"# Evaluation on deals, as of {', '.join(report['as_of'])}", "", CREDIT, ""]
    lines += [
        (
            "US deals in coarse categories: this tests the machinery, not the fit of Japanese"
            " companies and CVC teams."
        ),
        "",
    ]
    for task in TASKS:
        asked = report["queries"][task]
        n = asked["queries"] - asked["left_out"]
        lines += [f"## {task.capitalize()}: {WHAT[task]}", ""]
        lines += [
            (
                f"{n} queries; {asked['left_out']} of {asked['queries']} have no relevant candidate"
                " and are left out."
            ),
            "",
        ]
        lines += [
            "| model | " + " | ".join(NAMES) + " | 95 % of ndcg@20 | nakodo less this |",
            "|---" * (len(NAMES) + 3) + "|",
        ]
        lines += [_row(document, task, m) for m in MODELS if m in document[task]] + [""]
    lines += _ablations(document) + _exposure(report.get("exposure") or {})
    lines += [f"![{p}]({p})" for p in pictures]
    return "\n".join(lines) + "\n"


def _row(document: dict, task: str, model: str) -> str:
    found = document[task][model]
    if not found["n"]:
        return f"| {model} | no query |" + " |" * (len(NAMES) + 1)
    gap = document["report"]["differences"][task].get(model)
    against = f"{gap['ndcg@20']:+.3f} [{gap['ci'][0]:+.3f}, {gap['ci'][1]:+.3f}]" if gap else ""
    low, high = found["ci"]["ndcg@20"]
    return (
        f"| {model} | "
        + " | ".join(f"{found[name]:.3f}" for name in NAMES)
        + f" | {low:.3f} to {high:.3f} | {against} |"
    )


def _ablations(document: dict) -> list[str]:
    if not document["ablations"]:
        return []
    lines = [
        "## Variants",
        "",
        "| variant | cold | nakodo less this | investor | nakodo less this |",
        "|---|---|---|---|---|",
    ]
    for name, tasks in document["ablations"].items():
        cells = []
        for task in ("cold", "investor"):
            gap = tasks[task]["nakodo_less_this"]
            cells += [
                f"{tasks[task].get('ndcg@20', float('nan')):.3f}",
                f"{gap['ndcg@20']:+.3f} [{gap['ci'][0]:+.3f}, {gap['ci'][1]:+.3f}]",
            ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _exposure(found: dict) -> list[str]:
    if not found:
        return []
    lines = [
        "## Exposure",
        "",
        (
            f"Share of {found['lists']} lists in whose first 20 an investor stands; limit"
            f" {found['limit']:.0%}."
        ),
        "",
    ]
    lines += ["| | most shown | in lists | investors ever shown |", "|---|---|---|---|"]
    for name in ("without", "with"):
        f = found[name]
        lines.append(
            f"| {name} prices | {f['most_shown_share']:.1%} | {f['most_shown_lists']} |"
            f" {f['ever_shown']} |"
        )
    return [
        *lines,
        "",
        (
            f"{found['priced']} investors carry a price, the largest {found['largest_price']:.2f}"
            " nats."
        ),
        "",
    ]


def plots(document: dict, folder: Path) -> list[Path]:
    """NDCG of every model with its interval, the variants, and exposure. Raises MissingPackage."""
    library("matplotlib").use("Agg")
    pyplot = library("matplotlib.pyplot")
    figure, axes = pyplot.subplots(1, 3, figsize=(13, 4), layout="constrained")
    for axis, task in zip(axes, TASKS):
        models = [m for m in MODELS if document[task].get(m, {}).get("n")]
        means = [document[task][m]["ndcg@20"] for m in models]
        ends = [document[task][m]["ci"]["ndcg@20"] for m in models]
        error = [
            [max(m - e[0], 0) for m, e in zip(means, ends)],
            [max(e[1] - m, 0) for m, e in zip(means, ends)],
        ]
        axis.barh(
            models,
            means,
            xerr=error,
            color=["#2b5f8a" if m == "nakodo" else "#b8c4cf" for m in models],
        )
        axis.set(title=task, xlabel="NDCG@20")
    paths = [_saved(pyplot, figure, folder / "models.png")]
    if document["ablations"]:
        figure, axis = pyplot.subplots(figsize=(9, 5), layout="constrained")
        names = list(document["ablations"])
        for task, offset, colour in (("cold", -0.2, "#2b5f8a"), ("investor", 0.2, "#c27b2c")):
            gaps = [document["ablations"][n][task]["nakodo_less_this"]["ndcg@20"] for n in names]
            axis.barh(
                [i + offset for i in range(len(names))], gaps, height=0.4, label=task, color=colour
            )
        axis.set(
            yticks=range(len(names)),
            yticklabels=names,
            xlabel="NDCG@20 of nakodo less the variant's",
        )
        axis.legend()
        paths.append(_saved(pyplot, figure, folder / "variants.png"))
    if document["report"].get("exposure"):
        figure, axis = pyplot.subplots(figsize=(7, 4), layout="constrained")
        for name, colour in (("without", "#b8c4cf"), ("with", "#2b5f8a")):
            axis.plot(
                document["report"]["exposure"][name]["shares"], label=f"{name} prices", color=colour
            )
        axis.set(xlabel="investors, most shown first", ylabel="share of lists", ylim=(0, None))
        axis.legend()
        paths.append(_saved(pyplot, figure, folder / "exposure.png"))
    return paths


def _saved(pyplot, figure, path: Path) -> Path:
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path
