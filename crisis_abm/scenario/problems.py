"""What is wrong with a scenario, said so that the person who wrote it can mend it.

Nothing stops at the first fault: a check collects :class:`Problem` objects, whoever builds the
tables does in `Findings`, and gives one :class:`ScenarioError` holding all of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario
    from crisis_abm.scenario.resolved import Resolved


class _Nothing:
    """The value of a problem that has none (a missing key); also survives pickling."""

    def __repr__(self) -> str:
        return "nothing"

    def __reduce__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()

_LONGEST_VALUE = 80
_LONGEST_PLACE = 300
_LONGEST_WORD = 200  # to which anything near is looked for: that takes its length squared

MOST_TOLD = 100
"""Problems that a message names: nobody mends more at a time."""


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
        what = _cut(self.place, _LONGEST_PLACE)
        if not isinstance(self.value, _Nothing):
            what = f"{what} = {_shown(self.value)}" if what else _shown(self.value)
        sentence = "; ".join(part for part in (self.message, self.remedy) if part)
        line = ": ".join(part for part in (where, what, sentence) if part)
        return printable(" ".join(line.splitlines()))  # one problem, one line


class ScenarioError(Exception):
    """A scenario cannot be used; `problems` says why, every reason at once.

    Of very many the first `MOST_TOLD` are kept.

    Attributes
    ----------
    problems : list of Problem
    more : int
        How many were found besides; whoever finds very many may stop looking.
    """

    def __init__(self, problems: Problem | Iterable[Problem], more: int = 0) -> None:
        listed: Sequence[Problem]
        listed = [problems] if isinstance(problems, Problem) else list(problems)
        self.problems: list[Problem] = list(listed[:MOST_TOLD])
        self.more = more + len(listed) - len(self.problems)
        super().__init__(self.problems, self.more)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        return "\n".join([*lines, f"… and at least {self.more:,} more"] if self.more else lines)


class FirstProblems:
    """The first problems of a table; the rest are only counted.

    Parameters
    ----------
    file : str
        What the table is called.
    most : int
        Problems that are told one by one.
    """

    def __init__(self, file: str, most: int = MOST_TOLD - 1) -> None:
        self._file, self._most = file, most
        self._first: list[Problem] = []
        self._rest = 0

    def add(self, *problems: Problem) -> None:
        """Take in what was found."""
        self.add_all(problems)

    def add_all(self, problems: Iterable[Problem]) -> None:
        """Take in what is found, one after the other."""
        for problem in problems:
            if len(self._first) < self._most:
                self._first.append(problem)
            else:
                self._rest += 1

    def listed(self) -> list[Problem]:
        """All that is told, in the order in which it was found."""
        if not self._rest:
            return list(self._first)
        more = f"has {self._rest:,} more faults" if self._rest > 1 else "has one more fault"
        return [*self._first, Problem(self._file, "", NOTHING, more, "mend these first")]

    def raise_any(self) -> None:
        """Raise a :class:`ScenarioError` if there is any."""
        if self._first:
            raise ScenarioError(self.listed())


def nearest(word: str, known: Iterable[str], what: str = "known here") -> str:
    """A remedy for a misspelt name: the nearest known one, or the list of what is known.

    >>> nearest("hospitl", ["hospital", "school"])
    'did you mean "hospital"?'
    >>> nearest("xyz", ["hospital", "school"])
    'known here: hospital, school'
    """
    names = sorted(set(known))
    if len(word) > _LONGEST_WORD:
        return f"{what}: {_first(names)}"
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if not close:
        lowered = {name.lower(): name for name in names}
        close = [lowered[m] for m in get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)]
    if close:
        return f'did you mean "{close[0]}"?'
    return f"{what}: {_first(names)}"


def _first(names: list[str]) -> str:
    return ", ".join([*names[:12], *(["…"] if len(names) > 12 else [])]) or "none"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def unprintable(text: str, strict: bool = False) -> str:
    """Say which sign of a text cannot be printed; nothing if all can.

    Parameters
    ----------
    text : str
    strict : bool
        Whether spaces of other widths and joiners, which names have and nobody sees, count too.

    Examples
    --------
    >>> unprintable("a\u2028b")
    'sign 2 is U+2028 (line separator)'
    >>> unprintable("Saint\u00a0Mary")
    ''
    """
    if text.isprintable():
        return ""
    for at, sign in enumerate(text, start=1):
        if not (sign.isprintable() if strict else _has_picture(sign)):
            name = unicodedata.name(sign, "") or "a control character"
            if 0xD800 <= ord(sign) <= 0xDFFF:
                name = "half a character"
            return f"sign {at} is U+{ord(sign):04X} ({name.lower()})"
    return ""


def _has_picture(sign: str) -> bool:
    if sign.isprintable() or sign in "\u200c\u200d":  # joiners: part of Persian, and of some emoji
        return True
    kind = unicodedata.category(sign)
    if kind == "Cn":  # not known to this Python; some will never stand for anything
        return not (ord(sign) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(sign) <= 0xFDEF)
    return kind in ("Zs", "Co")


def printable(text: str) -> str:
    """A line for any screen: what has no picture, or would move the cursor, is written out."""
    if text.isprintable():
        return text
    return "".join(c if _has_picture(c) else _escaped(c) for c in text)


def _escaped(sign: str) -> str:
    code = ord(sign)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = '"' + printable(value[:_LONGEST_VALUE].replace("\n", "\\n")) + '"'
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
    return _cut(text, _LONGEST_VALUE)


MOST = 20  # of one sort; a wrong rule in a large scenario concerns thousands


class Findings:
    """Problems and warnings met on the way.

    Parameters
    ----------
    scenario
        Where they stand: its `source` goes before each.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.file = scenario, str(scenario.source)
        self.problems: list[Problem] = []
        self.warnings: list[str] = []

    def problem(self, place: str, message: str, remedy: str, value: Any = NOTHING) -> None:
        """Note that something cannot be built."""
        self.problems.append(Problem(self.file, place, value, message, remedy))

    def of_entry(
        self, listed: str, row: int, key: str, message: str, remedy: str, value: Any = NOTHING
    ) -> None:
        """Note the same of a key of an entry of a list, be it in the file or in a table."""
        file, place = self.scenario.place_of(listed, row, key)
        self.problems.append(Problem(file, place, value, message, remedy))

    def warn(self, place: str, message: str) -> None:
        """Note something that can be built, but is perhaps not meant."""
        self.warnings.append(f"{self.file}: {place}: {message}")

    def stop(self) -> None:
        """Raise all problems so far, if there are any.

        Raises
        ------
        ScenarioError
        """
        if self.problems:
            raise ScenarioError(self.scenario.with_lines(self.problems))


