"""Words apart from punctuation, and case apart from words, so that exactly the same text comes back.

``It's "so", he said.`` becomes ``⇧ it ￭'￭ s "￭ so ￭" ￭, he said ￭.``: a joiner ``￭`` says that no blank stands there
(as in OpenNMT's tokeniser), ``⇧`` that the next word begins with a capital, ``⇪`` that it is all in capitals. A word
with another mixture, like ``iPhone``, stays as it is. What stands in a text and looks like one of these marks, and a
blank that is not single, are written as a full-width percent sign (U+FF05) and four digits, so that
``join_words(cut_words(text)) == text`` for every text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from seq2seq_cli.text.tokens import UNKNOWN

JOINER, CAPITAL, CAPITALS, ESCAPE = "\uffed", "\u21e7", "\u21ea", "\uff05"
BLANK = " "

_ATOM = re.compile(r"\w+|\W")
_MARKS = re.compile(f"[{JOINER}{CAPITAL}{CAPITALS}{ESCAPE}]")
_ESCAPED = re.compile(f"{ESCAPE}([0-9a-f]{{4}})")
_INSIDE_WORDS = frozenset("\u200c\u200d")
"""Non-joiner and joiner of Persian's and India's scripts."""


def cut_words(text: str, *, mark_case: bool) -> list[str]:
    """Cut a text into words and punctuation.

    Args:
        text: any text.
        mark_case: write words in small letters, behind a mark where they have capitals.
    """
    tokens: list[str] = []
    before: str | None = None  # what stands directly before, with no blank between
    for atom in _items(text):
        if atom is None:
            before = None
            continue
        token = _escaped(atom)
        if _is_word(atom):
            if before is not None:
                tokens[-1] += JOINER  # two words never touch, so what is before is none
            tokens += case_marked(token) if mark_case else (token,)
        elif before is None:
            tokens.append(token)
        elif not _is_word(before) and unicodedata.category(before[-1]) in ("Ps", "Pi"):
            tokens[-1] += JOINER
            tokens.append(token)
        else:
            tokens.append(JOINER + token)
        before = atom
    return tokens


def join_words(tokens: Iterable[str]) -> str:
    """Put together what `cut_words` or `cut_at_blanks` cut.

    Marks that a model wrote where they mean nothing are left out.
    """
    pieces: list[str] = []
    glued, case = True, ""
    for token in tokens:
        if token in _RESTORED:
            case = token
            continue
        to_left, to_right = token.startswith(JOINER), token.endswith(JOINER)
        if not (glued or to_left):
            pieces.append(BLANK)
        pieces.append(with_case(_ESCAPED.sub(_unescaped, token.strip(JOINER)), case))
        glued, case = to_right, ""
    return "".join(pieces)


def _items(text: str) -> Iterator[str | None]:
    """Return words, other characters, and None for a single blank between two of them."""
    atoms = _merged(_ATOM.findall(text)) if not text.isascii() else _ATOM.findall(text)
    last = len(atoms) - 1
    for place, atom in enumerate(atoms):
        single = atom == BLANK and 0 < place < last and atoms[place - 1] != BLANK and atoms[place + 1] != BLANK
        yield None if single else atom


def _merged(atoms: list[str]) -> list[str]:
    """Join accents and other marks with the words around them; a pattern knows them as no part of a word."""
    merged: list[str] = []
    within = False  # whether the last one is a word
    for atom in atoms:
        is_word = _is_word(atom)
        if is_word and within:
            merged[-1] += atom
        else:
            merged.append(atom)
        within = is_word
    return merged


def _is_word(atom: str) -> bool:
    first = atom[0]
    return first.isalnum() or first in _INSIDE_WORDS or first == "_" or unicodedata.category(first)[0] == "M"


def _escaped(atom: str) -> str:
    return _escape(atom) if atom == BLANK else _MARKS.sub(lambda found: _escape(found[0]), atom)


def _escape(character: str) -> str:
    return f"{ESCAPE}{ord(character):04x}"


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


# --- case -------------------------------------------------------------------------------------------------


def _capitalised(word: str) -> str:
    return word[:1].upper() + word[1:]


_RESTORED: dict[str, Callable[[str], str]] = {CAPITAL: _capitalised, CAPITALS: str.upper}


def case_marked(word: str) -> tuple[str, ...]:
    """Return a word in small letters behind a mark of its case, if the mark brings back exactly the word."""
    small = word.lower()
    if small != word:
        for mark, restored in _RESTORED.items():
            if restored(small) == word:
                return mark, small
    return (word,)


def with_case(word: str, mark: str) -> str:
    """Return a word with the case that a mark asks for; the empty mark asks for none, an unknown word has none."""
    return _RESTORED[mark](word) if mark and word != UNKNOWN else word


def cut_at_blanks(text: str) -> list[str]:
    """Cut a text at white space alone, with the case of words marked; one blank will stand between words again."""
    return [token for word in text.split() for token in case_marked(_escaped(word))]
