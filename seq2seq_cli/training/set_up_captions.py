"""Beginning to train a captioner: the vocabulary of its captions, and what it reads of an image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seq2seq_cli.config import DataConfig, ModelConfig, checked_level
from seq2seq_cli.data.caption_codec import Scaling
from seq2seq_cli.data.captions import Captions, CaptionsDataset
from seq2seq_cli.errors import UsageError
from seq2seq_cli.training.setup import ModelSetup, longest_of
from seq2seq_cli.training.vocabularies import target_vocabulary


def set_up_captions(dataset: CaptionsDataset, options: Mapping[str, Any], data: DataConfig) -> ModelSetup:
    """Make the vocabulary of the captions, and the config of a captioner."""
    train = dataset.part("train")
    level = checked_level(data.target_level or dataset.levels["target"])
    target = target_vocabulary([caption for _, caption in train], level, data)
    config = ModelConfig.from_dict(
        {**options, "kind": "captioner", "target_vocab_size": len(target), **source_sizes(train, options)}
    )
    scaling = Scaling.of(train.values)
    text = {
        "normalisation": target.cutting.normalisation,
        "longest_target": longest_of("target", (len(target.tokens(caption)) for _, caption in train)),
        "source_mean": list(scaling.mean),
        "source_deviation": list(scaling.deviation),
    }
    return ModelSetup(config, None, target, text)


def source_sizes(train: Captions, options: Mapping[str, Any]) -> dict[str, int]:
    """Return what the data decides of a source.

    Raises:
        UsageError: images can't be cut into squares of this width, or there are no images to cut.
    """
    if not train.has_images:
        if options.get("patch_size", ModelConfig.patch_size) != ModelConfig.patch_size:
            raise UsageError("`patch_size` has no effect on features, which are read as they are; leave it out")
        _, places, numbers = train.values.shape
        return {"source_places": places, "source_features": numbers}
    size, patch = train.values.shape[1], int(options.get("patch_size", ModelConfig.patch_size))
    if size < patch:
        raise UsageError(f"`patch_size` is {patch}, and these images are {size} pixels wide: give a smaller one")
    return {"image_size": size, "source_places": (-(-size // patch)) ** 2}
