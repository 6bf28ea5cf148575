"""Gunicorn for one service in a container; what it says is `shared/web/server.py`, as for `nakodo
serve` and `nakodo up`.
"""

from shared.gauges import count_together
from shared.settings import load
from shared.web.server import options

count_together()
globals().update(options(load()))
