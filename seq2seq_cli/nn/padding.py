"""Between packed rows (R, ·) and padded ones (N, T, ·), for what looks at whole rows at once."""

from __future__ import annotations

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.types import Array, Ids


def pad_packed(packed: Array, packing: Packing, context: ForwardContext, owner: str, order: Ids | None = None) -> Array:
    """Return (N, T, ·) from packed (R, ·). Padded places repeat some real row, so they are finite.

    Args:
        packed: the rows.
        packing: their lengths.
        context: backend, workspace and the rest.
        owner: of the buffer, which is not needed (a view is enough) where all lengths are the same.
        order: (N,) which row of the batch stands where; None keeps their order.
    """
    if packing.uniform and order is None:  # packed is (T, N, ·)
        return packed.reshape(packing.longest, packing.rows, -1).transpose(1, 0, 2)
    backend, N, T = context.backend, packing.rows if order is None else len(order), packing.longest
    if order is None:
        places = packing.on_device(backend, "padded")
    else:
        places = backend.to_device_ids(packing.padded[order].reshape(-1))
    out = context.workspace.array(owner, "rows", N * T, packed.shape[1])
    return backend.gather_rows(packed, places, out).reshape(N, T, -1)


def pack_padded(rows: Array, packing: Packing, context: ForwardContext, owner: str, order: Ids | None = None) -> Array:
    """Return packed (R, ·) from (N, T, ·), dropping the padded places; `pad_packed` with the same order undone."""
    N, T, width = rows.shape
    backend = context.backend
    out = context.workspace.array(owner, "packed", packing.total, width)
    if packing.uniform and order is None:
        out.reshape(T, N, width)[...] = rows.transpose(1, 0, 2)
        return out
    if order is None:
        places = packing.on_device(backend, "packed")
    else:
        place_of_row = np.argsort(order, kind="stable")
        places = backend.to_device_ids(place_of_row[packing.row_of] * T + packing.step_of)
    return backend.gather_rows(rows.reshape(N * T, width), places, out)


def zero_padding(rows: Array, packing: Packing, context: ForwardContext) -> Array:
    """Set the padded places of (N, T, ·) to zero, in place: what `pad_packed` repeated there must not count."""
    if not packing.uniform:
        rows[~packing.on_device(context.backend, "mask")] = 0
    return rows
