"""What is made from the fields is current, and every option says what a reader needs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

from seq2seq_cli.config import train_options
from seq2seq_cli.config.signature import TrainOptions

ROOT = Path(__file__).parent.parent.parent


def test_docs_and_the_signature_are_current() -> None:
    spec = importlib.util.spec_from_file_location("make_options", ROOT / "docs" / "make_options.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for path, text in module.texts().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is out of date: python docs/make_options.py"


def test_every_option_has_a_sentence_and_a_title() -> None:
    for name, entry in train_options().items():
        assert entry.help[0].isupper() or entry.help.startswith("one"), name
        assert not entry.help.endswith("."), name
        assert entry.group, name
        assert entry.check(entry.default) == entry.default, name
        assert all(set(need.names) <= set(train_options()) for need in entry.needs), name
    assert set(get_type_hints(TrainOptions)) == set(train_options())


def test_options_need_no_numpy() -> None:
    code = "import sys, seq2seq_cli.config.toml, seq2seq_cli.config.describe; print('numpy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
