"""What people may do to investors and mandates, beyond what every profile offers."""

from typing import Any

from sqlalchemy.orm import Session

from services.investors.models import Investor, InvestorFact, Mandate, MandateFact, Merge
from services.investors.rules import investor_gaps, mandate_gaps
from shared.organizations import profiles
from shared.organizations.models import fact_document
from shared.organizations.profiles import ProfileKind

MANDATE = ProfileKind("mandate", "investors", Mandate, MandateFact, mandate_gaps)
INVESTOR = ProfileKind(
    "investor", "investors", Investor, InvestorFact, investor_gaps, Merge, (MANDATE,)
)


def open_mandate(session: Session, form: dict) -> Any:
    """A new mandate of one's own investor. Raises NotFound, Forbidden, Invalid."""
    investor = profiles.owned(session, INVESTOR, form["investor"], None)
    settled = (
        {"id": f"{investor.id}-{form['kind']}"}
        if not form.get("id") and not form.get("name")
        else {}
    )
    origin = (
        {"owner": investor.owner, "origin": investor.origin}
        if session.info["actor"].sees_everything
        else {}
    )
    return profiles.register(session, MANDATE, origin | settled | form)


def copy_mandate(session: Session, source: str, target: str) -> Any:
    """Gives one mandate of one's own what another says, from today on: facts of a field both have
    are replaced, not lost.

    Raises NotFound, Forbidden, Invalid.
    """
    taken = profiles.owned(session, MANDATE, source, None)
    into = profiles.owned(session, MANDATE, target, None)
    today = {
        "as_of": session.info["today"].isoformat(),
        "source": {"kind": "self-declared", "title": f"as {source}"},
    }
    forms: dict[str, list[dict]] = {}
    for fact in taken.facts:
        kept = {
            k: v
            for k, v in fact_document(fact).items()
            if k not in ("id", "proposed", "replaces", "valid_from", "verified")
        }
        forms.setdefault(fact.field, []).append(kept | today)
    for field, stated in forms.items():
        new = [f["value"] for f in stated]
        old = [f.value for f in into.facts if f.field == field and f.value not in new]
        stated[0] |= {"replaces": old[:20]} if old else {}
    facts = [f for stated in forms.values() for f in stated]
    return (
        profiles.add_facts(session, MANDATE, target, facts) if source != target and facts else into
    )
