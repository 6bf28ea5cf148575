"""Commands that start things: everything at once, or one service in one role."""

import json
from pathlib import Path

import click

from services import SERVICES, WORKING
from services.cli.group import Later, alone, auth, client, main, up

asyncapi, reference, secrets = (
    Later("shared.events.asyncapi"),
    Later("services.reference"),
    Later("shared.secrets"),
)
operate, rights = Later("services.operate"), Later("services.permissions")


@main.command("up")
@click.option("--load/--no-load", default=True, help="Load the reference profiles first.")
@click.pass_obj
def up_command(settings, load):
    """Serve everything on one port, with relays, consumers and timers running."""
    up.up(settings, load)


@main.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.pass_obj
def serve(settings, service):
    """Serve one service alone, without its background work."""
    alone.serve_alone(settings, service)


@main.command()
@click.argument("service", type=click.Choice(WORKING))
@click.pass_obj
def work(settings, service):
    """Run the relay, consumers and timers of one service until stopped."""
    alone.work_alone(settings, service)


@main.command()
@click.argument("service", type=click.Choice(WORKING))
@click.pass_obj
def migrate(settings, service):
    """Bring one service's database to the newest version; a step of its own before anything
    serves.
    """
    alone.migrate_alone(settings, service)
    click.echo(f"{service}: newest version", err=True)


@main.command("load")
@click.option("--demo", is_flag=True, help="The invented organisations of the demo too.")
@click.pass_obj
def load_command(settings, demo):
    """Load the real reference profiles through the API; what is there already stays."""
    with client(settings) as c:
        for folder in ("reference", "demo") if demo else ("reference",):
            new, changed = reference.load(c, folder, lambda done, of, what: None)
            click.echo(f"{folder}: {new} new, {changed} changed", err=True)


@main.command()
@click.option(
    "--rotate",
    is_flag=True,
    help="Make a new signing key; tokens of the last one are accepted while they live.",
)
@click.option(
    "--workers",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with one a service: each gets its own key.",
)
@click.pass_obj
def keys(settings, rotate, workers):
    """Make the key that signs access tokens, once; everybody reads its public half. Only accounts
    needs the key itself.
    """
    issuer = auth.issuer_of(settings).ensure()
    for folder in sorted(workers.iterdir()) if workers else ():
        secrets.Seals(folder / f"{folder.name}.key").ensure()
        if folder.name in alone.SPEAKING:
            issuer.ensure_worker(folder.name, folder)
    if rotate:
        click.echo(f"new signing key {issuer.rotate()}")


@main.command()
def events():
    """The catalogue of all events as an AsyncAPI 3 document."""
    click.echo(json.dumps(asyncapi.document("1.0.0"), ensure_ascii=False, indent=1))


@main.command()
@click.option(
    "--into",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Renew it between its marks in a document.",
)
def permissions(into):
    """Who may do what: a table in Markdown, read from the code."""
    made = operate.permissions_table()
    if into is None:
        click.echo(made)
    else:
        into.write_text(rights.put_into(into.read_text(encoding="utf-8"), made), encoding="utf-8")
