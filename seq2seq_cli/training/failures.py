"""Why a run can't go on, and the option that is likely to be the cause."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seq2seq_cli.backend.optimisers import MOMENTS
from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.config.training import USUAL_RATES
from seq2seq_cli.errors import TrainingError, UsageError
from seq2seq_cli.models.spec import parameter_shapes

LARGEST_LOSS = math.log(1e6)
"""Nats a symbol: a perplexity of a million, which no model that learns has."""

OF_GUESSING = 1.5
"""The same for very large vocabularies: so many times the loss of a model that knows nothing."""

CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
"""Holds the bytes that a container may use, or a word where it has no limit."""

STEPS_FIRST = 64
"""Steps of an epoch that are waited for, before the mean of its losses says anything."""


SLACK_WITHIN = 3.0
"""Times the limit: what is tolerated within an epoch, whose first steps may be wild and soon forgotten."""


def loss_limit(symbols: int) -> float:
    """Return the mean loss from which on training has diverged, for a vocabulary of so many symbols."""
    return max(LARGEST_LOSS, OF_GUESSING * math.log(symbols))


def has_diverged(loss: float, symbols: int, *, within: bool = False) -> bool:
    """Tell whether a mean loss, which may be infinite or no number, is beyond all that learning has.

    Args:
        loss: of an epoch's symbols so far, or of the validation part.
        symbols: of the vocabulary.
        within: whether the epoch goes on.
    """
    return not loss <= loss_limit(symbols) * (SLACK_WITHIN if within else 1.0)


def diverged(epoch: int, loss: float, symbols: int, config: TrainConfig) -> TrainingError:
    """Return the error that says so, with what to change."""
    usual = USUAL_RATES[config.optimizer]
    kept = "; the best epoch before is kept" if epoch > 1 else ""
    smaller = usual if config.learning_rate > usual else config.learning_rate / 10
    return TrainingError(
        f"training has diverged: a loss of {loss:.4g} nats a symbol in epoch {epoch}, where guessing has "
        f"{math.log(symbols):.4g}. A `learning_rate` of {config.learning_rate:g} is too large for {config.optimizer} "
        f"here: try `learning_rate={smaller:g}`{kept}"
    )


def machine_memory() -> int | None:
    """Return the bytes of memory that a process may have here, where that is said: by machine, container, `ulimit`."""
    found = list[int]()
    with suppress(AttributeError, ValueError, OSError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(ValueError, OSError):
        found.append(int(CONTAINER_LIMIT.read_text()))
    with suppress(ImportError, OSError):  # Windows has no such limits
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        found += [limit] if limit != resource.RLIM_INFINITY else []
    return min(found, default=None)


def check_memory(config: ModelConfig, training: TrainConfig, bytes_a_number: int) -> None:
    """Refuse a model that is larger than the machine's memory, before anything is made of it.

    Raises:
        UsageError: it is; the message names the option that makes it large.
    """
    numbers = sum(math.prod(shape) for shape in parameter_shapes(config).values())
    needed = numbers * bytes_a_number * (2 + MOMENTS[training.optimizer])  # values, gradients, moments
    memory = machine_memory()
    if memory is not None and needed > memory:
        name = "hidden_size" if config.hidden_size >= config.embedding_size else "embedding_size"
        raise UsageError(
            f"a model of {numbers:,} numbers takes {needed / 2**30:,.1f} GiB to train, and there are "
            f"{memory / 2**30:,.1f} here: give a smaller `{name}` than {getattr(config, name):,}"
        )


@contextmanager
def memory_of_a_batch(config: TrainConfig, text: bool) -> Iterator[None]:
    """Name the option that makes a batch large, where the memory does not hold one.

    Raises:
        TrainingError: it does not.
    """
    try:
        yield
    except MemoryError:
        size = "`batch_symbols`" if config.batch_symbols is not None else "`batch_size`"
        names = f"{size} or `bptt`" if text else size
        raise TrainingError(
            f"the memory is too small for a batch of this model: give a smaller {names}, or a smaller `hidden_size`"
        ) from None
