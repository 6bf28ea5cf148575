"""Tables of sites, providers and programmes, and the base all tables of the service hang on."""

from shared.db import new_base
from shared.organizations.models import FactColumns, MergeColumns, ProfileColumns

Base = new_base()


class SiteFact(FactColumns, Base):
    __tablename__ = "site_facts"
    readers = ("site-manager", "officer")
    profile_key = "sites.id"


class Site(ProfileColumns, Base):
    __tablename__ = "sites"
    readers = ("site-manager", "officer")
    fact_class = "SiteFact"


class ProviderFact(FactColumns, Base):
    __tablename__ = "provider_facts"
    readers = ("site-manager", "officer")
    profile_key = "providers.id"


class Provider(ProfileColumns, Base):
    __tablename__ = "providers"
    readers = ("site-manager", "officer")
    fact_class = "ProviderFact"


class ProgramFact(FactColumns, Base):
    __tablename__ = "program_facts"
    readers = ("officer",)
    profile_key = "programs.id"


class Program(ProfileColumns, Base):
    __tablename__ = "programs"
    readers = ("officer",)
    fact_class = "ProgramFact"


class Merge(MergeColumns, Base):
    __tablename__ = "merges"
