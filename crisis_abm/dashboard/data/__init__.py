"""What pages show, worked out by processes that all pages share; nothing here knows a page."""
