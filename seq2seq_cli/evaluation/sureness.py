"""How sure a model is of its answers, and where that begins to be unusual.

A model answers whatever it is given. That a source is unlike its training data shows, if at all, in the probability of
the answer: the mean log-probability of its symbols, beside those of the validation part. (Hendrycks & Gimpel 2017 take
the probability of a class so, Malinin & Gales 2021 the mean over a sequence.) A low one says that a source may be of
another form. A usual one does not say that the answer is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seq2seq_cli.inference.answer import Answer
from seq2seq_cli.text.codec import AnswerCodec

if TYPE_CHECKING:
    from seq2seq_cli.evaluation.figures import AnsweredPairs

SHARE = 0.01
"""Of validation answers, those that count as unusually unsure."""
FEWEST = 100
"""Answers from which a share so small can be told."""


def sureness(answer: Answer, codec: AnswerCodec) -> float | None:
    """Return the mean log-probability of an answer's symbols and its end; None where a model gave no answer."""
    if answer.log_probability is None:
        return None
    return answer.log_probability / (len(codec.target.tokens(answer.text)) + 1)


def usual_sureness(answered: AnsweredPairs, codec: AnswerCodec) -> float | None:
    """Return what all answers but a share of `SHARE` reach; None of fewer than `FEWEST`."""
    found = [value for answer in answered.answers if (value := sureness(answer, codec)) is not None]
    return float(np.quantile(found, SHARE)) if len(found) >= FEWEST else None
