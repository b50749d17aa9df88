"""English that is on every machine: Python's help topics, and the docstrings of its library.

Both are read from their source files, parsed and not imported. Sentences are cut from the text, one a line,
words and punctuation apart.
"""

from __future__ import annotations

import ast
import platform
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from seq2seq_cli.config import Level, checked_level
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import TEXT_FORMAT, TextDataset
from seq2seq_cli.data.lines import join_lines
from seq2seq_cli.errors import DataError

TOPICS = Path("pydoc_data") / "topics.py"
LEFT_OUT = {"test", "tests", "idle_test", "site-packages", "dist-packages", "lib2to3", "__pycache__"}
SHORTEST = 4
"""Words of a sentence; shorter ones are headings and signatures."""

VALID_EVERY, TEST_EVERY = 20, 20
"""One source of so many (a topic, a module) goes to valid, and one to test."""

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+(?:\.\d+)*|[.,;:!?()]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_CODE_LINE = re.compile(r"^\s*(>>>|\.\.\.|[|+=*#\-]{2,})")
_ODD = re.compile(r"[^A-Za-z0-9\s.,;:!?()\'\"`*\-]")


def _docstrings(path: Path) -> Iterator[str]:
    """Yield the docstrings of a source file; one that Python can't parse has none."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node)
            if text:
                yield text


def _topics(path: Path) -> list[str]:
    """Return the texts of pydoc's help topics, a dictionary that stands as a literal in its source."""
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            topics = ast.literal_eval(node.value)
            return [str(topics[name]) for name in sorted(topics)]
    return []


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text, as words and punctuation between single blanks; code is left out."""
    for paragraph in re.split(r"\n\s*\n", text):
        lines = paragraph.splitlines()
        if any(_CODE_LINE.match(line) for line in lines):
            continue
        joined = " ".join(line.strip() for line in lines)
        for sentence in _SENTENCE_END.split(joined):
            if not sentence.endswith((".", "!", "?")) or _ODD.search(sentence):
                continue
            words = _WORD.findall(re.sub(r"[`\"*]", "", sentence))
            if len(words) >= SHORTEST:
                yield " ".join(word.lower() for word in words)


@dataclass(frozen=True)
class PythonTextOptions:
    """What is made: the text is what this Python has, so that there is little to choose.

    Raises:
        UsageError: there is no such level.
    """

    level: Level = "word"
    """How it is cut by default."""

    def __post_init__(self) -> None:
        checked_level(self.level)


def generate(options: PythonTextOptions) -> TextDataset:
    """Make the dataset of the Python that runs; each source file goes to one part whole.

    Raises:
        DataError: this Python's library has no source files.
    """
    library = Path(sysconfig.get_paths()["stdlib"])
    parts: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    seen: set[str] = set()
    for number, texts in enumerate(_sources(library)):
        part = "valid" if number % VALID_EVERY == 7 else "test" if number % TEST_EVERY == 17 else "train"
        for text in texts:
            for sentence in sentences(text):
                if sentence not in seen:
                    seen.add(sentence)
                    parts[part].append(sentence)
    if not parts["train"]:
        raise DataError(f"{library} holds no source files to read English from: give a text (s2s prep text FILE)")
    texts_of_parts = {name: join_lines(lines) for name, lines in parts.items()}
    levels, versions = {"text": options.level}, {"python": platform.python_version()}
    return describe(TEXT_FORMAT, "python", texts_of_parts, asdict(options), levels=levels, versions=versions)


def _sources(library: Path) -> Iterator[list[str]]:
    """Yield the texts of each source: of each help topic, and of each module."""
    if (library / TOPICS).is_file():
        for topic in _topics(library / TOPICS):
            yield [topic]
    for path in sorted(library.rglob("*.py")):
        if LEFT_OUT.isdisjoint(path.relative_to(library).parts) and path != library / TOPICS:
            yield list(_docstrings(path))
