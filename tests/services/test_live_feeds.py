"""Who hears a live feed: nobody after their token has ended, and everybody within a fair share."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import insert

from services.matching.streams import Hub, TooManyStreams
from shared.auth import Actor, worker
from shared.tables import revocations
from tests.conftest import Stack

FEED = frozenset({"mihon-ventures-equity"})
DECIDED = (7, "decided", {"startup": "rei", "mandate": "mihon-ventures-equity"})


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    made = Stack(tmp_path_factory.mktemp("streams")).load("demo")
    yield made
    made.composition.close()


@pytest.fixture
def hub(stack):
    return Hub(stack.composition.services["matching"].db, 4)


def reviewer(person: str, org: str = "mihon-ventures") -> Actor:
    return Actor(person, org, frozenset({"reviewer"}))


@pytest.fixture
def opened(hub):
    """Opens a stream for each reader; they stay open for the test."""
    streams: list = []

    def begin(*readers: Actor) -> list:
        streams.extend(hub.stream(one, FEED, None, lambda: True) for one in readers)
        for stream in streams[-len(readers) :]:
            next(stream)
        return streams

    return begin


def test_who_has_been_removed_hears_nothing_more(stack, hub):
    service = stack.composition.services["matching"]
    now = stack.clock.now()
    token = stack.composition.issuer.token(reviewer("leaver@mihon-ventures"), now)
    answer = service.app.test_client().get(
        "/api/v1/feeds/mihon-ventures-equity/stream", headers={"Authorization": f"Bearer {token}"}
    )
    told = answer.iter_encoded()
    assert next(told).startswith(b"retry")
    (listener,) = service.app.extensions["nakodo"]["hub"].listeners
    listener.waiting.put(DECIDED)
    assert b"event: decided" in next(told)
    with service.db.transaction(worker("access")) as session:
        gone = {"subject": "leaver@mihon-ventures", "before": now + timedelta(seconds=1)}
        session.execute(insert(revocations).values(gone))
    service.app.extensions["nakodo"]["revocations"].forget()
    listener.waiting.put(DECIDED)
    assert next(told, None) is None
    assert not service.app.extensions["nakodo"]["hub"].listeners


def test_one_reader_with_every_stream_makes_room_for_another(hub, opened):
    first, *others = opened(*[reviewer("a")] * 4)
    with pytest.raises(TooManyStreams):
        opened(reviewer("a"))
    opened(reviewer("b", "sakura-capital"))
    assert next(first, None) is None, "the oldest of who has the most"
    held = sorted(listener.person for listener in hub.listeners)
    assert held == ["a", "a", "a", "b"]


def test_an_organisation_with_many_people_makes_room_too(hub, opened):
    opened(*(reviewer(name) for name in "abcd"))
    opened(reviewer("x", "sakura-capital"))
    opened(reviewer("y", "sakura-capital"))
    held = sorted(listener.org for listener in hub.listeners)
    assert held == ["mihon-ventures"] * 2 + ["sakura-capital"] * 2
    with pytest.raises(TooManyStreams):
        opened(reviewer("z", "sakura-capital"))


def test_whoever_has_no_more_than_their_share_keeps_it(hub, opened):
    opened(*(reviewer("a", org) for org in ("one", "two", "three", "four")))
    with suppress(TooManyStreams):
        opened(reviewer("a", "five"))
    assert [listener.org for listener in hub.listeners] == ["one", "two", "three", "four"]
