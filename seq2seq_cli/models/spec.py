"""Every parameter of a model, from its configuration: names, shapes, and how first values are drawn."""

from __future__ import annotations

from itertools import pairwise

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.config.registry import ATTENTION_SCORES, CELLS, find_class
from seq2seq_cli.data.captions import CHANNELS
from seq2seq_cli.kinds import kind_of_model
from seq2seq_cli.nn.convolution import HalvingConvolution
from seq2seq_cli.nn.embedding import Embedding
from seq2seq_cli.nn.initialisers import initialise
from seq2seq_cli.nn.parameters import Parameters, ParameterSpec

ATTENTION, COPYING = "decoder.attention", "decoder.copying"


def layer_names(config: ModelConfig, side: str) -> list[str]:
    """Return the names of the recurrent layers of the ``encoder`` or the ``decoder``."""
    count = (side == "encoder" and config.encoder_layers) or config.layers
    return [f"{side}.{config.cell}{number}" for number in range(count)]


def parameter_specs(config: ModelConfig) -> tuple[ParameterSpec, ...]:
    """Return every parameter, in the order of the flat buffer. Allocates nothing."""
    return kind_of_model(config.kind).specs(config)


def seq2seq_specs(config: ModelConfig) -> tuple[ParameterSpec, ...]:
    """Return the parameters of an encoder and a decoder."""
    return (*_encoder_specs(config), *language_model_specs(config))


def captioner_specs(config: ModelConfig) -> tuple[ParameterSpec, ...]:
    """Return the parameters of what reads images or features, of an encoder behind it and of a decoder."""
    D = config.embedding_size
    specs: list[ParameterSpec] = []
    if config.image_size:
        for number, (channels, width) in enumerate(pairwise(image_widths(config))):
            specs += HalvingConvolution.specs(f"encoder.convolution{number}", channels, width)
    else:
        specs.append(
            ParameterSpec("encoder.projection.weight", (config.source_features, D), fan_in=config.source_features)
        )
        specs.append(ParameterSpec("encoder.projection.bias", (D,), "bias"))
    specs.append(Embedding.spec("encoder.position", config.source_places, D, tied=True))
    return (*specs, *_stack_specs(config), *language_model_specs(config))


def image_widths(config: ModelConfig) -> list[int]:
    """Return how many numbers a pixel has, and then a square after each convolution: D after the last, and twice as
    many from one to the next."""
    halvings = config.patch_size.bit_length() - 1
    return [CHANNELS, *(max(1, config.embedding_size >> (halvings - 1 - number)) for number in range(halvings))]


def parameter_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Return every parameter's name and shape, in the order of the flat buffer. Allocates nothing."""
    return {spec.name: spec.shape for spec in parameter_specs(config)}


def initialise_parameters(config: ModelConfig, parameters: Parameters, scheme: str, seed: int) -> None:
    """Fill the parameters with first values; see `nn.initialisers`."""
    parameters.assign(initialise(parameter_specs(config), scheme, seed))


def _encoder_specs(config: ModelConfig) -> tuple[ParameterSpec, ...]:
    D = config.embedding_size
    specs = [] if config.tied_source else [Embedding.spec("encoder.embedding", config.source_vocab_size, D)]
    return (*specs, *_stack_specs(config))


def _stack_specs(config: ModelConfig) -> tuple[ParameterSpec, ...]:
    D, H, cell = config.embedding_size, config.hidden_size, find_class(CELLS[config.cell])
    specs: list[ParameterSpec] = []
    for number, name in enumerate(layer_names(config, "encoder")):
        inputs = H if number else D
        if config.bidirectional:
            specs += cell.specs(f"{name}.forwards", inputs, H // 2)
            specs += cell.specs(f"{name}.backwards", inputs, H // 2)
        else:
            specs += cell.specs(name, inputs, H)
    return tuple(specs)


def language_model_specs(config: ModelConfig) -> tuple[ParameterSpec, ...]:
    """Return the parameters of a decoder, which is all that a language model has."""
    D, H, V, cell = config.embedding_size, config.hidden_size, config.target_vocab_size, find_class(CELLS[config.cell])
    specs = [Embedding.spec("decoder.embedding", V, D, tied=config.tied)]
    for number, name in enumerate(layer_names(config, "decoder")):
        specs += cell.specs(name, H if number else D, H, H if config.peeky else 0)
    if config.attention:
        specs += find_class(ATTENTION_SCORES[config.attention]).specs(ATTENTION, H)
    # What is summed into the logits, or the readout, are parts of one matrix over h, the vector and the attended sum.
    name, K, R = joins_into(config), D if config.readout else V, config.readout
    present = {"weight": R or not config.tied, "peeky": config.peeky, "attention": config.attention is not None}
    parts = [part for part, used in present.items() if used]
    specs += [ParameterSpec(f"{name}.{part}", (H, K), fan_in=H * len(parts)) for part in parts]
    if R:
        specs.append(ParameterSpec(f"{name}.bias", (D,), "bias"))
        specs += [] if config.tied else [ParameterSpec("decoder.output.weight", (D, V), fan_in=D)]
    if config.copying:
        specs += [ParameterSpec(f"{COPYING}.gate", (D, 1), fan_in=D), ParameterSpec(f"{COPYING}.bias", (1,), "bias")]
    return (*specs, ParameterSpec("decoder.output.bias", (V,), "bias"))


def joins_into(config: ModelConfig) -> str:
    """Return the name of the layer into which h, the vector and the attended sum are joined."""
    return "decoder.readout" if config.readout else "decoder.output"
