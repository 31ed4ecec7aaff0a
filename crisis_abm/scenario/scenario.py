"""A scenario: everything a crisis is, before its first tick.

Attributes are the keys of the file (`Content`); methods give what the rest of the program builds
on, with built-in kinds merged in, groups spelt out and tables read. A scenario never changes;
`with_` makes another. Whatever exists has passed every check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import PrivateAttr, ValidationError

from crisis_abm.scenario import overrides
from crisis_abm.scenario.checks import check
from crisis_abm.scenario.checks.events import policy_changes
from crisis_abm.scenario.io.imports import Imported, read_tables
from crisis_abm.scenario.io.load import (
    LARGEST_FILE,
    KeptFiles,
    parse_text,
    read_text,
    refuse_too_deep,
    scenario_file,
)
from crisis_abm.scenario.io.write import canonical_hash, save_text, written
from crisis_abm.scenario.overrides import LeftOut
from crisis_abm.scenario.paths import Change, with_lines
from crisis_abm.scenario.problems import Problem, ScenarioError
from crisis_abm.scenario.pydantic_errors import faults, faults_of_many, without
from crisis_abm.scenario.resolved import Resolved, once
from crisis_abm.scenario.schema.policy import BUILT_IN, Policy, parse_policy, policy_texts


class Scenario(Resolved):
    """A checked scenario.

    Make one with `load`, `from_text` or `from_dict`. Attributes are the file's top-level keys, as
    the file has them; `members`, `recipes`, `resources_in_play`, `areas_in_play`, `all_links`,
    `all_aid` and `all_referral` give the same with nothing left open.

    Attributes
    ----------
    source : str
        Path of the file, or what the text was called.
    warnings : list of str
        What the checks found odd but not wrong.
    """

    _folder: Path | None = PrivateAttr(None)
    _text: str | None = PrivateAttr(None)
    _data: dict[str, Any] = PrivateAttr(default_factory=dict)
    _changes: tuple[Change, ...] = PrivateAttr(())
    _left_out: tuple[LeftOut, ...] = PrivateAttr(())
    _files: KeptFiles | None = PrivateAttr(None)
    _warnings: list[str] = PrivateAttr(default_factory=list)
    _drawn_policies: dict[Policy, Policy] = PrivateAttr(default_factory=dict)

    # ------------------------------------------------------------------ making one

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read and check a scenario file.

        Parameters
        ----------
        path : str or Path
            The file, with or without ``.toml``, or the name of a ready-made scenario.

        Raises
        ------
        ScenarioError
            With every problem found, if it cannot be used.
        """
        path = scenario_file(path)
        text = read_text(path, LARGEST_FILE)
        return cls.from_text(text, source=str(path), folder=path.parent)

    @classmethod
    def of(cls, given: Scenario | str | Path) -> Scenario:
        """A scenario as it is `given`, or the one that `load` finds.

        >>> Scenario.of("local_shock").title
        'Local shock: a town loses its suppliers'
        """
        if isinstance(given, Scenario):
            return given
        if not isinstance(given, str | Path):
            raise TypeError(f"scenario={given!r}: it takes a Scenario, a file or a name")
        return cls.load(given)

    @classmethod
    def from_text(
        cls,
        text: str,
        source: str = "<text>",
        folder: str | Path | None = None,
        imported: Imported | None = None,
    ) -> Self:
        """As `load`, of TOML text.

        Parameters
        ----------
        text : str
        source : str
            What it is called in messages.
        folder : str or Path, optional
            Where its tables are looked for.
        imported : Imported, optional
            What they hold, if they were read before.
        """
        data, place = parse_text(text, source), Path(folder) if folder is not None else None
        return cls._checked(data, source, place, text, imported=imported)

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], source: str = "<dict>", folder: str | Path | None = None
    ) -> Self:
        """As `load`, of plain `data` as TOML holds it; `source`, `folder` as in `from_text`."""
        refuse_too_deep(data, source)
        return cls._checked(overrides.plain(data), source, Path(folder) if folder else None, None)

    @classmethod
    def _checked(
        cls,
        data: dict[str, Any],
        source: str,
        folder: Path | None,
        text: str | None,
        changes: tuple[Change, ...] = (),
        imported: Imported | None = None,
        files: KeptFiles | None = None,
    ) -> Self:
        problems: list[Problem] = []
        left_out: list[tuple[str | int, ...]] = []
        scenario: Self | None = None
        if many := faults_of_many(data, source, cls):
            raise ScenarioError(with_lines(many, source, text, {parts for parts, _ in changes}))
        tried = data
        for _ in range(6):  # leaving out a fault can bring another to light
            try:
                scenario = cls.model_validate(tried)
                break
            except ValidationError as error:
                if not left_out:
                    problems += faults(error, source)
                tried, more = without(tried, error)
                left_out += more
        if scenario is not None:
            scenario._source, scenario._folder, scenario._text = source, folder, text
            scenario._data, scenario._changes, scenario._files = data, changes, files
            in_tables: list[Problem] = []
            if imported is None:
                imported, in_tables = read_tables(scenario.tables, folder, source, files)
            scenario._imported = imported
            found, warnings = check(scenario, left_out, bool(in_tables))
            scenario._warnings = [*imported.notes, *warnings]
            problems += in_tables + found
        if problems or scenario is None:
            raise ScenarioError(with_lines(problems, source, text, {parts for parts, _ in changes}))
        return scenario

    def with_lines(self, problems: list[Problem]) -> list[Problem]:
        """Problems with the lines of the file that they are in.

        Parameters
        ----------
        problems : list of Problem
            What is changed with `with_` has no line.
        """
        changed = {parts for parts, _ in self._changes}
        return with_lines(problems, self._source, self._text, changed)

    def with_(self, changes: Mapping[str, Any] | None = None, /, **more: Any) -> Self:
        """Another scenario, with the values at some paths changed, checked as a whole.

        Parameters
        ----------
        changes, **more : mapping of str to value
            Dotted paths as in errors: ``{"behaviour.hoarding": 2, "organisations.ward.capacity":
            9}``. None takes a key away. Shortening ``time.steps`` also takes away events and policy
            changes that would lie behind the end, but for those whose start is set as well; see
            `left_out`.

        Raises
        ------
        ScenarioError
        """
        wanted = {**(changes or {}), **more}
        data, made, late = overrides.apply(self._data, wanted, self, self._source)
        touches_tables = any(parts[0] == "tables" for parts, _ in made)
        changed = type(self)._checked(
            data,
            self._source,
            self._folder,
            self._text,
            self._changes + made,
            None if touches_tables else self._imported,
            self._files,
        )
        changed._left_out = (*self._left_out, *late)
        return changed

    def reading(self, files: KeptFiles) -> Self:
        """The same scenario, with its tables (and those of `with_`) taken from these files.

        Raises
        ------
        ScenarioError
            If its own tables cannot be read, or have changed since they were.
        """
        again = type(self)._checked(
            self._data, self._source, self._folder, self._text, self._changes, None, files
        )
        if again.fingerprint() != self.fingerprint():
            message = "a file that it names has changed since it was read"
            raise ScenarioError(
                Problem(self._source, "tables", message=message, remedy="load it again")
            )
        again._left_out = self._left_out
        return again

    # ------------------------------------------------------------------ what it is called

    @property
    def folder(self) -> Path | None:
        """Where its tables are looked for."""
        return self._folder

    @property
    def imported(self) -> Imported:
        """What its tables hold."""
        return self._imported

    @property
    def files(self) -> KeptFiles | None:
        """Where its tables are taken from, if not from the disk every time; see `reading`."""
        return self._files

    @property
    def warnings(self) -> list[str]:
        """What the checks found odd but not wrong."""
        return self._warnings

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Events and policy changes that `with_` has taken away, since the run ends before them."""
        return self._left_out

    @once
    def fingerprint(self) -> str:
        """SHA-256 of the content, as hexadecimal digits.

        The same whatever the order of keys, the comments, or whether organisations stand in the
        file or in a table beside it.
        """
        return canonical_hash(self, self._imported)

    # ------------------------------------------------------------------ writing back

    def to_toml(self, inline_tables: bool = False, places: Mapping[str, str] | None = None) -> str:
        """The scenario as a file: the one it came from with its comments, and the changes made.

        Parameters
        ----------
        inline_tables : bool
            Write what was read from tables into the text, so that it needs no other file.
        places : mapping of str to str
            What to call files of tables instead.
        """
        imported = self._imported if inline_tables else None
        data, changes = self._data, self._changes
        if places and "tables" in data:
            moved = overrides.renamed(data["tables"], places, ("tables",))
            for parts, value in moved:
                data = overrides.with_value(data, parts, value)
            changes = (*changes, *moved)
        return written(self._text, data, changes, imported)

    def save(self, path: str | Path) -> None:
        """Write `to_toml` to the file at `path`, whole or not at all.

        Tables are written into it if it goes to another folder than theirs.

        Raises
        ------
        ScenarioError
            If the file cannot be written.
        """
        path = Path(path)
        moved = self._folder is None or path.parent.resolve() != self._folder.resolve()
        save_text(path, self.to_toml(inline_tables=self.tables is not None and moved))

    # ------------------------------------------------------------------ policies and uncertainty

    def policy_named(self, given: str | Policy | None = None) -> Policy:
        """A policy by its name, or from levers written out: ``agenda=1,communication=.5``.

        Parameters
        ----------
        given : str or Policy, optional
            A `Policy` is taken as it is, and need not stand in the scenario; by default the
            scenario's own.

        Raises
        ------
        ScenarioError
            If there is no such policy, or it changes what this scenario does not have.
        TypeError

        >>> from crisis_abm.scenario import Policy
        >>> Scenario.of("local_shock").policy_named(Policy(agenda=1, parity=0.5)).name
        'agenda=1.0,parity=0.5'
        """
        given = self.policy if given is None else given
        if isinstance(given, str):
            return parse_policy(given, self.policies, self._source, "policy")
        if not isinstance(given, Policy):
            raise TypeError(f"policy={given!r}: it takes a name, or levers: agenda=1,parity=.5")
        given = self.as_drawn(given)
        of_that_name = self._policy_called(given.name)
        if given == of_that_name:
            return given
        if problems := list(policy_changes(self, f"policies.{given.name}", given)):
            raise ScenarioError(problems)
        return given if given.name and of_that_name is None else given.named(given.text)

    def policies_named(self, given: str | Policy | Sequence[str | Policy]) -> tuple[Policy, ...]:
        """Several policies as `policy_named`; `given` may be a text with commas between them.

        Raises
        ------
        ValueError
            If two that differ have the same name: what they come to could not be told apart.

        >>> found = Scenario.of("local_shock").policies_named("siloed,agenda=1,parity=.5")
        >>> [policy.name for policy in found]
        ['siloed', 'agenda=1,parity=.5']
        """
        several = policy_texts(given) if isinstance(given, str) else given
        several = [several] if isinstance(several, Policy) else several
        policies = tuple(self.policy_named(each) for each in several)
        for name in {policy.name for policy in set(policies)}:
            if sum(policy.name == name for policy in set(policies)) > 1:
                remedy = "give one of them another name: policy.named('NAME')"
                raise ValueError(f"two different policies are called {name}; {remedy}")
        return policies

    def as_drawn(self, policy: Policy) -> Policy:
        """A policy in the crisis that this scenario was `drawn` for.

        The same, unless it stands in the scenario and a figure of it is uncertain.
        """
        return self._drawn_policies.get(policy, policy) if self._drawn_policies else policy

    def _policy_called(self, name: str) -> Policy | None:
        own = self.policies.get(name)
        return BUILT_IN.get(name) if own is None else own.named(name)

    def policy_names(self) -> list[str]:
        """The scenario's own policies and the built-in ones."""
        return [*self.policies, *(name for name in BUILT_IN if name not in self.policies)]

    def draw(self, seed: int, replicate: int) -> dict[str, float]:
        """One value for each path under `[uncertain]`, by `seed` and `replicate`; alike for all."""
        return overrides.draw(self, seed, replicate)

    def drawn(self, seed: int, replicate: int) -> Self:
        """The scenario of one `replicate`: with the values that `draw` gives it under `seed`."""
        values = self.draw(seed, replicate)
        if not values:
            return self
        drawn = self.with_(values)
        pairs = ((self._policy_called(n), drawn._policy_called(n)) for n in self.policies)
        drawn._drawn_policies = {
            one: other for one, other in pairs if one and other and one != other
        }
        return drawn

    # ------------------------------------------------------------------ inside

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self.fingerprint() == other.fingerprint()

    def __hash__(self) -> int:
        return hash(self.fingerprint())

    def __getstate__(self) -> dict[Any, Any]:
        state = dict(super().__getstate__())
        private = dict(state.get("__pydantic_private__") or {})
        state["__pydantic_private__"] = private | {"_cache": {}}
        return state

    def __repr__(self) -> str:
        return f"<Scenario {self.title!r} from {self._source}>"

    __str__ = __repr__
