"""What a run amounted to: one figure an outcome, and the same by organisation, kind and area.

Every figure is read off the totals that the engine books as it goes (`engine.state.Record`), so
outcomes cost the same whether a run keeps its history or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from crisis_abm.engine import State, Status
from crisis_abm.scenario import Problem, ScenarioError
from crisis_abm.scenario.problems import NOTHING
from crisis_abm.tables import Tables

__all__ = ["OUTCOMES", "Outcome", "by_area", "by_kind", "harm_by_organisation", "measure"]

Array = np.ndarray


@dataclass(frozen=True)
class Outcome:
    """One figure that a run is judged by.

    Attributes
    ----------
    name, title
        In files and code; on screens.
    unit
        May contain ``{harm}`` and ``{tick}``, the scenario's own words for them.
    better
        -1 where less is better, +1 where more is, 0 where neither is: it tells what was done.
    of
        Computes it.
    """

    name: str
    title: str
    unit: str
    better: int
    of: Callable[[Tables, State], float]


def _total(field: str) -> Callable[[Tables, State], float]:
    def of(tables: Tables, state: State) -> float:
        return float(getattr(state.record, field).sum())

    return of


def harm_by_organisation(state: State) -> Array:
    """Harm of the unserved and the hazard's own, by organisation: shape (N,), units of harm."""
    return np.asarray(state.record.harm + state.record.hazard_deaths)


def _harm(tables: Tables, state: State) -> float:
    return float(harm_by_organisation(state).sum())


def _peak_failures(tables: Tables, state: State) -> float:
    """Most organisations closed at the end of one tick."""
    return float(state.record.group_status[:, :, Status.FAILED].sum(axis=1).max(initial=0))


def _time_to_recovery(tables: Tables, state: State) -> float:
    """Ticks from an organisation's first below a service level of 0.9 to its last, mean over all.

    0 for those never below; one that has not recovered counts to its last tick below.
    """
    first, last = state.record.first, state.record.last
    return float(np.where(first >= 0, last - first + 1, 0).mean())


def _resilience_loss(tables: Tables, state: State) -> float:
    """Area between full and actual service in time (Bruneau et al. 2003), mean over all, ticks."""
    return float(state.record.lost.mean())


def _gap(lost: Array, steps: int) -> float:
    """Largest minus smallest mean loss of service, percentage points of full service."""
    return float(100.0 * (lost.max() - lost.min()) / steps)


def _gap_between_kinds(tables: Tables, state: State) -> float:
    return _gap(_mean(state.record.lost, tables.world.organisations.kind), len(state.record.made))


def _gap_between_areas(tables: Tables, state: State) -> float:
    return _gap(_mean(state.record.lost, tables.world.organisations.area), len(state.record.made))


def _mean(values: Array, group: Array) -> Array:
    """Mean over the organisations of each group that has any."""
    size = np.bincount(group)
    return np.asarray(np.bincount(group, values)[size > 0] / size[size > 0])


def _communicating(tables: Tables, state: State) -> float:
    """Ticks of its own work that an organisation spends communicating, mean over all."""
    capacity = tables.world.organisations.capacity
    return float((state.record.communicating / np.where(capacity > 0, capacity, np.inf)).mean())


_DEFINED = (
    Outcome("harm", "Harm in all", "{harm}", -1, _harm),
    Outcome("harm_unserved", "Harm to the unserved", "{harm}", -1, _total("harm")),
    Outcome("harm_hazard", "Harm by the hazard itself", "{harm}", -1, _total("hazard_deaths")),
    Outcome("unmet", "Unmet need", "person-{tick}s", -1, _total("unmet")),
    Outcome("completed", "People who completed their stay", "people", 1, _total("completed")),
    Outcome("strained", "Strained", "organisation-{tick}s", -1, _total("strained")),
    Outcome("failing", "Failing", "organisation-{tick}s", -1, _total("failing")),
    Outcome("failed", "Failed", "organisation-{tick}s", -1, _total("failed")),
    Outcome("peak_failures", "Failed at once, at worst", "organisations", -1, _peak_failures),
    Outcome("time_to_recovery", "Time to recovery", "{tick}s", -1, _time_to_recovery),
    Outcome(
        "resilience_loss", "Loss of resilience", "{tick}s of full service", -1, _resilience_loss
    ),
    Outcome("gap_kinds", "Gap between kinds", "points of service level", -1, _gap_between_kinds),
    Outcome("gap_areas", "Gap between areas", "points of service level", -1, _gap_between_areas),
    Outcome("stock_lent", "Stock lent to partners", "{tick}s of use", 0, _total("stock_lent")),
    Outcome("staff_lent", "Staff lent to partners", "{tick}s of use", 0, _total("staff_lent")),
    Outcome("people_taken", "People taken over by partners", "people", 0, _total("people_taken")),
    Outcome(
        "stock_idle",
        "Stock idle while a partner lacked it",
        "{tick}s of use",
        -1,
        _total("stock_idle"),
    ),
    Outcome(
        "excess_orders", "Orders beyond true need", "{tick}s of use", -1, _total("excess_orders")
    ),
    Outcome("communicating", "Time spent communicating", "{tick}s of work each", 0, _communicating),
)

OUTCOMES: dict[str, Outcome] = {outcome.name: outcome for outcome in _DEFINED}


def measure(tables: Tables, state: State, names: Iterable[str] = OUTCOMES) -> Array:
    """Outcomes of a finished run, in the order of `names`; all of them, unless some are named.

    Raises
    ------
    ScenarioError
        If one is no finite number: figures of the scenario differ too much to be computed with.
    """
    names = list(names)
    figures = np.array([OUTCOMES[name].of(tables, state) for name in names])
    if not np.isfinite(figures).all():
        at = int(np.flatnonzero(~np.isfinite(figures))[0])
        message = f"came to {figures[at]}: some figures of the scenario differ by too much to be "
        message += "computed with"
        remedy = "look for one with zeros too many, or count in other units"
        raise ScenarioError(Problem("", f"outcome {names[at]}", NOTHING, message, remedy))
    return figures


def by_kind(tables: Tables, values: Array) -> Array:
    """Sum values by organisation (last axis, N) into values by kind (last axis, K)."""
    return _grouped(values, tables.world.organisations.kind, len(tables.kinds))


def by_area(tables: Tables, values: Array) -> Array:
    """Sum values by organisation (last axis, N) into values by area (last axis, A)."""
    return _grouped(values, tables.world.organisations.area, len(tables.areas))


def _grouped(values: Array, group: Array, groups: int) -> Array:
    indicator = np.zeros((len(group), groups))
    indicator[np.arange(len(group)), group] = 1.0
    return np.asarray(values @ indicator)