def several(names: list[str]) -> str:
    """Name the first few of many.

    >>> several(["a"])
    'a'
    >>> several(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


# -------------------------------------------------------------------- what many checks say


def problem_in(scenario: Resolved, place: str, value: Any, message: str, remedy: str) -> Problem:
    """A problem of the scenario file itself."""
    return Problem(scenario.source, place, value, message, remedy)


def problem_of_entry(
    scenario: Resolved, listed: str, row: int, key: str, value: Any, message: str, remedy: str
) -> Problem:
    """A problem of one key of one entry of a list, in the file or in a table."""
    return Problem(*scenario.place_of(listed, row, key), value, message, remedy)


def nothing_at(scenario: Resolved, place: str, message: str, remedy: str) -> Problem:
    """Something that should be there and is not."""
    return problem_in(scenario, place, NOTHING, message, remedy)


def unknown_names(
    scenario: Resolved, listed: str, row: int, key: str, names: Sequence[str] | None
) -> Iterator[Problem]:
    """Names in a list of kinds and ids that are neither."""
    for name in names or ():
        if name not in scenario.known_kinds() and scenario.cell_of(name) is None:
            message = "is neither a kind nor the id of an organisation"
            remedy = nearest(name, [*scenario.known_kinds(), *scenario.ids_to_suggest()])
            yield problem_of_entry(scenario, listed, row, key, name, message, remedy)


def unknown_resource(scenario: Resolved, place: str, name: str | None) -> Iterator[Problem]:
    """A resource that is not in play."""
    if name is not None and name not in scenario.resources_in_play():
        message = "is no resource of this scenario"
        remedy = nearest(name, scenario.resources_in_play(), "resources")
        yield problem_in(scenario, place, name, message, remedy)


def unknown_area(scenario: Resolved, place: str, name: str | None) -> Iterator[Problem]:
    """An area that is not declared."""
    areas = scenario.areas_in_play()
    if name is not None and name not in areas:
        message, remedy = "is no area of this scenario", nearest(name, areas, "areas")
        yield problem_in(scenario, place, name, message, remedy)
