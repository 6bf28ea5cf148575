"""The platform's staff: who decides claims, duplicates and lists; named here alone."""

import sys

import click

from services import show
from services.cli.group import JSON, Later, inside, main, need_data, tell
from shared.errors import DomainError

operate = Later("services.operate")


@main.group()
def staff():
    """The platform's staff: they decide claims, duplicates and lists, and grant introductions;
    officers run their programmes alone.
    """


def asked_password() -> str:
    """The password as typed twice, or the first line of what is piped in: on the command line
    everybody could read it.
    """
    if sys.stdin.isatty():
        return click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return sys.stdin.readline().rstrip("\n")


@staff.command("add")
@click.argument("email")
@click.option(
    "--name", help="Of somebody who has no account yet: it is made, and the password asked for."
)
@click.pass_obj
def add(settings, email, name):
    """Make somebody staff. They act as such only once they have shown a second factor."""
    need_data(settings)
    with inside(settings, "accounts") as composition:
        known = operate.is_person(composition, email)
        if not known and not name:
            raise click.UsageError(
                f"nobody has an account by {email}: they register first, or give --name to make one"
            )
        fault = operate.add_staff(composition, email, name, None if known else asked_password())
    if fault:
        raise click.ClickException(fault)
    click.echo(f"{email} is staff, once they sign in with a second factor")


@staff.command("list")
@JSON
@click.pass_obj
def listed(settings, as_json):
    """Who is staff."""
    need_data(settings)
    with inside(settings, "accounts") as composition:
        found = operate.staff_members(composition)
    tell(found, as_json, lambda: show.staff(found))


@staff.command("remove")
@click.argument("email")
@click.pass_obj
def remove(settings, email):
    """End somebody's being staff; their tokens stop counting within seconds."""
    need_data(settings)
    with inside(settings, "accounts") as composition:
        try:
            operate.remove_staff(composition, email)
        except DomainError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{email} is staff no longer")
