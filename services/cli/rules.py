"""Commands about dated rules: what they say of a company, and the lists they compare suppliers
with.
"""

from pathlib import Path

import click

from services import show
from services.cli.group import AS_OF, JSON, LANG, Later, client, main, options, tell

sheets = Later("shared.organizations.sheets")


@main.command()
@click.argument("startup")
@click.option("--investor", help="Of the two together: an investor or mandate.")
@click.option("--stake", type=float, help="With --investor: the share it would take, in percent.")
@click.option("--cheque", type=int, help="What a certified investor would put in, in whole units.")
@click.option(
    "--currency", type=click.Choice(["JPY", "USD", "EUR"]), default="JPY", show_default=True
)
@options(LANG, JSON, AS_OF)
@click.pass_obj
def rules(settings, startup, investor, stake, cheque, currency, lang, as_json, as_of):
    """What dated public rules say of a startup: public money, ownership, borders, suppliers of
    concern. No legal advice.
    """
    with client(settings, lang) as c:
        found = c.rules(
            startup, investor=investor, stake=stake, cheque=cheque, currency=currency, as_of=as_of
        )
    tell(found, as_json, lambda: show.rules(found, lang))


@main.group()
def watchlist():
    """Lists of companies of concern, version by version."""


@watchlist.command("list")
@options(LANG, JSON)
@click.pass_obj
def versions(settings, lang, as_json):
    """All versions of all lists; those in force are marked."""
    with client(settings, lang) as c:
        found = c.watchlists()
    tell(found, as_json, lambda: show.watchlists(found, lang))


@watchlist.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--list", "name", required=True, help="Which list, such as 1260h or omb.")
@click.option("--title", required=True, help="As people know it.")
@click.option(
    "--published", required=True, metavar="DATE", help="The day it was published, 2026-12-18."
)
@click.option("--source", required=True, help="Where it was published.")
@options(LANG, JSON)
@click.pass_obj
def add(settings, file, name, title, published, source, lang, as_json):
    """Load a published version from FILE (CSV or XLSX: name, aliases, corporate_number, lei, ein)
    and screen every startup anew.
    """
    form = {"list": name, "title": title, "published": published, "source": source}
    with client(settings, lang) as c:
        made = c.add_watchlist(form | {"entries": sheets.listed(file.read_bytes(), file.name)})
    tell(made, as_json, lambda: show.screened(made, lang))


@watchlist.command()
@click.argument("version")
@options(LANG, JSON)
@click.pass_obj
def withdraw(settings, version, lang, as_json):
    """Take back VERSION (its id), because its publisher has: it flags nobody any more, at no
    date.
    """
    with client(settings, lang) as c:
        made = c.withdraw_watchlist(version)
    tell(made, as_json, lambda: show.screened(made, lang))
