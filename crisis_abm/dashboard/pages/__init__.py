"""One page a file; a page shows what others have worked out, and holds no rule of the model."""
