"""Where a network is weakest: in words, tables and pictures."""
