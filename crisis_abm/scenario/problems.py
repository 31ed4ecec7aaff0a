"""What is wrong with a scenario, said so that the person who wrote it can mend it.

A check never stops at the first fault: it collects :class:`Problem` objects, and whoever asked for
the scenario gets one :class:`ScenarioError` holding all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

__all__ = ["NOTHING", "Problem", "ScenarioError", "nearest"]


class _Nothing:
    """The value of a problem that has none (a missing key); also survives pickling."""

    def __repr__(self) -> str:
        return "nothing"

    def __reduce__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()

_LONGEST_VALUE = 80


@dataclass(frozen=True)
class Problem:
    """One fault of one scenario.

    Parameters
    ----------
    file : str
        The file it stands in, as the user named it.
    place : str
        Where in the file: a dotted path (``kinds.hospital.needs.ppe.use``,
        ``organisations[3].capacity``), or a row and column of a table.
    value : object
        What stands there; `NOTHING` if nothing does.
    message : str
        What is wrong with it.
    remedy : str
        What to do about it.
    line : int, optional
        Line of the file, counted from 1, where known.
    """

    file: str
    place: str
    value: Any = NOTHING
    message: str = ""
    remedy: str = ""
    line: int | None = None

    def __str__(self) -> str:
        told = self.line is None or self.place.startswith("line ")
        where = self.file if told else f"{self.file}:{self.line}"
        what = self.place
        if not isinstance(self.value, _Nothing):
            what = f"{what} = {_shown(self.value)}" if what else _shown(self.value)
        sentence = "; ".join(part for part in (self.message, self.remedy) if part)
        line = ": ".join(part for part in (where, what, sentence) if part)
        return " ".join(line.splitlines())  # one problem, one line


class ScenarioError(Exception):
    """A scenario cannot be used; `problems` says why, every reason at once.

    Parameters
    ----------
    problems : Problem or iterable of Problem
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        listed: Sequence[Problem]
        listed = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__(listed)
        self.problems: list[Problem] = list(listed)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def nearest(word: str, known: Iterable[str], what: str = "known here") -> str:
    """A remedy for a misspelt name: the nearest known one, or the list of what is known.

    >>> nearest("hospitl", ["hospital", "school"])
    'did you mean "hospital"?'
    >>> nearest("xyz", ["hospital", "school"])
    'known here: hospital, school'
    """
    names = sorted(set(known))
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if not close:
        lowered = {name.lower(): name for name in names}
        close = [lowered[m] for m in get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)]
    if close:
        return f'did you mean "{close[0]}"?'
    if not names:
        return f"{what}: none"
    shown = ", ".join(names[:12])
    return f"{what}: {shown}" + (", …" if len(names) > 12 else "")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = '"' + value.replace("\n", "\\n") + '"'
    elif isinstance(value, float | int):
        try:
            text = repr(value)
        except ValueError:  # an integer of more digits than Python converts to text
            text = "a number of thousands of digits"
    elif hasattr(value, "isoformat"):
        text = value.isoformat()
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{k} = …" for k in list(value)[:6]) + "}"
    elif isinstance(value, list) and len(value) > 6:
        text = f"a list of {len(value)}"
    else:
        text = str(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
