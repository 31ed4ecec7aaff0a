"""The scenarios that are shipped with the package, and those that lie in a folder."""

from __future__ import annotations

import tomllib
from pathlib import Path

__all__ = ["ready_made_scenarios", "scenarios_in", "shipped"]

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


def scenarios_in(folder: Path) -> list[str]:
    """Names of the files in a folder that read like a scenario; not experiments, nor settings."""
    return [path.name for path in sorted(folder.glob("*.toml"))[:MOST_FILES] if _is_scenario(path)]


def _is_scenario(path: Path) -> bool:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return False
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return False
    return "title" in data and any(name in data for name in WHO)
