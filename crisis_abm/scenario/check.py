"""x"""
from __future__ import annotations
from typing import TYPE_CHECKING
from .problems import Problem
if TYPE_CHECKING:
    from .scenario import Scenario
def check(scenario: "Scenario", left_out, faulty: bool) -> tuple[list[Problem], list[str]]:
    return [], []
