"""A browser for the tests: the one on the PATH, else apt-get's, else Playwright's own.

``python -m tests.dashboard.browser`` gets one and says which, or says why there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The first draws no window that nobody sees, and takes half of the processor's time.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 600  # seconds


def on_the_path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def found() -> str | None:
    return on_the_path() or playwrights_own()


def _tried(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _from_apt() -> bool:
    install = ["apt-get", "install", "-y", "-q"]
    return any(_tried([*install, package]) for package in (SHELL, "chromium"))


def _may_change_the_system() -> bool:
    """Ask whoever sits there; with nobody to ask, tests get what they need, and it is said."""
    question = "The tests need a browser. Install Chromium and what it needs as system packages?"
    if os.environ.get("CI") != "true" and sys.stdin.isatty() and sys.stdout.isatty():
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    print("The tests need a browser: Chromium and what it needs are installed as system packages")
    return True


def installed() -> str | None:
    """A browser, got if need be; nothing but Playwright's own copy if somebody says no."""
    if path := found():
        return path
    if _may_change_the_system():
        if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
            if _from_apt() or (_tried(["apt-get", "update", "-q"]) and _from_apt()):
                return found()
        if _tried([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]):
            return found()
    if _tried([sys.executable, "-m", "playwright", "install", "chromium"]):
        return found()
    return None


if __name__ == "__main__":
    browser = installed()
    print(f"Browser for the tests: {browser or 'none can be had here; its tests are skipped'}")
