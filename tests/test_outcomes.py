"""What a run amounted to, against figures worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from crisis_abm import outcomes
from crisis_abm.outcomes import OUTCOMES, measure
from crisis_abm.scenario import ScenarioError
from tests.engine.crises import compiled, harm, run, ward


@pytest.fixture(scope="module")
def closed_for_four_days():
    """A ward of ten loses its gowns on days 2 to 5; another, in another area, has its own maker."""
    data = ward(time={"steps": 12}, behaviour={"patience": 3, "recovery": 2})
    data["organisations"] += [
        {"id": "far ward", "kind": "ward", "area": "there", "capacity": 10, "demand": 10},
        {"id": "far maker", "kind": "maker", "area": "there", "capacity": 40},
    ]
    data["events"] = [
        {"title": "lost", "start": 2, "stock": 0, "resource": "gowns", "areas": ["here"]},
        {"title": "out", "start": 2, "end": 6, "capacity": 0, "organisations": ["maker"]},
    ]
    _, tables = compiled(data)
    return tables, run(*compiled(data))


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_what_is_no_figure_is_no_outcome(closed_for_four_days, value):
    tables, state = closed_for_four_days
    idle = state.record.stock_idle.copy()
    idle[0] = value
    wrong = state._replace(record=state.record._replace(stock_idle=idle))
    with pytest.raises(ScenarioError, match="stock_idle: came to"):
        measure(tables, wrong)
    assert np.isfinite(measure(tables, wrong, ["harm", "failed"])).all()


def test_by_hand(closed_for_four_days):
    tables, state = closed_for_four_days
    figures = dict(zip(OUTCOMES, measure(tables, state), strict=True))
    row = tables.ids.index("ward")
    status = state.record.status[:, row]
    idle = int((state.record.service[:, row] == 0).sum())
    assert idle >= 5 and status[5] == 3
    assert figures["harm"] == pytest.approx(0.1 * 10 * idle + partly(state, row))
    assert figures["harm_hazard"] == 0
    assert figures["harm"] == figures["harm_unserved"]
    assert figures["unmet"] == pytest.approx(figures["harm"] / 0.1)
    assert figures["peak_failures"] == 2  # ward and maker
    assert figures["failed"] == state.record.failed.sum() > 0
    lost = 1 - state.record.service / np.where(state.record.workload > 0, state.record.workload, 1)
    lost[state.record.workload <= 0] = 0
    assert figures["resilience_loss"] == pytest.approx(lost.sum() / len(tables.ids))
    assert figures["gap_areas"] > 20
    assert figures["people_taken"] == figures["stock_lent"] == 0


def partly(state, row):
    """Harm on days when some but not all were served."""
    service = state.record.service[:, row]
    return 0.1 * (10 - service[service > 0]).sum()


def test_time_to_recovery_is_from_first_to_last_strained_tick(closed_for_four_days):
    tables, state = closed_for_four_days
    figures = dict(zip(OUTCOMES, measure(tables, state), strict=True))
    ticks = []
    for row in range(len(tables.ids)):
        work = np.maximum(state.record.workload[:, row], 1e-300)
        below = np.flatnonzero(
            (state.record.workload[:, row] > 0) & (state.record.service[:, row] / work < 0.9)
        )
        ticks.append(below[-1] - below[0] + 1 if len(below) else 0)
    assert figures["time_to_recovery"] == np.mean(ticks)


def test_sums_by_kind_and_area_are_the_whole(closed_for_four_days):
    tables, state = closed_for_four_days
    by_one = outcomes.harm_by_organisation(state)
    for grouped, names in (
        (outcomes.by_kind(tables, by_one), tables.kinds),
        (outcomes.by_area(tables, by_one), tables.areas),
    ):
        assert grouped.sum() == pytest.approx(harm(state))
        assert len(grouped) == len(names)
    assert outcomes.by_area(tables, by_one)[tables.areas.index("there")] == 0


def test_every_outcome_says_what_it_is():
    for name, outcome in OUTCOMES.items():
        assert outcome.name == name and outcome.title and outcome.unit
        assert outcome.better in (-1, 0, 1)
