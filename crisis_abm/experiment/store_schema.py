"""Schema of a manifest: what must stand on the first page for a store to be read."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crisis_abm.experiment.design import MOST_POINTS, MOST_RUNS
from crisis_abm.scenario.pydantic_errors import faults

__all__ = ["fault_in"]

Count = Annotated[int, Field(ge=1)]


class _Page(BaseModel):
    """A table that may hold more than is looked at here."""

    model_config = ConfigDict(extra="allow", strict=True)


class _Order(_Page):
    points: Annotated[int, Field(ge=1, le=MOST_POINTS)]
    replicates: Count
    settings: Count

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.points % self.settings:
            raise ValueError(f"has {self.points} points, which {self.settings} settings do not fit")
        if self.points * self.replicates > MOST_RUNS:
            raise ValueError(f"makes more than {MOST_RUNS:,} runs")
        return self


class _Fingerprints(_Page):
    experiment: str
    scenario: str


class _Manifest(_Page):
    fingerprints: _Fingerprints
    shard: Annotated[list[Count], Field(min_length=2, max_length=2)] | None
    order: _Order
    seeds: str
    columns: dict[str, str]
    experiment: dict[str, Any]
    versions: dict[str, str]
    machine: str
    started: str


def fault_in(manifest: dict[str, Any]) -> str:
    """The first place of a manifest that is not what a sweep writes, and why; empty if all is."""
    try:
        _Manifest.model_validate(manifest)
    except ValidationError as error:
        fault = faults(error, "", _Manifest)[0]
        return f"{fault.place} {fault.message}"
    return ""
