"""Organisations as agents: what they show, and what changes when they decide for themselves."""

import copy
import math
import pickle
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_abm.engine import Status, decisions
from crisis_abm.mesa_model import CrisisModel
from crisis_abm.organisations import Figures, Hospital, Organisation, class_of_kind, own_class
from crisis_abm.scenario import LEVERS, Scenario
from tests.random_scenarios import random_scenario

EVERY = ("request", "ration", "lend")

Maker: Any = own_class("maker")
Ward: Any = own_class("ward")


def crisis(left=30.0, right=30.0, maker=20.0, shut=(), **changes):
    """A maker of kits and two wards of ten people each that use one kit a person and day.

    Wards aim at three days of stock; each can lend to the other. `left`, `right` and `maker` are
    what they have in stock when the first tick begins; `shut` have no capacity.
    """
    stocks = {"left": left, "right": right, "maker": maker}
    ids = list(stocks)
    data: dict[str, Any] = {
        "title": "Two wards",
        "time": {"steps": 4},
        "behaviour": {"keep": 2.0, "hoarding": 0.0},
        "resources": {"kit": {"cover": 3.0}},
        "kinds": {
            "maker": {"capacity": 100.0, "makes": {"kit": {"make": 1.0, "cover": 1.0}}},
            "ward": {
                "capacity": 15.0,
                "caseload": 10.0,
                "stay": 1000.0,
                "harm": 0.1,
                "patience": math.inf,
                "needs": {"kit": {"use": 1.0}},
            },
        },
        "organisations": [
            {"id": "maker", "name": "The maker", "kind": "maker", "area": "town"},
            {"id": "left", "kind": "ward", "area": "town"},
            {"id": "right", "kind": "ward", "area": "town"},
        ],
        "links": [
            {"from": "maker", "to": "left", "resource": "kit"},
            {"from": "maker", "to": "right", "resource": "kit"},
        ],
        "aid": [{"resource": "kit"}, {"resource": "places"}],
        "events": [
            {"title": "none", "stock": 0.0, "resource": "kit", "start": 0, "organisations": ids}
        ],
    }
    for name, units in stocks.items():
        stocked = {"title": "some", "add_stock": units, "resource": "kit", "start": 0}
        data["events"].append({**stocked, "organisations": [name]})
    for name, start in dict(shut).items():
        event = {"title": "shut", "capacity": 0.0, "start": start, "organisations": [name]}
        data["events"].append(event)
    return Scenario.from_dict(data).with_(changes)


def stepped(scenario, ticks=1, policy="siloed", **classes):
    model = CrisisModel(scenario, policy, agent_classes=classes)
    for _ in range(ticks):
        model.step()
    return model


# ---------------------------------------------------------------------------------- what they show


def test_who_an_organisation_is():
    maker = CrisisModel(crisis()).organisation("maker")
    assert (maker.id, maker.name, maker.kind, maker.area) == ("maker", "The maker", "maker", "town")
    assert maker.model.tables.ids[maker.row] == "maker"
    assert dict(maker.needs) == {}
    assert maker.makes["kit"].make == 1.0
    assert maker.makes["kit"].cover == 1.0
    assert repr(maker) == "<Maker maker>"


def test_how_an_organisation_stands():
    model = CrisisModel(crisis(left=0.0), "parity=.5")
    left, right, maker = (model.organisation(name) for name in ("left", "right", "maker"))
    assert left.status is Status.WORKING
    assert left.service_level == 1.0
    assert (left.needs["kit"].use, left.needs["kit"].cover) == (1.0, 3.0)
    assert dict(left.levers) == dict.fromkeys(LEVERS, 0.0) | {"parity": 0.5}
    assert (left.caseload, left.capacity) == (10.0, 15.0)
    model.step()  # left has nothing, orders 30, gets the 20 there are and uses 10
    assert left.fill_rate["kit"] == pytest.approx(1.0 + 0.3 * (20.0 / 30.0 - 1.0))
    assert (left.service_level, left.workload) == (1.0, 10.0)
    assert dict(left.stock) == {"kit": 10.0}
    assert dict(right.stock) == {"kit": 20.0}
    assert dict(right.finished) == {}
    assert dict(maker.stock) == dict(maker.finished) == {"kit": maker.workload}
    assert dict(maker.fill_rate) == {}


