"""Who looks at a scenario file hears that it was changed, in whatever page that was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

__all__ = ["follow", "tell"]

_lock = threading.Lock()
_followers: dict[Path, list[Callable[[], None]]] = {}


def follow(path: Path, hear: Callable[[], None]) -> Callable[[], None]:
    """Call `hear` whenever a file was changed; returns what ends that.

    It is called in a thread of its own, so that a slow page does not hold up another.
    """
    with _lock:
        _followers.setdefault(path, []).append(hear)

    def end() -> None:
        with _lock:
            known = _followers.get(path, [])
            if hear in known:
                known.remove(hear)
            if not known:
                _followers.pop(path, None)

    return end


def tell(path: Path) -> None:
    """Say that a file was changed, or taken away."""
    with _lock:
        known = list(_followers.get(path, ()))
    for hear in known:
        threading.Thread(target=hear, name="telling of a change", daemon=True).start()
