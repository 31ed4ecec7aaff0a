"""What building the tables finds wrong: collected, so that all of it is said at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crisis_abm.scenario.problems import NOTHING, Problem, ScenarioError

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario

__all__ = ["Findings"]

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
