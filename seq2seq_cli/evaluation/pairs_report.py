"""The evaluation of a seq2seq model on pairs: all figures of one run of ``s2s evaluate``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from seq2seq_cli.evaluation.figures import AnsweredPairs, Figure
from seq2seq_cli.evaluation.metrics import finite
from seq2seq_cli.evaluation.target_form import STRING, TargetForm


@dataclass(frozen=True)
class TeacherForced:
    """Teacher-forced figures."""

    loss: float
    """Nats a symbol, an end symbol included."""
    perplexity: float
    token_accuracy: float
    tokens: int


@dataclass(frozen=True)
class Mistake:
    """One wrong answer."""

    source: str
    answer: str
    right: tuple[str, ...]


@dataclass(frozen=True)
class LengthGroup:
    """Sources of one length, in the source's tokens."""

    length: int
    rows: int
    exact_match: float
    first_figure: float
    """The figure of the report that stands first."""


@dataclass(frozen=True)
class Report:
    """All figures of one evaluation. Rates are from 0 to 1, BLEU and chrF from 0 to 100."""

    rows: int
    """How many pairs were scored; for free-running figures each distinct source counts once."""
    sources: int
    figures: tuple[Figure, ...]
    """Free-running, those that say most first."""
    free_running_unfinished: int
    """Answers that were cut at the longest length allowed."""
    teacher_forced_loss: float
    teacher_forced_perplexity: float
    teacher_forced_token_accuracy: float
    by_length: tuple[LengthGroup, ...]
    """Empty, and left out of `as_dict`, where it was not asked for."""
    mistakes: tuple[Mistake, ...]
    mistakes_in_all: int
    form: TargetForm = STRING
    """What the targets are, which chose the figures."""
    left_out: tuple[str, ...] = ()
    """Why figures that fit are not there."""
    answered: AnsweredPairs | None = field(default=None, repr=False, compare=False)
    """What the figures were made of; not in `as_dict`."""

    def figure(self, name: str) -> Figure:
        """Return a figure by its metric's name.

        Raises:
            KeyError: it was not measured.
        """
        return {figure.name: figure for figure in self.figures}[name]

    @property
    def free_running_exact_match(self) -> float:
        """The share of sources whose answer is right throughout."""
        return self.figure("exact-match").value

    @property
    def free_running_exact_match_low(self) -> float:
        """The lower end of its 95% interval."""
        return self.figure("exact-match").low

    @property
    def free_running_exact_match_high(self) -> float:
        """The upper end of its 95% interval."""
        return self.figure("exact-match").high

    @property
    def free_running_character_error_rate(self) -> float:
        """Edits a character of the nearest right answer."""
        return self.figure("character-error-rate").value

    def as_dict(self) -> dict[str, object]:
        """Return the figures as builtins that JSON has: a figure that is not finite (the perplexity of a model that
        gives a right symbol no probability) is None."""
        values: dict[str, object] = {"rows": self.rows, "sources": self.sources, "target_form": self.form.name}
        for figure in self.figures:
            name = f"free_running_{figure.name.replace('-', '_')}"
            values |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
            if figure.signature:
                values[f"{name}_signature"] = figure.signature
        values |= {
            "free_running_unfinished": self.free_running_unfinished,
            "teacher_forced_loss": self.teacher_forced_loss,
            "teacher_forced_perplexity": self.teacher_forced_perplexity,
            "teacher_forced_token_accuracy": self.teacher_forced_token_accuracy,
        }
        if self.by_length:
            values["by_length"] = [asdict(group) for group in self.by_length]
        values |= {"mistakes": [asdict(mistake) for mistake in self.mistakes], "mistakes_in_all": self.mistakes_in_all}
        if self.left_out:
            values["left_out"] = list(self.left_out)
        return {name: finite(value) if isinstance(value, float) else value for name, value in values.items()}
