"""HTTP in and out of the startups service: profiles with what hangs on them, and papers (documents,
one-pagers, links).
"""

from services.startups.routes.papers import shares
from services.startups.routes.profiles import internal, startups, vocabularies

BLUEPRINTS = [startups, vocabularies, shares, internal]
