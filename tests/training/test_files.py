"""A run's files: their names, whose they are, and what is never lost."""

from __future__ import annotations

import errno
import json
from functools import partial
from pathlib import Path

import pytest
from captioning import captions_of
from helpers import dataset_of_text, weights

import seq2seq_cli
from seq2seq_cli.api.train import beginning, new_session
from seq2seq_cli.data.captions import CAPTIONS_FORMAT
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.generators.addition import AdditionOptions, generate
from seq2seq_cli.errors import ModelFileError, S2SError, TrainingError, UsageError
from seq2seq_cli.model_file import content
from seq2seq_cli.model_file.content import ModelFile, read_head, read_model_file, write_model_file
from seq2seq_cli.training import files, log
from seq2seq_cli.training.events import EpochDone, Finished, NotFinite, Saved, Warned, read_log
from seq2seq_cli.training.files import RunFiles, claim_free
from seq2seq_cli.training.log import RunLog, _epoch_of
from seq2seq_cli.training.session import Session, resume

SUMS = generate(AdditionOptions(digits=1, train=64, valid=8, test=8))
OPTIONS = {"hidden_size": 4, "embedding_size": 4, "batch_size": 16, "epochs": 2}  # four steps an epoch


def begin(output: Path, *, force: bool = False, **options: object) -> Session:
    return new_session(SUMS, output=output, force=force, options={**OPTIONS, **options})[0]


def stop_after(session: Session, steps: int) -> Finished:
    left = iter([False] * steps)
    return [event for event in session.run(partial(next, left, True)) if isinstance(event, Finished)][-1]


def epochs_of(log: Path) -> list[int]:
    return [event.epoch for event in read_log(log) if isinstance(event, EpochDone)]


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "checkpoint", "log"),
    [
        ("m.pkl", "m.checkpoint", "m.jsonl"),
        ("en-de.v1", "en-de.v1.checkpoint", "en-de.v1.jsonl"),
        ("dates-0.5", "dates-0.5.checkpoint", "dates-0.5.jsonl"),
        ("dates-0.5.pkl", "dates-0.5.checkpoint", "dates-0.5.jsonl"),
        ("x.checkpoint", "x.checkpoint.checkpoint", "x.checkpoint.jsonl"),
        ("y.jsonl", "y.jsonl.checkpoint", "y.jsonl.jsonl"),
        (".pkl", ".pkl.checkpoint", ".pkl.jsonl"),
        ("m", "m.checkpoint", "m.jsonl"),
    ],
)
def test_companions_keep_all_of_the_models_name(model, checkpoint, log) -> None:
    files = RunFiles.of(Path("models") / model)
    assert files.outputs == (Path("models") / model, Path("models") / checkpoint, Path("models") / log)
    assert len(set(files.outputs)) == 3
    assert RunFiles.beside(files.checkpoint, model) == files


@pytest.mark.parametrize("recorded", [".bashrc", "notes.txt", "other.pkl", "../m.pkl", "/etc/m.pkl", "", "."])
def test_a_checkpoint_never_names_what_is_written(recorded) -> None:
    files = RunFiles.beside(Path("runs/m.checkpoint"), recorded)
    assert files.outputs == (Path("runs/m.pkl"), Path("runs/m.checkpoint"), Path("runs/m.jsonl"))
    renamed = RunFiles.beside(Path("saved"), recorded)
    assert renamed.outputs == (Path("saved.pkl"), Path("saved"), Path("saved.jsonl"))