def test_status_is_the_engines():
    model = stepped(crisis(shut={"left": 0}, **{"kinds.ward.patience": 1}))
    assert model.organisation("left").status is Status.FAILED
    assert model.organisation("left").service_level == 0.0
    assert model.organisation("right").status is Status.WORKING


def test_stock_of_something_both_used_and_made_is_taken_together():
    works = {"capacity": 10.0, "demand": 1.0, "makes": {"kit": {"make": 1.0, "cover": 2.0}}}
    works["needs"] = {"kit": {"use": 0.1, "cover": 5.0, "safety": 3.0}}
    data = {
        "title": "Two makers",
        "resources": {"kit": {}},
        "kinds": {"works": works},
        "groups": [{"kind": "works", "count": 2}],
        "areas": {"town": {}},
        "supply": [{"resource": "kit", "suppliers": 1}],
    }
    model = CrisisModel(Scenario.from_dict(data))
    maker, state = model.organisation("town_works_2"), model.state
    assert state.inputs.stock[1] > 0
    assert state.outputs.stock[1] > 0
    assert maker.stock["kit"] == state.inputs.stock[1] + state.outputs.stock[1]
    assert maker.finished["kit"] == state.outputs.stock[1]


def test_whom_an_organisation_deals_with():
    model = CrisisModel(crisis())
    left, right, maker = (model.organisation(name) for name in ("left", "right", "maker"))
    assert left.suppliers("kit") == [maker]
    assert left.customers("kit") == []
    assert left.partners("kit") == [right]
    assert left.partners("places") == [right]
    assert maker.customers("kit") == [left, right]
    assert maker.suppliers("kit") == maker.partners("kit") == maker.partners("places") == []
    for asked in (left.suppliers, left.customers, left.partners):
        with pytest.raises(KeyError, match='did you mean "kit"'):
            asked("kitt")


@pytest.mark.parametrize("seed", range(3))
def test_neighbours_are_those_of_the_graph(seed):
    model = CrisisModel(Scenario.from_dict(random_scenario(seed)))
    for agent in model.agents:
        for resource in (*model.tables.resources, "places"):
            out = [
                (other, edge["kind"])
                for _, other, edge in model.graph.out_edges(agent.id, data=True)
                if edge["resource"] == resource
            ]
            lends = {other for other, kind in out if kind == "aid"}
            assert {other.id for other in agent.partners(resource)} == lends
            if resource != "places":
                sells = {other for other, kind in out if kind == "supply"}
                assert {other.id for other in agent.customers(resource)} == sells
                for other in agent.customers(resource):
                    assert agent in other.suppliers(resource)


@pytest.mark.parametrize("name", ["status", "stock", "row", "kind", "id", "request", "partners"])
def test_nothing_can_be_set_by_accident(name):
    left = CrisisModel(crisis()).organisation("left")
    with pytest.raises(AttributeError, match=f"{name} of left cannot be set"):
        setattr(left, name, 1)


def test_an_organisation_may_keep_attributes_of_its_own():
    left = CrisisModel(crisis()).organisation("left")
    left.memory = [1]
    assert left.memory == [1]


def test_figures_are_read_only_and_stay_as_they_were():
    model = CrisisModel(crisis())
    model.step()
    before = model.organisation("left").stock
    with pytest.raises(TypeError):
        before["kit"] = 0.0
    with pytest.raises(KeyError, match='did you mean "kit"'):
        before["kitt"]
    assert "kitt" not in before
    assert before.get("kitt", 0.0) == 0.0
    model.step()
    assert before["kit"] == 20.0
    assert model.organisation("left").stock["kit"] == pytest.approx(20.01)  # one in 1,000 left
    assert pickle.loads(pickle.dumps(before)) == before == copy.deepcopy(before)
    assert repr(Figures({"a": 1.0})) == "Figures({'a': 1.0})"


def test_classes_of_kinds():
    assert class_of_kind("hospital", "hospital", {}) is Hospital
    assert class_of_kind("field_hospital", "hospital", {}) is Hospital
    assert class_of_kind("bakery", None, {}) is own_class("bakery")
    assert own_class("field kitchen").__name__ == "FieldKitchen"
    assert issubclass(own_class("bakery"), Organisation)

    class Tent(Hospital):
        pass

    assert class_of_kind("field_hospital", "hospital", {"hospital": Tent}) is Tent
    assert class_of_kind("hospital", "hospital", {"field_hospital": Tent}) is Hospital


