"""Attention over an encoder's states: one file a score, and the layer that is the same for all."""
