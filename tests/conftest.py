"""Fixtures that several test files share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data, which may not be committed; skip where it is absent."""
    folder = Path(os.environ.get("S2S_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"real data is absent: set S2S_DATA to its folder (looked in {folder})")
    return folder
