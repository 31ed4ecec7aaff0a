"""What running a bundle again came to, on the screen and as JSON."""

from __future__ import annotations

import math
from typing import Any

import typer

from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.reproduce import Mismatch, Reproduction
from crisis_abm.runs.bundle import Bundle

__all__ = ["as_json", "show"]


def show(found: Reproduction) -> None:
    """Say identical, or what differs most and what may be the cause."""
    if found.identical:
        typer.echo(f"identical: all {found.compared:,} figures, to the last bit")
    elif found.mismatches:
        count = len(found.mismatches)
        typer.echo(f"different: {count:,} of {found.compared:,} figures")
        typer.echo(f"largest difference: {_told(found.mismatches[0])}")
    if found.unmatched:
        typer.echo(f"different: only one of the two has {', '.join(found.unmatched)}")
    if not found.same_scenario:
        typer.echo("its scenario.toml is not the one that was run (another fingerprint)")
    for name, (then, now) in found.versions.items():
        typer.echo(f"{name}: {then} then, {now} now")
    if not found.identical and not found.versions and found.same_scenario:
        typer.echo("no version differs: the figures, or the program, were changed")


def _told(one: Mismatch) -> str:
    percent = f" ({100 * one.size:.3g}%)" if math.isfinite(one.size) else ""
    if one.table:
        where = f"{one.table}, line {one.line}, {one.outcome}"
        return f"{where}: {one.before} then, {one.now} now{percent}"
    title = OUTCOMES[one.outcome].title if one.outcome in OUTCOMES else one.outcome
    where = f"{title}, {one.policy}"
    if one.replicate is not None:
        where += f", replicate {one.replicate}"
    return f"{where}: {one.before!r} then, {one.now!r} now{percent}"


def as_json(bundle: Bundle, found: Reproduction) -> dict[str, Any]:
    """The same as plain data."""
    largest = None
    if found.mismatches:
        one = found.mismatches[0]
        largest = {
            "outcome": one.outcome,
            "policy": one.policy,
            "replicate": one.replicate,
            "table": one.table or None,
            "line": one.line or None,
            "before": _plain(one.before),
            "now": _plain(one.now),
            "relative": one.size if math.isfinite(one.size) else None,
        }
    return {
        "bundle": str(bundle.folder),
        "identical": found.identical,
        "compared": found.compared,
        "different": len(found.mismatches),
        "largest_difference": largest,
        "unmatched": found.unmatched,
        "same_scenario": found.same_scenario,
        "versions": {name: {"then": a, "now": b} for name, (a, b) in found.versions.items()},
    }


def _plain(value: float | str) -> float | str | None:
    """A figure or a cell; JSON knows neither NaN nor infinity."""
    return value if isinstance(value, str) or math.isfinite(value) else None
