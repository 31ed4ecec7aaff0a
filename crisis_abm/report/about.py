"""What an answer rests on: the scenario, the crises, what its intervals cover, the program."""

from __future__ import annotations

from typing import Any

import crisis_abm
from crisis_abm.report.effect_words import covered, covers
from crisis_abm.report.finding import caveat
from crisis_abm.report.words import counted
from crisis_abm.scenario import Scenario

__all__ = ["facts_of", "rests_on", "run_line"]


def rests_on(scenario: Scenario, title: str, made: str) -> list[tuple[str, str]]:
    """How an answer was made, item by item; the first is about this answer alone.

    Parameters
    ----------
    scenario : Scenario
    title : str
        Of the answer.
    made : str
        What was run for it.
    """
    return [
        (title, made),
        ("Scenario", f"{scenario.title} (fingerprint {scenario.fingerprint()[:16]})"),
        ("Intervals", f"90%; they cover {covered(scenario)}"),
        ("Program", f"crisis_abm {crisis_abm.__version__}"),
        ("Caveat", caveat(scenario) or "none is given by the scenario"),
    ]


def run_line(what: str, replicates: int, seed: int, runs: int) -> str:
    """What was run, as in ``siloed and reciprocal; 30 crises from seed 0; 960 runs``."""
    crises = counted(replicates, "crisis", "crises")
    return f"{what}; {crises} from seed {seed}; {counted(runs, 'run')}"


def facts_of(scenario: Scenario, seconds: float) -> dict[str, Any]:
    """What every answer says in JSON of where it comes from."""
    return {
        "scenario": scenario.title,
        "file": scenario.source,
        "fingerprint": scenario.fingerprint(),
        "interval_covers": covers(scenario),
        "seconds": round(seconds, 3),
    }
