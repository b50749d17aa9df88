"""What somebody who types a line should know of it at once: which symbols are unknown, and what its answer rests on."""

from __future__ import annotations

from seq2seq_cli.data.lines import plural
from seq2seq_cli.inference.pipeline import NOTHING_LEFT, TOO_LONG, UNKNOWN, LineParser, Row
from seq2seq_cli.text.nearest import unknown_named
from seq2seq_cli.text.vocabulary import Vocabulary

UNITS = {"char": "character", "word": "word", "subword": "subword unit"}


def remarks(row: Row, parser: LineParser, result: str) -> list[str]:
    """Say what is wrong with a line and what becomes of it, a sentence for each problem.

    Args:
        row: the line, as the parser read it.
        parser: which says what the model knows, and what becomes of lines with problems.
        result: what the line gets: an answer, a text, a score.
    """
    found = []
    for problem in row.problems:
        if problem == UNKNOWN and parser.vocabulary is not None:
            found.append(_unknown(row, parser, parser.vocabulary, result))
        elif problem == TOO_LONG:
            found.append(f"the line has more than {parser.longest:,} symbols, and the rest is not read")
        elif problem != NOTHING_LEFT:  # which the sentence before has said
            done = f"no {result}" if row.status == "refused" else f"its {result} all the same"
            found.append(f"the line is {problem}; it has {done} (`unknown` {parser.policy})")
    return found


def _unknown(row: Row, parser: LineParser, vocabulary: Vocabulary, result: str) -> str:
    """Name what is unknown, and say what is read in its place and what the answer rests on."""
    what = f"the model does not know {unknown_named(row.unknown, vocabulary)}"
    if row.status == "refused":
        return f"{what}. The line has no {result} (`unknown` {parser.policy})"
    read = [token for token in vocabulary.tokens(parser.hidden(row.text)) if token in vocabulary.ids and token.strip()]
    rest = plural(len(read), UNITS[vocabulary.level]) if read else "nothing that was typed"
    if parser.policy == "drop":
        done = "It is left out" if len(row.unknown) == 1 else "They are left out"
    else:
        done = f"It reads {vocabulary.stand_in} instead"
    return f"{what}. {done}; the {result} rests on {rest}{' that it knows' if read else ''} (`unknown` {parser.policy})"
