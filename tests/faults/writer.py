"""Registers startups until it is stopped, each accepted one a line on stdout: `python -m
tests.faults.writer URL KEYS NAME`.
"""

import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from nakodo_client import Client, Refused
from shared.auth import ADMINISTRATOR, Issuer
from tests.conftest import startup_form


def write(url: str, keys: Path, name: str) -> None:
    issuer = Issuer(keys)
    client = Client(url, lambda: issuer.token(ADMINISTRATOR, datetime.now(UTC)))
    for number in count():
        made = f"{name}-{number}"
        try:
            client.register("startups", startup_form(f"{made} (invented)", id=made))
            if number % 3 == 0:
                client.add_facts(
                    "startups",
                    made,
                    [{"field": "blocked_org", "value": "kari-capital", "tier": "private"}],
                )
            print(time.time(), made, flush=True)
        except Refused as refused:
            assert refused.status == 503, refused.lines()


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
