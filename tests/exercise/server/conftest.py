"""The small exercise, served."""

from __future__ import annotations

import pytest

from tests.exercise.server.served import served
from tests.exercise.small import exercise


@pytest.fixture
def hall(tmp_path):
    with served(exercise(questions=["When did you know?"]), tmp_path / "held") as made:
        yield made
