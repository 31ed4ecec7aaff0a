"""What a page shows and has worked out for it: the view in the address, the session."""
