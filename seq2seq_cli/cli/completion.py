"""What a shell offers where a file is to be named, and how options are told there.

A shell reads these words as its own language, so only names without signs of that language are offered; the others are
left to the shell's own completion, as all is where nothing fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from glob import escape, iglob
from itertools import islice
from pathlib import Path
from typing import Any

from seq2seq_cli.cli.spelling import spell

MOST = 200
"""Names that are offered, of as many as are looked at."""
WIDEST = 60
_PLAIN = re.compile(r"[\w./+@%=,-]+").fullmatch


def models(incomplete: str) -> list[str]:
    """Return model files whose paths begin so, also those in folders whose names do: ``models/`` among them."""
    return _names((f"{escape(incomplete)}*.pkl", f"{escape(incomplete)}*/*.pkl"))


def checkpoints(incomplete: str) -> list[str]:
    """Return checkpoints of runs that were interrupted."""
    return _names((f"{escape(incomplete)}*.checkpoint", f"{escape(incomplete)}*/*.checkpoint"))


def datasets(incomplete: str) -> list[str]:
    """Return folders of datasets whose paths begin so, also those in folders whose names do: ``data/`` among them."""
    found = _names((f"{escape(incomplete)}*/dataset.json", f"{escape(incomplete)}*/*/dataset.json"))
    return [str(Path(name).parent) for name in found]


def devices(incomplete: str) -> list[str]:
    """Return names of devices."""
    return [name for name in ("cpu", "cuda", "auto") if name.startswith(incomplete)]


def _names(patterns: Iterable[str]) -> list[str]:
    # Not of `Path`, which would write a user's words otherwise.
    found = {name for pattern in patterns for name in islice(iglob(pattern), MOST)}  # noqa: PTH207
    return sorted(filter(_PLAIN, found))


def told_shortly(items: Iterable[Any], spellings: dict[str, str]) -> list[Any]:
    """Return completions with one clause of their help, which shells show beside them."""
    items = list(items)
    for item in items:
        sentence = re.split(r"[.:;,](?:\s|$)", spell(" ".join((item.help or "").split()), spellings))[0]
        item.help = sentence if len(sentence) <= WIDEST else f"{sentence[: WIDEST - 1].rstrip()}…"
    return items
