"""Commands of a team about one pair, and its live feed."""

import click
import httpx

from services import show
from services.cli.group import JSON, LANG, client, main, options, tell


@main.group()
def team():
    """What your team says about a pair among itself; nobody else reads it."""


@team.command("show")
@click.argument("startup")
@click.argument("mandate")
@options(LANG, JSON)
@click.pass_obj
def show_team(settings, startup, mandate, lang, as_json):
    """Votes, comments, colleagues' views, and every step so far."""
    at = f"/api/v1/team/{startup}/{mandate}"
    with client(settings, lang) as c:
        found = c.get(at) | {"steps": c.get(f"{at}/history")["items"]}
    tell(found, as_json, lambda: show.team(found))


@team.command()
@click.argument("startup")
@click.argument("mandate")
@click.argument("vote", type=click.Choice(["advance", "hold", "pass"]))
@click.option("--note")
@click.pass_obj
def vote(settings, startup, mandate, vote, note):
    """Your vote; a later one replaces it."""
    with client(settings) as c:
        c.request(
            "PUT",
            f"/api/v1/team/{startup}/{mandate}/vote",
            json={"vote": vote} | ({"note": note} if note else {}),
        )
    click.echo(f"{startup} x {mandate}: {vote}", err=True)


@team.command()
@click.argument("startup")
@click.argument("mandate")
@click.argument("text")
@click.pass_obj
def comment(settings, startup, mandate, text):
    """A remark for your team alone."""
    with client(settings) as c:
        c.post(f"/api/v1/team/{startup}/{mandate}/comments", {"text": text})
    click.echo("noted", err=True)


@team.command()
@click.argument("startup")
@click.argument("mandate")
@click.argument("name")
@click.option(
    "--question", "questions", multiple=True, required=True, help="Up to three; repeat it."
)
@options(JSON)
@click.pass_obj
def expert(settings, startup, mandate, name, questions, as_json):
    """A link for a colleague without an account: the non-confidential brief, and your questions. It
    is shown this once.
    """
    with client(settings) as c:
        made = c.post(
            f"/api/v1/team/{startup}/{mandate}/experts",
            {"name": name, "questions": list(questions)},
        )
    tell(
        made,
        as_json,
        lambda: (
            f"{settings.public_url.rstrip('/')}{made['path']} (until {made['expires_at'][:10]})"
        ),
    )


@team.command()
@click.argument("startup")
@click.argument("interest", type=click.Choice(["none", "conflict"]))
@click.pass_obj
def declare(settings, startup, interest):
    """Your interest in a company; a conflict closes its details to you."""
    with client(settings) as c:
        c.request("PUT", f"/api/v1/team/interests/{startup}", json={"interest": interest})
    click.echo(f"{startup}: {interest}", err=True)


@team.command("hand-over")
@click.argument("giver")
@click.argument("taker")
@click.pass_obj
def hand_over(settings, giver, taker):
    """Give everything assigned to one person to another, by their ids."""
    with client(settings) as c:
        count = c.post("/api/v1/team/hand-over", {"giver": giver, "taker": taker})["count"]
    click.echo(f"{count} handed over")


@main.command()
@click.argument("name")
@click.option("--after", type=int, help="Begin after this event's id: what was missed comes first.")
@click.option("--count", type=click.IntRange(1), help="Stop after so many events.")
@click.pass_obj
def watch(settings, name, after, count):
    """The live feed of a mandate or investor, an event a line, until Ctrl-C. Needs a running
    server: NAKODO_URL and NAKODO_TOKEN.
    """
    if not settings.url or not settings.token:
        raise click.UsageError("set NAKODO_URL and NAKODO_TOKEN")
    headers = {"Authorization": f"Bearer {settings.token}"} | (
        {"Last-Event-ID": str(after)} if after is not None else {}
    )
    told = 0
    with httpx.stream(
        "GET", f"{settings.url.rstrip('/')}/api/v1/feeds/{name}/stream", headers=headers, timeout=60
    ) as answer:
        if answer.status_code != 200:
            raise click.ClickException(
                f"{answer.status_code}: this feed is not yours to watch, or all live connections"
                " are taken"
            )
        event: dict[str, str] = {}
        for line in answer.iter_lines():
            key, _, value = line.partition(": ")
            if line:
                event[key] = value
            elif "data" in event:
                click.echo(f"{event.get('id')} {event.get('event')} {event['data']}")
                event, told = {}, told + 1
                if told == count:
                    return
