"""Default < preset < file < argument: options merged, each with where it came from, and refusals of what is idle.

An option that is given and can have no effect, for this kind of data or with these other options, is a
`UsageError` that names it and says what to do. What a preset says and has no effect goes back to its default, so
that two runs with equal settings are equal runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from seq2seq_cli.config.data import DataConfig
from seq2seq_cli.config.effects import ARGUMENT, Layer, idle_message, is_off, obstacle
from seq2seq_cli.config.fields import GROUPS, Need, Option, options_of
from seq2seq_cli.config.model import ModelConfig
from seq2seq_cli.config.presets import preset_named, presets_of
from seq2seq_cli.config.recipes import PairsFacts
from seq2seq_cli.config.recipes import family as family_of
from seq2seq_cli.config.run import RunConfig
from seq2seq_cli.config.suggest import hint
from seq2seq_cli.config.training import USUAL_RATES, TrainConfig
from seq2seq_cli.config.wording import setting_in_words
from seq2seq_cli.errors import UsageError
from seq2seq_cli.kinds import kind_named


@dataclass(frozen=True)
class Settings:
    """All options of a training run, merged and checked."""

    kind: str
    """``pairs`` or ``text``."""
    preset: str | None
    family: str | None
    """What ``auto`` takes the pairs for; None with another preset."""
    model: dict[str, Any]
    """Fields of `ModelConfig` but for those that the data decides."""
    training: TrainConfig
    data: DataConfig
    run: RunConfig
    origins: dict[str, str]
    """Of each option that has an effect: ``default``, ``preset NAME``, a file's name, `ARGUMENT`, or another option."""

    @property
    def choice(self) -> str | None:
        """What the preset has chosen, in one line for people; None without one."""
        if self.preset is None:
            return None
        what = f" takes the pairs for {self.family}" if self.family else ""
        mine, options = f"preset {self.preset}", train_options()
        own = {name: value for name, value in self.values.items() if self.origins[name] == mine}
        chosen = [setting_in_words(options[name], own[name]) for name in own if own[name] != options[name].default]
        return f"`preset={self.preset}`{what}: {', '.join(chosen)} (`show_config` lists all; what you give wins)"

    @property
    def values(self) -> dict[str, Any]:
        """The values of the options that have an effect, in the order of `train_options`."""
        merged = {**self.model, **self.training.as_dict(), **self.data.as_dict(), **self.run.as_dict()}
        return {name: merged[name] for name in self.origins}


@cache
def train_options() -> dict[str, Option]:
    """Return all options of training by name, in the order of their groups."""
    found = options_of(ModelConfig, TrainConfig, DataConfig, RunConfig)
    groups = list(dict.fromkeys(entry.group for entry in found.values()))
    groups.sort(key=GROUPS.index)
    return {entry.name: entry for group in groups for entry in found.values() if entry.group == group}


@cache
def _spellings() -> dict[str, str]:
    names = {word: entry.name for entry in train_options().values() for word in entry.spellings}
    return {**names, "attention_score": "attention"}


def resolve(
    kind: str,
    preset_name: str | None,
    *layers: Layer,
    made_in_memory: bool = True,
    facts: PairsFacts | None = None,
    base: Layer | None = None,
) -> Settings:
    """Merge a preset and layers of options, later ones winning.

    Args:
        kind: what there is to learn from, ``pairs`` or ``text``.
        preset_name: the preset below all layers, or None.
        layers: the options given, each file and the arguments by themselves.
        made_in_memory: whether there is no data but what is made for want of any.
        facts: what the training part is like, for a preset that chooses by it.
        base: what a model brings that training begins with, above the preset and below all layers.

    Raises:
        UsageError: a name is no option, a value does not fit, an option can have no effect, or two do not go
            together; or there is no such preset, or it is for the other kind.
    """
    below, family = [], None
    if preset_name is not None:
        chosen = preset_named(preset_name)
        family = family_of(facts) if preset_name == "auto" and facts is not None else None
        check_preset(preset_name, kind)
        below = [Layer(f"preset {preset_name}", chosen.values_for(facts))]
    below += [base] if base is not None else []
    stack = [*below, *(Layer(layer.origin, canonical(layer)) for layer in layers)]
    return _Merger(kind, stack, first_given=len(below), made_in_memory=made_in_memory).settings(preset_name, family)


