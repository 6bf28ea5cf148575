"""Live feeds held by one process: how long from a decision's 201 until each of 200 listeners has
its event; beside asking once a second.

python -m benchmarks.streams [--streams 200] [--events 60]
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

import httpx

from nakodo_client import Client
from tests.flow.server import Running

MANDATE, STARTUP = "mihon-ventures-equity", "mihon-therapeutics"


async def listen(
    client: httpx.AsyncClient, url: str, headers: dict, heard: list, opened: list
) -> None:
    async with client.stream("GET", url, headers=headers) as answer:
        assert answer.status_code == 200, answer.status_code
        opened.append(1)
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                heard.append((time.monotonic(), json.loads(line[6:]).get("state")))


def listeners(
    server: Running, count: int, heard: list[list], opened: list, stop: threading.Event
) -> None:
    """All streams in one event loop of this process."""

    async def run() -> None:
        limits = httpx.Limits(max_connections=count + 10)
        headers = {"Authorization": f"Bearer {server.token('reviewer')}"}
        async with httpx.AsyncClient(timeout=120, limits=limits) as client:
            url = f"{server.url}/api/v1/feeds/{MANDATE}/stream"
            tasks = [
                asyncio.create_task(listen(client, url, headers, heard[i], opened))
                for i in range(count)
            ]
            while not stop.is_set():
                await asyncio.sleep(0.1)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())


def measure(server: Running, count: int, events: int) -> dict:
    heard, opened, stop = [[] for _ in range(count)], [], threading.Event()
    thread = threading.Thread(
        target=listeners, args=(server, count, heard, opened, stop), daemon=True
    )
    thread.start()
    while len(opened) < count:
        time.sleep(0.1)
    api, made, polls = Client(server.url, server.token("reviewer")), [], []
    for i in range(events):
        api.decide(
            STARTUP,
            MANDATE,
            "advance" if i % 2 == 0 else "hold",
            **({} if i % 2 == 0 else {"until": "2027-06-01"}),
        )
        made.append(time.monotonic())
        begin = time.monotonic()
        api.decisions()
        polls.append(time.monotonic() - begin)
        time.sleep(0.25)
    time.sleep(2)
    stop.set()
    thread.join(20)
    late = sorted(at - made[i] for told in heard for i, (at, _) in enumerate(told))
    complete = sum(len(told) == events for told in heard)
    # a change is half a second old on average when it is asked for
    asked = sorted(0.5 + p for p in polls)
    return {
        "streams": count,
        "events": events,
        "complete": complete,
        "p50_ms": round(1000 * late[len(late) // 2], 1),
        "p99_ms": round(1000 * late[int(len(late) * 0.99)], 1),
        "worst_ms": round(1000 * late[-1], 1),
        "asking_once_a_second_mean_ms": round(1000 * statistics.mean(asked), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--events", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Running(
            Path(folder) / "data", environ={"NAKODO_STREAMS": str(given.streams)}
        ).start()
        try:
            print(json.dumps(measure(server, given.streams, given.events), indent=1))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
