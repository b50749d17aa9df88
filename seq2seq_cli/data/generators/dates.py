"""Dates as people write them → ISO 8601: ``september 27, 1994`` → ``1994-09-27``.

English styles are made here: those of the book's `date.txt` (``2/10/93``, ``Feb 19, 1971``, ``august 19,
2003``, ``TUESDAY, SEPTEMBER 25, 1984``) and more. Other languages are written by Babel, in its short,
medium, long and full styles.

A date comes from the calendar, so one that cannot exist is never written. `RULES` says how a writing
that could mean two dates is read; a writing that a language listed earlier reads as another date is
left out.
"""

from __future__ import annotations

import datetime
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from seq2seq_cli.config import option
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import PAIRS_FORMAT, PairsDataset
from seq2seq_cli.data.generators.counts import RowOptions
from seq2seq_cli.data.split import split_by_key
from seq2seq_cli.errors import MissingExtraError, UsageError
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.types import Pair

RULES = (
    "English with slashes is month first, with dots day first; a four-digit year in front is followed by month "
    "and day. A year of two digits lies between the first and the last year, which are then less than a "
    "hundred years apart. A writing that an earlier language of --locale reads as another date is left out."
)

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

MOST_LOCALES = 32
DRAWS_A_ROW = 8
"""Draws after which a row is given up: of languages that write alike there are fewer writings than were counted."""

Style = Callable[[datetime.date], str]
Writing = Callable[[str], str]

CASES: tuple[Writing, ...] = (str, str, str.lower, str.upper)
"""As it is, half of the time; otherwise in small letters or in capitals."""


