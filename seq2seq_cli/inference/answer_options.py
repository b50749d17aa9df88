"""How sources are answered: what a caller says, in one object for the command line, programs and evaluation."""

from __future__ import annotations

from dataclasses import dataclass, fields

from seq2seq_cli.config import Checked, ModelConfig
from seq2seq_cli.config.fields import option
from seq2seq_cli.config.use.shared import LENGTH_PENALTY
from seq2seq_cli.errors import UsageError
from seq2seq_cli.inference.batches import ROWS
from seq2seq_cli.inference.known_answers import Lexicon
from seq2seq_cli.inference.sampling import Sampling


@dataclass(frozen=True)
class AnswerOptions(Checked):
    """How sources are answered. With nothing said: the most probable symbol at every step.

    Raises:
        UsageError: a value is of another type or out of its range, or something can have no effect beside the others.
    """

    max_length: int | None = option(None, low=1, high=1 << 20)
    """The most symbols of an answer; None is the model's own choice."""
    sampling: Sampling | None = None
    """How to draw; None draws nothing."""
    beam: int = option(1, low=1, high=1 << 10)
    """How many beginnings of an answer are extended together; 1 is greedy search."""
    n_best: int = option(1, low=1, high=1 << 10)
    """The most answers of a source, all of different texts."""
    length_penalty: float = option(LENGTH_PENALTY, low=0, high=10)
    """A: a beam's answers are ranked by their log-probability over ((5 + symbols) / 6)^A (Wu et al. 2016)."""
    no_repeat: int = option(0, low=0, high=1 << 10)
    """So many symbols in a row never come twice in an answer; 0 is no such limit."""
    prefix: str = ""
    """What every answer begins with; it is scored as all else."""
    alignments: bool = False
    """Whether answers say what each of their symbols attends to."""
    scores: bool = False
    """Whether log-probabilities are taken in double precision, so that they depend on model, source and answer alone:
    in single precision their last digits depend on what else is in the batch."""
    copy_unknown: bool = False
    """Whether the source symbol that is attended to most stands in place of an unknown symbol in an answer."""
    known: Lexicon | None = None
    """A list that is asked first: its answers stand as they are, and the model answers the rest."""
    batch_size: int = option(ROWS, low=1, high=1 << 20)
    """The most rows that run at once; long ones, and wide beams, are fewer."""

    @classmethod
    def of(cls, options: Checked) -> AnswerOptions:
        """Make one of a command's options, by the fields' names; a drawing command has ``sample`` and what it needs."""
        given = {field.name: getattr(options, field.name) for field in fields(cls) if hasattr(options, field.name)}
        given["copy_unknown"] = getattr(options, "unknown", None) == "copy"
        if getattr(options, "sample", False):
            given["sampling"] = Sampling(*(getattr(options, field.name) for field in fields(Sampling)))
        return cls(**given)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.beam > 1 and self.sampling is not None:
            raise UsageError("`beam` has no effect with `sampling`: leave out one of them")
        if self.beam == 1 and self.length_penalty != LENGTH_PENALTY:
            raise UsageError("`length_penalty` has no effect without `beam` above 1: leave it out, or add `beam=5`")
        if self.n_best > self.beam:
            raise UsageError(f"`n_best` must be at most `beam` ({self.beam}), not {self.n_best}")


def check_options(options: AnswerOptions, config: ModelConfig) -> None:
    """Refuse what can have no effect on a model.

    Raises:
        UsageError: the message names the option.
    """
    if config.attention is None:
        for name, given in (("`alignments`", options.alignments), ("`unknown='copy'`", options.copy_unknown)):
            if given:
                raise UsageError(
                    f"{name} needs a model with attention, which this one has not: train one with "
                    "`s2s train --attention`"
                )
    if config.target_width:
        for name in ("max_length", "no_repeat"):
            if getattr(options, name):
                raise UsageError(f"`{name}` has no effect on a model whose answers have one width; leave it out")
