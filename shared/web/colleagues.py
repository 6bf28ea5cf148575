"""Who is named in a form has to be of the actor's own organisation: asked of accounts, the only
service that knows.
"""

from shared.auth import Actor
from shared.errors import FieldError, Invalid, Unavailable
from shared.web.app import part


def need_colleague(actor: Actor, person: str | None, field: str) -> None:
    """Raises Invalid, naming the field, for somebody who is not of the actor's organisation;
    Unavailable where nobody can say.
    """
    if person is None or person == actor.person:
        return
    try:
        known = part("is_member")(actor.org, person)
    except OSError as error:
        raise Unavailable() from error
    if not known:
        raise Invalid(errors=[FieldError(field, "not-a-member", {"given": person[:80]})])
