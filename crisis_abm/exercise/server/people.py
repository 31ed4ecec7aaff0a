"""What people at a seat are called: as they say, but like nobody whom the program speaks of."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 60  # characters
RESERVED = re.compile(r"\W*(the\W+)?(facilitator|standing\W+policy)\W*|\W*(an?\W+)?bots?\b.*")
"""Names that stand in the log for the facilitator, for bots, for standing policy."""


def name_of(given: str) -> str:
    """A name as it was typed, without what cannot be seen in it."""
    seen = "".join(one if one.isprintable() else " " for one in given)
    return " ".join(seen.split())[:LONGEST]


def is_reserved(name: str) -> bool:
    """Whether a name would be taken for the facilitator's, or a bot's.

    >>> [is_reserved(name) for name in ("The  Facilitator", "bot: siloed", "A Bot", "Ada Botha")]
    [True, True, True, False]
    """
    return RESERVED.fullmatch(unicodedata.normalize("NFKC", name).casefold()) is not None
