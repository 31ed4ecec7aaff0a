"""Faults of type and range, put into the words of the file instead of the checker's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from crisis_abm.scenario.paths import Part, model_of, show_place, step_into
from crisis_abm.scenario.problems import MOST_TOLD, NOTHING, Problem, nearest
from crisis_abm.scenario.schema import Content

_PORTION = 20_000  # values that are looked at together where there are very many

_WORDS: Mapping[str, tuple[str, str]] = {
    "string_type": ("must be text", "write it in quotes"),
    "float_type": ("must be a number", "write it without quotes"),
    "int_type": ("must be a whole number", "write it without quotes and without a point"),
    "bool_type": ("must be true or false", "write it without quotes, in small letters"),
    "finite_number": ("must be a finite number", "write an ordinary number"),
    "list_type": ("must be a list", "write [ ] around it, or [[ ]] around the heading"),
    "dict_type": ("must be a table", "write it under a heading in [ ], or in { }"),
    "model_type": ("must be a table", "write it under a heading in [ ], or in { }"),
    "string_too_long": ("is too long", "shorten it"),
}


def faults(
    error: ValidationError, file: str, root: type[BaseModel] = Content, within: str = ""
) -> list[Problem]:
    """One problem for each fault that pydantic found, in the order of the file's sections.

    Parameters
    ----------
    error : ValidationError
    file : str
    root : type of BaseModel
        What was being read; suggestions for misspelt keys come from it.
    within : str
        What to call the place as a whole, such as a row of a table.
    """
    return [_fault(entry, file, root, within) for entry in error.errors(include_url=False)]


def _fault(entry: Any, file: str, root: type[BaseModel], within: str) -> Problem:
    loc: tuple[Part, ...] = tuple(part for part in entry["loc"] if part != "[key]")
    place = show_place(loc) if loc else ""
    if within:
        place = f"{within}, {place}" if place else within
    value = entry.get("input", NOTHING)
    message, remedy = _words(entry, loc, root)
    if entry["type"] == "missing":
        value = NOTHING
    return Problem(file, place, value, message, remedy)


def _words(entry: Any, loc: tuple[Part, ...], root: type[BaseModel]) -> tuple[str, str]:
    kind, context = entry["type"], entry.get("ctx") or {}
    if kind == "extra_forbidden":
        return "there is no such key here", _suggestion(loc, root)
    if kind == "missing":
        return "is missing", f"add {loc[-1]} = …"
    if kind == "literal_error":
        allowed = str(context["expected"]).replace("'", '"')
        return f"must be {allowed}", "choose one of these"
    if kind == "value_error":
        return str(context["error"]), getattr(context["error"], "remedy", "correct it")
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for name, words in bounds.items():
        if name in context:
            bound = _bound(context[name])
            return f"must be {words} {bound}", f"write a number of {words} {bound}"
    if kind in ("too_short", "too_long"):
        return "must be two numbers", "write [x, y]"
    if kind in _WORDS:
        return _WORDS[kind]
    return str(entry["msg"]).lower(), "correct it"


def _bound(value: float) -> str:
    return f"{value:,.15g}" if value < 1e12 else f"{value:g}"


def faults_of_many(data: Mapping[str, Any], file: str, root: type[BaseModel]) -> list[Problem]:
    """The first faults of a file that has very many: as many as are told, or none.

    Whoever looks at a file as a whole holds all that is wrong with it before the first is told: a
    fault of three characters takes a kilobyte then. So a long file is looked at in portions first.
    """
    problems: list[Problem] = []
    for offset, portion in _portions(data):
        try:
            root.model_validate(portion)
        except ValidationError as error:
            for entry in error.errors(include_url=False):
                loc = entry["loc"]
                if entry["type"] == "missing" and loc[0] not in portion:
                    continue
                if offset and len(loc) > 1 and isinstance(loc[1], int):
                    loc = (loc[0], loc[1] + offset, *loc[2:])
                problems.append(_fault({**entry, "loc": loc}, file, root, ""))
                if len(problems) > MOST_TOLD:
                    return problems
    return []


def _portions(data: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Parts of a file of at most `_PORTION` values each, if it has more; number of the first."""
    if not _more_than(_PORTION, data):
        return
    single: dict[str, Any] = {}
    for name, value in data.items():
        if not isinstance(value, dict | list):
            single[name] = value
            if len(single) >= _PORTION:
                yield 0, single
                single = {}
            continue
        entries = list(value.items() if isinstance(value, dict) else value)
        first = size = 0
        for at, entry in enumerate([*entries, None]):
            size += _size(entry)
            if size >= _PORTION or at == len(entries):
                part = entries[first : min(at + 1, len(entries))]
                yield first, {name: dict(part) if isinstance(value, dict) else part}
                first, size = at + 1, 0
    yield 0, single


def _size(value: Any) -> int:
    """Values in a value, those of an inner table or list included."""
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    if isinstance(value, list | tuple):
        return 1 + sum(map(_size, value))
    return 1


def _more_than(most: int, data: Mapping[str, Any]) -> bool:
    size = 0
    for value in data.values():
        size += _size(value)
        if size > most:
            return True
    return False


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys a table of the file may have."""
    return [info.alias or name for name, info in model.model_fields.items()]


def _suggestion(loc: tuple[Part, ...], root: type[BaseModel]) -> str:
    annotation: Any = root
    for part in loc[:-1]:
        annotation = step_into(annotation, part)
    model = model_of(annotation) or root
    word = str(loc[-1])
    remedy = nearest(word, keys_of(model), "keys known here")
    if remedy.startswith("did you mean"):
        return remedy
    elsewhere = _elsewhere(word)
    return f"it belongs under [{elsewhere}]" if elsewhere else remedy


def _elsewhere(word: str) -> str | None:
    """The top-level section that knows `word`, if one does."""
    for name in ("time", "record", "behaviour", "hazard", "tables"):
        model = model_of(Content.model_fields[name].annotation)
        if model is not None and word in keys_of(model):
            return name
    return None


def without(data: Any, error: ValidationError) -> tuple[dict[str, Any], list[tuple[Part, ...]]]:
    """`data` less what was at fault, so that the rest can be checked too, and what was left out."""
    removed: set[tuple[Part, ...]] = set()
    for entry in error.errors(include_url=False):
        loc = tuple(part for part in entry["loc"] if part != "[key]")
        if entry["type"] == "missing":
            loc = loc[:-1]
        removed.add(loc)
    return _prune(data, (), removed), sorted(removed, key=str)


def _prune(value: Any, at: tuple[Part, ...], removed: Iterable[tuple[Part, ...]]) -> Any:
    if isinstance(value, dict):
        return {
            k: _prune(v, (*at, k), removed) for k, v in value.items() if (*at, k) not in removed
        }
    if isinstance(value, list):
        return [
            _prune(v, (*at, i), removed) for i, v in enumerate(value) if (*at, i) not in removed
        ]
    return value
