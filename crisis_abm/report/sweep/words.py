"""What holds for everything that is said of a sweep: what intervals cover, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from crisis_abm.experiment import Experiment, Results
from crisis_abm.experiment.findings.outcome_tables import Spread
from crisis_abm.experiment.findings.two_way_bootstrap import rows_drawn_together
from crisis_abm.experiment.store.run_files import OK
from crisis_abm.report.copyable import command
from crisis_abm.report.words import counted
from crisis_abm.runs import Difference

__all__ = ["as_difference", "covered", "how_to_finish", "in_columns", "size"]
__all__ += ["titled", "unfinished"]


def size(experiment: Experiment) -> str:
    """How many states of the world, and crises in each."""
    points = experiment.points
    states = counted(len(points) // points.settings, "state of the world", "states of the world")
    if experiment.replicates == 1:
        return f"{states}, one crisis each"
    return f"{states}, {experiment.replicates} crises each"


def covered(experiment: Experiment) -> str:
    """What 90% intervals of a mean over all runs cover."""
    replicates, drawn = experiment.replicates, bool(rows_drawn_together(experiment))
    ranges = len(experiment.scenario.uncertain)
    beside = f" (and the draws of {counted(ranges, 'figure')} given as a range)" if ranges else ""
    chance = f"which {replicates} crises befell them{beside}"
    if replicates == 1 and not drawn:
        return (
            "One crisis in given states of the world cannot show how sure a mean is: there are no "
            "intervals. Set replicates = 10 or more and sweep again."
        )
    if replicates == 1:
        return (
            "90% intervals cover which states of the world were drawn, not chance in the crises: "
            "there is one only. Set replicates = 10 or more and sweep again."
        )
    if drawn:
        return (
            f"90% intervals cover both which states of the world were drawn and {chance}, the "
            f"same crises in every state."
        )
    return (
        f"90% intervals cover {chance}, the same crises in every state; not the choice of the "
        f"states of the world, which were given and are taken as they are."
    )


def unfinished(results: Results) -> str:
    """How many runs have no result, and why; empty if all have."""
    total = results.experiment.runs
    without = {what: n for what, n in results.statuses.items() if what != OK and n}
    if not without:
        return ""
    told = ", ".join(f"{n:,} {_STATUS.get(what, what)}" for what, n in without.items())
    count = sum(without.values())
    have = "has" if count == 1 else "have"
    return f"{count:,} of {counted(total, 'run')} {have} no result ({told})"


_STATUS = {"missing": "not run yet", "error": "ended in an error", "time limit": "took too long"}


def how_to_finish(results: Results) -> str:
    """The command that runs what is missing."""
    folder = results.folder
    again = command("sweep", folder / "experiment.toml", "--out", folder)
    failed = any(n for what, n in results.statuses.items() if what not in (OK, "missing"))
    if not failed:
        return f"To finish: {again}"
    return (
        f"To run them again: {again} --retry; runs whose values do not go together fail again, "
        f"so look at their errors first ({command('export', folder)})"
    )


def as_difference(spread: Spread) -> Difference:
    """A difference over all runs as what `effect_words` puts into words."""
    nothing = (float("nan"), float("nan"))
    return Difference(spread.mean, spread.interval, spread.band or nothing, 0, 0, 0, spread.alike)


def in_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """Rows with the same keys as columns; a gap among numbers is NaN."""
    names = rows[0] if rows else {}
    return {name: np.array([row[name] for row in rows]) for name in names}


def titled(text: str) -> str:
    """A finding as the title of a picture: with a capital, unless it begins with a path or number.

    >>> titled("reciprocal came to more"), titled("behaviour.hoarding matters")
    ('Reciprocal came to more', 'behaviour.hoarding matters')
    """
    first, text = text.split(" ", 1)[0], text.replace("± ", "±\N{NO-BREAK SPACE}")
    return text if any(sign in first for sign in "._[=") else text[:1].upper() + text[1:]
