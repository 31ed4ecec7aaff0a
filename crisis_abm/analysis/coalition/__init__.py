"""Whom to call first: harm against how many have taken to working together."""
