"""Options of using a model, a file a command, so that a command loads its own alone."""
