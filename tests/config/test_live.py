"""Options that are changed while a command runs."""

from __future__ import annotations

import pytest

from seq2seq_cli.config import ChatOptions, GenerateOptions, ScoreOptions, TranslateOptions
from seq2seq_cli.config.fields import options_of
from seq2seq_cli.config.live import LiveOptions
from seq2seq_cli.errors import UsageError


def changed(options: LiveOptions, *changes: tuple[str, str]) -> LiveOptions:
    for name, text in changes:
        options = options.changed(options.find(name), text)
    return options


def test_a_value_is_read_as_the_field_says() -> None:
    options = changed(
        LiveOptions(TranslateOptions),
        ("beam", "5"),
        ("scores", ""),
        ("prefix", '" a b "'),
        ("max-length", "7"),
        ("format", "jsonl"),
        ("unknown", "drop"),
    )
    found = options.effective
    assert (found.beam, found.scores, found.prefix, found.max_length) == (5, True, " a b ", 7)
    assert (found.format, found.unknown) == ("jsonl", "drop")
    assert changed(options, ("max_length", "none"), ("scores", "off")).effective.max_length is None
    assert options.effective == found  # a change leaves what was as it was
    assert options.unset(options.find("beam")).effective.beam == 1
    skipping = changed(LiveOptions(GenerateOptions), ("skip", "<unk>  N"))
    assert skipping.effective.skip == ("<unk>", "N")
    assert changed(skipping, ("skip", "none")).effective.skip is None


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("temperature", "0.8", "`temperature` has no effect with `sample` off: leave it out, or add `sample=True`"),
        ("beam", "0", "`beam` must be a whole number from 1 to 1,024, not 0"),
        ("beam", "five", "`beam` must be a whole number from 1 to 1,024, not 'five'"),
        ("sample", "maybe", "`sample` must be true or false, not 'maybe'"),
        ("format", "jsnol", "`format` must be text, tsv, jsonl, not 'jsnol'; did you mean jsonl?"),
        ("device", "cuda", "`device` is settled when the command begins"),
        ("lexicon", "x", "`lexicon` is settled when the command begins"),
    ],
)
def test_a_change_is_refused_in_the_words_of_the_command_line(name, text, message) -> None:
    options = LiveOptions(TranslateOptions)
    with pytest.raises(UsageError) as refused:
        changed(options, (name, text))
    assert str(refused.value).startswith(message)


def test_what_has_lost_its_effect_rests_until_it_has_one_again() -> None:
    options = changed(LiveOptions(TranslateOptions, {"beam": 5, "length_penalty": 0.5}), ("sample", "on"))
    assert set(options.resting) == {"beam", "length_penalty"}
    assert (options.effective.beam, options.effective.length_penalty) == (1, 1.0)
    drawing = changed(options, ("temperature", "0.5"))
    with pytest.raises(UsageError, match="`beam` has no effect with `sample`: leave out one of them"):
        changed(drawing, ("beam", "3"))
    searching = changed(drawing, ("sample", "off"))
    assert set(searching.resting) == {"temperature"}
    assert (searching.effective.beam, searching.effective.length_penalty) == (5, 0.5)
    assert searching.effective.temperature == 1.0


def test_a_name_goes_by_all_its_spellings_and_a_mistyped_one_by_none() -> None:
    options = LiveOptions(ChatOptions)
    assert options.find("no-repeat") is options.find("no_repeat") is options.find("--NO-REPEAT")
    with pytest.raises(UsageError, match=r"no setting tempratur; did you mean temperature\?"):
        options.find("tempratur")


@pytest.mark.parametrize("config", [TranslateOptions, ChatOptions, GenerateOptions, ScoreOptions])
def test_every_setting_can_be_set_to_what_it_is(config) -> None:
    """What is not settled at the start can be typed, whatever its type."""
    options = LiveOptions(config)
    for name, entry in options_of(config).items():
        value = getattr(options.effective, name)
        if not entry.once and not entry.needs and not (value is None and not entry.optional):
            text = "off" if value is False else '""' if value == "" else "none" if value is None else str(value)
            assert getattr(options.changed(entry, text).effective, name) == value
