"""The logic of widgets, in node's own test runner: ``tests/javascript``."""

import json
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright._impl._driver import compute_driver_executable

from crisis_abm.dashboard.data.trajectories import packed
from crisis_abm.report.cells import as_csv
from tests.dashboard.test_widgets import OURS

FOLDER = Path(__file__).parents[1] / "javascript"
TEXTS = ["ward", "ward 1", "Łódź", "a&b=c", "!'()*~", "+", "100%", "=1+1", "'=1+1", "-", "#N/A"]
TEXTS += [
    "\tx",
    "\rx",
    "\nx",
    "+1",
    "a=b",
    'a "b"',
    "#NAME?",
    "#NAMES",
    "'s-Hertogenbosch",
    '"',
    "a,b",
    "a\nb",
    "",
    "@a",
    "'''@",
    "é😀",
]


def write_what_python_makes(folder: Path) -> None:
    def cases(name, values):
        (folder / f"{name}.json").write_text(json.dumps(values), encoding="utf-8")

    cases("addresses", [[text, urlencode({"": text})[1:]] for text in TEXTS])
    files = [as_csv({"n": [1], "x": [text]}) for text in TEXTS]
    cases(
        "cells",
        [[text, file.partition("1,")[2][:-1]] for text, file in zip(TEXTS, files, strict=True)],
    )
    arrays: dict[str, np.ndarray] = {
        "bytes": np.array([0, 255, 3], np.uint8),
        "shorts": np.array([1, 65535], np.uint16),
        "longs": np.array([[1, 2], [3, 2**32 - 1]], np.uint32),
        "signed": np.array([-1, 5], np.int32),
        "floats": np.array([0.5, -2.0, 1e30], np.float32),
    }
    (folder / "packed.bin").write_bytes(packed({"problem": "Łódź"}, arrays))
    plain = {name: values.ravel().tolist() for name, values in arrays.items()}
    cases("packed", {"problem": "Łódź", "arrays": plain})
    for kind in OURS:
        (folder / f"{kind.__name__}.mjs").write_text(str(kind._esm), encoding="utf-8")
    cases("widgets", [kind.__name__ for kind in OURS])


def test_the_logic_of_widgets(tmp_path):
    write_what_python_makes(tmp_path)
    node = compute_driver_executable()[0]  # Playwright brings one
    command = [
        node,
        "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
        "--test",
        "--test-reporter=spec",
    ]
    done = subprocess.run(
        [*command, *sorted(str(file) for file in FOLDER.glob("*.test.mjs"))],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "CRISIS_ABM_FROM_PYTHON": str(tmp_path)},
        check=False,
    )
    if done.returncode:
        pytest.fail(done.stdout.rpartition("failing tests:")[2] + done.stderr, pytrace=False)
    counted = dict(re.findall(r"^\S (tests|skipped) (\d+)$", done.stdout, re.MULTILINE))
    assert int(counted["tests"]) > 50 and counted["skipped"] == "0"
