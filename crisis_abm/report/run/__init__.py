"""One run in pictures."""
