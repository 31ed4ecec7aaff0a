"""Sections on a sweep: what they say, what they refuse, and the numbers beside every figure."""

import re
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crisis_abm.experiment import Experiment, Results, run
from crisis_abm.experiment.runner import sweep
from crisis_abm.report.cells import shown
from crisis_abm.report.sweep.analyse import sensitivity_section
from crisis_abm.report.sweep.convergence import convergence_section
from crisis_abm.report.sweep.morris import _draw_plane
from crisis_abm.report.sweep.outcomes import outcome_section
from crisis_abm.runs.chunks import here
from tests.experiment.sweeps import failing
from tests.experiment.wards import HOARDING, experiment

POLICIES = {"policy": ["siloed", "reciprocal"]}
CAPACITY, END = "kinds.supplier.capacity", "events[0].end"
RANGES = {CAPACITY: {"low": 8, "high": 14}, END: {"low": 22, "high": 30, "base": 24}}
METHODS: dict[str, dict[str, Any]] = {
    "latin_hypercube": {"samples": 9},
    "sobol": {"samples": 32},
    "morris": {"samples": 6},
    "one_at_a_time": {},
    "full_factorial": {"levels": 2},
    "points": {"points": [{CAPACITY: 9, END: 25}, {CAPACITY: 13, END: 29}]},
}


