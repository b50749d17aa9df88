"""Training: a loop that yields events, and a session that keeps its files."""
