"""`s2s prep captions` and `s2s caption` as commands: one line an image, in order, whatever the images are."""

from __future__ import annotations

import json
import os
import subprocess
import time

import numpy as np
import pytest
from process import ENVIRONMENT, S2S, s2s, text_of

Image = pytest.importorskip("PIL.Image")
pytestmark = pytest.mark.slow

SMALL = (
    "--embedding",
    16,
    "--hidden",
    16,
    "--batch-size",
    16,
    "--lr",
    0.01,
    "--dropout",
    0,
    "--embedding-dropout",
    0,
    "--weight-averaging",
    0,
)
COLOURS = {"red": (220, 0, 0), "green": (0, 220, 0), "blue": (0, 0, 220)}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Make images, features of them, and a captioner of each, all with the commands."""
    place = tmp_path_factory.mktemp("captions")
    (place / "images").mkdir()
    draw, rows, features = np.random.default_rng(0), ["image,caption\n"], {}
    for number in range(120):
        colour, right = str(draw.choice(list(COLOURS))), bool(draw.integers(2))
        pixels = np.zeros((16, 16, 3), dtype=np.uint8)
        pixels[4:12, 9:15] = COLOURS[colour] if right else 0
        pixels[4:12, 1:7] = 0 if right else COLOURS[colour]
        name = f"{number:03d}.png"
        Image.fromarray(pixels).save(place / "images" / name)
        features[name] = np.stack([pixels[:, :8].mean(axis=(0, 1)), pixels[:, 8:].mean(axis=(0, 1))])
        rows.append(f"{name},{colour} on the {'right' if right else 'left'}\n")
    (place / "c.csv").write_text("".join(rows))
    np.savez(place / "f.npz", **features)
    np.save(place / "one.npy", features["000.png"])
    split = ("--valid", 10, "--test", 20)
    out, error = text_of("prep", "captions", "images", "c.csv", "--size", 16, *split, "-o", "data/i", cwd=place)
    assert (out, error.splitlines()[-1]) == ("", "s2s: wrote data/i: train 90, valid 10, test 20")
    text_of("prep", "captions", "f.npz", "c.csv", *split, "-o", "data/f", cwd=place)
    text_of("train", "data/i", *SMALL, "--patch-size", 8, "--epochs", 25, "-o", "i.pkl", cwd=place)
    text_of("train", "data/f", *SMALL, "--epochs", 25, "-o", "f.pkl", cwd=place)
    return place


def right_captions(place) -> dict[str, str]:
    return dict(line.split(",") for line in (place / "c.csv").read_text().splitlines()[1:])


def test_a_caption_a_path_in_order(place) -> None:
    right = right_captions(place)
    names = [line.split("\t")[0] for line in (place / "data" / "i" / "test.tsv").read_text().splitlines()]
    paths = [f"images/{name}" for name in names]
    out, error = text_of("caption", *paths, "-m", "i.pkl", cwd=place)
    assert error == ""
    assert out.splitlines() == [right[name] for name in names]
    given = "".join(f"{path}\n" for path in paths).encode()
    assert s2s("caption", "-", "-m", "i.pkl", cwd=place, given=given).stdout.decode() == out
    assert s2s("caption", paths[0], "-", paths[1], "-m", "i.pkl", cwd=place, given=given).stdout.decode() == "".join(
        f"{line}\n" for line in (out.splitlines()[0], *out.splitlines(), out.splitlines()[1])
    )
    for size in (1, 7):
        assert text_of("caption", *paths, "-m", "i.pkl", "--batch-size", size, cwd=place)[0] == out
        backwards = text_of("caption", *paths[::-1], "-m", "i.pkl", "--batch-size", size, cwd=place)[0]
        assert backwards.splitlines() == out.splitlines()[::-1]


def test_features_are_captioned_too(place) -> None:
    out, _ = text_of("caption", "one.npy", "-m", "f.pkl", cwd=place)
    assert out == f"{right_captions(place)['000.png']}\n"
    for path, words in (("images/000.png", "it is no array of NumPy's forms"), ("f.npz", "it holds many arrays")):
        out, error = text_of("caption", path, "-m", "f.pkl", cwd=place, code=1)
        assert out == "\n"
        assert words in error


def test_what_cannot_be_read_has_a_blank_line_and_stops_nothing(place) -> None:
    (place / "bad.png").write_bytes(b"no image")
    (place / "a\u0301.png").write_bytes((place / "images" / "000.png").read_bytes())  # not composed: as the disk has it
    right = right_captions(place)
    lines = b"images/000.png\nnone.png\n\nbad.png\r\n\xff.png\na\xcc\x81.png\nimages/001.png"
    run = s2s("caption", "-", "-m", "i.pkl", cwd=place, given=lines, code=1)
    assert run.stdout.decode().split("\n") == [right["000.png"], *[""] * 4, right["000.png"], right["001.png"], ""]
    error = run.stderr.decode().splitlines()
    assert error[0] == "s2s: warning: none.png: No such file or directory"
    assert error[1] == "s2s: warning: bad.png: it is no image of a form that is read (PNG, JPEG, GIF, WebP, TIFF, …)"
    assert error[-1] == "s2s: warning: 3 images of 7 could not be read: their lines are blank"
    out, _ = text_of("caption", "none.png", "images/000.png", "--format", "jsonl", "-m", "i.pkl", cwd=place, code=1)
    assert [json.loads(line) for line in out.splitlines()] == [
        {"source": "none.png", "answer": None},
        {"source": "images/000.png", "answer": right["000.png"]},
    ]


def test_names_may_hold_anything_and_a_model_is_all_that_is_needed(place, tmp_path) -> None:
    """A line break, bytes that are no UTF-8, a folder in a picture's place; the model in a folder of its own."""
    picture = (place / "images" / "000.png").read_bytes()
    (tmp_path / "m.pkl").write_bytes((place / "i.pkl").read_bytes())
    names = [b"two\nlines.png", b"\xff\xfe.png", b"-dash.png", b"folder.png", b"none\n.png", b"\x1b[31m.png"]
    (tmp_path / "folder.png").mkdir()
    for name in (*names[:3], names[5]):
        (tmp_path / os.fsdecode(name)).write_bytes(picture)
    arguments = [b"caption", b"-m", b"m.pkl", b"--format", b"tsv", b"--", *names]
    run = s2s(*map(os.fsdecode, arguments), cwd=tmp_path, code=1)
    right = right_captions(place)["000.png"]
    shown = ["two\ufffdlines.png", "\ufffd\ufffd.png", "-dash.png", "folder.png", "none\ufffd.png", "\ufffd[31m.png"]
    answers = [right, right, right, "", "", right]
    assert run.stdout.decode() == "".join(f"{name}\t{answer}\n" for name, answer in zip(shown, answers, strict=True))
    assert run.stderr.decode().splitlines() == [
        "s2s: warning: folder.png: it is a folder, and no file",
        "s2s: warning: none\\n.png: No such file or directory",
        "s2s: warning: 2 images of 6 could not be read: their lines are blank",
    ]
    run = s2s("caption", "-", "-m", "m.pkl", cwd=tmp_path, given=b"a\0b.png\n\xff\xfe.png\n", code=1)
    assert run.stdout.decode() == f"\n{right}\n"


