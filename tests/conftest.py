"""Fixtures that several test files share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("s2s", deadline=None)  # another job on the machine fails no test
hypothesis.settings.load_profile("s2s")

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    # Two BLAS threads beside another job on two cores take eight times as long as one thread. NumPy reads these
    # when it is imported, which is after this file, and our kernels heed the
    # second; the commands that tests start inherit them.
    os.environ[_name] = "1"

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """Put handlers of signals back: a command that runs in the tests' process ignores what comes after its end."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data, which may not be committed; skip where it is absent."""
    folder = Path(os.environ.get("S2S_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"real data is absent: set S2S_DATA to its folder (looked in {folder})")
    return folder
