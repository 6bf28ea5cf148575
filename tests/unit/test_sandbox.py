"""The sandbox: what a piece of work may take, and that nothing of it reaches whoever asked but bytes or a reason."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared import sandbox
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