def _ordinal(day: int) -> str:
    if day in (11, 12, 13):
        return f"{day}th"
    return str(day) + {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _month(date: datetime.date) -> str:
    return _MONTHS[date.month - 1]


ENGLISH: Mapping[str, Style] = {
    "short": lambda d: f"{d.month}/{d.day}/{d.year % 100:02}",
    "medium": lambda d: f"{_month(d)[:3]} {d.day}, {d.year}",
    "long": lambda d: f"{_month(d)} {d.day}, {d.year}",
    "full": lambda d: f"{_DAYS[d.weekday()]}, {_month(d)} {d.day}, {d.year}",
    "ordinal": lambda d: f"{_month(d)} {_ordinal(d.day)}, {d.year}",
    "day-first": lambda d: f"{d.day} {_month(d)} {d.year}",
    "day-first-short": lambda d: f"{d.day} {_month(d)[:3]} {d.year}",
    "weekday-day-first": lambda d: f"{_DAYS[d.weekday()][:3]} {d.day} {_month(d)[:3]} {d.year}",
    "slashes": lambda d: f"{d.month}/{d.day}/{d.year}",
    "dots": lambda d: f"{d.day}.{d.month}.{d.year}",
    "year-first": lambda d: f"{d.year}/{d.month:02}/{d.day:02}",
    "iso": lambda d: d.isoformat(),
}

DATES = "Dates"


@dataclass(frozen=True)
class DateOptions(RowOptions):
    """What is made.

    Raises:
        UsageError: a value can't be used, or the years have too few writings.
    """

    locale: str = option(
        "en", "Languages, separated by commas: en,ko,de_AT; all but en need the extra 'dates'", group=DATES
    )
    first_year: int = option(1970, "The first year", group=DATES, low=1, high=9999, unit="year")
    last_year: int = option(2029, "The last year, less than 100 later", group=DATES, low=1, high=9999, unit="year")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.first_year > self.last_year:
            raise UsageError(f"`first_year` {self.first_year} is after `last_year` {self.last_year}")
        if self.last_year - self.first_year > 99:
            raise UsageError("the years may be at most a hundred, or a year of two digits would mean two of them")
        if not 1 <= len(self.locales) <= MOST_LOCALES:
            raise UsageError(f"`locale` must name 1 to {MOST_LOCALES} languages, not {len(self.locales)}")

    @property
    def locales(self) -> list[str]:
        """The languages, each once, in order."""
        return list(dict.fromkeys(name.strip() for name in self.locale.split(",") if name.strip()))


def generate(options: DateOptions) -> PairsDataset:
    """Make a dataset. Writings differ; those that differ in case alone are in one part.

    Raises:
        MissingExtraError: a language other than English was asked for, and Babel is not installed.
        UsageError: a language is unknown, or the years have too few writings.
    """
    wanted = options.wanted
    total = sum(wanted.values())
    styles, versions = _styles(options)
    days = (datetime.date(options.last_year, 12, 31) - datetime.date(options.first_year, 1, 1)).days + 1
    space = days * sum(len(of_locale) for of_locale in styles.values())
    if total > space // 4:
        raise UsageError(f"{total:,} rows are too many for {space:,} writings: ask for fewer rows or more years")
    draw = random.Random(options.seed)
    pairs = _draw(options, styles, days, total, draw)
    parts = split_by_key(pairs, {**wanted, "train": 0}, key=str.casefold, shuffle=draw.shuffle)
    # A part takes whole groups of writings, so the small ones may have a row more than was asked for.
    parts = {part: rows[: wanted[part]] for part, rows in parts.items()}
    notes = {"seed": options.seed, "rules": RULES}
    return describe(PAIRS_FORMAT, "dates", parts, asdict(options), versions=versions, notes=notes)


def _draw(
    options: DateOptions, styles: Mapping[str, Mapping[str, Style]], days: int, total: int, draw: random.Random
) -> list[Pair]:
    """Draw different writings, each of one date only."""
    first = datetime.date(options.first_year, 1, 1).toordinal()
    readings = _numeric_readings(styles, range(first, first + days))
    choices = [(locale, list(of_locale.values())) for locale, of_locale in styles.items()]
    # A few more than are needed, for rows that a part can't hold.
    needed, rows = total + 64, dict[str, str]()
    for _ in range(needed * DRAWS_A_ROW):
        if len(rows) == needed:
            break
        date = datetime.date.fromordinal(first + int(draw.random() * days))
        _, of_locale = choices[int(draw.random() * len(choices))]
        plain = of_locale[int(draw.random() * len(of_locale))](date)
        writing = CASES[int(draw.random() * len(CASES))](plain)
        iso = date.isoformat()
        # Words are read here for the first time; of two languages that differ, the first to come stays.
        if readings.setdefault(_key(plain), iso) == iso and writing.casefold() == plain.casefold():
            rows[normalise(writing)] = iso
    if len(rows) < needed:
        raise UsageError(
            f"only {len(rows):,} of {needed:,} writings were found, because languages of the locale write alike: "
            "ask for fewer rows, more years or other languages"
        )
    return list(rows.items())


def _key(writing: str) -> str:
    """Return what is the same in writings that people read alike: case, blanks and leading zeros don't count."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", "".join(writing.casefold().split()))


def _numeric_readings(styles: Mapping[str, Mapping[str, Style]], ordinals: range) -> dict[str, str]:
    """Return how every writing without letters is read, the languages that come first deciding."""
    probe = datetime.date(2001, 11, 23)
    readings: dict[str, str] = {}
    for of_locale in styles.values():
        for style in of_locale.values():
            if not any(character.isalpha() for character in style(probe)):
                for date in map(datetime.date.fromordinal, ordinals):
                    readings.setdefault(_key(style(date)), date.isoformat())
    return readings


def _styles(options: DateOptions) -> tuple[dict[str, Mapping[str, Style]], dict[str, str]]:
    """Return each language's styles, and the version of what writes them."""
    styles: dict[str, Mapping[str, Style]] = {}
    versions: dict[str, str] = {}
    for locale in options.locales:
        if locale == "en":
            styles[locale] = ENGLISH
        else:
            version, styles[locale] = _babel_styles(locale)
            versions["Babel"] = version
    return styles, versions


def _babel_styles(locale: str) -> tuple[str, Mapping[str, Style]]:
    try:
        import babel
        from babel.dates import format_date
    except ImportError as error:
        raise MissingExtraError("Babel", "dates", f"the locale {locale}") from error
    try:
        known = babel.Locale.parse(locale)
    except (ValueError, babel.UnknownLocaleError):
        raise UsageError(f"`locale={locale!r}` is no language that Babel knows; write it like de or pt_BR") from None

    def style(name: str) -> Style:
        return lambda date: str(format_date(date, name, locale=known))

    return str(babel.__version__), {name: style(name) for name in ("short", "medium", "long", "full")}
