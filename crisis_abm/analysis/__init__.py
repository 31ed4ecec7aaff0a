"""What it means: why a crisis went as it did, and where help would do most."""
