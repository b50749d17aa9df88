"""Model files: what they hold, how it is checked before it is believed, older formats, the book's pickles."""
