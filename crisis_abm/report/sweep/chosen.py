"""A sweep as somebody wants to look at it: some of its outcomes, against one of its settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from crisis_abm.experiment import Results
from crisis_abm.experiment.findings.pairs import QuestionError, setting_named

__all__ = ["Chosen", "chosen"]


@dataclass(frozen=True, eq=False)
class Chosen(Results):
    """Results whose outcomes and settings are in another order, or fewer outcomes of them.

    Attributes
    ----------
    order : tuple of int
        Numbers of the settings as they were swept, in the order in which they are looked at.
    """

    order: tuple[int, ...]

    def outcomes(self, names: list[str] | None = None) -> dict[str, np.ndarray]:
        """As of `Results`, settings in this order."""
        found = super().outcomes(names)
        return {name: values[:, list(self.order)] for name, values in found.items()}


def chosen(
    results: Results, outcomes: Sequence[str] | None = None, against: str | None = None
) -> Results:
    """The same runs, looked at in another way.

    Every analysis takes the first outcome for its headlines, and holds every setting against the
    first; so what is asked about becomes the first.

    Parameters
    ----------
    results : Results
    outcomes : sequence of str, optional
        All that were recorded unless said.
    against : str, optional
        What a setting is called; the first unless said.

    Raises
    ------
    QuestionError
        If the sweep has no such outcome or setting.
    """
    experiment, points = results.experiment, results.experiment.points
    names = tuple(dict.fromkeys(outcomes or experiment.outcomes))
    for name in names:
        if name not in experiment.outcomes:
            recorded = ", ".join(experiment.outcomes)
            remedy = f"choose of {recorded}, or name it under [outcomes] and sweep again"
            raise QuestionError(f'{results.folder}: does not record outcome "{name}"; {remedy}')
    first = 0 if against is None else setting_named(results, against)
    order = (first, *(s for s in range(points.settings) if s != first))
    columns = {
        name: column.reshape(-1, points.settings)[:, list(order)].ravel()
        for name, column in points.columns.items()
    }
    directions = {name: experiment.directions[name] for name in names}
    looked_at = replace(
        experiment,
        outcomes=names,
        directions=directions,
        points=replace(points, columns=columns),
    )
    return Chosen(results.folder, looked_at, results.statuses, order)
