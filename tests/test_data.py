"""Vocabularies, text, datasets, and what makes them."""

from __future__ import annotations

import datetime
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.data.dataset import PARTS, Dataset, describe, read_dataset, split, write_dataset
from seq2seq_cli.data.generators import dates, rebuild
from seq2seq_cli.data.generators.addition import AdditionOptions, generate
from seq2seq_cli.data.generators.dates import DateOptions
from seq2seq_cli.data.generators.numbers import NumberOptions
from seq2seq_cli.data.generators.numbers import generate as generate_numbers
from seq2seq_cli.data.readers.pairs import PairsOptions, join_parts, make_dataset, read_files
from seq2seq_cli.errors import DataError, S2SError, UsageError
from seq2seq_cli.text.lines import Problems, normalise
from seq2seq_cli.text.pair_codec import PairCodec
from seq2seq_cli.text.vocabulary import Vocabulary

# --- vocabularies -----------------------------------------------------------------------------------------


@given(st.lists(st.text(), min_size=1))
def test_known_characters_come_back(texts) -> None:
    vocabulary = Vocabulary.build(texts, "char", target=True)
    for text in texts:
        assert vocabulary.decode(vocabulary.encode(text)) == text
        assert vocabulary.unknown_symbols(text) == []
    assert Vocabulary.from_dict(vocabulary.as_dict()) == vocabulary


@given(st.lists(st.text(), min_size=1))
def test_known_words_come_back(texts) -> None:
    vocabulary = Vocabulary.build(texts, "word", target=True)
    for text in texts:
        words = text.split()
        if not {"<s>", "</s>", "<unk>"} & set(words):
            assert vocabulary.decode(vocabulary.encode(text)) == " ".join(words)


def test_words_that_look_like_special_symbols_are_unknown() -> None:
    vocabulary = Vocabulary.build(["a </s> <s> b <unk>"], "word", target=True)
    assert len(vocabulary) == 5
    assert vocabulary.encode("</s> <s> <unk> a") == [2, 2, 2, vocabulary.symbols.index("a")]


def test_rare_symbols_are_unknown_and_order_is_fixed() -> None:
    vocabulary = Vocabulary.build(["b a b c a b", "a d"], "word", target=False, min_count=2)
    assert vocabulary.symbols == ("<unk>", "a", "b")
    assert vocabulary.unknown_symbols("a d x d") == ["d", "x"]
    assert len(Vocabulary.build(["b a b c"], "word", target=True, max_size=4)) == 4


def test_a_fixed_width_vocabulary_is_the_books() -> None:
    vocabulary = Vocabulary.fixed_width([("1+2", "3"), ("10+2", "12")], 5, 3)
    assert vocabulary.symbols == ("1", "+", "2", " ", "_", "3", "0")
    codec = PairCodec(vocabulary, vocabulary, reverse=True, source_width=5, target_width=3)
    assert codec.encode_source("1+2") == [0, 1, 2, 3, 3]
    assert codec.decode(codec.encode_target("12")) == "12"
    with pytest.raises(DataError, match="at most 5"):
        codec.encode_source("100+200")


@pytest.mark.parametrize(
    "change", [{"start": 9}, {"level": "line"}, {"symbols": ["a", "a"]}, {"symbols": []}, {"end": True}, {"x": 1}]
)
def test_a_broken_vocabulary_is_refused(change) -> None:
    values = Vocabulary.build(["ab"], "char", target=True).as_dict()
    with pytest.raises(DataError):
        Vocabulary.from_dict({**values, **change})


@given(st.text())
def test_normalising_twice_is_normalising_once(text) -> None:
    assert normalise(normalise(text)) == normalise(text)


