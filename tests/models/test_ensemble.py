"""Ensembles: the mean of probabilities, over models that read and are built differently."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import file_of, small_generator, small_model, small_translator
from strict_backend import StrictBackend

import seq2seq_cli
from seq2seq_cli.api.ensemble import EnsembleTranslator
from seq2seq_cli.api.translator import Translator
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.errors import ModelFileError, UsageError
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.beam import beam_search
from seq2seq_cli.inference.hypotheses import BeamOptions
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.inference.search import SearchOptions
from seq2seq_cli.models.ensemble import Ensemble
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.text.vocabulary import Vocabulary

SOURCES = ["abc", "fedcba", "", "a", "ffff", "bead", "cabbed"]
PAIRS = [("abc", "cba"), ("fed", "def"), ("a", "a"), ("cabbed", "be")]
TARGET = Vocabulary(("<s>", "</s>", "<unk>", *"abcdef"), "char", start=0, end=1, unknown=2)


def translator(seed: int, source: str = "abcdef", **options) -> Translator:
    vocabulary = Vocabulary(("<unk>", *source), "char", unknown=0)
    model = small_model(seed=seed, source_vocab_size=len(vocabulary), target_vocab_size=len(TARGET), **options)
    file = file_of(model, vocabulary, TARGET, longest_source=6, longest_target=6 + seed)
    return Translator(file, precision="float64")


def different() -> list[Translator]:
    """Of three models no two are alike: cells, attention, the order of reading, the source's symbols."""
    return [
        translator(1, attention="dot", reverse=True),
        translator(2, source="fedcbaxyz", peeky=True, cell="gru", layers=2),
        translator(3, source="abc", bidirectional=True, attention="additive"),
    ]


HOW = [
    AnswerOptions(),
    AnswerOptions(sampling=Sampling(seed=2)),
    AnswerOptions(beam=4, n_best=3, alignments=True),
    AnswerOptions(beam=3, prefix="ba", no_repeat=2, copy_unknown=True),
]


@pytest.mark.parametrize("how", HOW, ids=["greedy", "drawn", "beam", "all of it"])
def test_an_ensemble_of_a_model_with_itself_is_the_model(how: AnswerOptions) -> None:
    one = translator(1, attention="general", reverse=True)
    alone, together = one.answers(SOURCES, how), EnsembleTranslator([one, one, one]).answers(SOURCES, how)
    for own, answer in zip(alone, together, strict=True):
        assert (answer.text, answer.alignment, answer.finished) == (own.text, own.alignment, own.finished)
        assert [other.text for other in answer.others] == [other.text for other in own.others]
        assert answer.log_probability == (own.log_probability and pytest.approx(own.log_probability, rel=1e-9))
    report, expected = EnsembleTranslator([one, one]).evaluate(PAIRS, how), one.evaluate(PAIRS, how)
    assert report.teacher_forced_loss == pytest.approx(expected.teacher_forced_loss, rel=1e-9)
    assert report.free_running_exact_match == expected.free_running_exact_match


def test_probabilities_are_averaged_at_each_step() -> None:
    members = different()
    answers = EnsembleTranslator(members).answers(SOURCES, AnswerOptions(max_length=5))
    for source, answer in zip(SOURCES, answers, strict=True):
        if not source:
            assert answer.log_probability is None
            continue
        contexts = [member.model.inference() for member in members]
        opened = [context.__enter__() for context in contexts]
        states = []
        for member, context in zip(members, opened, strict=True):
            sources = member.codec.sources([source])
            batch = SourceBatch.pack(sources, np.arange(1), reverse=member.codec.reverse)
            states.append(member.model.start(batch, context))
        total, ids = 0.0, [0]
        while ids[-1] != 1 and len(ids) <= 5:
            mean = np.zeros(len(TARGET))
            for number, member in enumerate(members):
                log_probs, states[number] = member.model.step(np.array(ids[-1:]), states[number], opened[number])
                mean += np.exp(log_probs[0]) / 3
            mean[0] = 0
            ids.append(int(mean.argmax()))
            total += float(np.log(mean.max()))
        for context in contexts:
            context.__exit__(None, None, None)
        assert answer.text == TARGET.decode(ids)
        assert answer.log_probability == pytest.approx(total, rel=1e-9)


