"""An experiment file is checked like a scenario: every fault told, in its own terms, at once."""

from __future__ import annotations

import json
import pickle
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm.experiment import Experiment, ExperimentError, prepare
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.scenario import ScenarioError, ready_made_scenarios
from tests.experiment.wards import HOARDING, USE, experiment, scenario

EXAMPLES = Path(__file__).parents[2] / "experiments"
POLICIES = {"policy": ["siloed", "reciprocal"]}
HOARDS = {"behaviour.hoarding": HOARDING}


def told(**sections) -> list[str]:
    with pytest.raises(ExperimentError) as caught:
        experiment(**sections)
    return [str(problem).removeprefix("<dict>: ") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (
            {"uncertainties": {"kinds.wrad.needs.gowns.use": HOARDING}},
            'uncertainties."kinds.wrad.needs.gowns.use": there is no such key in the scenario; '
            'did you mean "kinds.ward.needs.gowns.use"?',
        ),
        (
            {"uncertainties": {"kinds.ward.needs.gloves.use": HOARDING}},
            'uncertainties."kinds.ward.needs.gloves.use": there is no such key in the scenario; '
            "kinds.ward.needs has: gowns",
        ),
        (
            {"uncertainties": {"organisations.wrd1.capacity": HOARDING}},
            'uncertainties."organisations.wrd1.capacity": there is no organisation called "wrd1"; '
            'did you mean "ward1"?',
        ),
        (
            {"uncertainties": {"events[3].end": HOARDING}},
            'uncertainties."events[3].end": there is no such entry in the scenario; '
            "events has 1, counted from 0",
        ),
        (
            {"uncertainties": {"behaviour hoarding": HOARDING}},
            'uncertainties."behaviour hoarding": is no path; write keys with dots between, '
            'like "kinds.a.b"',
        ),
        (
            {"uncertainties": {"behaviour.hoarding": {"low": 5, "high": 1}}},
            'uncertainties."behaviour.hoarding": low is above high; exchange them',
        ),
        (
            {"uncertainties": {"behaviour.hoarding": {"low": 1, "high": 1}}},
            'uncertainties."behaviour.hoarding": low and high are the same; '
            "write it under [constants], or a list",
        ),
        (
            {"uncertainties": {"behaviour.altruism": {"low": 0.5, "high": 2}}},
            'uncertainties."behaviour.altruism".high = 2.0: must be at most 1; '
            "write a number of at most 1",
        ),
        (
            {"uncertainties": {"events[0].end": {"low": 3, "high": 9}}},
            'uncertainties."events[0].end".low = 3: is not after the start (an end is the first '
            "tick it no longer holds); put the end after the start",
        ),
        (
            {"uncertainties": {"behaviour.recovery": {"low": 0.5, "high": 2}}},
            'uncertainties."behaviour.recovery".low = 0.5: must be a whole number here; '
            "write it without a point",
        ),
        (
            {"uncertainties": {"behaviour.recovery": [1, 2.5]}},
            'uncertainties."behaviour.recovery".values[1] = 2.5: must be a whole number; '
            "write it without quotes and without a point",
        ),
        (
            {"uncertainties": {"behaviour.hoarding": 3}},
            'uncertainties."behaviour.hoarding" = 3: must be a range or a list; '
            "write { low = 1, high = 2 } or [1, 2], or put it under [constants]",
        ),
        (
            {"uncertainties": {"behaviour.hoarding": {"low": 0, "high": 1, "hi": 2}}},
            'uncertainties."behaviour.hoarding".hi = 2: there is no such key here; '
            'did you mean "high"?',
        ),
        (
            {
                "uncertainties": {
                    "behaviour.hoarding": HOARDING | {"low": 0, "distribution": "loguniform"}
                }
            },
            'uncertainties."behaviour.hoarding": loguniform needs a low above 0; '
            "write uniform, or a low above 0",
        ),
        (
            {"constants": {"behaviour.hoarding": 2}, "uncertainties": HOARDS},
            'uncertainties."behaviour.hoarding": is set already by constants.behaviour.hoarding; '
            "keep one of them",
        ),
        (
            {"constants": {"behaviour.hoarding": -2}},
            'constants."behaviour.hoarding" = -2: must be at least 0; write a number of at least 0',
        ),
        (
            {"constants": {"time.stepz": 2}},
            'constants."time.stepz": there is no such key in the scenario; '
            'did you mean "time.steps"?',
        ),
        (
            {"constants": {"policy": "reciprocal"}},
            "constants.policy: the policy of a run is a lever; "
            'write policy = ["siloed", "reciprocal"] under [levers]',
        ),
        (
            {"levers": {"policy": ["siloed", "recipprocal"]}},
            'levers.policy.values[1] = "recipprocal": there is no such policy; '
            'did you mean "reciprocal"? (or levers: agenda=1,communication=.5)',
        ),
        (
            {"levers": {"comunication": [0, 1]}},
            'levers.comunication: there is no such lever; did you mean "communication"?',
        ),
        (
            {"levers": {"communication.wrad": [0, 1]}},
            'levers."communication.wrad": no organisation of this scenario is of that kind; '
            'did you mean "ward"?',
        ),
        (
            {"levers": {"share.ward": [0, 1]}},
            'levers."share.ward": share is for all kinds together; write share = …',
        ),
        (
            {"levers": {"share": {"low": 0, "high": 1.5}}},
            "levers.share = 1.5: a share is a number from 0 to 1; 1 is everybody",
        ),
        (
            {"levers": {"agenda": [0, 1], "common_agenda": [0, 1]}},
            "levers.common_agenda: agenda is given twice; keep one of them",
        ),
        (
            {"outcomes": {"harms": "less"}},
            'outcomes.harms: there is no such outcome; did you mean "harm"?',
        ),
        (
            {"outcomes": {"harm": "fewer"}},
            'outcomes.harm = "fewer": must be "less", "more" or "neither"; choose one of these',
        ),
        ({"replicates": 0}, "replicates = 0: must be at least 1; write a number of at least 1"),
        (
            {"levrs": POLICIES},
            'levrs = {policy = …}: there is no such key here; did you mean "levers"?',
        ),
        (
            {"uncertainties": HOARDS, "design": {"method": "sobol", "samples": 100}},
            "design.samples = 100: must be a power of 2 for sobol; write 64 or 128",
        ),
        (
            {"uncertainties": HOARDS, "design": {"method": "morris"}},
            "design.samples: is missing; say how many: morris needs samples = 128, say",
        ),
        (
            {"uncertainties": HOARDS, "design": {"method": "morris", "samples": 4, "levels": 3}},
            "design.levels = 3: must be even for morris; write levels = 4",
        ),
        (
            {"levers": POLICIES, "design": {"method": "latin_hypercube", "samples": 4}},
            'design.method = "latin_hypercube": there is nothing to sample: no uncertainty, and no '
            'lever with low and high; add one, or write method = "full_factorial"',
        ),
        (
            {"uncertainties": HOARDS},
            "design.levels: behaviour.hoarding is a range: of how many values is not said; "
            "write levels = 3, say, or a list of values instead of low and high",
        ),
        (
            {"uncertainties": HOARDS, "design": {"samples": 8, "levels": 2}},
            "design.samples = 8: says nothing to full_factorial, which makes its points of the "
            "factors; take it away, or choose another method",
        ),
        (
            {
                "uncertainties": {"time.unit": ["day", "week"]},
                "design": {"method": "one_at_a_time"},
            },
            'uncertainties."time.unit": one_at_a_time starts from the scenario\'s own number, and '
            "here is none; say where to start: base = …",
        ),
        (
            {"uncertainties": {"behaviour.hoarding": HOARDING | {"base": 9}}},
            'uncertainties."behaviour.hoarding".base = 9: is not in its own range, from 1 to 5; '
            "write a number between, or widen the range",
        ),
        (
            {"uncertainties": {"behaviour.hoarding": HOARDING | {"base": "much"}}},
            'uncertainties."behaviour.hoarding".base = "much": is not in its own range, from 1 to '
            "5; write a number between, or widen the range",
        ),
        (
            {"levers": {"agenda": {"low": 0, "high": 0.5, "base": 0.9}}},
            "levers.agenda.base = 0.9: is not in its own range, from 0 to 0.5; "
            "write a number between, or widen the range",
        ),
        (
            {"uncertainties": {"events[0].end": {"low": 9, "high": 15, "base": 10.5}}},
            'uncertainties."events[0].end".base = 10.5: must be a whole number here; '
            "write it without a point",
        ),
        (
            {"uncertainties": {"events[0].end": {"values": [9, 15], "base": 10.5}}},
            'uncertainties."events[0].end".base = 10.5: must be a whole number here; '
            "write it without a point",
        ),
        *(
            (
                {"uncertainties": {path: ["a", "b"]}},
                f"uncertainties.{quoted}: is a text for people, which no run can differ by; "
                "take it away; it would be varied to no effect",
            )
            for path, quoted in (
                ("title", "title"),
                ("description", "description"),
                ("harm_unit", "harm_unit"),
                ("caveat", "caveat"),
                ("events[0].title", '"events[0].title"'),
                ("organisations.maker.name", '"organisations.maker.name"'),
                ("resources.gowns.unit", '"resources.gowns.unit"'),
            )
        ),
        (
            {"uncertainties": {"record.stocks": [True, False]}},
            'uncertainties."record.stocks": decides what a run keeps, not what happens in it; '
            "take it away; it would be varied to no effect",
        ),
        (
            {
                "uncertainties": HOARDS,
                "levers": POLICIES,
                "design": {"method": "latin_hypercube", "samples": 10**6},
            },
            "design: makes 2,000,000 points, with 2 replicates 4,000,000 runs; at most 1,000,000 "
            "points and 10,000,000 runs are taken; take fewer samples, values or replicates, or "
            "sample instead of crossing",
        ),
        (
            {"uncertainties": {"supply[0].share": {"low": 0.5, "high": 1}}},
            'uncertainties."supply[0].share".low = 0.5: ward ward0, ward1, ward2 and 3 more '
            "needs gowns and has shares that sum to 0.5; let them sum to 1",
        ),
        (
            {"constants": {"supply[0].share": 0.5}},
            'constants."supply[0].share" = 0.5: ward ward0, ward1, ward2 and 3 more needs gowns '
            "and has shares that sum to 0.5; let them sum to 1",
        ),
    ],
)
def test_each_fault_in_its_own_terms(sections, expected):
    assert told(**sections) == [expected]


