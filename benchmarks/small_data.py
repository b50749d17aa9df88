"""Small data with no option: `auto` against the best options that were set by hand, on several kinds of pairs.

    python benchmarks/small_data.py [--tasks pronunciation korean inflection dates numbers] [--rows 900 3600 10000]
                                    [--seed 0] [--only auto] [train option ...]

Each task has its training rows, a tenth as many to choose the best epoch by, and 1,000 others to measure on. Options
that follow are a third run beside the two. Prints one JSON line a run.

- pronunciation: words of CMUdict and their sounds (needs S2S_DATA)
- korean: Korean words and their sounds by rule, in Latin letters (needs S2S_DATA)
- inflection: a made language with vowel harmony; a stem, its number and its case make a form
- dates, numbers: as `s2s prep` makes them
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from commands import DATA, report, s2s

from seq2seq_cli.data.generators import dates as dates_data
from seq2seq_cli.data.generators import numbers as numbers_data

Pairs = list[tuple[str, str]]
MEASURED_ON = 1_000
BY_HAND = (
    *("--bidirectional", "--attention", "--hidden", "128", "--embedding", "32", "--dropout", "0.3"),
    *("--batch-size", "32", "--lr", "0.003", "--epochs", "60"),
)
"""The best that was found by hand before there was `auto`."""


def pronunciation(count: int) -> Pairs:
    text = (DATA / "cmudict" / "train.tsv").read_text(encoding="utf-8")
    words: dict[str, str] = {}
    for line in text.splitlines():
        word, sounds = line.split("\t")
        words.setdefault(word, sounds)
    return list(words.items())


FIRST = "g kk n d tt r m b pp s ss - j jj ch k t p h".split()  # noqa: SIM905
MIDDLE = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()  # noqa: SIM905
LAST = "- k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split()  # noqa: SIM905
CARRIED = {1: "g", 2: "kk", 4: "n", 7: "d", 8: "r", 16: "m", 17: "b", 19: "s", 20: "ss", 22: "j", 23: "ch", 24: "k"}
NASAL = {"k": "ng", "t": "n", "p": "m"}
NG, SILENT = 21, 11


def read_aloud(word: str) -> str:
    """Return the sounds of a Korean word: final consonants are carried over to a vowel, or become nasal."""
    syllables = [divmod(ord(letter) - 0xAC00, 588) for letter in word]
    parts = [(first, *divmod(rest, 28)) for first, rest in syllables]
    sounds: list[str] = []
    for place, (first, middle, last) in enumerate(parts):
        before = parts[place - 1][2] if place else 0
        carried = first == SILENT and before not in (0, NG)
        after = parts[place + 1][0] if place + 1 < len(parts) else None
        end = LAST[last]
        if after == SILENT and last != NG:
            end = "-"
        elif after is not None and FIRST[after] in ("n", "m"):
            end = NASAL.get(end, end)
        sounds += [CARRIED.get(before, LAST[before]) if carried else FIRST[first], MIDDLE[middle], end]
    return " ".join(sound for sound in sounds if sound != "-")


def korean(count: int) -> Pairs:
    text = (DATA / "chatbot_ko" / "ChatbotData.csv").read_text(encoding="utf-8")
    return [(word, read_aloud(word)) for word in sorted(set(re.findall("[가-힣]{1,7}", text)))]


BACK, FRONT, CONSONANTS = "aıou", "eiöü", "bcdfgklmnprstvzptk"  # noqa: RUF001
HIGH = dict(zip("aıoueiöü", "ııuuiiüü", strict=True))  # noqa: RUF001
SOFT = {"p": "b", "t": "d", "k": "ğ"}
CASES = ("NOM", "ACC", "GEN", "DAT", "LOC", "ABL")


def inflected(stem: str, plural: bool, case: str) -> str:
    """Return a form: suffixes take their vowels from the stem's last one, and soften or harden at the seam."""
    form = stem
    if plural:
        form += "lar" if _vowel(stem) in BACK else "ler"
    vowel = _vowel(form)
    low, high = ("a" if vowel in BACK else "e"), HIGH[vowel]
    if case in ("ACC", "GEN", "DAT"):
        form = form[:-1] + SOFT.get(form[-1], form[-1])
    seam = "t" if form[-1] in "ptkfs" else "d"
    endings = {"NOM": "", "ACC": high, "GEN": f"{high}n", "DAT": low, "LOC": seam + low, "ABL": f"{seam}{low}n"}
    return form + endings[case]


def _vowel(form: str) -> str:
    return [letter for letter in form if letter in BACK + FRONT][-1]


def inflection(count: int) -> Pairs:
    draw, pairs = random.Random(5), dict[str, str]()
    while len(pairs) < 2 * count + MEASURED_ON:
        vowels = draw.choice((BACK, FRONT))
        stem = "".join(draw.choice(CONSONANTS) + draw.choice(vowels) for _ in range(draw.randint(1, 3)))
        stem += draw.choice(CONSONANTS)
        plural, case = draw.random() < 0.5, draw.choice(CASES)
        pairs[f"{stem} {'PL' if plural else 'SG'} {case}"] = inflected(stem, plural, case)
    return list(pairs.items())


def dates(count: int) -> Pairs:
    return list(dates_data.generate(dates_data.DateOptions(train=2 * count + MEASURED_ON)).parts["train"])


def numbers(count: int) -> Pairs:
    return list(numbers_data.generate(numbers_data.NumberOptions(train=2 * count + MEASURED_ON)).parts["train"])


TASKS: dict[str, tuple[Callable[[int], Pairs], str]] = {
    "pronunciation": (pronunciation, "word"),
    "korean": (korean, "word"),
    "inflection": (inflection, "char"),
    "dates": (dates, "char"),
    "numbers": (numbers, "char"),
}
"""For each task what makes its pairs, and how targets are cut."""


def write_parts(folder: Path, pairs: Pairs, rows: int) -> None:
    random.Random(1).shuffle(pairs)
    held_out = max(100, rows // 10)
    cuts = {"train": pairs[:rows], "valid": pairs[rows : rows + held_out], "test": pairs[-MEASURED_ON:]}
    assert rows + held_out + MEASURED_ON <= len(pairs)
    for name, part in cuts.items():
        text = "".join(f"{source}\t{target}\n" for source, target in part)
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")


def measure(task: str, rows: int, name: str, options: tuple[str, ...], seed: int) -> None:
    make, level = TASKS[task]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_parts(folder, make(rows), rows)
        parts = [word for part in ("train", "valid", "test") for word in (f"--{part}-file", f"{part}.tsv")]
        s2s("prep", "pairs", *parts, "--target-level", level, "-o", "data", cwd=folder)
        _, seconds = s2s("train", "data", *options, "--seed", seed, "-o", "m.pkl", cwd=folder)
        figures = json.loads(s2s("evaluate", "data", "-m", "m.pkl", "--json", cwd=folder)[0])
    report(
        task=task,
        rows=rows,
        run=name,
        options=options,
        seed=seed,
        test_exact_match=figures["free_running_exact_match"],
        test_character_error_rate=figures["free_running_character_error_rate"],
        train_seconds=round(seconds, 1),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--rows", type=int, nargs="+", default=[900, 3_600, 10_000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=["auto", "by hand", "given"])
    arguments, given = parser.parse_known_args()
    runs = {"auto": (), "by hand": BY_HAND, **({"given": tuple(given)} if given else {})}
    for rows in arguments.rows:
        for task in arguments.tasks:
            for name, options in runs.items():
                if arguments.only in (None, name):
                    measure(task, rows, name, options, arguments.seed)


if __name__ == "__main__":
    main()
