"""The files that tables name, kept as they were when they were first read.

A name says where a file lies, not what is in it. Whoever makes many scenarios out of one, under
names of tables that differ, reads each file once: however long it goes on, wherever it is sent to,
a name stands for the same content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from crisis_abm.scenario.load import KeptFile, read_bytes

__all__ = ["KeptFiles"]

LARGEST = 200_000_000  # bytes of a file; each kind of table has a limit of its own below that


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
            self.contents[name] = read_bytes(path, LARGEST, name)
        return KeptFile(name, self.contents[name])
