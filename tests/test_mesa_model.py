"""CrisisModel steps the engine's tick to the last bit, and gives Mesa users what they expect."""

import copy
import gc
import pickle
import subprocess
import sys
import weakref
from typing import Any

import mesa
import networkx
import numpy as np
import pytest
from mesa.batchrunner import batch_run

import crisis_abm.mesa_model
from crisis_abm import engine
from crisis_abm.engine import Detail, State
from crisis_abm.mesa_model import CrisisModel
from crisis_abm.organisations import CareHome, Hospital, Organisation
from crisis_abm.runs import compare
from crisis_abm.scenario import Scenario, ready_made_scenarios
from crisis_abm.tables import build, compile_policy
from tests.random_scenarios import random_scenario

TOWN = """
title = "A small town"
policy = "reciprocal"
[time]
steps = 12
[resources.ppe]
[areas.north]
[[groups]]
kind = "hospital"
count = 2
[[groups]]
kind = "care_home"
count = 3
[[groups]]
kind = "supplier"
count = 1
[[supply]]
resource = "ppe"
[[aid]]
resource = "ppe"
[[events]]
title = "Supplier out"
capacity = 0.0
start = 2
kinds = ["supplier"]
"""


def town(**changes):
    return Scenario.from_text(TOWN).with_(changes)


def arrays(rows, prefix=""):
    """Every array of a state by its path; of the shortfall table the rows in use."""
    for name, value in rows._asdict().items():
        if hasattr(value, "_fields"):
            yield from arrays(value, f"{prefix}{name}.")
        elif name.startswith(("loss", "short_")):
            yield prefix + name, value[: rows.rows[int(name.startswith("short_"))]]
        else:
            yield prefix + name, value


def assert_same_bits(one: State, other: State):
    for (name, mine), (_, yours) in zip(arrays(one), arrays(other), strict=True):
        same = np.array_equal(mine, yours, equal_nan=np.asarray(mine).dtype.kind == "f")
        assert same, f"{name} differs"


def run_to_end(model):
    while model.running:
        model.step()
    return model.state


@pytest.mark.parametrize("seed", range(20))
def test_the_model_and_the_engine_agree_to_the_last_bit(seed):
    scenario = Scenario.from_dict(random_scenario(seed))
    tables = build(scenario)
    for name in ("mixed", "siloed"):
        policy = compile_policy(scenario, tables, scenario.policy_named(name))
        expected = engine.run(tables.world, policy, seed)
        assert_same_bits(run_to_end(CrisisModel(scenario, name, seed)), expected)


@pytest.mark.smoke
def test_it_runs_from_the_first_tick_to_the_last():
    model = CrisisModel(town())
    assert (model.tick, model.running) == (0, True)
    for tick in range(12):
        assert model.running
        model.step()
        assert model.tick == model.steps == tick + 1
    assert not model.running


def test_a_step_after_the_end_is_an_error_that_says_how_to_go_on():
    model = CrisisModel(town())
    run_to_end(model)
    before, rows = copy.deepcopy(model.state), len(model.datacollector.model_vars["harm"])
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"over after 12 steps.*time\.steps"):
            model.step()
    assert_same_bits(model.state, before)
    assert model.tick == model.steps == 12
    assert len(model.datacollector.model_vars["harm"]) == rows
    model.running = True  # or run_model would go on for ever
    with pytest.raises(RuntimeError, match="over"):
        model.run_model()


def test_run_model_runs_to_the_end():
    model = CrisisModel(town())
    model.run_model()
    assert model.tick == 12


def test_a_file_will_do_for_a_scenario(tmp_path):
    path = tmp_path / "town.toml"
    path.write_text(TOWN, encoding="utf-8")
    for named in (path, str(path)):
        assert_same_bits(run_to_end(CrisisModel(named)), run_to_end(CrisisModel(town())))


def test_the_policy_is_the_scenarios_unless_another_is_given():
    scenario = town()
    assert CrisisModel(scenario).policy.name == "reciprocal"
    assert CrisisModel(scenario, "siloed").policy.levers == (0, 0, 0, 0, 0)
    assert CrisisModel(scenario, "agenda=1").policy.levers == (1, 0, 0, 0, 0)
    chosen = scenario.policy_named("parity=.5")
    assert CrisisModel(scenario, chosen).policy.levers == (0, 0, 0, 0.5, 0)


