"""Training captioners: toy pictures and features are learned, files are whole, and what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from captioning import captions_of

import seq2seq_cli
from seq2seq_cli.api.train import new_session
from seq2seq_cli.data.captions import CAPTIONS_FORMAT, Captions
from seq2seq_cli.data.folder import describe, write_folder
from seq2seq_cli.data.generators.shapes import ShapesOptions, generate
from seq2seq_cli.errors import DataError, ModelFileError, UsageError
from seq2seq_cli.model_file.checks import check_head
from seq2seq_cli.training.events import EpochDone
from seq2seq_cli.training.session import resume

SMALL = {
    "embedding_size": 16, "hidden_size": 16, "batch_size": 16, "learning_rate": 0.01,
    "dropout": 0.0, "embedding_dropout": 0.0, "weight_averaging": 0.0,
}  # fmt: skip
COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}


def patches(reads: str, count: int = 240) -> Captions:
    """Return pictures of one coloured patch somewhere, with its colour and where it is; or the same as features."""
    draw = np.random.default_rng(1)
    rows, entries = [], []
    for number in range(count):
        colour, place = draw.choice(list(COLOURS)), int(draw.integers(4))
        rows.append((f"{number}.png", f"{colour} {('top', 'bottom')[place // 2]} {('left', 'right')[place % 2]}"))
        picture = np.zeros((16, 16, 3), dtype=np.uint8)
        y, x = 8 * (place // 2), 8 * (place % 2)
        picture[y + 2 : y + 7, x + 2 : x + 7] = COLOURS[colour]
        parts = picture.reshape(2, 8, 2, 8, 3).mean(axis=(1, 3)).reshape(4, 3)
        entries.append(picture if reads == "images" else parts.astype("f"))
    return Captions(rows, np.stack(entries))


def dataset_of(part: Captions):
    def some(first: int, end: int) -> Captions:
        return Captions(part.rows[first:end], part.values[first:end])

    parts = {"train": some(0, 200), "valid": some(200, 220), "test": some(220, 240)}
    return describe(CAPTIONS_FORMAT, "captions", parts, {})


@pytest.mark.slow
@pytest.mark.parametrize("reads", ["images", "features"])
def test_toy_captions_are_learned_and_a_loaded_file_writes_them(tmp_path, reads) -> None:
    dataset = dataset_of(patches(reads))
    patch = {"patch_size": 8} if reads == "images" else {}
    events = list(seq2seq_cli.train(dataset, output=tmp_path / "m.pkl", epochs=25, **SMALL, **patch))
    last = [event for event in events if isinstance(event, EpochDone)][-1]
    assert last.valid_exact_match == 1
    assert all(sample.source.endswith(".png") for sample in last.samples)
    captioner = seq2seq_cli.load(tmp_path / "m.pkl")
    assert isinstance(captioner, seq2seq_cli.Captioner)
    test = dataset.part("test")
    answers = captioner.answers([None, *test.values])
    assert (answers[0].text, answers[0].log_probability) == ("", None)
    assert [answer.text for answer in answers[1:]] == [caption for _, caption in test]
    report = captioner.evaluate(test)
    assert report.free_running_exact_match == 1
    assert (report.rows, report.sources) == (20, 20)
    beam = captioner.answers(list(test.values), seq2seq_cli.AnswerOptions(beam=3))
    assert all(
        wide.log_probability >= narrow.log_probability - 1e-4 for wide, narrow in zip(beam, answers[1:], strict=True)
    )
    captioner.save(tmp_path / "again.pkl")
    assert seq2seq_cli.load_captioner(tmp_path / "again.pkl").evaluate(test).as_dict() == report.as_dict()
    with pytest.raises(ModelFileError, match="is a captioner, for s2s caption, and not a seq2seq model"):
        seq2seq_cli.load_translator(tmp_path / "m.pkl")
    with pytest.raises(DataError, match="this model reads"):
        captioner.answers([test.values[0][:, :2]])


@pytest.mark.slow
def test_a_resumed_run_is_an_uninterrupted_one(tmp_path) -> None:
    folder = tmp_path / "shapes"
    write_folder(folder, generate(ShapesOptions(train=60, valid=10, test=10)))
    options = {"epochs": 2, **SMALL, "embedding_size": 8, "hidden_size": 8}
    whole, settings, _ = new_session(str(folder), output=tmp_path / "a.pkl", options=options)
    assert settings.preset == "shapes"
    list(whole.run())
    begun, _, _ = new_session(str(folder), output=tmp_path / "b.pkl", options=options)
    stops = iter([False, False, True])
    list(begun.run(lambda: next(stops, True)))
    again, _ = resume(begun.files.checkpoint)
    list(again.run())
    one, other = (seq2seq_cli.load(tmp_path / name).file.weights for name in ("a.pkl", "b.pkl"))
    assert all(np.array_equal(one[name], other[name]) for name in one)


def session_of(dataset, **options):
    session, _, _ = new_session(dataset, output="never.pkl", options=options)
    return session


def test_the_data_decides_what_is_read() -> None:
    images, features = (session_of(dataset_of(patches(reads))).head.config for reads in ("images", "features"))
    assert (images.image_size, images.source_places, images.source_features) == (16, 1, 0)
    assert (features.image_size, features.source_places, features.source_features) == (0, 4, 3)
    assert session_of(dataset_of(patches("images")), patch_size=4).head.config.source_places == 16


@pytest.mark.parametrize(
    ("reads", "options", "message"),
    [
        ("features", {"patch_size": 4}, "`patch_size` has no effect on features"),
        ("images", {"patch_size": 32}, "these images are 16 pixels wide"),
        ("images", {"patch_size": 6}, "`patch_size` must be 2, 4, 8, 16, 32 or 64"),
        ("images", {"reverse": True}, "`reverse` has no effect on captions"),
        ("images", {"source_level": "word"}, "`source_level` has no effect on captions"),
        ("images", {"mask_rare": 0.2}, "`mask_rare` has no effect on captions"),
        ("images", {"bptt": 3}, "`bptt` has no effect on captions"),
    ],
)
def test_options_that_do_nothing_are_refused(reads, options, message) -> None:
    with pytest.raises(UsageError, match=message):
        session_of(dataset_of(patches(reads)), **options)


def test_a_patch_size_is_refused_for_pairs() -> None:
    with pytest.raises(
        UsageError, match="`patch_size` has no effect on pairs: it is of models that learn from captions"
    ):
        session_of(None, patch_size=4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ({"source_mean": [0.0]}, "source_mean is not a list of 3"),
        ({"source_mean": [0.0, 0.0, float("nan")]}, "source_mean is not a list of 3"),
        ({"source_deviation": [1.0, 1.0, 0.0]}, "not above 0"),
        ({"longest_target": 0}, "longest_target is 0"),
    ],
)
def test_a_file_that_says_nonsense_of_its_images_is_refused(text, message) -> None:
    head = session_of(dataset_of(patches("images"))).head
    check_head(head)
    with pytest.raises(ModelFileError, match=message):
        check_head(replace(head, text={**head.text, **text}))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"source_places": 5}, "do not have 5 places"),
        ({"source_features": 3}, "either images or features"),
        ({"image_size": 0}, "either images or features"),
    ],
)
def test_a_file_whose_sizes_do_not_fit_is_refused(config, message) -> None:
    head = session_of(dataset_of(patches("images"))).head
    with pytest.raises(ModelFileError, match=message):
        check_head(replace(head, config=replace(head.config, **config)))


def test_an_image_with_several_captions_has_several_right_ones() -> None:
    part = captions_of("images")
    task = session_of(describe(CAPTIONS_FORMAT, "captions", {"train": part}, {}), patch_size=4).training.task
    assert task.train_size == 5
    assert len(part.names) == 4
