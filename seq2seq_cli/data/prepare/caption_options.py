"""What `prep captions` is told: how images and captions become a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.config import Checked, Level, option
from seq2seq_cli.config.model import LARGEST_IMAGE
from seq2seq_cli.config.preparation import PARTS as PARTS_GROUP
from seq2seq_cli.data.prepare.splitting import FORMAT, SplitOptions
from seq2seq_cli.data.readers.columns import two_columns


@dataclass(frozen=True)
class CaptionPrepOptions(SplitOptions):
    """How images and captions become a dataset.

    Raises:
        UsageError: a value can't be used.
    """

    size: int = option(
        96,
        "Width and height that an image is made to fit in; the rest of the square is grey",
        group=FORMAT,
        low=8,
        high=LARGEST_IMAGE,
        unit="pixels",
    )
    csv: str | None = option(
        None,
        "Two columns of a CSV file: their names in its first line or, where it has no header, numbers, as 1,2",
        group=FORMAT,
        unit="image,caption",
        otherwise="the first two of a file named .csv",
    )
    target_level: Level = option("word", "How captions are cut by default", group=FORMAT)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.csv_columns  # noqa: B018  # which are checked here

    @property
    def csv_columns(self) -> tuple[str, str] | None:
        """The columns of a CSV file."""
        return None if self.csv is None else two_columns("csv", self.csv, "image,caption")


@dataclass(frozen=True)
class PartLists(Checked):
    """Lists of the images of each part, a name a line, and what to do about lines that can't be used."""

    train_list: Path | None = option(None, "The images of train, a name a line", group=PARTS_GROUP)
    valid_list: Path | None = option(None, "The images of valid", group=PARTS_GROUP)
    test_list: Path | None = option(None, "The images of test", group=PARTS_GROUP)
    strict: bool = option(False, "Stop at the first line that can't be used", group="Options")

    @property
    def files(self) -> dict[str, Path]:
        """The lists that are given, by their parts."""
        files = {"train": self.train_list, "valid": self.valid_list, "test": self.test_list}
        return {part: path for part, path in files.items() if path is not None}
