"""Backup and restore of a whole installation: relays pause, then the databases, then the log or its
positions.
"""

import json
import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sqlalchemy.engine import URL

from services.served import is_served
from services.up import Composition
from shared.auth import worker
from shared.db import Database
from shared.eventlog.sqlite import SqliteEventLog
from shared.settings import Settings

FORMAT = 1
MANIFEST = "backup.json"


class BadBackup(Exception):
    """The folder is no backup, or this is no place to restore it to; the message says why."""


def backup(composition: Composition, folder: Path, names: tuple[str, ...] = ()) -> dict:
    """Copies every database into a new folder while the product runs; events wait in their outboxes
    meanwhile.

    The log is paused before the first copy and until the last, whoever writes it, so nobody's copy
    knows what its owner's does not, and no copied position lies beyond the copied log. On Kafka the
    log itself stays where it is; its ends are noted.

    Raises:
        BadBackup: the folder holds something, or a tool is missing.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadBackup(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True)
    os.chmod(folder, 0o700)  # keys of private facts are in it
    services = {
        s.name: s.db
        for s in composition.services.values()
        if s.db is not None and (not names or s.name in names)
    }
    log, sizes = composition.eventlog, {}
    with ExitStack() as paused:
        for db in services.values():
            paused.enter_context(db.publishing(paused=True))
        if isinstance(log, SqliteEventLog):
            paused.enter_context(log.db.transaction(worker("backup")))
        for name, db in services.items():
            sizes[name] = _dump(db, folder / name)
        ends = {
            f"{t}/{p}": log.end(t, p)
            for t in _topics(composition)
            for p in range(log.partitions(t))
        }
        if isinstance(log, SqliteEventLog):
            log.db.copy_to(folder / "eventlog.db")
    for keys in {composition.issuer.private.parent, composition.settings.data / "keys"}:
        if keys.exists():
            shutil.copytree(keys, folder / "keys", dirs_exist_ok=True)
    papers = composition.settings.data / "documents"
    # after their database: a file comes before its row and goes after it
    if "startups" in services and papers.exists():
        _copy_documents(papers, folder / "documents")
    made = {
        "format": FORMAT,
        "made_at": composition.clock.now().isoformat(),
        "log": log.log_id,
        "ends": ends,
        "bytes": sizes,
    }
    (folder / MANIFEST).write_text(json.dumps(made, indent=1))
    return made


def _copy_documents(source: Path, target: Path) -> None:
    """The files that are whole; one that goes while we look has lost its row, too."""
    target.mkdir()
    for file in source.iterdir():
        with suppress(FileNotFoundError):
            if file.suffix != ".partial":
                shutil.copy2(file, target)


def _topics(composition: Composition) -> tuple[str, ...]:
    """The topics whose ends a backup notes: those the matcher's positions lie in, where its
    database is among them.
    """
    matching = composition.services.get("matching")
    return (*matching.consumers[0].topics, *matching.members[0].consumer.topics) if matching else ()


def _dump(db: Database, path: Path) -> int:
    path = path.with_suffix(".dump" if db.shared else ".db")
    if db.shared:
        with _password(db.url) as (address, environ):
            _run(
                "pg_dump",
                ["--format=custom", "--no-owner", f"--file={path}", f"--dbname={address}"],
                environ,
            )
    else:
        db.copy_to(path)
    return path.stat().st_size


def restore(
    settings: Settings, folder: Path, replace: bool = False, names: tuple[str, ...] = ()
) -> dict:
    """Puts a backup's databases in place. On Kafka the log has gone on: `nakodo republish` each
    service afterwards.

    Raises:
        BadBackup: no backup, a server runs on the data, or data is there and `replace` is not said.
    """
    manifest = folder / MANIFEST
    if not manifest.exists():
        raise BadBackup(f"{folder} holds no {MANIFEST}")
    made = json.loads(manifest.read_text())
    if made["format"] != FORMAT:
        raise BadBackup(f"backup format {made['format']}; this program reads {FORMAT}")
    if is_served(settings):
        raise BadBackup(f"a server runs on {settings.data}; stop it first")
    wanted = [n for n in made["bytes"] if not names or n in names]
    composition = Composition(settings)
    databases = {n: composition.services[n].db for n in wanted}
    composition.close()
    taken = [
        db.url.database
        for db in databases.values()
        if not db.shared and Path(db.url.database).exists()
    ]
    if taken and not replace:
        raise BadBackup(f"{taken[0]} is there; say --replace to give it up for the backup")
    for name, db in databases.items():
        _load(db, folder / name)
    if (folder / "eventlog.db").exists() and not names:
        _copy(folder / "eventlog.db", Path(settings.eventlog_url.removeprefix("sqlite:///")))
    if (folder / "documents").exists():
        shutil.copytree(folder / "documents", settings.data / "documents", dirs_exist_ok=True)
    if (folder / "keys").exists():
        shutil.copytree(folder / "keys", settings.data / "keys", dirs_exist_ok=True)
    return made


def _load(db: Database, path: Path) -> None:
    if not db.shared:
        _copy(path.with_suffix(".db"), Path(db.url.database))
        return
    with _password(db.url) as (address, environ):
        options = [
            "--clean",
            "--if-exists",
            "--no-owner",
            "--single-transaction",
            "--exit-on-error",
        ]
        _run(
            "pg_restore", [*options, f"--dbname={address}", str(path.with_suffix(".dump"))], environ
        )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    for beside in ("-wal", "-shm"):  # of the file that was there: they do not belong to the new one
        target.with_name(target.name + beside).unlink(missing_ok=True)
    shutil.copyfile(source, target)


@contextmanager
def _password(url: URL):
    """An address without its password, and the environment that carries it: process lists show
    addresses.
    """
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    yield plain, {"PGPASSWORD": url.password or ""}


def _run(tool: str, arguments: list[str], environ: dict[str, str]) -> None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{tool}"), reverse=True)
    program = str(found[0]) if found else shutil.which(tool)
    if program is None:
        raise BadBackup(f"{tool} is not installed here (Debian: apt install postgresql-client)")
    done = subprocess.run([program, *arguments], env=environ, capture_output=True, text=True)
    if done.returncode:
        raise BadBackup(f"{tool}: {done.stderr.strip()[-600:]}")
