"""Timing, memory and bandwidth: medians of interleaved repeats, with their spread."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = [
    "Timing",
    "children",
    "copy_bandwidth",
    "in_own_process",
    "interleaved",
    "memory_now",
    "memory_of",
    "peak_memory",
    "seconds_of_command",
]


@dataclass(frozen=True)
class Timing:
    """Seconds of several repeats."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median, seconds."""
        return statistics.median(self.seconds)

    def per(self, count: float) -> Timing:
        """The same for each of `count` things done."""
        return Timing(tuple(one / count for one in self.seconds))

    def __str__(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        return f"{_readable(self.median)} ({_readable(low)} to {_readable(high)})"


def _readable(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def interleaved(repeats: int, **jobs: Callable[[], object]) -> dict[str, Timing]:
    """Time several jobs in turn, `repeats` times round; the first round is thrown away.

    So that whatever else the machine does falls on all of them alike.
    """
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(repeats + 1):
        for name, job in jobs.items():
            began = time.perf_counter()
            job()
            if turn:
                found[name].append(time.perf_counter() - began)
    return {name: Timing(tuple(times)) for name, times in found.items()}


def copy_bandwidth(megabytes: int = 512, repeats: int = 7) -> float:
    """Bytes a second that a copy of a large array reads and writes on one core (median)."""
    source = np.ones(megabytes * 2**20 // 8)
    target = np.empty_like(source)
    times = interleaved(repeats, copy=lambda: np.copyto(target, source))["copy"]
    return 2 * source.nbytes / times.median


def peak_memory(process: int | None = None) -> int:
    """Largest resident size of a process so far, bytes, as the operating system counts it.

    Linux's own count for the program: `getrusage` takes over what the process that started it held.
    Of this process unless another is given; 0 of one that is no more.
    """
    return _status("VmHWM", process)


def memory_now() -> int:
    """Resident size of this program, bytes, as the operating system counts it."""
    return _status("VmRSS", None)


def memory_of(process: int) -> int:
    """Resident size of a process, bytes, as the operating system counts it; 0 if it is no more."""
    return _status("VmRSS", process)


def _status(name: str, process: int | None) -> int:
    place = "self" if process is None else process
    try:
        lines = Path(f"/proc/{place}/status").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = (int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
    return 1024 * next(found, 0)  # kilobytes; one that has just ended has no such line


def children() -> list[int]:
    """Processes that this one has started and that are still there."""
    found: list[int] = []
    for path in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended
            found += map(int, path.read_text(encoding="ascii").split())
    return found


def in_own_process(module: str, *arguments: int) -> dict[str, Any]:
    """What a benchmark prints that needs a process of its own, so that its memory can be told."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    root = Path(__file__).parents[1]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=root)
    figures: dict[str, Any] = json.loads(found.stdout)
    return figures


def seconds_of_command(arguments: list[str], repeats: int, **environment: str) -> Timing:
    """Time a command of this program, from its start to its end."""
    import os

    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "crisis_abm", *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )
        times.append(time.perf_counter() - began)
    return Timing(tuple(times))
