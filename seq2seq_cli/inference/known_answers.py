"""A list of answers that are known, which is asked before the model is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from seq2seq_cli.data.lines import Problems
from seq2seq_cli.data.readers.tsv import read_tsv
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.types import Pair


class Lexicon:
    """Sources and their answers.

    Args:
        pairs: (source, answer); of a source's answers the first is the best.
    """

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._answers: dict[str, str | tuple[str, ...]] = {}  # most have one, which needs no tuple
        for source, answer in ((normalise(source), normalise(answer)) for source, answer in pairs):
            known = self.answers(source)
            if answer not in known:
                self._answers[source] = (*known, answer) if known else answer

    @classmethod
    def read(cls, path: Path) -> tuple[Lexicon, list[str]]:
        """Read a file of ``source<TAB>answer`` lines.

        Returns:
            (the list, warnings: lines that can't be used are left out, and the first ones named).

        Raises:
            DataError: the file can't be read.
        """
        problems = Problems()
        return cls(read_tsv(path, problems)), problems.summary()

    def __len__(self) -> int:
        return len(self._answers)

    def __contains__(self, source: object) -> bool:
        return source in self._answers

    def answers(self, source: str) -> tuple[str, ...]:
        """Return the distinct answers to a source, the best first; none where it is not in the list."""
        found = self._answers.get(source, ())
        return (found,) if isinstance(found, str) else found
