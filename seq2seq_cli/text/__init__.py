"""Text: normalised, cut into symbols, given ids, and put together again."""
