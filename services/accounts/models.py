"""Tables of the accounts service: who people are, what they may be, and what proves it. Secrets
stand here as hashes.
"""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from shared.db import new_base

Base = new_base()
ACTIVE, ENDED = "active", "ended"


class Person(Base):
    """Somebody who signs in. The mail address never leaves this service in an event."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(2))
    password: Mapped[str | None] = mapped_column(String(200))
    # sealed under the service's own key; a hash could not make codes
    totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_on: Mapped[bool]
    totp_step: Mapped[int]  # the last time step used: a code works once
    # "issuer subject" of the provider this person first signed in by
    openid: Mapped[str | None] = mapped_column(String(400))
    state: Mapped[str] = mapped_column(String(16))
    revoked_before: Mapped[datetime | None]
    version: Mapped[int]
    created_at: Mapped[datetime]


class Membership(Base):
    """A person's roles in an organisation, `since` they last joined; ended ones stay for the
    record. Owners may invite, others where it `invites`.
    """

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("person", "org"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(String(36), index=True)
    org: Mapped[str] = mapped_column(String(64), index=True)
    roles: Mapped[list] = mapped_column(JSON)
    owner: Mapped[bool]
    invites: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime]


class LogIn(Base):
    """A person's session: the handle is known to the browser's cookie alone, here only its hash.

    `factor` is the second factor shown: "code", or a passkey's id; none where a provider, or the
    demo, stood for it.
    """

    __tablename__ = "log_ins"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    handle: Mapped[str] = mapped_column(String(64), unique=True)
    person: Mapped[str] = mapped_column(String(36), index=True)
    org: Mapped[str] = mapped_column(String(64))
    strong: Mapped[bool]
    factor: Mapped[str | None] = mapped_column(String(36))
    place: Mapped[str | None] = mapped_column(String(64))
    agent: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    elevated_until: Mapped[datetime | None]


class ApiClient(Base):
    """A program of an organisation, for OAuth 2 client credentials."""

    __tablename__ = "api_clients"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    org: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list] = mapped_column(JSON)
    secret: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    created_by: Mapped[str] = mapped_column(String(128), index=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]  # to five minutes
    ended_at: Mapped[datetime | None]


class Link(Base):
    """A single-use link sent by mail, `kind` says what for, `person` whose account it changes. Only
    its hash is kept.
    """

    __tablename__ = "links"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    token: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    person: Mapped[str | None] = mapped_column(String(36))
    org: Mapped[str | None] = mapped_column(String(64), index=True)
    roles: Mapped[list | None] = mapped_column(JSON(none_as_null=True))
    made_by: Mapped[str] = mapped_column(String(128), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """What stands in for a lost second factor, once; kept as a hash."""

    __tablename__ = "recovery_codes"

    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(36), index=True)
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key pair of a person's device, its public half; `uses` is the device's own counter, 0 where
    it has none.
    """

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(String(36), index=True)
    credential: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    uses: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Familiar(Base):
    """A place or browser that a person has signed in from: a hash with the address, so that a
    stranger's tries are counted apart.
    """

    __tablename__ = "familiar"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(36), index=True)
    seen_at: Mapped[datetime]


class Claim(Base):
    """A person's wish to take over an unclaimed profile, decided by staff."""

    __tablename__ = "claims"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(String(36), index=True)
    org: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    domain: Mapped[str] = mapped_column(String(254))
    state: Mapped[str] = mapped_column(String(16))
    known: Mapped[bool]  # whether the domain stands among the profile's sources: a hint for staff
    name: Mapped[str | None] = mapped_column(String(200))  # of a company that has no profile yet
    note: Mapped[str | None] = mapped_column(String(2000))
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(128))


class Name(Base):
    """An id that is taken: by an organisation, or by a profile of one `kind` that its `holder`
    owns.
    """

    __tablename__ = "names"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    # of the profile of this id; none: an organisation without one
    kind: Mapped[str | None] = mapped_column(String(16))
    since: Mapped[datetime]


class Letter(Base):
    """Mail to be handed to notices: written in the transaction that makes it due, delivered at
    least once.
    """

    __tablename__ = "letters"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    template: Mapped[str] = mapped_column(String(32))
    locale: Mapped[str] = mapped_column(String(2))
    params: Mapped[dict] = mapped_column(JSON)
    # the letter to an organisation that this mail is one of
    source: Mapped[str | None] = mapped_column(String(36), index=True)
    written_at: Mapped[datetime]
    handed_at: Mapped[datetime | None] = mapped_column(index=True)


class Consent(Base):
    """What a person allowed: to whom, in which countries, by which notice; a withdrawal ends it and
    leaves the record.
    """

    __tablename__ = "consents"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(String(36), index=True)
    purpose: Mapped[str] = mapped_column(String(32))
    countries: Mapped[list] = mapped_column(JSON)
    notice: Mapped[str] = mapped_column(String(64))  # name and version of the text that was shown
    locale: Mapped[str] = mapped_column(String(2))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Hold(Base):
    """A legal hold: as long as it stands, what is kept of this person is not erased."""

    __tablename__ = "holds"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(String(36), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    placed_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class Attempt(Base):
    """How often a key has been tried in its window; the key is a hash, for it may hold an
    address.
    """

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    begun_at: Mapped[datetime]
    count: Mapped[int]
