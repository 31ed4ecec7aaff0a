"""The server between browsers and pages: who may come, how many, and what is sent to them."""

MOST_PAGES = 100
"""How many may be open at once, unless another number is asked for."""
