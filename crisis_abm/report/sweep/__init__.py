"""What an experiment found, section by section."""
