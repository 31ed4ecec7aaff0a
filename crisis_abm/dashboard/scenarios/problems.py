"""What went wrong, in sentences for a visitor: a place in the scenario, never one on the server."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import PurePath

from crisis_abm.runs import WorkerLost
from crisis_abm.scenario import Problem, ScenarioError
from crisis_abm.scenario.problems import printable

logger = logging.getLogger(__name__)

TABLES = (".csv", ".xlsx", ".graphml")  # endings of files beside a scenario that may be at fault


def sentence(problem: Problem) -> str:
    """A problem of a scenario: in which of its tables, if it is one, where, what, what is right."""
    table = re.sub(r"^mine-[0-9a-f]{12}-", "", PurePath(problem.file).name)
    if not table.lower().endswith(TABLES):
        return str(replace(problem, file="", line=None))
    return str(replace(problem, file=table))


def sentences(error: Exception) -> tuple[str, ...]:
    """Whatever kept something from being worked out; what nobody foresaw is logged, too."""
    if isinstance(error, ScenarioError):
        return tuple(map(sentence, error.problems))
    if isinstance(error, WorkerLost):
        return (printable(str(error)),)
    logger.error("a page's question failed", exc_info=error)
    return (f"This could not be worked out ({unforeseen(error)}).",)


def unforeseen(error: BaseException) -> str:
    """What nobody foresaw, in one line; it may quote a file."""
    return printable(" ".join(f"{type(error).__name__}: {error}".split()))


class PlainLines(logging.Formatter):
    """What goes to the log: it may quote a file, which must not steer the terminal it is read on.

    Signs without a picture are written out, and of a record only the first line begins at the
    margin, so that no text can pass for a record of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        """A record as lines."""
        first, *further = super().format(record).split("\n")
        return "\n".join([printable(first), *(f"  {printable(line)}" for line in further)])


def log_in_plain_lines() -> None:
    """Have all that is logged in this process written to standard error so."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainLines("%(levelname)s: %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
