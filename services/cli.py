"""The `nakodo` command: run it, ask it, look after it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path

import click
import httpx

from nakodo_client import Client, Refused, Unreachable
from services import alone, operate, reference, show, up
from services.matching.replay import replay as rebuild
from shared import telemetry
from shared.auth import ADMINISTRATOR, ROLES, Actor, Issuer
from shared.clock import Clock
from shared.consumer import redrive
from shared.settings import MissingSettings, Settings, load

LANG = click.option("--lang", type=click.Choice(["en", "ja"]), default="en", show_default=True, help="Language of the answer.")
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
AS_OF = click.option("--as-of", metavar="DATE", help="What was true on a day, such as 2024-01-01.")
INVENTED = click.option("--invented", is_flag=True, help="Count the invented demo organisations too.")


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


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--data", type=click.Path(path_type=Path), help="Data folder (also DATA= in the environment).")
@click.pass_context
def main(ctx, data):
    """Nakodo matches Japanese biotech startups with investors, incubators and programmes, and shows why."""
    ctx.obj = load(data=data) if data else load()
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
    """NAKODO_URL with NAKODO_TOKEN, else the server on the data folder, else the services in this process, as administrator."""
    if settings.url:
        if not settings.token:
            raise MissingSettings("NAKODO_TOKEN is needed with NAKODO_URL")
        yield Client(settings.url, settings.token, lang=lang)
        return
    _need_data(settings)
    served = up.is_served(settings)
    if served:
        issuer = Issuer(settings.data / "keys").ensure()
        yield Client(served, lambda: issuer.token(ADMINISTRATOR, Clock().now()), lang=lang)
        return
    with inside(settings) as composition:
        yield composition.client(ADMINISTRATOR, lang)


def _need_data(settings: Settings) -> None:
    if not (settings.data / "keys").exists():
        raise MissingSettings(f"there is no data in {settings.data}; run `make up` first, or name another folder with DATA=")


@contextmanager
def inside(settings: Settings) -> Iterator[up.Composition]:
    composition = up.Composition(settings)
    composition.migrate()
    try:
        yield composition
    finally:
        composition.close()


def tell(document, as_json: bool, text) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=1) if as_json else text())


@main.command("up")
@click.option("--load/--no-load", default=True, help="Load the reference profiles first.")
@click.pass_obj
def up_command(settings, load):
    """Serve everything on one port, with relays, consumers and timers running."""
    up.up(settings, load)


@main.command()
@click.argument("service", type=click.Choice(list(up.MODULES)))
@click.pass_obj
def serve(settings, service):
    """Serve one service alone, without its background work."""
    alone.serve_alone(settings, service)


@main.command()
@click.argument("service", type=click.Choice([n for n in up.MODULES if n != "portal"]))
@click.pass_obj
def work(settings, service):
    """Run the relay, consumers and timers of one service until stopped."""
    alone.work_alone(settings, service)


@main.command()
@click.argument("service", type=click.Choice([n for n in up.MODULES if n != "portal"]))
@click.pass_obj
def migrate(settings, service):
    """Bring one service's database to the newest version; a step of its own before anything serves."""
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
@click.pass_obj
def keys(settings):
    """Make the key that signs access tokens, once; services read its public half from the data folder."""
    Issuer(settings.data / "keys").ensure()


@main.command()
@click.pass_obj
def healthy(settings):
    """Exit with 0 where the service on this host and port is ready: the health check of a container."""
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
    try:
        answer = httpx.get(f"http://{host}:{settings.port}/ready", timeout=4)
    except httpx.HTTPError as error:
        raise click.ClickException(str(error)) from error
    click.echo(answer.text)
    sys.exit(0 if answer.is_success else 1)


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
@click.option("--weight", "weights", multiple=True, metavar="CRITERION=NUMBER", help="An own weight, such as modality=0.3; repeat it.")
@click.option("--without", multiple=True, metavar="FIELD", help="Leave out what the mandate states in a field, such as focus_area.")
@options(LANG, JSON)
@click.pass_obj
def preview(settings, mandate, weights, without, lang, as_json):
    """What a mandate with other weights, or without some of its statements, would move. Nothing is stored."""
    given = {}
    for text in weights:
        criterion, _, number = text.partition("=")
        try:
            given[criterion] = float(number)
        except ValueError as error:
            raise click.BadParameter(f"{text!r} is not CRITERION=NUMBER", param_hint="--weight") from error
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
@click.argument("text")
@options(LANG, JSON, INVENTED)
@click.pass_obj
def search(settings, text, lang, as_json, invented):
    """Find organisations by any of their names, typos forgiven."""
    with client(settings, lang) as c:
        items = c.search(text, invented=invented)
    tell(items, as_json, lambda: show.search(items, lang))


