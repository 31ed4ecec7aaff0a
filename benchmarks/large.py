"""A very large network in a process of its own, so that its memory can be told: JSON on stdout."""

from __future__ import annotations

import json
import sys
import time

from benchmarks.measure import memory_now, peak_memory
from benchmarks.network import TOWN, plain_policy, towns
from benchmarks.traffic import bytes_a_tick
from crisis_abm import engine
from crisis_abm.engine import Detail


def main(size: int) -> None:
    """Measure and print; the engine is loaded before memory is counted."""
    _, small = towns(1)
    engine.run(small.world, plain_policy(TOWN, (0.0,) * 5), 1, Detail.GROUPS)
    bare = memory_now()
    began = time.perf_counter()
    _, tables = towns(size // TOWN)
    found: dict[str, float] = {"built": time.perf_counter() - began}
    found["links"] = len(tables.world.supply.share)
    for name, lever in (("siloed", 0.0), ("reciprocal", 1.0)):
        policy = plain_policy(len(tables.ids), (lever,) * 5)
        state = engine.start(tables.world, policy, 1, Detail.GROUPS)
        state = engine.advance(tables.world, state, 0, 1)
        began = time.perf_counter()
        state = engine.advance(tables.world, state, 1, 6)
        found[name] = (time.perf_counter() - began) / 5
        found[f"{name}_bytes"] = bytes_a_tick(tables.world, state)
        if name == "siloed":
            found["memory"] = peak_memory() - bare
        del state
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
