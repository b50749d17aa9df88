"""The layers: each a function with its backward beside it, over any backend."""
