"""What computed a result: this program's sources, the libraries, the system, the commit.

A version is a name that somebody gave; sources that are edited keep it. So what a run's figures
hang on is said by hashes of the sources besides: `engine` of what is compiled, `model` of all that
makes a run out of a scenario. Two results are of one model if these are the same (`COMPUTING`),
whatever commit they stand in. `differences` says in words where two machines would not compute the
same bits.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import crisis_abm
from crisis_abm.compiled import source_hash

COMPUTING = ("crisis_abm", "model", "engine", "numpy", "numba", "llvmlite")
"""What the figures of a run hang on; the rest bears on statistics, designs, files and graphs."""

_LIBRARIES = ["numpy", "numba", "llvmlite", "scipy", "SALib", "networkx", "pandas", "pyarrow"]
_LIBRARIES += ["openpyxl", "mesa"]
# From a scenario to the outcomes of a run; what is read, shown or analysed is not among them.
_MODEL = ["streams.py", "compiled.py", "outcomes.py", "scenario", "tables", "engine"]
_MODEL += ["runs/prepared.py", "experiment/design/setting.py", "experiment/design/factors.py"]
PATIENCE = 5.0  # seconds for the version control to answer
Tuning = Mapping[str, str]


def versions() -> dict[str, str]:
    """What a result may depend on, by name: this program, Python, libraries, the system's parts."""
    from llvmlite.binding import get_host_cpu_name

    found = {"crisis_abm": crisis_abm.__version__, "model": _model_hash(), "engine": source_hash()}
    found["python"] = platform.python_version()
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    libc = " ".join(platform.libc_ver()).strip()
    found["libc"] = libc or platform.system()  # whose exponentials and logarithms Python takes
    found["processor"] = str(get_host_cpu_name())  # which ways of computing numpy chooses by
    return found


@cache
def versions_here() -> dict[str, str]:
    """As `versions`, when a process first asked: what it has loaded stays as it is."""
    return versions()


def computing(versions: Mapping[str, str]) -> dict[str, str]:
    """Of all versions those that figures hang on, as far as they are known."""
    return {name: versions[name] for name in COMPUTING if name in versions}


def _model_hash() -> str:
    """Hash of every source, and of the built-in figures, that a run's outcomes come from."""
    here, digest = Path(crisis_abm.__file__).parent, hashlib.blake2b(digest_size=8)
    for name in _MODEL:
        place = here / name
        inside = [one for one in place.rglob("*") if one.suffix in (".py", ".toml")]
        for path in sorted(inside) or [place]:
            digest.update(path.relative_to(here).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()


def machine() -> str:
    """System and processor; nothing that names this machine."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"


@cache
def commit() -> str | None:
    """The commit whose sources these are, and whether they have been changed since.

    None where they are under no version control, or are not what is under it.
    """
    here = Path(crisis_abm.__file__).parent
    if _asked(here, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    found, changes = _asked(here, "rev-parse", "HEAD"), _asked(here, "status", "--porcelain", ".")
    if not found or changes is None:
        return None
    return f"{found}, changed" if changes else found


def _asked(folder: Path, *words: str) -> str | None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        answer = subprocess.run(
            ["git", *words],
            cwd=folder,
            env={**own, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.decode(errors="replace").strip() if answer.returncode == 0 else None


def tuning() -> Tuning:
    """What a figure may depend on, and what is needed to understand each other, of this process.

    Of Python only the series (3.12) counts, as for packages.
    """
    present = versions_here()
    found = computing(present)
    found["python"] = present["python"].rpartition(".")[0]
    found["distributed"] = version("distributed")
    found["processor"] = platform.machine()
    return found


def differences(here: Tuning, there: Tuning) -> str:
    """What is not the same, in words; empty if nothing.

    >>> differences({"numpy": "2.4.6", "numba": "0.68.1"}, {"numpy": "2.5.5", "numba": "0.68.1"})
    'numpy is 2.5.5 there and 2.4.6 here'
    >>> differences({"numpy": "2.4.6"}, {"numpy": "2.4.6"})
    ''
    """
    return ", ".join(
        f"{name} is {there.get(name, 'missing')} there and {here.get(name, 'missing')} here"
        for name in dict.fromkeys([*here, *there])
        if here.get(name) != there.get(name)
    )
