"""BLEU and chrF by sacrebleu, with its defaults, so that they compare with what others report."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np

from seq2seq_cli.errors import MissingExtraError
from seq2seq_cli.evaluation.figures import AnsweredPairs, Metric
from seq2seq_cli.types import Floats


class SacrebleuMetric(Metric):
    """A metric of sacrebleu's, over answers and references as people read them.

    Its counts are asked for once and summed here: sacrebleu's own bootstrap and paired tests go through the same two
    methods, and take a sum in Python for every drawn part.

    Raises:
        MissingExtraError: sacrebleu is not installed.
    """

    unit = "points"
    larger_is_better = True
    maker: str
    """The name of sacrebleu's class."""
    options: dict[str, Any]

    def __init__(self) -> None:
        try:
            from sacrebleu import metrics
        except ImportError as error:
            raise MissingExtraError("sacrebleu", "metrics", "measuring BLEU or chrF") from error
        self._scorer = getattr(metrics, self.maker)(**self.options)

    def statistics(self, answered: AnsweredPairs) -> Floats:
        """Return (N, K), sacrebleu's counts."""
        # It takes streams of references: the first of each source, the second of each; None where there is none.
        streams = list(zip_longest(*answered.targets))
        counts = self._scorer._extract_corpus_statistics([answer.text for answer in answered.answers], streams)
        return np.array(counts, dtype=np.float64)

    def scores(self, sums: Floats) -> Floats:
        """Return the figures, from 0 to 100."""
        rows = sums.astype(np.int64).tolist()
        return np.array([self._scorer._compute_score_from_stats(row).score for row in rows])

    @property
    def signature(self) -> str:
        """Sacrebleu's signature."""
        return str(self._scorer.get_signature())


class Bleu(SacrebleuMetric):
    """BLEU (Papineni et al. 2002)."""

    name = "bleu"
    title = "BLEU"
    maker = "BLEU"
    options = {"force": True}  # noqa: RUF012  # it does not guess whether a text is tokenised; no figure depends on it


class Chrf(SacrebleuMetric):
    """chrF (Popović 2015)."""

    name = "chrf"
    title = "chrF"
    maker = "CHRF"
    options: dict[str, Any] = {}  # noqa: RUF012
