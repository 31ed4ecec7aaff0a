"""The command `analyse`: what it says, what it keeps, and what it refuses in one line."""

import json
import os
import shutil
from pathlib import Path

import pandas
import pytest

from crisis_abm.experiment import Experiment
from crisis_abm.experiment.runner import sweep
from crisis_abm.experiment.store.manifest import FORMAT
from crisis_abm.runs import bundle
from crisis_abm.runs.chunks import here
from tests.cli.small import invoke
from tests.experiment import networks

pytestmark = pytest.mark.usefixtures("unpainted")
CAPACITY, END = "kinds.supplier.capacity", "events[0].end"


def three_settings() -> Experiment:
    """Twenty-four states of a short shock under three settings, in three crises."""
    return Experiment.from_dict(
        {
            "title": "A short shock",
            "scenario": "local_shock",
            "replicates": 3,
            "constants": {"time.steps": 32},
            "uncertainties": {CAPACITY: {"low": 8, "high": 20}, END: {"low": 22, "high": 30}},
            "levers": {"policy": ["siloed", "reciprocal", "agenda=1"]},
            "outcomes": {"harm": "less", "failed": "less", "stock_lent": "neither"},
            "design": {"method": "latin_hypercube", "samples": 24},
        }
    )


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A finished sweep that no test may change."""
    folder = tmp_path_factory.mktemp("analyse") / "sweep"
    sweep(three_settings(), folder, deal=here)
    return folder


@pytest.fixture(scope="module")
def analysed(swept):
    """What the plainest command said."""
    answer = invoke("analyse", swept)
    assert answer.exit_code == 0, answer.output
    return answer


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    """Half of the sweep."""
    folder = tmp_path_factory.mktemp("part") / "sweep"
    sweep(three_settings(), folder, shard=(1, 2), deal=here)
    return folder


def one_line(answer, told):
    """It was refused in one line that says this."""
    assert answer.exit_code == 2, answer.output
    assert answer.stdout == ""
    lines = answer.stderr.splitlines()
    (line,) = (line for line in lines if line != "Analysing …")  # told where it takes a second
    assert told in line


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_finding_comes_before_everything_else(analysed, swept):
    lines = " ".join(analysed.stdout.split())
    assert lines.startswith("A short shock 216 runs of “Local shock")
    for title in (
        "Outcomes",
        "Where it helps and where it harms",
        "Scenario discovery",
        "How many replicates are enough",
        "What these runs cannot tell",
    ):
        assert title in lines
    assert analysed.stdout.splitlines()[-1] == f"  {swept / 'analysis' / 'report.html'}"


def test_every_figure_has_its_numbers_beside_it(analysed, swept):
    files = os.listdir(swept / "analysis")
    pictures = [name.removesuffix(".png") for name in files if name.endswith(".png")]
    assert len(pictures) >= 5
    for name in pictures:
        assert f"{name}.svg" in files
        assert len(pandas.read_csv(swept / "analysis" / f"{name}.csv")) > 0
    manifest = json.loads((swept / "analysis" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["files"] == sorted(files)
    assert manifest["arguments"]["runs"] == {"ok": 216}


def test_a_report_beside_the_runs_does_not_disturb_their_sweep(analysed, swept):
    answer = invoke("sweep", swept / "experiment.toml", "--out", swept, "--json")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["run_now"] == 0


def test_what_the_report_keeps_is_enough_to_sweep_again(analysed, swept):
    again = Experiment.load(swept / "analysis" / "experiment.toml")
    assert again.fingerprint() == three_settings().fingerprint()


def test_reproduce_says_that_the_runs_lie_elsewhere(analysed, swept):
    one_line(invoke("reproduce", swept / "analysis"), "reports on runs that it does not hold")


def test_what_is_asked_for_is_what_is_answered(swept, tmp_path):
    words = ("--outcome", "failed,harm", "--against", "agenda=1", "--setting", "siloed")
    answer = invoke(
        *("analyse", swept, *words, "--over", f"{END},{CAPACITY}"),
        *("--out", tmp_path / "report", "--json"),
    )
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    assert told["runs"] == 216 and told["statuses"] == {"ok": 216}
    assert told["bundle"] == str(tmp_path / "report")
    sections = {one["name"]: one for one in told["sections"]}
    means = sections["outcomes"]["tables"]["outcomes"]["columns"]
    assert set(means["outcome"]) == {"Failed", "Harm in all"}
    assert means["setting"][0] == "agenda=1"
    for outcome in ("failed", "harm"):
        section = sections[f"regimes_{outcome}"]
        assert section["words"][0].startswith(f"Siloed against agenda=1, over {END} from 22")
        assert list(section["pictures"]) == [f"regimes_{outcome}"]
        assert (tmp_path / "report" / f"regimes_{outcome}.svg").exists()
    assert not any("reciprocal" in text for text in sections["regimes_harm"]["words"])
    assert "siloed is worse than agenda=1 by" in sections["discovery_harm"]["words"][0]


def test_half_a_sweep_says_what_is_missing(part):
    answer = invoke("analyse", part, "--json")
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    assert told["statuses"] == {"ok": 108, "missing": 108}
    page = (part / "analysis" / "report.html").read_text(encoding="utf-8")
    assert "108 not run yet" in " ".join(page.split())


def test_help_shows_commands_that_can_be_copied(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    answer = invoke("analyse", "--help")
    assert answer.exit_code == 0
    assert "Example: crisis-abm analyse runs/spare" in answer.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--outcome", "harms"), 'does not record outcome "harms"; choose of harm'),
        (("--against", "recip"), 'no setting is called "recip"'),
        (("--setting", "both"), 'no setting is called "both"'),
        (("--over", f"{CAPACITY},behaviour.hoarding"), "behaviour.hoarding does not differ"),
        (("--outcome", "stock_lent", "--over", f"{CAPACITY},{END}"), "no outcome is better"),
        (("--against", "siloed", "--setting", "siloed"), "siloed is not held against itself"),
    ],
)
def test_what_a_sweep_does_not_have_is_one_line_and_leaves_nothing(swept, tmp_path, words, told):
    one_line(invoke("analyse", swept, *words, "--out", tmp_path / "new" / "report"), told)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    "words", [("--over", CAPACITY), ("--over", "a,b,c"), ("--outcome", "harm,,failed")]
)
def test_lists_that_are_none_are_refused(swept, tmp_path, words):
    answer = invoke("analyse", swept, *words, "--out", tmp_path / "report")
    assert answer.exit_code == 2 and words[0] in answer.stderr
    assert left(tmp_path) == []


def test_what_is_no_sweep_is_one_line(tmp_path, analysed, swept):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    one_line(invoke("analyse", tmp_path / "nothing"), "there is no such folder")
    one_line(invoke("analyse", tmp_path / "empty"), "is no sweep (no manifest.json)")
    one_line(invoke("analyse", tmp_path / "file"), "there is no such folder")
    one_line(invoke("analyse", swept / "analysis"), "is no sweep that can be used")
    assert left(tmp_path) == ["empty", "file"]


@pytest.fixture
def copied(part, tmp_path):
    """Half of the sweep, to be spoilt."""
    folder = tmp_path / "sweep"
    shutil.copytree(part, folder, ignore=shutil.ignore_patterns("analysis"))
    return folder


def changed(path: Path, before: str, now: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, now), encoding="utf-8")


def a_newer_format(folder):
    changed(folder / "manifest.json", f'"format": {FORMAT}', f'"format": {FORMAT + 1}')


def half_a_manifest(folder):
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    (folder / "manifest.json").write_text(text[: len(text) // 2], encoding="utf-8")


def another_experiment(folder):
    changed(folder / "experiment.toml", "replicates = 3", "replicates = 4")


def another_scenario(folder):
    changed(folder / "scenario.toml", "steps = ", "steps = 1")


def no_run(folder):
    for path in (folder / "runs").iterdir():
        path.unlink()


def half_a_file(folder):
    path = next((folder / "runs").iterdir())
    path.write_bytes(path.read_bytes()[:-1])


def no_runs_folder(folder):
    shutil.rmtree(folder / "runs")


def no_experiment(folder):
    (folder / "experiment.toml").unlink()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (a_newer_format, "is no sweep that can be used"),
        (half_a_manifest, "is damaged"),
        (another_experiment, "is not the experiment that was run"),
        (another_scenario, "is not the experiment that was run"),
        (no_run, "holds no run yet"),
        (no_runs_folder, "runs"),
        (no_experiment, "experiment.toml"),
        (half_a_file, "is damaged; run its sweep again, which mends it"),
    ],
)
def test_a_spoilt_sweep_is_one_line_and_gets_no_report(copied, spoil, told):
    spoil(copied)
    before = left(copied)
    one_line(invoke("analyse", copied), told)
    assert left(copied) == before


def test_a_folder_with_something_else_is_not_replaced(swept, tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    one_line(invoke("analyse", swept, "--out", tmp_path), "holds files that are no run bundle")
    assert left(tmp_path) == ["notes.txt"]


def test_a_full_disk_keeps_the_report_that_was_there(analysed, swept, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    report = swept / "analysis"
    before = {path.name: path.read_bytes() for path in report.iterdir()}
    monkeypatch.setattr(bundle, "_write_manifest", full)
    answer = invoke("analyse", swept)
    assert answer.exit_code == 2 and answer.stdout == ""
    told = f"{report}: cannot be written or read (No space left on device); nothing was written"
    assert answer.stderr.splitlines()[-1] == told
    assert {path.name: path.read_bytes() for path in report.iterdir()} == before
    assert not [name for name in os.listdir(swept) if name.startswith(".analysis")]


def test_the_report_of_networks_needs_no_other_folder(tmp_path):
    experiment = Experiment.load(networks.written(tmp_path / "own"))
    kept, report = tmp_path / "own" / "kept", tmp_path / "report"
    sweep(experiment, kept, deal=here)
    for _ in range(2):  # the second one replaces the first
        answer = invoke("analyse", kept, "--out", report)
        assert answer.exit_code == 0, answer.output
    shutil.rmtree(tmp_path / "own")
    again = Experiment.load(report / "experiment.toml")
    assert again.fingerprint() == experiment.fingerprint()
