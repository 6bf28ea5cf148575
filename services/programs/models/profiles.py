"""Tables of sites, providers and programmes, and the base all tables of the service hang on."""

from shared.db import new_base
from shared.organizations.models import FactColumns, MergeColumns, ProfileColumns

Base = new_base()


class SiteFact(FactColumns, Base):
    __tablename__ = "site_facts"
    profile_key = "sites.id"


class Site(ProfileColumns, Base):
    __tablename__ = "sites"
    fact_class = "SiteFact"


class ProviderFact(FactColumns, Base):
    __tablename__ = "provider_facts"
    profile_key = "providers.id"


class Provider(ProfileColumns, Base):
    __tablename__ = "providers"
    fact_class = "ProviderFact"


class ProgramFact(FactColumns, Base):
    __tablename__ = "program_facts"
    profile_key = "programs.id"


class Program(ProfileColumns, Base):
    __tablename__ = "programs"
    fact_class = "ProgramFact"


class Merge(MergeColumns, Base):
    __tablename__ = "merges"
