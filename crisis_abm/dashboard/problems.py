"""What went wrong, in sentences for a visitor: a place in the scenario, never one on the server."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import PurePath

from crisis_abm.dashboard.comparing import TooMany
from crisis_abm.dashboard.library import ENDINGS
from crisis_abm.runs import WorkerLost
from crisis_abm.scenario import Problem, ScenarioError

__all__ = ["sentence", "sentences"]

logger = logging.getLogger(__name__)


def sentence(problem: Problem) -> str:
    """A problem of a scenario: in which of its tables, if it is one, where, what, what is right."""
    table = re.sub(r"^mine-[0-9a-f]{12}-", "", PurePath(problem.file).name)
    if not table.lower().endswith(ENDINGS):
        return str(replace(problem, file="", line=None))
    return str(replace(problem, file=table))


def sentences(error: Exception) -> tuple[str, ...]:
    """Whatever kept something from being worked out; what nobody foresaw is logged, too."""
    if isinstance(error, ScenarioError):
        return tuple(map(sentence, error.problems))
    if isinstance(error, TooMany | WorkerLost):
        return (str(error),)
    logger.error("a page's question failed", exc_info=error)
    return (f"This could not be worked out ({type(error).__name__}: {error}).",)
