"""The files of a training run: beside the model ``m.pkl`` stand its log ``m.jsonl`` and, until training is done,
``m.checkpoint``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MODEL_SUFFIX, CHECKPOINT_SUFFIX, LOG_SUFFIX = ".pkl", ".checkpoint", ".jsonl"


@dataclass(frozen=True)
class RunFiles:
    """Where a run writes."""

    model: Path
    checkpoint: Path
    log: Path

    @classmethod
    def of(cls, model: Path) -> RunFiles:
        """Return the files of a run whose model goes to a path."""
        return cls(model, model.with_suffix(CHECKPOINT_SUFFIX), model.with_suffix(LOG_SUFFIX))


def free_name(data_name: str, variant: str, folder: Path = Path("models")) -> Path:
    """Return ``models/<data>-<variant>.pkl``, or with the next free number."""
    number, path = 1, folder / f"{data_name}-{variant}{MODEL_SUFFIX}"
    while any(path.with_suffix(suffix).exists() for suffix in (MODEL_SUFFIX, CHECKPOINT_SUFFIX, LOG_SUFFIX)):
        number += 1
        path = folder / f"{data_name}-{variant}-{number}{MODEL_SUFFIX}"
    return path
