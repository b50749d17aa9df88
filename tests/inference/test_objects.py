"""`Translator` and `TextGenerator`: what they say of nothing, of bad input, and of Unicode."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from captioning import small_captioner
from helpers import file_of, random_weights, small_config, small_generator, small_model, small_translator

import seq2seq_cli
from seq2seq_cli.api.captioner import Captioner
from seq2seq_cli.api.text_generator import TextGenerator
from seq2seq_cli.api.translator import Translator
from seq2seq_cli.backend import get_backend
from seq2seq_cli.config import EvaluationOptions
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.evaluation.text import Cache, ScoredText, score_as_book, score_text, score_with_cache
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.models.build import build_language_model
from seq2seq_cli.text.vocabulary import Vocabulary


def test_nothing_answered_is_not_certainty() -> None:
    translator = small_translator()
    blank, answer = translator.answers(["", "abc"])
    assert (blank.text, blank.log_probability, blank.finished) == ("", None, True)
    assert answer.log_probability < 0
    assert translator.answers([]) == []
    cut = translator.answers(["abc"], AnswerOptions(max_length=1))[0]
    assert len(cut.text) <= 1


def test_rows_of_fixed_width_may_say_the_start_symbol_and_answer_no_blank() -> None:
    """In the book's vocabularies the start symbol is an ordinary character."""
    vocabulary = Vocabulary(("_", " ", *"abcd"), "char", start=0, blank=1)
    options = {"padding": "symbol", "source_width": 4, "target_width": 3}
    model = small_model(source_vocab_size=6, target_vocab_size=6, **options)
    model.parameters["decoder.output.bias"].value[0] += 20
    translator = Translator(file_of(model, vocabulary, vocabulary, longest_source=4, longest_target=3))
    answers = translator.answers(["ab", ""])
    assert [answer.text for answer in answers] == ["___", ""]
    assert answers[1].log_probability is None


@pytest.mark.parametrize(
    ("pairs", "message"), [([], "there are no pairs"), ([("a", "b"), ("", "b")], "pair 2 has an empty source")]
)
def test_what_can_not_be_measured_is_refused_with_a_sentence(pairs, message) -> None:
    with pytest.raises(DataError, match=message):
        small_translator().evaluate(pairs)


def test_pairs_in_memory_are_composed_as_answers_are() -> None:
    source = Vocabulary(("<unk>", "é", "e", "a"), "char", unknown=0)
    target = Vocabulary(("<s>", "</s>", "<unk>", "é", "e", "a"), "char", start=0, end=1, unknown=2)
    model = small_model(source_vocab_size=len(source), target_vocab_size=len(target))
    translator = Translator(file_of(model, source, target, longest_source=3, longest_target=3), precision="float64")
    composed, decomposed = "éa", "e\u0301a"
    right = translator.translate([composed])
    assert translator.translate([decomposed]) == right
    first = translator.evaluate([(composed, "aé"), ("a", "é")])
    second = translator.evaluate([(decomposed, "ae\u0301"), ("a", "e\u0301")])
    assert first.as_dict() == second.as_dict()
    both = translator.evaluate([(composed, "a"), (decomposed, "é")])
    assert (both.rows, both.sources) == (2, 1)  # one source, written in two ways


def test_each_text_is_drawn_by_its_own_number_whatever_is_written_beside_it() -> None:
    writer, prompts, drawn = small_generator(), ["the", "a cat", ""], {"length": 12, "sampling": Sampling(seed=2)}
    together = writer.generate(prompts, samples=3, first_stream_id=4, **drawn)
    assert [text.prompt for text in together] == [prompt for prompt in prompts for _ in range(3)]
    alone = [
        writer.generate(prompt, first_stream_id=4 + 3 * place + number, **drawn)[0].symbols
        for place, prompt in enumerate(prompts)
        for number in range(3)
    ]
    assert [text.symbols for text in together] == alone
    assert len(set(alone)) > 5
    for place, prompt in enumerate(prompts):
        assert tuple(writer.stream(prompt, stream_id=4 + 3 * place, **drawn)) == alone[3 * place]
    images = [np.full((7, 7, 3), 60 * number, dtype=np.uint8) for number in range(4)]
    text = {"longest_target": 4, "source_mean": [90.0] * 3, "source_deviation": [70.0] * 3}
    target = Vocabulary(("<s>", "</s>", "<unk>", "a", "b", "c"), "word", start=0, end=1, unknown=2)
    captioner = Captioner(file_of(small_captioner("images"), None, target, **text))
    options = AnswerOptions(sampling=Sampling(seed=2))
    together = captioner.answers(images, options, first_stream_id=3)
    one = [captioner.answers([image], options, first_stream_id=3 + n)[0].text for n, image in enumerate(images)]
    assert [answer.text for answer in together] == one