def made(method, replicates=2, **sections):
    data = {
        "title": "made",
        "scenario": "local_shock",
        "constants": {"time.steps": 32},
        "uncertainties": RANGES,
        "levers": POLICIES,
        "outcomes": {"harm": "less", "completed": "more", "stock_lent": "neither"},
        "design": {"method": method, **METHODS[method]},
        "replicates": replicates,
    }
    return Experiment.from_dict(data | sections)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Results of the wards by the method of the design, each swept once."""
    known = {}

    def results(method):
        if method not in known:
            folder = tmp_path_factory.mktemp(method) / "sweep"
            known[method] = run(made(method), folder, deal=here)
        return known[method]

    return results


def check(section):
    """Every table has a title and columns of one length, every picture is drawn and has numbers."""
    for table in section.tables:
        rows = shown(table, 5)
        assert rows.total > 0
        own = [one.heading for one in table.columns if one.heading]
        assert len(set(own)) == len(own)
        assert len(rows.headings) == len(own) + sum(one.low is not None for one in table.columns)
    for picture in section.pictures:
        figure = picture.draw()
        assert figure.get_size_inches().tolist() == [12.8, 8.0]
        assert figure.get_suptitle()
        figure.canvas.draw()
        assert len({len(column) for column in picture.columns.values()}) == 1
        assert picture.about.endswith(".")
    for words in section.words:
        assert words.endswith(".") or "crisis-abm sweep" in words
        assert "nan" not in words
    return section


@pytest.mark.parametrize("method", METHODS)
def test_outcomes_of_every_design(swept, method):
    results = swept(method)
    section = check(outcome_section(results))
    assert [picture.name for picture in section.pictures] == ["settings", "all_outcomes", "states"]
    states = section.pictures[-1].columns
    assert len(states["state"]) == len(results.values("harm"))
    assert (np.diff(states["difference"]) >= 0).all()
    by_value = [table for table in section.tables if table.name == "by_value"]
    assert bool(by_value) == (method == "full_factorial")


def test_intervals_say_what_they_cover(swept):
    drawn = outcome_section(swept("latin_hypercube")).words[1]
    assert "both which states of the world were drawn and which 2 crises" in drawn
    given = outcome_section(swept("full_factorial")).words[1]
    assert "not the choice of the states of the world" in given


def test_tables_hold_the_means_of_the_runs(swept):
    results = swept("latin_hypercube")
    table = next(t for t in outcome_section(results).tables if t.name == "outcomes").plain()
    means = results.frame().groupby("policy")[["harm", "completed", "stock_lent"]].mean()
    expected = [means[name][policy] for name in means for policy in ("siloed", "reciprocal")]
    assert table["mean"] == pytest.approx(expected)
    assert table["setting"].tolist() == ["siloed", "reciprocal"] * 3


def test_sobol_of_a_sweep(swept):
    section = check(sensitivity_section(swept("sobol")))
    assert "total index" in section.words[0]
    assert any("Not sure yet" in words and "samples = " in words for words in section.words)
    table = next(t for t in section.tables if t.name == "sobol").plain()
    assert set(table["factor"]) == set(RANGES)
    assert (table["first_low"] <= table["first"]).all()
    assert {picture.name for picture in section.pictures} >= {"sobol"}
    assert any("does not vary" in words for words in section.words)  # siloed lends nothing


def test_morris_of_a_sweep(swept):
    section = check(sensitivity_section(swept("morris")))
    assert section.words[0].startswith("What moves harm in all under siloed most is")
    assert [picture.name for picture in section.pictures] == ["morris", "morris_plane"]


@pytest.mark.parametrize("small", [1, 2, 12])
def test_names_near_the_origin_of_morris_plane_do_not_lie_on_each_other(small):
    sizes = np.append([100.0, 60.0], np.linspace(0, 3, small))
    names = tuple(f"kinds.kind{n}.capacity" for n in range(len(sizes)))
    order = np.argsort(-sizes)
    effects: Any = SimpleNamespace(names=names, mu_star=sizes, sigma=sizes * 0.9, order=order)
    figure = _draw_plane(effects, "Effects", "harm")
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 3
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    told = [text.get_text() for text in figure.axes[0].texts]
    if small == 1:
        assert set(told) == set(names)
    else:
        assert told[-1].startswith(f"{small} near zero:\n{names[-1]}\n")
        assert len(told[-1].splitlines()) <= 10


def test_no_impossible_index_is_named_in_a_headline(swept):
    results = swept("sobol")
    section = sensitivity_section(results)
    for size in re.findall(r"\((?:total index )?([^()]*)\)", section.words[0]):
        if "±" in size:
            index, width = map(float, size.split(" ± "))
            assert index + width <= 1.005
        else:
            assert size.endswith("to 1") or size == "about 1, unsure"


def test_one_change_at_a_time_of_a_sweep(swept):
    section = check(sensitivity_section(swept("one_at_a_time")))
    assert [picture.name for picture in section.pictures] == ["tornado"]
    table = section.tables[0].plain()
    assert (table["base"] != table["value"]).all()


@pytest.mark.parametrize("method", ["latin_hypercube", "full_factorial", "points"])
def test_what_has_no_indices_says_so(swept, method):
    section = sensitivity_section(swept(method))
    assert section.words[0].startswith("No sensitivity indices")
    assert '"sobol"' in section.words[0]
    assert not section.pictures


def test_where_only_levers_are_crossed_there_is_no_sensitivity(tmp_path):
    results = run(made("full_factorial", uncertainties={}), tmp_path / "sweep", deal=here)
    assert sensitivity_section(results) is None
    check(outcome_section(results))
    check(convergence_section(results))


@pytest.mark.parametrize("method", METHODS)
def test_convergence_of_every_design(swept, method):
    section = check(convergence_section(swept(method)))
    names = [picture.name for picture in section.pictures]
    assert names == ["replicates_enough"] + ["samples_enough"] * (method == "sobol")
    assert "2 crises (replicates)" in section.words[0]


def test_one_replicate_says_what_it_cannot(tmp_path):
    results = run(made("sobol", replicates=1), tmp_path / "sweep", deal=here)
    assert "A single replicate cannot show" in convergence_section(results).words[0]
    words = outcome_section(results).words[1]
    assert "not chance in the crises" in words
    sensitivity = check(sensitivity_section(results))
    assert any("not which crisis befell them" in one for one in sensitivity.words)


def test_one_setting_has_nothing_to_compare(tmp_path):
    results = run(made("sobol", levers={}), tmp_path / "sweep", deal=here)
    section = check(outcome_section(results))
    assert not section.pictures
    assert [table.name for table in section.tables] == ["outcomes"]
    assert "under" not in sensitivity_section(results).words[0]
    check(sensitivity_section(results))
    check(convergence_section(results))


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_what_is_missing_is_told_with_how_to_finish(tmp_path, method):
    folder = tmp_path / "part"
    sweep(made(method), folder, shard=(1, 3), deal=here)
    results = Results.load(folder)
    section = sensitivity_section(results)
    assert "cannot be told yet" in section.words[0]
    assert f"{results.statuses['missing']:,} not run yet" in section.words[0]
    assert f"crisis-abm sweep {folder / 'experiment.toml'} --out {folder}" in section.words[1]
    check(outcome_section(results))
    check(convergence_section(results))


def test_means_of_an_unfinished_sweep_say_over_what(tmp_path):
    folder = tmp_path / "part"
    sweep(made("latin_hypercube"), folder, shard=(1, 2), deal=here)
    results = Results.load(folder)
    complete = int(np.isfinite(results.values("harm")).all(axis=1).sum())
    section = check(outcome_section(results))
    assert any(f"over the {complete:,} of 18 crises" in words for words in section.words)
    states = int(np.isfinite(results.values("harm")).all(axis=1).any(axis=1).sum())
    assert f"on average over {states} of 9 states of the world, " in section.words[0]


def test_runs_that_failed_are_counted_and_looked_at_first(tmp_path):
    results = run(failing(), tmp_path / "sweep", deal=here)
    section = check(outcome_section(results))
    told = next(words for words in section.words if words.startswith("Not complete"))
    assert "2 ended in an error" in told
    assert "--retry" in told
    finding = section.words[0].lower()
    assert "on average over 9 of 10 states of the world, 2 crises each" in finding


def test_a_headline_counts_the_states_that_have_a_result(tmp_path):
    experiment = failing(levers=POLICIES)
    section = outcome_section(run(experiment, tmp_path / "sweep", deal=here))
    assert "on average over 9 of 10 states of the world, 2 crises each" in section.words[0]
    assert "Of 9 states of the world, each by itself" in section.words[0]


def test_runs_that_all_came_to_the_same_are_no_trouble(tmp_path):
    made = experiment(
        uncertainties={"behaviour.hoarding": HOARDING},
        levers=POLICIES,
        outcomes={"harm": "less", "staff_lent": "neither"},
        design={"method": "sobol", "samples": 8},
    )
    results = run(made, tmp_path / "sweep", deal=here)
    check(outcome_section(results))
    assert "cannot be told" in check(sensitivity_section(results)).words[0]
    section = check(convergence_section(results))
    assert "units of harm in all 2 crises: too few differ to say" in section.words[0]
    assert "Up to 69% of crises may differ" in section.words[0]
    assert not any("Nothing is unsure" in words for words in section.words)


def test_many_settings_show_the_best(tmp_path):
    results = run(
        made(
            "latin_hypercube",
            levers={"policy": ["siloed", "reciprocal"], "share": [0.5, 1.0]},
        ),
        tmp_path / "sweep",
        deal=here,
    )
    section = check(outcome_section(results))
    assert section.words[0].startswith("Of 4 settings reciprocal (share=1) came out best")
    assert len(section.pictures[0].columns["setting"]) == 4
    check(convergence_section(results))
