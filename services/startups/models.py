"""Tables of the startups service."""

from shared.db import new_base
from shared.organizations.models import FactColumns, ProfileColumns

Base = new_base()


class StartupFact(FactColumns, Base):
    __tablename__ = "startup_facts"
    profile_key = "startups.id"


class Startup(ProfileColumns, Base):
    __tablename__ = "startups"
    fact_class = "StartupFact"
