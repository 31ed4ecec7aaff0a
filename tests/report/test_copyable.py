"""Commands that are shown can be copied, whatever a folder is called."""

import os
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm.report.copyable import command, place

NAMES = ["plain", "my town", "it's", "a[b]*", "$HOME;`x`", "line\nend", "\x1b[31mred", "Zürich"]
NAMES += [os.fsdecode(b"caf\xe9 it's \\n"), "-n"]

bash = pytest.mark.skipif(shutil.which("bash") is None, reason="no shell to copy it into")


@bash
def test_a_shell_reads_back_the_very_name():
    shown = command("x", *NAMES).removeprefix("crisis-abm x ")
    said = subprocess.check_output(["bash", "-c", f"printf '%s\\0' {shown}"])
    assert said == b"".join(os.fsencode(name) + b"\0" for name in NAMES)


@given(st.lists(st.binary(min_size=1).filter(lambda name: b"\0" not in name), min_size=1))
def test_what_is_shown_is_one_line_that_any_screen_can_show(names):
    for name in map(os.fsdecode, names):
        for shown in (command("x", name), place(name)):
            assert shown.isprintable() and shown.encode()


def test_a_place_is_shown_as_it_is_called():
    assert place("runs/my town") == "runs/my town"
    assert place("two\nlines") == "$'two\\x0alines'"
