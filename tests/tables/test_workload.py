import numpy as np
import pytest

from crisis_abm.scenario import ScenarioError
from crisis_abm.tables import build
from tests.tables.cases import chain, scenario


def test_a_chain_by_hand():
    world = build(chain()).world
    # 10 patients · 2 gowns = 20; ÷ 10 a run = 2 runs; · 3 cloth = 6; ÷ 4 = 1.5
    assert world.organisations.nominal_workload.tolist() == [10.0, 2.0, 1.5]
    assert world.supply.contract.tolist() == [20.0, 6.0]


def test_capacity_caps_what_is_passed_on():
    world = build(chain().with_({"organisations.maker_1.capacity": 1.0})).world
    assert world.organisations.nominal_workload.tolist() == [10.0, 1.0, 0.75]
    assert world.supply.contract.tolist() == [20.0, 3.0]


def test_people_count_even_above_capacity():
    changes = {"organisations.ward_1.capacity": 5.0, "organisations.maker_1.demand": 70.0}
    world = build(chain().with_(changes)).world
    assert world.organisations.nominal_workload.tolist() == [10.0, 70.0, 50.0]


def test_a_capacity_left_out_is_what_is_needed():
    changes = {"organisations.maker_1.capacity": 0.0, "organisations.mill_1.capacity": None}
    rows = build(chain().with_(changes)).world.organisations
    assert rows.capacity.tolist() == [10.0, 2.0, 1.5]
    assert rows.nominal_workload.tolist() == [10.0, 2.0, 1.5]


def test_work_that_grows_beyond_all_figures_along_a_chain_is_refused():
    limitless = {"organisations.maker_1.capacity": 1e12, "organisations.mill_1.capacity": 1e12}
    fits = {"kinds.ward.needs.gowns.use": 1e12, "kinds.maker.makes.gowns.make": 1.0}
    assert build(chain().with_(limitless | fits)).world.organisations.nominal_workload[1] == 1e12
    with pytest.raises(ScenarioError, match=r"kinds\.maker: maker_1 .* on an ordinary tick"):
        build(chain().with_(limitless | fits | {"kinds.maker.needs.cloth.use": 1e4}))


def pair_of_makers(use, capacity):
    """Two makers, each of which needs `use` of the other's product for one of its own."""
    kinds = {
        "miner": {"needs": {"power": {"use": use}}, "makes": {"coal": {"make": 1.0}}},
        "plant": {
            "needs": {"coal": {"use": use}},
            "makes": {"power": {"make": 1.0}},
            "demand": 3.0,
        },
    }
    return scenario(
        resources={"coal": {}, "power": {}},
        kinds=kinds,
        organisations=[
            {"id": "miner", "kind": "miner", "capacity": capacity},
            {"id": "plant", "kind": "plant", "capacity": capacity},
        ],
        supply=[{"resource": "coal"}, {"resource": "power"}],
    )


def test_cycles_settle():
    # plant: w = max(3, .5 · miner); miner = .5 · plant
    rows = build(pair_of_makers(0.5, 100.0)).world.organisations
    assert rows.nominal_workload.tolist() == [1.5, 3.0]
    # .9 · 2 > 1: each doubles the other's orders until capacity stops them
    rows = build(pair_of_makers(2.0, 100.0)).world.organisations
    assert rows.nominal_workload.tolist() == [100.0, 100.0]


def test_a_runaway_cycle_without_capacity_is_refused():
    with pytest.raises(ScenarioError, match="give them a capacity"):
        build(pair_of_makers(2.0, 0.0))


def test_the_largest_of_several_outputs_decides():
    kinds = {
        "ward": {"needs": {"gowns": {"use": 2.0}, "masks": {"use": 8.0}}, "caseload": 10.0},
        "maker": {"makes": {"gowns": {"make": 1.0}, "masks": {"make": 10.0}}, "capacity": 99.0},
    }
    made = scenario(
        resources={"gowns": {}, "masks": {}},
        kinds={**kinds, "ward": {**kinds["ward"], "stay": 3.0}},
        organisations=[{"id": "ward", "kind": "ward"}, {"id": "maker", "kind": "maker"}],
        supply=[{"resource": "gowns"}, {"resource": "masks"}],
    )
    world = build(made).world
    assert world.organisations.nominal_workload.tolist() == [10.0, 20.0]
    np.testing.assert_array_equal(world.supply.contract, [20.0, 80.0])
