"""Reading a scenario file: which one is meant, its text, its plain data; nothing is ever executed.

What is too large is refused before it is read, what is nested too deeply before it is taken in.

A name says where a file lies, not what is in it. Whoever makes many scenarios out of one, under
names of tables that differ, reads each file once (`KeptFiles`): however long it goes on, wherever
it is sent to, a name stands for the same content.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crisis_abm.scenario.problems import NOTHING, Problem, ScenarioError, nearest

LARGEST_FILE = 20_000_000
"""Bytes of a scenario file; a million organisations belong in a table, not in TOML."""

DEEPEST = 20
"""Levels of tables in tables; the schema has eight."""

MOST_HEADINGS = 500_000
"""Headings and dotted parts of keys: the reader of TOML takes more than a kilobyte for each."""

_PART = r"""(?:[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?:^|[\[{{,])[ \t]*(?:{_PART}[ \t]*\.[ \t]*){{40}}", re.MULTILINE)
_HEADING = re.compile(rf"^[ \t]*\[|\.[ \t]*{_PART}[ \t]*(?=[.=\]])", re.MULTILINE)
_AT = re.compile(r"\s*\((at line (\d+), column (\d+)|at end of document)\)")


@dataclass(frozen=True)
class KeptFile:
    """A file as it was when it was read before; see `KeptFiles`."""

    name: str
    content: bytes


def read_bytes(path: Path | KeptFile, largest: int, called: str | None = None) -> bytes:
    """The bytes of a regular file of at most `largest` bytes.

    Raises
    ------
    ScenarioError
        If it cannot be read, is not a file, or is too large.
    """
    if isinstance(path, KeptFile):
        if len(path.content) <= largest:
            return path.content
        raise ScenarioError(_too_large(called or path.name, len(path.content), largest))
    shown = called or str(path)
    try:
        if not path.exists():
            raise ScenarioError(_no_file(path, shown))
        if not path.is_file():
            problem = Problem(shown, "", NOTHING, "is not a file", "name a file")
            raise ScenarioError(problem)
        size = path.stat().st_size
        if size <= largest:
            with path.open("rb") as file:
                content = file.read(largest + 1)
            size = max(size, len(content))
            if size <= largest:
                return content
    except OSError as error:
        reason = error.strerror or str(error)
        problem = Problem(shown, "", NOTHING, f"cannot be read ({reason})", "check the permissions")
        raise ScenarioError(problem) from None
    raise ScenarioError(_too_large(shown, size, largest))


def _too_large(shown: str, size: int, largest: int) -> Problem:
    message = f"is too large: {size / 1e6:,.1f} MB, at most {largest / 1e6:,.0f} MB are read"
    remedy = "put many organisations into a table ([tables]) or a group ([[groups]])"
    return Problem(shown, "", NOTHING, message, remedy)


def _no_file(path: Path, shown: str) -> Problem:
    from difflib import get_close_matches

    folder = path.parent
    beside = [p.name for p in folder.iterdir()][:1000] if folder.is_dir() else []
    close = get_close_matches(path.name, beside, n=1)
    remedy = f'did you mean "{close[0]}"?' if close else "check the name and the folder"
    return Problem(shown, "", NOTHING, "there is no such file", remedy)


def read_text(path: Path | KeptFile, largest: int, called: str | None = None) -> str:
    """The text of a UTF-8 file (a byte-order mark is dropped).

    Raises
    ------
    ScenarioError
        As `read_bytes`, or if it is not UTF-8.
    """
    content = read_bytes(path, largest, called)
    shown = called or (path.name if isinstance(path, KeptFile) else str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(
            shown, f"line {line}", NOTHING, "is not UTF-8 text", "save the file as UTF-8", line
        )
        raise ScenarioError(problem) from None


def parse_text(text: str, source: str) -> dict[str, Any]:
    """The plain data of a TOML text.

    Raises
    ------
    ScenarioError
        With line and column if the TOML is broken; also if it is too long or nested too deeply.
    """
    if len(text) > LARGEST_FILE:
        message = f"is too large: {len(text) / 1e6:,.1f} million characters"
        raise ScenarioError(Problem(source, "", NOTHING, message, "put organisations into a table"))
    too_deep = _too_deep(source)
    if _LONG_KEY.search(text):
        raise ScenarioError(too_deep)
    headings = sum(1 for _ in _HEADING.finditer(text)) if len(text) > MOST_HEADINGS else 0
    if headings > MOST_HEADINGS:
        message = f"has {headings:,} headings and dotted keys; at most {MOST_HEADINGS:,} are read"
        raise ScenarioError(Problem(source, "", NOTHING, message, "put organisations into a table"))
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(_broken(str(error), text, source)) from None
    except RecursionError:
        raise ScenarioError(too_deep) from None
    except ValueError as error:  # an integer of thousands of digits, a date that is none
        remedy = "look for a number or date gone wrong"
        message = f"is not valid TOML: {error}"
        raise ScenarioError(Problem(source, "", NOTHING, message, remedy)) from None
    refuse_too_deep(data, source)
    return data


def refuse_too_deep(data: Any, source: str) -> None:
    """Refuse tables in tables in tables, which no scenario has, before anybody walks down them.

    Raises
    ------
    ScenarioError
    """
    if _depth_above(data, DEEPEST):
        raise ScenarioError(_too_deep(source))


def _too_deep(source: str) -> Problem:
    message = f"is nested too deeply: more than {DEEPEST} levels"
    remedy = "a scenario needs eight; look for brackets or dots gone wrong"
    return Problem(source, "", NOTHING, message, remedy)


def _broken(error: str, text: str, source: str) -> Problem:
    match = _AT.search(error)
    message = "is not valid TOML: " + _AT.sub("", error)
    if match and match[2]:
        line, column = int(match[2]), int(match[3])
    else:
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    lines = text.splitlines()
    written = lines[line - 1].strip() if 0 < line <= len(lines) else NOTHING
    remedy = "check quotes, brackets and the = sign there and on the line before"
    if "overwrite" in error or "Cannot declare" in error or "twice" in error:
        remedy = "a key or heading may stand only once; several of a kind need [[ ]]"
    return Problem(source, f"line {line}, column {column}", written, message, remedy, line)


def _depth_above(data: Any, limit: int) -> bool:
    level: list[Any] = [data]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


LARGEST_KEPT = 200_000_000  # bytes of a file; each kind of table has a limit of its own below that


class KeptFiles:
    """Contents of files by the name that a scenario calls them by.

    Parameters
    ----------
    places : mapping of str to Path
        Where files lie that are not to be looked for beside the scenario.

    Attributes
    ----------
    contents : dict of str to bytes
        Of the files that were read.
    """

    def __init__(self, places: Mapping[str, Path] | None = None) -> None:
        self.places = dict(places or {})
        self.contents: dict[str, bytes] = {}

    def file(self, name: str, find: Callable[[], Path]) -> KeptFile:
        """A file by its name, read if it was not before.

        Parameters
        ----------
        name : str
            As the scenario calls it.
        find : callable
            Gives its path, if `places` does not.

        Raises
        ------
        ScenarioError
        """
        if name not in self.contents:
            path = self.places[name] if name in self.places else find()
            self.contents[name] = read_bytes(path, LARGEST_KEPT, name)
        return KeptFile(name, self.contents[name])


MOST_FILES = 200  # of a folder that are looked into
LARGEST_LOOKED_INTO = 1_000_000  # bytes: a larger file is not read only to say what it is
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
    package = Path(__file__).parents[2]
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


def scenario_beside(name: str, folder: Path | None, source: str, what: str) -> Path:
    """The file of a scenario that another file names: relative to it, or a ready-made one's name.

    Parameters
    ----------
    name : str
    folder : Path or None
        Of the file that names it.
    source : str
        What that file is called; it is not itself the scenario, if it has the same name.
    what : str
        What it is: an experiment, an exercise.

    Raises
    ------
    ScenarioError
        If there is none, with those there are.
    """
    path, known = (folder or Path()) / name, ready_made_scenarios()
    for tried in (path, path.with_name(path.name + ".toml") if path.name else path):
        with contextlib.suppress(OSError):  # a name too long for the system is no file's
            if tried.is_file() and tried != Path(source):
                return tried
    if name.removesuffix(".toml") in known:
        return known[name.removesuffix(".toml")]
    message = f"there is no such scenario, neither beside the {what} nor among the ready-made"
    remedy = nearest(name, [*known, *scenarios_in(path.parent)], "there are")
    raise ScenarioError(Problem(source, "scenario", name, message, remedy))


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
        if not path.is_file() or path.stat().st_size > LARGEST_LOOKED_INTO:
            return False
        data = parse_text(read_text(path, LARGEST_LOOKED_INTO), path.name)
    except (OSError, ScenarioError):
        return False
    return "title" in data and any(name in data for name in WHO)