def test_every_fault_at_once_with_its_line(tmp_path):
    (tmp_path / "wards.toml").write_text(scenario().to_toml(), encoding="utf-8")
    file = tmp_path / "my.toml"
    file.write_text(
        """titel = "misspelt"
scenario = "wards.toml"
[uncertainties]
"behaviour.hoarding" = { low = 5, high = 1 }
kinds.wrad.harm = { low = 0, high = 1 }
[levers]
policy = "nobody's"
[design]
method = "sobool"
""",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError) as caught:
        Experiment.load(file)
    lines = {
        str(problem).split(": ")[0].removeprefix(str(file)) for problem in caught.value.problems
    }
    assert lines == {"", ":1", ":3", ":4", ":7", ":9"}  # :3, the heading of a path spelt out
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), ExperimentError)


def test_no_such_file_and_no_such_scenario(tmp_path):
    with pytest.raises(ExperimentError, match="there is no such file"):
        Experiment.load(tmp_path / "none.toml")
    text = 'title = "x"\nscenario = "local_shok"'
    with pytest.raises(ExperimentError, match='did you mean "local_shock"'):
        Experiment.from_text(text)
    with pytest.raises(ExperimentError, match="there is no such scenario"):
        Experiment.from_text(f'title = "x"\nscenario = "{"s" * 5000}"')
    with pytest.raises(ExperimentError, match="is not valid TOML"):
        Experiment.from_text("title = ")
    (tmp_path / "broken.toml").write_text('title = "x"\n[time]\nsteps = 0\n', encoding="utf-8")
    with pytest.raises(ExperimentError, match=r"broken.toml:3: time.steps = 0"):
        Experiment.from_text('title = "x"\nscenario = "broken"', tmp_path)


