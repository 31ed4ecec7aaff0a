"""What Mesa users do to a model: it works as they expect, or says at once what does."""

import copy
import inspect
import pickle
import warnings

import mesa
import numpy as np
import pytest
from mesa.batchrunner import batch_run

import crisis_abm.mesa_model
from crisis_abm.mesa_model import CrisisModel
from crisis_abm.organisations import Hospital
from tests.test_mesa_model import assert_same_bits, run_to_end, town

TAKES_RNG = "rng" in inspect.signature(batch_run).parameters  # Mesa 3.5


def batch(parameters, **options):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The `iterations` keyword", DeprecationWarning)
        return batch_run(CrisisModel, parameters, display_progress=False, **options)


def shaken():
    """A town in which replicates differ."""
    return town(**{"supply[0].reliability": 0.6})


COLLECT = {"model_reporters": {"harm": "harm", "replicate": "replicate"}, "agent_reporters": None}


# ---------------------------------------------------------------------------------- batch_run


def test_iterations_are_replicates_of_their_own_and_the_same_for_every_policy():
    scenario = shaken()
    rows = batch(
        {"scenario": [scenario], "policy": ["siloed", "reciprocal"], "collect": [COLLECT]},
        iterations=4,
    )
    assert [row["iteration"] for row in rows] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert all(row["replicate"] == row["iteration"] for row in rows)
    harm = {(row["policy"], row["iteration"]): row["harm"] for row in rows}
    assert len({harm["siloed", iteration] for iteration in range(4)}) == 4
    for (policy, iteration), value in harm.items():
        model = CrisisModel(scenario, policy, iteration)
        run_to_end(model)
        assert model.harm == value


def test_a_seed_of_its_own_would_make_iterations_the_same_run():
    for name in ("replicate", "seed", *(() if TAKES_RNG else ("rng",))):
        began: list[CrisisModel] = []
        collect = {"model_reporters": {"harm": began.append}, "agent_reporters": None}
        with pytest.raises(ValueError, match=f"{name}=3 would make all iterations the same run"):
            batch({"scenario": [town()], name: 3, "collect": [collect]}, iterations=2)
        assert not began  # at once, not after the first iteration


def test_seeds_as_a_range_are_runs_of_their_own():
    scenario = shaken()
    names = ("replicate", "seed", *(() if TAKES_RNG else ("rng",)))
    for name in names:
        rows = batch({"scenario": [scenario], name: [5, 6], "collect": [COLLECT]})
        for row, seed in zip(rows, (5, 6), strict=True):
            model = CrisisModel(scenario, replicate=seed)
            run_to_end(model)
            assert row["harm"] == model.harm


@pytest.mark.skipif(not TAKES_RNG, reason="of Mesa 3.5")
def test_batch_runs_own_seeds():
    scenario = shaken()
    rows = batch({"scenario": [scenario], "collect": [COLLECT]}, rng=[5, 6])
    models = [CrisisModel(scenario, replicate=seed) for seed in (5, 6)]
    assert [row["harm"] for row in rows] == [(run_to_end(m), m.harm)[1] for m in models]
    with pytest.raises(ValueError, match="does not hand on rng"):
        batch({"scenario": [scenario], "rng": [5, 6]})


def test_max_steps_that_would_cut_a_run_short_is_an_error():
    with pytest.raises(ValueError, match=r"after 5 of its 12 steps: give it max_steps=12"):
        batch({"scenario": [town()]}, max_steps=5)
    rows = batch({"scenario": [town()], "collect": [COLLECT]}, max_steps=12)
    assert [row["Step"] for row in rows] == [11]


@pytest.mark.parametrize(
    "parameter", [{"scenario": town()}, {"policy": town().policy_named("siloed")}]
)
def test_what_batch_run_would_take_apart_has_to_stand_in_a_list(parameter):
    with pytest.raises(TypeError, match="has to stand in a list"):
        batch({"scenario": [town()], **parameter})
    for name in ("agent_classes", "collect"):
        with pytest.raises(TypeError, match=f"{name}.*has to stand in a list"):
            batch({"scenario": [town()], name: {"hospital": Hospital}})


# ---------------------------------------------------------------------------------- writes


def test_an_organisation_is_not_removed():
    model = CrisisModel(town())
    hospital = model.organisation("north_hospital_1")
    for remove in (hospital.remove, model.remove_all_agents):
        with pytest.raises(ValueError, match=r"cannot be removed.*capacity = 0"):
            remove()
    assert hospital in model.agents and len(model.agents) == 6
    assert_same_bits(run_to_end(model), run_to_end(CrisisModel(town())))


@pytest.mark.parametrize("name", sorted(crisis_abm.mesa_model.READ_ONLY))
def test_what_is_given_once_cannot_be_set(name):
    model = CrisisModel(town())
    with pytest.raises(AttributeError, match=name):
        setattr(model, name, getattr(model, name))
    model.policies, model.my_rng = "mine", 3  # a subclass may keep attributes of its own
    assert_same_bits(run_to_end(model), run_to_end(CrisisModel(town())))


def test_an_organisation_s_figures_cannot_be_set():
    hospital = CrisisModel(town()).organisation("north_hospital_1")
    with pytest.raises(AttributeError, match="capacity of north_hospital_1 cannot be set"):
        hospital.capacity = 0  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot be set"):
        hospital.model.agents.set("stock", 3.0)
    with pytest.raises(TypeError, match="ppe cannot be set"):
        hospital.stock["ppe"] = 3.0
    for name in ("unique_id", "model"):
        with pytest.raises(AttributeError, match=f"{name} of north_hospital_1"):
            setattr(hospital, name, None)


