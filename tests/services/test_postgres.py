"""PostgreSQL: the same product, one relay and one matcher, writers in line, and a clean answer while it is away."""

import threading
import time

import pytest

from nakodo_client import Refused
from services.matching.population import canonical
from services.matching.replay import in_use
from services.up import Composition
from shared.auth import ADMINISTRATOR
from shared.migrate import behind
from shared.service import Work
from shared.settings import load
from tests.conftest import Stack, reference, startup_form

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: pip install -e .[postgres]")
pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("postgres")]


@pytest.fixture
def served(databases, tmp_path):
    """The product on PostgreSQL, without threads."""
    stack = Stack(tmp_path, environ={"NAKODO_DATABASE_URL": databases})
    yield stack
    stack.composition.close()


def test_evaluations_on_postgres_equal_those_on_sqlite_byte_for_byte(real, served):
    for folder in ("reference", "demo"):
        reference.load(served.client(), folder, lambda *_: None)
    served.settle()
    told = []
    for matching in (served.matching, real.matching):
        with matching.db.reading(ADMINISTRATOR) as session:
            told.append(canonical(in_use(session)))
    assert told[0] == told[1] and len(told[0]) > 10_000
    feeds = [[m["startup"] for m in client.feed("taiho-ventures")] for client in (served.client(), real.client())]
    assert feeds[0] == feeds[1]
    assert all(not behind(s.db, s.models, s.name) for s in served.composition.services.values() if s.db is not None)


def test_concurrent_writers_lose_nothing_and_versions_follow_each_other(served):
    client = served.client()
    client.register("startups", startup_form(id="rei-bio"))
    refused, threads = [], []

    def write(n):
        try:
            served.client().add_facts("startups", "rei-bio", [{"field": "technology", "value": f"Method {n}"}])
        except Refused as error:
            refused.append(error)

    for n in range(24):
        threads.append(threading.Thread(target=write, args=(n,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    profile = client.profile("startups", "rei-bio")
    assert not refused and profile["version"] == 25
    assert len([f for f in profile["facts"] if f["field"] == "technology"]) == 24
    with served.composition.services["startups"].db.reading(ADMINISTRATOR) as session:
        versions = [
            v for (v,) in session.connection().exec_driver_sql("SELECT (value::json->>'subjectversion')::int FROM outbox ORDER BY id")
        ]
    assert versions == list(range(1, 26)), "outbox ids follow commit order"


def test_one_works_and_the_other_takes_over_when_its_connection_is_gone(served, postgres, databases, tmp_path):
    other = Composition(load({"NAKODO_DATABASE_URL": databases}, data=tmp_path / "other-machine"), served.clock)
    first, second = (Work([c.services["startups"]], tmp_path / n) for c, n in ((served.composition, "locks-1"), (other, "locks-2")))
    first.start()
    wait_for(lambda: leading(first))
    second.start()
    time.sleep(1.5)
    assert leading(first) and not leading(second)
    first.finish()
    wait_for(lambda: leading(second))
    before = leading(second)
    postgres.sql("startups", "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    wait_for(lambda: leading(second) and leading(second) is not before)
    assert not before.is_alive()
    second.finish()
    assert not second.failed
    other.close()


def leading(work: Work) -> threading.Thread | None:
    """The relay's thread of a worker that leads."""
    return next((t for t in work.threads if t.name == "startups relay" and t.is_alive()), None)


def wait_for(reached, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_while_the_database_is_away_answers_are_503_and_nothing_is_lost(served, postgres):
    client = served.client()
    client.register("startups", startup_form(id="rei-one"))
    postgres.stop()
    try:
        with pytest.raises(Refused) as refused:
            client.register("startups", startup_form(id="rei-two"))
        assert refused.value.status == 503
    finally:
        postgres.start()
    client.register("startups", startup_form(id="rei-two"))
    assert client.profile("startups", "rei-one") and client.profile("startups", "rei-two")


def test_old_and_new_code_write_side_by_side_while_a_column_is_added_and_taken_away(served):
    """Expand and contract: the database goes ahead of old code, which stays ready and writes on; new code uses the new column."""
    old, db = served.client(), served.composition.services["startups"].db
    stop, accepted, refused = threading.Event(), [], []

    def write() -> None:
        while not stop.is_set():
            try:
                accepted.append(old.register("startups", startup_form(f"Rei {len(accepted)} (invented)"))["id"])
            except Refused as error:
                refused.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        time.sleep(0.5)
        with db.engine.begin() as connection:  # the next release's migration: expand
            connection.exec_driver_sql("ALTER TABLE startups ADD COLUMN motto VARCHAR(80)")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
        time.sleep(0.5)
        seen = len(accepted)
        with db.engine.begin() as connection:  # the next release's code
            connection.exec_driver_sql("UPDATE startups SET motto = 'new' WHERE id = %(id)s", {"id": accepted[0]})
        assert old.get("/services/startups/ready")["ready"], "old code does not mind a database that is ahead"
        old.add_facts("startups", accepted[0], [{"field": "stage", "value": "phase-1"}])
        served.composition.migrate()  # an old worker that restarts leaves the newer database alone
        time.sleep(0.5)
    finally:
        stop.set()
        writer.join()
    assert refused == [] and len(accepted) > seen > 0
    with db.engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT motto FROM startups WHERE id = %(id)s", {"id": accepted[0]}).scalar() == "new"
        connection.exec_driver_sql("ALTER TABLE startups DROP COLUMN motto")  # contract, once the old code is gone
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0004'")
    assert old.profile("startups", accepted[-1])