def test_only_scenarios_are_proposed(tmp_path):
    for name, text in {
        "settings.toml": "[tool]\nx = 1",
        "my_sweep.toml": 'title = "x"\nscenario = "my_town"',
        "broken.toml": 'title = "',
        "my_town.toml": 'title = "x"\n[[groups]]\nkind = "hospital"\ncount = 1',
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ExperimentError) as caught:
        Experiment.from_text('title = "x"\nscenario = "xyz"', tmp_path)
    (problem,) = caught.value.problems
    listed = problem.remedy.removeprefix("there are: ").split(", ")
    assert listed == sorted([*ready_made_scenarios(), "my_town.toml"])
    with pytest.raises(ExperimentError, match=r'did you mean "my_town\.toml"'):
        Experiment.from_text('title = "x"\nscenario = "my_twon"', tmp_path)


def test_outcomes_left_out_are_all_with_their_own_directions():
    assert experiment().outcomes == tuple(OUTCOMES)
    assert all(experiment().directions[name] == OUTCOMES[name].better for name in OUTCOMES)
    some = experiment(outcomes={"stock_lent": "more", "harm": "less", "unmet": "neither"})
    assert list(some.directions.items()) == [("stock_lent", 1), ("harm", -1), ("unmet", 0)]


def test_texts_dates_and_truth_may_be_values(tmp_path):
    (tmp_path / "wards.toml").write_text(scenario().to_toml(), encoding="utf-8")
    made = Experiment.from_text(
        """title = "x"
scenario = "wards"
[uncertainties]
"time.start" = [2020-03-01, 2020-03-02]
"time.unit" = ["day", "week"]
"resources.gowns.storable" = [true]
""",
        tmp_path,
    )
    assert made.setting(0).changes == (
        ("time.start", "2020-03-01"),
        ("time.unit", "day"),
        ("resources.gowns.storable", True),
    )
    assert prepare(made, len(made.points) - 1, 0)[0].time.start == date(2020, 3, 2)