def test_captioners_caption_together(place) -> None:
    paths = [f"images/{number:03d}.png" for number in range(5)]
    ask = ("caption", *paths, "--beam", 2, "--scores")
    alone, _ = text_of(*ask, "-m", "i.pkl", cwd=place)
    assert text_of(*ask, "-m", "i.pkl", "-m", "i.pkl", cwd=place)[0] == alone
    report = json.loads(text_of("evaluate", "-m", "i.pkl", "-m", "i.pkl", "--json", cwd=place)[0])
    assert report["free_running_exact_match"] == 1


def test_forms_scores_and_beams(place) -> None:
    right, path = right_captions(place)["000.png"], "images/000.png"
    ask = ("caption", path, "-m", "i.pkl")
    text, score = text_of(*ask, "--scores", cwd=place)[0].rstrip("\n").split("\t")
    assert text == right
    assert -1 < float(score) <= 0
    assert text_of(*ask, "--format", "tsv", cwd=place)[0] == f"{path}\t{right}\n"
    found = json.loads(text_of(*ask, *["--beam", "3", "--n-best", "2", "--scores", "--format", "jsonl"], cwd=place)[0])
    first, second = found["answers"]
    assert first["answer"] == found["answer"] == right != second["answer"]
    assert first["score"] >= second["score"]
    drawn = [text_of(*ask, "--sample", "--temperature", 3, "--seed", seed, cwd=place)[0] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert text_of(*ask, "--prefix", "red", cwd=place)[0].startswith("red ")


def test_each_line_is_answered_before_the_next_is_asked_for(place) -> None:
    process = subprocess.Popen(
        [*S2S, "caption", "-", "-m", "i.pkl"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=place, env=ENVIRONMENT,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    right = right_captions(place)
    for number in range(3):
        process.stdin.write(f"images/{number:03d}.png\n".encode())
        process.stdin.flush()
        assert process.stdout.readline().decode() == f"{right[f'{number:03d}.png']}\n"
        time.sleep(0.01)
    process.stdin.close()
    assert process.wait() == 0
    process.stdout.close()


def test_captions_are_measured_and_models_compared(place) -> None:
    report = json.loads(text_of("evaluate", "-m", "i.pkl", "--json", cwd=place)[0])
    assert (report["rows"], report["free_running_exact_match"]) == (20, 1)
    assert report["free_running_bleu"] == pytest.approx(100)
    out, _ = text_of("evaluate", "data/f", "-m", "f.pkl", "--beam", 3, "--compare", "f.pkl", cwd=place)
    assert "BLEU" in out
    _, error = text_of("evaluate", "data/f", "-m", "i.pkl", cwd=place, code=1)
    assert "this model reads" in error


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("caption -m i.pkl", 2, "give IMAGE..."),
        ("caption a.png -m none.pkl", 1, "none.pkl: No such file"),
        ("caption a.png -m i.pkl --n-best 2", 2, "--n-best has no effect"),
        ("caption a.png -m i.pkl --prefix yellow", 1, "does not know yellow"),
        ("translate -m i.pkl", 1, "is a captioner, for s2s caption"),
        ("caption images/000.png -m i.pkl -m f.pkl", 1, "read images of different sizes, or features"),
        ("evaluate -m i.pkl --by length", 2, "--by has no effect"),
        ("prep captions f.npz c.csv --size 9", 2, "--size has no effect on features"),
        ("prep captions images c.csv --csv a,b", 1, "there is no column 'a'"),
        ("prep captions c.csv c.csv", 1, "c.csv: it is neither a folder of images nor"),
        ("prep captions images c.csv --train-list c.csv --seed 3", 2, "--seed has no effect"),
    ],
)
def test_what_cannot_be_done_is_said(place, arguments, code, words) -> None:
    out, error = text_of(*arguments.split(), cwd=place, code=code)
    assert out == ""
    assert words in error


def test_a_missing_pillow_is_named_before_anything_is_read(place, tmp_path) -> None:
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text("raise ImportError")
    away = os.pathsep.join([str(tmp_path), ENVIRONMENT["PYTHONPATH"]])
    for command in ("caption images/000.png -m i.pkl", "prep captions images c.csv -o data/x"):
        out, error = text_of(*command.split(), cwd=place, code=1, PYTHONPATH=away)
        assert out == ""
        assert "'images'" in error or "[images]" in error
    assert text_of("caption", "one.npy", "-m", "f.pkl", cwd=place, PYTHONPATH=away)[0]  # features need none
