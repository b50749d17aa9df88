"""Symbols put together as people write."""

from __future__ import annotations

from seq2seq_cli.text.detokenise import Detokeniser


def test_text_is_set_as_people_write() -> None:
    words = ["he", "said", "(", "in", "$", "N", ")", "it", "'s", "n't", ",", "you", "know", ".", "<eos>", "yes", "?"]
    assert Detokeniser("word").text(words) == "he said (in $N) it'sn't, you know.\nyes?"
    assert Detokeniser("char").text(list("a b\n")) == "a b\n"
