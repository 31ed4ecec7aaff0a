import numpy as np
import pytest

from crisis_abm.scenario import ScenarioError
from crisis_abm.tables import build
from tests.tables.cases import chain, scenario, several_areas


def links_of(tables):
    """Who supplies whom with what share."""
    world = tables.world
    supplier = world.outputs.organisation[world.supply.supplier]
    customer = world.inputs.organisation[world.supply.customer]
    return {
        (tables.ids[one], tables.ids[other]): share
        for one, other, share in zip(supplier, customer, world.supply.share, strict=True)
    }


def makers(capacities, **sections):
    """One ward and some makers of gowns."""
    organisations = [{"id": "ward", "kind": "ward", "caseload": 10.0, "stay": 4.0}]
    organisations += [
        {"id": f"m{n}", "kind": "maker", "capacity": capacity}
        for n, capacity in enumerate(capacities)
    ]
    kinds = {"ward": {"needs": {"gowns": {"use": 2.0}}}, "maker": {"makes": {"gowns": {"make": 1}}}}
    return scenario(resources={"gowns": {}}, kinds=kinds, organisations=organisations, **sections)


def link(maker, **terms):
    return {"from": maker, "to": "ward", "resource": "gowns", **terms}


def test_shares_equal_and_by_capacity():
    rule = {"resource": "gowns", "suppliers": "all"}
    shares = links_of(build(makers([30.0, 10.0], supply=[rule])))
    assert shares == {("m0", "ward"): 0.5, ("m1", "ward"): 0.5}
    shares = links_of(build(makers([30.0, 10.0], supply=[{**rule, "split": "capacity"}])))
    assert shares == {("m0", "ward"): 0.75, ("m1", "ward"): 0.25}


def test_links_without_a_share_divide_what_is_left():
    made = makers([1.0, 1.0, 1.0], links=[link("m0", share=0.5), link("m1"), link("m2")])
    assert links_of(build(made)) == {
        ("m0", "ward"): 0.5,
        ("m1", "ward"): 0.25,
        ("m2", "ward"): 0.25,
    }


def test_links_beside_a_rule():
    rule = {"resource": "gowns", "share": 0.6, "from": ["m0"]}
    made = makers([1.0, 1.0], links=[link("m1", lead_time=2)], supply=[rule])
    shares = links_of(build(made))
    assert shares == {("m0", "ward"): 0.6, ("m1", "ward"): pytest.approx(0.4)}


def test_pairs_met_twice_are_one_link():
    rules = [
        {"resource": "gowns", "share": 0.5, "from": ["m0"], "lead_time": 1, "capacity": 7.0},
        {"resource": "gowns", "share": 0.25, "suppliers": "all", "lead_time": 2},
    ]
    made = makers([1.0, 1.0], links=[link("m1", share=0.25, lead_time=3)], supply=rules)
    tables = build(made)
    assert links_of(tables) == {("m0", "ward"): 0.625, ("m1", "ward"): 0.375}
    supply = tables.world.supply
    assert supply.lead_time.tolist() == [1, 3]  # of a rule the first; a link goes before rules
    assert supply.capacity.tolist() == [7.0, np.inf]


def test_shares_are_renormalised_exactly():
    made = makers([1.0, 1.0], links=[link("m0", share=0.5), link("m1", share=0.5 + 5e-7)])
    assert sum(links_of(build(made)).values()) == pytest.approx(1.0, abs=1e-15)


def test_terms_are_kept():
    terms = {"lead_time": 2, "lead_time_spread": 1, "capacity": 9.0, "reliability": 0.5}
    supply = build(makers([1.0], links=[link("m0", **terms)])).world.supply
    assert [column.tolist() for column in (supply.lead_time, supply.spread)] == [[2], [1]]
    assert (supply.capacity.tolist(), supply.reliability.tolist()) == ([9.0], [0.5])


def refusal(**sections):
    with pytest.raises(ScenarioError) as caught:
        build(makers([1.0, 1.0], **sections))
    return str(caught.value)


def test_shares_must_sum_to_one():
    said = refusal(supply=[{"resource": "gowns", "share": 0.6}])
    assert "0.6" in said and "supply" in said
    assert "gowns" in said


def test_everybody_needs_a_supplier():
    groups = [{"kind": "ward", "count": 3}, {"kind": "maker", "count": {"north": 2}}]
    with pytest.raises(ScenarioError, match=r"ward.* south.* gowns"):
        build(several_areas(["north", "south"], groups=groups))


def test_a_new_organisation_changes_nothing_elsewhere():
    before = links_of(build(several_areas(["north", "south"])))
    newcomer = {"id": "newcomer", "kind": "maker", "area": "south", "capacity": 50.0}
    after = links_of(build(several_areas(["north", "south"], organisations=[newcomer])))

    def in_north(links):
        return {pair: share for pair, share in links.items() if pair[1].startswith("north")}

    assert in_north(before) == in_north(after)
    assert len(in_north(before)) == 8
    kept = set(before) & set(after)
    assert all(pair[0] == "newcomer" for pair in set(after) - kept)


def test_a_new_area_changes_nothing_elsewhere():
    before = links_of(build(several_areas(["north", "south"])))
    after = links_of(build(several_areas(["east", "north", "south"])))
    assert before.items() <= after.items()


def test_a_rule_for_another_resource_changes_nothing():
    made = chain()
    rules = [{"resource": "cloth"}, {"resource": "gowns"}]
    assert links_of(build(made)) == links_of(build(chain(supply=rules)))


def test_link_keys_are_of_names():
    def keys(made):
        tables = build(made)
        return dict(zip(links_of(tables), tables.world.supply.key.tolist(), strict=True))

    small, large = keys(several_areas(["south"])), keys(several_areas(["north", "south"]))
    assert small.items() <= large.items()
    assert len(set(large.values())) == len(large)


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
