"""Where a network is weakest, and where help would do most: everything tried in turn.

Every organisation is knocked out, every supply link cut, and (the other way round) every store,
capacity and list of suppliers made a little larger; each in the same crises, each held against the
same crisis without it. All are *screened* with a few replicates, those that come out on top are
*repeated* with more (Kleijnen 2015, ch. 4: screening before estimation), because most change next
to nothing and need not be known exactly.

What is ranked is harm to *others*: that a ward that is closed serves nobody is no property of the
network. What happens to the organisation itself is told beside it.

References
----------
Kleijnen, J. P. C. (2015). *Design and Analysis of Simulation Experiments*, 2nd ed. Springer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from crisis_abm.analysis.weak_links.candidates import (
    FORMS,
    KNOCK_OUTS,
    Candidate,
    candidates,
    chosen_rows,
    counted,
)
from crisis_abm.analysis.weak_links.evaluator import (
    ALL,
    BEFORE,
    ITSELF,
    OTHERS,
    SPREAD,
    Evaluator,
    Plan,
    planned,
    refuse_what_takes_too_long,
    trials_needed,
)
from crisis_abm.analysis.weak_links.result import (
    Pair,
    Tried,
    WeakLinks,
    estimates,
    graph_measures,
    order,
)
from crisis_abm.runs.prepared import Prepared
from crisis_abm.runs.processes import Processes, Progress
from crisis_abm.runs.statistics import paired_differences
from crisis_abm.scenario import Policy, Scenario

Array = np.ndarray
Figure = TypeVar("Figure")


def weak_links(
    scenario: Scenario | str | Path,
    policies: str | Policy | Sequence[str | Policy] = ("siloed", "reciprocal"),
    replicates: int = 30,
    screening: int = 5,
    top: int = 30,
    pairs: int = 0,
    forms: Sequence[str] = FORMS,
    kinds: Sequence[str] | None = None,
    areas: Sequence[str] | None = None,
    organisations: Sequence[str] | None = None,
    seed: int = 0,
    most_runs: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> WeakLinks:
    """Try everything that may break, and everything that may help.

    Parameters
    ----------
    scenario : Scenario, str or Path
        Or its file, or the name of a ready-made one.
    policies : sequence of str or Policy, or str
        Names, or levers written out.
    replicates : int
        Of those that are repeated; the first `screening` of them are those of the screening.
    screening : int
        Replicates for every knock-out; for what may help half as many, rounded down.
    top : int
        How many knock-outs are repeated, and half as many of what may help: those that come
        nearest the top of their form under any policy.
    pairs : int
        How many pairs of knock-outs to report; see Notes.
    forms : sequence of str
        Of `candidates.FORMS`.
    kinds, areas, organisations : sequence of str, optional
        Whom to try; see `candidates.candidates`.
    seed : int
    most_runs : int, optional
        More are refused; by default more than take about half an hour on two cores.
    workers, progress
        As in `runs.compare`; progress counts runs.

    Returns
    -------
    WeakLinks

    Raises
    ------
    ScenarioError
        For names that are not in the scenario, and for more than `most_runs`.

    Notes
    -----
    Pairs are searched greedily: each of the `pairs` worst knock-outs is tried together with every
    other that was repeated, with `screening` replicates; the `pairs` worst are repeated. A pair of
    two that are harmless alone is not found. An organisation is not paired with a link of its own.
    """
    scenario = Scenario.of(scenario)
    followed = scenario.policies_named(policies)
    named = [policy.name for policy in followed]
    arguments = {
        "policies": named,
        "replicates": replicates,
        "screening": screening,
        "top": top,
        "pairs": pairs,
        "forms": list(forms),
        "kinds": None if kinds is None else list(kinds),
        "areas": None if areas is None else list(areas),
        "organisations": None if organisations is None else list(organisations),
        "seed": seed,
        "most_runs": most_runs,
    }
    tables = Prepared.of(scenario).tables
    chosen = chosen_rows(scenario, tables, forms, kinds, areas, organisations)
    plan = planned(min(screening, replicates), replicates, top, pairs)
    most = counted(tables, forms, chosen)
    expected = len(named) * trials_needed(most, plan)
    refuse_what_takes_too_long(scenario, tables, most, expected, most_runs)
    found = candidates(scenario, tables, forms, chosen)
    expected = len(named) * trials_needed(Counter(one.form for one in found), plan)
    with Processes() as processes:
        evaluator = Evaluator(
            scenario, followed, seed, workers, processes, partial(_told, progress, expected)
        )
        raw, knocked = _tried(evaluator, found, plan)
        both = _pairs_tried(evaluator, found, raw, knocked, plan)
    longest = max(raw, key=lambda one: one.shape[1])
    return WeakLinks(
        scenario=scenario,
        tables=tables,
        policies=tuple(named),
        seed=seed,
        arguments=arguments,
        before=_by(named, estimates([longest[:, :, BEFORE]], amounts=True)[0]),
        tried=_estimated(found, raw, named),
        pairs=[_pair(found, raw, one, other, whole, named) for one, other, whole in both],
        measures=graph_measures(tables) if "organisations" in forms else {},
        screening=plan.screening["organisations"],
        replicates=longest.shape[1],
        runs=evaluator.runs,
        seconds=evaluator.seconds,
    )


def _told(progress: Progress | None, expected: int, done: int, total: int) -> None:
    if progress is not None:
        progress(done, max(expected, total))


def _tried(
    evaluator: Evaluator, found: list[Candidate], plan: Plan
) -> tuple[list[Array], list[int]]:
    """What everything came to; and which knock-outs were repeated, worst first."""
    raw = evaluator.run([((one.change,), 0, plan.screening[one.form]) for one in found])
    chosen = {part: _nearest_the_top(found, raw, part, top) for part, top in plan.top.items()}
    again = [row for rows in chosen.values() for row in rows]
    more = evaluator.run(
        [((found[row].change,), plan.screening[found[row].form], plan.replicates) for row in again]
    )
    for row, part in zip(again, more, strict=True):
        raw[row] = np.concatenate([raw[row], part], axis=1)
    return raw, chosen[KNOCK_OUTS]


def _score(candidate: Candidate, raw: Array) -> Array:
    """What it is ranked by, in every policy and replicate: harm added to others, or harm saved."""
    return raw[:, :, OTHERS] if candidate.form in KNOCK_OUTS else 0.0 - raw[:, :, ALL]


def _nearest_the_top(
    found: list[Candidate], raw: list[Array], part: Sequence[str], top: int
) -> list[int]:
    """The rows that come nearest the top of their form under any policy."""
    best: list[tuple[int, int, int]] = []
    for number, form in enumerate(part):
        rows = [k for k, one in enumerate(found) if one.form == form]
        if not rows:
            continue
        means = np.stack([_score(found[k], raw[k]).mean(axis=1) for k in rows])  # rows × policies
        rank = np.stack([order(column) for column in means.T]).min(axis=0)
        best += [(int(rank[k]), number, row) for k, row in enumerate(rows)]
    return [row for _, _, row in sorted(best)[:top]]


def _estimated(found: list[Candidate], raw: list[Array], policies: list[str]) -> list[Tried]:
    """Estimates and ranks of everything tried."""
    scores = [_score(one, part) for one, part in zip(found, raw, strict=True)]
    harms = estimates(scores)
    spreads = estimates([part[:, :, SPREAD] for part in raw])
    rank = np.zeros((len(found), len(policies)), dtype=np.int64)
    for form in FORMS:
        rows = [k for k, one in enumerate(found) if one.form == form]
        for p in range(len(policies) if rows else 0):
            rank[rows, p] = order(np.array([harms[k][p].mean for k in rows]))
    return [
        Tried(
            candidate=one,
            harm=_by(policies, harms[k]),
            itself=_by(policies, _itself(one, raw[k])),
            spread=_by(policies, spreads[k]),
            rank=_by(policies, rank[k].tolist()),
            values=scores[k],
        )
        for k, one in enumerate(found)
    ]


def _itself(candidate: Candidate, raw: Array) -> list[float]:
    """Mean harm added, or saved, at whom it concerns, by policy."""
    sign = 1 if candidate.form in KNOCK_OUTS else -1
    return (0.0 + sign * raw[:, :, ITSELF].mean(axis=1)).tolist()


def _pairs_tried(
    evaluator: Evaluator, found: list[Candidate], raw: list[Array], worst: list[int], plan: Plan
) -> list[tuple[int, int, Array]]:
    """The worst pairs and what they came to, by greedy search; see `weak_links`."""
    tried = sorted(
        {
            (min(head, partner), max(head, partner))
            for head in worst[: plan.pairs]
            for partner in worst
            if head != partner and not _own(found[head], found[partner])
        }
    )
    if not tried:
        return []
    screening = plan.screening[KNOCK_OUTS[0]]
    both = [(found[one].change, found[other].change) for one, other in tried]
    first = evaluator.run([(changes, 0, screening) for changes in both])
    means = np.stack([part[:, :, OTHERS].mean(axis=1) for part in first])  # pairs × policies
    rank = np.stack([order(column) for column in means.T]).min(axis=0)
    chosen = np.argsort(rank, kind="stable")[: plan.pairs].tolist()
    more = evaluator.run([(both[k], screening, plan.replicates) for k in chosen])
    return [
        (*tried[k], np.concatenate([first[k], part], axis=1))
        for k, part in zip(chosen, more, strict=True)
    ]


def _pair(
    found: list[Candidate],
    raw: list[Array],
    one: int,
    other: int,
    whole: Array,
    policies: list[str],
) -> Pair:
    """Estimates of a pair, and of what it adds beyond its parts."""
    parts = raw[one][:, :, ALL] + raw[other][:, :, ALL]
    columns = [whole[:, :, OTHERS], paired_differences(parts, whole[:, :, ALL])]
    columns.append(whole[:, :, SPREAD])
    harm, excess, spread = (_by(policies, column) for column in estimates(columns))
    return Pair(found[one], found[other], harm, excess, spread, values=whole[:, :, OTHERS])


def _own(one: Candidate, other: Candidate) -> bool:
    """Whether one of the two is a link of the other, an organisation."""
    forms = {one.form, other.form}
    return len(forms) == 2 and bool(set(one.change.names) & set(other.change.names))


def _by(policies: list[str], column: list[Figure]) -> dict[str, Figure]:
    return dict(zip(policies, column, strict=True))
