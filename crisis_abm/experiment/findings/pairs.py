"""One setting against another, state by state: what regime maps and scenario boxes start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crisis_abm.experiment.design.states import setting_labels
from crisis_abm.experiment.findings.two_way_bootstrap import rows_drawn_together
from crisis_abm.experiment.results import Results
from crisis_abm.experiment.store.manifest import StoreError
from crisis_abm.runs.statistics import paired_differences

Array = np.ndarray
MATTERS = 0.02  # of the mean level under the first setting: what is smaller is no difference


class QuestionError(StoreError):
    """A sweep cannot answer what was asked of it; the message is one line."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """An outcome under two settings in the same W states of the world and the same R crises.

    Attributes
    ----------
    outcome : str
    first, second : str
        What the settings are called; the second is judged against the first.
    better : int
        -1 where less of the outcome is better, +1 where more is.
    worlds : dict of str to ndarray, shape (W,)
        Values of the factors that differ between states of the world.
    base, differences : ndarray, shape (W, R)
        The outcome under the first setting, and how much more it is under the second.
    together : int
        States of the world drawn as one (`two_way_bootstrap.rows_drawn_together`); 0: given.
    units : ndarray of int, shape (W,)
        Number of the draw that a state belongs to.
    matters : float
        The smallest difference that matters.
    left_out : int
        States of the world that lack a run under either setting.
    where : str
        The folder of the sweep, for messages.
    """

    outcome: str
    first: str
    second: str
    better: int
    worlds: dict[str, Array]
    base: Array
    differences: Array
    together: int
    units: Array
    matters: float
    left_out: int
    where: str

    @property
    def gains(self) -> Array:
        """How much better the second setting is; minus where it is worse: shape (W, R)."""
        return self.differences * self.better

    @property
    def crises(self) -> int:
        """R."""
        return self.differences.shape[1]

    def __len__(self) -> int:
        return len(self.differences)


def pairs_of(
    results: Results,
    outcome: str,
    first: int = 0,
    second: int = 1,
    matters: float | None = None,
) -> Pairs:
    """Pair the runs of two settings.

    States that lack a run under either setting are left out whole, so that every state is a mean
    over the same crises.

    Parameters
    ----------
    results : Results
    outcome : str
    first, second : int
        Numbers of the settings, in the order of ``results.settings``.
    matters : float, optional
        The smallest difference that matters, in the outcome's unit; 2% of the mean level under
        the first setting unless said.

    Raises
    ------
    QuestionError
        If there are no two settings, no such outcome, neither direction of it is better, no
        state is complete, or `matters` is no positive number.
    """
    where, experiment = results.folder, results.experiment
    labels = setting_labels(results.settings)
    if len(labels) < 2:
        remedy = 'write policy = ["siloed", "reciprocal"] under [levers] and sweep again'
        raise QuestionError(f"{where}: has one setting, and nothing to hold against it; {remedy}")
    for number in (first, second):
        if not 0 <= number < len(labels):
            raise QuestionError(
                f"{where}: has settings 0 to {len(labels) - 1}; {number} is none of them"
            )
    if first == second:
        raise QuestionError(f"{where}: {labels[first]} is not held against itself; name another")
    if outcome not in experiment.outcomes:
        recorded = ", ".join(experiment.outcomes)
        raise QuestionError(f"{where}: outcome {outcome} is not recorded; choose of {recorded}")
    better = experiment.directions[outcome]
    if better == 0:
        judged = [name for name in experiment.outcomes if experiment.directions[name]]
        remedy = f"choose of {', '.join(judged)}" if judged else "record one that is judged"
        raise QuestionError(
            f"{where}: neither more nor less of {outcome} is better, so nothing helps or harms; "
            f"{remedy}"
        )
    if matters is not None and not (np.isfinite(matters) and matters >= 0):
        raise QuestionError(
            f"{where}: {matters} is no smallest difference that matters; give 0 or more"
        )
    values = results.values(outcome)[:, [first, second]]
    whole = np.isfinite(values).all(axis=(1, 2))
    if not whole.any():
        raise QuestionError(
            f"{where}: no state of the world has all its runs under {labels[first]} and "
            f"{labels[second]}; finish the sweep first"
        )
    together = rows_drawn_together(experiment)
    base = values[whole, 0]
    if matters is None:
        matters = MATTERS * float(np.abs(base).mean())
    return Pairs(
        outcome=outcome,
        first=labels[first],
        second=labels[second],
        better=better,
        worlds={name: column[whole] for name, column in results.worlds.items()},
        base=base,
        differences=paired_differences(base, values[whole, 1]),
        together=together,
        units=np.flatnonzero(whole) // max(together, 1),
        matters=matters,
        left_out=int((~whole).sum()),
        where=str(where),
    )


def setting_named(results: Results, name: str) -> int:
    """Number of the setting that is called so.

    Raises
    ------
    QuestionError
        If none is.
    """
    labels = setting_labels(results.settings)
    if name not in labels:
        raise QuestionError(
            f'{results.folder}: no setting is called "{name}"; choose of {", ".join(labels)}'
        )
    return labels.index(name)