def test_chance_follows_the_replicate_and_never_mesas_generator():
    scenario = Scenario.from_dict(random_scenario(3, hazard=True))
    first = CrisisModel(scenario, replicate=1)
    second = CrisisModel(scenario, replicate=1)
    while first.running:
        second.random.random()
        second.rng.random()
        first.step()
        second.step()
    assert_same_bits(first.state, second.state)
    other = run_to_end(CrisisModel(scenario, replicate=2))
    assert not np.array_equal(other.record.prevalence, first.state.record.prevalence)


@pytest.mark.parametrize("name", ["rng", "seed"])
def test_mesas_names_of_the_replicate(name):
    seven: dict[str, Any] = {name: 7}
    two: dict[str, Any] = {name: 2}
    below: dict[str, Any] = {name: -1}
    assert CrisisModel(town(), **seven).replicate == 7
    same = run_to_end(CrisisModel(town(), replicate=7))
    assert_same_bits(run_to_end(CrisisModel(town(), **seven)), same)
    for given in (0, 1):
        with pytest.raises(ValueError, match="give one of them"):
            CrisisModel(town(), replicate=given, **two)
    with pytest.raises(ValueError, match=f"{name}=-1"):
        CrisisModel(town(), **below)
    with pytest.raises(TypeError, match="takes no sead"):
        CrisisModel(town(), sead=3)


@pytest.mark.parametrize("wrong", [-1, 1.5, "1", True, 2**63])
def test_a_replicate_is_a_whole_number(wrong):
    with pytest.raises(ValueError, match="whole number"):
        CrisisModel(town(), replicate=wrong)


def test_it_shows_what_it_is_made_of():
    scenario = town()
    model = CrisisModel(scenario)
    assert model.scenario is scenario
    assert model.tables.ids[0] == "north_hospital_1" or "north_hospital_1" in model.tables.ids
    assert isinstance(model.graph, networkx.MultiDiGraph)
    assert set(model.graph) == set(model.tables.ids)
    assert model.graph is model.graph
    assert isinstance(model.state, State)
    with pytest.raises(AttributeError, match="when the model is made"):
        model.scenario = scenario


def test_detail_is_the_engines():
    model = CrisisModel(town(), detail=Detail.GROUPS)
    run_to_end(model)
    assert model.state.record.service.size == 0
    assert model.state.record.group_service.sum() > 0


# ---------------------------------------------------------------------------------- agents


def test_every_organisation_is_an_agent_of_its_kind():
    model = CrisisModel(town())
    assert len(model.agents) == 6
    assert sorted(agent.id for agent in model.agents) == sorted(model.tables.ids)
    assert {agent.id for agent in model.agents_by_type[Hospital]} == {
        "north_hospital_1",
        "north_hospital_2",
    }
    assert len(model.agents_by_type[CareHome]) == 3
    assert {kind.__name__ for kind in model.agent_types} == {"Hospital", "CareHome", "Supplier"}
    assert all(agent.unique_id == agent.row + 1 for agent in model.agents)


def test_agents_are_found_by_id():
    model = CrisisModel(town())
    hospital = model.organisation("north_hospital_1")
    assert isinstance(hospital, Hospital)
    assert hospital.id == "north_hospital_1"
    assert model.organisation("north_hospital_1") is hospital
    assert hospital in model.agents
    with pytest.raises(KeyError, match="did you mean"):
        model.organisation("north_hopital_1")


def test_agents_of_a_large_scenario_are_made_when_looked_at(monkeypatch):
    monkeypatch.setattr(crisis_abm.mesa_model, "AT_ONCE", 3)
    monkeypatch.setattr(crisis_abm.mesa_model, "COLLECTED", 3)
    made = []
    make = Organisation.__init__

    def note(self, *given):
        made.append(self)
        make(self, *given)

    monkeypatch.setattr(Organisation, "__init__", note)
    model = CrisisModel(town())
    run_to_end(model)
    assert made == []
    assert not model.datacollector.agent_reporters
    model.organisation("north_supplier_1")
    assert len(made) == 1
    assert len(model.agents) == len(made) == 6
    assert model.agents_by_type[Hospital]


