"""What a kind is in the end: its own entries over those of the kind it is like or built in.

A recipe says what a unit of service takes and makes, and how much of the service hangs on each of
its needs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import TypeAdapter

from crisis_abm.scenario.schema import Behaviour
from crisis_abm.scenario.schema.entries import (
    KindEntry,
    MakeEntry,
    NeedEntry,
    ResourceEntry,
    Response,
)
from crisis_abm.scenario.schema.fields import Section


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource in play.

    Parameters
    ----------
    storable : bool
        Kept in stock; otherwise a flow, used the tick it arrives.
    rationing : str
        ``"priority"`` (the levers decide) or ``"contract"`` (pro rata to contracts).
    cover : float
        Ticks of stock aimed for where a need does not say otherwise; 0 for flows.
    """

    name: str
    storable: bool = True
    rationing: Literal["priority", "contract"] = "priority"
    cover: float = 7.0
    unit: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """An input: units per unit of service, how critical, ticks of cover, units on top."""

    use: float
    criticality: float = 1.0
    cover: float = 0.0
    safety: float = 0.0


@dataclass(frozen=True, slots=True)
class Make:
    """An output: units per unit of service, ticks of mean orders kept as finished stock."""

    make: float
    cover: float = 0.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """A kind with nothing left open; per-organisation figures are defaults for its members.

    `base` is the built-in kind it goes back to (itself, or through `like`), or None. `stay` is
    None where nobody stays; `patience` may be `math.inf`.
    """

    kind: str
    base: str | None = None
    description: str = ""
    rank: float = 0.0
    harm: float = 0.0
    response: Response = "limiting"
    threshold: float = 0.5
    adjustment: float = 1.0
    patience: float = 3
    recovery: int = 5
    capacity: float = 0.0
    caseload: float = 0.0
    demand: float = 0.0
    arrivals: float = 0.0
    stay: float | None = None
    population: float = 0.0
    absence: float = 0.0
    needs: Mapping[str, Need] = field(default_factory=dict)
    makes: Mapping[str, Make] = field(default_factory=dict)


_FIGURES = tuple(
    name for name in Recipe.__dataclass_fields__ if name not in ("kind", "base", "needs", "makes")
)


@cache
def _builtin() -> tuple[dict[str, ResourceEntry], dict[str, KindEntry]]:
    text = files(__package__).joinpath("builtin.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    resources = TypeAdapter(dict[str, ResourceEntry]).validate_python(data["resources"])
    kinds = TypeAdapter(dict[str, KindEntry]).validate_python(data["kinds"])
    return resources, kinds


def builtin_resources() -> Mapping[str, ResourceEntry]:
    """The built-in resources by name, in the order of ``builtin.toml``."""
    return _builtin()[0]


def builtin_kinds() -> Mapping[str, KindEntry]:
    """The built-in kinds by name, in the order of ``builtin.toml``."""
    return _builtin()[1]


def merged_resources(own: Mapping[str, ResourceEntry] | None) -> dict[str, Resource]:
    """The resources in play: all built-in ones, or exactly those a scenario names.

    The order is that of ``builtin.toml``, then the alphabet: the order of keys in a file must not
    reach the rows of the tables.
    """
    builtin = builtin_resources()
    entries = builtin if own is None else own
    order = [name for name in builtin if name in entries]
    order += sorted(name for name in entries if name not in builtin)
    return {name: _merged_resource(name, builtin.get(name), entries[name]) for name in order}


def overlaid(*layers: Section | None, only: Collection[str] | None = None) -> dict[str, Any]:
    """What entries of the same sort say, each over those before it; what none says is not in it.

    >>> overlaid(NeedEntry(use=1, cover=3), None, NeedEntry(use=2))
    {'use': 2.0, 'cover': 3.0}
    """
    values: dict[str, Any] = {}
    keys = None if only is None else set(only)
    for layer in layers:
        if layer is not None:
            values |= layer.model_dump(include=keys, exclude_none=True)
    return values


def _merged_resource(name: str, base: ResourceEntry | None, own: ResourceEntry) -> Resource:
    resource = Resource(name, **overlaid(base, own))
    if resource.storable:
        return resource
    return Resource(
        name, False, resource.rationing, 0.0, unit=resource.unit, description=resource.description
    )


def kind_chain(kind: str, own: Mapping[str, KindEntry]) -> tuple[list[KindEntry], str | None]:
    """The entries that make up a kind, nearest first, and the built-in kind they end in.

    Raises
    ------
    KeyError
        For a kind that is neither the scenario's nor built in (also one reached by `like`).
    ValueError
        If `like` goes round in a circle.
    """
    builtin = builtin_kinds()
    chain: list[KindEntry] = []
    seen: set[str] = set()
    while True:
        entry = own.get(kind)
        if entry is not None:
            if kind in seen:
                raise ValueError(kind)
            seen.add(kind)
            chain.append(entry)
            if entry.like is not None and entry.like != kind:
                kind = entry.like
                continue
        if kind in builtin:
            return [*chain, builtin[kind]], kind
        if entry is None:
            raise KeyError(kind)
        if entry.like == kind:
            raise ValueError(kind)
        return chain, None


def merged_recipe(
    kind: str,
    own: Mapping[str, KindEntry],
    resources: Mapping[str, Resource],
    behaviour: Behaviour,
) -> Recipe:
    """The recipe of `kind`, without needs of resources that are not in play."""
    chain, base = kind_chain(kind, own)
    usual: dict[str, Any] = {"patience": behaviour.patience, "recovery": behaviour.recovery}
    figures = usual | overlaid(*reversed(chain), only=_FIGURES)
    return Recipe(
        kind=kind,
        base=base,
        needs=_needs([entry.needs for entry in reversed(chain)], resources),
        makes=_makes([entry.makes for entry in reversed(chain)], resources),
        **figures,
    )


def _needs(
    layers: Sequence[Mapping[str, NeedEntry]], resources: Mapping[str, Resource]
) -> dict[str, Need]:
    needs = {}
    for name, resource in resources.items():
        values = {"cover": resource.cover} | overlaid(*(layer.get(name) for layer in layers))
        if not resource.storable:
            values["cover"] = values["safety"] = 0.0
        if values.get("use", 0.0) > 0:
            needs[name] = Need(**values)
    return needs


def _makes(
    layers: Sequence[Mapping[str, MakeEntry]], resources: Mapping[str, Resource]
) -> dict[str, Make]:
    makes = {}
    for name, resource in resources.items():
        values = overlaid(*(layer.get(name) for layer in layers))
        if not resource.storable:
            values["cover"] = 0.0
        if values.get("make", 0.0) > 0:
            makes[name] = Make(**values)
    return makes
