"""The JSON-lines log of a run, which also holds the run's place: who has it open keeps others away."""

from __future__ import annotations

import json
import os
import stat
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from seq2seq_cli.errors import S2SError
from seq2seq_cli.files.folders import make_folders
from seq2seq_cli.files.json_text import to_json
from seq2seq_cli.files.locks import TRIES, lock, stands_at
from seq2seq_cli.files.places import target_of
from seq2seq_cli.training.events import EpochDone, Event

LONGEST_LINE = 1 << 24
"""Bytes of a log's line; samples are the long ones."""


class RunLog:
    """A run's log, open and locked. A log that was made here and never written to goes away again.

    Args:
        path: where it stands, or will.

    Raises:
        S2SError: another run has it, or it is a file that no run wrote.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._target = path, target_of(path)
        self._file = _Locked(self._target, make_folders(self._target.parent))
        if not self._file.mine:
            self._file.close()
            raise S2SError(f"another run is writing {path}: wait until it is done, or give another `output`")
        self._finalizer = weakref.finalize(self, self._file.close)

    @classmethod
    def if_free(cls, path: Path) -> RunLog | None:
        """Return a log, or None where another run has it."""
        try:
            return cls(path)
        except S2SError:
            return None

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing that is worth keeping: no epoch of a run."""
        return all(_epoch_of(line) == 0 for line in self._file.lines())

    def begin(self) -> None:
        """Throw away what an older run wrote."""
        self._file.truncate(0)

    def go_on(self, history: Sequence[Mapping[str, Any]]) -> None:
        """Bring it to where a checkpoint is, whenever the run was stopped.

        A line that is not whole, and epochs that will be done again, are cut off; epochs that were done and not
        yet written are added.

        Args:
            history: the epochs' events as the checkpoint has them.

        Raises:
            S2SError: it is a file that no run wrote.
        """
        kept, epochs = 0, set[int]()
        for line in self._file.lines():
            epoch = _epoch_of(line)
            if epoch is None and not kept:
                raise S2SError(f"{self.path} is not the log of this run: move it away")
            if not line.endswith(b"\n") or epoch is None or epoch > len(history):
                break
            kept += len(line)
            epochs.add(epoch)
        self._file.truncate(kept)
        for number, entry in enumerate(history, 1):
            if number not in epochs:
                self._write({"event": EpochDone.name, "version": EpochDone.version, **entry})

    def write(self, event: Event) -> None:
        """Add an event.

        Raises:
            OSError: it can't be written.
        """
        self._write(event.as_dict())

    def _write(self, fields: Mapping[str, object]) -> None:
        self._file.write(f"{to_json(fields)}\n".encode())

    def close(self) -> None:
        """Give the place free."""
        self._finalizer()

    @property
    def is_open(self) -> bool:
        """Whether it still holds the place."""
        return self._finalizer.alive


class _Locked:
    """A file, opened and made where there is none, and locked unless somebody else has locked it."""

    def __init__(self, path: Path, folders: Sequence[Path]) -> None:
        self._path, self._folders = path, folders
        for left in reversed(range(TRIES)):
            self._descriptor, self._made = _opened(path)
            regular = stat.S_ISREG(os.fstat(self._descriptor).st_mode)
            self.mine = regular and lock(self._descriptor)
            if not self.mine or stands_at(self._descriptor, path) or not left:
                return
            os.close(self._descriptor)  # it was removed by who had it

    def lines(self) -> Iterator[bytes]:
        """Yield its lines; the first one that is none of a log is the last."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            while line := file.readline(LONGEST_LINE):
                yield line
                if _epoch_of(line) is None:
                    return

    def truncate(self, length: int) -> None:
        os.ftruncate(self._descriptor, length)

    def write(self, data: bytes) -> None:
        """Append all of it, or nothing."""
        length = os.fstat(self._descriptor).st_size
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            os.ftruncate(self._descriptor, length)
            raise

    def close(self) -> None:
        """Give it free; one that was made here and holds nothing goes away, and its folders with it."""
        try:
            empty = self.mine and self._made and os.fstat(self._descriptor).st_size == 0
            if empty and stands_at(self._descriptor, self._path):
                self._path.unlink()
                for folder in self._folders:
                    folder.rmdir()  # which fails where something else stands in it
        except OSError:
            pass
        finally:
            os.close(self._descriptor)


def _opened(path: Path) -> tuple[int, bool]:
    """Open a file to read and append; return its descriptor, and whether it was made just now."""
    # Without waiting, should a named pipe stand there.
    flags = os.O_RDWR | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    while True:
        with suppress(FileExistsError):
            return os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666), True
        with suppress(FileNotFoundError):
            return os.open(path, flags), False


def _epoch_of(line: bytes) -> int | None:
    """Return the epoch that a line tells of, 0 where it is another event, and None where it is none."""
    try:
        fields = json.loads(line)
        if not isinstance(fields["event"], str):
            return None
        return int(fields["epoch"]) if fields["event"] == EpochDone.name else 0
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
