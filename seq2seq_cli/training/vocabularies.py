"""The vocabularies of a model of pairs, made of its training part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seq2seq_cli.config import DataConfig, Level
from seq2seq_cli.errors import UsageError
from seq2seq_cli.text.cutting import Cutting
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.types import Pair


def pair_vocabularies(
    train: Sequence[Pair], levels: Mapping[str, Level], data: DataConfig, whole: Sequence[str] = ()
) -> tuple[Vocabulary, Vocabulary]:
    """Make the vocabularies of both sides; with joint subword units they are one and the same.

    Args:
        train: the training part.
        levels: how ``source`` and ``target`` are cut.
        data: which symbols are known.
        whole: characters that are symbols by themselves.

    Raises:
        UsageError: an option can have no effect at these levels.
        MissingExtraError: subword units need SentencePiece, which is not installed.
        DataError: no symbol is left, or there is no room for a subword unit for each character.
    """
    _refuse_idle(levels, data)
    sides = {"source": [source for source, _ in train], "target": [target for _, target in train]}
    if set(levels.values()) == {"subword"} and data.joint_subwords is not False:
        both = _vocabulary([*sides["source"], *sides["target"]], "subword", data, whole, target=True)
        return both, both
    source, target = (
        _vocabulary(texts, levels[side], data, whole, target=side == "target") for side, texts in sides.items()
    )
    return source, target


def target_vocabulary(texts: Sequence[str], level: Level, data: DataConfig) -> Vocabulary:
    """Make the vocabulary of targets whose sources are no text; errors as `pair_vocabularies`."""
    _refuse_idle({"target": level}, data)
    return _vocabulary(texts, level, data, target=True)


def _vocabulary(
    texts: Sequence[str], level: Level, data: DataConfig, whole: Sequence[str] = (), *, target: bool
) -> Vocabulary:
    cutting = Cutting("NFD" if data.normalise == "nfd" else "NFC", data.words, data.case)
    most = data.max_vocabulary
    if level == "subword":
        kind = data.subword_type or "unigram"
        return Vocabulary.of_subwords(texts, kind=kind, cutting=cutting, whole=whole, size=most)
    least = data.min_count
    return Vocabulary.build(texts, level, target=target, cutting=cutting, whole=whole, min_count=least, max_size=most)


def _refuse_idle(levels: Mapping[str, Level], data: DataConfig) -> None:
    """Refuse options that can have no effect at the levels of a model, which a dataset may have decided."""
    cut = [side for side, level in levels.items() if level == "subword"]
    other = next((side for side in levels if side not in cut), "source")
    for name, value, default in (("words", data.words, DataConfig.words), ("case", data.case, DataConfig.case)):
        if value != default and "word" not in levels.values():
            raise UsageError(
                f"`{name}` has no effect where no side is cut into words: leave it out, or add `source_level='word'`"
            )
    if data.subword_type is not None and not cut:
        raise UsageError(
            "`subword_type` has no effect where no side is cut into subwords: leave it out, or add "
            f"`{other}_level='subword'`"
        )
    if data.joint_subwords is not None and len(cut) < len(levels):
        raise UsageError(
            f"`joint_subwords` has no effect unless both sides are cut into subwords: leave it out, or add "
            f"`{other}_level='subword'`"
        )
    if data.min_count != DataConfig.min_count and len(cut) == len(levels):
        sides = "both sides are" if len(levels) > 1 else "targets are"
        raise UsageError(f"`min_count` has no effect where {sides} cut into subwords: use `max_vocabulary`")
