"""Samples of the unit cube: Latin hypercube, Sobol, Morris.

A sampler is asked for a number of dimensions and gives rows between 0 and 1; what the factors make
of them is not its business. Bounds, counts and order of rows are SALib's, so that its analyses take
them as they are. Every sampler gives the same rows to the last bit on every machine.

References
----------
McKay, Beckman & Conover 1979, Technometrics 21, 239-245 (Latin hypercube); Saltelli 2002, Comput.
Phys. Commun. 145, 280-297, and Saltelli et al. 2010, ibid. 181, 259-270 (Sobol); Morris 1991,
Technometrics 33, 161-174.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm.streams import entity_key, stream_id, uniform

__all__ = ["count", "latin_hypercube", "morris", "sample", "sobol"]

_ORDER, _JITTER, _SALIB = map(stream_id, ("design order", "design jitter", "design salib"))


def count(method: str, dimensions: int, samples: int, second_order: bool = True) -> int:
    """How many rows `sample` gives.

    Parameters
    ----------
    method : {"latin_hypercube", "sobol", "morris"}
    dimensions : int
        D, the number of factors sampled.
    samples : int
        N: rows of a Latin hypercube; base points of Sobol, which gives N(2D + 2) rows, or N(D + 2)
        without second order; trajectories of Morris, which gives N(D + 1).
    second_order : bool
    """
    if method == "sobol":
        return samples * (2 * dimensions + 2 if second_order else dimensions + 2)
    return samples * (dimensions + 1) if method == "morris" else samples


def sample(
    method: str,
    names: tuple[str, ...],
    samples: int,
    seed: int,
    levels: int = 4,
    second_order: bool = True,
) -> np.ndarray:
    """Sample the unit cube of the factors called `names`: shape (rows, D), in [0, 1]."""
    if method == "latin_hypercube":
        return latin_hypercube(names, samples, seed)
    if method == "morris":
        return morris(len(names), samples, seed, levels)
    return sobol(len(names), samples, seed, second_order)


def latin_hypercube(names: tuple[str, ...], samples: int, seed: int) -> np.ndarray:
    """In each dimension one row in each of N equal parts, anywhere in it.

    Drawn by keyed lots under the factors' names rather than by SALib's generator: another factor
    leaves the columns of the others as they were.
    """
    columns = []
    for name in names:
        key = entity_key(name)
        lots = np.array([uniform(seed, _ORDER, key, row, 0) for row in range(samples)])
        inside = np.array([uniform(seed, _JITTER, key, row, 0) for row in range(samples)])
        part = np.empty(samples)
        part[np.argsort(lots, kind="stable")] = np.arange(samples)
        columns.append((part + inside) / samples)
    return np.stack(columns, axis=1)


def sobol(dimensions: int, samples: int, seed: int, second_order: bool = True) -> np.ndarray:
    """Saltelli's rows of a scrambled Sobol sequence: A, A with columns of B, B with those of A, B.

    `samples` is a power of 2.
    """
    from SALib.sample import sobol as salib

    return np.asarray(
        salib.sample(
            _problem(dimensions), samples, calc_second_order=second_order, seed=_number(seed)
        )
    )


def morris(dimensions: int, samples: int, seed: int, levels: int = 4) -> np.ndarray:
    """Random trajectories on a grid of `levels` (even) a dimension, one factor moved a step.

    Each step is levels / (2(levels - 1)) up or down.
    """
    from SALib.sample import morris as salib

    rows = salib.sample(_problem(dimensions), samples, num_levels=levels, seed=_number(seed))
    return np.asarray(np.rint(rows * (levels - 1)) / (levels - 1))  # sums of thirds are not thirds


def _problem(dimensions: int) -> dict[str, Any]:
    names = [f"x{number}" for number in range(dimensions)]
    return {"num_vars": dimensions, "names": names, "bounds": [[0.0, 1.0]] * dimensions}


def _number(seed: int) -> int:
    """A seed of 31 bits for a generator that is not ours, never 0."""
    return 1 + int(uniform(seed, _SALIB, np.uint64(0), 0, 0) * (2**31 - 1))
