"""`[exceptions.ID]`: one organisation differs, and who deals with whom stays as it was."""

import numpy as np
import pytest

from crisis_abm.runs import run_once
from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.tables import build
from tests.analysis.test_weak_links import TOWNS

ONE = "north_care_home_1"


@pytest.fixture(scope="module")
def towns():
    return Scenario.from_text(TOWNS)


def row_of(tables, identity=ONE):
    return list(tables.ids).index(identity)


def input_of(tables, identity, resource):
    rows = tables.world.inputs
    mine = (rows.organisation == row_of(tables, identity)) & (
        rows.resource == tables.resources.index(resource)
    )
    return int(np.flatnonzero(mine)[0])


def test_a_member_of_a_group_is_set_by_its_name_and_nobody_else_changes(towns):
    before = build(towns)
    changed = towns.with_(
        {
            f"organisations.{ONE}.capacity": 7.0,
            f"organisations.{ONE}.caseload": 5.0,
            f"organisations.{ONE}.needs.ppe.safety": 11.0,
            f"organisations.{ONE}.needs.ppe.more": 2.0,
            'organisations."St. Mary, old".capacity': 70.0,  # written out: in its own entry
        }
    )
    assert set(changed.exceptions) == {ONE}
    assert changed.organisations[0].capacity == 70
    after, row = build(changed), row_of(before)
    assert after.world.organisations.capacity[row] == 7
    assert after.world.organisations.caseload[row] == 5
    assert after.world.inputs.safety[input_of(after, ONE, "ppe")] == 13
    others = np.arange(len(before.ids)) != row
    others[row_of(before, "St. Mary, old")] = False
    for name in ("capacity", "caseload", "population"):
        one, other = (getattr(t.world.organisations, name)[others] for t in (before, after))
        np.testing.assert_array_equal(one, other)


def test_an_exception_redraws_no_network(towns):
    wide = towns.with_({f"organisations.{ONE}.capacity": 900.0})
    wide = wide.with_({"organisations.north_supplier_1.capacity": 90_000.0})
    before, after = build(towns).world.supply, build(wide).world.supply
    np.testing.assert_array_equal(before.supplier, after.supplier)
    np.testing.assert_array_equal(before.share, after.share)


def test_further_suppliers_get_an_equal_part_each(towns):
    supply = build(towns).world.supply
    assert (supply.share > 0).all()
    tables = build(towns)
    maker = tables.world.outputs.organisation[supply.supplier]
    row = input_of(tables, ONE, "ppe")
    has = {tables.ids[m] for m in maker[supply.customer == row].tolist()}
    others = [i for i in tables.ids if "supplier" in i and i not in has][:2]
    more = towns.with_({f"organisations.{ONE}.needs.ppe.suppliers": others})
    after = build(more)
    shares = after.world.supply.share[after.world.supply.customer == row]
    assert len(shares) == len(has) + 2
    np.testing.assert_allclose(shares, 1 / len(shares))
    assert run_once(more).outcomes["harm"] >= 0


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (f"organisations.{ONE}.needs.pp.more", 1, 'does not need pp; did you mean "ppe"'),
        (f"organisations.{ONE}.makes.ppe.more", 1, "does not make ppe"),
        (f"organisations.{ONE}.needs.ppe.suppliers", ["depo"], "does not make ppe"),
        ("exceptions.nobody.capacity", 1, "exceptions.nobody: there is no organisation"),
    ],
)
def test_an_exception_that_cannot_be_is_refused_when_tables_are_built(towns, path, value, words):
    with pytest.raises(ScenarioError) as caught:
        build(towns.with_({path: value}))
    assert words in str(caught.value)


@pytest.mark.parametrize("path", ["needs.ppe.cover", "makes.food.cover"])
def test_cover_has_the_bounds_that_it_has_of_a_kind(towns, path):
    with pytest.raises(ScenarioError, match="at most 1,000,000"):
        towns.with_({f"organisations.{ONE}.{path}": 1_000_001.0})


def test_a_supplier_that_there_is_already_is_refused(towns):
    tables = build(towns)
    row = input_of(tables, ONE, "ppe")
    maker = tables.world.outputs.organisation[tables.world.supply.supplier]
    its = tables.ids[maker[tables.world.supply.customer == row][0]]
    with pytest.raises(ScenarioError, match="supplies north_care_home_1 already"):
        build(towns.with_({f"organisations.{ONE}.needs.ppe.suppliers": [its]}))


def test_exceptions_are_written_and_read_again_and_none_leaves_the_fingerprint(towns):
    changed = towns.with_({f"organisations.{ONE}.more_capacity": 3.0})
    assert changed.fingerprint() != towns.fingerprint()
    again = Scenario.from_text(changed.to_toml())
    assert again == changed and again.exceptions[ONE].more_capacity == 3
    assert towns.with_({"exceptions": {}}).fingerprint() == towns.fingerprint()


def test_entries_can_be_added_to_lists(towns):
    event = {"title": "late", "capacity": 0.5, "kinds": ["hospital"], "start": 3}
    more = towns.with_({"events[+]": event})
    assert [one.title for one in more.events] == ["Half of the makers stop", "late"]
    assert Scenario.from_text(more.to_toml()) == more
    first = towns.with_({"aid[+]": {"resource": "ppe"}})  # where there was none
    assert len(first.aid) == 1
    with pytest.raises(ScenarioError, match="nothing there"):
        towns.with_({"events[1]": event})
    with pytest.raises(ScenarioError, match="added whole"):
        towns.with_({"events[+].capacity": 0.5})
    with pytest.raises(ScenarioError):
        towns.with_({"uncertain": {"events[+]": {"low": 0, "high": 1}}})
