"""A trained captioner, with all that it needs to say what images show: what `load` returns to programs and commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from seq2seq_cli.api.answerer import Answerer
from seq2seq_cli.api.given import path_of, paths_of
from seq2seq_cli.backend import Backend
from seq2seq_cli.data.caption_codec import CaptionCodec
from seq2seq_cli.data.captions import Captions, Values
from seq2seq_cli.data.readers.features import read_features
from seq2seq_cli.data.readers.images import pillow, read_image
from seq2seq_cli.errors import UsageError
from seq2seq_cli.inference.answer import Answer
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.model_file.content import ModelFile
from seq2seq_cli.models.build import build_captioner
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.types import Pair


class Captioner(Answerer):
    """A model that captions images, or features that somebody made of them. Several threads may use one at once.

    Args:
        file: the content of a model file.
        device: ``cpu``, ``cuda``, ``cuda:1`` or ``auto``.
        precision: ``float32``, ``float64`` or ``bf16``.

    Raises:
        MissingExtraError: it writes subword units, and SentencePiece is not installed.
        DataError: its subword model is damaged.
    """

    codec: CaptionCodec

    def __init__(self, file: ModelFile, *, device: str = "cpu", precision: str = "float32") -> None:
        self.codec = CaptionCodec.of(file.config, file.target_vocabulary, file.text)
        self.codec.check()
        super().__init__(file, device, precision)

    def _build(self, file: ModelFile, backend: Backend) -> Seq2Seq:
        return build_captioner(file.config, backend)

    def _codec_of(self, rows: Sequence[Pair]) -> CaptionCodec:
        if not isinstance(rows, Captions):
            raise UsageError("a captioner is measured on `Captions`: rows, and what there is of each image")
        return self.codec.knowing(rows)

    def _rows_of(self, pairs: Iterable[Pair]) -> Sequence[Pair]:
        return pairs if isinstance(pairs, Captions) else super()._rows_of(pairs)

    @property
    def reads_images(self) -> bool:
        """Whether it reads images, and not features."""
        return self.file.config.image_size > 0

    def check(self, options: AnswerOptions) -> None:
        """Refuse options that can't be used with this model, or with any captioner, before there is anything to read.

        Raises:
            UsageError: one can have no effect; the message names it.
            DataError: the model does not know a symbol of the prefix.
            MissingExtraError: it reads images, and Pillow is not installed.
        """
        for name, given in (("`unknown='copy'`", options.copy_unknown), ("`known`", options.known is not None)):
            if given:
                raise UsageError(f"{name} has no effect on a captioner, whose sources are no text; leave it out")
        super().check(options)
        if self.reads_images:
            pillow()

    def read(self, path: str | Path) -> Values:
        """Read what the model sees of one image.

        Args:
            path: an image file; of a model that reads features a file ``.npy`` of them: vectors (places, numbers), or
                one vector.

        Returns:
            An image (size, size, 3) of uint8, or features (places, numbers) of float32.

        Raises:
            DataError: it can't be read, or is not as those are that the model learned from; the message says why.
            MissingExtraError: Pillow is not installed.
        """
        path, config = path_of(path, "path"), self.file.config
        if self.reads_images:
            return read_image(path, config.image_size)
        return read_features(path, config.source_places, config.source_features)

    def answers(
        self, images: Sequence[Values | None], options: AnswerOptions | None = None, *, first_stream_id: int = 0
    ) -> list[Answer]:
        """Caption images, each with the caption's log-probability.

        Args:
            images: as `read` returns them; or features (places, numbers) of float32; None has an empty caption.
            options: how to answer: a beam, drawn symbols, the longest caption; by default the most probable symbol at
                each step.
            first_stream_id: the number of the first image, which with the seed fixes what is drawn.

        Raises:
            DataError: one is not as those are that the model learned from.
        """
        if options is not None:
            self.check(options)
        names = ["" if image is None else str(number) for number, image in enumerate(images, 1)]
        known = {name: image for name, image in zip(names, images, strict=True) if image is not None}
        return self._answers(self.codec.with_entries(known), names, options, first_stream_id)

    def caption(self, paths: str | Path | Iterable[str | Path], options: AnswerOptions | None = None) -> list[str]:
        """Read image files, one or several, and caption them; arguments and errors as `read`'s and `answers`'s."""
        return [answer.text for answer in self.answers([self.read(path) for path in paths_of(paths, "paths")], options)]
