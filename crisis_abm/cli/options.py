"""What is typed after a command: files, policies, ``--set``; and what it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario

__all__ = [
    "File",
    "Json",
    "Out",
    "Policy",
    "Replicate",
    "Seed",
    "Set",
    "Workers",
    "load",
    "ready_made",
    "split_policies",
    "value_of",
]

File = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A scenario file, or the name of a ready-made one (see [bold]scenarios[/bold]).",
        show_default=False,
    ),
]
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
        help="Change a value of the scenario, as in behaviour.hoarding=2. Can be repeated.",
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
    from crisis_abm.scenario import Problem, Scenario, ScenarioError

    path, known = Path(file), ready_made()
    if path.exists():
        scenario = Scenario.load(path)
    elif (beside := path.with_name(path.name + ".toml")).is_file():
        scenario = Scenario.load(beside)
    elif file.removesuffix(".toml") in known:
        scenario = Scenario.load(known[file.removesuffix(".toml")])
    else:
        remedy = _near(path, list(known))
        raise ScenarioError(Problem(file, "", message="there is no such file", remedy=remedy))
    return _changed(scenario, dict(map(_change, changes))) if changes else scenario


def _changed(scenario: Scenario, changes: dict[str, Any]) -> Scenario:
    """The scenario with values set, saying what that takes away.

    A value that was uncertain is so no more; what a shortened run ends before is left out.
    """
    settled = [path for path in changes if path in scenario.uncertain]
    for path in settled:
        typer.echo(f"{path} is set, so its range under [uncertain] is left out", err=True)
    changed = scenario.with_(changes | {f'uncertain."{path}"': None for path in settled})
    for entry in changed.left_out:
        run = f"a run of {changed.time.steps:,} {changed.time.unit}s"
        typer.echo(f"{entry} is left out: {run} ends before it", err=True)
    return changed


def _near(path: Path, known: list[str]) -> str:
    """What somebody may have meant who named a file that does not exist."""
    from difflib import get_close_matches

    folder = path.parent
    beside = [entry.name for entry in folder.glob("*.toml")][:1000] if folder.is_dir() else []
    stems = {name.removesuffix(".toml"): name for name in beside}
    close = get_close_matches(path.stem, [*stems, *known], n=3, cutoff=0.5)
    if close:
        shown = (str(folder / stems[name]) if name in stems else name for name in close)
        return "did you mean " + " or ".join(dict.fromkeys(f'"{name}"' for name in shown)) + "?"
    return f"ready-made scenarios: {', '.join(known) or 'none'}; or write one: crisis-abm new NAME"


def _change(written: str) -> tuple[str, Any]:
    """Path and value of one ``--set``."""
    path, sign, value = written.partition("=")
    if not sign or not path.strip():
        message = f'--set "{written}" is no change; write a path, = and a value'
        raise typer.BadParameter(f"{message}, as in behaviour.hoarding=2")
    return path.strip(), value_of(value.strip())


def value_of(written: str) -> Any:
    """A value as in a scenario file; what is none is taken as text.

    >>> value_of("2"), value_of("[1, 2]"), value_of("reciprocal"), value_of('"2"')
    (2, [1, 2], 'reciprocal', '2')
    """
    import tomllib

    try:
        found = tomllib.loads(f"value = {written}")
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return written
    return found["value"] if list(found) == ["value"] else written


def split_policies(written: Sequence[str]) -> list[str]:
    """The policies in what was given as ``--policies``.

    A comma (or semicolon) begins a new policy, unless it stands between two levers of one.

    >>> split_policies(["siloed,reciprocal,agenda=1,communication=.5"])
    ['siloed', 'reciprocal', 'agenda=1,communication=.5']
    >>> split_policies(["siloed;agenda=1;parity=1"])
    ['siloed', 'agenda=1', 'parity=1']
    """
    found: list[str] = []
    for text in written:
        for part in text.split(";"):
            begun = False  # a policy written out as levers, in this part
            for word in (piece.strip() for piece in part.split(",")):
                if "=" in word and begun:
                    found[-1] += f",{word}"
                elif word:
                    found.append(word)
                begun = "=" in word
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice:
        raise typer.BadParameter(f'"{twice}" is named twice', param_hint="'--policies'")
    if len(found) < 2:
        message = "name at least two, the first is what the others are compared with"
        raise typer.BadParameter(message, param_hint="'--policies'")
    return found
