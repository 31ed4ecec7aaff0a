"""The commands for many runs, and what happens to a sweep that is shot at."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path

import pandas
import pytest
from typer.testing import Result

from crisis_abm.cli.sweep_commands import Sweeping
from crisis_abm.experiment.results import read_runs
from crisis_abm.experiment.runner import sweep
from crisis_abm.runs.chunks import here
from tests.cli.small import invoke, started
from tests.experiment.sweeps import failing, same, small, written
from tests.experiment.wards import scenario
from tests.fuzz.sweeps import damaged, stayed_on, workers_of

pytestmark = pytest.mark.usefixtures("unpainted")
needs_proc = pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc")
SHORT = """
title = "short"
scenario = "ward.toml"
replicates = 2
constants = { "time.steps" = 5 }
levers = { policy = ["siloed", "reciprocal"] }
outcomes = { harm = "less" }
"""
LONG = {"samples": 200}  # 800 runs: a few seconds, a dozen files


def in_group(leader: int) -> dict[int, str]:
    """Command lines of the processes that are alive in a process group."""
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            state, _, group = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[:3]
            line = Path(f"/proc/{entry}/cmdline").read_text()
        except OSError:
            continue
        if int(group) == leader and state != "Z":
            found[int(entry)] = line
    return found


def await_that(holds, seconds=60.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "never happened"
        time.sleep(0.01)


def kept(folder: Path) -> int:
    runs = folder / "runs"
    return len(os.listdir(runs)) if runs.is_dir() else 0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    sweep(small(**LONG), folder / "kept", deal=here)
    return read_runs(folder / "kept")


@pytest.fixture
def shot_at(tmp_path):
    """A sweep on its way, with something kept already."""
    path, folder = written(small(**LONG), tmp_path), tmp_path / "kept"
    with started("sweep", path, "--out", folder, "--workers", 2, cwd=tmp_path) as process:
        try:
            await_that(lambda: kept(folder) >= 1 or process.poll() is not None)
            assert process.poll() is None, process.stderr.read()
            yield process, folder
        finally:
            process.kill()


def resumed(folder: Path) -> pandas.DataFrame:
    answer = invoke("sweep", folder.parent / "sweep.toml", "--out", folder, "--workers", 1)
    assert answer.exit_code == 0, answer.output
    return read_runs(folder)


@needs_proc
def test_a_sweep_that_was_killed_goes_on(shot_at, undisturbed):
    process, folder = shot_at
    os.kill(process.pid, signal.SIGKILL)
    assert stayed_on(process.pid) < 2  # however busy they are
    process.communicate(timeout=30)
    await_that(lambda: in_group(process.pid) == {}, 20)
    assert 0 < len(read_runs(folder)) < len(undisturbed)
    same(resumed(folder), undisturbed)


@needs_proc
def test_workers_that_are_still_starting_end_with_a_killed_sweep(tmp_path):
    path, folder = written(small(), tmp_path), tmp_path / "kept"
    with started("sweep", path, "--out", folder, "--workers", 2, cwd=tmp_path) as process:
        await_that(lambda: workers_of(process.pid))
        process.kill()
        assert stayed_on(process.pid) < 2


@needs_proc
def test_killed_workers_cost_nothing(shot_at, undisturbed):
    process, folder = shot_at
    killed = 0
    for _ in range(2):
        workers = [one for one, line in in_group(process.pid).items() if "spawn_main" in line]
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
            killed += 1
        before = kept(folder)
        await_that(lambda before=before: process.poll() is not None or kept(folder) > before)
    _, told = process.communicate(timeout=120)
    assert killed >= 2 and process.returncode == 0, told
    same(read_runs(folder), undisturbed)


@needs_proc
@pytest.mark.parametrize("to_all", [False, True], ids=["process", "terminal"])
def test_ctrl_c_leaves_what_is_finished_and_no_process(shot_at, undisturbed, to_all):
    process, folder = shot_at
    (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    message = f"stopped; finished runs are in {folder}, and the same command goes on from there"
    assert told.splitlines()[-1] == message and "Traceback" not in told
    await_that(lambda: in_group(process.pid) == {}, 10)
    assert not list(folder.glob(".writing*"))
    assert 0 < len(read_runs(folder)) < len(undisturbed)
    same(resumed(folder), undisturbed)


def test_time_left_is_not_reckoned_from_what_was_kept_before(capsys):
    watch = Sweeping("Sweeping", "runs")
    watch.shown = True
    watch.tell(3000, 5000)
    watch.began -= 60  # workers start
    watch.tell(3000, 5000)
    watch.tell(3100, 5000)  # the first are there
    watch.began -= 10
    watch.tell(4100, 5000)
    watch.look()
    told = "Sweeping: 4100 of 5000 runs, 100 a second, about 9.0 s left\n"
    assert capsys.readouterr().err == told


def swept_here(*words: object) -> Result:
    """A sweep by its command, in this process alone."""
    return invoke("sweep", *words, "--workers", 1)


def test_shards_merge_and_export(tmp_path):
    path = written(small(), tmp_path)
    for part in (1, 2):
        answer = swept_here(path, "--out", tmp_path / f"part{part}", "--shard", f"{part}/2")
        assert answer.exit_code == 0 and "24 runs" in answer.output
    answer = invoke("merge", tmp_path / "part1", "--out", tmp_path / "half")
    assert answer.exit_code == 1 and "24 are missing" in answer.output
    parts = [tmp_path / "part1", tmp_path / "part2"]
    answer = invoke("merge", *parts, "--out", tmp_path / "all", "--json")
    assert answer.exit_code == 0 and json.loads(answer.stdout)["missing"] == 0
    answer = invoke("export", tmp_path / "all", "--out", tmp_path / "runs.csv")
    assert answer.exit_code == 0 and "48 runs in" in answer.output
    text = (tmp_path / "runs.csv").read_text()
    assert len(text.splitlines()) == 49
    assert invoke("export", tmp_path / "all").stdout == text
    answer = invoke("merge", parts[0], parts[0], "--out", tmp_path / "twice")
    assert answer.exit_code == 2 and "named twice" in answer.output


def test_what_fails_is_counted_and_named(tmp_path):
    path, folder = written(failing(), tmp_path), tmp_path / "kept"
    answer = swept_here(path, "--out", folder)
    assert answer.exit_code == 1
    assert "18 ok, 2 error" in answer.output and "2 × error: " in answer.output
    answer = swept_here(path, "--out", folder, "--json")
    told = json.loads(answer.stdout)
    assert told["run_now"] == 0 and told["statuses"]["error"] == 2 and answer.exit_code == 1


def test_a_changed_scenario_is_one_line(tmp_path):
    path, folder = written(small(samples=1), tmp_path), tmp_path / "kept"
    assert swept_here(path, "--out", folder).exit_code == 0
    ward = tmp_path / "ward.toml"
    ward.write_text(ward.read_text().replace("steps = 20", "steps = 21"))
    answer = swept_here(path, "--out", folder)
    assert answer.exit_code == 2 and len(answer.output.splitlines()) == 1
    assert "scenario: time.steps was 20, is now 21" in answer.output


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "a/b", "-1/2", "1/2/3", "١/٢", "²/3"])
def test_a_shard_that_is_none_is_refused(tmp_path, shard):
    answer = swept_here("x.toml", "--out", tmp_path / "kept", f"--shard={shard}")
    assert answer.exit_code == 2 and "is no part" in answer.output
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("command", ["sweep", "merge", "export"])
def test_what_is_not_there_is_told(tmp_path, command):
    out = tmp_path / "out"
    answer = invoke(command, tmp_path / "nothing", "--out", out)
    assert answer.exit_code == 2 and "nothing" in answer.output
    assert not out.exists()


BROKEN = """title = "broken"
scenario = "local_shock"
replicates = -3
[uncertainties]
"kinds.suplier.capacity" = { low = 14, high = 30 }
[levers]
policy = ["siloed", "recip"]
"""


def test_every_fault_of_an_experiment_is_a_line(tmp_path):
    file = tmp_path / "broken.toml"
    file.write_text(BROKEN, encoding="utf-8")
    answer = swept_here(file, "--out", tmp_path / "kept")
    assert answer.exit_code == 2 and not (tmp_path / "kept").exists()
    lines = answer.output.splitlines()
    assert lines == [
        f"{file}:3: replicates = -3: must be at least 1; write a number of at least 1",
        f'{file}:5: uncertainties."kinds.suplier.capacity": there is no such key in the scenario; '
        'did you mean "kinds.supplier.capacity"?',
        f'{file}:7: levers.policy.values[1] = "recip": there is no such policy; '
        'did you mean "reciprocal"? (or levers: agenda=1,communication=.5)',
    ]


def test_ready_made_experiments_are_swept_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("spare_supplies").mkdir()  # what a sweep may well be called
    sweep_of = ("sweep", "spare_supplies", "--out", "spare_supplies/kept", "--shard", "1/80")
    answer = invoke(*sweep_of, "--json")
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    assert told["experiment"] == "Spare supplies: when does working together pay?"
    assert len(read_runs("spare_supplies/kept")) == told["runs"] == 4


def test_unknown_experiments_are_told_with_those_there_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("settings.toml").write_text("[tool]\n", encoding="utf-8")
    answer = swept_here("spare_suply", "--out", "kept")
    assert answer.exit_code == 2 and 'did you mean "spare_supplies"?' in answer.output
    answer = swept_here("xyz", "--out", "kept")
    assert "ready-made experiments: spare_supplies, which_principle" in answer.output
    assert "settings" not in answer.output


def test_what_shortened_runs_end_before_is_said_by_sweep_and_analyse(tmp_path):
    path = tmp_path / "short.toml"
    (tmp_path / "ward.toml").write_text(scenario().to_toml(), encoding="utf-8")
    path.write_text(SHORT, encoding="utf-8")
    said = "events[0] “out” (start 5) is left out of every run: a run with time.steps = 5 ends"
    for words in (
        ["sweep", path, "--out", tmp_path / "kept", "--workers", 1],
        ["analyse", tmp_path / "kept"],
    ):
        answer = invoke(*words)
        assert answer.exit_code == 0, answer.output
        assert said in " ".join(answer.output.split())
        found = json.loads(invoke(*words, "--json").stdout)
        assert said in found["left_out"][0]
    assert said in (tmp_path / "kept" / "analysis" / "report.html").read_text(encoding="utf-8")


def test_export_goes_where_the_name_leads(tmp_path):
    sweep(small(samples=2), tmp_path / "kept", deal=here)
    plain, target, link = (tmp_path / name for name in ("plain.csv", "real.csv", "link.csv"))
    assert invoke("export", tmp_path / "kept", "--out", plain).stdout == f"8 runs in {plain}\n"
    link.symlink_to(target)
    assert invoke("export", tmp_path / "kept", "--out", link).exit_code == 0
    assert link.is_symlink() and target.read_bytes() == plain.read_bytes()


def test_export_into_a_pipe_says_nothing_among_the_rows(tmp_path):
    sweep(small(samples=2), tmp_path / "kept", deal=here)
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    answer = invoke("export", tmp_path / "kept", "--out", pipe)
    reader.join(10)
    assert answer.exit_code == 0 and answer.stdout == "" and "8 runs in" in answer.stderr
    assert read == [invoke("export", tmp_path / "kept").stdout]


def test_damage_of_any_kind_is_told_and_done_again(tmp_path):
    assert len(set(damaged(12, 1, tmp_path))) > 3


def test_export_of_an_unfinished_sweep_says_how_many_runs_are_missing(tmp_path):
    sweep(small(samples=2), tmp_path / "kept", shard=(1, 2), deal=here)
    assert invoke("export", tmp_path / "kept").exit_code == 0  # all of its part
    assert invoke("merge", tmp_path / "kept", "--out", tmp_path / "all").exit_code == 1
    for out in ([], ["--out", tmp_path / "runs.csv"]):
        answer = invoke("export", tmp_path / "all", *out)
        assert answer.exit_code == 1
        told = "4 of 8 runs are missing: the sweep is not finished; the same sweep command runs"
        assert answer.stderr.splitlines()[-1].startswith(told)
    assert len((tmp_path / "runs.csv").read_text().splitlines()) == 5


def test_a_log_gets_a_line_a_minute_at_most(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr("crisis_abm.cli.progress.time.monotonic", lambda: now[0])
    watch, lines = Sweeping("Sweeping", "runs"), []
    watch.tell(0, 1000)
    for second in range(1, 301):
        now[0] = second
        watch.tell(2 * max(0, second - 100), 1000)  # a hundred seconds until the first are there
        watch.look()
        if told := capsys.readouterr().err:
            lines.append((second, told.strip()))
    assert [when for when, _ in lines] == [1, 61, 121, 181, 241]
    assert [told for _, told in lines][:2] == ["Sweeping …", "Sweeping: 0 of 1000 runs"]
    assert lines[-1][1] == "Sweeping: 282 of 1000 runs, 2 a second, about 5 min 59 s left"
    now[0] = 1000
    watch.tell(1000, 1000)
    watch.look()
    assert capsys.readouterr().err == ""