@main.command()
@click.option("--org", required=True, help="The organisation the token speaks for.")
@click.option("--role", "roles", required=True, multiple=True, type=click.Choice(ROLES))
@click.option("--person", default="cli", show_default=True)
@click.option("--hours", default=12, show_default=True, type=click.IntRange(1, 24 * 30))
@click.pass_obj
def token(settings, org, roles, person, hours):
    """Issue an access token (embedded mode; the accounts service takes over later)."""
    issuer = Issuer(settings.data / "keys").ensure()
    click.echo(issuer.token(Actor(person, org, frozenset(roles)), Clock().now(), timedelta(hours=hours)))


@main.command()
@JSON
@click.pass_obj
def replay(settings, as_json):
    """Rebuild every evaluation from the log and compare with those in use."""
    _need_data(settings)
    with inside(settings) as composition:
        matching = composition.services["matching"]
        done = rebuild(matching.db, composition.eventlog, matching.keyring)
    tell(done.__dict__, as_json, lambda: show.replayed(done))
    sys.exit(0 if done.equal else 1)


@main.command()
@click.option(
    "--deals", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder with deals.csv.gz and its kin."
)
@click.option("--as-of", "days", required=True, multiple=True, metavar="DATE", help="Judge from this day on; repeat it to pool several.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write report.md, report.json and plots into this folder.")
@click.option("--ablations/--no-ablations", default=True, show_default=True, help="Also fit the model without each criterion.")
@click.option("--allow-missing", is_flag=True, help="Leave out baselines whose package is not installed.")
@JSON
def evaluate(deals, days, out, ablations, allow_missing, as_json):
    """Judge the matcher on historical deals, beside what one would use instead.

    Every model is fitted on windows that end at or before the day; the weights in use are not read. Takes a minute or two a day.
    """
    evaluation = import_module("services.matching.evaluation.command")  # brings scipy, which nothing else here needs
    try:
        dates = [date.fromisoformat(d) for d in days]
    except ValueError as error:
        raise click.BadParameter(f"{error}", param_hint="--as-of") from error
    try:
        found = evaluation.evaluate(deals, dates, out, partial(click.echo, err=True), allow_missing, ablations)
    except (evaluation.BadDeals, evaluation.MissingPackage) as error:
        raise click.ClickException(str(error)) from error
    tell(found, as_json, lambda: evaluation.shown(found))


@main.command("fit-weights")
@click.option(
    "--deals", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder with deals.csv.gz and its kin."
)
@click.option("--as-of", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Learn from windows that end at or before this day.")
def fit_weights(deals, day):
    """Fit the weights of the readings of evidence on deals, as `weights.json` of the engine holds them; shares stay judgement."""
    evaluation = import_module("services.matching.evaluation.command")
    try:
        click.echo(json.dumps(evaluation.fit_readings(deals, day.date())))
    except evaluation.BadDeals as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the calibration to a file instead of publishing it.")
@click.pass_obj
def calibrate(settings, out):
    """Make a calibration from today's real profiles, and switch to it."""
    _need_data(settings)
    with inside(settings) as composition:
        made = operate.calibrate(composition, publish=out is None)
    if out:
        out.write_text(json.dumps(made.document, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n")
    click.echo(f"calibration {made.hash}: {len(made.startups)} startups, {len(made.document['mandates'])} mandates, {made.date}")


@main.group()
def dead():
    """Events that could not be handled: list, show, retry, discard."""


@dead.command("list")
@options(JSON)
@click.pass_obj
def dead_list(settings, as_json):
    """All parked events with their cause."""
    with inside(settings) as composition:
        rows = operate.dead_letters(composition)
    tell(rows, as_json, lambda: show.dead(rows))


@dead.command("show")
@click.argument("letter", type=int)
@click.pass_obj
def dead_show(settings, letter):
    """One parked event in full."""
    with inside(settings) as composition:
        found = [r for r in operate.dead_letters(composition) if r["id"] == letter]
    click.echo(json.dumps(found[0], ensure_ascii=False, indent=1) if found else f"no dead letter {letter}")
    sys.exit(0 if found else 1)


@dead.command("retry")
@click.argument("letter", type=int)
@click.pass_obj
def dead_retry(settings, letter):
    """Apply a parked event again."""
    with inside(settings) as composition:
        matching = composition.services["matching"]
        done = redrive(matching.db, matching.consumers[0], letter)
    click.echo(f"dead letter {letter} applied" if done else f"no dead letter {letter}")
    sys.exit(0 if done else 1)


@dead.command("discard")
@click.argument("letter", type=int)
@click.pass_obj
def dead_discard(settings, letter):
    """Give a parked event up for good."""
    with inside(settings) as composition:
        done = operate.discard(composition, letter)
    click.echo(f"dead letter {letter} discarded" if done else f"no dead letter {letter}")
    sys.exit(0 if done else 1)


@main.command()
@JSON
@click.pass_obj
def doctor(settings, as_json):
    """Look the installation over and say what is wrong."""
    _need_data(settings)
    with inside(settings) as composition:
        findings = operate.examine(composition)
    tell(findings, as_json, lambda: show.doctor(findings))
    sys.exit(0 if all(f["ok"] for f in findings) else 1)
