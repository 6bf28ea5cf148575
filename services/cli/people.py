"""Commands about people who are named without having an account: found, erased, held."""

import click

from services.cli.group import Later, inside, main, need_data, tell
from shared.errors import DomainError

operate = Later("services.operate")


@main.group()
def people():
    """People named without having an account: reviewers, mentors, experts, persons in minutes,
    contacts.
    """


def _who(command):
    for option in (
        click.option("--org", help="In what this organisation keeps; without it, everywhere."),
        click.option("--address", help="A mail address."),
        click.argument("name", required=False),
    ):
        command = option(command)
    return click.pass_obj(command)


@people.command("find")
@_who
@click.option("--json", "as_json", is_flag=True)
def find(settings, name, address, org, as_json):
    """Every place where somebody is NAMEd, by service."""
    items = _run(settings, operate.find_named, name, address, org)
    tell(
        items,
        as_json,
        lambda: (
            "\n".join(f"{i['service']} {i['table']} {i['id']}  {i['said']}" for i in items)
            or "named nowhere"
        ),
    )


@people.command("erase")
@_who
@click.confirmation_option(
    prompt="Every place `people find` shows loses this name, and it cannot be brought back. Erase?"
)
def erase(settings, name, address, org):
    """Take somebody out of every service; figures and chains stay. Refused under a legal hold."""
    click.echo(f"erased from {_run(settings, operate.erase_named, name, address, org)} places")


@people.command("hold")
@click.argument("name")
@click.option("--reason", help="Why; without it, holds on this name are lifted.")
@click.pass_obj
def hold(settings, name, reason):
    """Place a legal hold on whoever is called NAME (or has this address), or lift it."""
    standing = _run(settings, operate.hold_named, name, reason)
    click.echo(f"{standing} holds stand")


def _run(settings, act, *args):
    need_data(settings)
    with inside(settings, "accounts") as composition:
        try:
            return act(composition, *args)
        except DomainError as refused:
            raise click.ClickException(str(refused)) from refused


@people.command("reset-factor")
@click.argument("email")
@click.option("--reason", required=True, help="Kept in the trail and told to the person.")
@click.pass_obj
def reset_factor(settings, email, reason):
    """Take second factor, passkeys and recovery codes off somebody who has lost them; their
    password stays.
    """
    _run(settings, operate.reset_factor, email, reason)
    click.echo(
        f"{email} signs in by password alone until they set a new factor; they have been told"
    )