def test_agent_classes_must_be_of_known_kinds():
    with pytest.raises(ValueError, match='hospitl is no kind: did you mean "hospital"'):
        CrisisModel(town(), agent_classes={"hospitl": Hospital})
    with pytest.raises(TypeError, match="no subclass of Organisation"):
        CrisisModel(town(), agent_classes={"hospital": mesa.Agent})


def test_agent_classes_of_kinds_without_members_do_no_harm():
    model = CrisisModel(town(), agent_classes={"laboratory": Hospital})
    assert len(model.agents_by_type[Hospital]) == 2


def test_a_model_that_nobody_needs_is_let_go():
    model = CrisisModel(town())
    run_to_end(model)
    seen = weakref.ref(model)
    del model
    gc.collect()
    assert seen() is None


# ---------------------------------------------------------------------------------- collecting


def test_the_model_is_collected_after_every_tick():
    model = CrisisModel(town())
    run_to_end(model)
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == ["harm", "failed", "mean_service_level"]
    assert list(frame.index) == list(range(12))
    assert frame.harm.iloc[-1] == model.harm == model.state.record.harm.sum()
    assert frame.harm.is_monotonic_increasing
    record = model.state.record
    np.testing.assert_array_equal(frame.failed, record.group_status[:, :, 3].sum(axis=1))
    np.testing.assert_allclose(frame.mean_service_level, record.group_level.sum(axis=1) / 6)
    assert frame.failed.iloc[-1] == model.failed > 0


def test_every_organisation_is_collected_after_every_tick():
    model = CrisisModel(town())
    run_to_end(model)
    frame = model.datacollector.get_agent_vars_dataframe()
    assert frame.index.names == ["Step", "AgentID"]
    assert list(frame.columns) == ["service_level", "status"]
    assert len(frame) == 12 * 6
    assert sorted(set(frame.index.get_level_values("Step"))) == list(range(12))
    record = model.state.record
    for agent in model.agents:
        its = frame.xs(agent.unique_id, level="AgentID")
        np.testing.assert_array_equal(
            its.service_level, record.service[:, agent.row] / record.workload[:, agent.row]
        )
    assert set(frame.status) <= {"working", "strained", "failing", "failed"}


def test_other_things_can_be_collected():
    collect = {
        "model_reporters": {"tick": "tick"},
        "agent_reporters": {"ppe": lambda agent: agent.stock["ppe"], "row": "row"},
        "agenttype_reporters": {Hospital: {"caseload": "caseload"}},
    }
    model = CrisisModel(town(), collect=collect)
    run_to_end(model)
    assert list(model.datacollector.model_vars["tick"]) == list(range(1, 13))
    assert list(model.datacollector.get_agent_vars_dataframe().columns) == ["ppe", "row"]
    hospitals = model.datacollector.get_agenttype_vars_dataframe(Hospital)
    assert list(hospitals.columns) == ["caseload"]
    assert sorted(set(hospitals.index.get_level_values("Step"))) == list(range(12))
    nothing = CrisisModel(town(), collect={"model_reporters": None, "agent_reporters": None})
    run_to_end(nothing)


def test_batch_run_gives_the_state_at_the_end():
    scenario = town()
    parameters = {
        "scenario": [scenario],
        "policy": ["siloed", "reciprocal"],
        "replicate": range(2),
    }
    rows = batch_run(CrisisModel, parameters, display_progress=False)
    assert len(rows) == 2 * 2 * 6
    assert {row["Step"] for row in rows} == {11}
    for row in rows:
        model = CrisisModel(scenario, row["policy"], row["replicate"])
        run_to_end(model)
        agent = next(agent for agent in model.agents if agent.unique_id == row["AgentID"])
        assert row["harm"] == model.harm
        assert row["mean_service_level"] == model.mean_service_level
        assert row["service_level"] == agent.service_level
        assert row["status"] == agent.status.name.lower()


def test_batch_run_gives_every_tick(tmp_path):
    path = tmp_path / "town.toml"
    path.write_text(TOWN, encoding="utf-8")
    rows = batch_run(
        CrisisModel, {"scenario": str(path)}, data_collection_period=1, display_progress=False
    )
    assert [row["Step"] for row in rows] == [tick for tick in range(12) for _ in range(6)]
    model = CrisisModel(path)
    harm = []
    while model.running:
        model.step()
        harm.append(model.harm)
    assert [row["harm"] for row in rows[::6]] == harm