def test_mesas_generators_are_set_back_to_their_start_and_to_nothing_else():
    model = CrisisModel(town(), replicate=4)
    first = model.random.random(), model.rng.random()
    for reset in (model.reset_rng, lambda: model.reset_rng(4)):
        reset()
        assert (model.random.random(), model.rng.random()) == first
    for reset in (model.reset_rng, model.reset_randomizer):
        with pytest.raises(ValueError, match="make another model with replicate"):
            reset(5)


class Lavish(Hospital):
    """Orders what cannot be."""

    def request(self, resource, order, need):
        return -1.0


def test_a_step_that_failed_is_not_gone_on_from():
    model = CrisisModel(town(), agent_classes={"hospital": Lavish})
    with pytest.raises(ValueError, match="north_hospital_1"):
        model.step()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="broke off half-way"):
            model.step()
    assert model.tick == 0 and not model.running


# ---------------------------------------------------------------------------------- own agents


class Reporter(mesa.Agent):
    """Not an organisation: it looks at one."""

    def __init__(self, model, whom):
        super().__init__(model)
        self.whom, self.seen = whom, []

    def step(self):
        self.seen.append(self.model.organisation(self.whom).service_level)


class Watched(CrisisModel):
    """A model with agents of its own, made before and after organisations are looked at."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.reporters = [Reporter(self, "north_hospital_1") for _ in range(2)]

    def step(self):
        super().step()
        self.agents_by_type[Reporter].shuffle_do("step")


@pytest.mark.parametrize("at_once", [3, 50_000])
def test_agents_of_ones_own_stand_beside_organisations(monkeypatch, at_once):
    monkeypatch.setattr(crisis_abm.mesa_model, "AT_ONCE", at_once)
    model = Watched(town())
    late = Reporter(model, "north_supplier_1")
    ids = [agent.unique_id for agent in model.agents]
    assert len(model.agents) == 9 and sorted(ids) == list(range(1, 10))
    assert sorted(agent.unique_id for agent in model.agents_by_type[Reporter]) == [7, 8, 9]
    assert all(a.unique_id == a.row + 1 for a in model.agents if not isinstance(a, Reporter))
    assert_same_bits(run_to_end(model), run_to_end(CrisisModel(town())))
    assert model.steps == model.tick == 12
    assert len(model.reporters[0].seen) == len(late.seen) == 12
    frame = model.datacollector.get_agent_vars_dataframe()
    assert len(frame) == 12 * 9
    assert frame.xs(7, level="AgentID").status.isna().all()
    assert frame.xs(1, level="AgentID").status.notna().all()


def test_agents_of_ones_own_can_be_removed_and_come_no_more_in_what_is_collected():
    model = Watched(town())
    model.step()
    model.reporters[0].remove()
    assert len(model.agents) == 7
    newest = Reporter(model, "north_hospital_2")
    assert newest.unique_id == 9  # nobody's before
    model.step()
    frame = model.datacollector.get_agent_vars_dataframe()
    assert set(frame.loc[0].index) == set(range(1, 9))
    assert set(frame.loc[1].index) == {*range(1, 7), 8, 9}


def test_an_organisation_cannot_be_made_twice():
    model = CrisisModel(town())
    with pytest.raises(ValueError, match="there already"):
        Hospital(model, 0)
    assert len(model.agents) == 6


@pytest.mark.parametrize("copied", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy])
def test_a_copy_takes_ones_own_agents_along(copied):
    model = Watched(town())
    model.step()
    twin = copied(model)
    assert sorted(a.unique_id for a in twin.agents) == sorted(a.unique_id for a in model.agents)
    assert Reporter(twin, "north_hospital_1").unique_id == 9
    assert_same_bits(run_to_end(twin), run_to_end(model))
    assert all(agent.model is twin for agent in twin.agents)
    with pytest.raises(AttributeError, match="policy"):
        twin.policy = "siloed"


def test_two_models_stepped_in_turns_do_not_touch_each_other():
    one, other = CrisisModel(shaken(), "siloed", 1), CrisisModel(shaken(), "reciprocal", 2)
    while one.running:
        one.step()
        other.step()
    assert_same_bits(one.state, run_to_end(CrisisModel(shaken(), "siloed", 1)))
    assert_same_bits(other.state, run_to_end(CrisisModel(shaken(), "reciprocal", 2)))


def test_sets_of_agents_are_chosen_from_and_asked():
    model = CrisisModel(town())
    run_to_end(model)
    busy = model.agents.select(lambda agent: agent.service_level < 1)
    assert 0 < len(busy) <= 6
    assert model.agents.get("service_level") == [agent.service_level for agent in model.agents]
    model.agents.shuffle_do("step")  # organisations' own does nothing
    assert np.isclose(model.agents.agg("service_level", np.mean), model.mean_service_level)


def test_running_can_be_switched_off_and_on():
    model = CrisisModel(town())
    model.step()
    model.running = False
    model.run_model()
    assert model.tick == 1
    model.running = True
    assert_same_bits(run_to_end(model), run_to_end(CrisisModel(town())))
