"""Datasets of what somebody has, a file a kind of preparation."""
