"""`s2s prep` for the kinds of pairs that s2s makes by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seq2seq_cli.cli.options import takes
from seq2seq_cli.cli.prep.shared import Force, OutputFolder, make
from seq2seq_cli.config import options_of
from seq2seq_cli.data.generators import GENERATORS


def _makes(kind: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of a kind of data that s2s makes, those of its rows last."""
    options = options_of(GENERATORS[kind].options)
    return takes(dict(sorted(options.items(), key=lambda item: item[1].group == "Rows")))


@_makes("addition")
def addition(output: OutputFolder = None, force: Force = False, *, given: Mapping[str, Any]) -> None:
    """Sums, with lengths spread as in the book's file.

    Example: s2s prep addition --digits 4 --operators +- -o data/sums
    """
    make("addition", given, output, force)


@_makes("dates")
def dates(output: OutputFolder = None, force: Force = False, *, given: Mapping[str, Any]) -> None:
    """Dates as people write them, and in ISO 8601.

    Example: s2s prep dates --locale en,ko -o data/dates-ko
    """
    make("dates", given, output, force)


@_makes("shapes")
def shapes(output: OutputFolder = None, force: Force = False, *, given: Mapping[str, Any]) -> None:
    """Pictures of two coloured shapes with captions. Test shows combinations that train does not.

    Example: s2s prep shapes --size 48 -o data/shapes-48
    """
    make("shapes", given, output, force)


@_makes("numbers")
def numbers(output: OutputFolder = None, force: Force = False, *, given: Mapping[str, Any]) -> None:
    """Numbers in digits and in words. Needs the extra 'numbers'.

    Example: s2s prep numbers --lang fr --max 9999 --train 8000 --valid 500 --test 500
    """
    make("numbers", given, output, force)
