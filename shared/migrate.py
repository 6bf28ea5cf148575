"""Migrations: each service's Alembic versions, run as a step of its own before anything serves."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from shared import tables
from shared.db import Database

HERE = Path(__file__).parent


def _config(db: Database, models, service: str, connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations"))
    config.set_main_option("version_locations", str(HERE.parent / "services" / service / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, metadata=[models.metadata, tables.metadata])
    return config


def upgrade(db: Database, models, service: str) -> None:
    """Brings a service's database to the newest version; does nothing where it is there already."""
    with db.engine.connect() as connection:
        command.upgrade(_config(db, models, service, connection), "head")
        connection.commit()


def revise(db: Database, models, service: str, message: str) -> None:
    """Writes a new version from the difference between models and database (for developers)."""
    number = f"{len(list((HERE.parent / 'services' / service / 'migrations').glob('0*.py'))) + 1:04}"
    with db.engine.connect() as connection:
        command.revision(_config(db, models, service, connection), message, autogenerate=True, rev_id=number)


def behind(db: Database, models, service: str) -> str:
    """Empty where the database is at the newest version, else what is missing."""
    with db.engine.connect() as connection:
        have = MigrationContext.configure(connection).get_current_revision()
        want = ScriptDirectory.from_config(_config(db, models, service, connection)).get_current_head()
    return "" if have == want else f"database at {have}, code at {want}: run the migration"
