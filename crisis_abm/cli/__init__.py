"""The commands: one function each, which asks the layers below and shows what they answer."""

from crisis_abm.cli.entry import app, main

__all__ = ["app", "main"]
