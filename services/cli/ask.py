"""Commands that ask: feeds, lists, explanations, gates, previews, triads, names."""

import json
import sys
from pathlib import Path

import click

from services import show
from services.cli.group import AS_OF, INVENTED, JSON, LANG, client, main, options, tell

SLICE = 50  # rows of a table per request: each a transaction, each a step of the bar


@main.command()
@click.argument("name")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 200))
@options(LANG, JSON, AS_OF, INVENTED)
@click.pass_obj
def feed(settings, name, limit, lang, as_json, as_of, invented):
    """The live feed of an investor or mandate, best first. NAME is a slug or any known name."""
    with client(settings, lang) as c:
        items = c.feed(name, as_of=as_of, invented=invented, limit=limit)
    tell(items, as_json, lambda: show.feed(items, lang))


@main.command()
@click.argument("startup")
@options(LANG, JSON, AS_OF, INVENTED)
@click.pass_obj
def matches(settings, startup, lang, as_json, as_of, invented):
    """A startup's own list: one line per investor, best first."""
    with client(settings, lang) as c:
        items = c.matches(startup, as_of=as_of, invented=invented)
    tell(items, as_json, lambda: show.matches(items, lang))


@main.command()
@click.argument("startup")
@click.argument("investor")
@options(LANG, JSON, AS_OF)
@click.pass_obj
def explain(settings, startup, investor, lang, as_json, as_of):
    """One pair in full: gates, contributions that sum, reasons, open questions."""
    with client(settings, lang) as c:
        match = c.explain(startup, investor, as_of=as_of)
    tell(match, as_json, lambda: show.explanation(match, lang))


@main.command()
@click.argument("startup")
@click.argument("other")
@click.option("--partner", help="A site or provider that may offer what the site lacks.")
@options(LANG, JSON, AS_OF)
@click.pass_obj
def gates(settings, startup, other, partner, lang, as_json, as_of):
    """The gates of a startup against an investor, mandate, site, provider or programme."""
    with client(settings, lang) as c:
        found = c.gates(startup, other, as_of=as_of, partner=partner)
    tell(found, as_json, lambda: show.gates(found, lang))


@main.command()
@click.argument("mandate")
@click.option(
    "--weight",
    "weights",
    multiple=True,
    metavar="CRITERION=NUMBER",
    help="An own weight, such as modality=0.3; repeat it.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="FIELD",
    help="Leave out what the mandate states in a field, such as focus_area.",
)
@options(LANG, JSON)
@click.pass_obj
def preview(settings, mandate, weights, without, lang, as_json):
    """What a mandate with other weights, or without some of its statements, would move. Nothing is
    stored.
    """
    given = {}
    for text in weights:
        criterion, _, number = text.partition("=")
        try:
            given[criterion] = float(number)
        except ValueError as error:
            raise click.BadParameter(
                f"{text!r} is not CRITERION=NUMBER", param_hint="--weight"
            ) from error
    with client(settings, lang) as c:
        found = c.preview(mandate, given or None, without=list(without))
    tell(found, as_json, lambda: show.preview(found, lang))


@main.command()
@click.argument("startup")
@options(LANG, JSON, AS_OF, INVENTED)
@click.pass_obj
def triads(settings, startup, lang, as_json, as_of, invented):
    """Investor and site together for a startup, the weakest link named."""
    with client(settings, lang) as c:
        items = c.triads(startup, as_of=as_of, invented=invented)
    tell(items, as_json, lambda: show.triads(items, lang))


@main.command()
@click.argument("startup")
@options(LANG, JSON, AS_OF, INVENTED)
@click.pass_obj
def coach(settings, startup, lang, as_json, as_of, invented):
    """What a startup should state next, by how many mandates it would answer."""
    with client(settings, lang) as c:
        found = c.coach(startup, as_of=as_of, invented=invented)
    tell(found, as_json, lambda: show.coach(found, lang))


@main.command()
@click.argument("startup", required=False)
@options(LANG, JSON)
@click.pass_obj
def asks(settings, startup, lang, as_json):
    """The questions that wait for STARTUP's answer; without it, what your organisation has
    asked.
    """
    with client(settings, lang) as c:
        items = c.asks(startup)
    tell(items, as_json, lambda: show.asks(items, lang))


@main.command()
@click.argument("startup")
@click.argument("mandate")
@click.argument("gate")
@click.option("--named", is_flag=True, help="Show the startup who asks.")
@options(LANG, JSON)
@click.pass_obj
def ask(settings, startup, mandate, gate, named, lang, as_json):
    """Put an unknown GATE of a pair to the startup, as `nakodo explain` names it."""
    with client(settings, lang) as c:
        made = c.ask(startup, mandate, gate, named)
    tell(made, as_json, lambda: show.asks([made], lang))


@main.command()
@click.argument("name")
@click.argument("week", required=False)
@options(LANG, JSON)
@click.pass_obj
def editions(settings, name, week, lang, as_json):
    """The weekly editions of a mandate's feed, or, with WEEK (2026-W48), that one as it was
    fixed.
    """
    with client(settings, lang) as c:
        found = c.edition(name, week) if week else c.editions(name)
    tell(
        found,
        as_json,
        lambda: (
            show.feed(found["items"], lang)
            if week
            else "\n".join(f"{w['week']}  {w['items']}" for w in found)
        ),
    )


@main.command()
@options(LANG, JSON, INVENTED)
@click.pass_obj
def exposure(settings, lang, as_json, invented):
    """Which mandates fill the startups' lists, and which startups nobody is shown."""
    with client(settings, lang) as c:
        found = c.exposure(invented=invented)
    tell(found, as_json, lambda: show.exposure(found, lang))


@main.command()
@click.argument("text")
@options(LANG, JSON, INVENTED)
@click.pass_obj
def search(settings, text, lang, as_json, invented):
    """Find organisations by any of their names, typos forgiven."""
    with client(settings, lang) as c:
        items = c.search(text, invented=invented)
    tell(items, as_json, lambda: show.search(items, lang))


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", is_flag=True, help="Do it; without, only the plan is shown.")
@click.option(
    "--saved", metavar="NAME", help="Use, or with --column save, a column mapping under this name."
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="HEADING=COLUMN",
    help="What one of your headings means; repeat it.",
)
@options(LANG, JSON)
@click.pass_obj
def import_command(settings, file, apply, saved, columns, lang, as_json):
    """Startups from a CSV or XLSX table: a plan of what would be created, changed and refused,
    then, with --apply, the deed.
    """
    content, mapping = file.read_bytes(), dict(c.partition("=")[::2] for c in columns)
    more = {"saved": saved, "mapping": json.dumps(mapping) if mapping else None}
    with client(settings, lang) as c:
        told = c.import_startups(file.name, content, **more)
        if apply and not told["conflicts"]:
            with click.progressbar(
                range(1, told["rows"] + 1, SLICE), label=file.name, file=sys.stderr
            ) as slices:
                for first in slices:
                    c.import_startups(
                        file.name, content, True, **more, first=first, last=first + SLICE - 1
                    )
            told["applied"] = True
    tell(told, as_json, lambda: show.imported(told, lang))
    sys.exit(1 if told["conflicts"] else 0)


@main.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@options(LANG)
@click.pass_obj
def export_command(settings, file, lang):
    """All startups you may see into FILE (.xlsx or .csv), which can be imported again."""
    with client(settings, lang) as c:
        file.write_bytes(c.export_startups("csv" if file.suffix == ".csv" else "xlsx"))
    click.echo(f"{file}", err=True)