def test_a_text_is_measured_by_the_procedure_that_is_asked_for() -> None:
    writer, text = small_generator(), "the cat sees a dog\n" * 80
    ids, line_end = writer.codec.encode(text), writer.codec.line_end
    for options, expected in (
        ({}, score_text(writer.model, ids, line_end)),
        ({"streams": 4}, score_text(writer.model, ids, line_end, streams=4)),
        ({"streams": 10_000}, score_text(writer.model, ids, line_end, streams=len(ids))),
        ({"as_book": True}, score_as_book(writer.model, ids)),
        ({"cache": Cache(9, 0.5, 0.4)}, score_with_cache(writer.model, ids, line_end, Cache(9, 0.5, 0.4))),
    ):
        np.testing.assert_array_equal(writer.evaluate(text, **options).losses, expected.losses)
    exact = writer.evaluate(text).losses
    assert not any(np.array_equal(exact, writer.evaluate(text, streams=count).losses) for count in (2, 4))
    for part in ({}, {"streams": 4}, {"as_book": True}):
        report = writer.report(text, EvaluationOptions(**part))
        assert report.scored.loss == writer.evaluate(text, **part).loss
    cached = writer.report(text, EvaluationOptions(cache=9, cache_sharpness=0.5, cache_share=0.4)).cached
    assert cached.loss == writer.evaluate(text, cache=Cache(9, 0.5, 0.4)).loss


def test_unknown_symbols_are_named() -> None:
    writer = small_generator()
    with pytest.raises(DataError, match="`until`: the model does not know catt \\(nearest: cat\\)"):
        writer.generate("the", until="catt")
    with pytest.raises(DataError, match="`skip`: the model does not know zebra"):
        writer.stream("the", skip=["zebra"])
    with pytest.raises(DataError, match="does not know zebra"):
        writer.iterate("the zebra")  # at the call, not at the first text
    with pytest.raises(UsageError, match="nothing to draw"):
        writer.generate("the", skip=writer.codec.vocabulary.symbols)
    assert len(writer.generate("the zebra", mark_unknown=True, length=2)) == 1
    with pytest.raises(DataError, match="the text is empty"):
        writer.evaluate("")


def test_symbols_and_prompts_are_composed_as_texts_are() -> None:
    vocabulary = Vocabulary(("<unk>", "<eos>", "caf\u00e9", "\u00fc"), "word", end=1, unknown=0)
    config = small_config(kind="lm", source_vocab_size=1, target_vocab_size=4)
    model = build_language_model(config, get_backend("cpu", "float64"))
    model.parameters.assign(random_weights(config))
    writer = TextGenerator(file_of(model, None, vocabulary, form="plain"), precision="float64")
    options = {"length": 9, "sampling": Sampling(seed=1)}
    for composed, apart in (("caf\u00e9", "cafe\u0301"), ("\u00fc", "u\u0308")):
        assert writer.generate(apart, skip=[apart], **options) == [
            replace(text, prompt=apart) for text in writer.generate(composed, skip=[composed], **options)
        ]
        one, other = (writer.generate("", until=symbol, **options)[0].symbols for symbol in (composed, apart))
        assert one == other
        assert composed not in one
        assert writer.score([apart]) == writer.score([composed])


def test_sampling_needs_no_arrays_and_checks_its_numbers() -> None:
    assert seq2seq_cli.Sampling is Sampling
    with pytest.raises(UsageError, match="`seed` must be a whole number from 0"):
        Sampling(seed=-1)


def test_figures_that_json_has_not_are_none() -> None:
    scored = ScoredText(np.array([1, 2]), np.array([800.0, 900.0]))
    assert scored.perplexity == float("inf")
    assert scored.as_dict() == {
        "symbols": 2,
        "loss": 850.0,
        "perplexity": None,
        "bits": pytest.approx(1226.29, abs=0.01),
    }
    json.dumps(scored.as_dict(), allow_nan=False)


@pytest.mark.parametrize("embedding_size", [2, 4], ids=["narrow input", "wide input"])
def test_weights_that_changed_are_used_at_the_next_call(embedding_size: int) -> None:
    """What is made of weights alone is kept within a call, and not beyond it: validation runs between updates."""
    translator = small_translator(embedding_size=embedding_size)
    before = translator.answers(["abc"])[0].log_probability
    for parameter in translator.model.parameters.values():
        parameter.value[...] *= 1.5
    after = translator.answers(["abc"])[0].log_probability
    changed = small_translator(embedding_size=embedding_size)
    changed.model.parameters.assign(translator.model.parameters.to_host())
    assert after == changed.answers(["abc"])[0].log_probability
    assert after != before
