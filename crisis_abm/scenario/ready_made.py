"""The scenarios that are shipped with the package, and those that lie in a folder."""

from __future__ import annotations

from pathlib import Path

from crisis_abm.scenario.load import parse_text, read_text
from crisis_abm.scenario.problems import Problem, ScenarioError

__all__ = ["ready_made_scenarios", "scenario_file", "scenarios_in", "shipped"]

MOST_FILES = 200  # of a folder that are looked into
LARGEST = 1_000_000  # bytes: a larger file is not read only to say what it is
WHO = ("organisations", "groups", "tables")  # a scenario has one of them


def ready_made_scenarios() -> dict[str, Path]:
    """The files of the ready-made scenarios by name.

    Examples
    --------
    >>> from crisis_abm import Scenario
    >>> Scenario.load(ready_made_scenarios()["local_shock"]).title
    'Local shock: a town loses its suppliers'
    """
    return shipped("scenarios")


def shipped(folder: str) -> dict[str, Path]:
    """The TOML files that came with the package in this folder, by name.

    Parameters
    ----------
    folder : {"scenarios", "experiments"}
        Installed, it lies inside the package; in a checkout, beside it.
    """
    package = Path(__file__).parents[1]
    inside = package / "library" / folder
    library = inside if inside.is_dir() else package.parent / folder
    return {path.stem: path for path in sorted(library.glob("*.toml"))}


def scenario_file(named: str | Path) -> Path:
    """The file that somebody means: a path, with or without ``.toml``, or a ready-made one's name.

    A file goes before a ready-made scenario of the same name.

    Raises
    ------
    ScenarioError
        If there is neither, with what may have been meant.
    """
    path, known = Path(named), ready_made_scenarios()
    if path.exists():
        return path
    if (beside := path.with_name(path.name + ".toml")).is_file():
        return beside
    if (name := str(named).removesuffix(".toml")) in known:
        return known[name]
    remedy = _near(path, list(known))
    raise ScenarioError(Problem(str(named), "", message="there is no such file", remedy=remedy))


def _near(path: Path, known: list[str]) -> str:
    """What somebody may have meant who named a file that does not exist."""
    from difflib import get_close_matches

    folder = path.parent
    beside = [entry.name for entry in folder.glob("*.toml")][:1000] if folder.is_dir() else []
    stems = {name.removesuffix(".toml"): name for name in beside}
    close = get_close_matches(path.stem, [*stems, *known], n=3, cutoff=0.5)
    if close:
        shown = (str(folder / stems[name]) if name in stems else name for name in close)
        return "did you mean " + " or ".join(dict.fromkeys(f'"{name}"' for name in shown)) + "?"
    return f"ready-made scenarios: {', '.join(known) or 'none'}; or write one: crisis-abm new NAME"


def scenarios_in(folder: Path) -> list[str]:
    """Names of the files in a folder that read like a scenario; not experiments, nor settings."""
    return [path.name for path in sorted(folder.glob("*.toml"))[:MOST_FILES] if _is_scenario(path)]


def _is_scenario(path: Path) -> bool:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return False
        data = parse_text(read_text(path, LARGEST), path.name)
    except (OSError, ScenarioError):
        return False
    return "title" in data and any(name in data for name in WHO)
