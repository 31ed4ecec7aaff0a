"""What every kind of sensitivity has to say of its sureness."""

from __future__ import annotations

from collections.abc import Sequence

from crisis_abm.experiment import Experiment
from crisis_abm.report.words import span

__all__ = ["about_noise", "part_of_variance", "sources"]

MUCH = 0.1  # noise, as a part of the variance


def part_of_variance(index: float, width: float) -> str:
    """A total index with its interval, as far as a part of a whole can reach.

    An estimate from few points may lie above 1, which no index does.

    >>> part_of_variance(0.62, 0.1), part_of_variance(0.95, 0.12), part_of_variance(1.16, 0.14)
    ('0.62 ± 0.10', '0.83 to 1', 'about 1, unsure')
    """
    if index + width <= 1:
        return f"{index:.2f} ± {width:.2f}"
    low = index - width
    return "about 1, unsure" if low >= 0.995 else span(low, 1.0, min(index, 1.0), whole=1.0)


def sources(experiment: Experiment, sampled: str) -> str:
    """What intervals of an index cover.

    Parameters
    ----------
    sampled : str
        What was drawn beside the crises.
    """
    if experiment.replicates == 1:
        return (
            f"90% intervals cover {sampled}, not which crisis befell them: there is one only, and "
            "indices are of that crisis. Set replicates = 10 or more and sweep again."
        )
    return (
        f"90% intervals cover {sampled} (a bootstrap) and which {experiment.replicates} crises "
        "befell them (a jackknife): these are the same at every point, so they would not show as "
        "scatter between points."
    )


def about_noise(shares: Sequence[tuple[float | None, str]], effect: str) -> list[str]:
    """How much of what varies between points is chance, and what that does to indices.

    Parameters
    ----------
    shares : sequence of (float or None, str)
        The part of the variance, and of what; the first one is spoken of, and the largest.
    effect : str
        What it does to the indices.
    """
    known = [(share, what) for share, what in shares if share is not None]
    if not known:
        return []
    first, most = known[0], max(known)
    text = f"Noise: {first[0]:.0%} of the variance of {first[1]} between points"
    if most[0] > first[0]:
        text += f", and at most {most[0]:.0%} (of {most[1]}),"
    text += f" is chance in the crises, not the factors; {effect}."
    if most[0] > MUCH:
        text += " More replicates make it less."
    return [text]
