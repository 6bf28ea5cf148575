"""A solver that takes longer than anybody waits, for a test that kills its worker."""

import time

from shared.jobs import serve


def solve(problem, seed, limit_s, tell):
    time.sleep(20)
    raise ValueError("nobody stopped me")


if __name__ == "__main__":
    serve(solve)
