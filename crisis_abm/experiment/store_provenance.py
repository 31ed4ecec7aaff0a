"""What a file of runs says of itself: which experiment they are of, and what computed them.

The manifest of a store may be lost and written anew; a file that another experiment or version
wrote is still told from this one's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crisis_abm.experiment.store_changes import differences, told
from crisis_abm.runs.provenance import computing

__all__ = ["mark_of", "what_differs"]

_EXPERIMENT, _VERSIONS = b"crisis_abm experiment", b"crisis_abm versions"


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
