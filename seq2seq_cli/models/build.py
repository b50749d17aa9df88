"""From a `ModelConfig` to a model: the one place that reads what a variant is."""

from __future__ import annotations

from seq2seq_cli.backend import Backend
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.models.conditioning import Attention, Conditioning
from seq2seq_cli.models.decoder import Decoder
from seq2seq_cli.models.encoder import Encoder
from seq2seq_cli.models.language_model import LanguageModel
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.nn.attention import AdditiveScores
from seq2seq_cli.nn.dropout import Dropout
from seq2seq_cli.nn.embedding import Embedding
from seq2seq_cli.nn.initialisers import initialise
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.lstm import LSTM, BidirectionalLSTM, LSTMStack
from seq2seq_cli.nn.parameters import Parameters

Shapes = dict[str, tuple[int, ...]]


def _lstm_shapes(name: str, inputs: int, hidden: int, peeky: int = 0) -> Shapes:
    shapes: Shapes = {f"{name}.input": (inputs, 4 * hidden)}
    if peeky:
        shapes[f"{name}.peeky"] = (peeky, 4 * hidden)
    shapes[f"{name}.recurrent"] = (hidden, 4 * hidden)
    shapes[f"{name}.bias"] = (4 * hidden,)
    return shapes


def parameter_shapes(config: ModelConfig) -> Shapes:
    """Return every parameter's name and shape, in the order of the flat buffer. Allocates nothing."""
    D, H = config.embedding_size, config.hidden_size
    Vs, Vt = config.source_vocab_size, config.target_vocab_size
    shapes: Shapes = {}
    if config.kind == "seq2seq":
        shapes["encoder.embedding.weight"] = (Vs, D)
    for number in range(config.layers if config.kind == "seq2seq" else 0):
        inputs = H if number else D
        if config.bidirectional:
            shapes |= _lstm_shapes(f"encoder.lstm{number}.forwards", inputs, H // 2)
            shapes |= _lstm_shapes(f"encoder.lstm{number}.backwards", inputs, H // 2)
        else:
            shapes |= _lstm_shapes(f"encoder.lstm{number}", inputs, H)
    shapes["decoder.embedding.weight"] = (Vt, D)
    for number in range(config.layers):
        shapes |= _lstm_shapes(f"decoder.lstm{number}", H if number else D, H, H if config.peeky else 0)
    if config.attention == "additive":
        shapes["decoder.attention.query"] = (H, H)
    if config.attention in ("general", "additive"):
        shapes["decoder.attention.key"] = (H, H)
    if config.attention == "additive":
        shapes["decoder.attention.vector"] = (H,)
    if not config.tied:
        shapes["decoder.output.weight"] = (H, Vt)
    if config.peeky:
        shapes["decoder.output.peeky"] = (H, Vt)
    if config.attention:
        shapes["decoder.output.attention"] = (H, Vt)
    shapes["decoder.output.bias"] = (Vt,)
    return shapes


def parameter_fan_in(config: ModelConfig) -> dict[str, int]:
    """Return how many numbers each weight sums, as the book counts them.

    Weights whose products are added (an input's and Peeky's; h's, Peeky's and attention's at the
    output) are parts of one matrix over the joined inputs, and share its fan-in.
    """
    shapes = parameter_shapes(config)
    fan_in = {name: shape[0] for name, shape in shapes.items()}
    for name in shapes:
        base = name.rsplit(".", 1)[0]
        if name.endswith((".peeky", ".attention")) or f"{base}.peeky" in shapes or f"{base}.attention" in shapes:
            parts = ("weight", "peeky", "attention") if base == "decoder.output" else ("input", "peeky")
            if name.rsplit(".", 1)[1] in parts:
                fan_in[name] = sum(shapes[f"{base}.{part}"][0] for part in parts if f"{base}.{part}" in shapes)
    return fan_in


def initialise_parameters(config: ModelConfig, parameters: Parameters, scheme: str, seed: int) -> None:
    """Fill the parameters with first values; see `nn.initialisers`."""
    parameters.assign(initialise(parameter_shapes(config), parameter_fan_in(config), scheme, seed))


def build(config: ModelConfig, backend: Backend) -> Seq2Seq:
    """Make the seq2seq model that a configuration describes, its parameters zero."""
    parameters = Parameters(backend, parameter_shapes(config))

    def layer(name: str) -> LSTM | BidirectionalLSTM:
        if config.bidirectional:
            forwards, backwards = (_lstm(f"{name}.{way}", config, parameters) for way in ("forwards", "backwards"))
            return BidirectionalLSTM(forwards, backwards)
        return _lstm(name, config, parameters)

    encoder = Encoder(
        Embedding(parameters["encoder.embedding.weight"], config.embedding_dropout),
        LSTMStack(
            [layer(f"encoder.lstm{number}") for number in range(config.layers)],
            config.dropout,
            variational_dropout=config.variational_dropout,
        ),
        _dropout("encoder.embedding.dropout", config.input_dropout, config),
        config.bridge,
        keeps_states=config.attention is not None,
    )
    return Seq2Seq(config, parameters, encoder, _decoder(config, parameters))


def build_language_model(config: ModelConfig, backend: Backend) -> LanguageModel:
    """Make the language model that a configuration describes, its parameters zero."""
    parameters = Parameters(backend, parameter_shapes(config))
    return LanguageModel(config, parameters, _decoder(config, parameters))


def _lstm(name: str, config: ModelConfig, parameters: Parameters) -> LSTM:
    weights, recurrent, bias = (parameters[f"{name}.{part}"] for part in ("input", "recurrent", "bias"))
    return LSTM(name, weights, recurrent, bias, config.weight_drop)


def _dropout(name: str, rate: float | None, config: ModelConfig) -> Dropout:
    return Dropout(name, config.dropout if rate is None else rate, variational_dropout=config.variational_dropout)


def _decoder(config: ModelConfig, parameters: Parameters) -> Decoder:
    embedding, bias = parameters["decoder.embedding.weight"], parameters["decoder.output.bias"]
    output = Linear(embedding, bias, transposed=True) if config.tied else None
    return Decoder(
        Embedding(embedding, config.embedding_dropout),
        LSTMStack(
            [_lstm(f"decoder.lstm{number}", config, parameters) for number in range(config.layers)],
            config.dropout,
            variational_dropout=config.variational_dropout,
        ),
        output or Linear(parameters["decoder.output.weight"], bias),
        _context(config, parameters),
        Linear(parameters["decoder.output.attention"]) if config.attention else None,
        _dropout("decoder.embedding.dropout", config.input_dropout, config),
        _dropout("decoder.output.dropout", config.output_dropout, config),
        _dropout("decoder.attended.dropout", config.output_dropout, config),
    )


def _context(config: ModelConfig, parameters: Parameters) -> Conditioning:
    peeky = attention = None
    if config.peeky:
        layers = [Linear(parameters[f"decoder.lstm{number}.peeky"]) for number in range(config.layers)]
        peeky = (layers, Linear(parameters["decoder.output.peeky"]))
    if config.attention:
        projects = config.attention != "dot"
        additive = config.attention == "additive"
        attention = Attention(
            Linear(parameters["decoder.attention.key"]) if projects else None,
            Linear(parameters["decoder.attention.query"]) if additive else None,
            AdditiveScores(parameters["decoder.attention.vector"]) if additive else None,
        )
    return Conditioning(config.layers, peeky, attention)
