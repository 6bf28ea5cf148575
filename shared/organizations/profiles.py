"""What people may do to a profile: register, change, add facts, publish, withdraw. Each change has
its event beside it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from shared import audit, outbox, secrets
from shared.auth import PLATFORM
from shared.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Stale
from shared.events import CATALOGUE, Event
from shared.ids import SLUG, new_id
from shared.judgement.dates import UNDATED, first_day, last_day, parts
from shared.judgement.fields import FIELDS, TIERS, check, open_tiers
from shared.linkage import corporate_number_ok, fold
from shared.organizations import seen
from shared.organizations.ids import new_slug, refuse_second, reserved, takes
from shared.organizations.models import DRAFT, PUBLISHED, WITHDRAWN, fact_document, profile_document
from shared.patches import merged
from shared.tables import idempotency

STRUCTURE = re.compile(
    r"\b[ACGTU]{20,}\b|\b[ACDEFGHIKLMNPQRSTVWY]{30,}\b|InChI=|(?=\S*[=#(])(?=\S*[cC]\d)[A-Za-z0-9@+\-\[\]()=#/\\]{24,}"
)
PUBLIC_SOURCES = "public-sources"


@dataclass(frozen=True)
class ProfileKind:
    """One kind of profile: its tables, event names, and what publishing needs.

    `gaps(profile, facts)` lists what is still missing as (field, code).
    """

    name: str
    source: str
    model: type
    fact: type
    gaps: Callable[[Any, list], list[str]]
    # where decisions about duplicates are kept; None: profiles of this kind are not merged
    merge: type | None = None
    # kinds whose profiles belong to one of this kind, and move with it
    followers: tuple["ProfileKind", ...] = ()
    single: bool = False  # whether an organisation has one published profile of this kind
    # tables of what else hangs on a profile, by the column of the kind's name, and moves with it
    belongings: tuple[type, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        """Whose people may write and read all of a profile of this kind: those of the organisation
        that owns it.
        """
        return self.model.readers

    def event(self, verb: str) -> str:
        return f"{self.name}.{verb}.v1"

    @property
    def keeps_secrets(self) -> bool:
        """Whether private facts of this kind have a way to travel."""
        return self.event("secrets-changed") in CATALOGUE


def register(session: Session, kind: ProfileKind, form: dict) -> Any:
    """Adds a profile with its facts, published unless `state` is draft. Raises Invalid, Conflict,
    Forbidden.
    """
    actor = session.info["actor"]
    actor.need(*kind.roles)
    origin = form.get("origin", "self-declared")
    owner = form.get("owner", actor.org)
    if (origin != "self-declared" or owner != actor.org) and not actor.sees_everything:
        raise Forbidden()
    errors = _name_errors(form) + _entity_errors(form) + _asset_errors(form.get("assets", []))
    if form.get("name_evidence") and not actor.sees_everything:
        errors.append(FieldError("name_evidence", "not-yours-to-state", {}))
    profile = kind.model(
        id=new_slug(session, kind, form, errors),
        owner=owner,
        kind=form.get("kind") or kind.name,
        state=form.get("state", PUBLISHED),
        origin=origin,
        version=1,
        created_at=session.info["now"],
        updated_at=session.info["now"],
        **{k: form[k] for k in (*CHANGEABLE, "name_evidence", "investor") if k in form},
    )
    profile.assets = profile.assets or []
    profile.name = profile.name or {}
    for key in ("aliases", "former_names", "legal_entities"):
        setattr(profile, key, getattr(profile, key) or [])
    facts, fact_errors = _new_facts(session, kind, profile, form.get("facts", []))
    if errors + fact_errors:
        raise Invalid(errors=errors + fact_errors)
    profile.facts = facts
    _refuse_gaps(kind, profile)
    refuse_second(session, kind, profile)
    profile.id = reserved(session, kind, profile, form)
    session.add(profile)
    record(
        session,
        kind,
        profile,
        "registered",
        secrets_changed=any(f.tier not in open_tiers for f in facts),
    )
    return profile


def change(session: Session, kind: ProfileKind, slug: str, expected: int, form: dict) -> Any:
    """Changes what `form` names, if the profile still has the expected version. Raises Stale,
    Invalid, NotFound.
    """
    profile = owned(session, kind, slug, expected)
    if form.get("kind", profile.kind) != profile.kind:
        if not session.info["actor"].sees_everything:
            raise Forbidden()
        profile.kind = form["kind"]
    form = form | {k: merged(getattr(profile, k), form[k]) for k in CHANGEABLE if k in form}
    candidate = {k: form.get(k, getattr(profile, k)) for k in CHANGEABLE}
    errors = (
        _name_errors(candidate)
        + _entity_errors(candidate)
        + _asset_errors(candidate["assets"] or [])
    )
    if errors:
        raise Invalid(errors=errors)
    for key in CHANGEABLE:
        if key in form:
            setattr(profile, key, form[key])
    verb = "registered" if profile.state == DRAFT and form.get("state") == PUBLISHED else "updated"
    profile.state = form.get("state", profile.state)
    _refuse_gaps(kind, profile)
    if verb == "registered":
        refuse_second(session, kind, profile)
        if not takes(session, kind, profile.id, profile.owner):
            raise Conflict("slug-taken", id=profile.id)
    record(session, kind, profile, verb)
    return profile


def add_facts(
    session: Session, kind: ProfileKind, slug: str, forms: list[dict], expected: int | None = None
) -> Any:
    """Adds dated facts; nothing is overwritten, the newer or replacing fact wins. Raises Invalid,
    NotFound, Stale.
    """
    profile = owned(session, kind, slug, expected)
    facts, errors = _new_facts(session, kind, profile, forms)
    if errors:
        raise Invalid(errors=errors)
    profile.facts.extend(facts)
    record(
        session,
        kind,
        profile,
        "updated",
        secrets_changed=any(f.tier not in open_tiers for f in facts),
    )
    return profile


def remove_fact(
    session: Session, kind: ProfileKind, slug: str, fact_id: str, expected: int | None = None
) -> Any:
    """Takes back a fact stated in error; a value that merely changed gets a newer fact instead."""
    profile = owned(session, kind, slug, expected)
    fact = next((f for f in profile.facts if f.id == fact_id), None)
    if fact is None:
        raise NotFound()
    profile.facts.remove(fact)
    record(session, kind, profile, "updated", secrets_changed=fact.tier not in open_tiers)
    return profile


def set_tier(
    session: Session,
    kind: ProfileKind,
    slug: str,
    fact_id: str,
    tier: str,
    expected: int | None = None,
) -> Any:
    """Shows a fact to more or to fewer from now on; who has read it has read it. Raises NotFound,
    Invalid where the tier does not fit.
    """
    profile = owned(session, kind, slug, expected)
    fact = next((f for f in profile.facts if f.id == fact_id), None)
    if fact is None:
        raise NotFound()
    errors = _fact_errors(
        fact_document(fact) | {"tier": tier},
        kind,
        {a.get("id") for a in profile.assets or []},
        session.info["today"],
    )
    if errors:
        raise Invalid(
            errors=[
                FieldError(e.field, e.code, e.params)
                for e in errors
                if e.field in ("tier", "value")
            ]
            or errors
        )
    hidden = {fact.tier, tier} - open_tiers
    fact.tier = tier
    record(session, kind, profile, "updated", secrets_changed=bool(hidden))
    return profile


def erase_private(
    session: Session, kind: ProfileKind, slug: str, expected: int | None = None
) -> Any:
    """Erases a profile's private part everywhere: the facts here, stored answers that quote them,
    and the key, so that what the log and its readers hold of it opens no more. A new key seals what
    comes later.
    """
    profile = owned(session, kind, slug, expected)
    for fact in [f for f in profile.facts if f.tier not in open_tiers]:
        profile.facts.remove(fact)
    route, body = idempotency.c.route, idempotency.c.body
    quoting = (
        route.endswith(f"/{slug}", autoescape=True),
        route.contains(f"/{slug}/", autoescape=True),
        body.contains(f'"id":"{slug}"', autoescape=True),
    )
    session.execute(delete(idempotency).where(or_(*quoting)))
    secrets.erase_key(session, slug)
    record(session, kind, profile, "updated", secrets_changed=True)
    return profile


def withdraw(session: Session, kind: ProfileKind, slug: str, expected: int | None = None) -> Any:
    """Takes a profile out of sight and out of matching, its history staying with its owner; a draft
    is deleted.
    """
    profile = owned(session, kind, slug, expected)
    was_public = profile.state == PUBLISHED
    profile.state = WITHDRAWN if was_public else DRAFT
    if was_public:
        record(session, kind, profile, "withdrawn")
    else:
        session.delete(profile)
    return profile


def end_fact(
    session: Session,
    kind: ProfileKind,
    slug: str,
    fact_id: str,
    valid_to: str,
    expected: int | None = None,
) -> Any:
    """Says until when a fact held; who asks for an earlier day still gets it. Raises NotFound,
    Invalid for a day before it began.
    """
    profile = owned(session, kind, slug, expected)
    fact = next((f for f in profile.facts if f.id == fact_id), None)
    if fact is None:
        raise NotFound()
    ended = fact_document(fact) | {
        "valid_to": valid_to,
        "valid_from": fact.valid_from or (None if fact.as_of == UNDATED else fact.as_of),
    }
    ended = {k: v for k, v in ended.items() if v is not None}
    errors = _fact_errors(
        ended, kind, {a.get("id") for a in profile.assets or []}, session.info["today"]
    )
    if told := [e for e in errors if e.field.startswith("valid")]:
        raise Invalid(errors=told)
    fact.valid_to = valid_to
    record(session, kind, profile, "updated", secrets_changed=fact.tier not in open_tiers)
    return profile


def owned(session: Session, kind: ProfileKind, slug: str, expected: int | None) -> Any:
    """The actor's own profile, locked, at the version it read. Others' drafts do not exist; others'
    profiles are refused.
    """
    actor = session.info["actor"]
    profile = session.scalar(select(kind.model).where(kind.model.id == slug).with_for_update())
    if profile is None:
        raise NotFound()
    if not actor.may_change(profile.owner, *kind.roles):
        raise Forbidden()
    if profile.state == WITHDRAWN:
        raise Conflict("withdrawn", id=slug)
    if expected is not None and profile.version != expected:
        raise Stale(version=profile.version)
    return profile


def hand_over(session: Session, kind: ProfileKind, slug: str, owner: str) -> Any | None:
    """Gives an unclaimed profile, with its history, to the organisation that has claimed it; None
    where it is nobody's to give.
    """
    profile = session.scalar(select(kind.model).where(kind.model.id == slug).with_for_update())
    if profile is None or profile.owner != PLATFORM:
        return None
    profile.owner = owner
    for fact in profile.facts:
        fact.owner = owner
    for model in kind.belongings:
        session.execute(update(model).where(getattr(model, kind.name) == slug).values(owner=owner))
    record(
        session,
        kind,
        profile,
        "updated" if profile.state == PUBLISHED else "withdrawn",
        secrets_changed=bool(profile.secret_version),
    )
    return profile


CHANGEABLE = ("name", "aliases", "former_names", "legal_entities", "assets", "note")


def record(
    session: Session, kind: ProfileKind, profile: Any, verb: str, secrets_changed: bool = False
) -> None:
    """The change and its events: the private part first, so that the public event can name its
    version.
    """
    profile.updated_at = session.info["now"]
    if secrets_changed:
        profile.secret_version = (profile.secret_version or 0) + 1
    if profile.state == DRAFT:
        profile.version += profile in session and profile not in session.new
        audit.note(
            session, f"{kind.name}-{verb}", profile.id, state=profile.state, private=secrets_changed
        )
        return
    moved = seen.count(profile, session.info["now"])
    counted = {"shown": seen.versions(profile), "changed_for": moved}
    outbox.record(
        session,
        profile,
        kind.event(verb),
        kind.source,
        lambda: (
            profile_document(profile, [f for f in profile.facts if f.tier in open_tiers]) | counted
        ),
        private_version=profile.secret_version,
    )
    if profile.secret_version and (secrets_changed or verb == "registered"):
        _record_secrets(session, kind, profile)
    audit.note(
        session, f"{kind.name}-{verb}", profile.id, state=profile.state, private=secrets_changed
    )


def _record_secrets(session: Session, kind: ProfileKind, profile: Any) -> None:
    hidden = [fact_document(f) for f in profile.facts if f.tier not in open_tiers]
    key = secrets.key_of(session, profile.id)
    event = Event(
        type=kind.event("secrets-changed"),
        source=kind.source,
        subject=profile.id,
        subjectversion=profile.secret_version,
        time=session.info["now"],
        data={"sealed": secrets.seal(key, profile.id, profile.secret_version, hidden)},
    )
    outbox.publish(session, event)


def _name_errors(form: dict) -> list[FieldError]:
    name = form.get("name") or {}
    if (
        form.get("investor") is None
        and not (name.get("en") or name.get("ja"))
        and form.get("state") != DRAFT
    ):
        return [FieldError("name", "name-required", {})]
    wrong = [k for k, text in name.items() if text and not fold(text)]
    return [FieldError(f"name.{k}", "not-text", {}) for k in wrong]


def _entity_errors(form: dict) -> list[FieldError]:
    errors = []
    for i, entity in enumerate(form.get("legal_entities") or []):
        number = entity.get("corporate_number")
        if number is not None and not corporate_number_ok(number):
            errors.append(FieldError(f"legal_entities.{i}.corporate_number", "bad-number-jp", {}))
    return errors


def _asset_errors(assets: list[dict]) -> list[FieldError]:
    ids = [a.get("id") for a in assets]
    errors = [
        FieldError(f"assets.{i}.id", "bad-slug", {})
        for i, a in enumerate(ids)
        if not SLUG.match(str(a))
    ]
    errors += [
        FieldError("assets", "twice", {"given": a})
        for a in sorted({str(a) for a in ids if ids.count(a) > 1})
    ]
    if assets and sum(bool(a.get("lead")) for a in assets) != 1:
        errors.append(FieldError("assets", "lead-asset", {}))
    return errors


def _refuse_gaps(kind: ProfileKind, profile: Any) -> None:
    """Refuses to publish with gaps, all listed; profiles we compile from public sources keep theirs
    as unknowns.
    """
    if profile.state != PUBLISHED or profile.origin == PUBLIC_SOURCES:
        return
    gaps = kind.gaps(profile, profile.facts)
    if gaps:
        raise Invalid("incomplete", errors=[FieldError(gap, "required", {}) for gap in gaps])


def _new_facts(
    session: Session, kind: ProfileKind, profile: Any, forms: list[dict]
) -> tuple[list, list[FieldError]]:
    facts, errors = [], []
    today = session.info["today"]
    assets = {a.get("id") for a in profile.assets or []}
    for i, form in enumerate(forms):
        found = _fact_errors(form, kind, assets, today) + _provenance_errors(session, form)
        errors += [FieldError(f"facts.{i}.{e.field}", e.code, e.params) for e in found]
        if not found:
            facts.append(_fact(kind, profile, form, today))
    return facts, errors


def _fact_errors(form: dict, kind: ProfileKind, assets: set, today: date) -> list[FieldError]:
    errors = [
        FieldError(f.path, f.code, f.params) for f in check(form["field"], form["value"], kind.name)
    ]
    errors += _date_errors(form, today)
    if form.get("asset") is not None and form["asset"] not in assets:
        errors.append(FieldError("asset", "unknown-asset", {"given": str(form["asset"])[:80]}))
    return errors + _tier_errors(form, kind)


def _date_errors(form: dict, today: date) -> list[FieldError]:
    errors = []
    for name in ("as_of", "valid_from", "valid_to"):
        value = form.get(name)
        if (
            value is not None
            and parts(value) is None
            and not (name == "as_of" and value == UNDATED)
        ):
            errors.append(FieldError(name, "bad-date", {"given": str(value)[:80]}))
    said = first_day(form.get("as_of", today.isoformat()))
    if said and said > today:
        errors.append(FieldError("as_of", "future-date", {}))
    start, end = first_day(form.get("valid_from")), last_day(form.get("valid_to"))
    if start and end and start > end:
        errors.append(FieldError("valid_from", "date-order", {}))
    return errors


def _tier_errors(form: dict, kind: ProfileKind) -> list[FieldError]:
    errors = []
    known = FIELDS.get(form["field"])
    tier = form.get("tier") or (known.tier if known else "private")
    if tier not in open_tiers and not kind.keeps_secrets:
        errors.append(FieldError("tier", "tier-not-kept", {"given": tier}))
    if form.get("answers") is not None:
        if not hasattr(kind.fact, "answers"):
            errors.append(FieldError("answers", "unknown-key", {}))
        if tier not in open_tiers:
            errors.append(FieldError("tier", "answer-hidden", {}))
    if (
        TIERS.index(tier) < TIERS.index("introduced")
        and isinstance(form["value"], str)
        and STRUCTURE.search(form["value"])
    ):
        errors.append(FieldError("value", "structure-in-text", {}))
    return errors


VERIFIERS_SOURCES = ("dataset",)  # kinds of source that only those who verify may name


def _provenance_errors(session: Session, form: dict) -> list[FieldError]:
    """What only those who verify may state: that a fact is verified, and which publisher or data
    set stands behind it.
    """
    if session.info["actor"].sees_everything:
        return []
    source = form.get("source") or {}
    stated = {"verified": form.get("verified"), "source.publisher": source.get("publisher")}
    stated["source.kind"] = source.get("kind") in VERIFIERS_SOURCES
    return [FieldError(name, "not-yours-to-state", {}) for name, value in stated.items() if value]


def _fact(kind: ProfileKind, profile: Any, form: dict, today: date) -> Any:
    value = form["value"]
    code = value if isinstance(value, str) and len(value) <= 128 else None
    rest = (
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
    )
    return kind.fact(
        id=new_id(),
        owner=profile.owner,
        subject=profile.id,
        field=form["field"],
        code=code,
        value=value,
        source=form.get("source") or {"kind": "self-declared"},
        as_of=form.get("as_of", today.isoformat()),
        tier=form.get("tier") or FIELDS[form["field"]].tier,
        proposed=form.get("proposed", False),
        **{k: form.get(k) for k in rest},
        **({"answers": form["answers"]} if form.get("answers") else {}),
    )
