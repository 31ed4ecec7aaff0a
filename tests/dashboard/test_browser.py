"""Getting a browser for the tests: what is installed, and who is asked before."""

import os
import shutil
import sys

import pytest

from tests.dashboard import browser


class Terminal:
    def __init__(self, is_one):
        self.isatty = lambda: is_one

    def write(self, _):
        pass

    flush = write


@pytest.fixture
def tried(monkeypatch):
    """The commands that were tried; all of them fail."""
    commands = []
    monkeypatch.setattr(browser, "found", lambda: None)
    monkeypatch.setattr(browser, "_tried", lambda command: commands.append(" ".join(command)))
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    return commands


@pytest.mark.parametrize(
    ("terminal", "ci", "answer", "asked", "packages"),
    [
        (True, "", "y", True, True),
        (True, "", "", True, False),
        (True, "", "no", True, False),
        (False, "", None, False, True),
        (True, "true", None, False, True),
    ],
)
def test_who_sits_at_a_terminal_is_asked_before_the_system_changes(
    tried, monkeypatch, terminal, ci, answer, asked, packages
):
    questions = []
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(sys, "stdin", Terminal(terminal))
    monkeypatch.setattr(sys, "stdout", Terminal(terminal))

    def ask(text):
        questions.append(text)
        return answer

    monkeypatch.setattr("builtins.input", ask)
    assert browser.installed() is None
    assert bool(questions) == asked
    assert any("apt-get install" in command for command in tried) == packages
    assert any("--with-deps" in command for command in tried) == packages
    assert tried[-1].endswith("playwright install chromium")  # a copy of its own, in any case
