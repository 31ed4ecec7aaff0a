"""Keyed random numbers: what chance decides depends on names, never on the order of drawing.

A farmer's almanac rather than a die: ask for the weather of a given day at a given farm and the
answer is the same whoever asks, however often, in whatever order. Every draw of the model is one
uniform number, a counter-based hash of (seed, stream, entity, tick, draw). So two runs of one seed
under two policies meet the same crisis, day by day (common random numbers), on any number of
workers.

The hash is the finaliser of SplitMix64 (Steele, Lea & Flood 2014) applied to each key in turn, each
added to the state multiplied by a different odd constant. No generator keeps state.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from crisis_abm.compiled import kernel

__all__ = ["ABSENCE", "HAZARD", "LEAD_TIME", "MOST_DRAWN", "NETWORK", "RELIABILITY", "UNCERTAIN"]
__all__ += [
    "binomial",
    "binomial_of",
    "entity_key",
    "moment",
    "nth",
    "source",
    "stream_id",
    "uniform",
]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_STREAM = np.uint64(0xD1342543DE82EF95)
_ENTITY = np.uint64(0xAEF17502108EF2D9)
_TICK = np.uint64(0xDA942042E4DD58B5)
_DRAW = np.uint64(0xC2B2AE3D27D4EB4F)
_LEAST = -300.0  # logarithm of a probability that is far from underflow
_RECIPROCAL = 1.0 / np.maximum(1.0, np.arange(2048.0))  # a division takes as long as six products
_NEGLIGIBLE = 1e-20  # a probability far below the resolution of a uniform number

MOST_DRAWN = 10**9
"""Trials of a binomial beyond which its mean is taken.

The spread is then less than a twenty-thousandth of the mean, while the walk up the distribution
takes milliseconds and its start, from logarithms of factorials, is no longer exact.
"""

_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def entity_key(name: str) -> np.uint64:
    """Return the 64-bit key of a named thing: the same for the same name in every scenario."""
    return np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big"))


def stream_id(name: str) -> int:
    """Return the number of a named stream (31 bits)."""
    return int(entity_key("stream " + name) >> np.uint64(33))


NETWORK = stream_id("network")
HAZARD = stream_id("hazard")
ABSENCE = stream_id("absence")
LEAD_TIME = stream_id("lead time")
RELIABILITY = stream_id("reliability")
UNCERTAIN = stream_id("uncertain")


@kernel
def _mix(state: np.uint64) -> np.uint64:
    state = (state ^ (state >> _S30)) * _FIRST
    state = (state ^ (state >> _S27)) * _SECOND
    return state ^ (state >> _S31)


@kernel
def uniform(seed: int, stream: int, entity: np.uint64, tick: int, draw: int) -> float:
    """Return one uniform number in [0, 1), with 53 random bits.

    Parameters
    ----------
    seed, stream, tick, draw : int
        Which run, which stream (`HAZARD`, …), when, and which draw of that moment.
    entity : numpy.uint64 or int
        Whose draw it is: `entity_key` of its name.

    Returns
    -------
    float
        A function of the five keys alone.
    """
    return nth(moment(source(seed, stream), entity, tick), draw)


@kernel
def source(seed: int, stream: int) -> np.uint64:
    """Return what all draws of a stream in a run have in common; see `moment`."""
    state = _mix(np.uint64(seed) + _GOLDEN)
    return _mix(state + (np.uint64(stream) + _GOLDEN) * _STREAM)


@kernel
def moment(source: np.uint64, entity: np.uint64, tick: int) -> np.uint64:
    """Return what all draws of an entity at a tick have in common; see `nth`."""
    state = _mix(np.uint64(source) + (np.uint64(entity) + _GOLDEN) * _ENTITY)
    return _mix(state + (np.uint64(tick) + _GOLDEN) * _TICK)


@kernel
def nth(moment: np.uint64, draw: int) -> float:
    """Return the draw of that number: the same as `uniform`, where several are made in a row."""
    state = _mix(np.uint64(moment) + (np.uint64(draw) + _GOLDEN) * _DRAW)
    return np.float64(state >> _S11) * (1.0 / 9007199254740992.0)


@kernel
def _from_nobody(u: float, n: int, p: float, density: float) -> int:
    """As `binomial`, begun at 0, of which the probability is `density`; needs no factorials.

    The walk is short (`_LEAST`). It takes two steps at a time, which do not wait for each other,
    and ends at the latest where nothing that can be told apart is added any more.
    """
    odds = p / (1.0 - p)
    top = odds * (n + 1)  # from k to k + 1 the probability changes by (n - k) / (k + 1) × odds
    k, mass, last = 0, density, min(n, _RECIPROCAL.shape[0] - 1)
    while k + 2 <= last:
        change = top * _RECIPROCAL[k + 1] - odds
        first = density * change
        density *= change * (top * _RECIPROCAL[k + 2] - odds)
        both = first + density
        if u < mass + both:
            if u < mass:
                return k
            return k + 1 if u < mass + first else k + 2
        if mass + both == mass:
            return k
        mass += both
        k += 2
    return k + 1 if k < last and u >= mass else k


@kernel
def binomial(u: float, n: int, p: float) -> int:
    """Return the smallest k with P(X <= k) > u for X ~ Binomial(n, p), by inversion.

    The walk up the distribution starts at 0 or, where the probability of 0 would underflow, at the
    mode, where it is largest (Kachitvichyanukul & Schmeiser 1988 for the idea). The result
    never falls when `u` or `p` rises, so a draw under a higher risk never infects fewer.

    Parameters
    ----------
    u : float
        A uniform number in [0, 1).
    n : int
        Trials; of more than `MOST_DRAWN` the mean is returned.
    p : float
        Probability of each.

    Returns
    -------
    int
        Successes, 0 to `n`.
    """
    return binomial_of(u, n, p, math.log1p(-p) if p < 1.0 else -math.inf)


@kernel
def binomial_of(u: float, n: int, p: float, log_failure: float) -> int:
    """As `binomial`, for those who draw often with the same `p`: given log(1 - p)."""
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    if n > MOST_DRAWN:
        return math.floor(n * p + 0.5)
    log_of_none = n * log_failure
    if log_of_none > _LEAST:
        return _from_nobody(u, n, p, math.exp(log_of_none))
    mode = min(n, int((n + 1) * p))
    q = 1.0 - p
    at_mode = math.exp(
        math.lgamma(n + 1.0)
        - math.lgamma(mode + 1.0)
        - math.lgamma(n - mode + 1.0)
        + mode * math.log(p)
        + (n - mode) * math.log(q)
    )
    k, density = mode, at_mode
    while k > 0 and density > _NEGLIGIBLE:
        density *= k * q / ((n - k + 1) * p)
        k -= 1
    mass = density  # summed upwards: small terms first, so that the lower tail is exact
    while k < n and u >= mass:
        density *= (n - k) * p / ((k + 1) * q)
        if density < _NEGLIGIBLE and k > mode:  # the sum may end a little below 1
            break
        mass += density
        k += 1
    return k
