"""The architecture of a model, as options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seq2seq_cli.config.fields import (
    ENCODED,
    MODEL,
    REGULARISATION,
    Checked,
    among,
    fields_of,
    more_than,
    option,
    other_than,
    positive,
    present,
)
from seq2seq_cli.config.registry import AttentionScore, AttentionWeights, CellName
from seq2seq_cli.errors import UsageError
from seq2seq_cli.kinds import kind_of_model

Kind = Literal["seq2seq", "captioner", "lm"]
Bridge = Literal["h", "hc"]
Padding = Literal["masked", "symbol"]

LARGEST_SIZE = 1 << 20
"""No size in a configuration may exceed this; it bounds what a damaged model file can ask for."""

LARGEST_IMAGE = 1024
"""Pixels of its sides; a larger one is no input for such a model."""

LARGEST_WIDTH = 1 << 14
"""Symbols to which rows of fixed width are filled, at most: every row costs as many steps, whatever it holds."""

PAIRS = ("pairs",)


@dataclass(frozen=True)
class ModelConfig(Checked):
    """The architecture of a model: everything that fixes its parameters' shapes and its arithmetic.

    `source_vocab_size` and `target_vocab_size` are the vocabularies' sizes. With ``padding="symbol"`` (the
    book's way: blanks fill each row and count as symbols) the two widths are recorded, and a target's
    width does not count its start symbol. A captioner reads images of one size, or features: vectors at some places.
    The data decides all these and `kind`, so they are no options.
    """

    kind: Kind = "seq2seq"
    source_vocab_size: int = option(1, low=1, high=LARGEST_SIZE)
    target_vocab_size: int = option(1, low=1, high=LARGEST_SIZE)
    embedding_size: int = option(
        16,
        "Size of a symbol's vector",
        group=MODEL,
        low=1,
        high=LARGEST_SIZE,
        unit="numbers",
        names=("embedding",),
    )
    hidden_size: int = option(
        128,
        "Size of a layer",
        group=MODEL,
        low=1,
        high=LARGEST_SIZE,
        unit="units",
        names=("hidden",),
        common=True,
    )
    layers: int = option(1, "Layers of the encoder and of the decoder", group=MODEL, low=1, high=64, common=True)
    encoder_layers: int | None = option(
        None,
        "Layers of the encoder, where they differ; the top ones' states go to the decoder's lowest layers",
        group=MODEL,
        kinds=ENCODED,
        low=1,
        high=64,
        otherwise="as `layers`",
    )
    residual: bool = option(
        False,
        "Each recurrent layer after the first adds what it reads to its output",
        group=MODEL,
        needs=(more_than(1, "layers", "encoder_layers", example=2),),
        paper="He et al. 2016; Wu et al. 2016",
    )
    cell: CellName = option(
        "lstm",
        "What the recurrent layers are made of",
        group=MODEL,
        paper="LSTM: Hochreiter & Schmidhuber 1997; GRU: Cho et al. 2014",
    )
    bidirectional: bool = option(
        False,
        "Read the source in both directions, each with half of the units",
        group=MODEL,
        kinds=ENCODED,
        paper="Schuster & Paliwal 1997",
    )
    bridge: Bridge = option(
        "hc",
        "What the decoder starts from: the encoder's last h (the book), or h and c",
        group=MODEL,
        kinds=ENCODED,
        needs=(other_than("cell", "gru", example="lstm"),),  # a GRU has h alone
    )
    peeky: bool = option(
        False,
        "Show the encoder's vector to every layer and step of the decoder",
        group=MODEL,
        kinds=ENCODED,
        paper="Cho et al. 2014",
        common=True,
    )
    attention: AttentionScore | None = option(
        None,
        "Attend to the encoder's states, with this score",
        group=MODEL,
        kinds=ENCODED,
        paper="Luong et al. 2015; additive: Bahdanau et al. 2015",
        flag="dot",
        common=True,
    )
    attention_weights: AttentionWeights = option(
        "softmax",
        "How attention's scores become weights: softmax, or one that gives exact zeros",
        group=MODEL,
        kinds=ENCODED,
        needs=(present("attention", example="dot"),),
        paper="sparsemax: Martins & Astudillo 2016; entmax, with alpha 1.5: Peters et al. 2019",
    )
    readout: bool = option(
        False,
        "A layer of an embedding's size before the output, which joins h with what the encoder gives",
        group=MODEL,
        kinds=ENCODED,
        paper="Luong et al. 2015, 3.1",
    )
    copying: bool = option(
        False,
        "Generate a symbol or copy one from where attention looks, by a gate",
        group=MODEL,
        kinds=PAIRS,
        needs=(present("attention", example="dot"), present("readout", example=True), among("padding", "masked")),
        paper="Gu et al. 2016; See et al. 2017",
    )
    tied: bool = option(
        False,
        "Use the embedding as the output layer's weights too",
        group=MODEL,
        paper="Press & Wolf 2017",
    )
    tied_source: bool = option(
        False,
        "Use one embedding for both sides, which then have one vocabulary",
        group=MODEL,
        kinds=PAIRS,
        paper="Press & Wolf 2017, three-way",
    )
    dropout: float = option(
        0.0,
        "Share of numbers dropped in training: of embeddings, between layers, before the output",
        group=REGULARISATION,
        low=0.0,
        high=0.95,
        paper="Zaremba et al. 2014",
        common=True,
    )
    input_dropout: float | None = option(
        None,
        "Dropout of embeddings, where it differs",
        group=REGULARISATION,
        low=0.0,
        high=0.95,
        otherwise="as `dropout`",
    )
    output_dropout: float | None = option(
        None,
        "Dropout before the output, where it differs",
        group=REGULARISATION,
        low=0.0,
        high=0.95,
        otherwise="as `dropout`",
    )
    embedding_dropout: float = option(
        0.0,
        "Share of the vocabulary whose embeddings are dropped whole in a batch",
        group=REGULARISATION,
        low=0.0,
        high=0.95,
        paper="Gal & Ghahramani 2016",
    )
    weight_drop: float = option(
        0.0,
        "Share of the recurrent weights dropped in a batch",
        group=REGULARISATION,
        low=0.0,
        high=0.95,
        paper="Wan et al. 2013; Merity et al. 2018",
    )
    variational_dropout: bool = option(
        False,
        "One dropout mask for all steps of a row instead of one a step",
        group=REGULARISATION,
        old=("variational",),
        needs=(positive("dropout", "input_dropout", "output_dropout", example=0.3),),
        paper="Gal & Ghahramani 2016",
    )
    reverse: bool = option(
        False,
        "Read the source backwards",
        group=MODEL,
        kinds=PAIRS,
        paper="Sutskever et al. 2014",
        common=True,
    )
    padding: Padding = option(
        "masked",
        "What fills short rows: nothing that counts, or blanks that count as symbols (the book)",
        group=MODEL,
        kinds=PAIRS,
    )
    patch_size: int = option(
        16,
        "Width of the squares that an image is read in: 2, 4, 8, …",
        group=MODEL,
        kinds=("captions",),
        low=2,
        high=64,
        unit="pixels",
    )
    image_size: int = option(0, low=0, high=LARGEST_IMAGE)
    """Pixels of an image's sides; 0 where there are no images."""
    source_places: int = option(1, low=1, high=LARGEST_WIDTH)
    """Squares of an image, or the most vectors of a source that is given as features."""
    source_features: int = option(0, low=0, high=LARGEST_SIZE)
    """Numbers of each vector of features; 0 where there are none."""
    source_width: int = option(0, low=0, high=LARGEST_WIDTH)
    target_width: int = option(0, low=0, high=LARGEST_WIDTH)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bidirectional and self.hidden_size % 2:
            raise UsageError(f"`bidirectional` needs an even `hidden_size`, not {self.hidden_size}")
        if self.tied and not self.readout and self.embedding_size != self.hidden_size:
            raise UsageError(
                f"`tied` without `readout` needs `embedding_size` and `hidden_size` to be equal, "
                f"not {self.embedding_size} and {self.hidden_size}"
            )
        if self.copying and not (self.attention and self.readout and self.padding == "masked"):
            raise UsageError("`copying` needs `attention`, `readout`, and `padding` masked")
        if self.tied_source and self.source_vocab_size != self.target_vocab_size:
            raise UsageError(
                f"`tied_source` needs one vocabulary of both sides, "
                f"not {self.source_vocab_size} and {self.target_vocab_size} symbols"
            )
        kind = kind_of_model(self.kind)
        for entry in fields_of(ModelConfig):
            # A switch that is on, or a choice made, of what such a model has not.
            if kind.name not in entry.kinds and not entry.default and getattr(self, entry.name):
                raise UsageError(f"`{entry.name}` does not go with a {kind.model_title}")
        if self.patch_size & (self.patch_size - 1):
            raise UsageError(f"`patch_size` must be 2, 4, 8, 16, 32 or 64, not {self.patch_size}")
        if {bool(self.source_width), bool(self.target_width)} != {self.padding == "symbol"}:
            raise UsageError("source_width and target_width are recorded with padding 'symbol', and only then")

    @property
    def variant(self) -> str:
        """A short name of what is special about the model, used in default file names."""
        return kind_of_model(self.kind).variant(self)


def seq2seq_variant(config: ModelConfig) -> str:
    """Return the variant of a seq2seq model: ``reverse-peeky``, ``gru-attention``, ``plain``."""
    words = [] if config.cell == "lstm" else [config.cell]
    words += [name for name in ("bidirectional", "reverse", "peeky") if getattr(config, name)]
    if config.attention:
        parts = [] if config.attention == "dot" else [config.attention]
        parts += [] if config.attention_weights == "softmax" else [config.attention_weights]
        words.append("-".join([*parts, "attention"]))
    return "-".join(words) or "plain"


def language_model_variant(config: ModelConfig) -> str:
    """Return the variant of a language model: ``lm-2x650``, ``gru-lm-1x256``."""
    cell = "" if config.cell == "lstm" else f"{config.cell}-"
    return f"{cell}lm-{config.layers}x{config.hidden_size}"
