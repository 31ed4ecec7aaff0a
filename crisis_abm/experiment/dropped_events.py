"""What shortened runs of an experiment end before: events and policy changes that they never meet.

A state of the world without its shock is no milder one, it is another question; so whoever reads a
mean over such states is told which they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crisis_abm.scenario.overrides import LeftOut, behind_the_end
from crisis_abm.scenario.paths import parse_place

if TYPE_CHECKING:
    from crisis_abm.experiment.experiment import Experiment

__all__ = ["Loss", "losses"]


@dataclass(frozen=True)
class Loss:
    """Events and policy changes that are left out of the same states of the world.

    Attributes
    ----------
    entries : tuple of LeftOut
    steps : tuple of int
        The lengths of run that end before them, in order.
    states, total : int
        So many of all states of the world have such a length.
    """

    entries: tuple[LeftOut, ...]
    steps: tuple[int, ...]
    states: int
    total: int


def losses(experiment: Experiment) -> list[Loss]:
    """What constants leave out of every run, then what `time.steps` as a factor leaves out of some.

    The places of what constants leave out are those of the scenario as it was written.
    """
    total = len(experiment.points) // experiment.points.settings
    scenario, found = experiment.scenario, []
    if scenario.left_out:
        found.append(Loss(scenario.left_out, (scenario.time.steps,), total, total))
    lost: dict[LeftOut, Counter[int]] = defaultdict(Counter)
    for time, states in _times(experiment).items():
        written = scenario.time.model_dump() | dict(time)
        for entry in behind_the_end(scenario, written, _starts(experiment)):
            lost[entry][written["steps"]] += states
    together: dict[frozenset[tuple[int, int]], list[LeftOut]] = defaultdict(list)
    for entry, lengths in sorted(lost.items(), key=lambda one: one[0].parts):
        together[frozenset(lengths.items())].append(entry)
    for lengths_of_all, alike in together.items():
        steps = tuple(sorted(length for length, _ in lengths_of_all))
        states = sum(states for _, states in lengths_of_all)
        found.append(Loss(tuple(alike), steps, states, total))
    return found


def _times(experiment: Experiment) -> Counter[tuple[tuple[str, Any], ...]]:
    """How many states of the world have which keys of `[time]` set, if a length of run is."""
    factors = {
        str(parts[1]): factor
        for factor in experiment.uncertainties
        if len(parts := parse_place(factor.name)) == 2 and parts[0] == "time"
    }
    if "steps" not in factors:
        return Counter()
    points = experiment.points
    columns = [
        [factor.plain(value) for value in points.columns[factor.name][:: points.settings]]
        for factor in factors.values()
    ]
    return Counter(tuple(zip(factors, row, strict=True)) for row in zip(*columns, strict=True))


def _starts(experiment: Experiment) -> set[tuple[str | int, ...]]:
    """Places of what has its start set by the experiment: a run that ends before it is an error."""
    places = [parse_place(factor.name) for factor in experiment.uncertainties]
    return {parts[:-1] for parts in places if parts[-1] == "start"}
