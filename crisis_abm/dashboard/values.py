"""Values of a scenario file as a field shows them, and what is written in a field as a value."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

import tomlkit

from crisis_abm.dashboard.schema_docs import takes_names, takes_text

__all__ = ["as_item", "read", "shown"]


def shown(value: Any, annotation: Any) -> str:
    """A value as a field shows it, so that `read` gives the same value.

    Text without quotes, names with commas between them, anything else as in TOML.

    >>> from crisis_abm.scenario.schema.fields import Names, When
    >>> shown(["hospital", "care_home"], Names), shown(["a, b"], Names), shown(3, When)
    ('hospital, care_home', '["a, b"]', '3')
    """
    if takes_names(annotation) and isinstance(value, list) and all(map(_is_text, value)):
        plain = ", ".join(value)
        if value and read(plain, annotation) == value:
            return plain
    if isinstance(value, str) and (takes_text(annotation) or takes_names(annotation)):
        return value
    if isinstance(value, str) and value == value.strip() and read(value, annotation) == value:
        return value
    if isinstance(value, bool | int | float | str | date | list | dict):
        return str(tomlkit.item(value).as_string()).strip()
    return str(value)


def read(written: str, annotation: Any) -> Any:
    """What was written, as a TOML value if it is one, else as text.

    >>> from crisis_abm.scenario.schema.fields import Key, Names, When
    >>> read("hospital, care_home", Names), read("3", When), read("3", Key), read("soon", When)
    (['hospital', 'care_home'], 3, '3', 'soon')
    """
    if takes_text(annotation):
        return written
    names = takes_names(annotation)
    if not names or written.strip().startswith(("[", '"', "'")):
        try:
            found = tomllib.loads(f"x = {written.strip()}\n")
            if list(found) == ["x"]:  # else it went on with other keys, or a table
                return found["x"]
        except (ValueError, RecursionError):  # also an integer of thousands of digits
            pass
    if names:
        return [name for part in written.split(",") if (name := part.strip())]
    return written.strip()


def as_item(value: Any) -> Iterator[Any]:
    """Ways to write a value, the one that is read most easily first."""
    if isinstance(value, str) and "\n" in value:
        yield tomlkit.string(value, multiline=True)
    yield value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
