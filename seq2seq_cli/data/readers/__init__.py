"""Readers: one a form in which somebody may have data."""
