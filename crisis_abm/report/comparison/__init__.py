"""Policies side by side: columns, pictures and the page to keep."""
