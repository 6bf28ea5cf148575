"""Migrations: each service's Alembic versions, run as a step of its own before anything serves."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from shared import tables
from shared.db import Database

HERE = Path(__file__).parent


def _files(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations"))
    config.set_main_option(
        "version_locations", str(HERE.parent / "services" / service / "migrations")
    )
    config.set_main_option("path_separator", "os")
    return config


def _config(db: Database, models, service: str, connection) -> Config:
    config = _files(service)
    config.attributes.update(connection=connection, metadata=[models.metadata, tables.metadata])
    return config


@cache
def _versions(service: str) -> tuple[str | None, frozenset[str]]:
    """The newest version of this code and all it knows, read once: a process keeps the code it
    began with.
    """
    versions = ScriptDirectory.from_config(_files(service))
    return versions.get_current_head(), frozenset(v.revision for v in versions.walk_revisions())


def upgrade(db: Database, models, service: str) -> None:
    """Brings a service's database to the newest version; does nothing where it is there already, or
    ahead.
    """
    if tables_there(db) and not behind(db, models, service):
        return
    with db.engine.connect() as connection:
        command.upgrade(_config(db, models, service, connection), "head")
        connection.commit()


def tables_there(db: Database) -> bool:
    """Whether any migration has run here."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() is not None


def revise(db: Database, models, service: str, message: str) -> None:
    """Writes a new version from the difference between models and database (for developers)."""
    number = (
        f"{len(list((HERE.parent / 'services' / service / 'migrations').glob('0*.py'))) + 1:04}"
    )
    with db.engine.connect() as connection:
        command.revision(
            _config(db, models, service, connection), message, autogenerate=True, rev_id=number
        )


def behind(db: Database, models, service: str) -> str:
    """Empty where the database is at this code's newest version, or ahead of it; else what is
    missing.

    Ahead is fine: migrations only add before they take away, so that old code runs on while new
    code takes over.
    """
    with db.engine.connect() as connection:
        have = MigrationContext.configure(connection).get_current_revision()
    want, known = _versions(service)
    ahead = have is not None and have not in known
    return "" if have == want or ahead else f"database at {have}, code at {want}: run the migration"
