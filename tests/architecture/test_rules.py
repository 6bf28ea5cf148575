"""The house rules that a reader relies on: who may import whom, where things stand, what never
appears.
"""

import ast
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from services import SERVICES
from services.portal import texts

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    p
    for folder in ("services", "shared", "nakodo_client")
    for p in sorted((ROOT / folder).rglob("*.py"))
    if "migrations/0" not in str(p)
]


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file's syntax tree, parsed once for all rules."""
    return tuple(ast.walk(ast.parse(path.read_text())))


@cache
def imports(path: Path) -> set[str]:
    """Top-level names of all modules a file imports."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def named(*patterns: str) -> list[Path]:
    return [p for p in SOURCES if any(re.fullmatch(x, str(p.relative_to(ROOT))) for x in patterns)]


def test_the_import_contracts_are_kept():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


MACHINE = re.compile(
    r"\b(date\.today|datetime\.(now|utcnow|today|fromtimestamp|utcfromtimestamp)|time\.(time|time_ns|localtime|gmtime|ctime))$"
)
OF_THE_MACHINE = {
    "shared/clock.py",
    "shared/relay.py",
    "services/startups/files.py",
}  # the clock itself; traces of the relay; files' own times
IN_A_ZONE = {
    "services/matching/editions.py",
    "services/portal/days.py",
    "services/cli/history.py",
}  # of an instant put into its zone a line before


def test_what_time_it_is_says_the_clock_alone():
    """The machine's time and zone are nobody's: instants come from the clock, days from it or from
    an instant put into the zone of whoever it is for.
    """
    found = set()
    for path in SOURCES:
        place = str(path.relative_to(ROOT))
        for node in nodes(path):
            if (
                isinstance(node, ast.Attribute)
                and MACHINE.search(ast.unparse(node))
                and place not in OF_THE_MACHINE
            ):
                found.add(f"{place}:{node.lineno} {ast.unparse(node)}")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "date"
                and not node.args
            ):
                of = node.func.value
                zoned = (
                    isinstance(of, ast.Call)
                    and isinstance(of.func, ast.Attribute)
                    and of.func.attr == "astimezone"
                )
                if not (zoned and (of.args or of.keywords)) and place not in IN_A_ZONE:
                    found.add(f"{place}:{node.lineno} {ast.unparse(node)}")
    assert found == set()


def only_in(module: str, *allowed: str) -> list[str]:
    return [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if any(i.split(".")[0] == module for i in imports(p))
        and not any(re.fullmatch(a, str(p.relative_to(ROOT))) for a in allowed)
    ]


def test_flask_is_known_only_where_http_is():
    assert (
        only_in("flask", r"shared/web/.*", r"services/\w+/routes(/\w+)?\.py", r"services/portal/.*")
        == []
    )


def test_one_sqlite_driver_and_only_in_one_place():
    assert only_in("sqlite3", "shared/db.py") == [] and only_in("pysqlite3", "shared/db.py") == []


def test_kafka_only_behind_the_port():
    assert only_in("kafka", "shared/eventlog/kafka.py") == []


def test_only_notices_speaks_to_the_outside():
    """Mail and webhooks from a file each; else addresses are opened for our own services (the
    client, a health check), published keys and the operator's OpenID provider.
    """
    assert only_in("smtplib", "services/notices/sender.py") == []
    assert (
        only_in("httpx2", "services/accounts/openid.py") == []
        and only_in("authlib", "services/accounts/openid.py") == []
    )
    assert (
        only_in(
            "httpx",
            "nakodo_client/client.py",
            r"services/cli/(run|team)\.py",
            "services/notices/caller.py",
        )
        == []
    )
    assert (
        only_in(
            "urllib",
            "shared/auth.py",
            "shared/settings.py",
            "shared/eventlog/kafka.py",
            "shared/settings.py",
            "nakodo_client/client.py",
            r"services/(operate|portal/present|notices/(sender|caller|rules)|accounts/(rules|passkeys))\.py",
        )
        == []
    )
    assert [str(p.relative_to(ROOT)) for p in SOURCES if "urlopen" in p.read_text()] == [
        "shared/auth.py"
    ]
    assert (
        only_in("requests") == []
        and only_in(
            "socket", "shared/web/server.py", "services/notices/caller.py", "shared/sandbox.py"
        )
        == []
    )


def test_only_settings_read_the_environment():
    readers = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if re.search(r"\bos\.(environ|getenv)\b", p.read_text())
    ]
    assert readers == ["shared/settings.py"]


def test_nobody_commits_but_the_database():
    committing = [str(p.relative_to(ROOT)) for p in SOURCES if ".commit()" in p.read_text()]
    assert set(committing) <= {"shared/db.py", "shared/migrate.py"}


@pytest.mark.parametrize(
    "path",
    named(r"services/\w+/rules\.py", r"services/matching/engine/.*", r"shared/judgement/.*"),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_pure_modules_have_no_clock_no_randomness_no_files_but_their_data(path):
    text = path.read_text()
    assert not re.search(
        r"\b(datetime\.now|date\.today|time\.time|random\.|uuid|urlopen|requests\.)", text
    )


@pytest.mark.parametrize(
    "path", named(r"services/\w+/routes(/\w+)?\.py"), ids=lambda p: str(p.relative_to(ROOT))
)
def test_routes_know_no_tables(path):
    assert not [i for i in imports(path) if i.endswith(".outbox") or ".models" in i]


@pytest.mark.parametrize(
    "path",
    named(r"services/\w+/queries\.py", r"shared/organizations/queries\.py"),
    ids=lambda p: p.parent.name,
)
def test_queries_write_nothing(path):
    assert not re.search(
        r"session\.(add|delete|merge|flush)\(|\b(insert|update|delete)\(", path.read_text()
    )


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_its_owner_card_and_its_wiring(service):
    folder = ROOT / "services" / service
    card = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    assert card and ("Owns" in card or "owns" in card)
    assert (folder / "app.py").exists()
    if service != "portal":
        assert (folder / "routes.py").exists() or (folder / "routes").is_dir()
        for name in (
            "schemas.py",
            "actions.py",
            "models.py",
            "rules.py",
            "migrations/0001_first.py",
        ):
            assert (folder / name).exists() or (folder / name.removesuffix(".py")).is_dir(), name


def test_no_utils_no_import_inside_functions_no_wildcards():
    faults = [str(p) for p in SOURCES if p.stem in ("utils", "helpers", "common")]
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                inner = [n for n in ast.walk(node) if isinstance(n, (ast.Import, ast.ImportFrom))]
                faults += [f"{path.relative_to(ROOT)}:{n.lineno}" for n in inner]
    assert faults == []


def test_files_stay_short():
    """Functions are kept simple by the linter (C901, at most 10), lines by their width (100)."""
    assert [str(p.relative_to(ROOT)) for p in SOURCES if p.read_text().count("\n") > 600] == []


def test_every_owned_table_has_its_owner():
    from services.investors.models import Base as investors
    from services.programs.models import Base as programs
    from services.startups.models import Base as startups

    for base in (startups, investors, programs):
        for mapper in base.registry.mappers:
            if mapper.class_.__name__ == "Letter":
                # the post: written and handed on by the service itself, no person's query reaches
                # it
                continue
            assert "owner" in mapper.columns and hasattr(mapper.class_, "visible_to"), mapper


def test_migrations_make_the_models(tmp_path):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from shared import tables
    from tests.conftest import Stack

    stack = Stack(tmp_path)
    for service in stack.composition.services.values():
        if service.db is not None:
            with service.db.engine.connect() as connection:
                context = MigrationContext.configure(connection)
                assert (
                    compare_metadata(context, [service.models.metadata, tables.metadata]) == []
                ), service.name
    stack.composition.close()


def test_the_lock_names_no_address_and_the_tree_no_registry():
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert not re.search(r"https?://|--index|--find-links", (ROOT / name).read_text())


def test_no_word_of_the_portal_is_given_twice():
    keys = [key for part in texts.PARTS for key in part]
    assert sorted({k for k in keys if keys.count(k) > 1}) == []
    assert all(len(pair) == 2 and all(pair) for part in texts.PARTS for pair in part.values())


def test_where_a_request_comes_from_is_read_at_the_door_alone():
    """Nobody else looks at forwarded headers or takes the inner hop's word for host and scheme:
    behind TLS both are wrong.
    """
    inner = re.compile(
        r"host_url|url_root|request\.base_url|request\.url\b|remote_addr\b(?!=)|X-Forwarded|HTTP_X_FORWARDED|REMOTE_ADDR"
    )
    found = {
        str(p.relative_to(ROOT)): sorted(set(inner.findall(p.read_text())))
        for p in SOURCES
        if inner.search(p.read_text())
    }
    assert found.pop("services/portal/pages.py") == ["X-Forwarded"], (
        "hands the visitor's address on"
    )
    assert set(found) <= {"shared/web/door.py"}, found


def test_only_an_offices_own_acts_name_what_it_has_decided():
    """Everything else reads `state`: what whoever asks may know."""
    allowed = {f"services/programs/{name}.py" for name in ("cohorts", "models/calls", "imports")}
    naming = re.compile(r"\bdecided\b *=|\.decided\b")
    found = {
        str(p.relative_to(ROOT))
        for p in (ROOT / "services/programs").rglob("*.py")
        if naming.search(p.read_text())
    }
    assert found <= allowed, found


def test_what_clients_send_has_one_way_in():
    """Texts come through the reader that cleans them, files through its `uploaded`: no route reads
    a request by itself.
    """
    from flask_smorest import Blueprint

    import shared.web  # noqa: F401 - which gives every blueprint its reader
    from shared.web.reader import Reader

    assert isinstance(Blueprint.ARGUMENTS_PARSER, Reader)
    for path in named(r"services/\w+/routes(/\w+)?\.py", r"services/\w+/routes/.*\.py"):
        if "portal" not in str(path):  # whose forms go on to the services as JSON
            assert not re.search(
                r"\brequest\.(files|form|args|json|get_json|data|values|stream)\b", path.read_text()
            ), path


def test_whoever_reads_or_makes_a_file_does_so_within_a_share():
    for path in named(r"services/\w+/routes(/\w+)?\.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.name in ("get", "post"):
                body = ast.get_source_segment(text, node) or ""
                if re.search(r"\b(as_file|uploaded)\(", body) and "current_actor()" in body:
                    assert "budgeted" in [
                        d.id for d in node.decorator_list if isinstance(d, ast.Name)
                    ], f"{path}:{node.lineno}"


def test_workbooks_are_written_in_one_place():
    """Tests apart, whoever makes a workbook or a CSV asks `shared.workbooks`."""
    assert only_in("openpyxl", "shared/workbooks.py", "shared/organizations/grid.py") == []
    assert [p for p in SOURCES if "csv.writer" in p.read_text() and p.name != "workbooks.py"] == []


def test_no_two_test_files_share_a_name():
    """One run imports a name once. Way out: say in the name what else the file promises."""
    names = Counter(p.name for p in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []
