"""A stand-in: the real one knows how to submit."""
