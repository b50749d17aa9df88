"""Writing pickles of builtins, the same bytes for the same content."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from seq2seq_cli.files import digest
from seq2seq_cli.files.atomic import atomic_write
from seq2seq_cli.files.pickle_limits import check_plain


def write_pickle(path: Path, value: dict[str, Any], *, overwrite: bool = True, with_digest: bool = False) -> None:
    """Write builtins atomically.

    Args:
        path: where.
        value: what.
        overwrite: whether an existing file is replaced.
        with_digest: put a digest of the file first, see `files.digest`.

    Raises:
        TypeError: something is not a builtin; nothing was written.
        ModelFileError: it holds more than can be read again; nothing was written.
        S2SError: the file exists and may not be replaced.
    """
    check_plain(value, "the content")
    with atomic_write(path, overwrite=overwrite) as file:
        target = digest.HashingFile(file) if with_digest else file
        pickler = pickle.Pickler(target, protocol=4)
        # Without a memo equal content gives equal bytes, whether or not two parts are one object.
        pickler.fast = True
        pickler.dump({digest.NAME: digest.UNKNOWN, **value} if with_digest else value)
        if isinstance(target, digest.HashingFile):
            target.finish()
