"""An experiment: a scenario, what differs between its runs, and which runs there are.

In the terms of exploratory modelling (Lempert, Popper & Bankes 2003; Kwakkel 2017): uncertainties,
levers, constants, outcomes. Attributes never change, and an experiment can be sent to another
process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from crisis_abm.experiment.design.factors import Factor
from crisis_abm.experiment.design.load import (
    LARGEST_FILE,
    ExperimentError,
    Read,
    read_experiment,
    set_by,
)
from crisis_abm.experiment.design.points import Points, points_of
from crisis_abm.experiment.design.schema import Design, plain_json, written
from crisis_abm.experiment.design.setting import Setting, setting_of
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.io.load import parse_text, read_text, shipped
from crisis_abm.scenario.overrides import plain
from crisis_abm.scenario.problems import NOTHING, nearest

_WORDS = {-1: "less", 0: "neither", 1: "more"}


@dataclass(frozen=True, eq=False)
class Experiment:
    """A checked experiment. Make one with `load`, `from_text` or `from_dict`.

    Attributes
    ----------
    title, description : str
    replicates, seed : int
        Each point is run `replicates` times; the crises are those of `runs.compare` with `seed`.
    scenario : Scenario
        With constants applied, and without the ranges under `[uncertain]` of paths that the
        experiment sets itself.
    written : Scenario
        The same before all that: what the experiment names, or was given.
    constants : dict of str to object
    outcomes : tuple of str
        Names of `outcomes.OUTCOMES`.
    directions : dict of str to int
        By outcome: -1 less is better, +1 more is, 0 neither.
    source : Path
        The file, or what the text was called.
    factors : tuple of Factor
        Uncertainties, then levers.
    design : Design
    points : Points
    """

    title: str
    description: str
    replicates: int
    seed: int
    scenario: Scenario
    written: Scenario = field(repr=False)
    constants: Mapping[str, Any]
    outcomes: tuple[str, ...]
    directions: Mapping[str, int]
    source: Path
    factors: tuple[Factor, ...]
    design: Design
    points: Points
    _data: dict[str, Any] = field(repr=False)
    _text: str | None = field(repr=False)
    _rows: list[dict[str, Any]] = field(repr=False)

    # ------------------------------------------------------------------ making one

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read and check an experiment file.

        Raises
        ------
        ExperimentError
            With every problem found, if it cannot be used.
        """
        path = Path(path)
        try:
            text = read_text(path, LARGEST_FILE)
        except ScenarioError as error:
            raise ExperimentError(error.problems) from None
        return cls.from_text(text, path.parent, str(path))

    @classmethod
    def from_text(cls, text: str, folder: str | Path | None = None, source: str = "<text>") -> Self:
        """As `load`, of TOML text; scenario and points are looked for in `folder`."""
        try:
            data = parse_text(text, source)
        except ScenarioError as error:
            raise ExperimentError(error.problems) from None
        return cls._made(data, source, folder, text)

    @classmethod
    def from_dict(
        cls,
        data: Mapping[str, Any],
        folder: str | Path | None = None,
        source: str = "<dict>",
        scenario: Scenario | None = None,
    ) -> Self:
        """As `load`, of the plain data a TOML file would hold.

        Parameters
        ----------
        data : mapping
        folder : path, optional
        source : str
        scenario : Scenario, optional
            Take this scenario, not the one that `data` names; ``data["scenario"]`` may be left
            out.
        """
        own: dict[str, Any] = plain(data)
        if scenario is not None:
            own.setdefault("scenario", scenario.source)
        return cls._made(own, source, folder, None, scenario)

    @classmethod
    def _made(
        cls,
        data: dict[str, Any],
        source: str,
        folder: str | Path | None,
        text: str | None,
        scenario: Scenario | None = None,
    ) -> Self:
        place = Path(folder) if folder is not None else None
        read: Read = read_experiment(data, source, place, text, scenario)
        content = read.content
        return cls(
            title=content.title,
            description=content.description,
            replicates=content.replicates,
            seed=content.seed,
            scenario=read.scenario,
            written=read.written,
            constants=read.constants,
            outcomes=tuple(read.directions),
            directions=read.directions,
            source=Path(source),
            factors=read.factors,
            design=content.design,
            points=points_of(read.factors, content.design, content.seed, read.rows),
            _data=data,
            _text=text,
            _rows=read.rows,
        )

    # ------------------------------------------------------------------ what is run

    @property
    def runs(self) -> int:
        """Points times replicates."""
        return len(self.points) * self.replicates

    @property
    def uncertainties(self) -> tuple[Factor, ...]:
        """The factors that nobody chooses."""
        return tuple(factor for factor in self.factors if factor.kind == "uncertainty")

    @property
    def levers(self) -> tuple[Factor, ...]:
        """The factors that somebody chooses."""
        return tuple(factor for factor in self.factors if factor.kind == "lever")

    def setting(self, point: int) -> Setting:
        """One point in the model's own terms.

        Raises
        ------
        IndexError
            If there is no such point.
        """
        return setting_of(self, point)

    # ------------------------------------------------------------------ what it is

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The files of tables that constants and factors name, with what was read from them."""
        return set_by(self.scenario, self.constants, self.factors)

    @cached_property
    def file_hashes(self) -> tuple[tuple[str, str], ...]:
        """SHA-256 (hex) of each of `files`, by name, in alphabetical order."""
        return tuple(
            (name, hashlib.sha256(content).hexdigest())
            for name, content in sorted(self.files.items())
        )

    def describe(self) -> dict[str, Any]:
        """All that decides what the runs are, as plain data; two can be compared key by key."""
        scenario = {"title": self.written.title, "fingerprint": self.written.fingerprint()}
        design = self.design
        found = {
            "title": self.title,
            "scenario": scenario,
            "constants": self.constants,
            "uncertainties": {one.name: one.described() for one in self.uncertainties},
            "levers": {one.name: one.described() for one in self.levers},
            "outcomes": {name: _WORDS[self.directions[name]] for name in self.outcomes},
            "design": design.model_dump(exclude={"file", "points"}, exclude_none=True),
            "points": {"count": len(self.points), "sha256": self.points.digest},
            "replicates": self.replicates,
            "seed": self.seed,
        }
        if self.files:
            found["files"] = dict(self.file_hashes)
        if design.method == "one_at_a_time":
            found["base"] = {one.name: one.base for one in self.factors}
        described: dict[str, Any] = plain_json(found)
        return described

    def fingerprint(self) -> str:
        """SHA-256 (hex) of `describe`, but for the title."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        content = {key: value for key, value in self.describe().items() if key != "title"}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_toml(self, scenario: str | None = None, files: Mapping[str, str] | None = None) -> str:
        """The experiment as a file.

        Parameters
        ----------
        scenario : str, optional
            Name this scenario instead, and write the points of a table into the text: so that the
            file can be read in another folder, beside a copy of the scenario. Without it the text
            is the one it came from, comments and all.
        files : mapping of str to str, optional
            Where copies of `files` lie, by their names, relative to that file.
        """
        if scenario is None:
            return written(self._data) if self._text is None else self._text
        data = {key: value for key, value in self._data.items() if key != "files"}
        data |= {"scenario": scenario} | ({"files": dict(files)} if files else {})
        if self.design.file is not None:
            kept = {key: value for key, value in data["design"].items() if key != "file"}
            data["design"] = kept | {"points": self._rows}
        return written(data)

    def __repr__(self) -> str:
        points, replicates = len(self.points), self.replicates
        return f"<Experiment {self.title!r}: {points} points, {replicates} replicates>"


def ready_made_experiments() -> dict[str, Path]:
    """The files of the ready-made experiments by name.

    Examples
    --------
    >>> from crisis_abm.experiment import Experiment
    >>> Experiment.load(ready_made_experiments()["spare_supplies"]).runs
    320
    """
    return shipped("experiments")


def experiment_file(named: str) -> Path:
    """The experiment file somebody means: a path, with or without ``.toml``, or a ready-made one.

    Raises
    ------
    ExperimentError
        If there is none.
    """
    path, known = Path(named), ready_made_experiments()
    if path.is_file():
        return path
    if path.name and (beside := path.with_name(path.name + ".toml")).is_file():
        return beside
    if named.removesuffix(".toml") in known:
        return known[named.removesuffix(".toml")]
    if path.exists():  # a folder: what is wrong with it is told when it is read
        return path
    files = [str(file) for file in sorted(path.parent.glob("*.toml"))[:1000]]
    remedy = nearest(named, [*known, *files])
    if not remedy.startswith("did you mean"):  # not a list of whatever lies in the folder
        remedy = nearest(named, known, "ready-made experiments")
    raise ExperimentError(Problem(named, "", NOTHING, "there is no such file", remedy))
