"""The sandbox: what a piece of work may take, and that nothing of it reaches whoever asked but
bytes or a reason.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.startups import pdf
from shared import budget, jobs, rebuild, sandbox
from shared.organizations import sheets
from shared.sandbox import Exceeded, Limits, Refused, run

SMALL = Limits(cpu_s=1, wall_s=2.0, memory=100_000_000, answer=1_000_000)


def piece(name: str, content: bytes = b"", **options) -> bytes:
    return run(f"tests.unit.pieces:{name}", content, SMALL, **options)


def test_bytes_go_in_and_come_out_and_a_refusal_keeps_its_reason():
    assert piece("echo", b"abc", kind="csv") == b"abc[('kind', 'csv')]"
    with pytest.raises(Refused) as refused:
        piece("refuse")
    assert (refused.value.code, refused.value.params) == ("table-empty", {"given": "x"})


@pytest.mark.parametrize("name", ["spin", "sleep", "eat", "flood", "die", "fail"])
def test_time_memory_and_answers_are_bounded_and_the_next_piece_finds_all_well(name):
    begin = time.monotonic()
    with pytest.raises(Exceeded):
        piece(name)
    assert time.monotonic() - begin < 20 and piece("echo", b"next") == b"next[]"


def test_no_file_is_written_and_no_setting_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("NAKODO_TOKEN", "secret")
    with pytest.raises(Exceeded):
        piece("write", str(tmp_path / "out").encode())
    assert not (tmp_path / "out").exists() or (tmp_path / "out").stat().st_size == 0
    assert b"NAKODO" not in piece("secrets")


def test_many_at_once_are_kept_apart():
    with ThreadPoolExecutor(8) as threads:
        asked = [str(n).encode() for n in range(40)]
        assert list(threads.map(lambda c: piece("echo", c), asked)) == [c + b"[]" for c in asked]


def test_a_helper_that_was_killed_is_started_again():
    piece("echo")
    os.kill(sandbox._HELPER.process.pid, 9)
    sandbox._HELPER.process.wait()
    assert piece("echo", b"again") == b"again[]"


def test_the_limits_are_those_that_are_documented():
    told = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    for name, limits in (
        ("PDF made anew (`shared/rebuild.py`)", pdf.LIMITS),
        ("table, CSV or XLSX (`shared/organizations/grid.py`)", sheets.LIMITS),
    ):
        memory, answer = limits.memory // 1_000_000, limits.answer // 1_000_000
        assert (
            f"| {name} | {limits.cpu_s} s | {limits.wall_s:g} s | {memory} MB | {answer} MB |"
            in told
        )
    pages = (
        f"{rebuild.MOST_PAGES} pages of {rebuild.SMALLEST_PT} to {rebuild.LARGEST_PT:,} points,"
        f" {rebuild.MOST_UNPACKED // 1_000_000} MB unpacked"
    )
    assert (
        f"{pages}, {rebuild.MOST_PIXELS // 1_000_000} million pixels, {rebuild.MOST_LINKS:,} links"
        in told
    )
    assert (
        f"has {budget.AT_ONCE} files or exports under way in a serving process, {budget.AN_HOUR}"
        " begun an hour" in told
    )
    assert (
        f"has {jobs.MOST_OPEN} open and {jobs.MOST_HOURLY} an hour" in told
        and f"others wait {sandbox.PATIENCE_S:g} s" in told
    )
