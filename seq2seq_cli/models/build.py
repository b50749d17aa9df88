"""From a `ModelConfig` to a model: the one place that reads what a variant is."""

from __future__ import annotations

from typing import Any

from seq2seq_cli.backend import Backend
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.config.registry import ATTENTION_SCORES, ATTENTION_WEIGHTS, CELLS, find_class
from seq2seq_cli.models.bridge import Bridge
from seq2seq_cli.models.conditioning import Conditioning
from seq2seq_cli.models.decoder import Decoder
from seq2seq_cli.models.encoder import Encoder, SourceReader, TokenReader
from seq2seq_cli.models.image_encoder import FeatureReader, ImageReader
from seq2seq_cli.models.language_model import LanguageModel
from seq2seq_cli.models.output import OutputDropouts, OutputLayers
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.models.spec import ATTENTION, COPYING, image_widths, joins_into, layer_names, parameter_specs
from seq2seq_cli.nn.attention.layer import Attention
from seq2seq_cli.nn.attention.score import Score
from seq2seq_cli.nn.convolution import HalvingConvolution
from seq2seq_cli.nn.copying import Copying
from seq2seq_cli.nn.dropout import Dropout
from seq2seq_cli.nn.embedding import Embedding
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.parameters import Parameters
from seq2seq_cli.nn.recurrent import Bidirectional, Cell, Layer, RecurrentStack
from seq2seq_cli.types import Ids


def build_seq2seq(config: ModelConfig, backend: Backend, copied_as: Ids | None = None) -> Seq2Seq:
    """Make the seq2seq model that a configuration describes, its parameters zero.

    Args:
        config: the architecture.
        backend: where it lives.
        copied_as: (V,) for each symbol of the source, the target's id as which it is copied (`PairCodec.copied_as`);
            a model with copying needs it.
    """
    if config.copying and copied_as is None:
        raise ValueError("a model with copying needs to know as what each symbol of the source is copied")
    parameters = Parameters(backend, parameter_specs(config))
    weight = parameters[f"{'decoder' if config.tied_source else 'encoder'}.embedding.weight"]
    reader = TokenReader(Embedding(weight, config.embedding_dropout, "encoder.embedding.weight"))
    encoder, decoder = _encoder(config, parameters, reader), _decoder(config, parameters)
    return Seq2Seq(config, parameters, encoder, decoder, copied_as if config.copying else None)


def build_captioner(config: ModelConfig, backend: Backend) -> Seq2Seq:
    """Make the captioner that a configuration describes, its parameters zero: a decoder behind what reads images."""
    parameters = Parameters(backend, parameter_specs(config))
    positions = Embedding(parameters["encoder.position.weight"])
    reader: SourceReader
    if config.image_size:
        names = [f"encoder.convolution{number}" for number in range(len(image_widths(config)) - 1)]
        convolutions = [
            HalvingConvolution(parameters[f"{name}.weight"], parameters[f"{name}.bias"], needs_dx=name != names[0])
            for name in names
        ]
        reader = ImageReader(convolutions, positions, config.image_size)
    else:
        weight, bias = parameters["encoder.projection.weight"], parameters["encoder.projection.bias"]
        reader = FeatureReader(Linear(weight, bias), positions)
    return Seq2Seq(config, parameters, _encoder(config, parameters, reader), _decoder(config, parameters))


def build_language_model(config: ModelConfig, backend: Backend) -> LanguageModel:
    """Make the language model that a configuration describes, its parameters zero."""
    parameters = Parameters(backend, parameter_specs(config))
    return LanguageModel(config, parameters, _decoder(config, parameters))


def _encoder(config: ModelConfig, parameters: Parameters, reader: SourceReader) -> Encoder:
    return Encoder(
        reader,
        _stack("encoder", config, parameters, bidirectional=config.bidirectional),
        _dropout("encoder.embedding.dropout", config.input_dropout, config),
        Bridge(config.layers, only_h=config.bridge == "h"),
        keeps_states=config.attention is not None,
    )


def _stack(side: str, config: ModelConfig, parameters: Parameters, *, bidirectional: bool = False) -> RecurrentStack:
    cell: type[Cell[Any]] = find_class(CELLS[config.cell])

    def layer(name: str) -> Layer[Any]:
        return cell(name, parameters, config.weight_drop)

    def both(name: str) -> Layer[Any]:
        return Bidirectional(layer(f"{name}.forwards"), layer(f"{name}.backwards"))

    layers = [both(name) if bidirectional else layer(name) for name in layer_names(config, side)]
    variational, residual = config.variational_dropout, config.residual
    return RecurrentStack(layers, config.dropout, variational_dropout=variational, residual=residual)


def _dropout(name: str, rate: float | None, config: ModelConfig) -> Dropout:
    return Dropout(name, config.dropout if rate is None else rate, variational_dropout=config.variational_dropout)


def _decoder(config: ModelConfig, parameters: Parameters) -> Decoder:
    conditioning = _conditioning(config, parameters)
    return Decoder(
        Embedding(parameters["decoder.embedding.weight"], config.embedding_dropout),
        _dropout("decoder.embedding.dropout", config.input_dropout, config),
        _stack("decoder", config, parameters),
        conditioning,
        _outputs(config, parameters, conditioning),
    )


def _outputs(config: ModelConfig, parameters: Parameters, conditioning: Conditioning) -> OutputLayers:
    bias, rate = parameters["decoder.output.bias"], config.output_dropout
    attended = readout = copying = None
    if config.tied:
        output = Linear(parameters["decoder.embedding.weight"], bias, transposed=True)
    else:
        output = Linear(parameters["decoder.output.weight"], bias)
    if config.attention:
        attended = Linear(parameters[f"{joins_into(config)}.attention"])
    if config.readout:
        readout = Linear(parameters["decoder.readout.weight"], parameters["decoder.readout.bias"])
    if config.copying:
        gate = Linear(parameters[f"{COPYING}.gate"], parameters[f"{COPYING}.bias"])
        copying = Copying(COPYING, gate)
    dropouts = OutputDropouts(
        _dropout("decoder.output.dropout", 0.0 if config.readout else rate, config),
        _dropout("decoder.attended.dropout", 0.0 if config.readout else rate, config),
        _dropout("decoder.readout.dropout", rate, config),
    )
    return OutputLayers(output, conditioning, dropouts, attended, readout, copying)


def _conditioning(config: ModelConfig, parameters: Parameters) -> Conditioning:
    peeky = attention = None
    if config.peeky:
        layers = [Linear(parameters[f"{name}.peeky"]) for name in layer_names(config, "decoder")]
        peeky = (layers, Linear(parameters[f"{joins_into(config)}.peeky"]))
    if config.attention:
        score: type[Score] = find_class(ATTENTION_SCORES[config.attention])
        attention = Attention(
            ATTENTION, score(ATTENTION, parameters), find_class(ATTENTION_WEIGHTS[config.attention_weights])
        )
    return Conditioning(config.layers, peeky, attention)