def test_paths_may_be_spelt_as_tables():
    quoted = experiment(constants={"time.steps": 15}, uncertainties={USE: [1, 2]})
    nested = experiment(
        constants={"time": {"steps": 15}},
        uncertainties={"kinds": {"ward": {"needs": {"gowns": {"use": [1, 2]}}}}},
    )
    assert nested.fingerprint() == quoted.fingerprint()
    assert nested.scenario.time.unit == "day"


FULL: dict[str, Any] = {
    "description": "all there is",
    "constants": {"time.steps": 15},
    "uncertainties": {"behaviour.hoarding": HOARDING, USE: [1, 2.5]},
    "levers": {
        "communication": {"low": 0, "high": 1, "why": "judgement"},
        "policy": ["siloed", "agenda=1"],
        "communication.ward": [0, 1],
        "share": [0.5, 1],
    },
    "outcomes": {"harm": "less", "stock_lent": "neither"},
    "design": {"method": "latin_hypercube", "samples": 5},
}


def test_written_and_read_again_it_is_the_same(tmp_path):
    made = experiment(**FULL)
    (tmp_path / "scenario.toml").write_text(scenario().to_toml(), encoding="utf-8")
    text = made.to_toml("scenario.toml")
    again = Experiment.from_text(text, tmp_path)
    assert again.describe() == made.describe()
    assert again.fingerprint() == made.fingerprint()
    assert [factor.name for factor in again.factors] == list(made.points.columns)
    assert again.to_toml() == text
    assert (
        Experiment.from_text(again.to_toml("scenario.toml"), tmp_path).describe() == made.describe()
    )


def test_it_can_be_sent_to_another_process_and_its_description_kept():
    made = experiment(**FULL)
    sent = pickle.loads(pickle.dumps(made))
    assert sent.fingerprint() == made.fingerprint()
    assert sent.setting(7) == made.setting(7)
    assert json.loads(json.dumps(made.describe(), allow_nan=False)) == made.describe()


CHANGED: dict[str, Any] = {
    "constants": {"time.steps": 16},
    "uncertainties": {"behaviour.hoarding": HOARDING, USE: [1, 2]},
    "levers": {"policy": ["siloed"]},
    "outcomes": {"harm": "less"},
    "design": {"method": "latin_hypercube", "samples": 6},
    "replicates": 3,
    "seed": 1,
}


@pytest.mark.parametrize("section", CHANGED)
def test_what_changed_shows_in_the_description(section):
    first, second = experiment(**FULL), experiment(**FULL | {section: CHANGED[section]})
    before, after = first.describe(), second.describe()
    assert {key for key in before if before[key] != after[key]} - {"points"} == {section}
    assert first.fingerprint() != second.fingerprint()


def test_another_scenario_shows_and_another_title_is_the_same_experiment():
    first = experiment(**FULL)
    other = experiment(scenario(wards=5), **FULL)
    assert {k for k, v in other.describe().items() if first.describe()[k] != v} == {"scenario"}
    assert experiment(**FULL | {"title": "other"}).fingerprint() == first.fingerprint()


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda file: file.stem)
def test_the_experiments_that_come_with_the_program_load(file):
    made = Experiment.load(file)
    assert made.runs == len(made.points) * made.replicates
    assert made.setting(len(made.points) - 1).changes
    assert made.to_toml() == file.read_text(encoding="utf-8")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.dates(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["low", "high", "values", "share", "a.b"]), inner, max_size=3
            )
        ),
        max_leaves=6,
    ),
    st.sampled_from(["uncertainties", "levers", "constants", "outcomes", "design"]),
    st.sampled_from(
        [
            "behaviour.hoarding",
            "share",
            "policy",
            "communication.ward",
            "harm",
            "method",
            "points",
            "levels",
            "organisations[0]",
            "[",
            "time",
        ]
    ),
)
def test_nonsense_is_told_and_nothing_else_is_raised(value, section, key):
    try:
        experiment(**dict[str, Any]({section: {key: value}}))
    except ExperimentError as error:
        assert str(error)
