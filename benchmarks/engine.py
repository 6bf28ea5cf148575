"""The engine beside what one would use instead, all on the same two cores, best of three, in one
run.

python -m benchmarks.engine [--million] [--plot FILE]
"""

import argparse
import json
import os
import time
from collections.abc import Callable

CORES = sorted(os.sched_getaffinity(0))[:2]
os.sched_setaffinity(0, CORES)
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "2"

import faiss  # noqa: E402
import matplotlib  # noqa: E402
import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from implicit.cpu.topk import topk as implicit_topk  # noqa: E402
from matplotlib import pyplot  # noqa: E402

from services.matching.engine import compiled, kernel  # noqa: E402
from services.matching.engine.best_triads import best_per_hub, links  # noqa: E402
from services.matching.engine.crowd import Crowd, moves  # noqa: E402

matplotlib.use("Agg")
K, NON_ZERO, REPEATS = 50, 28, 3


def problem(
    startups: int, mandates: int, width: int, gated: bool, seed: int = 1
) -> tuple[kernel.Rows, kernel.Cols]:
    """Vectors on the grid with 28 non-zeros a startup; gate words of which none fail, or about two
    thirds of the pairs do.
    """
    rng = np.random.default_rng(seed)
    columns = (
        np.sort(
            rng.random((startups, NON_ZERO)).argsort(axis=1)
            + np.arange(NON_ZERO) * (width // NON_ZERO),
            axis=1,
        )
        % width
    )
    weights = (
        np.round(
            rng.dirichlet(np.ones(4), (startups, NON_ZERO // 4)).reshape(startups, NON_ZERO) * 64
        )
        / 64
    )
    x = sp.csr_matrix(
        (
            weights.astype(np.float32).ravel(),
            columns.ravel().astype(np.int32),
            np.arange(startups + 1) * NON_ZERO,
        ),
        (startups, width),
    )
    y = np.round(rng.normal(scale=0.4, size=(width, mandates)) * 256) / 256
    constants = [
        np.round(rng.normal(scale=0.3, size=n) * 2**14) / 2**14 for n in (startups, mandates)
    ]
    words, wanted = _words(rng, startups, mandates, gated)
    amount = np.where(rng.random(startups) < 0.4, np.inf, 10 ** rng.uniform(5.5, 8, startups))
    smallest = np.where(
        rng.random(mandates) < (0.7 if gated else 1.0), -np.inf, 10 ** rng.uniform(5, 7, mandates)
    )
    rows = kernel.Rows(x, constants[0].astype(np.float32), words, amount)
    return rows, kernel.Cols(
        y.astype(np.float32), constants[1].astype(np.float32), wanted, smallest
    )


def _words(rng, startups: int, mandates: int, gated: bool) -> tuple[np.ndarray, np.ndarray]:
    """A few bits a startup per gate; a mandate wants a class of them, or is open."""
    words = np.zeros((startups, compiled.WORDS), dtype=np.uint64)
    wanted = np.zeros((compiled.WORDS, mandates), dtype=np.uint64)
    for group, (start, _, kind) in zip(compiled.GROUPS, kernel.LAYOUT, strict=True):
        bits, open_bit = len(group.bits), len(group.bits) - 1
        if kind == compiled.ANY:
            _set(words, start, np.full((startups, 1), open_bit))
            _set(words, start, rng.integers(0, max(bits - 3, 1), (startups, 3)))
            closed = gated & (
                rng.random(mandates)
                < {"focus": 0.6, "country": 0.25, "stage": 0.2}.get(group.name, 0.03)
            )
            _set(
                wanted.T,
                start,
                np.where(
                    closed[:, None],
                    rng.integers(0, max(bits - 3, 1), (mandates, max(bits // 6, 2))),
                    open_bit,
                ),
            )
        elif gated:
            _set(
                words, start, rng.integers(0, bits, (startups, 2)), rng.random((startups, 2)) < 0.15
            )
            _set(
                wanted.T,
                start,
                rng.integers(0, bits, (mandates, 2)),
                rng.random((mandates, 2)) < 0.5,
            )
    return words, wanted


def _set(words: np.ndarray, start: int, bits: np.ndarray, where: np.ndarray | bool = True) -> None:
    where = np.broadcast_to(where, bits.shape)
    for column, chosen in zip(bits.T, where.T, strict=True):
        lines = np.flatnonzero(chosen)
        words[lines, start + column[lines] // 64] |= np.uint64(1) << (column[lines] % 64).astype(
            np.uint64
        )


def best_of(call: Callable[[], object], repeats: int = REPEATS) -> float:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


def fail_share(rows: kernel.Rows, cols: kernel.Cols) -> float:
    return float(kernel.failing(rows.words[:2000], rows.amount[:2000], cols).mean())


def faiss_flat(x: np.ndarray, y: np.ndarray) -> None:
    """One direction: every row of x asks for its best k of y."""
    index = faiss.IndexFlatIP(y.shape[1])
    index.add(y)
    index.search(x, K)


def plain_numpy(x: np.ndarray, y: np.ndarray) -> None:
    """Both directions by blocks of a dense product, no gates."""
    held = np.full((len(y), K), -np.inf, dtype=np.float32)
    for begin in range(0, len(x), 2048):
        score = x[begin : begin + 2048] @ y.T
        np.argpartition(-score, K, axis=1)[:, :K]
        held = -np.partition(-np.hstack([held, score.T]), K, axis=1)[:, :K]


def both_directions(startups: int, mandates: int, width: int) -> dict:
    report = {}
    for title, gated in (("no fails", False), ("gated", True)):
        rows, cols = problem(startups, mandates, width, gated)
        kernel.best_pairs(rows, cols, K)
        report[title] = {
            "fail share": round(fail_share(rows, cols), 3),
            "nakodo, s": best_of(lambda r=rows, c=cols: kernel.best_pairs(r, c, K)),
        }
    x, y = rows.x.toarray(), np.ascontiguousarray(cols.y.T)
    faiss.omp_set_num_threads(2)
    report["faiss flat, two directions, s"] = best_of(lambda: (faiss_flat(x, y), faiss_flat(y, x)))
    report["implicit top-k, two directions, s"] = best_of(
        lambda: (implicit_topk(y, x, K, num_threads=2), implicit_topk(x, y, K, num_threads=2))
    )
    report["plain NumPy, two directions, s"] = best_of(lambda: plain_numpy(x, y), 1)
    for title in ("no fails", "gated"):
        report[title]["of faiss"] = round(
            report[title]["nakodo, s"] / report["faiss flat, two directions, s"], 3
        )
    return report


def percentiles(call: Callable[[int], object], repeats: int) -> dict:
    times = []
    for i in range(repeats):
        begin = time.perf_counter()
        call(i)
        times.append(1000 * (time.perf_counter() - begin))
    return {
        "p50 ms": round(float(np.percentile(times, 50)), 3),
        "p99 ms": round(float(np.percentile(times, 99)), 3),
    }


def single(startups: int, mandates: int, width: int) -> dict:
    rows, cols = problem(startups, mandates, width, True)
    crowd = _crowd(rows)
    y = (cols.y[:, 0].astype(float), np.round(cols.y[:, 0] * 1.5 * 256) / 256)
    cls = kernel.failing(
        rows.words,
        rows.amount,
        kernel.Cols(cols.y[:, :1], cols.constants[:1], cols.words[:, :1], cols.smallest[:1]),
    )[:, 0].astype(np.int8)
    kernel.best_for_startup(rows, 0, cols, K)
    kernel.best_for_mandate(rows, cols, 0, K)
    return {
        f"one startup against {mandates:,} mandates": percentiles(
            lambda i: kernel.best_for_startup(rows, i, cols, K), 2000
        ),
        f"one mandate against {startups:,} startups": percentiles(
            lambda i: kernel.best_for_mandate(rows, cols, i % mandates, K), 300
        ),
        f"preview over {startups:,} startups": percentiles(
            lambda i: moves(*(crowd.ranked(v, cls, 0.25) for v in y)), 100
        ),
    }


def triads(investors: int, sites: int) -> dict:
    """One startup's triads over all investors and sites, thirty hubs, three ties an investor."""
    rng = np.random.default_rng(4)
    hub_of = rng.integers(0, 30, sites)
    pair = rng.integers(0, sites, 3 * investors)
    tied = links(
        np.repeat(np.arange(investors), 3),
        pair,
        rng.choice([0.4, 0.6, 1.0, 1.4], 3 * investors),
        hub_of,
    )
    fit, place = rng.normal(size=(200, investors)), rng.normal(size=(200, sites))
    measured = percentiles(
        lambda i: best_per_hub(fit[i % 200], place[i % 200], hub_of, tied, -1.0), 2000
    )
    return {f"triads of one startup over {investors:,} x {sites}": measured}


def _crowd(rows: kernel.Rows) -> Crowd:
    """A crowd of one asset a startup, from arrays."""
    crowd = Crowd([], _NoCalibration)
    crowd.x, crowd.rows = rows.x.astype(float), rows.constants.astype(float)
    crowd.of = crowd.first = np.arange(len(rows.constants))
    crowd.startups = range(len(rows.constants))
    return crowd


class _NoCalibration:
    """Stands where no startup needs one."""


def memory_mb(line: str) -> float:
    """A line of this process' status: VmRSS now, VmHWM the peak since it was forgotten."""
    return (
        next(int(row.split()[1]) for row in open("/proc/self/status") if row.startswith(line))
        / 1024
    )


def forget_peak() -> None:
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def million(mandates: int, width: int) -> dict:
    rows, cols = problem(1_000_000, mandates, width, True)
    kernel.best_pairs(
        kernel.Rows(rows.x[:100], rows.constants[:100], rows.words[:100], rows.amount[:100]),
        cols,
        K,
    )
    before = memory_mb("VmRSS")
    forget_peak()
    ours = best_of(lambda: kernel.best_pairs(rows, cols, K), 1)
    beyond = memory_mb("VmHWM") - before - (1_000_000 + mandates) * K * 8 / 2**20
    x, y = rows.x.toarray(), np.ascontiguousarray(cols.y.T)
    theirs = best_of(lambda: faiss_flat(x, y), 1)
    figures = {"nakodo, s": round(ours, 2), "beyond inputs and outputs, MB": round(beyond)}
    return figures | {"faiss, one direction, s": round(theirs, 2), "ratio": round(ours / theirs, 3)}


def growth(path: str) -> None:
    """How time grows with startups, mandates and width, ours and faiss's two directions."""
    base = {"startups": 20_000, "mandates": 2_000, "width": 256}
    steps = {
        "startups": (10_000, 20_000, 40_000, 80_000),
        "mandates": (500, 1_000, 2_000, 4_000),
        "width": (128, 256, 512, 1024),
    }
    figure, axes = pyplot.subplots(1, 3, figsize=(13, 4), layout="constrained")
    for axis, (name, values) in zip(axes, steps.items(), strict=True):
        lines = {"nakodo, gated": [], "faiss flat": []}
        for value in values:
            rows, cols = problem(**(base | {name: value}), gated=True)
            x, y = rows.x.toarray(), np.ascontiguousarray(cols.y.T)
            lines["nakodo, gated"].append(
                best_of(lambda r=rows, c=cols: kernel.best_pairs(r, c, K))
            )
            lines["faiss flat"].append(
                best_of(lambda a=x, b=y: (faiss_flat(a, b), faiss_flat(b, a)))
            )
        for title, times in lines.items():
            axis.plot(values, times, marker="o", label=title)
        axis.set(xlabel=name, ylabel="s, both directions", xscale="log", yscale="log")
    axes[0].legend()
    figure.savefig(path, dpi=100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--million", action="store_true", help="also 1,000,000 startups (needs 8 GB)"
    )
    parser.add_argument("--plot", help="also draw how time grows, into this file")
    asked = parser.parse_args()
    report = {
        "cores": CORES,
        "100,000 x 5,000 x 256": both_directions(100_000, 5_000, 256),
        "single": single(100_000, 5_000, 256) | triads(5_000, 500),
    }
    if asked.million:
        report["1,000,000 x 5,000 x 256"] = million(5_000, 256)
    if asked.plot:
        growth(asked.plot)
    print(json.dumps(report, indent=1, default=lambda v: round(v, 3)))


if __name__ == "__main__":
    main()
