"""Parts that pages are made of; what is in them has been worked out elsewhere."""
