"""Commands that judge the matcher on historical deals."""

import json
from datetime import date
from functools import partial
from pathlib import Path

import click

from services.cli.group import JSON, Later, main, tell

# brings scipy, which nothing else here needs
evaluation = Later("services.matching.evaluation.command")


@main.command()
@click.option(
    "--deals",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with deals.csv.gz and its kin.",
)
@click.option(
    "--as-of",
    "days",
    required=True,
    multiple=True,
    metavar="DATE",
    help="Judge from this day on; repeat it to pool several.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write report.md, report.json and plots into this folder.",
)
@click.option(
    "--ablations/--no-ablations",
    default=True,
    show_default=True,
    help="Also fit the model without each criterion.",
)
@click.option(
    "--allow-missing", is_flag=True, help="Leave out baselines whose package is not installed."
)
@JSON
def evaluate(deals, days, out, ablations, allow_missing, as_json):
    """Judge the matcher on historical deals, beside what one would use instead.

    Every model is fitted on windows that end at or before the day; the weights in use are not read.
    Takes a minute or two a day.
    """
    try:
        dates = [date.fromisoformat(d) for d in days]
    except ValueError as error:
        raise click.BadParameter(f"{error}", param_hint="--as-of") from error
    try:
        found = evaluation.evaluate(
            deals, dates, out, partial(click.echo, err=True), allow_missing, ablations
        )
    except (evaluation.BadDeals, evaluation.MissingPackage) as error:
        raise click.ClickException(str(error)) from error
    tell(found, as_json, lambda: evaluation.shown(found))


@main.command("fit-weights")
@click.option(
    "--deals",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with deals.csv.gz and its kin.",
)
@click.option(
    "--as-of",
    "day",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="Learn from windows that end at or before this day.",
)
def fit_weights(deals, day):
    """Fit the weights of the readings of evidence on deals, as `weights.json` of the engine holds
    them; shares stay judgement.
    """
    try:
        click.echo(json.dumps(evaluation.fit_readings(deals, day.date())))
    except evaluation.BadDeals as error:
        raise click.ClickException(str(error)) from error
