"""What a text generator returns: texts that it wrote, and how probable lines are."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.evaluation.metrics import perplexity


@dataclass(frozen=True)
class Text:
    """A text that a model has written."""

    prompt: str
    text: str
    """The prompt and what follows it, set as people write."""
    symbols: tuple[str, ...]
    """What was written after the prompt."""
    log_probability: float
    """Natural logarithm, summed over `symbols`; a symbol that ended the text is not one of them."""


@dataclass(frozen=True)
class Score:
    """How probable a line is."""

    log_probability: float
    """Natural logarithm, summed over the line's symbols and its end."""
    symbols: int
    """How many, the end included."""

    @property
    def perplexity(self) -> float:
        """The exponential of the mean loss."""
        return perplexity(-self.log_probability / self.symbols)
