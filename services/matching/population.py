"""The population in memory: views of all copies at a date, kept current by change number, ready for
the engine.
"""

import json
import threading
from dataclasses import dataclass, field
from datetime import date

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.matching.engine.calibration import Calibration, shipped
from services.matching.engine.columns import Columns
from services.matching.engine.crowd import Crowd
from services.matching.engine.explain import match_document
from services.matching.engine.score import Evaluation, evaluate
from services.matching.engine.views import Mandate, Organisation, Startup, chain_of
from services.matching.keyring import Keyring
from services.matching.models import Copy, StoredCalibration
from shared import secrets
from shared.errors import InvalidEvent

log = structlog.get_logger()
KEPT = 20_000  # documents of pairs in memory, some 5 kB each


@dataclass
class Population:
    """All subjects at one date. `refresh` reads what changed since; views are rebuilt only for
    those.
    """

    on: date
    calibration: Calibration
    keyring: Keyring
    for_startups: bool = False
    follow_startups: bool = True
    changed: int = -1
    copies: dict[tuple[str, str], Copy] = field(default_factory=dict)
    startups: dict[str, Startup] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    mandates: dict[str, Mandate] = field(default_factory=dict)
    places: dict[str, Organisation] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _columns: Columns | None = None
    _crowd: Crowd | None = None
    _single: dict[str, Columns] = field(default_factory=dict)
    _told: dict[tuple, tuple[Startup, dict]] = field(default_factory=dict)

    def refresh(self, session: Session) -> None:
        """Takes in copies changed since the last call; those of startups only where it follows
        them.
        """
        followed = True if self.follow_startups else Copy.topic != "startups"
        newest = session.scalar(select(func.max(Copy.changed)).where(followed))
        if newest is None or newest <= self.changed:
            return
        with self.lock:
            rows = list(
                session.scalars(
                    select(Copy).where(Copy.changed > self.changed, followed).order_by(Copy.changed)
                )
            )
            self._prepare_keys(rows)
            for row in rows:
                self.take(row)
            self.relink(rows)
            self.changed = newest

    def _prepare_keys(self, rows: list[Copy]) -> None:
        self.keyring.load((r.topic, r.subject, r.secret_version) for r in rows if r.sealed)

    def take(self, row: Copy) -> None:
        """Puts one copy into place; a subject whose private part has not arrived is not
        evaluated.
        """
        self.copies[row.topic, row.subject] = row
        if row.topic != "startups":
            self._told.clear()
        if row.kind == "mandate":
            return
        table = self._table(row.topic)
        self._crowd = None if row.topic == "startups" else self._crowd
        table.pop(row.subject, None)
        hidden = self._unsealed(row) if self._complete(row) else None
        if hidden is not None:
            view = Startup if row.topic == "startups" else Organisation
            table[row.subject] = view(self._document(row), hidden, self.on, row.version)

    def _table(self, topic: str) -> dict:
        return (
            self.startups
            if topic == "startups"
            else self.organisations
            if topic == "investors"
            else self.places
        )

    @staticmethod
    def _complete(row: Copy) -> bool:
        return row.document["state"] == "published" and (row.needs_secret or 0) <= (
            row.secret_version or 0
        )

    def _document(self, row: Copy) -> dict:
        """A startup reads about investors what they have published; everybody else, what the
        network may see.
        """
        if row.topic != "investors" or not self.for_startups:
            return row.document
        counted = {"network": row.document.get("shown", {}).get("public", row.version)}
        return row.document | {
            "facts": [f for f in row.document["facts"] if f["tier"] == "public"],
            "shown": counted,
        }

    def _unsealed(self, row: Copy) -> list[dict] | None:
        """The private facts; without a key, erased, none. None where they do not open: a new key is
        here before its event, wait for that.
        """
        if self.for_startups and row.topic == "investors":
            return []
        key = self.keyring.get(row.subject) if row.sealed else None
        try:
            return secrets.unseal(key, row.subject, row.secret_version, row.sealed) if key else []
        except InvalidEvent as error:
            log.warning("not evaluated", subject=row.subject, error=str(error))
            return None

    def relink(self, rows: list[Copy]) -> None:
        """Mandates see their investor and its parents: an investor topic change relinks those it
        concerns.
        """
        if not any(r.topic == "investors" for r in rows):
            return
        self._columns = None
        self._single.clear()
        self.mandates = {}
        for (_, subject), row in self.copies.items():
            investor = self.organisations.get(row.document.get("investor", ""))
            if row.kind == "mandate" and investor is not None and self._complete(row):
                chain = chain_of(investor, self.organisations)
                hidden = self._unsealed(row)
                if hidden is not None:
                    self.mandates[subject] = Mandate(
                        self._document(row), hidden, self.on, investor, chain, row.version
                    )

    @property
    def columns(self) -> Columns:
        """All mandates as arrays."""
        with self.lock:
            if self._columns is None:
                self._columns = Columns(list(self.mandates.values()), self.calibration)
            return self._columns

    @property
    def crowd(self) -> Crowd:
        """All startups as rows, for questions that one mandate asks of everybody."""
        with self.lock:
            if self._crowd is None:
                self._crowd = Crowd(list(self.startups.values()), self.calibration)
            return self._crowd

    def columns_of(self, mandates: frozenset[str]) -> Columns:
        """Only these mandates as arrays."""
        with self.lock:
            key = ",".join(sorted(mandates))
            if key not in self._single:
                if len(self._single) > 64:
                    self._single.clear()
                self._single[key] = Columns(
                    [self.mandates[m] for m in mandates if m in self.mandates], self.calibration
                )
            return self._single[key]

    def evaluate(self, subject: str, columns: Columns | None = None) -> Evaluation | None:
        """One startup against all mandates (or the columns given); None where it is not to be
        evaluated.
        """
        startup = self.startups.get(subject)
        if startup is None:
            return None
        return evaluate(
            startup, self.columns if columns is None else columns, self.disclosed(startup)
        )

    def told(self, subject: str, columns: Columns, j: int, lang: str) -> dict:
        """The match document of a startup and mandate j of `columns`; a pure function of both, so
        kept until either changes. Not to be changed.
        """
        view, key = self.startups[subject], (subject, columns.mandates[j].id, lang)
        held = self._told.get(key)
        if held is None or held[0] is not view:
            if len(self._told) >= KEPT:
                self._told.clear()
            held = self._told[key] = (
                view,
                match_document(self.evaluate(subject, columns), columns, j, lang),
            )
        return held[1]

    def disclosed(self, startup: Startup) -> Startup | None:
        """The same startup with its hidden facts in sight, for the gates that remove."""
        if not startup.has_secrets:
            return None
        row = self.copies["startups", startup.id]
        return Startup(row.document, self._unsealed(row), self.on, row.version, disclosed=True)

    def concerned(self, changed: set[str]) -> set[str]:
        """Mandates whose evaluations a change of these subjects of `investors` may change,
        withdrawn ones too.
        """
        mandates = {
            m
            for m in changed
            if ("investors", m) in self.copies and self.copies["investors", m].kind == "mandate"
        }
        return mandates | {m.id for m in self.mandates.values() if m.affiliates & changed}


