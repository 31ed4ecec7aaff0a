"""A sweep on disk: its manifest, its files of runs, and its shards put together."""
