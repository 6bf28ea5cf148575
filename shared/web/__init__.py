"""HTTP for every service: one app skeleton, problem details, idempotency, tokens; the only place
that knows Flask.
"""

from shared.web.answers import answer, as_file, gives_file, page
from shared.web.app import current_actor, make_app, reading, transaction
from shared.web.idempotency import idempotent
from shared.web.profiles import key_routes, profile_routes

__all__ = [
    "answer",
    "as_file",
    "current_actor",
    "gives_file",
    "idempotent",
    "key_routes",
    "make_app",
    "page",
    "profile_routes",
    "reading",
    "transaction",
]