def check_preset(name: str, kind: str) -> None:
    """Refuse a preset for another kind of data.

    Raises:
        UsageError: it is for another one, or there is no such preset.
    """
    if (preset_kind := kind_named(preset_named(name).kind)) is not kind_named(kind):
        mine = f"for {kind_named(kind).data_title} there are {', '.join(presets_of(kind))}"
        raise UsageError(f"the preset {name} is for {preset_kind.data_title}; {mine}")


def canonical(layer: Layer) -> dict[str, Any]:
    """Return a layer's options under their fields' names, with checked values.

    Raises:
        UsageError: a name is no option, a value does not fit, or two spellings contradict each other.
    """
    options, values, used = train_options(), dict[str, Any](), dict[str, str]()
    for word, value in _picked(layer).items():
        name = _spellings().get(word.replace("-", "_"))
        if name is None:
            separator = "_" if layer.given else "-"
            known = [known.replace("_", separator) for known in (*_spellings(), *BESIDE)]
            near = hint(word.replace("-", "_").replace("_", separator), known, "; docs/options.md lists them")
            raise UsageError(f"{layer.place}there is no option {layer.spell(word)}{near}")
        entry = options[name]
        if entry.flag is not None and isinstance(value, bool):
            value = entry.flag if value else None
        value = entry.check(value, layer.place + layer.spell(word))
        if name in values and values[name] != value:
            raise UsageError(f"{layer.place}{layer.spell(used[name])} and {layer.spell(word)} are one option: give one")
        values[name], used[name] = value, word
    return values


def _picked(layer: Layer) -> dict[str, Any]:
    """Join ``attention`` as a flag and ``attention_score``, the command line's two ways to say it."""
    values = dict(layer.values)
    score = values.pop("attention_score", None)
    if score is None:
        return values
    if values.get("attention", True) not in (True, score):
        said = "no_attention" if layer.given else "attention"
        raise UsageError(f"{layer.place}{layer.spell('attention_score')} and {layer.spell(said)} contradict each other")
    values.pop("attention", None)
    return {**values, "attention_score": score}


