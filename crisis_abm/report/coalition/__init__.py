"""Adoption one by one: in words, tables and pictures."""
