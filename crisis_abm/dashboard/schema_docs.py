"""What the schema says of the keys of a scenario file: what each means, what it may hold.

Meanings stand beneath the keys of the schema, where who changes one sees them; nothing is said
twice.
"""

from __future__ import annotations

import re
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from crisis_abm.scenario.paths import model_of

__all__ = ["about_key", "about_table", "arms_of", "choices", "sort_of", "takes_names", "takes_text"]


def about_table(model: type[BaseModel]) -> str:
    """What a table of the file holds: the first paragraph of its description, without its heading.

    >>> from crisis_abm.scenario.schema import Behaviour
    >>> about_table(Behaviour)
    'How organisations behave, whatever their kind.'
    """
    words = _plain((model.__doc__ or "").split("\n\n")[0])
    words = re.sub(r"^\[+[\w.]+\]+(: |\.$)| \(docs/[^)]*\)", "", words)
    return words[:1].upper() + words[1:]


def about_key(model: type[BaseModel], key: str) -> str:
    """What a key of a table means; nothing where the schema says nothing.

    >>> from crisis_abm.scenario.schema.entries import NeedEntry
    >>> about_key(NeedEntry, "criticality")
    'How much of the service hangs on it: 0 nothing, 1 everything.'
    """
    for name, field in model.model_fields.items():
        if key == (field.alias or name):
            return _plain(field.description or "")
    return ""


def sort_of(annotation: Any) -> str:
    """``table`` with keys of its own, ``list`` of tables, ``dict`` under names, or ``leaf``."""
    for arm in arms_of(annotation):
        if get_origin(arm) is list and model_of(get_args(arm)[0]) is not None:
            return "list"
        if get_origin(arm) is dict:
            return "leaf" if len(arms_of(annotation)) > 1 else "dict"
    return "table" if model_of(annotation) is not None else "leaf"


def takes_text(annotation: Any) -> bool:
    """Whether it holds text and nothing else."""
    arms = arms_of(annotation)
    return all(arm is str or get_origin(arm) is Literal for arm in arms) and bool(arms)


def takes_names(annotation: Any) -> bool:
    """Whether it holds a list of names and nothing else."""
    arms = arms_of(annotation)
    return all(get_origin(arm) is list and get_args(arm)[0] is str for arm in arms) and bool(arms)


def choices(annotation: Any) -> tuple[str, ...]:
    """The few words of which it is one, if it is."""
    arms = arms_of(annotation)
    if any(arm is bool for arm in arms):
        return ("true", "false")
    return tuple(str(word) for arm in arms if get_origin(arm) is Literal for word in get_args(arm))


def arms_of(annotation: Any) -> list[Any]:
    """What a type may be, but None."""
    if get_origin(annotation) is Annotated:
        return arms_of(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [arm for each in get_args(annotation) for arm in arms_of(each)]
    return [] if annotation is type(None) else [annotation]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("`", "")).strip()
