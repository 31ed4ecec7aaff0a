"""What is typed after a command, and what it stands for: a file, a row of a sweep, policies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisis_abm.cli import screen

if TYPE_CHECKING:
    from crisis_abm.experiment.row import Row
    from crisis_abm.report.sections import Again
    from crisis_abm.scenario import Policy as PolicyValue
    from crisis_abm.scenario import Scenario


FileOrRow = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE",
        help="A scenario file, or the name of a ready-made one (see [bold]scenarios[/bold]).",
        show_default=False,
    ),
]
Sweep = Annotated[
    Path | None,
    typer.Option(
        "--sweep",
        metavar="DIR",
        help="Instead of FILE: what a row of this sweep was run with.",
        show_default=False,
    ),
]
Point = Annotated[
    int | None,
    typer.Option(
        "--point",
        metavar="N",
        min=0,
        help="Of [bold]--sweep[/bold]: which point, as in the column of its table.",
        show_default=False,
    ),
]
Host = Annotated[
    str,
    typer.Option(
        "--host",
        metavar="ADDRESS",
        help="To let others in, the address of this machine in their network, or 0.0.0.0.",
    ),
]
AllowedHosts = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host",
        metavar="NAME",
        help="A further name or address by which browsers may come; can be given repeatedly.",
        show_default=False,
    ),
]
BaseUrl = Annotated[
    str,
    typer.Option(
        "--base-url",
        metavar="URL",
        help="The address that others see, if a proxy stands in front.",
        show_default=False,
    ),
]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Whether to open a browser.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.", show_default=False)]
Policy = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        help="siloed, reciprocal, one of the scenario's own, or levers: "
        "agenda=1,communication=.5. By default the scenario's.",
        show_default=False,
    ),
]
Replicate = Annotated[
    int | None,
    typer.Option(
        "--replicate",
        metavar="N",
        min=0,
        help="The crisis of this replicate of [bold]compare[/bold] with the same seed.",
        show_default=False,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", min=0, max=2**53, help="Of all chance: same seed, same crises."
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a value of the scenario, as in behaviour.hoarding=2. Can be "
        "repeated; events[+]={…} adds one.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Keep tables, pictures and all that is needed to run it again in this folder.",
        show_default=False,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        help="Processes; by default one a core where that pays. Never changes a result.",
        show_default=False,
    ),
]


_CHANGE = re.compile(r"""((?:"[^"]*"|'[^']*'|[^"'=])*)(=)(.*)""", re.DOTALL)


def ready_made() -> dict[str, Path]:
    """The files of the ready-made scenarios by name."""
    from crisis_abm.scenario import ready_made_scenarios

    return ready_made_scenarios()


def load(file: str, changes: Sequence[str] | None = None) -> Scenario:
    """The scenario that FILE and ``--set`` stand for.

    Raises
    ------
    ScenarioError
    """
    from crisis_abm.scenario import Scenario

    return changed(Scenario.load(file), changes)


def changed(scenario: Scenario, changes: Sequence[str] | None) -> Scenario:
    """The scenario with what stands behind ``--set``; the same one if that is nothing."""
    for some in _in_turn(map(_change, changes or ())):
        scenario = _changed(scenario, some)
    return scenario


def _in_turn(changes: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    """The changes, in as few turns as entries that are added to the same list allow."""
    turns: list[dict[str, Any]] = []
    for path, value in changes:
        if not turns or ("[+]" in path and path in turns[-1]):
            turns.append({})
        turns[-1][path] = value
    return turns


def _changed(scenario: Scenario, changes: dict[str, Any]) -> Scenario:
    """The scenario with values set, saying what that takes away.

    A value that was uncertain is so no more; what a shortened run ends before is left out.
    """
    from crisis_abm.scenario.overrides import ranges_of
    from crisis_abm.scenario.paths import show_place

    settled = ranges_of(scenario, changes)
    for path in settled:
        typer.echo(f"{path} is set, so its range under [uncertain] is left out", err=True)
    ranges = {show_place(("uncertain", path)): None for path in settled}
    changed = scenario.with_(changes | ranges)
    for entry in changed.left_out:
        run = f"a run of {changed.time.steps:,} {changed.time.unit}s"
        typer.echo(f"{entry} is left out: {run} ends before it", err=True)
    return changed


def _change(written: str) -> tuple[str, Any]:
    """Path and value of one ``--set``; an = in quotes is part of a name."""
    parts = _CHANGE.fullmatch(written)
    path, sign, value = parts.groups() if parts else written.partition("=")
    if not sign or not path.strip():
        message = f'--set "{written}" is no change; write a path, = and a value'
        raise typer.BadParameter(f"{message}, as in behaviour.hoarding=2")
    return path.strip(), value_of(value.strip())


def value_of(written: str) -> Any:
    """A value as in a scenario file; what is none is taken as text.

    >>> value_of("2"), value_of("[1, 2]"), value_of("reciprocal"), value_of('"2"')
    (2, [1, 2], 'reciprocal', '2')
    """
    from crisis_abm.scenario import ScenarioError
    from crisis_abm.scenario.io.load import parse_text

    try:
        data = parse_text(f"value = {written}", "")
    except ScenarioError:
        return written
    return data["value"] if list(data) == ["value"] else written


def known_outcome(name: str, directed: bool = False) -> str:
    """The outcome of this name.

    Parameters
    ----------
    name : str
    directed : bool
        Whether only one will do of which less, or more, is better.

    Raises
    ------
    typer.BadParameter
    """
    from crisis_abm.outcomes import OUTCOMES
    from crisis_abm.scenario.problems import nearest

    if name not in OUTCOMES:
        message = f'there is no outcome "{name}"; {nearest(name, list(OUTCOMES), "outcomes")}'
    elif directed and OUTCOMES[name].better == 0:
        message = f"of {name} neither less nor more is better, so there is no best order"
    else:
        return name
    raise typer.BadParameter(message, param_hint="'--outcome'")


def names_in(written: Sequence[str] | None) -> list[str] | None:
    """Names with commas between, perhaps in several options; one with a comma stands in quotes.

    >>> names_in(["ward,depot", '"St. Mary, north",ward'])
    ['ward', 'depot', 'St. Mary, north']
    """
    import csv

    if written is None:
        return None
    rows = csv.reader(written, skipinitialspace=True)
    names = [name.strip() for row in rows for name in row]
    return list(dict.fromkeys(name for name in names if name))


def split_policies(written: Sequence[str]) -> list[str]:
    """The policies in what was given as ``--policies``.

    >>> split_policies(["siloed,reciprocal", "agenda=1,communication=.5"])
    ['siloed', 'reciprocal', 'agenda=1,communication=.5']
    """
    from crisis_abm.scenario.schema.policy import policy_texts

    policies = policy_texts(";".join(written))
    twice = next((name for name in policies if policies.count(name) > 1), None)
    if twice:
        raise typer.BadParameter(f'"{twice}" is named twice', param_hint="'--policies'")
    if len(policies) < 2:
        message = "name at least two, the first is what the others are compared with"
        raise typer.BadParameter(message, param_hint="'--policies'")
    return policies


@dataclass(frozen=True)
class RunRequest:
    """A run that was asked for; `row` is the row of a sweep that it is to be the same as."""

    scenario: Scenario
    policy: PolicyValue
    seed: int
    replicate: int | None
    row: Row | None = None

    def facts(self) -> dict[str, Any]:
        """What a manifest says of where the run comes from."""
        if self.row is None:
            return {}
        row = self.row
        return {"sweep": str(row.folder), "point": row.point, "row_replicate": row.replicate}

    def as_json(self, outcomes: dict[str, float]) -> dict[str, Any]:
        """What the row says, as plain data."""
        if self.row is None:
            return {}
        row, same = self.row, None
        if row.outcomes:
            same = not row.differences(outcomes)
        return {"row": {**self.facts(), "factors": row.factors, "status": row.status, "same": same}}

    def show_head(self) -> None:
        """Say which row it is, with the values of its point."""
        if self.row is not None:
            values = ", ".join(f"{name} = {value}" for name, value in self.row.factors.items())
            screen.say(
                f"Point {self.row.point}, replicate {self.row.replicate} of {self.row.folder}"
                + (f": {values}" if values else "")
            )

    def show_foot(self, outcomes: dict[str, float]) -> None:
        """Say whether the row says the same."""
        if self.row is not None:
            screen.say("\n" + _verdict(self.row, outcomes))


def _verdict(row: Row, outcomes: dict[str, float]) -> str:
    if row.status is None:
        return "The sweep has not run this row yet."
    if not row.outcomes:
        return f"In the sweep this row has no result ({row.status}: {row.error})."
    if not (differences := row.differences(outcomes)):
        return f"The row of the sweep says the same: {len(row.outcomes)} outcomes, to the last bit."
    name, (there, here) = next(iter(differences.items()))
    return (
        f"The row of the sweep says otherwise: {name} was {there!r} there, is {here!r} here, and "
        f"{len(differences) - 1} more differ; its manifest.json says what it was computed with."
    )


def requested_run(
    file: str | None,
    sweep: Path | None,
    point: int | None,
    policy: str | None,
    seed: int,
    replicate: int | None,
    changes: Sequence[str] | None,
) -> RunRequest:
    """The run that FILE stands for, or a row of a sweep (replicate 0 if none is named).

    A policy or changes beside a row ask what would be otherwise: then it is the row no more.

    Raises
    ------
    ScenarioError, BundleError
    """
    if not _of_sweep(file, sweep, point, seed):
        scenario = load(str(file), changes)
        return RunRequest(scenario, scenario.policy_named(policy), seed, replicate)
    from crisis_abm.experiment.row import row_of

    assert sweep is not None and point is not None
    row = row_of(sweep, point, replicate or 0)
    scenario = changed(row.scenario, changes)
    followed = scenario.policy_named(policy or row.policy)
    same = scenario is row.scenario and followed.name == row.policy
    return RunRequest(scenario, followed, row.seed, None, row if same else None)


def requested_scenario(
    file: str | None,
    sweep: Path | None,
    point: int | None,
    changes: Sequence[str] | None,
    seed: int = 0,
) -> tuple[Scenario, int]:
    """The scenario that FILE stands for, or a point of a sweep without its levers; and the seed.

    Raises
    ------
    ScenarioError, BundleError
    """
    if not _of_sweep(file, sweep, point, seed):
        return load(str(file), changes), seed
    from crisis_abm.experiment.row import scenario_at

    assert sweep is not None and point is not None
    scenario, seed = scenario_at(sweep, point)
    return changed(scenario, changes), seed


def _of_sweep(file: str | None, sweep: Path | None, point: int | None, seed: int) -> bool:
    """Whether a sweep is meant; refused if that is not clear."""
    if sweep is None:
        if point is not None:
            message = "is of a sweep; name that: --sweep DIR"
            raise typer.BadParameter(message, param_hint="'--point'")
        if file is None:
            message = "name a scenario file, or a row of a sweep: --sweep DIR --point N"
            raise typer.BadParameter(message, param_hint="'FILE'")
        return False
    if file is not None:
        message = f"a row of a sweep has its own scenario; leave out {file}, or --sweep"
        raise typer.BadParameter(message, param_hint="'--sweep'")
    if point is None:
        message = "say which point, as in the column of its table: --point N"
        raise typer.BadParameter(message, param_hint="'--sweep'")
    if seed:
        message = "a sweep has its own seed; leave out one of the two"
        raise typer.BadParameter(message, param_hint="'--seed'")
    return True


def again_of(again: Again, given: Mapping[str, Any]) -> str:
    """The command that runs the same crises with something else set.

    Parameters
    ----------
    again : Again
    given : mapping
        What the command was given: file, sweep, point, replicate, seed, changes.
    """
    from crisis_abm.report.copyable import as_file, command, with_settings

    several = again.replicates is not None
    words: list[object] = ["compare" if several else "run"]
    if given["sweep"] is None:
        words += [as_file(given["file"]), "--seed", given["seed"]]
    else:
        words += ["--sweep", as_file(given["sweep"]), "--point", given["point"]]
    if several:
        words += ["--policies", ",".join(again.policies), "--replicates", again.replicates]
    else:
        replicate = given.get("replicate")
        if given["sweep"] is not None and "replicate" in given:
            replicate = replicate or 0
        words += [] if replicate is None else ["--replicate", replicate]
        words += ["--policy", again.policies[0]]
    return with_settings(command(*words), (*(given["changes"] or ()), *again.settings))
