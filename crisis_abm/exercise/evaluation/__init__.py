"""What came of an exercise: what was expected, which principles were lived, its objectives."""
