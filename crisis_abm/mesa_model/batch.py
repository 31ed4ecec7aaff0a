"""Which replicate a model is of, also in `mesa.batch_run`, which does not tell its models.

It makes every iteration's model with the same arguments: a model without a seed of its own would be
the same run again and again. So a model looks up who is making it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from inspect import signature
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

__all__ = ["IN_A_LIST", "Batch", "replicate_of"]

IN_A_LIST = "for batch_run it has to stand in a list, {{'{0}': [{0}]}}"


class Batch(NamedTuple):
    """What `mesa.batch_run` does at the moment; it does not tell its models."""

    iteration: int
    iterations: int  # known in its own process only: at least this many
    max_steps: int
    parameters: Mapping[str, Any]  # known in its own process only
    seeds: str  # what it calls the seeds that it takes itself; nothing where it takes none

    @classmethod
    def around(cls) -> Batch | None:
        """The one that is making this model, if one is."""
        found: Batch | None = None
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_globals.get("__name__") == "mesa.batchrunner":
                its, name = frame.f_locals, frame.f_code.co_name
                if name == "_model_run_func":
                    iteration, takes = its["run"][1], signature(frame.f_globals["batch_run"])
                    seeds = "rng" if "rng" in takes.parameters else ""
                    found = cls(iteration, iteration + 1, its["max_steps"], {}, seeds)
                elif name == "batch_run" and found is not None:
                    iterations = max(run[1] for run in its["runs_list"]) + 1
                    return found._replace(iterations=iterations, parameters=its["parameters"])
            frame = frame.f_back
        return found


def replicate_of(given: Mapping[str, Any], batch: Batch | None) -> int:
    """The replicate, whatever it is called; the iteration's where none is given.

    Raises
    ------
    ValueError
        If it is no whole number, is given twice, or would be the same in every iteration.
    """
    said = {name: value for name, value in given.items() if value is not None}
    if len(said) > 1:
        shown = " and ".join(f"{name}={value}" for name, value in said.items())
        raise ValueError(f"{shown} say the same; give one of them")
    if batch is not None:
        own = batch.seeds
        if own and batch.parameters.get(own) is not None:
            raise ValueError(
                f"batch_run of this version of Mesa does not hand on {own} among the parameters: "
                f"give it {own}=[…] itself, or name the parameter replicate"
            )
        if not said:
            return batch.iteration
        if batch.iterations > 1 and own not in said:
            name = next(iter(said))
            raise ValueError(
                f"{name}={said[name]} would make all iterations the same run: leave {name} out "
                f"for replicates 0, 1, …; or give {name} as a range, without iterations"
            )
    name, value = next(iter(said.items()), ("replicate", 0))
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (whole and 0 <= value < 2**63):
        raise ValueError(f"{name}={value!r}: it takes a whole number from 0 to 2**63 - 1")
    return int(value)
