"""How symbols are drawn: what a caller says. `inference.choose` does it."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.config.fields import Checked, option
from seq2seq_cli.config.use.shared import MAX_SEED


@dataclass(frozen=True)
class Sampling(Checked):
    """How the next symbol is drawn from the model's distribution.

    `temperature` divides the logits; `top_k` keeps the k most probable symbols (0: all); `top_p` keeps
    the smallest set of most probable symbols whose probabilities reach p (Holtzman et al. 2020). Each
    row has a random stream of its own, fixed by `seed` and the row's number, so an answer does not
    depend on what else is in its batch.

    Raises:
        UsageError: a number is out of its range, or none.

    Example:
        >>> seq2seq_cli.Sampling(temperature=0.8, top_k=40, seed=3)
        Sampling(temperature=0.8, top_k=40, top_p=1.0, seed=3)
    """

    temperature: float = option(1.0, above=0)
    top_k: int = option(0, low=0, high=1 << 31)
    top_p: float = option(1.0, above=0, high=1)
    seed: int = option(0, low=0, high=MAX_SEED)
