"""Commands of those who look after an installation."""

import json
import sys
from datetime import timedelta
from pathlib import Path

import click

from services import WORKING, show
from services.cli.group import JSON, Later, auth, inside, main, need_data, tell
from services.cli.staff import asked_password
from shared.clock import Clock
from shared.errors import DomainError, say
from shared.roles import ROLES

keep, operate, rebuilding = (
    Later("services.backup"),
    Later("services.operate"),
    Later("services.matching.replay"),
)
eventlog = Later("shared.eventlog")


@main.command()
@click.option("--org", required=True, help="The organisation the token speaks for.")
@click.option("--role", "roles", required=True, multiple=True, type=click.Choice(ROLES))
@click.option("--person", default="cli", show_default=True)
@click.option("--hours", default=12, show_default=True, type=click.IntRange(1, 24 * 30))
@click.pass_obj
def token(settings, org, roles, person, hours):
    """Issue an access token as an operator, past the door; people sign in, programs use client
    credentials.
    """
    issuer = auth.issuer_of(settings).ensure()
    click.echo(
        issuer.token(
            auth.Actor(person, org, frozenset(roles)), Clock().now(), timedelta(hours=hours)
        )
    )


@main.command()
@JSON
@click.pass_obj
def replay(settings, as_json):
    """Rebuild every evaluation from the log and compare with those in use."""
    need_data(settings)
    with inside(settings, "matching") as composition:
        matching = composition.services["matching"]
        done = rebuilding.replay(matching.db, composition.eventlog, matching.keyring)
    tell(done.__dict__, as_json, lambda: show.replayed(done))
    sys.exit(0 if done.equal else 1)


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--service", "names", multiple=True, help="Only this service's database; repeat it.")
@click.option("--dated", is_flag=True, help="Into a new folder inside FOLDER, named by the time.")
@click.pass_obj
def backup(settings, folder, names, dated):
    """Copy every database, and the embedded log, into a new FOLDER while the product runs. It holds
    keys: guard it.
    """
    folder = folder / Clock().now().strftime("%Y%m%dT%H%M%SZ") if dated else folder
    need_data(settings)
    with inside(settings, names[0] if len(names) == 1 else None) as composition:
        made = _said(keep.backup, composition, folder, names)
    size = sum(made["bytes"].values()) / 1e6
    click.echo(f"{', '.join(made['bytes'])}: {size:.1f} MB in {folder}")


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Give up the databases that are there.")
@click.option("--service", "names", multiple=True, help="Only this service's database; repeat it.")
@click.pass_obj
def restore(settings, folder, replace, names):
    """Put a backup's databases in place; nothing may run on them."""
    made = _said(keep.restore, settings, folder, replace, names)
    click.echo(f"restored what was backed up at {made['made_at']}")
    if not settings.eventlog_url.startswith("sqlite"):
        click.echo(
            "the log has gone on since: run `nakodo republish` for startups, investors, programs,"
            " matching and meetings, in this order"
        )


def _said(function, *given):
    """A refusal in one line."""
    try:
        return function(*given)
    except keep.BadBackup as bad:
        raise click.ClickException(str(bad)) from bad
    except DomainError as error:
        raise click.ClickException(say(error.code, "en", **error.params)) from error


@main.command("add-person")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--org", required=True, help="The organisation the person acts for.")
@click.option(
    "--role",
    "roles",
    required=True,
    multiple=True,
    type=click.Choice([r for r in ROLES if r not in ("staff", "service")]),
)
@click.pass_obj
def add_person(settings, email, name, org, roles):
    """Make a person who can sign in: the first administrator of an installation, for one.

    The password is asked for, or read from standard input: on the command line everybody on the
    machine could read it.
    """
    password = asked_password()
    with inside(settings, "accounts") as composition:
        fault = operate.add_person(composition, email, name, org, list(roles), password)
    if fault:
        raise click.ClickException(fault)
    click.echo(f"{email} is a member of {org}")


@main.command("erase-person")
@click.argument("email")
@click.confirmation_option(
    prompt=(
        "Everything kept about this person goes, in every service, and cannot be brought back."
        " Erase?"
    )
)
@click.pass_obj
def erase_person(settings, email):
    """Erase a person: name, address, secrets, and what any trail says of them. Refused under a
    legal hold.
    """
    need_data(settings)
    with inside(settings, "accounts") as composition:
        _said(operate.erase_person, composition, email)
    click.echo("erased here; the other services forget as the event reaches them")


@main.command()
@click.argument("email")
@click.option("--reason", help="Why; needed to place one.")
@click.option("--lift", is_flag=True, help="Lift every hold on this person.")
@click.pass_obj
def hold(settings, email, reason, lift):
    """Place a legal hold on a person: erasure is refused while it stands."""
    need_data(settings)
    if bool(reason) == lift:
        raise click.UsageError("give --reason to place a hold, or --lift")
    with inside(settings, "accounts") as composition:
        click.echo(_said(operate.hold, composition, email, reason))


