"""Solver runs of this service."""

from services.programs.models.profiles import Base
from shared.db import Owned
from shared.jobs import JobColumns


class Job(JobColumns, Owned, Base):
    """A plan being computed."""

    readers = ("officer",)
