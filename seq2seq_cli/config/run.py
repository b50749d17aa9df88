"""Where and how exactly a command computes, as options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from seq2seq_cli.config.fields import RUN, Checked, option

Precision = Literal["float32", "float64", "bf16"]
PRECISIONS: tuple[str, ...] = get_args(Precision)


@dataclass(frozen=True)
class RunConfig(Checked):
    """Where and how exactly a command computes."""

    device: str = option("cpu", "Where it runs: cpu, cuda, cuda:1, or auto", group=RUN)
    precision: Precision = option(
        "float32", "How exact numbers are; bf16: those that are multiplied, on a CPU", group=RUN
    )
    threads: int | None = option(
        None,
        "Threads that compute, in the whole process",
        group=RUN,
        low=1,
        high=1024,
        otherwise="all cores",
    )
