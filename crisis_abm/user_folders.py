"""Where a user's cache and data belong, and folders that nobody else can write to.

What is unpickled runs. So a cache counts only if it is the user's own: owner and permissions are
looked at, and no link is followed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

__all__ = ["make_private", "scratch_folder", "user_cache", "user_data"]

NAME = "crisis_abm"
PRIVATE = 0o700
WRITTEN_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def user_cache() -> Path | None:
    """The user's folder for what can be made again; None for a user without a home."""
    return _if_any(platformdirs.user_cache_path)


def user_data() -> Path | None:
    """The user's folder for what is to be kept; None for a user without a home."""
    return _if_any(platformdirs.user_data_path)


def _if_any(folder: Callable[..., Path]) -> Path | None:
    try:
        path = folder(NAME, appauthor=False)
    except RuntimeError:  # no HOME, and no name in the list of users
        return None
    return path if path.is_absolute() else None  # older platformdirs leave "~" as it is


def scratch_folder() -> Path:
    """The user's folder among everybody's temporary files; not made, nor looked at.

    Raises
    ------
    OSError
        If there is no place for temporary files, or others can exchange what lies in it.
    """
    place = Path(tempfile.gettempdir())
    if _users_differ():
        found = place.stat()
        if found.st_mode & WRITTEN_BY_OTHERS and not found.st_mode & stat.S_ISVTX:
            raise PermissionError(errno.EPERM, "others can rename what lies in it", str(place))
        return place / f"{NAME}-{os.geteuid()}"
    return place / NAME


def make_private(folder: Path) -> None:
    """Make a folder that only this user can enter, or see to it that it is one.

    Where the system does not tell users apart by numbers (Windows), it is only made: there, users'
    folders are private by themselves.

    Raises
    ------
    OSError
        If it cannot be made, is a link, is another user's, or can be written to by others.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=PRIVATE)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, "is a link or a file, not a folder", str(folder))
    if not _users_differ():
        return
    if found.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, "belongs to somebody else", str(folder))
    if found.st_mode & WRITTEN_BY_OTHERS:
        raise PermissionError(errno.EPERM, "others can write to it", str(folder))
    if stat.S_IMODE(found.st_mode) != PRIVATE:
        folder.chmod(PRIVATE)


def _users_differ() -> bool:
    return hasattr(os, "geteuid")
