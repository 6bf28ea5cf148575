"""Which organisation a name or a number means: the one place where names are compared.

`Directory(records).find(name, ..., number=...)` gives a `Match`: a tier from Corporate Number to
near name, the candidates, and why a person is asked where it is not sure.
"""

from shared.linkage.directory import Directory, Match, Record, Tier, Why
from shared.linkage.mentions import mentioned
from shared.linkage.names import fold, forms, grams, near, romanised, spellings
from shared.linkage.numbers import BadNumber, corporate_number, corporate_number_ok

__all__ = [
    "BadNumber",
    "Directory",
    "Match",
    "Record",
    "Tier",
    "Why",
    "corporate_number",
    "corporate_number_ok",
    "fold",
    "forms",
    "grams",
    "mentioned",
    "near",
    "romanised",
    "spellings",
]
