"""The columns every profile and every fact has, for the services' own tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, String, Text, and_, false, or_, true
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from shared.auth import Actor
from shared.db import Owned

DRAFT, PUBLISHED, WITHDRAWN = "draft", "published", "withdrawn"


class ProfileColumns(Owned):
    """An organisation or mandate with its names, legal entities and facts.

    `origin`: public-sources (unclaimed, compiled by us), self-declared, or invented (demo);
    `version` grows with each change, what `shown` counts only with changes its readers see
    (shared/organizations/seen.py).
    """

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    origin: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(default=1)
    secret_version: Mapped[int | None] = mapped_column(default=None)
    shown: Mapped[dict | None] = mapped_column(JSON(none_as_null=True), default=None)
    name: Mapped[dict] = mapped_column(JSON, default=dict)
    aliases: Mapped[list] = mapped_column(JSON, default=list)
    former_names: Mapped[list] = mapped_column(JSON, default=list)
    name_evidence: Mapped[dict | None] = mapped_column(JSON, default=None)
    legal_entities: Mapped[list] = mapped_column(JSON, default=list)
    assets: Mapped[list] = mapped_column(JSON, default=list)
    note: Mapped[str | None] = mapped_column(Text, default=None)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def subject(self) -> str:
        return self.id

    @classmethod
    def visible_to(cls, actor: Actor):
        return or_(cls.state == PUBLISHED, super().visible_to(actor))

    @declared_attr
    def facts(cls) -> Mapped[list[Any]]:
        return relationship(
            cls.fact_class,
            order_by=f"{cls.fact_class}.id",
            lazy="selectin",
            cascade="all, delete-orphan",
        )


class FactColumns(Owned):
    """One fact of a profile; readers see the tiers that are theirs."""

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    field: Mapped[str] = mapped_column(String(64))
    code: Mapped[str | None] = mapped_column(String(128))
    value: Mapped[Any] = mapped_column(JSON)
    source: Mapped[dict] = mapped_column(JSON)
    as_of: Mapped[str] = mapped_column(String(16))
    tier: Mapped[str] = mapped_column(String(16))
    asset: Mapped[str | None] = mapped_column(String(64))
    valid_from: Mapped[str | None] = mapped_column(String(16))
    valid_to: Mapped[str | None] = mapped_column(String(16))
    replaces: Mapped[list | None] = mapped_column(JSON)
    list: Mapped[str | None] = mapped_column(String(16))
    window: Mapped[str | None] = mapped_column(String(16))
    detail: Mapped[dict | None] = mapped_column(JSON)
    partner_org: Mapped[str | None] = mapped_column(String(64))
    verified: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(Text)
    proposed: Mapped[bool] = mapped_column(Boolean, default=False)

    @declared_attr
    def subject(cls) -> Mapped[str]:
        return mapped_column(ForeignKey(cls.profile_key, ondelete="CASCADE"), index=True)

    @declared_attr.directive
    def __table_args__(cls):
        return (Index(f"ix_{cls.__tablename__}_code", "field", "code", "subject"),)

    @classmethod
    def visible_to(cls, actor: Actor):
        tiers = ("public", "network") if actor.in_network else ("public",)
        return or_(and_(cls.tier.in_(tiers), cls.proposed.is_(False)), super().visible_to(actor))


class MergeColumns(Owned):
    """A decision about two profiles: merged, undone again, or kept apart; `moved` names each thing
    that moved.
    """

    readers = ("staff",)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    winner: Mapped[str] = mapped_column(String(64), index=True)
    loser: Mapped[str] = mapped_column(String(64), index=True)
    owner: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    moved: Mapped[dict] = mapped_column(JSON)
    made_by: Mapped[str] = mapped_column(String(128))
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    @classmethod
    def visible_to(cls, actor: Actor):
        return true() if "staff" in actor.roles else false()


FACT_KEYS = [
    "id",
    "field",
    "value",
    "source",
    "as_of",
    "tier",
    "asset",
    "valid_from",
    "valid_to",
    "replaces",
    "list",
    "window",
    "detail",
    "partner_org",
    "verified",
    "note",
    "proposed",
    "answers",
]


def fact_document(fact: Any) -> dict:
    """A fact as events and answers carry it: what is not stated is left out."""
    return {
        key: value for key in FACT_KEYS if (value := getattr(fact, key, None)) not in (None, False)
    }


def profile_document(profile: Any, facts: Any) -> dict:
    """The whole state of a profile with the given facts, as events carry it."""
    document = {
        "id": profile.id,
        "owner": profile.owner,
        "kind": profile.kind,
        "state": profile.state,
        "origin": profile.origin,
        "name": profile.name,
        "aliases": profile.aliases,
        "former_names": profile.former_names,
        "legal_entities": profile.legal_entities,
        "assets": profile.assets,
        "facts": [fact_document(f) for f in facts],
    }
    if profile.name_evidence:
        document["name_evidence"] = profile.name_evidence
    if profile.note:
        document["note"] = profile.note
    if getattr(profile, "investor", None):
        document["investor"] = profile.investor
    return document