def canonical(rows: list[dict]) -> str:
    """Evaluations as canonical JSON in key order: what replay, members and deliveries are compared
    by.
    """
    return json.dumps(
        sorted(rows, key=lambda r: (r["startup"], r["mandate"])),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )


class Populations:
    """The populations a process needs: today's, some at other dates, and the one startups see; each
    follows the copies.
    """

    def __init__(self, keyring: Keyring):
        self.keyring = keyring
        self._held: dict[tuple, Population] = {}
        self._lock = threading.Lock()

    def at(self, session: Session, on: date, for_startups: bool = False) -> Population:
        """The population at a date under the active calibration, up to what the session sees."""
        stored = calibration_in_use(session)
        with self._lock:
            key = (on, for_startups, stored.hash)
            if key not in self._held:
                if len(self._held) > 6:
                    self._held.clear()
                self._held[key] = Population(on, stored, self.keyring, for_startups)
            held = self._held[key]
            held.refresh(session)
        return held


_LOADED: dict[str, Calibration] = {}


def calibration_in_use(session: Session) -> Calibration:
    """The active calibration; the shipped one where none has been published here."""
    active = session.scalar(select(StoredCalibration.hash).where(StoredCalibration.active))
    name = active or "shipped"
    if name not in _LOADED:
        stored = session.get(StoredCalibration, active) if active else None
        _LOADED[name] = Calibration(stored.document) if stored else shipped()
    return _LOADED[name]
