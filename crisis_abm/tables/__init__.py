"""The tables: organisations, holdings and links of a scenario as arrays."""

from crisis_abm.tables.build import build
from crisis_abm.tables.layout import Tables, World
from crisis_abm.tables.schedule import compile_policy

__all__ = ["Tables", "World", "build", "compile_policy"]
