"""How symbols are drawn: what a caller says. `inference.choose` does it."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.errors import UsageError


@dataclass(frozen=True)
class Sampling:
    """How the next symbol is drawn from the model's distribution.

    `temperature` divides the logits; `top_k` keeps the k most probable symbols (0: all); `top_p` keeps
    the smallest set of most probable symbols whose probabilities reach p (Holtzman et al. 2020). Each
    row has a random stream of its own, fixed by `seed` and the row's number, so an answer does not
    depend on what else is in its batch.

    Raises:
        UsageError: a number is out of its range.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise UsageError(f"`temperature` must be above 0, not {self.temperature}; greedy decoding is its limit")
        if self.top_k < 0:
            raise UsageError(f"`top_k` must be 0 (all symbols) or more, not {self.top_k}")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"`top_p` must be above 0 and at most 1, not {self.top_p}")
        if self.seed < 0:
            raise UsageError(f"`seed` must be 0 or more, not {self.seed}")
