"""Captioners as objects: what they refuse, and several that caption together."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from captioning import FEATURES, NUMBERS, PIXELS, captions_of, small_captioner
from helpers import file_of, small_translator

import seq2seq_cli
from seq2seq_cli.api.captioner import Captioner
from seq2seq_cli.api.ensemble import EnsembleCaptioner
from seq2seq_cli.errors import DataError, ModelFileError, UsageError
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.known_answers import Lexicon
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.text.vocabulary import Vocabulary

WORDS = Vocabulary(("<s>", "</s>", "<unk>", "red", "blue", "one"), "word", start=0, end=1, unknown=2)
GIVEN = {"images": list(PIXELS), "features": FEATURES}
HOW = [
    AnswerOptions(max_length=5),
    AnswerOptions(sampling=Sampling(seed=2), max_length=5),
    AnswerOptions(beam=3, n_best=2, scores=True, max_length=5),
    AnswerOptions(beam=3, prefix="blue", no_repeat=2, max_length=5),
]


def captioner(reads: str, words: Vocabulary = WORDS, longest: int = 3, seed: int = 0, **options) -> Captioner:
    model = small_captioner(reads, seed=seed, **options)
    scale = {"images": ([99.0] * 3, [60.0] * 3), "features": ([0.0], [1.0])}[reads]
    text = {"longest_target": longest, "source_mean": scale[0], "source_deviation": scale[1]}
    return Captioner(file_of(model, None, words, **text), precision="float64")


@pytest.mark.parametrize("how", HOW, ids=["greedy", "drawn", "n best", "prefix"])
@pytest.mark.parametrize("reads", ["images", "features"])
def test_an_ensemble_of_a_captioner_with_itself_is_the_captioner(reads, how) -> None:
    one = captioner(reads, attention="general", bidirectional=True)
    together = EnsembleCaptioner([one, one])
    alone, found = one.answers(GIVEN[reads], how), together.answers(GIVEN[reads], how)
    assert [answer.text for answer in found] == [answer.text for answer in alone]
    for own, answer in zip(alone, found, strict=True):
        assert answer.log_probability == pytest.approx(own.log_probability, rel=1e-12)
        assert [other.text for other in answer.others] == [other.text for other in own.others]
    expected, report = (model.evaluate(captions_of(reads)) for model in (one, together))
    assert report.figures == expected.figures
    assert report.teacher_forced_loss == pytest.approx(expected.teacher_forced_loss, rel=1e-12)


@pytest.mark.parametrize("reads", ["images", "features"])
def test_captioners_of_different_architectures_caption_together(reads) -> None:
    finer = {"patch_size": 2, "source_places": 16} if reads == "images" else {}
    members = [
        captioner(reads, attention="dot", seed=1),
        captioner(reads, longest=30, peeky=True, cell="gru", layers=2, seed=2, **finer),
    ]
    together = EnsembleCaptioner(members)
    assert together.max_length == members[1].max_length > members[0].max_length
    how = AnswerOptions(beam=2, scores=True, max_length=4)
    whole = together.answers(GIVEN[reads], how)
    for place, image in enumerate(GIVEN[reads]):  # neighbours, and those that are not there, change nothing
        alone = together.answers([None, image], how)[1]
        assert (alone.text, alone.log_probability) == (whole[place].text, pytest.approx(whole[place].log_probability))
    with pytest.raises(UsageError, match="several model files"):
        together.save("x.pkl")


def test_captioners_that_do_not_go_together_are_named(tmp_path) -> None:
    captioner("images").save(tmp_path / "a.pkl")
    captioner("images", attention="dot").save(tmp_path / "b.pkl")
    captioner("features").save(tmp_path / "features.pkl")
    captioner("images", Vocabulary((*WORDS.symbols[:-1], "two"), "word", start=0, end=1, unknown=2)).save(
        tmp_path / "words.pkl"
    )
    small_translator().save(tmp_path / "pairs.pkl")
    first = tmp_path / "a.pkl"
    assert isinstance(seq2seq_cli.load_ensemble([first, tmp_path / "b.pkl"]), EnsembleCaptioner)
    for other, message in (
        ("features", "read images of different sizes, or features"),
        ("words", "different target vocabularies"),
        ("pairs", "is a seq2seq model, for s2s translate, and not a captioner"),
    ):
        with pytest.raises(ModelFileError, match=rf"{other}\.pkl.* {message}"):
            seq2seq_cli.load_ensemble([first, tmp_path / f"{other}.pkl"])


def test_what_is_not_as_it_learned_is_refused() -> None:
    images, features = captioner("images"), captioner("features")
    with pytest.raises(DataError, match=r"image 2 is an array of \(8, 8, 3\); this model reads \(7, 7, 3\)"):
        images.answers([PIXELS[0], np.zeros((8, 8, 3), dtype=np.uint8)])
    for wrong in (np.zeros((2, NUMBERS + 1)), np.zeros((9, NUMBERS)), np.full((2, NUMBERS), np.nan), np.zeros(NUMBERS)):
        with pytest.raises(DataError, match=f"this model reads vectors of {NUMBERS} numbers, at most 3 of them"):
            features.answers([wrong])
    with pytest.raises(UsageError, match="`Captions`"):
        images.evaluate([("a", "red")])
    for options, name in (
        (AnswerOptions(copy_unknown=True), "`unknown='copy'`"),
        (AnswerOptions(known=Lexicon([])), "`known`"),
    ):
        with pytest.raises(UsageError, match=name):
            images.answers([PIXELS[0]], options)


def test_threads_share_a_captioner() -> None:
    one = captioner("images", attention="general")
    expected, found = [answer.text for answer in one.answers(list(PIXELS))], []

    def ask() -> None:
        found.extend([answer.text for answer in one.answers(list(PIXELS))] == expected for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 15
