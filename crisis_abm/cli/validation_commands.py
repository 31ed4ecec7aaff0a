"""The command that holds the engine against published and analytic results."""

from __future__ import annotations

from typing import Any

import typer

from crisis_abm.cli import screen
from crisis_abm.cli.guard import guarded, stoppable
from crisis_abm.cli.options import Json, Workers
from crisis_abm.cli.waiting import Waiting

__all__ = ["COMMANDS"]


@guarded
def validate(workers: Workers = None, json: Json = False) -> None:
    """Hold the engine against published and analytic results (exit code 1 if one fails)."""
    from crisis_abm.validation import STANDARD, validate

    with Waiting("Validating", "cases") as watch:
        cases = stoppable(lambda: validate(workers, watch.tell), watch)
    failed = [case for case in cases if not case.passed]
    if json:
        screen.show_json({"passed": not failed, "cases": [_as_json(case) for case in cases]})
    else:
        _show(cases)
        kept = f"{len(cases) - len(failed)} of {len(STANDARD)} cases as expected"
        typer.echo(kept + (f"; failed: {', '.join(c.name for c in failed)}" if failed else ""))
    if failed:
        raise typer.Exit(1)


def _show(cases: list[Any]) -> None:
    table = screen.new_table()
    for head in ("Case, parameters, source", "figure", "expected", "measured", "within", "pass"):
        numeric = head in ("expected", "measured", "within")
        table.add_column(head, justify="right" if numeric else "left", overflow="fold")
    for case in cases:
        parameters = ", ".join(f"{k} = {_short(v)}" for k, v in case.parameters.items())
        told = f"{case.name}\n{parameters}\n{case.source}"
        for name, wanted in case.expected.items():
            table.add_row(
                told,
                name,
                _figures(wanted),
                _figures(case.measured[name]),
                f"{case.tolerance[name]:.2g}",
                "yes" if case.passed else "NO",
            )
            told = ""
    screen.show(table)


def _figures(value: Any) -> str:
    several = value if isinstance(value, tuple) else (value,)
    return "\n".join(f"{one:.6g}" for one in several)


def _short(value: Any) -> str:
    """A parameter in few characters: a list of equal numbers as number × count."""
    if isinstance(value, list) and len(value) > 4 and len(set(value)) == 1:
        return f"{value[0]:g} × {len(value)}"
    return str(value)


def _as_json(case: Any) -> dict[str, Any]:
    return {
        "case": case.name,
        "source": case.source,
        "parameters": case.parameters,
        "expected": case.expected,
        "measured": case.measured,
        "tolerance": case.tolerance,
        "passed": case.passed,
    }


COMMANDS = {"validate": (validate, ("crisis-abm validate",))}