class _Merger:
    """Layers of options under their fields' names, from the lowest to the highest, and what they come to."""

    def __init__(self, kind: str, layers: list[Layer], *, first_given: int, made_in_memory: bool) -> None:
        self._kind, self._layers, self._first_given, self._made_in_memory = kind, layers, first_given, made_in_memory
        self._options = train_options()
        self._usual_rate_of: str | None = None
        self._followed = dict[str, str]()
        self._values = {name: entry.default for name, entry in self._options.items()}
        self._places = dict.fromkeys(self._options, -1)
        for place, layer in enumerate(layers):
            for name, value in layer.values.items():
                self._values[name], self._places[name] = value, place

    def settings(self, preset_name: str | None, family: str | None) -> Settings:
        self._give_way()
        self._take_usual_rate()
        idle: set[str] = set()
        while more := {name for name in self._options if name not in idle and self._obstacle(name) is not None}:
            self._refuse_idle(more)
            for name in more:  # without which others can be idle too
                self._values[name] = self._options[name].default
            idle |= more
        self._join_tied_sizes()
        self._check_together()
        values = self._values
        parts = {config: {name: values[name] for name in options_of(config)} for config in _CONFIGS}
        settings = Settings(
            kind=self._kind,
            preset=preset_name,
            family=family,
            model=parts[ModelConfig],
            training=TrainConfig(**parts[TrainConfig]),
            data=DataConfig(**parts[DataConfig]),
            run=RunConfig(**parts[RunConfig]),
            origins={name: self._origin(name) for name in self._options if name not in idle},
        )
        _check_model(settings)
        return settings

    def _give_way(self) -> None:
        """Take back what a preset says and something given by hand leaves no room for."""
        for name, place in self._places.items():
            if place < self._first_given or is_off(self._values[name], self._options[name].default):
                continue
            for need in self._options[name].needs:
                other = need.names[0]
                if need.example is None and not need.holds(self._values) and self._places[other] < self._first_given:
                    self._values[other], self._places[other] = self._options[other].default, -1

    def _take_usual_rate(self) -> None:
        """Let an optimizer that is given by hand bring its own rate, where the rate is another optimizer's."""
        optimizer, own = self._values["optimizer"], self._first_given
        if self._places["optimizer"] < own or self._places["learning_rate"] >= own:
            return
        below = (layer.values["optimizer"] for layer in reversed(self._layers[:own]) if "optimizer" in layer.values)
        if _FAMILIES[next(below, self._options["optimizer"].default)] != _FAMILIES[optimizer]:
            self._values["learning_rate"] = USUAL_RATES[optimizer]
            self._usual_rate_of = optimizer

    def _join_tied_sizes(self) -> None:
        """Let the size that nobody gave be the one that was given, where tied weights need both to be equal."""
        values, places, sizes = self._values, self._places, ("embedding_size", "hidden_size")
        given = [name for name in sizes if places[name] >= self._first_given]
        if values["tied"] and not values["readout"] and len(given) == 1 and places["tied"] < self._first_given:
            other = sizes[1 - sizes.index(given[0])]
            values[other], places[other] = values[given[0]], places[given[0]]
            self._followed[other] = given[0]

    def _origin(self, name: str) -> str:
        if name == "learning_rate" and self._usual_rate_of is not None:
            return f"usual of {self._usual_rate_of}"
        if name in self._followed:
            return f"follows `{self._followed[name]}`"
        place = self._places[name]
        return "default" if place < 0 else self._layers[place].origin

    def _obstacle(self, name: str) -> Need | str | None:
        """Return why an option can have no effect, or None where it can."""
        if name == "data_seed" and not self._made_in_memory:
            return "has no effect on data that is given: it is for data made in memory"
        if name == "dropout" and self._places_for_dropout_are_taken():
            return "has no effect with one layer, `input_dropout` and `output_dropout`"
        return obstacle(self._options[name], self._kind, self._values)

    def _places_for_dropout_are_taken(self) -> bool:
        values = self._values
        deepest = max(values["layers"], values["encoder_layers"] or 1)
        return deepest == 1 and values["input_dropout"] is not None and values["output_dropout"] is not None

    def _refuse_idle(self, idle: set[str]) -> None:
        for place, layer in enumerate(self._layers[self._first_given :], self._first_given):
            for name in layer.values:
                # What says "off" is true whatever else there is.
                if name not in idle or is_off(layer.values[name], self._options[name].default):
                    continue
                why = self._obstacle(name)
                # An argument may take away what a file's option needs: then that option just rests.
                if isinstance(why, Need) and self._places[why.names[0]] > place:
                    continue
                source = self._from(why.names[0]) if isinstance(why, Need) else ""
                raise UsageError(idle_message(layer, name, why, self._values, source))

    def _from(self, name: str) -> str:
        origin = self._origin(name)
        return {"default": " (the default)", ARGUMENT: ""}.get(origin, f" (from {origin})")

    def _check_together(self) -> None:
        """Refuse values that do not go together, naming where each comes from."""
        values, sizes = self._values, ("embedding_size", "hidden_size")
        if values["tied"] and not values["readout"] and values[sizes[0]] != values[sizes[1]]:
            given = max(reversed(sizes), key=lambda name: self._places[name])
            other = sizes[1 - sizes.index(given)]
            raise UsageError(
                f"`tied`{self._from('tied')} needs `embedding_size` and `hidden_size` to be equal; they are "
                f"{values[sizes[0]]}{self._from(sizes[0])} and {values[sizes[1]]}{self._from(sizes[1])}: "
                f"give `{other}={values[given]!r}` too"
            )
        if values["eval_part"] != "valid" and values["keep"] == "best":
            raise UsageError(
                f"`eval_part` {values['eval_part']} would choose the best epoch by that part; "
                "give `keep='last'` with it"
            )


BESIDE = ("data", "preset", "lm", "output", "init_from", "grow_vocabulary")
"""What a file and a call in Python have beside options."""

_FAMILIES = {"adam": "adam", "adamw": "adam", "sgd": "sgd", "momentum": "momentum"}
"""Optimizers that take rates of one size."""

_CONFIGS = (ModelConfig, TrainConfig, DataConfig, RunConfig)


def _check_model(settings: Settings) -> None:
    """Check the model's options together, with sizes that the data will decide."""
    widths = {"source_width": 1, "target_width": 1} if settings.model["padding"] == "symbol" else {}
    ModelConfig.from_dict({**settings.model, **widths, "kind": kind_named(settings.kind).model})
