"""What people may do to investors and mandates, beyond what every profile offers."""

from typing import Any

from sqlalchemy.orm import Session

from services.investors.models import Investor, InvestorFact, Mandate, MandateFact, Merge
from services.investors.rules import investor_gaps, mandate_gaps
from shared.organizations import profiles
from shared.organizations.profiles import ProfileKind

MANDATE = ProfileKind("mandate", "investors", Mandate, MandateFact, ("reviewer",), mandate_gaps)
INVESTOR = ProfileKind("investor", "investors", Investor, InvestorFact, ("reviewer",), investor_gaps, Merge, (MANDATE,))


def open_mandate(session: Session, form: dict) -> Any:
    """A new mandate of one's own investor. Raises NotFound, Forbidden, Invalid."""
    investor = profiles.owned(session, INVESTOR, form["investor"], None)
    settled = {"id": f"{investor.id}-{form['kind']}"} if not form.get("id") and not form.get("name") else {}
    origin = {"owner": investor.owner, "origin": investor.origin} if session.info["actor"].sees_everything else {}
    return profiles.register(session, MANDATE, origin | settled | form)
