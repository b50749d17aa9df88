"""Folders that are whole or not there, held while they are made."""

from __future__ import annotations

import gc
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers import dataset_of_text

from seq2seq_cli.data.captions import CAPTIONS_FORMAT, Captions
from seq2seq_cli.data.folder import claim_folder, describe, read_folder, write_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.errors import DataError, S2SError, UsageError
from seq2seq_cli.files import folders
from seq2seq_cli.files.folders import FolderPlace, exchange

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks and rights")


def dataset(*words: str):
    return describe(PAIRS_FORMAT, "x", {part: [(word, word)] for part in ("train", "valid") for word in words}, {})


def words_in(folder: Path) -> set[str]:
    return {source for part in read_folder(folder, PAIRS_FORMAT)[0].parts.values() for source, _ in part}


@pytest.fixture(params=["exchanged", "in two steps"])
def way(request, monkeypatch) -> str:
    if request.param == "in two steps":
        monkeypatch.setattr(folders, "exchange", lambda one, other: False)
    return request.param


def test_two_that_make_one_dataset(tmp_path, way) -> None:
    first = claim_folder(tmp_path / "d")
    for force in (False, True):
        with pytest.raises(S2SError, match="another s2s is making"):
            claim_folder(tmp_path / "d", force=force)
    write_folder(first, dataset("a"))
    with pytest.raises(S2SError, match="exists"):
        claim_folder(tmp_path / "d")
    again = claim_folder(tmp_path / "d", force=True)
    with pytest.raises(S2SError, match="another s2s is making"):
        claim_folder(tmp_path / "d", force=True)
    assert words_in(tmp_path / "d") == {"a"}  # to be read it need not be free
    write_folder(again, dataset("b"))
    assert words_in(tmp_path / "d") == {"b"}
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_what_was_made_to_hold_a_place_goes_away(tmp_path) -> None:
    (tmp_path / "user").mkdir()
    places = [claim_folder(tmp_path / name) for name in ("new/deep/d", "e", "user")]
    assert (tmp_path / "new" / "deep" / "d").is_dir()
    del places
    gc.collect()
    assert [path.name for path in tmp_path.iterdir()] == ["user"]
    code = "import sys; from pathlib import Path; from seq2seq_cli.data.folder import claim_folder\n"
    subprocess.run([sys.executable, "-c", f"{code}place = claim_folder(Path('new/d')); sys.exit()"], cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["user"]


def test_a_place_that_a_killed_process_held_is_free(tmp_path) -> None:
    code = """if True:
        import os, signal
        from pathlib import Path
        from seq2seq_cli.data.folder import claim_folder
        place = claim_folder(Path("d"))
        place.fill(lambda empty: ((empty / "train.tsv").touch(), os.kill(os.getpid(), signal.SIGKILL)))
    """
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path).returncode < 0
    assert len(list(tmp_path.iterdir())) == 2  # the empty folder, and what was to become it
    write_folder(tmp_path / "d", dataset("a"))
    assert [path.name for path in tmp_path.iterdir()] == ["d"]
    assert words_in(tmp_path / "d") == {"a"}


