"""Names of which most only count: a few written out, then runs of ``{before}{n}{after}``.

A million household groups need no million texts: a name is spelt out when somebody reads it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import overload

__all__ = ["Numbered"]

Run = tuple[str, int, int, str]
"""What stands before the number, the first number, how many there are, what stands after it."""


class Numbered(Sequence[str]):
    """A sequence of texts that is held as rules.

    Parameters
    ----------
    written : sequence of str
        The first ones, as they are.
    runs : sequence of (str, int, int, str)
        Before the number, first number, how many, after it.

    Examples
    --------
    >>> list(Numbered(["depot"], [("north_school_", 1, 2, "")]))
    ['depot', 'north_school_1', 'north_school_2']
    """

    def __init__(self, written: Sequence[str], runs: Sequence[Run] = ()) -> None:
        self._written = list(written)
        self._runs = [run for run in runs if run[2]]
        self._starts: list[int] = []
        at = len(self._written)
        for run in self._runs:
            self._starts.append(at)
            at += run[2]
        self._length = at

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        yield from self._written
        for before, first, count, after in self._runs:
            for n in range(first, first + count):
                yield f"{before}{n}{after}"

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(self._length))]
        row = int(row)
        at = row + self._length if row < 0 else row
        if not 0 <= at < self._length:
            raise IndexError(f"row {row} of {self._length}")
        if at < len(self._written):
            return self._written[at]
        run = bisect_right(self._starts, at) - 1
        before, first, _, after = self._runs[run]
        return f"{before}{first + at - self._starts[run]}{after}"

    def find(self, text: str) -> int | None:
        """Row of a text, None if there is none; at once where nothing stands after the numbers.

        >>> Numbered(["depot"], [("north_school_", 1, 2, "")]).find("north_school_2")
        2
        """
        if text in self._rows:
            return self._rows[text]
        stem = text.rstrip("0123456789")
        number = text[len(stem) :]
        if number and number.isascii() and (number == "0" or number[0] != "0"):
            for run, start in self._by_stem.get(stem, ()):
                offset = int(number) - run[1]
                if 0 <= offset < run[2]:
                    return start + offset
        return None

    @cached_property
    def _rows(self) -> dict[str, int]:
        """Rows of the written ones and of runs with something after their numbers."""
        found = {text: row for row, text in reversed(list(enumerate(self._written)))}
        for (before, first, count, after), start in zip(self._runs, self._starts, strict=True):
            for n in range(count if after else 0):
                found.setdefault(f"{before}{first + n}{after}", start + n)
        return found

    @cached_property
    def _by_stem(self) -> dict[str, list[tuple[Run, int]]]:
        found: dict[str, list[tuple[Run, int]]] = {}
        for run, start in zip(self._runs, self._starts, strict=True):
            if not run[3]:
                found.setdefault(run[0], []).append((run, start))
        return found

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self.find(text) is not None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self[:3]))
        return f"[{shown}{', …' if self._length > 3 else ''}]"
