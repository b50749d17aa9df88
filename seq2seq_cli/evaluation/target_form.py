"""Which figures fit what a model writes: the only place that chooses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seq2seq_cli.config import METRICS, find_class
from seq2seq_cli.config.suggest import hint
from seq2seq_cli.errors import MissingExtraError, UsageError
from seq2seq_cli.evaluation.figures import Figure, Metric


@dataclass(frozen=True)
class TargetForm:
    """What targets are, and which figures say most about such answers."""

    name: str
    metrics: tuple[str, ...]
    """In the order in which they are shown."""
    judged_by: str | None = "exact-match"
    """The metric that the best epoch of training has the best of; None is the loss alone."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What metrics are called here, where that is not their own title."""

    def judge(self) -> Metric | None:
        """Return what the best epoch of training has the best of; None is the loss alone."""
        if self.judged_by is None:
            return None
        metric: Metric = find_class(METRICS[self.judged_by])()
        return metric

    def title(self, figure: Figure) -> str:
        """Return what people call a figure of such answers."""
        return self.titles.get(figure.name, figure.title)


LEXICON = TargetForm(
    "lexicon",
    ("word-error-rate", "symbol-error-rate", "exact-match", "character-error-rate"),
    titles={"symbol-error-rate": "phone error rate"},
)
"""Pronunciations: a source is a word, a target its phones."""

SENTENCE = TargetForm(
    "sentence",
    ("bleu", "chrf", "symbol-error-rate", "exact-match", "character-error-rate"),
    judged_by="symbol-error-rate",
)
"""Translations: of many good answers a few stand in the data."""

CAPTION = TargetForm("caption", SENTENCE.metrics, judged_by=None)
"""People say very different things of one picture. The least symbol error rate is an early epoch's, which says the same
short thing of all of them."""

CHAT = TargetForm("chat", ("chrf", "bleu", "exact-match", "character-error-rate"), judged_by=None)
"""Replies: of countless good ones one stands in the data, and a reply that is near to it in symbols is no better."""

STRING = TargetForm("string", ("exact-match", "character-error-rate"))
"""Sums, dates, inflected words: right, or not."""

FORMS = {
    "lexicon": LEXICON,
    "chat": CHAT,
    "captions": CAPTION,
    "addition": STRING,
    "dates": STRING,
    "numbers": STRING,
    "shapes": STRING,
}
"""Of kinds of data whose targets are known, whatever their symbols are."""


def target_form(data: Mapping[str, object], level: str) -> TargetForm:
    """Return the form of a model's targets.

    Args:
        data: the description of what it was trained on; a file or folder without one says nothing.
        level: how its targets are cut.
    """
    by_level = STRING if level == "char" else SENTENCE
    return FORMS.get(str(data.get("kind")), by_level)


def choose_metrics(form: TargetForm, asked: Sequence[str] = ()) -> tuple[list[Metric], tuple[str, ...]]:
    """Return the metrics that fit, those that are asked for first.

    Returns:
        The metrics, and a line for each reason why others were left out.

    Raises:
        UsageError: there is no metric of a name that is asked for.
        MissingExtraError: one that is asked for needs a package that is not installed.
    """
    for name in asked:
        if name not in METRICS:
            near = hint(name, METRICS, f"; there are {', '.join(METRICS)}")
            raise UsageError(f"there is no metric {name!r}{near}")
    metrics, reasons = list[Metric](), dict[str, None]()
    for name in dict.fromkeys((*asked, *form.metrics)):
        try:
            metrics.append(find_class(METRICS[name])())
        except MissingExtraError as error:
            if name in asked:
                raise
            reasons[str(error)] = None
    return metrics, tuple(reasons)
