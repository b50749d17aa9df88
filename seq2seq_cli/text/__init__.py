"""Text: how it is read, cut into symbols, given ids, and put together again."""
