"""Subword units by SentencePiece (Kudo & Richardson 2018), which comes with the extra `subword`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from seq2seq_cli.errors import DataError, MissingExtraError

BLANK_MARK = "\u2581"
"""What SentencePiece writes for the blank before a word."""

LONGEST_LINE = 1 << 30
"""Bytes of a line: the most that SentencePiece can be told."""

LARGEST_MODEL = 1 << 24
"""Bytes of a subword model that is accepted."""


def _library() -> Any:
    try:
        import sentencepiece
    except ImportError as error:
        raise MissingExtraError("sentencepiece", "subword", "a model of subword units") from error
    return sentencepiece


_NOT_UNITS = frozenset(f" \n\0{BLANK_MARK}\u2585")
"""Characters that SentencePiece keeps for itself; of these, NUL and U+2585 stay unknown."""


def train_subwords(lines: Sequence[str], size: int, line_end: str) -> bytes:
    """Learn units from lines, so that every character of theirs is one, or is in one.

    A blank is a character like others: two of them come back as two.

    Args:
        lines: the training text.
        size: how many units, the unknown symbol and the line end included.
        line_end: a symbol that is a unit by itself.

    Returns:
        The model, to be kept with the vocabulary.

    Raises:
        MissingExtraError: SentencePiece is not installed.
        DataError: the text is too small for so many units.
    """
    written = io.BytesIO()
    characters = sorted(set("".join(lines)) - _NOT_UNITS)
    try:
        _library().SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=written,
            vocab_size=size,
            model_type="unigram",
            character_coverage=1.0,
            normalization_rule_name="identity",
            unk_id=0,
            bos_id=-1,
            eos_id=-1,
            pad_id=-1,
            user_defined_symbols=[line_end],
            hard_vocab_limit=False,
            # Lines of more than 4,192 bytes would be left out, and blanks folded.
            max_sentence_length=LONGEST_LINE,
            remove_extra_whitespaces=False,
            required_chars="".join(characters),
            num_threads=1,
            minloglevel=1,
        )
    except (RuntimeError, ValueError) as error:
        raise DataError(f"no subword units could be learned: {error}") from None
    return written.getvalue()


def load_subwords(model: bytes) -> Any:
    """Return SentencePiece's processor for a model.

    Raises:
        MissingExtraError: SentencePiece is not installed.
        DataError: the model is damaged or too large.
    """
    if len(model) > LARGEST_MODEL:
        raise DataError(f"a subword model of {len(model):,} bytes is too large")
    processor = _library().SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(model)
    except RuntimeError:
        raise DataError("the subword model is damaged") from None
    return processor


def units(processor: Any) -> tuple[str, ...]:
    """Return a processor's units in the order of their ids."""
    return tuple(processor.IdToPiece(number) for number in range(processor.GetPieceSize()))
