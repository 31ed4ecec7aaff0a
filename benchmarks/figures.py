"""What was measured, when and on what, kept as a file so that the page can be written from it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

__all__ = ["KEPT", "Circumstances", "Figures", "Row", "keep", "kept"]

ROOT = Path(__file__).parents[1]
KEPT = Path(__file__).parent / "measured"  # a file for each group of rows that is measured together


@dataclass(frozen=True)
class Row:
    """One line of the table: what, asked, measured, met."""

    what: str
    asked: str
    measured: str
    met: bool


@dataclass(frozen=True)
class Circumstances:
    """When and on what something was measured.

    Attributes
    ----------
    day : str
    commit : str
        With "changed" if the code was not that commit's.
    system : str
    load : float
        How many cores were busy on average in the minute before: 0 on a quiet machine.
    """

    day: str
    commit: str
    system: str
    load: float

    @classmethod
    def now(cls) -> Circumstances:
        """To be called before anything is measured."""
        versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "mesa"))
        system = (
            f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python "
            f"{platform.python_version()}, {versions}"
        )
        return cls(date.today().isoformat(), _commit(), system, round(os.getloadavg()[0], 2))

    def __str__(self) -> str:
        return (
            f"{self.system}; {self.day}, commit {self.commit}; load of the machine in the minute "
            f"before: {self.load:g}."
        )


@dataclass(frozen=True)
class Figures:
    """Rows that were measured in one run."""

    circumstances: Circumstances
    rows: list[Row]


def keep(name: str, figures: Figures, folder: Path = KEPT) -> Path:
    """Write figures to the file of their group, in place of what it held."""
    path = folder / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(asdict(figures), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def kept(name: str, folder: Path = KEPT) -> Figures | None:
    """Figures of a group as they were last measured; None if they never were.

    Raises
    ------
    ValueError
        If the file is not what `keep` writes.
    """
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        rows = [Row(**row) for row in data["rows"]]
        return Figures(Circumstances(**data["circumstances"]), rows)
    except (ValueError, KeyError, TypeError) as error:
        remedy = "delete it and measure again"
        raise ValueError(f"{path}: holds no figures ({error}); {remedy}") from error


def _commit() -> str:
    try:
        commit = _git("rev-parse", "--short", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", "*.py")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}, changed" if changed else commit


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