def test_an_answer_of_an_ensemble_is_the_same_in_any_company() -> None:
    ensemble, how = EnsembleTranslator(different()), AnswerOptions(beam=3, n_best=3)
    whole = ensemble.answers(SOURCES, how)
    for size in (1, 2):
        again = ensemble.answers(SOURCES, replace(how, batch_size=size))
        assert [answer.text for answer in again] == [answer.text for answer in whole]
    assert [answer.text for answer in ensemble.answers(SOURCES[::-1], how)] == [a.text for a in whole[::-1]]


def test_what_the_models_have_of_their_own() -> None:
    members = different()
    ensemble = EnsembleTranslator(members)
    assert ensemble.max_length == members[2].max_length
    assert ensemble.longest_source == min(member.longest_source for member in members)
    assert ensemble.codec.source == members[0].codec.source
    with pytest.raises(UsageError, match="several model files"):
        ensemble.save("x.pkl")
    # What answers attend to is the first model's.
    assert ensemble.answers(["abc"], AnswerOptions(alignments=True))[0].alignment is not None
    with pytest.raises(UsageError, match="`alignments`"):
        EnsembleTranslator(members[1:]).answers(["abc"], AnswerOptions(alignments=True))


def test_strict_arrays_find_the_same() -> None:
    found = []
    for backend in (StrictBackend("float64"), None):
        models = [
            small_model(backend, seed=seed, attention="dot", cell=cell) for seed, cell in ((1, "gru"), (2, "lstm"))
        ]
        ensemble, sources = Ensemble(models), Sequences([[1, 2, 3], [4], [5, 6, 1, 2]])
        with ensemble.inference() as context:
            batches = tuple(SourceBatch.pack(sources, np.arange(3), reverse=turned) for turned in (False, True))
            state = ensemble.start(SourceBatch(batches, batches[0].packing, batches[0].order), context)
            options, start = SearchOptions(7, 1, (0,)), np.zeros(3, dtype=int)
            of_rows = beam_search(ensemble, state, start, options, BeamOptions(3), context)
            found.append([one.ids for of_row in of_rows for one in of_row])
    assert found[0] == found[1]


def test_files_that_do_not_go_together_are_named(tmp_path) -> None:
    for number, one in enumerate(different()):
        one.save(tmp_path / f"{number}.pkl")
    ensemble = seq2seq_cli.load_ensemble([tmp_path / "0.pkl", tmp_path / "1.pkl"])
    assert isinstance(ensemble, EnsembleTranslator)
    assert len(ensemble.translate(["abc", "fed"])) == 2
    alone = seq2seq_cli.load_ensemble([tmp_path / "0.pkl"])
    assert not isinstance(alone, EnsembleTranslator)
    other = Vocabulary((*TARGET.symbols[:-1], "x"), "char", start=0, end=1, unknown=2)
    model = small_model(source_vocab_size=7, target_vocab_size=len(other))
    file = file_of(model, small_translator().codec.source, other, longest_source=6, longest_target=6)
    Translator(file).save(tmp_path / "other.pkl")
    with pytest.raises(ModelFileError, match=r"other\.pkl and .*0\.pkl have different target vocabularies"):
        seq2seq_cli.load_ensemble([tmp_path / "0.pkl", tmp_path / "1.pkl", tmp_path / "other.pkl"])
    writer = small_generator()
    from seq2seq_cli.model_file.content import write_model_file

    write_model_file(tmp_path / "lm.pkl", writer.file, overwrite=False)
    with pytest.raises(ModelFileError, match=r"lm\.pkl is a language model"):
        seq2seq_cli.load_ensemble([tmp_path / "0.pkl", tmp_path / "lm.pkl"])
    with pytest.raises(UsageError, match="at least one"):
        seq2seq_cli.load_ensemble([])
