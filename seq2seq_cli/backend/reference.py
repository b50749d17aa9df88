"""The plain maths of what engines compute, as the papers and the book write it. Every engine is tested against it.

Float64, one vector at a time, no workspace and no care for speed. Vectors are (D,) or (H,); weights lie as they do
in the layers, gates side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from seq2seq_cli.types import Floats, Mask

State: TypeAlias = tuple[Floats, ...]
"""What a cell carries: h first."""

# --- recurrent cells ---------------------------------------------------------------------------------------


def sigmoid(z: Floats) -> Floats:
    """Return ``1 / (1 + exp(-z))``."""
    return 1.0 / (1.0 + np.exp(-z))


def lstm(x: Floats, state: State, W: Floats, U: Floats, b: Floats) -> State:
    """One step of an LSTM (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000); ``[i f o | g]``."""
    h, c = state
    i, f, o, g = np.split(x @ W + h @ U + b, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru(x: Floats, state: State, W: Floats, U: Floats, b: Floats) -> State:
    """One step of a GRU (Cho et al. 2014, equations 5 to 8); ``[r z | n]``."""
    (h,) = state
    (Wr, Wz, Wn), (Ur, Uz, Un), (br, bz, bn) = (np.split(a, 3, axis=-1) for a in (W, U, b))
    r = sigmoid(x @ Wr + h @ Ur + br)
    z = sigmoid(x @ Wz + h @ Uz + bz)
    n = np.tanh(x @ Wn + (r * h) @ Un + bn)
    return (z * h + (1.0 - z) * n,)


CELLS: dict[str, tuple[Callable[..., State], int]] = {"lstm": (lstm, 2), "gru": (gru, 1)}
"""Of each cell: its step, and how many vectors it carries."""


def run(step: Callable[[Floats, State], State], inputs: Sequence[Floats], state: State) -> tuple[list[Floats], State]:
    """Go through one row's inputs; return h after each, and the last state."""
    outputs = []
    for x in inputs:
        state = step(x, state)
        outputs.append(state[0])
    return outputs, state


# --- attention ---------------------------------------------------------------------------------------------