def test_a_run_that_goes_on_replaces_its_own_model_alone(tmp_path) -> None:
    """``output`` names a neighbour whose checkpoint this could be; it is no model, so it stays."""
    stop_after(begin(tmp_path / "m.pkl"), 2)
    neighbour = tmp_path / ".bashrc"
    neighbour.write_text("mine")
    file = read_model_file(tmp_path / "m.checkpoint")
    file.checkpoint["output"] = ".bashrc"
    write_model_file(tmp_path / ".bashrc.checkpoint", file)
    with pytest.raises(S2SError, match=r"\.bashrc would be replaced .* is none"):
        resume(tmp_path / ".bashrc.checkpoint")
    assert neighbour.read_text() == "mine"
    list(begin(tmp_path / "other.pkl", hidden_size=6).run())
    (tmp_path / "m.checkpoint").rename(tmp_path / "other.checkpoint")
    other = weights(tmp_path / "other.pkl")
    with pytest.raises(S2SError, match="is not the model of"):
        resume(tmp_path / "other.checkpoint")
    assert weights(tmp_path / "other.pkl") == other
    list(resume(tmp_path / "other.checkpoint", force=True)[0].run())
    assert weights(tmp_path / "other.pkl") != other
    assert not (tmp_path / "m.pkl").exists()


# --- nothing is lost --------------------------------------------------------------------------------------


def test_files_of_a_user_are_not_overwritten(tmp_path) -> None:
    for name in ("m.jsonl", "m.checkpoint", "m.pkl"):
        path = tmp_path / name
        path.write_text("mine\n")
        with pytest.raises(S2SError, match=f"{path} exists.*`force=True`"):
            begin(tmp_path / "m.pkl")
        assert [path] == list(tmp_path.iterdir())
        assert path.read_text() == "mine\n"
        list(begin(tmp_path / "m.pkl", force=True).run())
        assert epochs_of(tmp_path / "m.jsonl") == [1, 2]
        for left in tmp_path.iterdir():
            left.unlink()


def test_another_model_is_never_taken_for_a_checkpoint(tmp_path) -> None:
    list(begin(tmp_path / "x.checkpoint").run())
    before = (tmp_path / "x.checkpoint").read_bytes()
    for force in (False, True):
        with pytest.raises(S2SError, match=r"x\.checkpoint is a model"):
            begin(tmp_path / "x.pkl", force=force)
    stop_after(begin(tmp_path / "a.pkl"), 2)
    (tmp_path / "a.checkpoint").rename(tmp_path / "b.checkpoint")
    with pytest.raises(S2SError, match=r"b\.checkpoint is the checkpoint of a\.pkl"):
        begin(tmp_path / "b.pkl", force=True)
    assert (tmp_path / "x.checkpoint").read_bytes() == before
    assert not (tmp_path / "x.jsonl").exists()


def test_m_and_m_pkl_share_no_log(tmp_path) -> None:
    list(begin(tmp_path / "m.pkl").run())
    before = (tmp_path / "m.jsonl").read_bytes()
    with pytest.raises(S2SError, match="exists"):
        begin(tmp_path / "m")
    with pytest.raises(S2SError, match=r"m\.jsonl is the log of .*m\.pkl"):
        begin(tmp_path / "m", force=True)
    assert (tmp_path / "m.jsonl").read_bytes() == before