def test_a_kind_of_the_scenario_has_a_class_of_its_own():
    model = CrisisModel(crisis())
    assert {kind.__name__ for kind in model.agents_by_type} == {"Maker", "Ward"}
    assert pickle.loads(pickle.dumps(own_class("ward"))) is own_class("ward")
    assert len(model.agents_by_type[own_class("ward")]) == 2


# ---------------------------------------------------------------------------------- deciding


class Echo(Organisation):
    """Answers what the rule proposed."""

    def request(self, resource, order, need):
        return order

    def ration(self, resource, available, orders, shipments):
        return shipments

    def lend(self, resource, surplus, deficits, gifts):
        return gifts


def totals(state):
    """Every array of a run, one after the other."""
    flat = []
    for rows in (state, *state[2:6], state.hazard, state.events, state.record):
        flat += [np.asarray(a, float).ravel() for a in rows if isinstance(a, np.ndarray)]
    return np.concatenate(flat)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("policy", ["mixed", "reciprocal"])
def test_answers_that_repeat_the_rule_change_no_bit(seed, policy):
    scenario = Scenario.from_dict(random_scenario(seed))
    plain = CrisisModel(scenario, policy, seed)
    asked = CrisisModel(scenario, policy, seed, dict.fromkeys(plain.tables.kinds, Echo))
    plain.run_model()
    asked.run_model()
    np.testing.assert_array_equal(totals(plain.state), totals(asked.state))


def test_some_that_repeat_the_rule_change_no_bit():
    for seed in range(12):
        scenario = Scenario.from_dict(random_scenario(seed, levers=dict.fromkeys(LEVERS, 0.7)))
        plain = CrisisModel(scenario, "mixed")
        plain.run_model()
        for kind in plain.tables.kinds:  # ranges of compiled donors before, between and after
            some = CrisisModel(scenario, "mixed", agent_classes={kind: Echo})
            some.run_model()
            np.testing.assert_array_equal(totals(plain.state), totals(some.state))


def test_only_those_that_override_are_called(monkeypatch):
    def never(self, *given):
        raise AssertionError(f"{self} was asked")

    for decision in EVERY:
        monkeypatch.setattr(Organisation, decision, never)
    asked = []

    class Watched(Maker):
        def ration(self, resource, available, orders, shipments):
            asked.append((self.id, self.model.tick, resource))
            return shipments

    stepped(crisis(left=0.0), 2, "reciprocal", maker=Watched)
    assert asked == [("maker", 0, "kit"), ("maker", 1, "kit")]


def test_nobody_steps_in_python_where_nobody_overrides(monkeypatch):
    monkeypatch.setattr(decisions, "_Asked", None)

    class Silent(Ward):
        """A subclass that decides nothing."""

    model = stepped(crisis(), 4, ward=Silent)
    assert len(model.agents_by_type[Silent]) == 2


def test_request_decides_what_is_ordered():
    seen = []

    class Seven(Ward):
        def request(self, resource, order, need):
            seen.append((self.id, resource, order, need))
            return 7

    model = stepped(crisis(), ward=Seven)
    # there are three days of stock, so the rule orders nothing; the maker has what is asked for
    assert seen == [("left", "kit", 0.0, 0.0), ("right", "kit", 0.0, 0.0)]
    assert model.state.inputs.order.tolist() == [7.0, 7.0]
    assert model.organisation("left").stock["kit"] == 30.0 + 7.0 - 10.0


def test_ration_decides_who_gets_what():
    seen = []

    class Favourite(Maker):
        def ration(self, resource, available, orders, shipments):
            seen.append((resource, available, orders, shipments))
            return {"right": available}

    scenario = crisis(left=0.0, right=0.0, maker=10.0)
    plain, model = stepped(scenario), stepped(scenario, maker=Favourite)
    assert seen == [
        ("kit", 10.0, {"left": 30.0, "right": 30.0}, {"left": 5.0, "right": 5.0}),
    ]
    assert plain.organisation("left").service_level == 0.5
    assert plain.organisation("right").service_level == 0.5
    assert model.organisation("left").service_level == 0.0
    assert model.organisation("right").service_level == 1.0


