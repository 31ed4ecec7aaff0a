"""Commands and places as text that can be copied into a shell, whatever a folder is called."""

from __future__ import annotations

import os
import shlex
import subprocess

__all__ = ["command", "place"]


def command(*words: object) -> str:
    """A command, each word quoted where a shell would take it for something else.

    >>> command("reproduce", "runs/my_town")
    'crisis-abm reproduce runs/my_town'
    """
    return " ".join(["crisis-abm", *(_word(str(word)) for word in words)])


def place(path: object) -> str:
    """A file or folder, as it is; quoted if it holds what cannot be shown."""
    text = str(path)
    return text if text.isprintable() else _word(text)


def _word(text: str) -> str:
    if os.name == "nt":
        return subprocess.list2cmdline([text])
    if text.isprintable():
        return shlex.quote(text)
    # bytes that are no letters, line ends, escapes: as bash, zsh and ksh write them
    signs = map(chr, os.fsencode(text))
    told = "".join(sign if _is_plain(sign) else f"\\x{ord(sign):02x}" for sign in signs)
    return f"$'{told}'"


def _is_plain(sign: str) -> bool:
    return " " <= sign <= "~" and sign not in "'\\"
