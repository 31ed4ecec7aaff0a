"""A simulation of organisations that depend on each other in a crisis, siloed or reciprocal."""

__version__ = "0.1.0"
