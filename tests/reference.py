"""docs/reference.md: every command, key, outcome, lever and effect, in the code's own words.

    python -m tests.reference

writes it anew; `tests/test_reference.py` fails where it is not so, or where something has no words.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from crisis_abm.cli import app
from crisis_abm.dashboard.scenarios.fields import arms_of
from crisis_abm.exercise.schema import Content as ExerciseContent
from crisis_abm.experiment.design.schema import ExperimentContent, Range, Values
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.scenario import EFFECTS, LEVERS
from crisis_abm.scenario.schema import Content
from crisis_abm.scenario.schema.shocks import Event

FILE = Path(__file__).parent.parent / "docs" / "reference.md"
OPENING = (
    "# Reference\n\nEvery command, key, outcome, lever and event effect, as the code says it: "
    "`python -m tests.reference` writes\nthis page. How to use them is in [planner.md](planner.md) "
    "and [experiments.md](experiments.md), what they do in\n[model.md](model.md)."
)
BOUNDLESS = 100_000  # a bound that keeps a computer from harm, not a meaning
SORTS = {bool: "true or false", int: "whole number", float: "number", str: "text", date: "date"}


def undocumented() -> list[str]:
    """What has no words of its own."""
    keys = [f"{table}: {key}" for table, key, field in _keys() if not _words(field.description)]
    options = [
        f"{name} {option.name}"
        for name, command in _commands()
        for option in _options(command)
        if not option.help
    ]
    commands = [name for name, command in _commands() if not command.help]
    return keys + options + commands


def text() -> str:
    """The page."""
    parts = [OPENING, *_about_commands()]
    parts += ["## Scenario files", *_about_tables(Content)]
    parts += ["## Experiment files", *_about_tables(ExperimentContent)]
    parts += ["### A factor that is a range", *_table_of(Range)]
    parts += ["### A factor that takes one of several values", *_table_of(Values)]
    parts += ["## Exercise files", *_about_tables(ExerciseContent)]
    parts += ["## Outcomes", _table(("outcome", "what it is", "unit", "better"), _outcomes())]
    levers = [(f"`{one.name}`", one.title, one.sentence) for one in LEVERS.values()]
    parts += ["## Levers", _table(("lever", "principle", "what it does"), levers)]
    effects = [
        (f"`{name}`", one.strikes or "nobody", _words(Event.model_fields[name].description))
        for name, one in EFFECTS.items()
    ]
    parts += ["## Effects of events", _table(("key", "what it strikes", "what it means"), effects)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _outcomes() -> Iterator[tuple[str, ...]]:
    better = {-1: "less", 1: "more", 0: "neither"}
    for one in OUTCOMES.values():
        yield f"`{one.name}`", one.title, one.unit, better[one.better]


# --- commands ------------------------------------------------------------------------------------


def _commands() -> Iterator[tuple[str, Any]]:
    yield from _in_group("", typer.main.get_command(app))


def _in_group(path: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name, one in group.commands.items():
        if not one.hidden:
            yield f"{path}{name}", one
            if hasattr(one, "commands"):
                yield from _in_group(f"{path}{name} ", one)


def _options(command: Any) -> list[Any]:
    return [one for one in command.params if one.param_type_name == "option" and one.name != "help"]


def _about_commands() -> Iterator[str]:
    yield "## Commands"
    for name, command in _commands():
        yield f"### crisis-abm {name}"
        yield _words(command.help)
        if rows := [_option(one) for one in _options(command)]:
            yield _table(("option", "default", "what it does"), rows)


def _option(option: Any) -> tuple[str, ...]:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    default = "" if option.default in (None, False, (), []) or option.required else option.default
    return names, f"`{default}`" if default != "" else "", _words(option.help)


# --- keys of files -------------------------------------------------------------------------------


def _keys() -> Iterator[tuple[str, str, FieldInfo]]:
    for model in (Content, ExperimentContent, Range, Values, ExerciseContent):
        for heading, table in _tables(model, ()):
            for name, field in table.model_fields.items():
                yield heading or model.__name__, field.alias or name, field


def _tables(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[str, type[BaseModel]]]:
    """The table itself and those in it, each with its heading in the file."""
    yield _heading(path), model
    for name, field in model.model_fields.items():
        key = field.alias or name
        for inner, sort in _inner(field.annotation):
            marks = {"table": key, "list": f"{key}[]", "dict": f"{key}.NAME"}
            yield from _tables(inner, (*path, marks[sort]))


def _heading(path: tuple[str, ...]) -> str:
    whole = ".".join(path)
    if not path:
        return ""
    return (
        f"[[{whole.replace('[]', '')}]]" if whole.endswith("[]") else f"[{whole.replace('[]', '')}]"
    )


def _about_tables(model: type[BaseModel]) -> Iterator[str]:
    for heading, table in _tables(model, ()):
        if heading:
            yield f"### `{heading}`"
        yield from _table_of(table)


def _table_of(table: type[BaseModel]) -> Iterator[str]:
    rows = [
        (f"`{field.alias or name}`", _holds(field), _default(field), _words(field.description))
        for name, field in table.model_fields.items()
    ]
    yield _table(("key", "holds", "default", "what it means"), rows)


def _inner(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """The tables that a key may hold: as one, as a list of them, or under names."""
    for arm in arms_of(annotation):
        if isinstance(arm, type) and issubclass(arm, BaseModel):
            yield arm, "table"
        for inside in get_args(arm)[-1:] if get_origin(arm) in (list, dict) else ():
            sort = "list" if get_origin(arm) is list else "dict"
            yield from ((one, sort) for one in arms_of(inside) if _is_table(one))


def _is_table(arm: Any) -> bool:
    return isinstance(arm, type) and issubclass(arm, BaseModel)


def _holds(field: FieldInfo) -> str:
    said = list(dict.fromkeys(_sort(arm) for arm in arms_of(field.annotation)))
    limits = _limits(field.metadata) if len(said) == 1 else ""
    return " or ".join(said) + (
        limits or (_inner_limits(field.annotation) if len(said) == 1 else "")
    )


def _inner_limits(annotation: Any) -> str:
    """Those that stand within ``Annotated[float, Field(ge=0)] | None``."""
    for arm in get_args(annotation):
        if get_origin(arm) is Annotated:
            told = [one for part in get_args(arm)[1:] for one in getattr(part, "metadata", ())]
            return _limits(told)
    return ""


def _limits(metadata: Any) -> str:
    told = {
        name: getattr(one, name)
        for one in metadata
        for name in ("ge", "gt", "le", "lt")
        if getattr(one, name, None) is not None
    }
    low = (
        f"above {told['gt']:g}" if "gt" in told else f"from {told['ge']:g}" if "ge" in told else ""
    )
    most = told.get("le", told.get("lt", BOUNDLESS))
    if told.get("ge", 0) <= -BOUNDLESS or not told.keys() & {"ge", "gt"}:
        return ""
    if most >= BOUNDLESS:
        return f" {low}"
    return f" {low} to {'below ' if 'lt' in told else ''}{most:g}"


def _sort(arm: Any) -> str:
    if get_origin(arm) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(arm))
    if get_origin(arm) is list:
        inside = arms_of(get_args(arm)[0])
        return "tables" if _is_table(inside[0]) else f"list of {_plural(_sort(inside[0]))}"
    if get_origin(arm) is dict:
        inside = arms_of(get_args(arm)[1])
        return "tables by name" if _is_table(inside[0]) else f"{_plural(_sort(inside[0]))} by name"
    return "table" if _is_table(arm) else SORTS.get(arm, "value")


def _plural(word: str) -> str:
    return (
        word
        if word.startswith(("`", "true", "list")) or word.endswith(("s", "by name"))
        else f"{word}s"
    )


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "*must be given*"
    if value in (None, "", [], {}) or isinstance(value, BaseModel):
        return ""
    return f"`{json.dumps(value) if not isinstance(value, float) else format(value, 'g')}`"


# --- Markdown ------------------------------------------------------------------------------------


def _words(text: str | None) -> str:
    plain = " ".join(inspect.cleandoc(text or "").split()).replace("``", "`")
    return re.sub(r"\[/?bold\]", "`", plain)


def _table(headings: tuple[str, ...], rows: Any) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
