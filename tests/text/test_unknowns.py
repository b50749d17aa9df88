"""Symbols that a model never saw are named before it is measured."""

from __future__ import annotations

from helpers import small_generator, small_translator

import seq2seq_cli
from seq2seq_cli.api.train import new_session
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import PAIRS_FORMAT, TEXT_FORMAT
from seq2seq_cli.text.codec import PairCodec, TextCodec
from seq2seq_cli.text.protect import Protection
from seq2seq_cli.text.unknowns import unknown_in_pairs, unknown_in_text
from seq2seq_cli.text.vocabulary import Vocabulary

DATA = describe(
    PAIRS_FORMAT, "pairs", {"train": [("ab", "x")] * 9, "valid": [("한", "x"), ("ab", "x국"), ("b", "x")]}, {}
)
SMALL = {"hidden": 4, "embedding": 4, "epochs": 1}


def test_rows_with_unknown_symbols_are_counted_and_the_symbols_named() -> None:
    codec = PairCodec(
        Vocabulary.build(["ab"], "char", target=False), Vocabulary.build(["x"], "char", target=True), False
    )
    assert unknown_in_pairs(codec, [("ab", "x"), ("ba", "xx")], "test") == []
    rows = [("ab", "x"), ("cc", "x"), ("a", "yx"), ("c", "y")]
    assert unknown_in_pairs(codec, rows, "test") == [
        "3 of 4 rows of test have symbols that the model does not know: c y"
    ]
    many = [("".join(map(chr, range(0x4E00, 0x4E0C))), "x")]
    assert unknown_in_pairs(codec, many, "test")[0].endswith(" and 4 more")


def test_what_is_written_in_another_normal_form_is_not_unknown() -> None:
    source = Vocabulary.build(["\u00e9"], "char", target=False)
    codec = PairCodec(source, Vocabulary.build(["\u00fc"], "char", target=True), False)
    assert unknown_in_pairs(codec, [("e\u0301", "u\u0308"), ("\u00e9", "\u00fc")], "test") == []
    text = TextCodec(Vocabulary.of_text("caf\u00e9\n", "word"))
    assert unknown_in_text(text, "cafe\u0301\n", "test") == []
    assert unknown_in_text(text, "cafe\n", "test") == [
        "1 of 1 line of test has symbols that the model does not know: cafe"
    ]


def test_what_is_protected_is_not_unknown() -> None:
    protection = Protection(r"\d+", 1)
    source = Vocabulary.build(["ab"], "char", target=False, whole=protection.symbols)
    target = Vocabulary.build(["x"], "char", target=True, whole=protection.symbols)
    codec = PairCodec(source, target, False, protection=protection)
    assert unknown_in_pairs(codec, [("a12", "x12")], "test") == []


def test_training_and_evaluation_say_so(tmp_path) -> None:
    _, _, warnings = new_session(DATA, output=tmp_path / "m.pkl", options=SMALL)
    expected = "2 of 3 rows of the part that is measured have symbols that the model does not know: 한 국"
    assert warnings == [expected]
    text = describe(TEXT_FORMAT, "text", {"train": "a b <unk>\n" * 50, "valid": "a c\n<unk> b\n"}, {})
    _, _, warnings = new_session(text, output=tmp_path / "t.pkl", options={**SMALL, "batch_size": 2})
    assert warnings == ["1 of 2 lines of the part that is measured has symbols that the model does not know: c"]
    assert small_translator().unknown_in([("q", "q")], "test")[0].startswith("1 of 1 row of test has")
    assert small_generator().unknown_in("", "test") == []
    assert [e.message for e in seq2seq_cli.train(DATA, output=tmp_path / "n.pkl", **SMALL) if e.name == "warning"] == [
        expected
    ]