def test_lend_decides_what_is_lent():
    seen = []

    class Giver(Ward):
        def lend(self, resource, surplus, deficits, gifts):
            seen.append((self.id, resource, surplus, deficits, gifts))
            return dict.fromkeys(deficits, 4.0)

    model = stepped(crisis(right=0.0, maker=0.0), ward=Giver)
    # left keeps 2 days of 10 and has 3; right lacks 2 days; siloed, the rule gives nothing
    assert seen == [("left", "kit", 10.0, {"right": 20.0}, {"right": 0.0})]
    assert model.state.aid_today.tolist() == [4.0, 0.0]
    assert model.organisation("left").stock["kit"] == 30.0 - 4.0 - 10.0
    assert model.organisation("right").service_level == 0.4
    assert model.organisation("right").stock["kit"] == 0.0


def test_lend_decides_who_is_taken_over():
    seen = []

    class Host(Ward):
        def lend(self, resource, surplus, deficits, gifts):
            seen.append((self.id, resource, surplus, deficits, gifts))
            return {"right": 3.0}

    model = stepped(crisis(shut={"right": 0}), ward=Host)
    assert seen == [("left", "places", 5.0, {"right": 10.0}, {"right": 0.0})]
    assert model.state.places_today.tolist() == [3.0, 0.0]
    left, right = model.organisation("left"), model.organisation("right")
    assert left.workload == 13.0
    assert right.workload == 7.0
    assert left.caseload == pytest.approx(13.0 - 13.0 / 1000)
    assert right.caseload == pytest.approx(7.0 * 0.9)  # 7 unserved, a tenth of whom come to harm


def test_the_closed_are_not_asked():
    asked = []

    def watched(kind):
        base: Any = own_class(kind)

        class Watched(base):
            def request(self, resource, order, need):
                asked.append((self.id, "request", self.model.tick))
                return order

            def ration(self, resource, available, orders, shipments):
                asked.append((self.id, "ration", self.model.tick))
                return shipments

            def lend(self, resource, surplus, deficits, gifts):
                asked.append((self.id, "lend " + resource, self.model.tick))
                return gifts

        return Watched

    # the maker closes at the end of tick 0, so do both wards after tick 1, and lack kits throughout
    patience = {"kinds.ward.patience": 1, "kinds.maker.patience": 1}
    scenario = crisis(left=0.0, right=0.0, shut={"left": 1, "maker": 0}, **patience)
    stepped(scenario, 4, ward=watched("ward"), maker=watched("maker"))

    def when(who, decision):
        return [tick for *what, tick in asked if what == [who, decision]]

    assert when("maker", "ration") == [0]
    assert when("left", "request") == when("right", "request") == [0, 1]
    assert when("left", "lend kit") == when("right", "lend kit") == [0, 1]
    assert when("left", "lend places") == []
    assert when("right", "lend places") == [1]
    assert when("maker", "request") == when("maker", "lend kit") == []


def test_a_subclass_may_leave_it_to_the_rule():
    class Sometimes(Ward):
        def request(self, resource, order, need):
            return super().request(resource, order, need)

    model = stepped(crisis(), 4, ward=Sometimes)
    np.testing.assert_array_equal(totals(model.state), totals(stepped(crisis(), 4).state))


# ---------------------------------------------------------------------------------- wrong answers


def broken(decision, answer, scenario, kind="ward"):
    decides = {decision: lambda self, *given: answer(*given)}
    return CrisisModel(scenario, agent_classes={kind: type("Wrong", (own_class(kind),), decides)})


@pytest.mark.parametrize("answer", [-1.0, math.nan, math.inf, None, "7", True, 1e16])
def test_an_order_that_cannot_be(answer):
    model = broken("request", lambda *given: answer, crisis())
    with pytest.raises(ValueError, match=r"^left, tick 0, request of kit: answered"):
        model.step()
    assert model.tick == 0
    assert not model.running


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda orders, most: None, "answered None; it takes a dict"),
        (lambda orders, most: {"letf": 1.0}, "names 'letf'; there are left, right"),
        (lambda orders, most: {"left": -1.0}, "to left: answered -1.0"),
        (lambda orders, most: {"left": math.nan}, "to left: answered nan"),
        (lambda orders, most: {"left": None}, "to left: answered None"),
        (lambda orders, most: {"left": orders["left"] + 1}, "to left: 31, but it orders 30"),
        (lambda orders, most: orders, "60 in all, where there are 20"),
    ],
)
def test_shipments_that_cannot_be(answer, message):
    scenario = crisis(left=0.0, right=0.0)
    wrong = broken("ration", lambda _, most, orders, __: answer(orders, most), scenario, "maker")
    with pytest.raises(ValueError, match=f"^maker, tick 0, ration of kit.*{message}"):
        wrong.step()
    assert wrong.state.outputs.stock.tolist() == [20.0]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"right": 21.0}, "lend of kit to right: 21, but it lacks 20"),
        ({"right": -1.0}, "lend of kit to right: answered -1.0"),
        ({"maker": 1.0}, "lend of kit: names 'maker'; there are right"),
        (3.0, "lend of kit: answered 3.0; it takes a dict"),
    ],
)
def test_gifts_that_cannot_be(answer, message):
    model = broken("lend", lambda *given: answer, crisis(right=0.0, maker=0.0))
    with pytest.raises(ValueError, match=f"^left, tick 0, {message}"):
        model.step()
    assert not model.state.aid.any()


