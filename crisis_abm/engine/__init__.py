"""The engine: compiled phases over arrays. No Mesa, no files, no printing here."""

from crisis_abm.engine.run import advance, run, start
from crisis_abm.engine.state import Cause, Detail, State, Status

__all__ = ["Cause", "Detail", "State", "Status", "advance", "run", "start"]
