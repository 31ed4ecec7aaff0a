"""What is asked in Python: scenarios by name, policies as text, answers that fit a line."""

import inspect
import os
import re
from typing import Any

import numpy as np
import pytest

import crisis_abm
from crisis_abm import CrisisModel, Scenario, compare, run_once
from crisis_abm.analysis.attribution import principles
from crisis_abm.analysis.cascade.trace import trace
from crisis_abm.analysis.coalition.search import coalition
from crisis_abm.analysis.weak_links.search import weak_links
from crisis_abm.experiment import run as run_experiment
from crisis_abm.experiment.runner import sweep
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.runs import Prepared, read_bundle, write_bundle
from crisis_abm.runs.comparison import DAILY
from crisis_abm.scenario import Policy, ScenarioError
from tests.test_mesa_model import TOWN, town


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a town lies, and a file that is called as a ready-made scenario is."""
    (tmp_path / "my_town.toml").write_text(TOWN, encoding="utf-8")
    (tmp_path / "first_wave.toml").write_text(TOWN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_scenario_by_what_the_command_line_takes(folder):
    for named in ("my_town", "my_town.toml", folder / "my_town", str(folder / "my_town.toml")):
        assert Scenario.load(named) == town()
    assert Scenario.load("first_wave").title == "A small town"  # one's own goes first
    for named in ("local_shock", "local_shock.toml"):
        assert Scenario.load(named).title.startswith("Local shock")
    for wrong, remedy in (
        ("my_twn", 'did you mean "my_town.toml"'),
        ("local_schock", 'did you mean "local_shock"'),
        ("zzz", "ready-made scenarios: "),
        (folder / "no" / "local_shock", ""),
    ):
        with pytest.raises(ScenarioError, match="there is no such file") as caught:
            Scenario.load(wrong)
        assert remedy in str(caught.value)
    with pytest.raises(TypeError, match="it takes a Scenario, a file or a name"):
        compare(3)


def asked(scenario, policies):
    """Every public function with the same scenario and policies: one line about each answer."""
    first = policies[0]
    yield run_once(scenario, first)
    yield compare(scenario, policies, replicates=2)
    yield trace(scenario, first, check=False)
    yield weak_links(scenario, policies, 2, 2, 1, forms=["capacity"])
    yield principles(scenario, replicates=2)
    yield coalition(scenario, policy=policies[1], otherwise=first, replicates=1, screening=1)


def test_every_function_takes_name_file_or_scenario_and_policies_as_text(folder):
    given = list(asked(town(), ["siloed", "communication=0.5,parity=1"]))
    again = list(asked("my_town", ["siloed", Policy(communication=0.5, parity=1)]))
    for one, other in zip(given, again, strict=True):
        assert len(repr(one).splitlines()) == 1 and len(repr(one)) < 200
        assert type(one).__name__ in repr(one) and "A small town" in repr(one)
        assert repr(one).split(":")[0] == repr(other).split(":")[0]
    np.testing.assert_array_equal(given[1].figures, again[1].figures)
    model = CrisisModel("my_town", "communication=.5")
    assert model.policy.levers == (0, 0, 0.5, 0, 0)


def test_policies_in_one_text(folder):
    one = compare("my_town", "siloed,agenda=1,parity=.5;reciprocal", replicates=1)
    assert one.policies == ("siloed", "agenda=1,parity=.5", "reciprocal")
    scenario = town(**{"policies.ours": {"reciprocity": 1, "changes": [{"start": 3, "parity": 1}]}})
    ours = scenario.policy_named("ours")
    assert scenario.policy_named(ours) is ours
    assert scenario.policy_named().name == "reciprocal"
    assert scenario.policy_named(Policy()).name == "agenda=0"
    assert scenario.policy_named(Policy(parity=1).named("siloed")).name == "parity=1.0"
    with pytest.raises(TypeError, match="it takes a name, or levers"):
        compare("my_town", [3])
    with pytest.raises(ScenarioError, match="no such policy"):
        compare("my_town", "siload", replicates=1)


def test_a_policy_that_changes_on_the_way_need_not_stand_in_the_scenario():
    late = {"reciprocity": 1, "changes": [{"start": 3, "parity": 1, "kinds": ["supplier"]}]}
    inside = town(**{"policies.ours": late})
    ours = inside.policy_named("ours")
    one = compare(inside, ["siloed", "ours"], replicates=2)
    other = compare(town(), ["siloed", ours], replicates=2)
    np.testing.assert_array_equal(one.figures, other.figures)
    assert one.policies == other.policies == ("siloed", "ours")
    bare = Policy.model_validate(late)
    assert town().policy_named(bare).name == "reciprocity=1.0 with 1 change"
    nobody = Policy.model_validate({"changes": [{"start": 3, "parity": 1, "kinds": ["warden"]}]})
    with pytest.raises(ScenarioError, match=r'x.changes\[0\].kinds = "warden": is no kind'):
        run_once(town(), nobody.named("x"))
    with pytest.raises(ValueError, match="two different policies are called x"):
        compare(town(), [Policy(parity=1).named("x"), Policy(parity=0.5).named("x")])


def test_other_answers_fit_a_line_too(tmp_path):
    scenario = town()
    tables: dict[str, Any] = {
        "outcomes.csv": {"replicate": [0], "policy": ["a"], "outcome": ["b"], "value": [1.0]}
    }
    facts = {"policies": ["a"], "seed": 0, "replicates": 1}
    kept = write_bundle(tmp_path / "kept", "compare", scenario, facts, tables)
    for one in (scenario, Prepared(scenario), read_bundle(kept)):
        assert len(repr(one).splitlines()) == 1
        assert len(repr(one).replace(os.fspath(tmp_path), "")) < 200


def test_frames_hold_every_run_and_every_day():
    scenario = town(**{"supply[0].reliability": 0.6, "time.start": "2020-02-24"})
    found = compare(scenario, replicates=3)
    runs, days, groups = found.frame(), found.daily_frame(), found.daily_frame(by_group=True)
    assert list(runs.columns) == ["policy", "replicate", *OUTCOMES]
    assert (len(runs), len(days)) == (2 * 3, 2 * 3 * 12)
    assert len(groups) == len(days) * len(found.tables.groups)
    for policy in found.policies:
        for replicate in range(3):
            here = f"policy == '{policy}' and replicate == {replicate}"
            row = runs.query(here)
            run = run_once(scenario, policy, 0, replicate)
            assert row[list(OUTCOMES)].iloc[0].to_list() == list(run.outcomes.values())
            day = days.query(f"{here} and tick == 4")
            record = run.state.record
            busy = record.workload[4] > 0
            level = np.where(busy, record.service[4] / np.maximum(record.workload[4], 1e-300), 1)
            assert day.level.item() == pytest.approx(level.mean())
            assert day.harm.item() == pytest.approx(record.tick_harm[4].sum())
            assert str(day.date.item())[:10] == "2020-02-28"
    whole = groups.groupby(["policy", "replicate"], sort=False)[list(DAILY[:4])].sum()
    each = days.groupby(["policy", "replicate"], sort=False)[list(DAILY[:4])].sum()
    np.testing.assert_allclose(whole, each)
    hospital = groups.query("kind == 'hospital' and area == 'north'")
    assert len(hospital) == len(days)
    dateless = compare(town(), replicates=1).daily_frame()
    assert "date" not in dateless.columns


def test_public_names_are_there():
    assert set(crisis_abm.__all__) <= set(dir(crisis_abm))
    for name in crisis_abm.__all__:
        assert getattr(crisis_abm, name) is not None


def public_functions():
    """The functions that Python programs are told of, and the methods of the public classes."""
    shown = [getattr(crisis_abm, name) for name in crisis_abm.__all__]
    shown += [coalition, principles, trace, weak_links, sweep, run_experiment, write_bundle]
    for one in shown:
        if inspect.isfunction(one):
            yield one.__name__, one
        elif inspect.isclass(one):
            for name, member in inspect.getmembers(one):
                its = inspect.isfunction(member) or inspect.ismethod(member)
                if not name.startswith("_") and its and "crisis_abm" in member.__module__:
                    yield f"{one.__name__}.{name}", member


def test_every_parameter_of_what_is_public_is_told_of():
    untold = []
    for name, function in public_functions():
        words = set(re.findall(r"\w+", inspect.getdoc(function) or ""))
        taken = set(inspect.signature(function).parameters) - {"self", "cls"}
        untold += [(name, parameter) for parameter in taken - words]
        if len(taken) > 3:
            assert "Parameters\n----------" in inspect.getdoc(function), name
    assert untold == []


def test_every_public_name_is_told_of():
    for name in crisis_abm.__all__:
        one = getattr(crisis_abm, name)
        assert inspect.isclass(one) or inspect.isfunction(one) or name == "__version__", name
        if inspect.isclass(one):
            properties = [m for m in vars(one).values() if isinstance(m, property)]
            assert all(inspect.getdoc(member.fget) for member in properties), name
