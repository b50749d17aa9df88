"""How sources are answered: what a caller says, in one object for the command line, programs and evaluation."""

from __future__ import annotations

from dataclasses import dataclass, fields

from seq2seq_cli.config import Checked
from seq2seq_cli.config.use.shared import LENGTH_PENALTY
from seq2seq_cli.errors import UsageError
from seq2seq_cli.inference.batches import ROWS
from seq2seq_cli.inference.sampling import Sampling


@dataclass(frozen=True)
class AnswerOptions:
    """How sources are answered. With nothing said: the most probable symbol at every step.

    Raises:
        UsageError: a number is out of its range, or something can have no effect beside the others.
    """

    max_length: int | None = None
    """The most symbols of an answer; None is the model's own choice."""
    sampling: Sampling | None = None
    """How to draw; None draws nothing."""
    beam: int = 1
    """How many beginnings of an answer are extended together; 1 is greedy search."""
    n_best: int = 1
    """The most answers of a source, all of different texts."""
    length_penalty: float = LENGTH_PENALTY
    """A: a beam's answers are ranked by their log-probability over ((5 + symbols) / 6)^A (Wu et al. 2016)."""
    batch_size: int = ROWS
    """The most rows that run at once; long ones, and wide beams, are fewer."""

    @classmethod
    def of(cls, options: Checked) -> AnswerOptions:
        """Make one of a command's options, by the fields' names; a drawing command has ``sample`` and what it needs."""
        given = {field.name: getattr(options, field.name) for field in fields(cls) if hasattr(options, field.name)}
        if getattr(options, "sample", False):
            given["sampling"] = Sampling(*(getattr(options, field.name) for field in fields(Sampling)))
        return cls(**given)

    def __post_init__(self) -> None:
        for name in ("beam", "n_best", "batch_size"):
            if getattr(self, name) < 1:
                raise UsageError(f"`{name}` must be 1 or more, not {getattr(self, name)}")
        if self.max_length is not None and self.max_length < 1:
            raise UsageError(f"`max_length` must be 1 or more, not {self.max_length}")
        if not 0 <= self.length_penalty < float("inf"):
            raise UsageError(f"`length_penalty` must be 0 or more, not {self.length_penalty}")
        if self.beam > 1 and self.sampling is not None:
            raise UsageError("`beam` has no effect with `sampling`: leave out one of them")
        if self.n_best > self.beam:
            raise UsageError(f"`n_best` must be at most `beam` ({self.beam}), not {self.n_best}")
