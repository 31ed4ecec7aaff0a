"""A simulation of organisations that depend on each other in a crisis, siloed or reciprocal.

The public names, found when asked for, so that a program loads only what it uses:

>>> import crisis_abm
>>> scenario = crisis_abm.Scenario.from_text('''
... title = "one shop"
... resources = {}
... [[organisations]]
... id = "shop"
... kind = "supermarket"
... ''')
>>> scenario.title
'one shop'
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "crisis_abm.runs",
    "CrisisModel": "crisis_abm.mesa_model",
    "Organisation": "crisis_abm.organisations",
    "Run": "crisis_abm.runs",
    "Scenario": "crisis_abm.scenario",
    "ScenarioError": "crisis_abm.scenario",
    "compare": "crisis_abm.runs",
    "run_once": "crisis_abm.runs",
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
