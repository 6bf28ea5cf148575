"""Pieces of work for the sandbox's tests; imported by its helper, so this knows nothing else."""

import os
import time

from shared.sandbox import Refused


def echo(content: bytes, **options) -> bytes:
    return content + repr(sorted(options.items())).encode()


def refuse(content: bytes) -> bytes:
    raise Refused("table-empty", given="x")


def fail(content: bytes) -> bytes:
    raise RuntimeError(content)


def spin(content: bytes) -> bytes:
    while True:
        pass


def sleep(content: bytes) -> bytes:
    time.sleep(60)
    return b""


def eat(content: bytes) -> bytes:
    return bytes(400_000_000)[:1]


def flood(content: bytes) -> bytes:
    return b"x" * 2_000_000


def die(content: bytes) -> bytes:
    os._exit(3)


def write(content: bytes) -> bytes:
    with open(content.decode(), "wb") as file:
        file.write(b"x" * 10)
    return b"written"


def secrets(content: bytes) -> bytes:
    return " ".join(sorted(os.environ)).encode()
