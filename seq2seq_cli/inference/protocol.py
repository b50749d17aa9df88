"""The step protocol: what a model offers to search and scoring, which are written once over it.

`Seq2Seq`, `LanguageModel` and `Ensemble` have this shape. Models do not import this module: the protocol is structural.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from seq2seq_cli.backend import Backend, Packing
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.types import Array, Ids

Self = TypeVar("Self", bound="StepState")
State = TypeVar("State", bound="StepState")
Batch = TypeVar("Batch")
Batch_contra = TypeVar("Batch_contra", contravariant=True)


class StepState(Protocol):
    """What a model carries from step to step, for N rows."""

    @property
    def rows(self) -> int:
        """N."""

    @property
    def symbol_cost(self) -> int:
        """How many numbers a symbol makes in the widest array of `StepModel.read`: the vocabulary, or more."""

    def take(self: Self, rows: Ids) -> Self:
        """Return the state of some rows, in the order of `rows`, which may repeat: a prompt is read once for all of
        its samples, and a source for all beginnings of a beam."""

    def follow(self: Self, parents: Array) -> Self:
        """Return the state in which each row goes on from another one that has read the same source.

        Args:
            parents: (N,) rows of this state, on the device.
        """

    def first(self: Self, count: int) -> Self:
        """Return the state of the first rows, which may share memory with this one."""


class StepModel(Protocol[Batch_contra, State]):
    """A model that goes on from a state, symbol by symbol.

    States are never changed: each call returns another one. A state is good until the context's next `start`.
    """

    @property
    def backend(self) -> Backend:
        """The array library."""

    def inference(self) -> AbstractContextManager[ForwardContext]:
        """Draw the context of a call; its workspace goes back to a pool at the end of the block."""

    def start(self, batch: Batch_contra, context: ForwardContext) -> State:
        """Read what there is before the first step: sources, or the beginnings of texts.

        Returns:
            The state, its rows in the order in which they were asked for.
        """

    def step(self, ids: Array, state: State, context: ForwardContext) -> tuple[Array, State]:
        """Read one symbol a row and score every symbol as the next one.

        Args:
            ids: (N,) on the device.
            state: before the step.
            context: of the call.

        Returns:
            (natural log-probabilities (N, V) on the device, a new array that the caller may overwrite; the state
            after the step).
        """

    def read(self, ids: Array, packing: Packing, state: State, context: ForwardContext) -> tuple[Array, State]:
        """Read many symbols a row at once; the same as many steps.

        Args:
            ids: (R,) on the device, packed.
            packing: how many symbols each row has, longest first; its rows are the state's.
            state: before the first step.
            context: of the call.

        Returns:
            (logits (R, V), packed, a buffer that the caller may overwrite and the next call will; the state after
            each row's last symbol).
        """


class AnswerModel(StepModel[SourceBatch, State], Protocol[State]):
    """A model that answers sources: a `Seq2Seq`, or an ensemble of several."""

    @property
    def config(self) -> ModelConfig:
        """Its architecture; of an ensemble that of the first model."""

    @property
    def symbol_cost(self) -> int:
        """Numbers that a symbol makes in the widest array of the decoder, attention apart."""

    @property
    def source_cost(self) -> int:
        """Numbers that a symbol of a source makes in the widest array of the encoder."""

    @property
    def memory_cost(self) -> int:
        """Numbers that a symbol of a source leaves in the widest array that a decoder's row has of it."""
