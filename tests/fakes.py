"""Models whose probabilities are written down, and wrappers that count what a model is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seq2seq_cli.backend import Backend, Packing, Workspace, get_backend
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.nn.context import ForwardContext


@dataclass(frozen=True)
class TableState:
    """Where each row stands in its table."""

    keys: np.ndarray  # (N,) the first id of each row's source
    step: int = 0
    symbol_cost: int = 1

    @property
    def rows(self) -> int:
        return len(self.keys)

    def take(self, rows: np.ndarray) -> TableState:
        return replace(self, keys=self.keys[rows])

    def follow(self, parents: np.ndarray) -> TableState:
        return self.take(parents)

    def first(self, count: int) -> TableState:
        return replace(self, keys=self.keys[:count])


class TableModel:
    """What comes next depends on the source's first symbol and the step alone, by a table of probabilities.

    Args:
        tables: for each first id of a source, (T, V).
    """

    symbol_cost = source_cost = memory_cost = 1
    config = ModelConfig()

    def __init__(self, tables: Mapping[int, Any], backend: Backend | None = None) -> None:
        self.tables = {key: np.asarray(table, dtype=float) for key, table in tables.items()}
        self.backend = backend or get_backend("cpu", "float64")
        self.stepped: list[int] = []

    @contextmanager
    def inference(self) -> Iterator[ForwardContext]:
        yield ForwardContext(self.backend, Workspace(np, np.float64))

    def start(self, batch: SourceBatch, context: ForwardContext) -> TableState:
        keys = np.empty(batch.packing.rows, dtype=np.int64)
        keys[batch.order] = batch.values[: batch.packing.rows]
        return TableState(keys)

    def _log_probs(self, keys: np.ndarray, step: int) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(np.stack([self.tables[key][step] for key in keys.tolist()]))

    def step(self, ids: np.ndarray, state: TableState, context: ForwardContext) -> tuple[np.ndarray, TableState]:
        self.stepped.append(state.rows)
        return self._log_probs(state.keys, state.step), replace(state, step=state.step + 1)

    def read(
        self, ids: np.ndarray, packing: Packing, state: TableState, context: ForwardContext
    ) -> tuple[np.ndarray, TableState]:
        parts = [self._log_probs(state.keys[:n], state.step + t) for t, (_, n) in enumerate(packing.steps)]
        return np.concatenate(parts), replace(state, step=state.step + packing.longest)


class BigramModel(TableModel):
    """What comes next depends on the symbol before alone.

    Args:
        table: (V, V), for each symbol the probabilities of the next one.
    """

    def __init__(self, table: Any, backend: Backend | None = None) -> None:
        super().__init__({symbol: [row] for symbol, row in enumerate(table)}, backend)

    def step(self, ids: np.ndarray, state: TableState, context: ForwardContext) -> tuple[np.ndarray, TableState]:
        self.stepped.append(state.rows)
        return self._log_probs(ids, 0), state
