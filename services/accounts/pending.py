"""A sign-in that is out at the provider: what must come back with it, sealed, so that no row waits
for whoever never returns.
"""

import json
from base64 import b64decode, b64encode
from hmac import compare_digest

from cryptography.exceptions import InvalidTag

from shared.errors import Unauthorized
from shared.secrets import Seals

RETURN_S = 600


def keep(seals: Seals, begun: dict, now: float) -> str:
    """State, nonce and verifier, for the browser to bring back."""
    return b64encode(seals.close("openid", json.dumps(begun | {"at": now}))).decode()


def kept(seals: Seals, pending: str, state: str, now: float) -> dict:
    """What was kept. Raises Unauthorized for another browser's, another's state, or one that took
    too long.
    """
    try:
        found = json.loads(seals.open("openid", b64decode(pending, validate=True)))
    except (ValueError, InvalidTag) as error:
        raise Unauthorized("openid-refused") from error
    if not compare_digest(found["state"].encode(), state.encode()) or now - found["at"] > RETURN_S:
        raise Unauthorized("openid-refused")
    return found
