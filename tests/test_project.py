"""The project itself: what an installation holds, what is pinned, what loads what."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import crisis_abm

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def loaded_after(code: str) -> set[str]:
    """Top-level names of the modules that a new Python has loaded after running `code`."""
    show = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    answer = subprocess.run(
        [sys.executable, "-c", f"{code}\n{show}"], cwd=ROOT, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.splitlines()[-1].split())


# --- what loads what -----------------------------------------------------------------------------


@pytest.mark.smoke
def test_help_loads_nothing_slow():
    code = """
import sys
from crisis_abm.cli import main
sys.argv = ["crisis-abm", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
    slow = {"mesa", "numba", "pandas", "pyarrow", "scipy", "matplotlib", "networkx", "SALib"}
    assert not loaded_after(code) & slow


@pytest.mark.parametrize("module", ["tables", "engine", "runs"])
def test_core_loads_neither_mesa_nor_a_face(module):
    loaded = loaded_after(f"import crisis_abm.{module}")
    assert not loaded & {"mesa", "matplotlib", "typer", "rich"}


# --- what an installation holds ------------------------------------------------------------------


@pytest.mark.smoke
def test_version_is_the_declared_one():
    assert re.fullmatch(r"\d+\.\d+\.\d+", crisis_abm.__version__)
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert f"## [{crisis_abm.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"version: {crisis_abm.__version__}" in (ROOT / "CITATION.cff").read_text("utf-8")


SHIPPED = ("scenarios", "scenarios/exercises", "experiments")
ASK = """
import sys
from crisis_abm.exercise.exercise import ready_made_exercises
from crisis_abm.experiment.experiment import ready_made_experiments
from crisis_abm.scenario import ready_made_scenarios
there = (ready_made_scenarios(), ready_made_experiments(), ready_made_exercises())
print(*sorted({str(file) for known in there for file in known.values()}), sep="\\n")
"""
LONGEST_INSIDE = 80  # letters of a path; Windows takes 260 with the folder it is installed in


def shipped_files() -> set[str]:
    files = (file for name in SHIPPED for file in (ROOT / name).iterdir() if file.is_file())
    return {file.relative_to(ROOT).as_posix() for file in files}


@pytest.mark.smoke
def test_checkout_finds_what_is_ready_made_beside_the_package():
    found = subprocess.check_output([sys.executable, "-c", ASK], cwd=ROOT, text=True).splitlines()
    assert set(found) == {str(ROOT / file) for file in shipped_files()}


def test_no_file_of_the_project_is_a_link():
    """A checkout on Windows has no links: they become files that hold the name of another."""
    assert [file for file in project_files() if file.is_symlink()] == []
    folders = [path for name in ("crisis_abm", *SHIPPED) for path in (ROOT / name).rglob("*")]
    assert [path for path in folders if path.is_symlink()] == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """What an installation gets, opened."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (file,) = place.glob("*.whl")
    with zipfile.ZipFile(file) as opened:
        opened.extractall(place)
    file.unlink()
    return place


def test_wheel_holds_the_package_and_what_is_ready_made(wheel):
    assert {path.name.partition("-")[0] for path in wheel.iterdir()} == {"crisis_abm"}
    inside = {f.relative_to(wheel).as_posix() for f in wheel.rglob("*") if f.is_file()}
    assert {f"crisis_abm/library/{file}" for file in shipped_files()} <= inside
    package = [f for f in (ROOT / "crisis_abm").rglob("*") if "__pycache__" not in f.parts]
    assert {f.relative_to(ROOT).as_posix() for f in package if f.is_file()} <= inside
    assert max(map(len, inside)) <= LONGEST_INSIDE


def test_an_installation_finds_what_is_ready_made(wheel, tmp_path):
    found = subprocess.check_output(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(wheel)},
        text=True,
    ).splitlines()
    library = wheel / "crisis_abm" / "library"
    assert set(found) == {str(library / file) for file in shipped_files()}
    for file in shipped_files():
        assert (library / file).read_bytes() == (ROOT / file).read_bytes()


# --- what is pinned ------------------------------------------------------------------------------


def test_constraints_are_names_versions_and_python_markers():
    pinned = re.compile(
        r"[a-z0-9]+(-[a-z0-9]+)*==[0-9][0-9a-z.]*( ; python_version (<|>=) \"3\.\d+\")?"
    )
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not pinned.fullmatch(line)] == []
    assert len(pins) == len(set(pins))


def test_everything_declared_is_pinned():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0] for line in lines if not line.startswith("#")}
    groups = PROJECT["project"]["optional-dependencies"].values()
    declared = [*PROJECT["project"]["dependencies"], *(need for group in groups for need in group)]
    names = {re.match(r"[\w-]+", need)[0].lower() for need in declared}
    assert names - pinned == set()


# --- what no file may name -----------------------------------------------------------------------

MACHINE = re.compile(r"(^|[^A-Za-z0-9_.:/-])/(home|root|work|tmp|opt|Users)/[A-Za-z]", re.MULTILINE)
REGISTRY = re.compile(
    r"\b(pypi|pythonhosted|npmjs|yarnpkg)[.](org|com)\b|\b(extra-)?index[-]url\b|\bfind[-]links\b"
)


def project_files() -> list[Path]:
    """Return every file that belongs to the project, also where there is no git to ask."""
    folders = [".ci", "benchmarks", "crisis_abm", "docs", "experiments", "scenarios", "tests"]
    files = [file for file in ROOT.iterdir() if file.is_file() and file.name != ".git"]
    files += [file for folder in folders for file in (ROOT / folder).rglob("*") if file.is_file()]
    return [file for file in files if "__pycache__" not in file.parts]


def test_no_file_names_a_machine_or_a_registry():
    found = []
    for file in project_files():
        text = file.read_bytes().decode("utf-8", errors="replace")
        found += [
            f"{file.relative_to(ROOT)}: {hit[0].strip()}"
            for forbidden in (MACHINE, REGISTRY)
            for hit in forbidden.finditer(text)
        ]
    assert found == []
