"""Sweeps that are killed at any moment, and files of runs that are damaged in any way.

    python -m tests.fuzz.sweeps --kills 44 --seed 0      # a minute or two
    python -m tests.fuzz.sweeps --count 480 --seed 0

The first kills the process of a sweep, starts it again, and so on; it says how long its workers
stayed on, and holds the table against that of an undisturbed sweep. The second damages one file
after the other; each must be told, done again, and give the same table.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from crisis_abm.experiment.results import read_runs
from crisis_abm.experiment.runner import sweep
from crisis_abm.experiment.store.manifest import StoreError
from crisis_abm.runs import chunks
from crisis_abm.runs.chunks import here
from tests.cli.small import started
from tests.experiment.sweeps import same, small, written

PROMISED = 2.0  # seconds after which no worker is left
LONGEST = 6.0  # seconds from the start of a sweep to its end by force


def workers_of(leader: int) -> list[int]:
    """Worker processes that are alive in a process group."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            state, _, group = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[:3]
            line = Path(f"/proc/{entry}/cmdline").read_text()
        except OSError:
            continue
        if int(group) == leader and state != "Z" and "spawn_main" in line:
            found.append(int(entry))
    return found


def stayed_on(leader: int, longest: float = 60.0) -> float:
    """Seconds until no worker of a process that was killed is left."""
    began = time.monotonic()
    while workers_of(leader) and time.monotonic() - began < longest:
        time.sleep(0.01)
    return time.monotonic() - began


def kills(count: int, seed: int, folder: Path) -> list[float]:
    """Kill sweeps at moments drawn from the start on; how long workers stayed on each time."""
    draw, experiment = random.Random(seed), small(samples=2000)
    path = written(experiment, folder)
    sweep(experiment, folder / "undisturbed")
    whole, finished = read_runs(folder / "undisturbed"), 0
    found: list[float] = []
    while len(found) < count:
        kept = folder / f"kept{finished}"
        with started("sweep", path, "--out", kept, "--workers", 3, cwd=folder) as process:
            time.sleep(draw.uniform(0.3, LONGEST))
            alive = process.poll() is None
            process.kill()
            if alive:
                found.append(stayed_on(process.pid))
        if not alive:
            same(read_runs(kept), whole)
            finished += 1
    sweep(experiment, kept)
    same(read_runs(kept), whole)
    return found


def harms(draw: random.Random, files: list[Path]) -> tuple[str, Path, bytes]:
    """A way to damage a file of runs: what it is called, which file, and what it holds then."""
    path = draw.choice(files)
    content, size = bytearray(path.read_bytes()), path.stat().st_size
    at, length = draw.randrange(size), draw.randint(1, 64)
    match draw.randrange(7):
        case 0:
            content[at] ^= 1 << draw.randrange(8)
            return "a bit", path, bytes(content)
        case 1:
            return "cut short", path, bytes(content[:at])
        case 2:
            return "more at the end", path, bytes(content) + draw.randbytes(length)
        case 3:
            content[at : at + length] = draw.randbytes(len(content[at : at + length]))
            return "other bytes", path, bytes(content)
        case 4:
            del content[at : at + length]
            return "bytes gone", path, bytes(content)
        case 5:
            content[at:at] = draw.randbytes(length)
            return "bytes between", path, bytes(content)
        case _:
            other = draw.choice([one for one in files if one != path])
            return "of another file", path, other.read_bytes()


def damaged(count: int, seed: int, folder: Path) -> Iterator[str]:
    """Damage one file after the other: what was done, once it was told and mended."""
    draw, experiment, kept = random.Random(seed), small(), folder / "kept"
    most, chunks.MOST = chunks.MOST, 5
    try:
        sweep(experiment, kept, deal=here)
        whole = read_runs(kept)
        for _ in range(count):
            harm, path, content = harms(draw, sorted((kept / "runs").iterdir()))
            if content == path.read_bytes():
                continue
            path.write_bytes(content)
            try:
                read_runs(kept)
            except StoreError as error:
                assert "is damaged; run its sweep again" in str(error), error
            else:
                raise AssertionError(f"{harm} in {path.name} was not told")
            again = sweep(experiment, kept, deal=here)
            assert again.damaged == 1 and again.before < len(whole), harm
            same(read_runs(kept), whole)
            yield harm
    finally:
        chunks.MOST = most


def main() -> int:
    """Run what was asked for; 1 if workers stay on for too long."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=0)
    options.add_argument("--count", type=int, default=0)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    folder, late = Path(tempfile.mkdtemp()), 0
    try:
        if asked.count:
            found = Counter(damaged(asked.count, asked.seed, folder))
            ways = ", ".join(f"{name}: {times}" for name, times in found.most_common())
            print(f"{found.total()} damaged files told and done again ({ways})")
        if asked.kills:
            seconds = kills(asked.kills, asked.seed, folder)
            late = sum(one > PROMISED for one in seconds)
            print(
                f"{len(seconds)} kills: workers stayed on for {max(seconds):.2f} s at most, after "
                f"{late} of them for more than {PROMISED:g} s; the table is the same"
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return int(late > 0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
