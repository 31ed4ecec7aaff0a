"""What each principle brings: in words, tables and pictures."""
