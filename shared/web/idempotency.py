"""Idempotency-Key: the same request again gives the same answer and changes nothing; kept in the
same transaction.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from flask import Response, request
from sqlalchemy import delete, insert, select

from shared.errors import DomainError
from shared.tables import idempotency
from shared.web.app import current_actor, transaction

KEEP = timedelta(hours=24)


class KeyReused(DomainError):
    status, code = 422, "key-reused"


class KeyBad(DomainError):
    status, code = 400, "key-bad"


def idempotent(view: Callable[..., Response]) -> Callable[..., Response]:
    """Wraps a POST: answer and effect are stored together, per client, route and key, for 24
    hours.
    """

    @wraps(view)
    def wrapped(*args, **kwargs):
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(*args, **kwargs)
        if not (1 <= len(key) <= 200 and key.isascii() and key.isprintable()):
            raise KeyBad()
        actor = current_actor()
        place = {
            "client": f"{actor.org}/{actor.person}",
            "route": f"{request.method} {request.path}",
            "key": key,
        }
        body_hash = hashlib.sha256(request.get_data()).hexdigest()
        with transaction(actor) as session:
            same = [idempotency.c[name] == value for name, value in place.items()]
            stored = session.execute(select(idempotency).where(*same)).one_or_none()
            if stored is not None and stored.stored_at > session.info["now"] - KEEP:
                if stored.body_hash != body_hash:
                    raise KeyReused()
                return Response(stored.body, stored.status, json.loads(stored.headers))
            made = view(*args, **kwargs)
            headers = {k: v for k, v in made.headers if k in ("Content-Type", "ETag", "Location")}
            session.execute(delete(idempotency).where(*same))
            row = {
                "body_hash": body_hash,
                "status": made.status_code,
                "headers": json.dumps(headers),
            }
            body = made.get_data(as_text=True)
            session.execute(
                insert(idempotency).values(**place, **row, body=body, stored_at=session.info["now"])
            )
        return made

    return wrapped
