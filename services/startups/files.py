"""Where the bytes of documents lie: one file each in the data folder, outside the database,
readable by the service only.

`ID.pdf` was made anew and may be shown; `ID` alone was kept before files were made anew, and is so
at its first showing. An empty `ID.pdf` says that this could not be done.
"""

import os
import threading
import time
from pathlib import Path

import structlog
from sqlalchemy import select

from services.startups.models import Document
from shared.auth import worker
from shared.db import Database

log = structlog.get_logger()
GRACE_S, SWEEP_S = 3600, 600


class Files:
    """Bytes by document id."""

    def __init__(self, folder: Path):
        self.folder = folder

    def put(self, document: str, content: bytes) -> None:
        """Keeps what was made anew: whole or not at all, and on the disk before it returns."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self.folder / f"{document}.{os.getpid()}.{threading.get_ident()}.partial"
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self._rebuilt(document))
        except OSError:
            partial.unlink(missing_ok=True)
            raise

    def get(self, document: str) -> bytes:
        """What may be shown; empty where nothing can be. Raises FileNotFoundError, also for what
        was never made anew.
        """
        return self._rebuilt(document).read_bytes()

    def unmade(self, document: str) -> bytes | None:
        """What was kept before files were made anew, and was not yet tried."""
        old = self.folder / document
        return old.read_bytes() if old.exists() and not self._rebuilt(document).exists() else None

    def remove(self, document: str) -> None:
        self._rebuilt(document).unlink(missing_ok=True)
        self.remove_old(document)

    def remove_old(self, document: str) -> None:
        (self.folder / document).unlink(missing_ok=True)

    def _rebuilt(self, document: str) -> Path:
        return self.folder / f"{document}.pdf"


def sweeper(db: Database, files: Files):
    """The loop that removes files no document names any more: of one that was taken back, or of an
    upload that died half way.
    """

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            sweep(db, files)
            stop.wait(SWEEP_S)

    return run


def sweep(db: Database, files: Files, grace_s: float = GRACE_S) -> int:
    """Removes nameless files older than the grace that an upload under way needs; returns how
    many.
    """
    if not files.folder.exists():
        return 0
    old = [p for p in files.folder.iterdir() if p.stat().st_mtime < time.time() - grace_s]
    with db.reading(worker("startups")) as session:
        known = set(session.scalars(select(Document.id)))
    gone = [p for p in old if p.name.removesuffix(".pdf") not in known]
    for path in gone:
        path.unlink(missing_ok=True)
        log.info("file removed that no document names", file=path.name)
    return len(gone)
