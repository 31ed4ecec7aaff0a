"""Parts of pages: each shows one thing, and asks for what it shows."""
