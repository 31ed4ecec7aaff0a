"""What differs between two manifests or scenarios, place by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

__all__ = ["NOTHING", "Difference", "differences", "told"]

MOST_TOLD = 5
HASHES = ("sha256", "fingerprint")
LONGEST = 60  # characters of a value


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


class Difference(NamedTuple):
    """One place with what stood there before and stands there now."""

    place: str
    before: Any
    now: Any

    def __str__(self) -> str:
        return self.told("was {}, is now {}")

    def told(self, words: str) -> str:
        """The place, and words into which both values are put."""
        return f"{self.place} {words.format(_short(self.before), _short(self.now))}"


def differences(before: Any, now: Any, place: str = "") -> Iterator[Difference]:
    """Where two pieces of plain data differ, in the order of the first, then of the second.

    >>> [str(one) for one in differences({"a": [1, 2], "b": 1}, {"a": [1, 3], "c": 2})]
    ['a[1] was 2, is now 3', 'b was 1, is now nothing', 'c was nothing, is now 2']
    """
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*before, *now]):
            inside = f"{place}.{key}" if place else str(key)
            yield from differences(before.get(key, NOTHING), now.get(key, NOTHING), inside)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, pair in enumerate(zip(before, now, strict=True)):
            yield from differences(*pair, f"{place}[{number}]")
    elif type(before) is not type(now) or before != now:
        yield Difference(place, before, now)


def told(found: list[Difference], words: str = "was {}, is now {}") -> str:
    """The first few in one line; hashes only if nothing else tells."""
    found = [one for one in found if not one.place.endswith(HASHES)] or found
    more = f"; and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
    return "; ".join(one.told(words) for one in found[:MOST_TOLD]) + more


def _short(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return f"{len(value)} entries"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
