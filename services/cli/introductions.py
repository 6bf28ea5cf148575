"""Commands about introductions: the inbox, asking, answering."""

import click

from services import show
from services.cli.group import JSON, LANG, client, main, options, tell


@main.group()
def introductions():
    """Introductions of startups and investors: both sides agree before either learns the other's
    contact.
    """


@introductions.command("list")
@click.option("--waiting", is_flag=True, help="Only what waits for your answer.")
@options(LANG, JSON)
@click.pass_obj
def list_command(settings, waiting, lang, as_json):
    """Your organisation's introductions, those that wait for its answer first."""
    with client(settings, lang) as c:
        items = c.introductions(lang=lang, waiting=waiting or None)
    tell(items, as_json, lambda: show.introductions(items, lang))


@introductions.command("ask")
@click.argument("startup")
@click.argument("mandate")
@click.option("--note", help="A word to whoever is asked.")
@click.option("--attends", is_flag=True, help="As an officer: offer to sit in.")
@options(LANG, JSON)
@click.pass_obj
def ask_command(settings, startup, mandate, note, attends, lang, as_json):
    """Ask the other side for an introduction; as programme staff, propose it to both."""
    more = ({"note": note} if note else {}) | ({"attends": True} if attends else {})
    with client(settings, lang) as c:
        made = c.introduce(startup, mandate, **more)
    tell(made, as_json, lambda: show.introductions([made], lang))


@introductions.command("step")
@click.argument("introduction")
@click.argument("act", type=click.Choice(["accept", "decline", "withdraw", "close"]))
@options(LANG, JSON)
@click.pass_obj
def step_command(settings, introduction, act, lang, as_json):
    """Accept, decline (in private), withdraw or close an introduction."""
    with client(settings, lang) as c:
        made = c.step(introduction, act)
    tell(made, as_json, lambda: show.introductions([made], lang))


@introductions.command("show")
@click.argument("introduction")
@options(LANG, JSON)
@click.pass_obj
def show_command(settings, introduction, lang, as_json):
    """One introduction with its messages, meetings and, once both have accepted, the other side's
    contact.
    """
    with client(settings, lang) as c:
        found = c.introduction(introduction)
    tell(found, as_json, lambda: show.introduction(found, lang))


@introductions.command("budget")
@click.option("--org", help="As programme staff: another organisation's.")
@options(JSON)
@click.pass_obj
def budget_command(settings, org, as_json):
    """How many introductions may still be asked for this week."""
    with client(settings) as c:
        held = c.budget(org)
    left, of = held["left"], held["allowed"] + held["granted"]
    tell(
        held,
        as_json,
        lambda: f"{left} of {of} requests left; the count begins anew on {held['resets_at'][:10]}",
    )