def test_an_interrupted_run_is_offered(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    stop_after(begin(Path("m.pkl")), 2)
    with pytest.raises(S2SError, match=r"^m\.checkpoint can go on: `resume=m\.checkpoint`, or `force=True`"):
        begin(Path("m.pkl"))
    list(begin(Path("m.pkl"), force=True, epochs=1).run())
    assert not Path("m.checkpoint").exists()
    assert read_head(Path("m.pkl")).metrics["epoch"] == 1


def test_a_default_name_passes_what_can_go_on_and_says_so(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, _, warnings = new_session(SUMS, options=OPTIONS)
    assert warnings == []
    stop_after(first, 2)
    second, _, warnings = new_session(SUMS, options=OPTIONS)
    assert second.files.model == Path("models/addition-plain-2.pkl")
    assert warnings == [
        "models/addition-plain.checkpoint can go on: `resume=models/addition-plain.checkpoint`; this run begins anew"
    ]


def test_what_a_forced_run_begins_anew_can_not_go_on_as_the_old_one(tmp_path) -> None:
    stop_after(begin(tmp_path / "m.pkl"), 5)
    events = begin(tmp_path / "m.pkl", force=True).run()
    next(events)
    assert not (tmp_path / "m.checkpoint").exists()
    assert (tmp_path / "m.pkl").exists()  # until there is a newer one
    events.close()


# --- two at once ------------------------------------------------------------------------------------------


def test_two_runs_with_one_output(tmp_path) -> None:
    first = begin(tmp_path / "m.pkl")
    for force in (False, True):
        with pytest.raises(S2SError, match=r"another run is writing .*m\.jsonl"):
            begin(tmp_path / "m.pkl", force=force)
    list(first.run())
    assert epochs_of(tmp_path / "m.jsonl") == [1, 2]


def test_two_that_go_on_from_one_checkpoint(tmp_path) -> None:
    stop_after(begin(tmp_path / "m.pkl"), 2)
    session, _ = resume(tmp_path / "m.checkpoint")
    with pytest.raises(S2SError, match="another run"):
        resume(tmp_path / "m.checkpoint")
    list(session.run())
    assert not (tmp_path / "m.checkpoint").exists()


def test_a_system_that_numbers_files_anew_or_lets_none_be_taken_does_not_hold_us_for_ever(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(log, "stands_at", lambda descriptor, path: False)
    list(begin(tmp_path / "m.pkl").run())
    assert epochs_of(tmp_path / "m.jsonl") == [1, 2]
    monkeypatch.setattr(files, "MOST_NAMES", 5)
    monkeypatch.setattr(RunLog, "if_free", lambda path: None)
    with pytest.raises(S2SError, match="has 5 names like sums-plain, or lets none be taken: give `output`"):
        claim_free("sums", "plain", tmp_path)


def test_default_names_are_taken_at_once(tmp_path) -> None:
    places = [claim_free("sums", "plain", tmp_path) for _ in range(3)]
    assert [place.files.model.name for place in places] == ["sums-plain.pkl", "sums-plain-2.pkl", "sums-plain-3.pkl"]
    places[1].log.close()
    assert claim_free("sums", "plain", tmp_path).files.model.name == "sums-plain-2.pkl"


def test_a_run_that_never_began_leaves_nothing(tmp_path) -> None:
    session = begin(tmp_path / "new" / "m.pkl")
    assert (tmp_path / "new" / "m.jsonl").exists()
    del session
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError):
        begin(tmp_path / "new" / "deep" / "m.pkl", hidden_size=0)
    assert list(tmp_path.iterdir()) == []


def test_a_log_of_a_run_that_was_killed_at_once_is_no_obstacle(tmp_path) -> None:
    log = RunLog(tmp_path / "m.jsonl")
    events = begin(tmp_path / "other.pkl").run()
    log.write(next(events))
    events.close()
    log.close()
    assert (tmp_path / "m.jsonl").stat().st_size
    list(begin(tmp_path / "m.pkl").run())
    assert epochs_of(tmp_path / "m.jsonl") == [1, 2]


# --- the event after the deed -----------------------------------------------------------------------------


def runs_of(kind: str, model: Path, **options: object) -> Session:
    """Begin two epochs of a run of some kind, or one that begins with a model."""
    small = {**OPTIONS, **options}
    if kind == "text":
        return new_session(dataset_of_text(), output=model, options={**small, "batch_size": 4, "bptt": 7})[0]
    if kind == "captions":
        captions = describe(CAPTIONS_FORMAT, "captions", dict.fromkeys(("train", "valid"), captions_of("images")), {})
        return new_session(captions, output=model, options={**small, "batch_size": 2, "patch_size": 4})[0]
    if kind == "pairs":
        return begin(model, **options)
    old = model.with_name("old.pkl")
    list(begin(old).run())
    return new_session(SUMS, output=model, options=options, begins=beginning(old, grow=False))[0]


@pytest.mark.parametrize("kind", ["pairs", "text", "captions", "fine-tuning"])
def test_what_is_told_is_on_the_disk(tmp_path, kind: str) -> None:
    files = RunFiles.of(tmp_path / "m.pkl")
    seen = []
    for event in runs_of(kind, files.model, keep="last").run():
        if isinstance(event, EpochDone):
            assert read_head(files.model).metrics["epoch"] == event.epoch
            state = read_model_file(files.checkpoint).checkpoint["state"]
            assert state["epoch"] == event.epoch
            assert state["seconds"] > 0
            assert epochs_of(files.log)[-1] == event.epoch
        if isinstance(event, Finished):
            assert files.model.exists()
            assert not files.checkpoint.exists()
        seen.append(type(event))
    assert (seen.count(Saved), seen[-2:]) == (5, [Finished, Saved])


def test_who_stops_listening_loses_nothing(tmp_path) -> None:
    files = RunFiles.of(tmp_path / "m.pkl")
    for event in begin(files.model).run():
        if isinstance(event, EpochDone):
            break  # the caller goes away at the first epoch
    assert files.can_go_on()


def test_a_stop_behind_a_bad_step_saves_nothing(tmp_path) -> None:
    session = begin(tmp_path / "m.pkl", batch_size=8)
    training, original = session.training, session.training.model.loss

    def loss(batch, context, inputs=None):
        (mean, losses), back = original(batch, context, inputs)
        return (mean * float("nan"), losses) if training.state.step == 2 else (mean, losses), back

    training.model.loss = loss
    events = []
    with pytest.raises(TrainingError, match="epoch 1, step 3"):
        for event in session.run(lambda: training.state.step == 4):  # before anybody has looked at the flag
            events.append(event)
    assert isinstance(events[-1], NotFinite)
    assert not (tmp_path / "m.checkpoint").exists()


@pytest.mark.parametrize("end", ["patience", "epochs"])
def test_killed_behind_the_last_epoch(tmp_path, end) -> None:
    """The checkpoint of the last epoch is there, and the end was not written."""
    options = {"learning_rate": 0.0, "schedule": "constant", "patience": 1} if end == "patience" else {}
    options["epochs"] = 9 if end == "patience" else 2
    list(begin(tmp_path / "whole.pkl", **options).run())
    events = begin(tmp_path / "parts.pkl", **options).run()
    for event in events:
        if isinstance(event, EpochDone) and event.epoch == 2:
            break
    events.close()
    session, _ = resume(tmp_path / "parts.checkpoint")
    (finished,) = [event for event in session.run() if isinstance(event, Finished)]
    assert (finished.reason, finished.epochs_done) == (end, 2)
    assert weights(tmp_path / "parts.pkl") == weights(tmp_path / "whole.pkl")
    assert epochs_of(tmp_path / "parts.jsonl") == [1, 2]
    assert not (tmp_path / "parts.checkpoint").exists()


def test_more_epochs_of_a_run(tmp_path) -> None:
    stop_after(begin(tmp_path / "m.pkl"), 6)
    with pytest.raises(UsageError, match="has 1 behind it"):
        resume(tmp_path / "m.checkpoint", epochs=0)
    session, _ = resume(tmp_path / "m.checkpoint", epochs=4)
    list(session.run())
    head = read_head(tmp_path / "m.pkl")
    assert (len(head.history), head.training.epochs) == (4, 4)


def test_a_model_is_no_checkpoint(tmp_path) -> None:
    list(begin(tmp_path / "m.pkl").run())
    with pytest.raises(ModelFileError, match=r"not a checkpoint.*`init_from="):
        resume(tmp_path / "m.pkl")


def test_a_model_that_is_replaced_while_it_is_read_is_of_one_piece(tmp_path, monkeypatch) -> None:
    """A reader that takes several steps, and a run that saves between them."""
    for seed in (1, 2):
        list(begin(tmp_path / f"{seed}.pkl", seed=seed).run())
    expected, path, real, steps = weights(tmp_path / "2.pkl"), tmp_path / "1.pkl", content._read, []

    def slow(path: Path, *, load_bytes: bool) -> ModelFile:
        found = real(path, load_bytes=load_bytes)
        steps.append(load_bytes)
        if len(steps) == 1:
            (tmp_path / "2.pkl").replace(path)
        return found

    monkeypatch.setattr(content, "_read", slow)
    assert weights(path) == expected
    assert steps == [False, True, False, True]


# --- the log ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["partial", "ahead", "behind", "gone", "zeros"])
def test_a_log_is_brought_to_where_its_checkpoint_is(tmp_path, damage) -> None:
    log = tmp_path / "m.jsonl"
    stop_after(begin(tmp_path / "m.pkl", epochs=3), 9)
    lines = log.read_bytes().splitlines(keepends=True)
    epochs = [number for number, line in enumerate(lines) if b'"epoch",' in line]
    assert len(epochs) == 2
    ahead = lines[epochs[1]].replace(b'"epoch": 2', b'"epoch": 3')
    damaged = {
        "partial": [*lines, ahead[:40]],
        "ahead": [*lines, ahead],
        "behind": lines[: epochs[1]],
        "gone": [],
        "zeros": [*lines[: epochs[0] + 1], b"\0" * 300],
    }
    log.write_bytes(b"".join(damaged[damage]))
    list(resume(tmp_path / "m.checkpoint")[0].run())
    assert epochs_of(log) == [1, 2, 3]


def test_a_strangers_log_is_not_written_to(tmp_path) -> None:
    stop_after(begin(tmp_path / "m.pkl"), 2)
    (tmp_path / "m.jsonl").write_text('{"text": "mine"}\n')
    with pytest.raises(S2SError, match=r"m\.jsonl is not the log"):
        list(resume(tmp_path / "m.checkpoint")[0].run())
    assert (tmp_path / "m.jsonl").read_text() == '{"text": "mine"}\n'


def test_a_full_disk_for_the_log_ends_nothing(tmp_path, monkeypatch) -> None:
    written = []

    def full(self: RunLog, event: object) -> None:
        written.append(event)
        if len(written) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RunLog, "write", full)
    events = list(begin(tmp_path / "m.pkl").run())
    warned = [event for event in events if isinstance(event, Warned)]
    assert warned == [Warned(f"{tmp_path / 'm.jsonl'} is not written any more: No space left on device")]
    assert len(written) == 2
    assert len(read_head(tmp_path / "m.pkl").history) == 2


def test_a_line_of_a_log_is_whole_or_not_there(tmp_path, monkeypatch) -> None:
    log = RunLog(tmp_path / "m.jsonl")
    log.write(Warned("first"))
    real, pieces = seq2seq_cli.training.log.os.write, []

    def short(descriptor: int, data: bytes) -> int:
        if pieces:
            raise OSError(errno.ENOSPC, "No space left on device")
        pieces.append(data)
        return real(descriptor, data[:5])

    monkeypatch.setattr(seq2seq_cli.training.log.os, "write", short)
    with pytest.raises(OSError, match="No space"):
        log.write(Warned("second"))
    monkeypatch.undo()
    log.write(Warned("third"))
    log.close()
    assert [json.loads(line)["message"] for line in (tmp_path / "m.jsonl").read_text().splitlines()] == [
        "first",
        "third",
    ]


def test_lines_that_are_no_events_are_none() -> None:
    for line in (
        b"",
        b"{",
        b"[" * 100_000,
        b'{"event": 1}',
        b'{"event": "epoch"}',
        b'{"event": "epoch", "epoch": 1e999}',
    ):
        assert _epoch_of(line) is None
    assert _epoch_of(b'{"event": "epoch", "epoch": 3}') == 3
