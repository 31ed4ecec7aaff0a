"""How one failure led to another: in words, tables and pictures."""