# --- addition ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        AdditionOptions(train=3000, valid=300, test=200),
        AdditionOptions(digits=1, operators="+-*", train=200, valid=40, test=60),
        AdditionOptions(digits=1, train=80, valid=10, test=10),
        AdditionOptions(digits=2, operators="-", train=500, valid=0, test=5, seed=4),
    ],
    ids=str,
)
def test_additions_are_right_distinct_and_kept_apart(options) -> None:
    dataset = generate(options)
    where: dict[str, str] = {}
    for part in PARTS:
        assert len(dataset.parts[part]) == getattr(options, part)
        for source, target in dataset.parts[part]:
            sign = next(c for c in source if c in "+*-")
            a, b = map(int, source.split(sign))
            assert {"+": a + b, "-": a - b, "*": a * b}[sign] == int(target)
            assert source not in where
            where[source] = part
            if sign in "+*":
                assert where.get(f"{b}{sign}{a}", part) == part
            assert len(str(max(a, b))) <= options.digits


def test_the_same_seed_makes_the_same_additions() -> None:
    small = {"train": 500, "valid": 50, "test": 50}
    first, again, other = (generate(AdditionOptions(**small, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert first.parts["train"] != other.parts["train"]
    assert rebuild(first.description) == first


def test_lengths_are_spread_as_in_the_book(shared_data) -> None:
    with (shared_data / "book" / "addition.txt").open() as file:
        book = Counter(len(line.split("_")[0].strip()) for line in file)
    dataset = generate(AdditionOptions())
    for pairs in dataset.parts.values():
        ours = Counter(len(source) for source, _ in pairs)
        for length in range(3, 8):
            assert ours[length] / len(pairs) == pytest.approx(book[length] / 50_000, abs=0.04)


@pytest.mark.parametrize(
    "options", [{"digits": 1}, {"digits": 0}, {"operators": "/"}, {"operators": "++"}, {"train": 0}, {"valid": -1}]
)
def test_impossible_additions_are_refused(options) -> None:
    with pytest.raises(UsageError):
        AdditionOptions(**options)


# --- dates and numbers --------------------------------------------------------------------------------------

SMALL = {"train": 3000, "valid": 200, "test": 200}


@pytest.mark.parametrize("locale", ["en", "en,de,fr,ko,ja", "en_GB,en"])
def test_dates_exist_have_one_reading_and_are_kept_apart(locale) -> None:
    if locale != "en":
        pytest.importorskip("babel")
    dataset = dates.generate(DateOptions(locale=locale, **SMALL))
    seen: dict[str, tuple[str, str]] = {}
    for part in PARTS:
        assert len(dataset.parts[part]) == SMALL[part]
        for source, target in dataset.parts[part]:
            assert 1970 <= datetime.date.fromisoformat(target).year <= 2029
            assert seen.setdefault(source.casefold(), (part, target)) == (part, target)
    assert rebuild(dataset.description) == dataset


def test_the_books_styles_are_among_the_english_ones() -> None:
    date = datetime.date(1984, 9, 25)
    writings = {style(date) for style in dates.ENGLISH.values()}
    assert {"9/25/84", "Sep 25, 1984", "September 25, 1984", "Tuesday, September 25, 1984"} <= writings
    assert [dates.ENGLISH["ordinal"](date.replace(day=day)).split()[1] for day in (1, 2, 3, 4, 11, 12, 13, 21)] == [
        *("1st,", "2nd,", "3rd,", "4th,", "11th,", "12th,", "13th,", "21st,")
    ]


def test_an_earlier_language_decides_how_digits_are_read() -> None:
    pytest.importorskip("babel")
    english_first = dates.generate(DateOptions(locale="en,en_GB", first_year=2001, last_year=2012, **SMALL))
    for pairs in english_first.parts.values():
        for source, target in pairs:
            if source.count("/") == 2 and not source.startswith("20"):
                month, day, _ = source.split("/")
                assert (int(month), int(day)) == tuple(map(int, target.split("-")[1:])) or int(month) > 12


@pytest.mark.parametrize(
    "options", [{"first_year": 2000, "last_year": 1999}, {"first_year": 1800}, {"locale": ","}, {"train": 0}]
)
def test_impossible_dates_are_refused(options) -> None:
    with pytest.raises(UsageError):
        DateOptions(**options)
    with pytest.raises(UsageError, match="too many"):
        dates.generate(DateOptions(first_year=2000, last_year=2000))


def test_numbers_and_words() -> None:
    num2words = pytest.importorskip("num2words")
    options = NumberOptions(max=999, train=500, valid=50, test=50, direction="words-to-digits")
    dataset = generate_numbers(options)
    seen = set()
    for part in PARTS:
        assert len(dataset.parts[part]) == getattr(options, part)
        for source, target in dataset.parts[part]:
            assert num2words.num2words(int(target)) == source
            assert target not in seen
            seen.add(target)
    with pytest.raises(UsageError, match="language"):
        generate_numbers(NumberOptions(lang="xx", max=999, train=5, valid=5, test=5))
    with pytest.raises(UsageError, match="numbers"):
        NumberOptions(max=10)


# --- datasets ---------------------------------------------------------------------------------------------

DATASET = describe("pairs", {"train": [("a", "x"), ("b", "y")], "test": [("c", "z")]}, {"seed": 0})


def test_a_dataset_comes_back_and_its_bytes_repeat(tmp_path) -> None:
    for name in "ab":
        write_dataset(tmp_path / name, DATASET)
    read, warnings = read_dataset(tmp_path / "a")
    assert read == DATASET
    assert warnings == []
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    assert (tmp_path / "a" / "train.tsv").read_text() == "a\tx\nb\ty\n"
    description = json.loads((tmp_path / "a" / "dataset.json").read_text())
    assert description["counts"] == {"train": 2, "test": 1}
    assert str(tmp_path) not in json.dumps(description)


def test_an_edited_part_warns(tmp_path) -> None:
    write_dataset(tmp_path / "d", DATASET)
    (tmp_path / "d" / "train.tsv").write_text("a\tx\nb\tY\n")
    read, warnings = read_dataset(tmp_path / "d")
    assert read.parts["train"][1] == ("b", "Y")
    assert len(warnings) == 1
    assert "train.tsv was edited" in warnings[0]


def test_an_existing_folder_is_replaced_only_when_forced_and_ours(tmp_path) -> None:
    folder = tmp_path / "d"
    write_dataset(folder, DATASET)
    with pytest.raises(S2SError, match="--force"):
        write_dataset(folder, DATASET)
    write_dataset(folder, DATASET, force=True)
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(S2SError, match="thesis"):
        write_dataset(folder, DATASET, force=True)
    assert (folder / "thesis.txt").read_text() == "years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_lines_that_cannot_be_used_are_named_and_counted(tmp_path) -> None:
    path = tmp_path / "train.tsv"
    path.write_bytes(b"\xef\xbb\xbfa\tx\r\nno tab\n\xff\tq\n\ty\nb\tz\tq\ne\xcc\x81\tw")
    dataset, warnings = read_dataset(tmp_path)
    assert dataset.parts["train"] == [("a", "x"), ("é", "w")]
    assert [line.split(": ")[0].rsplit(":", 1)[1] for line in warnings[:4]] == ["2", "3", "4", "5"]
    assert "4 lines" in warnings[-1]
    with pytest.raises(DataError, match=r"train\.tsv:2: 1 columns"):
        read_dataset(tmp_path, strict=True)


def test_missing_data_says_how_to_make_it(tmp_path) -> None:
    with pytest.raises(DataError, match="s2s prep addition"):
        read_dataset(tmp_path / "addition")
    (tmp_path / "dataset.json").write_text("{")
    (tmp_path / "test.tsv").write_text("a\tb\n")
    with pytest.raises(DataError, match="not JSON"):
        read_dataset(tmp_path)
    with pytest.raises(DataError, match="no part 'valid'"):
        Dataset({"test": [("a", "b")]}).part("valid")


@given(st.lists(st.tuples(st.sampled_from("aAbBcdef"), st.text(max_size=2)), min_size=1), st.integers(0, 9))
def test_a_source_is_never_in_two_parts(pairs, count) -> None:
    parts = split(pairs, {"train": 0, "valid": count, "test": count}, key=str.casefold, shuffle=lambda keys: None)
    assert sorted(pair for part in parts.values() for pair in part) == sorted(pairs)
    folded = [{source.casefold() for source, _ in part} for part in parts.values()]
    assert sum(map(len, folded)) == len(set().union(*folded))


# --- pairs ------------------------------------------------------------------------------------------------


def test_pairs_of_a_tsv_two_files_and_a_csv_are_the_same(tmp_path) -> None:
    (tmp_path / "p.tsv").write_text("a b\tx\nc\ty\n")
    (tmp_path / "p.en").write_text("a b\nc\n")
    (tmp_path / "p.de").write_text("x\ny\n")
    (tmp_path / "p.csv").write_bytes(b'A,Q,n\r\nx,"a b",1\r\ny,c,2\r\n')
    problems = Problems()
    expected = [("a b", "x"), ("c", "y")]
    assert read_files([tmp_path / "p.tsv"], PairsOptions(), problems)[0] == expected
    assert read_files([tmp_path / "p.en", tmp_path / "p.de"], PairsOptions(), problems)[0] == expected
    assert read_files([tmp_path / "p.csv"], PairsOptions(columns=("Q", "A")), problems)[0] == expected
    assert problems.count == 0
    with pytest.raises(DataError, match="no column 'X'"):
        read_files([tmp_path / "p.csv"], PairsOptions(columns=("Q", "X")), problems)
    (tmp_path / "p.de").write_text("x\n")
    with pytest.raises(DataError, match="2 lines"):
        read_files([tmp_path / "p.en", tmp_path / "p.de"], PairsOptions(), problems)
    with pytest.raises(DataError, match="No such file"):
        read_files([tmp_path / "none"], PairsOptions(), problems)


def test_a_fixed_width_file_records_its_widths(tmp_path) -> None:
    (tmp_path / "book.txt").write_text("16+75  _91  \n52+607 _659 \nbroken\n")
    problems = Problems()
    pairs, notes = read_files([tmp_path / "book.txt"], PairsOptions(separator="_"), problems)
    assert pairs == [("16+75", "91"), ("52+607", "659")]
    assert notes == {"fixed_width": {"source": 7, "target": 4}}
    assert problems.shown == [f"{tmp_path / 'book.txt'}:3: no separator '_'"]


def test_all_answers_of_a_source_stay_in_one_part() -> None:
    pairs = [(str(n % 50), str(n)) for n in range(500)]
    dataset, _ = make_dataset(pairs, PairsOptions(valid=0.1, test=50), {})
    sources = [{source for source, _ in part} for part in dataset.parts.values()]
    assert sum(map(len, sources)) == 50
    assert sum(map(len, dataset.parts.values())) == 500
    assert make_dataset(pairs, PairsOptions(valid=0.1, test=50), {})[0] == dataset


def test_sources_that_differ_in_case_stay_together_if_asked() -> None:
    pairs = [(form, str(n)) for n in range(100) for form in (f"may {n}", f"May {n}", f"MAY {n}")]
    for ignore_case in (True, False):
        dataset, _ = make_dataset(pairs, PairsOptions(valid=30, test=60, ignore_case=ignore_case), {})
        folded = [{source.casefold() for source, _ in part} for part in dataset.parts.values()]
        assert (sum(map(len, folded)) == 100) is ignore_case


def test_given_parts_lose_rows_that_later_parts_have() -> None:
    dataset, warnings = join_parts({"train": [("a", "x"), ("b", "y")], "test": [("a", "x")]}, PairsOptions())
    assert dataset.parts == {"train": [("b", "y")], "test": [("a", "x")]}
    assert "1 rows of train" in warnings[0]


def test_the_books_split_is_repeated(shared_data) -> None:
    options = PairsOptions(split="book", separator="_")
    pairs, notes = read_files([shared_data / "book" / "date.txt"], options, Problems())
    dataset, warnings = make_dataset(pairs, options, notes)
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 45_000, "test": 5_000}
    assert "1,405 of 5,000" in warnings[0]
    assert notes == {"fixed_width": {"source": 29, "target": 10}}


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(DataError, match="not one usable"):
        make_dataset([], PairsOptions(), {})
    with pytest.raises(DataError, match="too few"):
        make_dataset([("a", "b")], PairsOptions(valid=1, test=1), {})
    for options in ({"valid": -1}, {"valid": 1.5}, {"separator": "ab"}):
        with pytest.raises(UsageError):
            PairsOptions(**options)
