"""A whole model written out over `seq2seq_cli.backend.reference`: one row at a time, one step at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from seq2seq_cli.backend import reference
from seq2seq_cli.config import ModelConfig

Weights = Mapping[str, np.ndarray]


def zeros(config: ModelConfig, width: int) -> reference.State:
    return tuple(np.zeros(width) for _ in range(reference.CELLS[config.cell][1]))


def layer(config: ModelConfig, weights: Weights, name: str, inputs, state, vector=None):
    """Run one layer over a row; `vector` is what Peeky shows it at every step."""
    W, U, b = (weights[f"{name}.{part}"] for part in ("input", "recurrent", "bias"))
    if vector is not None:  # the book joins it to every input
        W = np.concatenate((weights[f"{name}.peeky"], W))
        inputs = [np.concatenate((vector, x)) for x in inputs]
    step = partial(reference.CELLS[config.cell][0], W=W, U=U, b=b)
    return reference.run(step, inputs, state)


def encode(config: ModelConfig, weights: Weights, ids: Sequence[int]):
    """Return every layer's last state, and the top layer's h at every place."""
    embedding = weights[f"{'decoder' if config.tied_source else 'encoder'}.embedding.weight"]
    hs = [embedding[i] for i in ids]
    H, last = config.hidden_size, []
    for number in range(config.encoder_layers or config.layers):
        name, below = f"encoder.{config.cell}{number}", hs
        if config.bidirectional:
            first = zeros(config, H // 2)
            left, left_last = layer(config, weights, f"{name}.forwards", hs, first)
            right, right_last = layer(config, weights, f"{name}.backwards", hs[::-1], first)
            hs = [np.concatenate(pair) for pair in zip(left, right[::-1], strict=True)]
            last.append(tuple(np.concatenate(pair) for pair in zip(left_last, right_last, strict=True)))
        else:
            hs, state = layer(config, weights, name, hs, zeros(config, H))
            last.append(state)
        hs = add_below(config, number, hs, below)
    return last, hs


def add_below(config: ModelConfig, number: int, hs, below):
    """Add what a layer has read to its output, where the model does so."""
    return [h + x for h, x in zip(hs, below, strict=True)] if config.residual and number else hs


def cross(config: ModelConfig, last):
    """Return the decoder's first states: those of the encoder's top layers, and zeros for what is above them."""
    first = [(state[0], *(np.zeros_like(a) for a in state[1:])) if config.bridge == "h" else state for state in last]
    return [*first[-config.layers :], *[zeros(config, config.hidden_size)] * (config.layers - len(first))]


def score(config: ModelConfig, weights: Weights, h, state) -> float:
    own = {
        part: weights[f"decoder.attention.{part}"]
        for part in ("query", "key", "vector")
        if f"decoder.attention.{part}" in weights
    }
    return getattr(reference, f"{config.attention}_score")(h, state, **own)


def decode(config: ModelConfig, weights: Weights, ids: Sequence[int], first, vector=None, states=(), copied=()):
    """Return the logits (T, V) of one row's inputs; with copying, log-probabilities."""
    embedding = weights["decoder.embedding.weight"]
    hs = [embedding[i] for i in ids]
    for number in range(config.layers):
        name, below = f"decoder.{config.cell}{number}", hs
        hs, _ = layer(config, weights, name, hs, first[number], vector if config.peeky else None)
        hs = add_below(config, number, hs, below)
    return np.array([step_logits(config, weights, h, vector, states, copied) for h in hs])


def step_logits(config: ModelConfig, weights: Weights, h, vector, states, copied):
    output = weights["decoder.embedding.weight"].T if config.tied else weights["decoder.output.weight"]
    bias, look = weights["decoder.output.bias"], None
    name = "decoder.readout" if config.readout else "decoder.output"
    z = h @ (weights["decoder.readout.weight"] if config.readout else output)
    if config.peeky:
        z = z + vector @ weights[f"{name}.peeky"]
    if config.attention:
        scores = np.array([score(config, weights, h, state) for state in states])
        look = getattr(reference, config.attention_weights)(scores)
        attended = reference.attend(scores, states, normalise=getattr(reference, config.attention_weights))
        z = z + attended @ weights[f"{name}.attention"]
    if not config.readout:
        return z + bias
    readout = np.tanh(z + weights["decoder.readout.bias"])
    logits = readout @ output + bias
    if not config.copying:
        return logits
    gate = readout @ weights["decoder.copying.gate"][:, 0] + weights["decoder.copying.bias"][0]
    return np.log(reference.copying(logits, gate, look, copied))


def seq2seq(config: ModelConfig, weights: Weights, source: Sequence[int], inputs: Sequence[int], copied=()):
    """Return the logits (T, V) of a source, which may be copied as other ids, and the decoder's inputs."""
    last, states = encode(config, weights, source)
    return decode(config, weights, inputs, cross(config, last), last[-1][0], states, copied)


def language_model(config: ModelConfig, weights: Weights, ids: Sequence[int]) -> np.ndarray:
    """Return the logits (T, V) of a text's ids, begun with an empty state."""
    return decode(config, weights, ids, [zeros(config, config.hidden_size)] * config.layers)
