"""What crosses from the encoder's last states to the decoder's first ones."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq_cli.backend import Backend
from seq2seq_cli.nn.recurrent import LayerState, StackState


class Bridge:
    """Gives the states of the encoder's top layers to the decoder's layers, the lowest first.

    Of a deeper encoder the lowest layers' states stay behind; the top layers of a deeper decoder start from zeros.

    Args:
        layers: how many the decoder has.
        only_h: whether h alone crosses (the book), or all that a layer carries.
    """

    def __init__(self, layers: int, *, only_h: bool) -> None:
        self._layers, self._only_h = layers, only_h

    def cross(self, last: StackState, backend: Backend) -> StackState:
        """Return the decoder's first states, (N, H) each, of the encoder's last ones."""
        first = self._carried(last[-self._layers :], backend)
        nothing = last[-1].map(backend.xp.zeros_like)
        return (*first, *[nothing] * (self._layers - len(first)))

    def back(self, dfirst: Sequence[LayerState], layers: int, backend: Backend) -> list[LayerState | None]:
        """Return the gradients of the last states of an encoder of so many layers; None where nothing crosses."""
        crossing = min(layers, self._layers)
        return [*[None] * (layers - crossing), *self._carried(dfirst[:crossing], backend)]

    def _carried(self, states: Sequence[LayerState], backend: Backend) -> StackState:
        return tuple(state.only_h(backend) for state in states) if self._only_h else tuple(states)
