"""What computed a result is said by what it is made of, not by what it is called."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import crisis_abm
from crisis_abm.runs import provenance
from crisis_abm.runs.provenance import COMPUTING, commit, computing, versions


def test_everything_that_bears_on_a_figure_is_named():
    found = versions()
    assert set(COMPUTING) < found.keys() and computing(found).keys() == set(COMPUTING)
    assert {"scipy", "SALib", "networkx", "python", "libc", "processor"} < found.keys()
    assert "not installed" not in found.values() and all(found.values())
    assert computing({"engine": "1", "scipy": "2"}) == {"engine": "1"}  # as a manifest has it


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The package's sources elsewhere."""
    own, there = Path(crisis_abm.__file__).parent, tmp_path / "crisis_abm"
    shutil.copytree(
        own, there, ignore=shutil.ignore_patterns("dashboard", "__pycache__", "library")
    )
    monkeypatch.setattr(crisis_abm, "__file__", str(there / "__init__.py"))
    commit.cache_clear()
    yield there
    commit.cache_clear()


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("scenario/builtin.toml", True),
        ("scenario/recipes.py", True),
        ("engine/phases/aid.py", True),
        ("tables/build.py", True),
        ("outcomes.py", True),
        ("runs/prepared.py", True),
        ("experiment/design/setting.py", True),
        ("report/words.py", False),
        ("cli/progress.py", False),
    ],
)
def test_a_model_is_another_when_a_source_of_its_outcomes_is(copied, name, counts):
    before = versions()["model"]
    with (copied / name).open("a") as file:
        file.write("# 1\n")
    assert (versions()["model"] != before) is counts


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_commit_is_that_of_the_sources_and_of_nothing_around_them(copied):
    def git(*words):
        own = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *own, *words], cwd=copied.parent, check=True, capture_output=True)

    assert commit() is None  # no version control
    git("init")
    (copied.parent / "notes").touch()
    git("add", "notes")
    git("commit", "-m", "somebody else's project, in which this is installed")
    commit.cache_clear()
    assert commit() is None
    git("add", "crisis_abm")
    git("commit", "-m", "its own")
    commit.cache_clear()
    found = commit()
    assert found is not None and len(found) == 40
    (copied / "outcomes.py").write_text("")
    commit.cache_clear()
    assert commit() == f"{found}, changed"


def test_without_version_control_there_is_no_commit(copied, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert commit() is None
    assert provenance.machine()
