"""The commands of the analyses, each made of its entry in the list of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisis_abm.cli import options
from crisis_abm.cli.answering import Answering
from crisis_abm.cli.guard import guarded, stoppable
from crisis_abm.cli.options import Json, Out, Policy, Replicate, Seed, Set, Workers
from crisis_abm.cli.sweep_rows import (
    Asked,
    FileOrRow,
    Point,
    Sweep,
    again_of,
    run_asked,
    scenario_asked,
)
from crisis_abm.cli.waiting import Waiting
from crisis_abm.report.analyses import ANALYSES, Analysis, Option

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario

__all__ = ["COMMANDS"]

KINDS: dict[str, type] = {"whole": int, "flag": bool}
FIRST = {"file": (FileOrRow, None)}
CRISIS = {"policy": (Policy, None), "replicate": (Replicate, None)}
LAST = {
    "seed": (Seed, 0),
    "sweep": (Sweep, None),
    "point": (Point, None),
    "workers": (Workers, None),
    "changes": (Set, None),
    "out": (Out, None),
    "json": (Json, False),
}


def command_of(analysis: Analysis) -> Callable[..., None]:
    """The command: takes what the analysis takes, runs it, keeps and says what came of it."""

    def command(**given: Any) -> None:
        _run(analysis, given)

    taken = {**FIRST, **(CRISIS if analysis.one_crisis else {})}
    taken |= {one.name: _parameter(one) for one in analysis.options} | LAST
    command.__name__ = analysis.name.replace("-", "_")
    command.__doc__ = analysis.about
    command.__annotations__ = {name: kind for name, (kind, _) in taken.items()}
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=given, annotation=kind)
            for name, (kind, given) in taken.items()
        ]
    )
    return guarded(command)


def _parameter(option: Option) -> tuple[Any, Any]:
    """What typer takes an option for, and its default."""
    dashed = (option.option or option.name).replace("_", "-")
    listed = option.kind in ("names", "policies")
    kind = list[str] if listed else KINDS.get(option.kind, str)
    default = None if listed else option.default
    written = f"--{dashed}/--no-{dashed}" if option.kind == "flag" else f"--{dashed}"
    more: dict[str, Any] = {} if option.kind == "flag" else {"metavar": option.metavar}
    if option.least is not None:
        more["min"] = option.least
    shown = default is not None and (option.kind != "whole" or default != 0)
    info = typer.Option(written, help=option.about, show_default=shown, **more)
    return Annotated[kind if default is not None else kind | None, info], default


def _run(analysis: Analysis, given: Mapping[str, Any]) -> None:
    asked = _asked(analysis, given)
    scenario = asked.scenario
    arguments = {one.name: _value(one, given[one.name], scenario) for one in analysis.options}
    arguments |= {"seed": asked.seed}
    if analysis.one_crisis:
        arguments |= {"policy": asked.policy, "replicate": asked.replicate}
    answering = Answering(analysis.name, scenario, given["changes"], given["out"], given["json"])
    with Waiting(analysis.doing, "runs") as watch:
        result = stoppable(lambda: _worked(analysis, scenario, arguments, given, watch), watch)
    told = {name: _named(value) for name, value in arguments.items()}
    facts = {"arguments": getattr(result, "arguments", told), **asked.facts()}
    report = analysis.report(result)
    answering.tell(report, facts, result.seconds, asked, lambda one: again_of(one, given))


def _asked(analysis: Analysis, given: Mapping[str, Any]) -> Asked:
    where = (given["file"], given["sweep"], given["point"])
    if not analysis.one_crisis:
        scenario, seed = scenario_asked(*where, given["changes"], given["seed"])
        return Asked(scenario, scenario.policy_named(scenario.policy), seed, None)
    if given["sweep"] is not None and given.get("replicates"):
        message = "a row of a sweep is one crisis; trace several of a scenario file"
        raise typer.BadParameter(message, param_hint="'--replicates'")
    how = (given["policy"], given["seed"], given["replicate"], given["changes"])
    return run_asked(*where, *how)


def _value(option: Option, given: Any, scenario: Scenario) -> Any:
    """What was typed for an option as its argument; refused before anything runs."""
    if option.kind == "policies":
        return scenario.policies_named(options.split_policies(given or [",".join(option.default)]))
    if option.kind == "policy":
        return scenario.policy_named(given)
    if option.kind == "names":
        return option.default if given is None else options.names_in(given)
    if option.kind in ("outcome", "better"):
        return options.known_outcome(given, directed=option.kind == "better")
    if option.choices and given is not None and given not in option.choices:
        message = f'"{given}" is none of {", ".join(option.choices)}'
        raise typer.BadParameter(message, param_hint=f"'--{option.option or option.name}'")
    return given


def _named(value: Any) -> Any:
    """An argument as a manifest has it: policies by their names."""
    from crisis_abm.scenario import Policy

    if isinstance(value, list | tuple):
        return [_named(one) for one in value]
    return value.name if isinstance(value, Policy) else value


def _worked(
    analysis: Analysis,
    scenario: Scenario,
    arguments: Mapping[str, Any],
    given: Mapping[str, Any],
    watch: Waiting,
) -> Any:
    from crisis_abm.analysis.weak_links.size import TooManyRuns

    try:
        return analysis.run(scenario, arguments, workers=given["workers"], progress=watch.tell)
    except TooManyRuns as error:
        narrower = [f"--{one.option or one.name}" for one in analysis.options if one.narrows]
        raise error.with_remedy(
            f"narrow it with {', '.join(narrower[:-1])} or {narrower[-1]}; "
            f"or allow it with --most-runs {error.runs}"
        ) from None


COMMANDS = {
    one.name: (command_of(one), [f"crisis-abm {one.name} {given}" for given in one.examples])
    for one in ANALYSES
    if one.examples
}