def test_more_people_than_there_is_room_for():
    model = broken("lend", lambda *given: {"right": 6.0}, crisis(shut={"right": 0}))
    with pytest.raises(ValueError, match="lend of places: 6 in all, where there are 5"):
        model.step()


def test_rounding_is_put_right():
    scenario = crisis(left=0.0, right=0.0)

    def slightly_more_than_there_is(_, most, orders, shipments):
        return {"left": most / 2 + 1e-12, "right": most / 2}

    model = broken("ration", slightly_more_than_there_is, scenario, "maker")
    model.step()
    assert 20.0 - 1e-11 < model.state.supply.shipped.sum() <= 20.0

    def slightly_more_than_ordered(_, most, orders, shipments):
        return {**orders, "left": orders["left"] + 1e-12}

    model = broken("ration", slightly_more_than_ordered, crisis(left=25.0, right=25.0), "maker")
    model.step()
    assert model.state.supply.shipped.tolist() == [5.0, 5.0]


# ---------------------------------------------------------------------------------- conservation


class Whimsical(Organisation):
    """Answers anything that can be."""

    def dice(self):
        return random.Random(f"{self.model.whim} {self.id} {self.model.tick}")

    def request(self, resource, order, need):
        return (order + need) * self.dice().choice([0.0, 0.3, 1.0, 5.0])

    def ration(self, resource, available, orders, shipments):
        return self.some(orders, available)

    def lend(self, resource, surplus, deficits, gifts):
        most = surplus
        if resource != "places":
            most = self.stock[resource] - self.finished.get(resource, 0.0)
        return self.some(deficits, most)

    def some(self, claims, most):
        dice, answer = self.dice(), {}
        for other, claim in claims.items():
            if dice.random() < 0.8:
                answer[other] = min(claim, most) * dice.choice([0.0, 1.0, dice.random()])
                most -= answer[other]
        return answer


def held(state, world, resources):
    """Units in stock and under way, by resource."""
    there = np.bincount(world.inputs.resource, state.inputs.stock, resources)
    there += np.bincount(world.outputs.resource, state.outputs.stock, resources)
    return there + np.bincount(world.inputs.resource, state.inputs.transit.sum(axis=0), resources)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), whim=st.integers(0, 10_000))
def test_nothing_is_made_or_lost_whatever_organisations_decide(seed, whim):
    scenario = Scenario.from_dict(random_scenario(seed, hazard=False))
    kinds = sorted(scenario.recipes())
    chosen = random.Random(whim).sample(kinds, max(1, len(kinds) - 1))
    model = CrisisModel(scenario, "mixed", agent_classes=dict.fromkeys(chosen, Whimsical))
    model.whim = whim
    world, number = model.tables.world, len(model.tables.resources)
    before, people = held(model.state, world, number), world.organisations.caseload.sum()
    while model.running:
        model.step()
        people += (world.organisations.arrivals * model.state.organisations.demand_factor).sum()
        for row in (
            model.state.inputs.stock,
            model.state.outputs.stock,
            model.state.supply.shipped,
        ):
            assert (row >= 0).all()
    record = model.state.record
    gained = (record.made + record.brought - record.destroyed).sum(axis=0)
    gone = record.used.sum(axis=0) + record.perished.sum(axis=0)
    after = held(model.state, world, number)
    np.testing.assert_allclose(before + gained, gone + after, rtol=1e-9, atol=1e-6)
    there = model.state.organisations.caseload.sum()
    left = record.completed.sum() + record.harmed.sum() + record.hazard_deaths.sum()
    assert there + left == pytest.approx(people, rel=1e-9)
