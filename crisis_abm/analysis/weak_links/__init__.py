"""Where a network is weakest, and where help would do most: everything tried in turn."""
