"""Schema of an experiment file, and writing one: its sections, and the two forms of a factor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from crisis_abm.experiment.design.factors import flattened
from crisis_abm.scenario.io.write import emit
from crisis_abm.scenario.schema.fields import MOST, PositiveWhole, Section, Text

MOST_VALUES = 1000
MOST_REPLICATES = 100_000
Finite = Annotated[float, Field(ge=-MOST, le=MOST, allow_inf_nan=False)]


def _value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, bool | int | float | str) or value != value:
        raise ValueError("must be a number, a text, a date, true or false")
    return value


def _values(values: Any) -> Any:
    if not isinstance(values, list) or not values:
        raise ValueError("must be a list of at least one value")
    if len(values) > MOST_VALUES:
        raise ValueError(f"is a list of {len(values):,} values; at most {MOST_VALUES:,} are taken")
    values = [_value(value) for value in values]
    if len({_sort(value) for value in values}) > 1:
        raise ValueError("mixes numbers, texts and truth; all values of a list are of one sort")
    if len(set(values)) < len(values):
        raise ValueError("holds a value twice")
    return values


def _sort(value: Any) -> type:
    return bool if isinstance(value, bool) else str if isinstance(value, str) else float


Value = Annotated[Any, BeforeValidator(_value)]


class Range(Section):
    """A factor that may be anything from `low` to `high`, distributed as under `[uncertain]`."""

    low: Finite
    """The least that it may be."""
    high: Finite
    """The most that it may be."""
    distribution: Literal["uniform", "triangular", "loguniform"] = "uniform"
    """What is likely in it, as under `[uncertain]` of a scenario."""
    base: Value | None = None
    """What it is while others are varied; what the scenario says, unless said."""
    why: Text = ""
    """Where the range comes from."""


class Values(Section):
    """A factor that takes one of several values."""

    values: Annotated[list[Any], BeforeValidator(_values)]
    """What it may be: numbers, texts, dates or truth, all of one sort."""
    base: Value | None = None
    """What it is while others are varied; what the scenario says, unless said."""
    why: Text = ""
    """Where the values come from."""


FACTOR_KEYS = (*Range.model_fields, *Values.model_fields)


class Design(Section):
    """`[design]`: which points are run."""

    method: Literal[
        "full_factorial", "latin_hypercube", "sobol", "morris", "one_at_a_time", "points"
    ] = "full_factorial"
    """How points are chosen."""
    samples: PositiveWhole | None = None
    """Points of a Latin hypercube, N of Sobol, trajectories of Morris."""
    levels: Annotated[int, Field(ge=1, le=MOST_VALUES)] | None = None
    """Values taken of a range: by Morris (4 unless said), full factorial, one at a time (2)."""
    second_order: bool = True
    """Whether Sobol samples for interactions of two factors as well."""
    cross: bool = True
    """Whether levers given as lists are crossed with the sample; else they are sampled too."""
    file: Text | None = None
    """CSV file of points, relative to the experiment file."""
    points: list[dict[str, Value]] | None = None
    """The same, written out."""


class ExperimentContent(Section):
    """An experiment file as it stands; the entries of its factors are looked at one by one."""

    title: Text
    """What the experiment is called."""
    description: Text = ""
    """What it asks."""
    scenario: Text
    """A scenario file, relative to this one, or the name of a ready-made one."""
    replicates: Annotated[int, Field(ge=1, le=MOST_REPLICATES)] = 10
    """How many crises each point is run in, the same for every point."""
    seed: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Of all chance: same seed, same crises."""
    constants: dict[str, Any] = {}
    """Values of the scenario that are other than it says, by path: ``"time.steps" = 60``."""
    uncertainties: dict[str, Any] = {}
    """What nobody knows: paths into the scenario, each with a range or a list of values."""
    levers: dict[str, Any] = {}
    """What somebody may choose: `policy`, `share`, levers (``communication.hospital``), paths."""
    files: dict[str, Text] = {}
    """Where files that tables of the scenario name lie, relative to this one, if not beside the
    scenario: so an experiment that sets tables can be kept with copies of them."""
    outcomes: dict[str, Literal["less", "more", "neither"]] = {}
    """What is recorded, and whether less or more of it is better; all there are, unless said."""
    design: Design = Design()
    """Which points are run."""


_SECTIONS = {"constants": None, "uncertainties": FACTOR_KEYS, "levers": FACTOR_KEYS}


def written(data: Mapping[str, Any]) -> str:
    """The TOML of an experiment's plain data, a factor a line, in their order.

    The order is kept because it is that of the columns and of the dimensions of a sample.
    """
    import tomlkit

    head = {k: v for k, v in data.items() if k not in _SECTIONS and not isinstance(v, Mapping)}
    text = emit(head)
    for name, ends in _SECTIONS.items():
        if not data.get(name):
            continue
        section = tomlkit.table()
        for path, entry in flattened(data[name], ends):
            section.add(path, _inline(entry))
        text += "\n" + tomlkit.dumps({name: section})
    tail = {k: v for k, v in data.items() if k not in _SECTIONS and isinstance(v, Mapping)}
    return text + "\n" + emit(tail) if tail else text


def _inline(entry: Any) -> Any:
    import tomlkit

    if not isinstance(entry, Mapping):
        return entry
    line = tomlkit.inline_table()
    for key, value in entry.items():
        line.append(key, _inline(value))
    return line


def plain_json(value: Any) -> Any:
    """Plain data that JSON has words for: infinity becomes text, a date as well."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