def halving_convolution(picture: Floats, W: Floats, b: Floats) -> Floats:
    """A rectified sum over the 3 by 3 pixels (S, S, C) around every second one; beyond the edges stand zeros."""
    wide = np.pad(picture, ((1, 2), (1, 2), (0, 0)))
    half = range((len(picture) + 1) // 2)
    sums = [[wide[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].reshape(-1) @ W + b for j in half] for i in half]
    rectified: Floats = np.maximum(np.array(sums), 0.0)
    return rectified


def dot_score(h: Floats, state: Floats) -> float:
    """Luong et al. 2015."""
    return float(h @ state)


def general_score(h: Floats, state: Floats, key: Floats) -> float:
    """Luong et al. 2015."""
    return float(h @ (state @ key))


def additive_score(h: Floats, state: Floats, query: Floats, key: Floats, vector: Floats) -> float:
    """Bahdanau et al. 2015."""
    return float(vector @ np.tanh(h @ query + state @ key))


def softmax(scores: Floats, mask: Mask | None = None) -> Floats:
    """Return ``exp(score) / sum(exp(scores))`` over the places that the mask has, and 0 elsewhere."""
    powers = np.exp(scores - scores.max())
    if mask is not None:
        powers = np.where(mask, powers, 0.0)
    weights: Floats = powers / powers.sum()
    return weights


def sparsemax(scores: Floats, mask: Mask | None = None) -> Floats:
    """Martins & Astudillo 2016: ``max(score - t, 0)``, by bisection for the t that makes the sum 1."""
    return _by_bisection(scores if mask is None else np.where(mask, scores, -np.inf), 1)


def entmax(scores: Floats, mask: Mask | None = None) -> Floats:
    """Peters et al. 2019, with alpha 1.5: ``max(score / 2 - t, 0)²``, by bisection for the t that makes the sum 1."""
    return _by_bisection((scores if mask is None else np.where(mask, scores, -np.inf)) / 2.0, 2)


def _by_bisection(scores: Floats, power: int) -> Floats:
    low, high = scores.max() - 1.0, scores.max()  # the sum is at least 1 at the one, and 0 at the other
    for _ in range(100):
        middle = (low + high) / 2.0
        if (np.maximum(scores - middle, 0.0) ** power).sum() >= 1.0:
            low = middle
        else:
            high = middle
    weights: Floats = np.maximum(scores - low, 0.0) ** power
    return weights


def attend(
    scores: Floats,
    states: Sequence[Floats],
    mask: Mask | None = None,
    normalise: Callable[[Floats, Mask | None], Floats] = softmax,
) -> Floats:
    """Return the sum of the states by the weights that are made of their scores."""
    weighted = [weight * state for weight, state in zip(normalise(scores, mask), states, strict=True)]
    total: Floats = np.sum(weighted, axis=0)
    return total


def copying(logits: Floats, gate: float, weights: Floats, symbols: Sequence[int]) -> Floats:
    """Return the probabilities (V,) of generating a symbol or copying one of a source's (Gu et al. 2016).

    Args:
        logits: (V,).
        gate: what the share of generating is a sigmoid of (See et al. 2017).
        weights: (S,) of attention.
        symbols: (S,) the source's, as ids of the target.
    """
    share = 1.0 / (1.0 + np.exp(-gate))
    probabilities: Floats = share * softmax(logits)
    for weight, symbol in zip(weights, symbols, strict=True):
        probabilities[symbol] += (1.0 - share) * weight
    return probabilities


# --- the loss ----------------------------------------------------------------------------------------------


def cross_entropy(logits: Floats, target: int) -> float:
    """Return the negative natural logarithm of the target's probability, for logits (V,)."""
    return -float(np.log(softmax(logits)[target]))


def cross_entropy_gradient(logits: Floats, target: int) -> Floats:
    """Return the gradient of `cross_entropy` with respect to the logits: the probabilities, less 1 at the target."""
    gradient: Floats = softmax(logits) - np.eye(len(logits))[target]
    return gradient


# --- learning ----------------------------------------------------------------------------------------------


def dropout(x: Floats, kept: Mask, rate: float) -> Floats:
    """Drop what is not kept and scale the rest up (Srivastava et al. 2014, "inverted")."""
    return np.where(kept, x / (1.0 - rate), 0.0)


def clip(gradient: Floats, limit: float) -> Floats:
    """Scale a gradient down to a norm of `limit` (Pascanu et al. 2013; the book's form, with 1e-6)."""
    return gradient * min(1.0, limit / (float(np.linalg.norm(gradient)) + 1e-6))


def sgd(w: Floats, g: Floats, rate: float) -> Floats:
    """Return the weights after a step down the gradient."""
    return w - rate * g


def momentum(w: Floats, g: Floats, v: Floats, rate: float, beta: float = 0.9) -> tuple[Floats, Floats]:
    """Return the weights and their velocity after a step (Polyak 1964)."""
    v = beta * v + g
    return w - rate * v, v


def adam(
    w: Floats, g: Floats, moments: tuple[Floats, Floats], rate: float, t: int, *, decay: float = 0.0
) -> tuple[Floats, tuple[Floats, Floats]]:
    """Return the weights and the two moments after step t, counted from 1.

    Kingma & Ba 2015, end of section 2, where the corrections are folded into the rate; epsilon is the book's.
    With `decay` it is AdamW (Loshchilov & Hutter 2019).
    """
    beta1, beta2, epsilon = 0.9, 0.999, 1e-7
    m, v = moments
    m = beta1 * m + (1.0 - beta1) * g
    v = beta2 * v + (1.0 - beta2) * g * g
    corrected = rate * np.sqrt(1.0 - beta2**t) / (1.0 - beta1**t)
    return (1.0 - rate * decay) * w - corrected * m / (np.sqrt(v) + epsilon), (m, v)
