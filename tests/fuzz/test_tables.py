"""A few of the spoilt tables; thousands: ``python -m tests.fuzz.tables --count 5000``."""

from __future__ import annotations

import pytest

from tests.fuzz.harness import made_from
from tests.fuzz.tables import case


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_spoilt_tables_are_read_or_refused(first: int) -> None:
    words = {case(made_from(0, number)) for number in range(first, first + 10)}

    assert words <= {"read", "refused"}
