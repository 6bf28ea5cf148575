"""HTTP in and out of the accounts service."""

from services.accounts.routes.accounts import accounts, links, sessions, tokens
from services.accounts.routes.claims import claims, consents, internal
from services.accounts.routes.named import erasures
from services.accounts.routes.oneself import people

BLUEPRINTS = [sessions, tokens, people, accounts, links, claims, consents, erasures, internal]
