"""Answers as lines of output: text, columns, or an object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seq2seq_cli.api.translator import Answer
    from seq2seq_cli.config import CaptionOptions, TranslateOptions
    from seq2seq_cli.inference.pipeline import Row


class AnswerLines:
    """Writes answers as lines, one a row.

    Args:
        options: of the command: the form, and what stands beside an answer.
    """

    def __init__(self, options: TranslateOptions | CaptionOptions) -> None:
        self._format, self._scores, self._n_best = options.format, options.scores, options.n_best
        self._ranked = options.beam > 1
        # A captioner has neither: it attends to squares, and no list knows images.
        self._alignments: bool = getattr(options, "alignments", False)
        self._lexicon = getattr(options, "lexicon", None) is not None

    def line(self, row: Row, answer: Answer) -> str:
        """Return a row's line; where nothing was answered, answer and score are blank (in JSON null)."""
        if self._format == "jsonl":
            return self._object(row, answer)
        if self._format == "tsv":
            found = [self._columns(one, all_of_them=True) for one in (answer, *answer.others)]
            blank = [""] * len(found[0]) * (self._n_best - len(found))
            return "\t".join((row.text, *(column for columns in found for column in columns), *blank))
        if row.whole:
            return "\t".join(row.before)
        columns = self._columns(answer, all_of_them=bool(row.before or row.after))
        return "\t".join((*row.before, *columns, *row.after))

    def _columns(self, answer: Answer, *, all_of_them: bool) -> list[str]:
        """Return an answer and what stands beside it; where nothing was answered, blanks or the blank answer alone."""
        columns, score = [answer.text], answer.log_probability
        all_of_them = all_of_them or answer.origin == "lexicon"
        if self._scores and (score is not None or all_of_them):
            columns.append("" if score is None else f"{score:.6f}")
        if self._alignments and (score is not None or all_of_them):
            columns.append("" if answer.alignment is None else answer.alignment.pharaoh())
        return columns

    def _object(self, row: Row, answer: Answer) -> str:
        from seq2seq_cli.files.json_text import to_json  # only here: the other forms answer sooner without it

        values = {"source": row.text, **self._values(answer)}
        if row.status == "refused":
            values["answer"] = None
        elif self._lexicon and row.status == "sound":
            values["from"] = answer.origin
        if self._n_best > 1:
            nothing = answer.log_probability is None and answer.origin == "model"
            values["answers"] = [] if nothing else [self._values(one) for one in (answer, *answer.others)]
        return to_json(values)

    def _values(self, answer: Answer) -> dict[str, Any]:
        values: dict[str, Any] = {"answer": answer.text}
        if self._scores:
            values["log_probability"] = _rounded(answer.log_probability)
            if self._ranked:
                values["score"] = _rounded(answer.score)
        if self._alignments:
            found = answer.alignment
            values["source_symbols"], values["answer_symbols"] = (found.source, found.target) if found else ([], [])
            values["alignment"] = found.places if found else []
        return values


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 6)
