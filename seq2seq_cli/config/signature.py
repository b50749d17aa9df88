"""The options of `seq2seq_cli.train` as types. Made by `python docs/make_options.py`."""

from __future__ import annotations

from typing import Literal, TypedDict


class TrainOptions(TypedDict, total=False):
    """Options by name; see docs/options.md."""

    embedding_size: int
    """Size of a symbol's vector. Default: 16."""
    hidden_size: int
    """Size of a layer. Default: 128."""
    layers: int
    """Layers of the encoder and of the decoder. Default: 1."""
    encoder_layers: int | None
    """Layers of the encoder, where they differ; the top ones' states go to the decoder's lowest layers. Only for
    pairs and captions. Default: none (as layers)."""
    residual: bool
    """Each recurrent layer after the first adds what it reads to its output. Only with layers above 1. (He et al.
    2016; Wu et al. 2016) Default: off."""
    cell: Literal["lstm", "gru"]
    """What the recurrent layers are made of. (LSTM: Hochreiter & Schmidhuber 1997; GRU: Cho et al. 2014) Default:
    lstm."""
    bidirectional: bool
    """Read the source in both directions, each with half of the units. Only for pairs and captions. (Schuster &
    Paliwal 1997) Default: off."""
    bridge: Literal["h", "hc"]
    """What the decoder starts from: the encoder's last h (the book), or h and c. Only for pairs and captions, with
    cell other than gru. Default: hc."""
    peeky: bool
    """Show the encoder's vector to every layer and step of the decoder. Only for pairs and captions. (Cho et al.
    2014) Default: off."""
    attention: Literal["dot", "general", "additive"] | bool | None
    """Attend to the encoder's states, with this score. Only for pairs and captions. (Luong et al. 2015; additive:
    Bahdanau et al. 2015) Default: none."""
    attention_weights: Literal["softmax", "sparsemax", "entmax"]
    """How attention's scores become weights: softmax, or one that gives exact zeros. Only for pairs and captions,
    with attention. (sparsemax: Martins & Astudillo 2016; entmax, with alpha 1.5: Peters et al. 2019) Default:
    softmax."""
    readout: bool
    """A layer of an embedding's size before the output, which joins h with what the encoder gives. Only for pairs
    and captions. (Luong et al. 2015, 3.1) Default: off."""
    copying: bool
    """Generate a symbol or copy one from where attention looks, by a gate. Only for pairs, with attention, with
    readout, with padding masked. (Gu et al. 2016; See et al. 2017) Default: off."""
    tied: bool
    """Use the embedding as the output layer's weights too. (Press & Wolf 2017) Default: off."""
    tied_source: bool
    """Use one embedding for both sides, which then have one vocabulary. Only for pairs. (Press & Wolf 2017, three-
    way) Default: off."""
    reverse: bool
    """Read the source backwards. Only for pairs. (Sutskever et al. 2014) Default: off."""
    padding: Literal["masked", "symbol"]
    """What fills short rows: nothing that counts, or blanks that count as symbols (the book). Only for pairs.
    Default: masked."""
    patch_size: int
    """Width of the squares that an image is read in: 2, 4, 8, …. Only for captions. Default: 16."""
    epochs: int
    """Passes over the training part. Default: 10."""
    batch_size: int
    """Rows of an update. Only without batch_symbols. Default: 128."""
    batch_symbols: int | None
    """Target symbols of an update, of rows of like length, instead of a number of rows. Only for pairs and
    captions. Default: none (batches of batch_size rows, as they come)."""
    learning_rate: float
    """Learning rate; the peak, where a schedule changes it; without one, optimizer brings its own. Default:
    0.006."""
    schedule: Literal["constant", "one-cycle", "cosine", "plateau"]
    """How the rate changes: not at all, up and down, down, or down when nothing gets better. (one-cycle: Smith &
    Topin 2019; cosine: Loshchilov & Hutter 2017) Default: one-cycle."""
    warmup: float
    """Share of all steps in which the rate rises to its peak. Only with schedule one-cycle or cosine. Default:
    0.1."""
    optimizer: Literal["adam", "adamw", "sgd", "momentum"]
    """How a gradient becomes a step. (Adam: Kingma & Ba 2015; AdamW: Loshchilov & Hutter 2019) Default: adam."""
    clip: float
    """Largest norm of the whole gradient; 0 is none. (Pascanu et al. 2013) Default: 5."""
    time: str | None
    """The most time that training takes, as 90s, 10m or 2h; the schedule fits it. Default: none (until all epochs
    are done)."""
    patience: int | None
    """Stop after so many epochs without a better result. Default: none (never)."""
    weight_averaging: float
    """How slowly the averaged weights, which are measured and kept, follow those that learn; 0 is none. (Polyak &
    Juditsky 1992) Default: 0."""
    teacher_forcing: float
    """Share of the decoder's inputs that are right; the others are its own answers. Only for pairs and captions.
    (Bengio et al. 2015) Default: 1."""
    teacher_forcing_unit: Literal["token", "sequence", "batch"]
    """What one coin decides for. Only for pairs and captions, with teacher_forcing below 1. Default: token."""
    teacher_forcing_decay: Literal["none", "linear", "exponential", "inverse-sigmoid"]
    """How the share falls from 1 to what it is set to. Only for pairs and captions, with teacher_forcing below 1.
    (Bengio et al. 2015, 2.4) Default: none."""
    plateau_factor: float
    """What the rate is multiplied by at a plateau. Only with schedule plateau. Default: 0.5."""
    plateau_patience: int
    """Epochs without a better result that are a plateau. Only with schedule plateau. Default: 2."""
    initialisation: Literal["s2s", "book"]
    """How weights begin: our way, or the book's. Default: s2s."""
    keep: Literal["best", "last"]
    """Which epoch's model is kept. Default: best."""
    drop_last: bool
    """Leave out an epoch's last, smaller batch, as the book does. Only for pairs and captions, without
    batch_symbols. Default: off."""
    dropout: float
    """Share of numbers dropped in training: of embeddings, between layers, before the output. (Zaremba et al. 2014)
    Default: 0."""
    input_dropout: float | None
    """Dropout of embeddings, where it differs. Default: none (as dropout)."""
    output_dropout: float | None
    """Dropout before the output, where it differs. Default: none (as dropout)."""
    embedding_dropout: float
    """Share of the vocabulary whose embeddings are dropped whole in a batch. (Gal & Ghahramani 2016) Default: 0."""
    weight_drop: float
    """Share of the recurrent weights dropped in a batch. (Wan et al. 2013; Merity et al. 2018) Default: 0."""
    variational_dropout: bool
    """One dropout mask for all steps of a row instead of one a step. Only with dropout above 0. (Gal & Ghahramani
    2016) Default: off."""
    weight_decay: float
    """How strongly weights are pulled towards 0. Default: 0."""
    weight_decay_scope: Literal["weights", "all"]
    """What decays: weights, without biases and without embeddings that a batch does not use; or all. Only with
    weight_decay above 0. Default: weights."""
    label_smoothing: float
    """Share of the probability that is to be spread over all symbols. (Szegedy et al. 2016) Default: 0."""
    mask_rare: float
    """Share of symbols seen once that are read as unknown, so that it is learned; of one seen n times about an nth.
    Only for pairs, with padding masked. (Kiperwasser & Goldberg 2016) Default: 0."""
    bptt: int
    """Symbols of a window, through which gradients go back. Default: 35."""
    random_bptt: bool
    """Windows of varying length, so that they do not always end at the same places. (Merity et al. 2018, section 5)
    Default: off."""
    activation_penalty: float
    """Weight of the mean square of the last layer's output, after dropout (AR). (Merity et al. 2017) Default: 0."""
    temporal_penalty: float
    """Weight of the mean square of the change of that output from step to step (TAR). (Merity et al. 2017) Default:
    0."""
    source_level: Literal["char", "word", "subword"] | None
    """How sources are cut. Only for pairs. Default: none (the dataset's)."""
    target_level: Literal["char", "word", "subword"] | None
    """How targets are cut. Only for pairs and captions. Default: none (the dataset's)."""
    level: Literal["char", "word", "subword"] | None
    """How a text is cut. Default: none (the dataset's)."""
    normalise: Literal["nfc", "nfd"]
    """The form of Unicode that is cut: composed characters, or letters and marks apart (Hangul as letters). Only
    for pairs and captions, with padding masked. Default: nfc."""
    protect: str | None
    """Spans that match this regular expression pass through unharmed, where they stand on both sides. Only for
    pairs, with padding masked. Default: none (none)."""
    words: Literal["blanks", "punctuation"]
    """What parts words: blanks alone, or punctuation too, which then stands by itself and comes back in its place.
    Only for pairs and captions, with padding masked. Default: blanks."""
    case: Literal["keep", "mark"]
    """Words as they are written, or in small letters behind a mark of their capitals. Only for pairs and captions,
    with padding masked. Default: keep."""
    subword_type: Literal["unigram", "bpe"] | None
    """How subword units are learned. Only with padding masked. (unigram: Kudo 2018; bpe: Sennrich et al. 2016)
    Default: none (unigram)."""
    joint_subwords: bool | None
    """One set of subword units for both sides. Only for pairs, with padding masked. (Sennrich et al. 2016) Default:
    none (on where both sides are cut into subwords)."""
    min_count: int
    """Symbols that are rarer in the training part are unknown. Only with padding masked, with level other than
    subword. Default: 1."""
    max_vocabulary: int | None
    """At most so many symbols of each vocabulary, the most frequent; or so many subword units. Only with padding
    masked. Default: none (all; 10,000 of the built-in text; of subword units as many as suit the text, at most
    8,000)."""
    eval_part: Literal["train", "valid", "test"]
    """The part that is measured after each epoch. Default: valid."""
    data_seed: int
    """Seed of the additions, or pictures, that are made when no data is given. Only for pairs and captions.
    Default: 0."""
    seed: int
    """Seed of weights, order and dropout. Default: 0."""
    device: str
    """Where it runs: cpu, cuda, cuda:1, or auto. Default: cpu."""
    precision: Literal["float32", "float64", "bf16"]
    """How exact numbers are; bf16: those that are multiplied, on a CPU. Default: float32."""
    threads: int | None
    """Threads that compute, in the whole process. Default: none (all cores)."""
