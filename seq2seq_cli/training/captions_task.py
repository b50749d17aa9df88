"""Training a captioner: as on pairs, with images where sources are."""

from __future__ import annotations

from seq2seq_cli.backend import Backend
from seq2seq_cli.data.caption_codec import CaptionCodec
from seq2seq_cli.data.captions import CaptionsDataset
from seq2seq_cli.evaluation.target_form import target_form
from seq2seq_cli.inference.answers import longest_answer
from seq2seq_cli.model_file.content import ModelFile
from seq2seq_cli.models.build import build_captioner
from seq2seq_cli.training.pairs_task import PairsTask


def captions_task(file: ModelFile, dataset: CaptionsDataset, backend: Backend) -> PairsTask:
    """Build the captioner that a file describes, without its weights, and join it with its images and captions."""
    assert file.training is not None
    train = dataset.part("train")
    valid = dataset.parts.get(str(file.data.get("eval_part", "valid")))
    codec = CaptionCodec.of(file.config, file.target_vocabulary, file.text)
    return PairsTask(
        build_captioner(file.config, backend),
        codec.knowing(train, *([valid] if valid else [])),
        train,
        valid or (),
        file.training,
        max_length=longest_answer(int(file.text["longest_target"])),
        form=target_form(file.data, file.target_vocabulary.level),
    )
