"""Digests written beside the tags, all or none."""

import shutil
from pathlib import Path

import pytest

from deploy import pin

ROOT = Path(__file__).parents[2]
FAKE = """#!/bin/sh
[ "$4" = "{missing}" ] && {{ echo "no such tag" >&2; exit 1; }}
echo "sha256:$(printf %s "$4" | sha256sum | cut -c1-64)"
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in pin.FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return tmp_path


def docker(tree, missing: str = "") -> None:
    (tree / "bin/docker").write_text(FAKE.format(missing=missing))
    (tree / "bin/docker").chmod(0o755)


def test_every_image_of_others_gets_its_digest_once(tree):
    docker(tree)
    for _ in range(2):
        pin.main(tree)
        compose = (tree / "docker-compose.yml").read_text()
        for tag in (
            "postgres:15",
            "apache/kafka:4.3.1",
            "nginxinc/nginx-unprivileged:1.28",
            "python:3.11-slim-bookworm",
        ):
            assert compose.count(f"{tag}@sha256:") == 1 and f"{tag}@sha256:" in compose, tag
        assert compose.count("sha256:") == 4 and "image: nakodo\n" in compose, (
            "our own is built here"
        )
        assert "python:3.11-slim-bookworm@sha256:" in (tree / "deploy/Dockerfile").read_text()


def test_without_a_registry_nothing_is_half_written(tree):
    docker(tree, missing="apache/kafka:4.3.1")
    before = [(tree / name).read_text() for name in pin.FILES]
    with pytest.raises(SystemExit, match="keep their tags"):
        pin.main(tree)
    assert [(tree / name).read_text() for name in pin.FILES] == before
