"""Unicode normalisation: the one form that text has before it is cut into symbols."""

from __future__ import annotations

import unicodedata
from typing import Final

FORM: Final = "NFC"
"""The form that model files record; another one is refused."""


def normalise(text: str) -> str:
    """Return a text in Unicode's normal form C; what is in it already, and ASCII, comes back as it is."""
    return text if text.isascii() else unicodedata.normalize(FORM, text)
