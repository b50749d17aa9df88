"""Generated dates."""

from __future__ import annotations

import datetime

import pytest

from seq2seq_cli.data.folder import PARTS
from seq2seq_cli.data.generators import dates, rebuild
from seq2seq_cli.data.generators.dates import DateOptions
from seq2seq_cli.errors import UsageError

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
