"""Time from `nakodo up` to its greeting, the first time and again, and the memory of its processes.

python -m benchmarks.start
"""

import json
import subprocess
import tempfile
import time
from pathlib import Path

from tests.flow.server import Running


def memory_mb(group: int) -> float:
    """Resident memory of a process group, MB."""
    rows = subprocess.run(
        ["ps", "-eo", "pgid=,rss="], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    return (
        sum(int(rss) for pgid, rss in (r.split() for r in rows if r.strip()) if int(pgid) == group)
        / 1024
    )


def main() -> None:
    report = {}
    with tempfile.TemporaryDirectory() as name:
        for title in ("first", "again"):
            begin = time.perf_counter()
            server = Running(Path(name)).start(120)
            report[f"{title}: to the greeting, s"] = round(time.perf_counter() - begin, 2)
            report[f"{title}: memory, MB"] = round(memory_mb(server.process.pid))
            begin = time.perf_counter()
            server.interrupt()
            report[f"{title}: to stop, s"] = round(time.perf_counter() - begin, 2)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
