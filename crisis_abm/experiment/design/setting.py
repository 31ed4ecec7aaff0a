"""What one run needs: the scenario of a point and a replicate as arrays, its policy, its seed.

What runs have in common: replicate r of every point has the seed ``replicate_seed(seed, r)``, so
its crisis; what the scenario itself calls uncertain (and the experiment does not set) is drawn for
replicate r as `runs.compare` draws it, the same at every point; and which organisations follow a
policy that only a share follows depends on the replicate alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.experiment.design.read_factors import split_lever
from crisis_abm.runs.prepared import Prepared, Recent, kept, replicate_seed
from crisis_abm.scenario import LEVERS, Scenario, ScenarioError
from crisis_abm.streams import stream_id, uniform
from crisis_abm.tables import Tables, compile_policy, layout
from crisis_abm.tables.choice import entity_keys
from crisis_abm.tables.schedule import followed_by

if TYPE_CHECKING:
    from crisis_abm.experiment.experiment import Experiment

BASE_POLICY = "siloed"  # where no policy is a lever, and of those outside the share
SHARE = stream_id("share that follows a policy")
MOST_WORLDS = 64


@dataclass(frozen=True)
class Setting:
    """One point, said in the model's own terms.

    Attributes
    ----------
    changes : tuple of (str, object)
        Paths of the scenario with their values, for `Scenario.with_`.
    policy : str
        A name, or levers written out.
    levers : tuple of (str, str or None, float)
        Lever, kind (None: everybody), value: set on top of the policy, for the whole run. What is
        for a kind goes before what is for everybody.
    share : float or None
        Of organisations that follow all this, the rest being siloed; None: all.
    """

    changes: tuple[tuple[str, Any], ...]
    policy: str = BASE_POLICY
    levers: tuple[tuple[str, str | None, float], ...] = ()
    share: float | None = None


def setting_of(experiment: Experiment, point: int) -> Setting:
    """Sort the values of one point by what they do."""
    row = experiment.points[point]
    changes, levers = [], []
    policy, share = BASE_POLICY, None
    for factor in experiment.factors:
        value = factor.plain(row[factor.name])
        if factor.kind == "uncertainty":
            changes.append((factor.name, value))
        elif factor.name == "policy":
            policy = value
        elif factor.name == "share":
            share = value
        else:
            levers.append((*split_lever(factor.name), value))
    levers.sort(key=lambda lever: lever[1] is not None)
    return Setting(tuple(changes), policy, tuple(levers), share)


def prepare(
    experiment: Experiment, point: int, replicate: int
) -> tuple[Scenario, Tables, layout.Policy, int]:
    """Make what one run needs.

    Tables are kept for the next calls, as many as fit a bound: runs that differ in levers only
    share them, and if the scenario draws nothing, replicates do too. Asked for in the order point
    by point within a replicate, or replicate by replicate within a state of the world
    (`Points.world`), they are seldom made twice.

    Parameters
    ----------
    experiment : Experiment
    point : int
        From 0.
    replicate : int
        From 0; at or above ``experiment.replicates`` it is one that more replicates would add.

    Returns
    -------
    scenario : Scenario
        With constants, the point's uncertainties and the replicate's draws.
    tables : Tables
        Not to be changed.
    policy : layout.Policy
    seed : int
        Of the run.

    Raises
    ------
    ScenarioError
        If the values of this point do not go together (each alone does).
    """
    setting = experiment.setting(point)
    try:
        made = _built(experiment, setting.changes, replicate)
    except ScenarioError as error:  # the file is right, and lies elsewhere on every machine
        name = experiment.scenario.title
        raise ScenarioError([replace(one, file=name) for one in error.problems]) from None
    seed = replicate_seed(experiment.seed, replicate)
    return made.scenario, made.tables, _followed(made, setting, seed), seed


def follow(scenario: Scenario, tables: Tables, setting: Setting, seed: int) -> layout.Policy:
    """Set out policy, levers and share of a setting for every organisation.

    Parameters
    ----------
    scenario : Scenario
    tables : Tables
    setting : Setting
    seed : int
        Of the run: it decides who is among the share.
    """
    policy = compile_policy(scenario, tables, scenario.policy_named(setting.policy))
    for lever, kind, value in setting.levers:
        policy = _held(policy, scenario, _rows(tables, kind), LEVERS[lever].column, value)
    if setting.share is None or setting.share >= 1:
        return policy
    rest = compile_policy(scenario, tables, scenario.policy_named(BASE_POLICY))
    return followed_by(adopters(tables, setting.share, seed), policy, rest)


def _rows(tables: Tables, kind: str | None) -> np.ndarray:
    if kind is None:
        return np.arange(len(tables.ids))
    return np.flatnonzero(tables.world.organisations.kind == tables.kinds.index(kind))


def _held(
    policy: layout.Policy, scenario: Scenario, rows: np.ndarray, lever: int, value: float
) -> layout.Policy:
    """Hold one lever of some organisations at a value, also where the policy would change it."""
    levers = policy.levers.copy()
    levers[rows, lever] = value
    policy = policy._replace(levers=levers)
    if np.isnan(policy.value[:, lever]).all():
        return policy
    only = np.full((1, len(LEVERS)), np.nan)
    only[0, lever] = value
    return policy._replace(
        start=np.append(policy.start, 0),
        end=np.append(policy.end, scenario.time.steps),
        value=np.concatenate([policy.value, only]),
        target_start=np.append(policy.target_start, policy.target_start[-1] + len(rows)),
        target=np.concatenate([policy.target, rows]),
    )


def adopters(tables: Tables, share: float, seed: int) -> np.ndarray:
    """Which organisations are among a share: bool, (N,).

    Those with the smallest lots. A lot depends on the organisation's id and the run's seed alone,
    so a larger share only adds to a smaller one.
    """
    keys = entity_keys(tables.ids)
    lots = np.array([uniform(seed, SHARE, key, 0, 0) for key in keys])
    count = int(np.floor(share * len(keys) + 0.5))
    chosen = np.zeros(len(keys), dtype=np.bool_)
    chosen[np.lexsort((keys, lots))[:count]] = True
    return chosen


_worlds = Recent(MOST_WORLDS)  # scenarios of some values, not built


def _built(
    experiment: Experiment, changes: tuple[tuple[str, Any], ...], replicate: int
) -> Prepared:
    """The scenario of a point's uncertainties and a replicate's draws, ready to run."""
    scenario = experiment.scenario
    key = (scenario.fingerprint(), experiment.file_hashes, changes)
    draws = (experiment.seed, replicate) if scenario.uncertain else None

    def drawn() -> Scenario:
        world: Scenario = _worlds.get(key, lambda: scenario.with_(dict(changes)))
        return world.drawn(*draws) if draws else world

    return kept((*key, draws), drawn)


def _followed(made: Prepared, setting: Setting, seed: int) -> layout.Policy:
    """As `follow`; made once, unless the run's seed decides who is among a share."""

    def make() -> layout.Policy:
        return follow(made.scenario, made.tables, setting, seed)

    if setting.share is not None:
        return make()
    return made.arrays((setting.policy, setting.levers), make)
