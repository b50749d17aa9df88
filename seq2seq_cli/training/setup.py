"""Beginning a training context: vocabularies, model, first values, the name of the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from seq2seq_cli.backend import get_backend
from seq2seq_cli.config import Level, ModelConfig, TrainConfig, checked_level
from seq2seq_cli.data.formats import TEXT_FORMAT, PairsDataset, TextDataset
from seq2seq_cli.data.generators import rebuild
from seq2seq_cli.errors import S2SError, UsageError
from seq2seq_cli.model_file.content import ModelFile
from seq2seq_cli.models.spec import initialise_parameters
from seq2seq_cli.text.codec import PairCodec
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.training.loop import Training
from seq2seq_cli.training.session import Session, free_name, task_of, versions
from seq2seq_cli.types import Pair

BUILTIN_VOCABULARY = 10_000
"""Words of the built-in text that a model knows, unless told otherwise."""


def default_dataset(seed: int = 0) -> PairsDataset:
    """Return the data that training uses when none is given: the book's additions, made in memory."""
    return rebuild({"kind": "addition", "options": {"seed": seed}})


def default_text() -> TextDataset:
    """Return the text that training a language model uses when none is given: Python's own English."""
    return rebuild({"kind": "python", "options": {}})


def _vocabularies(
    dataset: PairsDataset,
    train: list[Pair],
    options: Mapping[str, Any],
    levels: Mapping[str, Level],
    limits: Mapping[str, Any],
) -> tuple[Vocabulary, Vocabulary, dict[str, int]]:
    """Make the vocabularies of the training part, and with padding "symbol" the widths."""
    if options.get("padding", "masked") == "symbol":
        if set(levels.values()) != {"char"}:
            raise UsageError("the book's recipes fill rows with blanks, so both sides are at char level")
        recorded = dataset.description.get("fixed_width", {})
        every = [pair for pairs in dataset.parts.values() for pair in pairs]
        widths = {
            side: int(recorded.get(side, 0)) or max(len(pair[place]) for pair in every)
            for place, side in enumerate(("source", "target"))
        }
        both = Vocabulary.fixed_width(train, widths["source"], widths["target"])
        return both, both, {"source_width": widths["source"], "target_width": widths["target"]}
    source = Vocabulary.build((source for source, _ in train), levels["source"], target=False, **limits)
    target = Vocabulary.build((target for _, target in train), levels["target"], target=True, **limits)
    return source, target, {}


def start(
    dataset: PairsDataset | TextDataset,
    model_options: Mapping[str, Any],
    config: TrainConfig,
    *,
    output: Path | None = None,
    force: bool = False,
    device: str = "cpu",
    precision: str = "float32",
    source_level: str | None = None,
    target_level: str | None = None,
    level: str | None = None,
    min_count: int = 1,
    max_vocabulary: int | None = None,
    eval_part: str = "valid",
    data_path: str | None = None,
) -> Session:
    """Begin a training context: of a seq2seq model on pairs, of a language model on a text.

    Args:
        dataset: what to learn from.
        model_options: fields of `ModelConfig` but for those that the data decides.
        config: how to train.
        output: where the model goes; by default a free name under ``models``.
        force: replace an existing model.
        device: ``cpu``, ``cuda``, ``cuda:1`` or ``auto``.
        precision: ``float32`` or ``float64``.
        source_level: of pairs: ``char`` or ``word``; by default the dataset's.
        target_level: likewise.
        level: of a text, likewise.
        min_count: symbols that are rarer in the training part are unknown.
        max_vocabulary: at most so many symbols a side.
        eval_part: the part that is measured after each epoch.
        data_path: where the dataset was read, recorded for `evaluate` and for resuming.

    Raises:
        UsageError: options that don't fit together.
        DataError: the data can't be used.
        S2SError: the output exists.
        BackendError: the device does not work here.
    """
    if eval_part != "valid" and config.keep == "best":
        raise UsageError(f"--eval_part {eval_part} would choose the best epoch by that part; give --keep last with it")
    backend = get_backend(device, precision)
    limits = {"min_count": min_count, "max_size": max_vocabulary}
    if dataset.format.name == TEXT_FORMAT.name:
        if source_level or target_level:
            raise UsageError("a text has one level: --level, not --source-level or --target-level")
        model_config, source, target, text = _of_text(cast(TextDataset, dataset), model_options, level, limits)
    else:
        if level:
            raise UsageError("pairs have two levels: --source-level and --target-level, not --level")
        model_config, source, target, text = _of_pairs(
            cast(PairsDataset, dataset), model_options, source_level, target_level, limits
        )
    kind = str(dataset.description.get("kind", "model"))
    name = Path(data_path).name if data_path and kind in ("pairs", "folder", "text") else kind
    output = output or free_name(name, model_config.variant)
    if output.exists() and not force:
        raise S2SError(f"{output} exists: give another -o, or --force to replace it")
    head = ModelFile(
        config=model_config,
        source_vocabulary=source,
        target_vocabulary=target,
        text=text,
        data={**dataset.description, "path": data_path, "eval_part": eval_part},
        training=config,
        history=[],
        metrics={},
        versions=versions(),
    )
    task = task_of(head, dataset, config, backend)
    initialise_parameters(model_config, task.model.parameters, config.initialisation, config.seed)
    return Session(Training(task, config), head, output, resumed=False)


def _of_pairs(
    dataset: PairsDataset,
    options: Mapping[str, Any],
    source_level: str | None,
    target_level: str | None,
    limits: Mapping[str, Any],
) -> tuple[ModelConfig, Vocabulary, Vocabulary, dict[str, Any]]:
    train = list(dataset.part("train"))
    described = dataset.description.get("levels", {})
    levels = {
        "source": checked_level(source_level or described.get("source", "char"), subwords=False),
        "target": checked_level(target_level or described.get("target", "char"), subwords=False),
    }
    source, target, widths = _vocabularies(dataset, train, options, levels, limits)
    sizes = {"source_vocab_size": len(source), "target_vocab_size": len(target), **widths}
    config = ModelConfig.from_dict({**options, "kind": "seq2seq", **sizes})
    codec = PairCodec.of(config, source, target)
    text = {
        "normalisation": "NFC",
        "longest_source": max(len(codec.source.tokens(text)) for text, _ in train),
        "longest_target": max(len(codec.target.tokens(text)) for _, text in train),
    }
    return config, source, target, text


def _of_text(
    dataset: TextDataset, options: Mapping[str, Any], level: str | None, limits: Mapping[str, Any]
) -> tuple[ModelConfig, None, Vocabulary, dict[str, Any]]:
    chosen = dataset.levels["text"] if level is None else checked_level(level, subwords=True)
    if dataset.description.get("kind") == "python" and chosen == "word" and limits["max_size"] is None:
        limits = {**limits, "max_size": BUILTIN_VOCABULARY}
    vocabulary = Vocabulary.of_text(dataset.part("train"), chosen, **limits)
    config = ModelConfig.from_dict({**options, "kind": "lm", "target_vocab_size": len(vocabulary)})
    form = dataset.description.get("form", "plain")
    return config, None, vocabulary, {"normalisation": "NFC", "form": form}