@pytest.mark.parametrize("use", [read_folder, write_folder])
def test_killed_between_two_steps(tmp_path, monkeypatch, use: Callable[..., object]) -> None:
    """Where the system can't exchange folders: the older one is found and put back."""
    write_folder(tmp_path / "d", dataset("old"))
    (tmp_path / "d").rename(tmp_path / ".d.s2s-old")
    if use is read_folder:
        assert words_in(tmp_path / "d") == {"old"}
    else:
        with pytest.raises(S2SError, match="exists"):
            write_folder(tmp_path / "d", dataset("new"))
        (tmp_path / "d").rename(tmp_path / ".d.s2s-old")
        write_folder(tmp_path / "d", dataset("new"), force=True)
        assert words_in(tmp_path / "d") == {"new"}
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_killed_after_the_second_step(tmp_path) -> None:
    write_folder(tmp_path / "d", dataset("new"))
    write_folder(tmp_path / ".d.s2s-old", dataset("old"))
    write_folder(tmp_path / "d", dataset("newer"), force=True)
    assert words_in(tmp_path / "d") == {"newer"}
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_a_failure_leaves_the_older_one(tmp_path, way) -> None:
    write_folder(tmp_path / "d", dataset("old"))

    def fails(empty: Path) -> None:
        (empty / "train.tsv").write_text("half")
        raise OSError(28, "No space left on device")

    place = claim_folder(tmp_path / "d", force=True)
    with pytest.raises(OSError, match="No space") as raised:
        place.fill(fails)
    place.close()
    assert raised.value.filename == str(tmp_path / "d")
    assert words_in(tmp_path / "d") == {"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_a_link_and_rights_stay(tmp_path, way) -> None:
    (tmp_path / "d").symlink_to("there")
    write_folder(tmp_path / "d", dataset("old"))
    (tmp_path / "there").chmod(0o700)
    write_folder(tmp_path / "d", dataset("new"), force=True)
    assert (tmp_path / "d").is_symlink()
    assert words_in(tmp_path / "there") == {"new"}
    assert stat.S_IMODE((tmp_path / "there").stat().st_mode) == 0o700


def test_the_folder_where_one_is(tmp_path, monkeypatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    write_folder(Path("."), dataset("a"))  # noqa: PTH201
    assert words_in(tmp_path / "here") == {"a"}
    monkeypatch.chdir(tmp_path / "here")  # the new one
    assert words_in(Path()) == {"a"}


@pytest.mark.parametrize("kind", ["file", "pipe", "device"])
def test_what_is_no_folder_is_not_replaced(tmp_path, kind) -> None:
    path = Path("/dev/null") if kind == "device" else tmp_path / "d"
    if kind == "file":
        path.touch()
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(S2SError, match=f"{path} is a .*{kind} and no dataset"):
        claim_folder(path, force=True)


def test_nobody_is_told_to_force_what_cannot_be_forced(tmp_path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "mine.txt").touch()
    for force in (False, True):
        with pytest.raises(S2SError, match=r"holds more than a dataset \(mine\.txt\)"):
            claim_folder(tmp_path / "d", force=force)
        with pytest.raises(S2SError, match="root of all folders"):
            claim_folder(Path("/"), force=force)
        with pytest.raises(UsageError, match="standard output"):
            claim_folder(Path("-"), force=force)


def test_a_dataset_of_any_format_may_be_replaced_by_one_of_another(tmp_path) -> None:
    """Captions have files of two kinds, of which another format has one or none."""
    images = Captions([("a.png", "a")], np.zeros((1, 8, 8, 3), dtype=np.uint8))
    captions = describe(CAPTIONS_FORMAT, "captions", {"train": images}, {})
    for made in (captions, dataset("pairs"), dataset_of_text(), captions, dataset_of_text(), dataset("pairs")):
        write_folder(tmp_path / "d", made, force=True)
        assert {path.name for path in (tmp_path / "d").iterdir()} - {"dataset.json"} <= made.format.names


def test_the_longest_name_is_made_and_replaced(tmp_path) -> None:
    path = tmp_path / ("x" * 255)
    for text in ("old", "new"):
        write_folder(path, dataset(text), force=True)
        assert words_in(path) == {text}
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_that_can_be_none(tmp_path) -> None:
    for name in ("x" * 256, "new/" + "x" * 256):
        with pytest.raises(S2SError, match="too long"):
            claim_folder(tmp_path / name)
    (tmp_path / "file").touch()
    with pytest.raises(S2SError, match="is a file, and no folder"):
        claim_folder(tmp_path / "file" / "d")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_somebody_fills_the_folder_meanwhile(tmp_path) -> None:
    place = claim_folder(tmp_path / "d")
    (tmp_path / "d" / "thesis.txt").write_text("mine")
    with pytest.raises(S2SError, match=r"thesis\.txt"):
        write_folder(place, dataset("a"))
    assert [path.name for path in tmp_path.rglob("*")] == ["d", "thesis.txt"]


def test_a_dataset_that_is_replaced_while_it_is_read_is_of_one_piece(tmp_path, way) -> None:
    write_folder(tmp_path / "d", dataset("old"))
    real, times = PAIRS_FORMAT.read, []

    def replaced(path: Path, problems: object) -> object:
        part = real(path, problems)
        times.append(path)
        if len(times) == 1:
            write_folder(tmp_path / "d", dataset("new"), force=True)
        return part

    read, warnings = read_folder(tmp_path / "d", PAIRS_FORMAT.__class__(**{**vars(PAIRS_FORMAT), "read": replaced}))
    assert ({source for part in read.parts.values() for source, _ in part}, warnings) == ({"new"}, [])
    assert len(times) == 4


def test_a_dataset_that_is_never_quiet(tmp_path) -> None:
    write_folder(tmp_path / "d", dataset("a"))

    def replaced(path: Path, problems: object) -> object:
        write_folder(tmp_path / "d", dataset("b"), force=True)
        return [("c", "c")]

    with pytest.raises(DataError, match="again and again"):
        read_folder(tmp_path / "d", PAIRS_FORMAT.__class__(**{**vars(PAIRS_FORMAT), "read": replaced}))


def test_exchange(tmp_path) -> None:
    for name in "ab":
        (tmp_path / name / f"of {name}").mkdir(parents=True)
    if not exchange(tmp_path / "a", tmp_path / "b"):
        pytest.skip("this file system can't exchange two folders")
    assert (tmp_path / "a" / "of b").is_dir()
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "a", tmp_path / "none")


def test_a_place_needs_a_check(tmp_path) -> None:
    """Whoever asks says what may be replaced."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x").touch()

    def never(folder: Path) -> None:
        raise S2SError("never")

    with pytest.raises(S2SError, match="never"):
        FolderPlace(tmp_path / "d", force=True, check=never)


def test_a_system_that_numbers_files_anew_does_not_hold_us_for_ever(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(folders, "stands_at", lambda descriptor, path: False)
    made = [describe(PAIRS_FORMAT, "pairs", {"train": [(letter, letter)]}, {}) for letter in "ab"]
    write_folder(tmp_path / "data", made[0])
    with pytest.raises(S2SError, match="exists"):
        write_folder(tmp_path / "data", made[1])
    write_folder(tmp_path / "data", made[1], force=True)
    assert read_folder(tmp_path / "data", PAIRS_FORMAT)[0].parts == made[1].parts
    assert list(tmp_path.iterdir()) == [tmp_path / "data"]
