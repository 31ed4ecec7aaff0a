"""What benchmarks measure is what they say, and what they measured is kept."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.coverage import Held, held
from benchmarks.evening import Evening, Turn
from benchmarks.exercises import rows_of_evening
from benchmarks.figures import Circumstances, Figures, Row, keep, kept
from benchmarks.measure import children, in_own_process, peak_memory
from benchmarks.network import TOWN, plain_policy, town, towns
from benchmarks.page import page
from benchmarks.plain_sweep import batch
from benchmarks.sweep_rows import rows_of
from benchmarks.sweeps import EACH, Measured, experiment, measure, steady
from benchmarks.traffic import bytes_a_tick
from crisis_abm import engine
from crisis_abm.engine import Detail
from crisis_abm.experiment.results import read_runs
from crisis_abm.experiment.runner import sweep
from crisis_abm.runs.chunks import here
from crisis_abm.scenario import Scenario
from crisis_abm.tables import build


def finished(tables):
    policy = plain_policy(len(tables.ids), (1.0,) * 5)
    return engine.run(tables.world, policy, 1, Detail.GROUPS)


def test_one_town_is_the_scenario():
    _, one = towns(1)
    state = finished(one)
    again = finished(build(Scenario.from_dict(town())))
    np.testing.assert_array_equal(state.record.harm, again.record.harm)


def test_links_stay_in_their_town():
    _, three = towns(3)
    world = three.world
    of = np.arange(len(three.ids)) // TOWN
    supplier = world.outputs.organisation[world.supply.supplier]
    customer = world.inputs.organisation[world.supply.customer]
    np.testing.assert_array_equal(of[supplier], of[customer])
    donor, partner = (world.inputs.organisation[r] for r in (world.aid.donor, world.aid.partner))
    np.testing.assert_array_equal(of[donor], of[partner])
    np.testing.assert_array_equal(world.aid.reverse[world.aid.reverse], np.arange(len(donor)))
    linked = np.repeat(np.arange(len(world.inputs.use)), np.diff(world.inputs.link_start))
    np.testing.assert_array_equal(world.supply.customer, linked)


def test_towns_do_not_disturb_each_other():
    """The first of three, its area and its keys those of the only one, meets the same crisis."""
    _, one = towns(1)
    _, three = towns(3)
    # Nobody mixes everywhere, so that an epidemic next door is none of its concern.
    alone, among = (
        tables.world._replace(
            hazard=tables.world.hazard._replace(everywhere=0.0, area=0.7, own=0.3)
        )
        for tables in (one, three)
    )
    policy = (1.0,) * 5
    first = engine.run(alone, plain_policy(TOWN, policy), 1, Detail.GROUPS).record.harm
    all_three = engine.run(among, plain_policy(3 * TOWN, policy), 1, Detail.GROUPS).record.harm
    np.testing.assert_allclose(all_three[:TOWN], first, rtol=1e-9, atol=1e-12)


def test_bytes_grow_with_the_network():
    sizes = []
    for copies in (10, 20):
        _, tables = towns(copies)
        policy = plain_policy(len(tables.ids), (0.0,) * 5)
        sizes.append(
            bytes_a_tick(tables.world, engine.start(tables.world, policy, 1, Detail.GROUPS))
        )
    assert sizes[1] == pytest.approx(2 * sizes[0], rel=0.01)


# ---------------------------------------------------------------------------------- sweeps


def test_the_sweep_has_as_many_runs_as_asked():
    assert experiment(3 * EACH).runs == 3 * EACH
    for impossible in (0, EACH + 1, -EACH):
        with pytest.raises(ValueError, match=f"multiple of {EACH}"):
            experiment(impossible)


def test_plain_mesa_runs_the_same_runs_to_the_same_end(tmp_path):
    sweep(experiment(EACH), tmp_path / "sweep", deal=here)
    runs = read_runs(tmp_path / "sweep")
    rows = batch(EACH, 2, processes=1)
    assert [row["number"] for row in rows] == [0, 1]
    for row, policy in zip(rows, ("siloed", "reciprocal"), strict=True):
        ours = runs[(runs.policy == policy) & (runs.replicate == 0)]
        assert row["harm"] == pytest.approx(ours.harm.item(), rel=1e-9)
    assert rows[0]["harm"] != rows[1]["harm"]


@pytest.mark.slow
def test_a_sweep_is_measured_with_all_its_processes(tmp_path):
    found = measure(EACH, 2, tmp_path / "sweep")
    assert found.rows == found.ok == found.runs == EACH
    assert found.rate == pytest.approx(EACH / found.seconds)
    # Two workers, each with numpy and the engine; a helper of Python's own may be a third.
    assert len(found.started) >= 2
    assert min(found.started[:2]) > 50e6
    assert found.memory == found.own + sum(found.started)
    kept_files = list((tmp_path / "sweep" / "runs").iterdir())
    assert found.files == len(kept_files)
    assert found.size == sum(len(path.read_bytes()) for path in kept_files)


def test_a_rate_once_started_leaves_out_the_first_quarter():
    seen = [(0.0, 0), (4.0, 0), (5.0, 10), (6.0, 30), (7.0, 60), (8.0, 100), (9.0, 100)]
    assert steady(seen) == (100 - 30) / (8.0 - 6.0)


def test_memory_of_another_process_is_its_own():
    hold = "held = b'x' * 200_000_000; import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        assert other.pid in children()
        assert 200e6 < peak_memory(other.pid) < 300e6
    assert peak_memory(other.pid) == 0
    assert other.pid not in children()


@pytest.mark.slow
def test_what_is_no_sweep_is_refused_in_one_line():
    for module, arguments in (("sweeps", (7, 1)), ("sweeps", (EACH, 0)), ("plain_sweep", (2, 2))):
        with pytest.raises(subprocess.CalledProcessError) as refused:
            in_own_process(f"benchmarks.{module}", *arguments)
        assert refused.value.returncode == 2


FEW = Measured(10_000, 2, 27.0, 370.4, 400.0, 200_000_000, [150_000_000] * 2, 10_000, 10_000, 9, 50)
MANY = replace(FEW, runs=100_000, rows=100_000, ok=100_000)


def test_the_limit_holds_for_all_processes_together():
    assert all(row.met for row in rows_of([FEW, MANY]))
    memory, *others = rows_of([FEW, replace(MANY, own=1_210_000_000)])  # 1.51 GB with its workers
    assert not memory.met
    assert all(row.met for row in others)


def test_growth_is_between_the_two_longest():
    middle = replace(FEW, runs=40_000, rows=40_000, ok=40_000, own=230_000_000)
    memory, _, grown, *_ = rows_of([FEW, middle, replace(MANY, own=236_000_000)])
    assert memory.measured == "0.500 / 0.530 / 0.536 GB"
    assert grown.what.startswith("what the last 60,000 runs of 100,000 add")
    assert grown.measured == "6.0 MB, 100 B a run"


@pytest.mark.parametrize("lost", [{"rows": 99_999}, {"ok": 99_999}])
def test_a_lost_run_shows(lost):
    stored = rows_of([FEW, replace(MANY, **lost)])[5]
    assert "99,999" in stored.measured
    assert not stored.met


# ---------------------------------------------------------------------------------- exercises


def held_evening(*shown: float) -> Evening:
    turns = [Turn(run=0.5, shown=seconds, decided=0.1) for seconds in shown]
    return Evening(30, 10, turns, {"none": 200_000_000, "open": 215_000_000, "after": 300_000_000})


def test_a_turn_counts_as_seen_when_the_slowest_was_in_time():
    first, whole, *_ = rows_of_evening([held_evening(0.2, 0.4), held_evening(0.2, 1.0)])
    assert first.met
    assert "300 ms (200 ms to 1 s) in 4 turns" in first.measured
    assert "800 ms (700 ms to 1.5 s)" in whole.measured
    late, *_ = rows_of_evening([held_evening(0.2, 0.2), held_evening(0.2, 1.1)])
    assert not late.met


def test_memory_is_told_by_page_and_by_seat():
    told = rows_of_evening([held_evening(0.1)])[-1].measured
    assert told == "200 / 215 / 300 MB: 0.5 MB a page, 10 MB a seat in the end"


# ---------------------------------------------------------------------------------- figures


def figures(what: str) -> Figures:
    return Figures(replace(Circumstances.now(), load=0.25), [Row(what, "≥ 2", "1", False)])


def test_figures_are_kept_as_they_were_measured(tmp_path):
    assert kept("long", tmp_path) is None
    keep("usual", figures("a tick"), tmp_path)
    keep("long", figures("a sweep"), tmp_path)
    keep("usual", figures("another tick"), tmp_path)
    assert kept("usual", tmp_path) == figures("another tick")
    assert kept("long", tmp_path) == figures("a sweep")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows": [{"what": "a tick"}]}'])
def test_a_file_without_figures_is_named(tmp_path, content):
    (tmp_path / "usual.json").write_text(content)
    with pytest.raises(ValueError, match=r"usual\.json.*measure again"):
        kept("usual", tmp_path)


def test_the_page_says_of_each_group_when_it_was_measured():
    usual, long, held = map(figures, ("a tick", "a sweep", "a new turn"))
    long = replace(long, circumstances=replace(long.circumstances, day="1969-07-20"))
    held = replace(held, circumstances=replace(held.circumstances, day="1972-12-14"))
    text = page(usual, long, held, "Tried and kept.\n")
    assert text.index("| a tick | ≥ 2 | 1 | **no** |") < text.index("1969-07-20")
    assert text.index("1969-07-20") < text.index("| a sweep | ≥ 2 | 1 | **no** |")
    assert text.index("1972-12-14") < text.index("| a new turn | ≥ 2 | 1 | **no** |")
    assert usual.circumstances.day in text
    assert text.endswith("\n\nTried and kept.\n")
    bare = page(usual, None, None, "")
    assert "--long" in bare and "ARGS=--exercises" in bare


def test_coverage_counts_what_was_said_and_whether_it_was_so():
    """Normal differences hold in nine of ten; what never differs is told as alike, truly."""
    generator = np.random.default_rng(2)
    first = 50 + generator.normal(size=6000)
    found = held(first, first + generator.normal(1, 2, 6000), 10)
    assert (found.intervals, found.lots, found.true) == (200, 200, 0)
    assert 170 <= found.hold <= 190 and found.as_asked
    assert held(first, first, 30) == Held(0, 0, 200, 200)
    rare = first - np.where(generator.random(6000) < 0.1, 9.0, 0.0)
    found = held(first, rare, 10)
    assert found.intervals < 10 and found.true > 0.85 * (200 - found.intervals)
    assert not Held(200, 120, 200, 0).as_asked and not Held(10, 2, 200, 100).as_asked
