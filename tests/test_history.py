"""The record of a run as tables with names."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from crisis_abm import history
from crisis_abm.engine import Detail
from crisis_abm.scenario import Scenario
from tests.engine.crises import compiled, run, ward
from tests.random_scenarios import random_scenario


@pytest.fixture(scope="module")
def recorded():
    scenario, tables = compiled(random_scenario(3, hazard=True))
    return tables, run(scenario, tables)


def test_groups_and_organisations_agree(recorded):
    tables, state = recorded
    groups = pd.DataFrame(history.by_group(tables, state))
    ones = pd.DataFrame(history.by_organisation(tables, state))
    kind = {
        i: tables.kinds[k] for i, k in zip(tables.ids, tables.world.organisations.kind, strict=True)
    }
    ones["kind"] = ones["organisation"].map(kind)
    for column in ("workload", "service"):
        np.testing.assert_allclose(
            ones.groupby(["tick", "kind"])[column].sum(),
            groups.groupby(["tick", "kind"])[column].sum(),
        )
    counted = ones.groupby(["tick", "kind"])["status"].value_counts().unstack(fill_value=0)
    for status in map(str, counted):
        same = groups.groupby(["tick", "kind"])[status].sum()
        np.testing.assert_array_equal(counted[status], same)


def test_the_shortfall_table_adds_up_to_what_was_not_done(recorded):
    tables, state = recorded
    ones = pd.DataFrame(history.by_organisation(tables, state))
    ones["lost"] = ones["workload"] - ones["service"]
    losses = pd.DataFrame(history.losses(tables, state))
    told = losses.groupby(["tick", "organisation"])["loss"].sum()
    actual = ones[ones["lost"] > 1e-9].set_index(["tick", "organisation"])["lost"]
    pd.testing.assert_series_equal(
        told.sort_index(), actual.sort_index(), check_names=False, rtol=1e-6
    )
    assert ((losses["resource"] == "") == (losses["cause"] != "input")).all()


def test_shortages_name_suppliers_of_the_resource(recorded):
    tables, state = recorded
    shortages = pd.DataFrame(history.shortages(tables, state))
    world = tables.world
    makers = {
        (tables.ids[i], tables.resources[r])
        for i, r in zip(world.outputs.organisation, world.outputs.resource, strict=True)
    }
    pairs = set(zip(shortages["supplier"], shortages["resource"], strict=True))
    assert pairs and pairs <= makers
    assert (shortages["amount"] > 0).all()


def test_stocks_by_holding(recorded):
    tables, state = recorded
    stocks = pd.DataFrame(history.stocks(tables, state))
    world, steps = tables.world, tables.world.parameters.steps
    assert len(stocks) == steps * (len(world.inputs.use) + len(world.outputs.make))
    assert stocks[stocks["role"] == "output"]["ordered"].isna().all()
    assert (stocks["stock"] >= 0).all()


def test_dates_where_the_scenario_has_them():
    begun = ward(time={"steps": 20, "start": datetime.date(2020, 2, 24)})
    found = history.dates(Scenario.from_dict(begun), np.array([0, 6]))
    assert found == [datetime.date(2020, 2, 24), datetime.date(2020, 3, 1)]
    assert history.dates(Scenario.from_dict(ward()), np.array([0])) is None


def test_large_runs_are_kept_by_kind_and_area(monkeypatch):
    scenario, tables = compiled(ward())
    assert history.detail_for(scenario, tables) == Detail.ORGANISATIONS
    monkeypatch.setattr(history, "LARGEST_HISTORY", 10)
    assert history.detail_for(scenario, tables) == Detail.GROUPS
    asked = scenario.with_({"record.detail": "organisations"})
    assert history.detail_for(asked, tables) == Detail.ORGANISATIONS