@main.command()
@click.argument("service", type=click.Choice(WORKING))
@click.option(
    "--from-start",
    is_flag=True,
    help=(
        "For a log that lost its tail or is new: send again what it lacks, and read all of it"
        " again."
    ),
)
@JSON
@click.pass_obj
def republish(settings, service, from_start, as_json):
    """After a restore: lift every subject above the log's newest version and publish its state, so
    that nothing is ignored.
    """
    need_data(settings)
    with inside(settings, service) as composition:
        done = operate.republish(composition, service, from_start)
    tell(done.__dict__, as_json, lambda: show.republished(service, done))


@main.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the calibration to a file instead of publishing it.",
)
@click.pass_obj
def calibrate(settings, out):
    """Make a calibration from today's real profiles, and switch to it."""
    need_data(settings)
    with inside(settings, "matching") as composition:
        made = operate.calibrate(composition, publish=out is None)
    if out:
        out.write_text(
            json.dumps(made.document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            + "\n"
        )
    click.echo(
        f"calibration {made.hash}: {len(made.startups)} startups, {len(made.document['mandates'])}"
        f" mandates, {made.date}"
    )


@main.command()
@click.pass_obj
def grants(settings):
    """Put the access rights of the topics into force on Kafka; private topics are read by matching
    alone.
    """
    log = Later("shared.eventlog.connect").connect(settings.eventlog_url, settings.kafka)
    if not hasattr(log, "grant"):
        raise click.ClickException(
            "the embedded log has no accounts; set NAKODO_EVENTLOG_URL=kafka://..."
        )
    try:
        click.echo(f"{log.grant()} grants in force")
    except eventlog.LogUnavailable as error:
        raise click.ClickException(str(error)) from error
    finally:
        log.close()


@main.group("audit")
def audit_group():
    """The audit trail: verify it, or read what is said of a subject."""


@audit_group.command("verify")
@JSON
@click.pass_obj
def audit_verify(settings, as_json):
    """Check every service's trail against its seals: changed, missing or reordered rows are
    named.
    """
    need_data(settings)
    with inside(settings) as composition:
        found = operate.verify_trails(composition)
    tell(found, as_json, lambda: show.trails(found))
    sys.exit(0 if not any(f["faults"] for f in found) else 1)


@audit_group.command("show")
@click.argument("subject")
@click.pass_obj
def audit_show(settings, subject):
    """What the trails say of a subject, newest first, one JSON document a line."""
    need_data(settings)
    with inside(settings) as composition:
        for row in operate.trails_of(composition, subject):
            click.echo(json.dumps(row, ensure_ascii=False))


@main.group()
def dead():
    """What could not be handled, by service and queue or consumer: list, show, retry, discard."""


SERVICE = click.option("--service", help="Only this one; needed in a service's own container.")


@dead.command("list")
@SERVICE
@JSON
@click.pass_obj
def dead_list(settings, service, as_json):
    """Every row that is parked or backs off, and every parked event, with its cause; the first
    column names it.
    """
    need_data(settings)
    with inside(settings, service) as composition:
        rows = [
            r
            for r in operate.stalled_rows(composition)
            if service in (None, r["ref"].partition("/")[0])
        ]
    tell(rows, as_json, lambda: show.dead(rows))


@dead.command("show")
@click.argument("ref")
@click.pass_obj
def dead_show(settings, ref):
    """One row in full; REF as `dead list` names it."""
    need_data(settings)
    with inside(settings, ref.partition("/")[0]) as composition:
        found = [r for r in operate.stalled_rows(composition) if r["ref"] == ref]
    click.echo(
        json.dumps(found[0], ensure_ascii=False, indent=1)
        if found
        else f"nothing is parked as {ref}"
    )
    sys.exit(0 if found else 1)


@dead.command("retry")
@click.argument("ref")
@click.pass_obj
def dead_retry(settings, ref):
    """Have a parked row tried again, by the queue or consumer that parked it; says what came of
    it.
    """
    need_data(settings)
    with inside(settings, ref.partition("/")[0]) as composition:
        row = _said(operate.retry, composition, ref)
    click.echo(
        f"{ref}: done" if row is None else f"{ref}: not done; {row['cause']}: {row['detail'][:300]}"
    )
    sys.exit(0 if row is None else 1)


@dead.command("discard")
@click.argument("ref")
@click.option("--reason", required=True, help="Why; it is kept in the audit trail.")
@click.pass_obj
def dead_discard(settings, ref, reason):
    """Give a parked row up for good."""
    need_data(settings)
    with inside(settings, ref.partition("/")[0]) as composition:
        _said(operate.discard, composition, ref, reason)
    click.echo(f"{ref} discarded")


@main.command()
@JSON
@click.pass_obj
def doctor(settings, as_json):
    """Look the installation over and say what is wrong."""
    need_data(settings)
    with inside(settings) as composition:
        findings = operate.examine(composition)
    tell(findings, as_json, lambda: show.doctor(findings))
    sys.exit(0 if all(f["ok"] for f in findings) else 1)
