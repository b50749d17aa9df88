"""Training a language model on a text: truncated back-propagation with the state carried from window to window.

The text is cut into as many streams as a batch has rows, each a piece of the text in order; a window is the next
few symbols of every stream ("Deep Learning from Scratch 2", 5.3). An epoch begins with an empty state.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

import numpy as np

from seq2seq_cli.backend import Backend, Packing
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.data.formats import TextDataset
from seq2seq_cli.errors import DataError
from seq2seq_cli.evaluation.text import score_text
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.inference.search import SearchOptions, search
from seq2seq_cli.model_file.content import ModelFile
from seq2seq_cli.models.build import build_language_model
from seq2seq_cli.models.language_model import LanguageModel
from seq2seq_cli.nn.context import ForwardContext, stream_id
from seq2seq_cli.nn.parameters import array_of
from seq2seq_cli.text.codec import TextCodec
from seq2seq_cli.text.detokenise import Detokeniser
from seq2seq_cli.text.unknowns import unknown_in_text
from seq2seq_cli.training.task import Step, Task, Validation
from seq2seq_cli.types import HostArray, HostArrays, Ids

VALID_STREAMS = 16
"""Tracks of the validation text, for speed: all but the first begin with an empty state inside the text."""

SAMPLE_WORDS, SAMPLE_CHARACTERS, SAMPLE_TEMPERATURE = 25, 120, 0.8
"""Of what the model writes after an epoch."""

SHORTEST, SPREAD = 5, 5
"""Of windows of varying length, in steps: the shortest, and their standard deviation."""

SHORT_SHARE = 0.05
"""With windows of varying length: the share that is about half as long (Merity et al. 2018, section 5)."""


def window_lengths(total: int, steps: int, key: tuple[int, int, int] | None) -> list[int]:
    """Cut `total` steps into windows.

    Args:
        total: steps of a stream.
        steps: of a window; with a key, about as many.
        key: fixes lengths that vary: normal numbers around `steps`, and rarely around half of it, at least `SHORTEST`,
            or `steps` where that is less.
    """
    if key is None:
        lengths = [steps] * (total // steps)
        return [*lengths, total - sum(lengths)] if total % steps else lengths
    draw, lengths, left = np.random.default_rng(list(key)), [], total
    while left:
        middle = steps if draw.random() >= SHORT_SHARE else steps / 2
        length = min(max(min(SHORTEST, steps), round(draw.normal(middle, SPREAD))), left)
        lengths.append(length)
        left -= length
    return lengths


class TextTask(Task):
    """A text to learn from and one to measure on.

    Args:
        model: the model.
        train: (n,) ids to learn from.
        valid: ids to measure on after each epoch; may be empty.
        codec: how text becomes ids, and ids text.
        config: how to train.

    Raises:
        DataError: the text is too short for a batch.
    """

    unit = "symbols"
    model: LanguageModel

    def __init__(self, model: LanguageModel, train: Ids, valid: Ids, codec: TextCodec, config: TrainConfig) -> None:
        N = config.batch_size
        self._length = (len(train) - 1) // N
        if self._length < 1:
            raise DataError(
                f"the training text has {len(train):,} symbols, too few for a batch of {N} rows: "
                "give more text or a smaller `batch_size`"
            )
        self.model, self._config, self._codec, self._valid = model, config, codec, valid
        self.train_size, self.valid_size = len(train), len(valid)
        used = self._length * N
        # (length, N): a window is a run of its rows, packed as it stands.
        self._inputs: Ids = np.ascontiguousarray(train[:used].reshape(N, self._length).T)
        self._targets: Ids = np.ascontiguousarray(train[1 : used + 1].reshape(N, self._length).T)
        self._windows: list[tuple[int, int]] = []
        self._state = model.zeros(N)
        self.told: list[str] = []
        """What people should know of the validation text."""

    def warnings(self) -> list[str]:
        """Say which symbols of the validation text are unknown."""
        return self.told

    def begin(self, epoch: int, step: int) -> int:
        """Cut the streams into windows; the state is emptied unless the epoch goes on."""
        config = self._config
        key = (config.seed, stream_id("windows"), epoch) if config.random_bptt else None
        lengths = window_lengths(self._length, config.bptt, key)
        self._windows = list(zip(accumulate(lengths, initial=0), lengths, strict=False))
        if step == 0:
            self._state = self.model.zeros(config.batch_size)
        return len(self._windows)

    def step(self, epoch: int, step: int, context: ForwardContext, forcing: float) -> Step:
        """Run a window forward; its last state, a copy, is where the next one begins."""
        start, length = self._windows[step]
        config, backend = self._config, self.model.backend
        ids, targets = (backend.to_device_ids(a[start : start + length].ravel()) for a in (self._inputs, self._targets))
        packing = Packing.even(config.batch_size, length)
        (loss, losses, self._state), backward = self.model.loss(ids, targets, packing, self._state, context)
        # A short window's mean is of fewer symbols; its step is as much shorter.
        factor = length / config.bptt if config.random_bptt else 1.0
        return Step(loss, losses, backward, packing.total, packing.total, factor)

    def validate(self, epoch: int) -> Validation | None:
        """Return the loss over the validation text, and a few words that the model writes."""
        if not len(self._valid):
            return None
        streams = min(VALID_STREAMS, max(1, len(self._valid) // 100))
        scored = score_text(self.model, self._valid, self._codec.line_end, streams=streams)
        return Validation(scored.loss, [-scored.loss], text=self._sample())

    def _sample(self) -> str:
        """Write a little, from the same draws after each epoch, so that what is learned shows."""
        codec, symbols = self._codec, self._codec.vocabulary.symbols
        length = SAMPLE_CHARACTERS if codec.vocabulary.level == "char" else SAMPLE_WORDS
        sampling = Sampling(temperature=SAMPLE_TEMPERATURE, seed=self._config.seed)
        options = SearchOptions(length, banned=(codec.unknown,), sampling=sampling)
        with self.model.inference() as context:
            steps = search(self.model, self.model.empty(1), np.array([codec.line_end]), options, context)
            return Detokeniser(codec.vocabulary.level).text([symbols[step.ids[0]] for step in steps])

    def arrays(self) -> HostArrays:
        """Return the carried state."""
        to_host = self.model.backend.to_host
        return {
            f"carried.{number}.{name}": np.array(to_host(array))
            for number, layer in enumerate(self._state)
            for name, array in layer.arrays().items()
        }

    def assign(self, arrays: Mapping[str, HostArray]) -> None:
        """Take over the carried state."""
        backend, state = self.model.backend, []
        for number, layer in enumerate(self._state):
            carried = {
                name: backend.to_device_floats(array_of(arrays, f"carried.{number}.{name}", array.shape))
                for name, array in layer.arrays().items()
            }
            state.append(type(layer)(**carried))
        self._state = tuple(state)


def text_task(file: ModelFile, dataset: TextDataset, backend: Backend) -> TextTask:
    """Build the model that a file describes, without its weights, and join it with its text."""
    assert file.training is not None
    codec = TextCodec(file.target_vocabulary)
    valid = dataset.parts.get(str(file.data.get("eval_part", "valid")), "")
    model = build_language_model(file.config, backend)
    task = TextTask(model, codec.encode(dataset.part("train")), codec.encode(valid), codec, file.training)
    task.told = unknown_in_text(codec, valid, "the part that is measured")
    return task
