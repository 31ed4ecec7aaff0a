"""One sweep at a time in a folder; a lock ends with its process, however that ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # not on every system
    fcntl = None  # type: ignore[assignment]

__all__ = ["LOCK", "kept_still", "locked"]

LOCK = ".lock"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Whether nobody else holds the folder; if so it is held until the end.

    A file system that knows no locks is taken as free.
    """
    with (folder / LOCK).open("w") as file:
        yield _held(file)


@contextlib.contextmanager
def kept_still(folder: Path) -> Iterator[bool]:
    """As `locked`, of a folder that need only be read: it may be one that cannot be written to."""
    with contextlib.ExitStack() as held:
        file = None
        for mode in ("a", "r"):
            with contextlib.suppress(OSError):
                file = file or held.enter_context((folder / LOCK).open(mode))
        yield file is None or _held(file)


def _held(file: IO[str]) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
