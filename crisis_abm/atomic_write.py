"""Files written whole or not at all, at the place that a name stands for.

Where a name is a link, what it points to is replaced and the link stays. Where it is a device or a
pipe, there is nothing to replace, and it is written to.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

__all__ = ["Content", "hidden", "replace", "write_files"]

Content = bytes | Callable[[IO[bytes]], None]
"""What is to stand in a file, or what writes it."""

LONGEST = 40  # letters of a name, of up to four bytes each, within the usual 255
TRIES, PAUSE = 50, 0.1  # so often, so many seconds apart


def write_files(contents: Mapping[Path, Content]) -> None:
    """Write files under temporary names; give them their own only when all are on the disk.

    Devices and pipes among them are written to when the others are complete.

    Raises
    ------
    OSError
        Of the files nothing is written then.
    """
    waiting: dict[str, Path] = {}
    try:
        direct: dict[Path, Content] = {}
        for path, content in contents.items():
            place = _place(path)
            if place is None:
                direct[path] = content
                continue
            handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=hidden(place.name))
            waiting[temporary] = place
            with os.fdopen(handle, "wb") as file:
                _fill(file, content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, _mode(place))
        for path, content in direct.items():
            with path.open("wb") as file:
                _fill(file, content)
        for temporary, place in list(waiting.items()):
            replace(temporary, place)
            del waiting[temporary]
    finally:
        for temporary in waiting:
            Path(temporary).unlink(missing_ok=True)


def hidden(name: str, what: str = "") -> str:
    """How a temporary name beside this one begins; short, as the name may be all but too long."""
    return f".{name[:LONGEST]}.{what}"


def replace(work: str | Path, path: str | Path) -> None:
    """Give a file or folder that is complete its name, taking the place of what has it.

    On Windows nothing can take the place of what somebody reads just now: tried again for a while.

    Raises
    ------
    OSError
        That names `path`.
    """
    for waited in range(TRIES + 1):
        try:
            os.replace(work, path)
            return
        except PermissionError as error:
            if sys.platform != "win32" or waited == TRIES:
                why = error.strerror
                if sys.platform == "win32":
                    why = "another program has it open; close it there"
                raise PermissionError(error.errno, why, str(path)) from error
            time.sleep(PAUSE)


def _place(path: Path) -> Path | None:
    """The file that a name stands for, links followed; None for what is no file."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return path.resolve()
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    return path.resolve() if stat.S_ISREG(mode) else None


def _fill(file: IO[bytes], content: Content) -> None:
    if isinstance(content, bytes):
        file.write(content)
    else:
        content(file)


def _mode(path: Path) -> int:
    """Permissions of the file that is replaced, or those a new file would get."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
