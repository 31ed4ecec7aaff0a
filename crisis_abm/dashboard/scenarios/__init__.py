"""The scenarios that a visitor has: kept as files, uploaded, edited by form."""
