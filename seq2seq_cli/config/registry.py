"""What there is more than one make of, in a model and in its evaluation: each name, and where its class or function is.

To add one, write its file and a line here. The names are the choices of options; what they name is
looked up when it is needed, so that configurations need no NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

CELLS = {
    "lstm": "seq2seq_cli.nn.lstm:LSTM",
    "gru": "seq2seq_cli.nn.gru:GRU",
}
"""Recurrent layers. What a class must offer is in `seq2seq_cli.nn.recurrent.Cell`."""

ATTENTION_SCORES = {
    "dot": "seq2seq_cli.nn.attention.dot:DotScore",
    "general": "seq2seq_cli.nn.attention.general:GeneralScore",
    "additive": "seq2seq_cli.nn.attention.additive:AdditiveScore",
}
"""Scores of attention. What a class must offer is in `seq2seq_cli.nn.attention.score.Score`."""

ATTENTION_WEIGHTS = {
    "softmax": "seq2seq_cli.nn.attention.weights:softmax",
    "sparsemax": "seq2seq_cli.nn.attention.weights:sparsemax",
    "entmax": "seq2seq_cli.nn.attention.weights:entmax",
}
"""What makes weights of scores. What a function must take and return is in `seq2seq_cli.nn.attention.weights`."""

METRICS = {
    "exact-match": "seq2seq_cli.evaluation.error_rates:ExactMatch",
    "word-error-rate": "seq2seq_cli.evaluation.error_rates:WordErrorRate",
    "symbol-error-rate": "seq2seq_cli.evaluation.error_rates:SymbolErrorRate",
    "character-error-rate": "seq2seq_cli.evaluation.error_rates:CharacterErrorRate",
    "bleu": "seq2seq_cli.evaluation.bleu:Bleu",
    "chrf": "seq2seq_cli.evaluation.bleu:Chrf",
}
"""Figures of answers. What a class must offer is in `seq2seq_cli.evaluation.figures.Metric`."""

if TYPE_CHECKING:
    MetricName: TypeAlias = str
    CellName: TypeAlias = str
    AttentionScore: TypeAlias = str
    AttentionWeights: TypeAlias = str
else:
    MetricName = Literal[tuple(METRICS)]
    CellName = Literal[tuple(CELLS)]
    AttentionScore = Literal[tuple(ATTENTION_SCORES)]
    AttentionWeights = Literal[tuple(ATTENTION_WEIGHTS)]


def find_class(place: str) -> Any:
    """Return the class or function at a place written ``module:Name``."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
