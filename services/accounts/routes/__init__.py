"""HTTP in and out of the accounts service."""

from services.accounts.routes.claims import claims, consents, internal
from services.accounts.routes.named import erasures
from services.accounts.routes.people import accounts, links, people, sessions, tokens

BLUEPRINTS = [sessions, tokens, people, accounts, links, claims, consents, erasures, internal]
