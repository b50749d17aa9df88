"""What is safe to show."""

from __future__ import annotations

import pytest

from seq2seq_cli.cli.view import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("안녕 👨‍👩‍👧 é\u0301 \u3000 x\ty\nz", None),  # what people write, joined signs and wide blanks among it
        ("\x1b[31mred\x07\r\x7f\x9b", "\\x1b[31mred\\x07\\r\\x7f\\x9b"),
        ("abc\u202ecba\u2069", "abc\\u202ecba\\u2069"),
        ("half \ud83d", "half \\ud83d"),
    ],
)
def test_no_text_commands_the_terminal(text, shown) -> None:
    assert printable(text) == (text if shown is None else shown)
