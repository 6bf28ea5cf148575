"""Tables of the investors service: organisations, and mandates as subjects of their own."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.db import new_base
from shared.organizations.models import FactColumns, MergeColumns, ProfileColumns

Base = new_base()


class InvestorFact(FactColumns, Base):
    __tablename__ = "investor_facts"
    readers = ("reviewer",)
    profile_key = "investors.id"


class Investor(ProfileColumns, Base):
    __tablename__ = "investors"
    readers = ("reviewer",)
    fact_class = "InvestorFact"


class MandateFact(FactColumns, Base):
    __tablename__ = "mandate_facts"
    readers = ("reviewer",)
    profile_key = "mandates.id"


class Mandate(ProfileColumns, Base):
    __tablename__ = "mandates"
    readers = ("reviewer",)
    fact_class = "MandateFact"

    investor: Mapped[str] = mapped_column(String(64), ForeignKey("investors.id"), index=True)


class Merge(MergeColumns, Base):
    __tablename__ = "merges"
