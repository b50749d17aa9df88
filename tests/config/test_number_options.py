"""Numbers from users: every option that is one, on the command line, in a file and in Python, meets one check."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator

import numpy as np
import pytest

import seq2seq_cli
from seq2seq_cli.config.fields import Checked, Option, fields_of
from seq2seq_cli.config.settings import train_options
from seq2seq_cli.config.toml import read_config
from seq2seq_cli.errors import S2SError, UsageError

TYPED = [
    "-1", "0", "-0", "nan", "-nan", "inf", "-inf", "1e400", "-1e400", "1e-400", "1e-320", "-1e-320", "1e308", "1e309",
    "9" * 20, "9" * 400, "-" + "9" * 400, "9" * 5000, "4294967296", "9223372036854775808", "0x10", "1e3", "5.0", "½",
    "", " ", "-", "--", "1,5", "None", "true", "none", "\x1b[31m", "1\n2", "\ud800", "x" * 10_000,
]  # fmt: skip
GIVEN = [
    10**400, -(10**400), 10**5000, float("nan"), float("inf"), -float("inf"), 1e308, True, False, b"3", "3", [3], (),
    {}, 3j, object, np.float64("nan"), np.float32("inf"), np.array([1, 2]), np.array("a"), np.datetime64("NaT", "D"),
]  # fmt: skip


def numbers() -> Iterator[Option]:
    """Every option of every dataclass in the package that is a number."""
    for module in pkgutil.walk_packages(seq2seq_cli.__path__, "seq2seq_cli."):
        if not module.name.endswith(("__main__", "cupy_backend")):
            importlib.import_module(module.name)
    waiting, found = [Checked], set()
    while waiting:
        config = waiting.pop()
        waiting += config.__subclasses__()
        found |= {entry for entry in fields_of(config) if entry.base in (int, float)}
    return iter(found)


def check(option: Option, value: object) -> None:
    """A value is one that the option can have, or is refused in one short line that names the option."""
    try:
        taken = option.check(value)
    except UsageError as error:
        message = str(error)
        assert message.startswith(f"`{option.name}` must be ")
        assert len(message) < 300
        assert "\n" not in message.replace("\\n", "")
    else:
        assert taken is None or option.low <= taken <= option.high
        assert taken is None or -sys.float_info.max <= taken <= sys.float_info.max
        assert taken is None or type(taken) is option.base


def test_numbers_that_people_type_and_programs_give() -> None:
    options = list(numbers())
    assert len({option.name for option in options}) > 60
    for option in options:
        for text in TYPED:
            check(option, option.parse(text))
        for value in GIVEN:
            check(option, value)


@pytest.mark.parametrize(
    "written", ["nan", "-inf", "1e400", "9" * 400, "9" * 5000, "-1", "[1]", "true", '"8"', "1979-05-27"]
)
def test_the_same_in_a_file(tmp_path, written) -> None:
    """Of a number too long for Python itself, TOML's reader speaks; it is refused in one line all the same."""
    path = tmp_path / "c.toml"
    for option in train_options().values():
        if option.base not in (int, float):
            continue
        name = option.spelling.replace("_", "-")
        path.write_text(f"{name} = {written}\n")
        with pytest.raises(S2SError) as caught:
            option.check(read_config(path).layer.values[option.name])
        assert len(str(caught.value)) < 400
