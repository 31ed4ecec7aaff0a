"""Commands, places and settings as text that can be copied, whatever a folder is called."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any


def command(*words: object) -> str:
    """A command, each word quoted where a shell would take it for something else.

    >>> command("reproduce", "runs/my_town")
    'crisis-abm reproduce runs/my_town'
    """
    named = (as_file(word) if isinstance(word, PurePath) else word for word in words)
    return " ".join(["crisis-abm", *(_word(str(word)) for word in named)])


def as_file(name: object) -> str:
    """A file as a word of a command, which is not to be taken for an option.

    >>> as_file("-odd.toml"), as_file("town.toml")
    ('./-odd.toml', 'town.toml')
    """
    return f"./{name}" if str(name).startswith("-") else str(name)


def place(path: object) -> str:
    """A file or folder, as it is; quoted if it holds what cannot be shown."""
    text = str(path)
    return text if text.isprintable() else _word(text)


def setting(values: Mapping[str, Any]) -> list[str]:
    """Values by their paths as ``--set`` takes them.

    >>> setting({"events[0].capacity": 1.0})
    ['events[0].capacity=1.0']
    """
    from crisis_abm.scenario.io.write import inline  # most commands show no setting

    return [f"{path}={inline(value)}" for path, value in values.items()]


def with_settings(ran: str, settings: Iterable[str]) -> str:
    """A command with ``--set`` for each, a line each where a shell goes on in the next line."""
    further = " " if os.name == "nt" else " \\\n    "
    return further.join([ran, *(f"--set {_word(one)}" for one in settings)])


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
