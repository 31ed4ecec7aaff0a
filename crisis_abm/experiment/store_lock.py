"""One sweep at a time in a folder; a lock ends with its process, however that ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on every system
    fcntl = None  # type: ignore[assignment]

__all__ = ["locked"]


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Whether nobody else holds the folder; if so it is held until the end.

    A file system that knows no locks is taken as free.
    """
    with (folder / ".lock").open("w") as file:
        free = True
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                free = False
            except OSError:
                pass
        yield free
