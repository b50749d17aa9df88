"""Generated dates."""

from __future__ import annotations

import datetime
import re

import pytest

from seq2seq_cli.data.folder import PARTS
from seq2seq_cli.data.generators import dates, rebuild
from seq2seq_cli.data.generators.dates import DateOptions
from seq2seq_cli.errors import UsageError

SMALL = {"train": 3000, "valid": 200, "test": 200}


FORMATS = {
    "short": "%m/%d/%y",
    "medium": "%b %d, %Y",
    "long": "%B %d, %Y",
    "full": "%A, %B %d, %Y",
    "ordinal": "%B %d, %Y",
    "day-first": "%d %B %Y",
    "day-first-short": "%d %b %Y",
    "weekday-day-first": "%a %d %b %Y",
    "slashes": "%m/%d/%Y",
    "dots": "%d.%m.%Y",
    "year-first": "%Y/%m/%d",
    "iso": "%Y-%m-%d",
}
"""How the standard library reads each English style."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_date(writing: str, style: str, first_year: int) -> datetime.date:
    """Read a date as `datetime` does, years of two digits from a first year on; a wrong weekday is an error."""
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", writing, flags=re.IGNORECASE) if style == "ordinal" else writing
    date = datetime.datetime.strptime(plain, FORMATS[style]).date()
    if style == "short":
        date = date.replace(year=first_year + (date.year - first_year) % 100)
    if style in ("full", "weekday-day-first"):
        assert writing[:3].lower() == WEEKDAYS[date.weekday()]
    return date


@pytest.mark.parametrize("style", dates.ENGLISH)
def test_every_english_style_is_read_back_as_the_day_that_it_writes(style) -> None:
    """Of 1999 to 2004: a century that is a leap year, another leap year, and all ends of months."""
    assert set(FORMATS) == set(dates.ENGLISH)
    for ordinal in range(datetime.date(1999, 1, 1).toordinal(), datetime.date(2005, 1, 1).toordinal()):
        date = datetime.date.fromordinal(ordinal)
        writing = dates.ENGLISH[style](date)
        for case in dates.CASES:
            assert read_date(case(writing), style, 1970) == date
        if style == "ordinal":
            suffix = re.search(r"\d(st|nd|rd|th),", writing)
            assert suffix is not None
            teen = 11 <= date.day <= 13
            assert suffix[1] == ("th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(date.day % 10, "th"))


def test_every_generated_english_row_is_a_reading_of_its_date() -> None:
    options = DateOptions(first_year=1950, last_year=2049, **SMALL)
    seen = set()
    for pairs in dates.generate(options).parts.values():
        for source, target in pairs:
            date = datetime.date.fromisoformat(target)
            styles = [style for style, write in dates.ENGLISH.items() if write(date).casefold() == source.casefold()]
            assert styles, source
            assert read_date(source, styles[0], 1950) == date
            seen.update(styles)
    assert seen == set(dates.ENGLISH)


def test_languages_that_write_alike_end(monkeypatch) -> None:
    monkeypatch.setattr(dates, "_babel_styles", lambda locale: ("0", {"iso": dates.ENGLISH["iso"]}))
    with pytest.raises(UsageError, match="365 of 564 writings were found, because languages"):
        dates.generate(DateOptions("a,b,c,d,e,f,g,h", 2001, 2001, train=400, valid=50, test=50))


def test_a_language_named_twice_counts_once() -> None:
    assert DateOptions(locale="en, de,en").locales == ["en", "de"]


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
    "options",
    [
        {"first_year": 2000, "last_year": 1999},
        {"first_year": 1800},
        {"locale": ","},
        {"locale": ",".join(f"l{n}" for n in range(99))},
        {"train": 0},
    ],
)
def test_impossible_dates_are_refused(options) -> None:
    with pytest.raises(UsageError):
        DateOptions(**options)
    with pytest.raises(UsageError, match="too many"):
        dates.generate(DateOptions(first_year=2000, last_year=2000))
