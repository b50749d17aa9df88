"""Several models that answer as one: the mean of their probabilities at each step.

It is one more model of the step protocol, so greedy, drawn and beam search, prefixes and scoring know nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from math import log
from typing import cast

from seq2seq_cli.backend import Backend, Packing
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.models.decoder import DecoderState
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.types import Array, Ids


@dataclass(frozen=True)
class EnsembleState:
    """The states of all models, each of the same N rows."""

    states: tuple[DecoderState, ...]

    @property
    def rows(self) -> int:
        """N."""
        return self.states[0].rows

    @property
    def symbol_cost(self) -> int:
        """Numbers that a symbol makes in the widest array of any model."""
        return max(state.symbol_cost for state in self.states)

    def take(self, rows: Ids) -> EnsembleState:
        """Return the state of some rows, in the order of `rows`, which may repeat."""
        return self._map(lambda state: state.take(rows))

    def follow(self, parents: Array) -> EnsembleState:
        """Return the state in which each row goes on from another one of the same source."""
        return self._map(lambda state: state.follow(parents))

    def first(self, count: int) -> EnsembleState:
        """Return the state of the first rows: views, no copies."""
        return self._map(lambda state: state.first(count))

    def _map(self, change: Callable[[DecoderState], DecoderState]) -> EnsembleState:
        return EnsembleState(tuple(map(change, self.states)))


class Ensemble:
    """Models over one target vocabulary, which may be of any architecture.

    Where attention is asked for, it is the first model's.

    Args:
        models: at least one; all on one backend.
    """

    def __init__(self, models: Sequence[Seq2Seq]) -> None:
        self.models = tuple(models)
        self.backend: Backend = models[0].backend
        self.config: ModelConfig = models[0].config

    @property
    def symbol_cost(self) -> int:
        """Numbers that a symbol makes in the widest array of any decoder, attention apart."""
        return max(model.symbol_cost for model in self.models)

    @property
    def source_cost(self) -> int:
        """Numbers that a symbol of a source makes in the widest array of any encoder."""
        return max(model.source_cost for model in self.models)

    @property
    def memory_cost(self) -> int:
        """Numbers that a symbol of a source leaves in the widest array that a row of any decoder has of it."""
        return max(model.memory_cost for model in self.models)

    @contextmanager
    def inference(self) -> Iterator[ForwardContext]:
        """Draw a context for each model, which the first one's holds with its own; see `DecoderModel.inference`."""
        with ExitStack() as stack:
            contexts = tuple(stack.enter_context(model.inference()) for model in self.models)
            yield replace(contexts[0], of_models=contexts)

    def start(self, batch: SourceBatch, context: ForwardContext) -> EnsembleState:
        """Let every model read its own form of the sources (`data.ensemble.EnsembleSources`).

        Returns:
            The state before the first step, its rows in the order in which they were asked for.
        """
        own = cast("tuple[SourceBatch, ...]", batch.values)
        parts = zip(self.models, own, context.of_models, strict=True)
        return EnsembleState(tuple(model.start(of_model, inner) for model, of_model, inner in parts))

    def read(
        self, ids: Array, packing: Packing, state: EnsembleState, context: ForwardContext
    ) -> tuple[Array, EnsembleState]:
        """Read many steps at once; see `inference.protocol.StepModel.read`. The logits are log-probabilities."""
        mean: Array = None
        states = []
        for number, (model, before) in enumerate(zip(self.models, state.states, strict=True)):
            inner = context.of_models[number]
            if number == 0 and context.attended is not None:
                inner = replace(inner, attended=context.attended)
            logits, after = model.read(ids, packing, before, inner)
            log_probs = self.backend.log_softmax(logits)
            mean = log_probs if mean is None else self.backend.xp.logaddexp(mean, log_probs)
            states.append(after)
        return mean - log(len(self.models)), EnsembleState(tuple(states))

    def step(self, ids: Array, state: EnsembleState, context: ForwardContext) -> tuple[Array, EnsembleState]:
        """Read one symbol a row; see `inference.protocol.StepModel.step`."""
        return self.read(ids, Packing.even(state.rows, 1), state, context)
