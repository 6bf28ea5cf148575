"""The `nakodo` command itself and what its commands share."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nakodo_client import Client, Refused, Unreachable
from services.served import is_served
from shared.clock import Clock
from shared.settings import MissingSettings, Settings, load

if TYPE_CHECKING:
    from services import alone as services_alone
    from services import up as services_up


class Later:
    """A module that is imported when something of it is first asked for: no command waits for what
    it does not use.
    """

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, what: str) -> Any:
        return getattr(import_module(self._name), what)


alone, auth, databases, eventlog, telemetry, up = (
    Later(name)
    for name in (
        "services.alone",
        "shared.auth",
        "sqlalchemy.exc",
        "shared.eventlog",
        "shared.telemetry",
        "services.up",
    )
)

LANG = click.option(
    "--lang",
    type=click.Choice(["en", "ja"]),
    default="en",
    show_default=True,
    help="Language of the answer.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
AS_OF = click.option("--as-of", metavar="DATE", help="What was true on a day, such as 2024-01-01.")
INVENTED = click.option(
    "--invented", is_flag=True, help="Count the invented demo organisations too."
)


IDLE_S = 60  # how long a job may wait for a worker before somebody is told


class Group(click.Group):
    """Turns refusals into a few lines a person can read."""

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except Refused as refused:
            click.echo("\n".join(["nakodo: " + refused.lines()[0], *refused.lines()[1:]]), err=True)
            sys.exit(1)
        except Unreachable as gone:
            click.echo(f"nakodo: nobody answers ({gone})", err=True)
            sys.exit(2)
        except MissingSettings as missing:
            click.echo(f"nakodo: {missing}", err=True)
            sys.exit(2)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (eventlog.LogUnavailable, databases.OperationalError) as away:
            click.echo(f"nakodo: {_away(away)}", err=True)
            sys.exit(2)


def _away(error: Exception) -> str:
    """Which of the two that everything rests on does not answer, and how it says so."""
    if isinstance(error, eventlog.LogUnavailable):
        return f"the event log does not answer (NAKODO_EVENTLOG_URL): {error}"
    told = str(getattr(error, "orig", error)).strip().splitlines()
    return f"the database does not answer (NAKODO_DATABASE_URL): {told[0] if told else error}"


@click.group(
    cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="Data folder (also DATA= in the environment)."
)
@click.pass_context
def main(ctx, data):
    """Nakodo matches Japanese biotech startups with investors, incubators and programmes, and shows
    why.
    """
    ctx.obj = load(data=data) if data else load()
    if not (ctx.obj.url and ctx.obj.token):  # who asks a server elsewhere logs nothing
        telemetry.configure(ctx.obj.log_level)


def options(*decorators):
    """Several option decorators as one."""

    def apply(function):
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


@contextmanager
def client(settings: Settings, lang: str = "en") -> Iterator[Client]:
    """NAKODO_URL with NAKODO_TOKEN, else the server on the data folder, else the services in this
    process: as NAKODO_TOKEN says, or administrator.
    """
    if settings.url:
        if not settings.token:
            raise MissingSettings("NAKODO_TOKEN is needed with NAKODO_URL")
        yield Client(settings.url, settings.token, lang=lang)
        return
    need_data(settings)
    served = is_served(settings)
    if served:
        issuer = auth.issuer_of(settings).ensure()
        yield Client.near(
            served,
            settings.token or (lambda: issuer.token(auth.ADMINISTRATOR, Clock().now())),
            settings.tls_certificate,
            lang,
        )
        return
    with inside(settings) as composition:
        yield (
            Client.inside(composition, settings.token, lang)
            if settings.token
            else composition.client(auth.ADMINISTRATOR, lang)
        )


def need_data(settings: Settings) -> None:
    if not (settings.data / "keys").exists():
        raise MissingSettings(
            f"there is no data in {settings.data}; run `make up` first, or name another folder with"
            " DATA="
        )


@contextmanager
def inside(
    settings: Settings, name: str | None = None
) -> "Iterator[services_up.Composition | services_alone.Only]":
    """The services in this process: all of them, or, where the settings are those of one service's
    container, `name` alone.
    """
    if settings.one_database and name is None:
        raise MissingSettings(
            "NAKODO_DATABASE_URL names one service's database; this command needs all: give it a"
            " template with {service}"
        )
    composition = (
        alone.Only(settings, name) if settings.one_database and name else up.Composition(settings)
    )
    composition.migrate()
    try:
        yield composition
    finally:
        composition.close()


def awaited(look: Callable[[], dict], state: str = "state") -> dict:
    """What `look` answers once its job is no longer waiting or running, with a dot for every look.
    Raises ClickException where no worker takes it.
    """
    idle = time.monotonic() + IDLE_S
    while (told := look())[state] in ("waiting", "running"):
        if told[state] == "waiting" and time.monotonic() > idle:
            raise click.ClickException(
                "nobody takes the job; is `nakodo up` or `nakodo work` running?"
            )
        click.echo(".", err=True, nl=False)
        time.sleep(0.3)
    click.echo("", err=True)
    return told


def tell(document, as_json: bool, text) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=1) if as_json else text())
