"""Commands about a startup's papers: the one-pager, documents, links for people without an account,
facts that files propose.
"""

from pathlib import Path

import click

from services import show
from services.cli.group import JSON, LANG, client, main, options, tell


@main.command("one-pager")
@click.argument("startup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--tier",
    type=click.Choice(["public", "network"]),
    default="public",
    show_default=True,
    help="How much of the profile it shows.",
)
@options(LANG)
@click.pass_obj
def one_pager(settings, startup, file, tier, lang):
    """Write the one-pager of STARTUP into FILE (PDF), in English or Japanese."""
    with client(settings, lang) as c:
        file.write_bytes(c.one_pager(startup, lang, tier))
    click.echo(f"{file}", err=True)


@main.command()
@click.argument("startup")
@click.option("--days", type=click.IntRange(1, 90), default=14, show_default=True)
@click.option(
    "--tier",
    type=click.Choice(["public", "network"]),
    default="public",
    show_default=True,
    help="How much of the profile it shows.",
)
@options(LANG, JSON)
@click.pass_obj
def share(settings, startup, days, tier, lang, as_json):
    """Make a link to the one-pager of STARTUP for people without an account; it is shown this
    once.
    """
    with client(settings, lang) as c:
        made = c.share(startup, lang, days, tier)
    tell(
        made,
        as_json,
        lambda: f"{settings.public_url.rstrip('/')}{made['path']}  ({made['expires_at'][:10]})",
    )


@main.command()
@click.argument("startup")
@options(LANG, JSON)
@click.pass_obj
def documents(settings, startup, lang, as_json):
    """The documents of STARTUP that you may read."""
    with client(settings, lang) as c:
        items = c.documents(startup)
    tell(items, as_json, lambda: show.documents(items, lang))


@main.command("add-document")
@click.argument("startup")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(["deck", "one-pager", "pledge", "other"]), required=True)
@click.option("--language", type=click.Choice(["en", "ja"]), required=True)
@click.option(
    "--tier",
    type=click.Choice(["public", "network", "private"]),
    default="network",
    show_default=True,
)
@click.option("--until", metavar="DATE", help="The last day others may read it.")
@options(LANG, JSON)
@click.pass_obj
def add_document(settings, startup, file, kind, language, tier, until, lang, as_json):
    """Add a PDF to STARTUP's papers; nothing confidential."""
    more = {"expires_on": until} if until else {}
    with client(settings, lang) as c:
        made = c.add_document(
            startup, file.name, file.read_bytes(), kind=kind, language=language, tier=tier, **more
        )
    tell(made, as_json, lambda: show.documents([made], lang))


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--kind",
    type=click.Choice(["registry", "adoptions"]),
    required=True,
    help="A trial registry's export, or a list of adopted projects.",
)
@click.option("--title", required=True, help="Where the file comes from.")
@click.option("--as-of", "as_of", required=True, metavar="DATE", help="The day of the file.")
@click.option("--url", help="Its address.")
@click.option("--programme", help="Of adopted projects: whose, such as amed-startup-ecosystem.")
@click.option("--apply", is_flag=True, help="Propose; without, only the plan is shown.")
@options(LANG, JSON)
@click.pass_obj
def propose(settings, file, kind, title, as_of, url, programme, apply, lang, as_json):
    """Propose the facts of FILE (CSV or XLSX) to the startups they are about; each counts once a
    person confirms it.
    """
    named = {
        k: v
        for k, v in {
            "kind": kind,
            "title": title,
            "as_of": as_of,
            "url": url,
            "programme": programme,
        }.items()
        if v
    }
    with client(settings, lang) as c:
        told = c.propose(file.name, file.read_bytes(), apply, **named)
    tell(told, as_json, lambda: show.proposed(told, lang))
