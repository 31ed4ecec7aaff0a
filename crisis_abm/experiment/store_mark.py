"""What a file of runs says of itself: which experiment they are of, and what computed them.

The stamp on every page of a logbook. The first page may be lost and written anew; a page that
another ship wrote is still told from this one's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from crisis_abm.experiment.store_changes import differences, told
from crisis_abm.runs.bundle import versions

__all__ = ["COMPUTING", "computing", "mark_of", "versions_here", "what_differs"]

COMPUTING = ("crisis_abm", "engine", "numpy", "numba", "llvmlite")  # versions that figures hang on
_EXPERIMENT, _VERSIONS = b"crisis_abm experiment", b"crisis_abm versions"


@cache
def versions_here() -> dict[str, str]:
    """As `versions`, when a process first asked: what it has loaded stays as it is."""
    return versions()


def computing(versions: Mapping[str, str]) -> dict[str, str | None]:
    """Of all versions those that figures hang on."""
    return {name: versions.get(name) for name in COMPUTING}


def mark_of(fingerprint: str, versions: Mapping[str, str]) -> dict[bytes, bytes]:
    """The mark of files of an experiment, by its fingerprint, that these versions compute."""
    return {_EXPERIMENT: fingerprint.encode(), _VERSIONS: json.dumps(computing(versions)).encode()}


def what_differs(found: Mapping[bytes, bytes] | None, own: Mapping[bytes, bytes]) -> str:
    """What keeps a file with the mark `found` from being one of those with `own`; empty if nothing.

    >>> ours = mark_of("ab12", {"engine": "1"})
    >>> what_differs(ours, ours), what_differs(mark_of("cd34", {"engine": "1"}), ours)
    ('', 'is of another sweep')
    >>> what_differs(mark_of("ab12", {"engine": "2"}), ours)
    'was computed by other versions: engine is "2" there, "1" here'
    """
    found = found or {}
    if found.get(_EXPERIMENT) != own[_EXPERIMENT]:
        return "is of another sweep"
    if found.get(_VERSIONS) == own[_VERSIONS]:
        return ""
    there, here = (_read(mark.get(_VERSIONS)) for mark in (found, own))
    changed = list(differences(there, here))
    return f"was computed by other versions: {told(changed, 'is {} there, {} here')}"


def _read(text: bytes | None) -> Any:
    try:
        return json.loads(text or b"{}")
    except ValueError:
        return {}
