"""A report as plain data for JSON: one layout for every analysis (docs/json.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.report.columns import arrays
from crisis_abm.report.sections import Report, Section, Table

__all__ = ["VERSION", "as_plain", "plain_value"]

VERSION = 2
"""Of the layout; 1 is what every command had of its own."""


def as_plain(kind: str, report: Report, bundle: Path | None = None) -> dict[str, Any]:
    """A report as JSON can hold it: no NaN, no infinity, no dates.

    Parameters
    ----------
    kind : str
        The name of the analysis.
    report : Report
    bundle : Path, optional
        The folder that keeps it.

    Returns
    -------
    dict
        version, analysis, title, finding, caveat, the facts by their names, sections, about and
        bundle. A fact of the same name stands in place of the finding: that of a comparison is by
        policy.
    """
    return {
        "version": VERSION,
        "analysis": kind,
        "title": report.title,
        "finding": report.finding,
        "caveat": report.caveat,
        **plain_value(report.facts),
        "sections": [_section(one) for one in report.sections],
        "about": dict(report.about),
        "bundle": None if bundle is None else str(bundle),
    }


def _section(section: Section) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": section.name,
        "title": section.title,
        "words": list(section.words),
        "tables": {one.name: _table(one) for one in section.tables},
        "pictures": {
            one.name: {"about": one.about, "columns": plain_value(arrays(one.columns))}
            for one in section.pictures
        },
    }
    if section.again:
        found["again"] = [
            {
                "about": one.about,
                "set": list(one.settings),
                "policies": list(one.policies),
                "replicates": one.replicates,
            }
            for one in section.again
        ]
    return found


def _table(table: Table) -> dict[str, Any]:
    return {"title": table.title, "columns": plain_value(table.plain())}


def plain_value(value: Any) -> Any:
    """A value as JSON can hold it; None for a figure that is none."""
    if isinstance(value, Mapping):
        return {str(name): plain_value(one) for name, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind == "M":
            return value.astype(str).tolist()
        return plain_value(value.tolist())
    if isinstance(value, list | tuple):
        return [plain_value(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