BATCH = """
import sys
from mesa.batchrunner import batch_run
from crisis_abm import CrisisModel, Scenario
from crisis_abm.runs import replicate_seed

if __name__ == "__main__":
    scenario = Scenario.load(sys.argv[1])
    for replicate in range(2):
        parameters = {
            "scenario": [scenario.drawn(5, replicate)],
            "policy": ["siloed", "reciprocal"],
            "replicate": replicate_seed(5, replicate),
            "collect": [{"model_reporters": {"harm": "harm"}, "agent_reporters": None}],
        }
        processes = replicate + 1
        rows = batch_run(CrisisModel, parameters, processes, display_progress=False)
        for row in sorted(rows, key=lambda row: row["RunId"]):
            print(replicate, row["policy"], row["harm"].hex())
"""


@pytest.mark.slow
def test_batch_run_of_a_comparisons_crises_gives_its_figures_in_one_process_and_in_two(tmp_path):
    scenario = Scenario.load(ready_made_scenarios()["local_shock"]).with_({"time.steps": 45})
    assert scenario.uncertain
    path = tmp_path / "towns.toml"
    scenario.save(path)
    script = tmp_path / "batch.py"
    script.write_text(BATCH, encoding="utf-8")
    # in a Python of its own: batch_run sets how the whole program starts processes
    command = [sys.executable, "-W", "error", str(script), str(path)]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert (answer.returncode, answer.stderr) == (0, "")
    policies = ["siloed", "reciprocal"]
    compared = compare(scenario, policies, replicates=2, seed=5, workers=1)
    harm = [compared.of("harm", policy) for policy in policies]
    assert len({*harm[0], *harm[1]}) == 4
    assert answer.stdout.splitlines() == [
        f"{replicate} {policy} {float(values[replicate]).hex()}"
        for replicate in range(2)
        for policy, values in zip(policies, harm, strict=True)
    ]


# ---------------------------------------------------------------------------------- pickling


class Cautious(Hospital):
    """Orders more every time it is asked, which it has to remember."""

    def request(self, resource, order, need):
        self.asked = getattr(self, "asked", 0) + 1
        return order + self.asked


@pytest.mark.parametrize("copied", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy])
@pytest.mark.parametrize("classes", [{}, {"hospital": Cautious}])
def test_a_copy_made_mid_run_goes_on_to_the_same_bits(copied, classes):
    model = CrisisModel(town(), agent_classes=classes)
    for _ in range(5):
        model.step()
    twin = copied(model)
    assert twin.tick == 5
    before = copy.deepcopy(model.state)
    run_to_end(twin)
    assert_same_bits(model.state, before)  # a copy shares nothing that changes
    assert_same_bits(run_to_end(model), twin.state)
    assert twin.organisation("north_hospital_1").model is twin
    assert {agent.id for agent in twin.agents} == {agent.id for agent in model.agents}
    for kept in (model, twin):
        assert len(kept.datacollector.get_model_vars_dataframe()) == 12
        assert len(kept.datacollector.get_agent_vars_dataframe()) == 12 * 6
    if classes:
        assert twin.organisation("north_hospital_1").asked == 12


@pytest.mark.parametrize("seed", [1, 4])
def test_random_models_survive_pickling_at_any_tick(seed):
    scenario = Scenario.from_dict(random_scenario(seed))
    model = CrisisModel(scenario, replicate=seed)
    expected = run_to_end(CrisisModel(scenario, replicate=seed))
    while model.running:
        model.step()
        model = pickle.loads(pickle.dumps(model))
    assert_same_bits(model.state, expected)


def test_a_pickle_goes_on_in_another_process(tmp_path):
    scenario = Scenario.from_dict(random_scenario(2))  # its kinds are its own
    model = CrisisModel(scenario)
    model.step()
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(model))
    run_to_end(model)
    program = (
        "import pickle, sys; from pathlib import Path\n"
        "model = pickle.loads(Path(sys.argv[1]).read_bytes())\n"
        "model.run_model()\n"
        "print(repr(model.harm), sorted({type(agent).__name__ for agent in model.agents}))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path / "model.pickle")],
        capture_output=True,
        text=True,
        check=False,
    )
    kinds = sorted({type(agent).__name__ for agent in model.agents})
    assert done.stdout.strip() == f"{model.harm!r} {kinds}", done.stderr
