"""Array backends: the only place that knows which array library runs.

A backend is chosen once (`get_backend`) and passed in. Layers use `backend.xp` for array maths and the
backend's own methods for what truly differs between libraries or what a faster engine replaces.
"""

from seq2seq_cli.backend.base import Backend
from seq2seq_cli.backend.lstm import LSTMCache, LSTMWeights
from seq2seq_cli.backend.optimisers import FlatBuffers, Update
from seq2seq_cli.backend.packing import Packing
from seq2seq_cli.backend.select import get_backend, limit_threads
from seq2seq_cli.backend.workspace import Buffers, Workspace

__all__ = [
    "Backend",
    "Buffers",
    "FlatBuffers",
    "LSTMCache",
    "LSTMWeights",
    "Packing",
    "Update",
    "Workspace",
    "get_backend",
    "limit_threads",
]
