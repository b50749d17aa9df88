"""What pays when a model learns: the recipe `auto` with one thing changed at a time, on several kinds of pairs.

    python benchmarks/learning.py [--tasks pronunciation korean inflection letters sentences] [--rows 900 3600]
                                  [--seeds 0 1] [--changes none "score dot" …] [train option ...]

Each run trains with the recipe's options but for those of the change, and is measured on 1,000 other rows. Options that
follow hold for every run. The tasks are those of small_data.py, and

- letters: the made language of its inflection, spelled with 200 letters, of which most are rare
- sentences: English and French, in words (needs S2S_DATA); it learns little from less than 10,000 rows

Prints one JSON line a run. With one thread (OPENBLAS_NUM_THREADS=1) a run takes half a minute with 900 rows, and eight
minutes with 10,000 sentences and `--epochs 25`. docs/learning.md has what came out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

import small_data
from commands import DATA, curve, report, s2s

CHANGES: dict[str, tuple[str, ...]] = {
    "none": (),
    "score dot": ("--attention-score", "dot"),
    "score additive": ("--attention-score", "additive"),
    "sparsemax": ("--attention-weights", "sparsemax"),
    "entmax": ("--attention-weights", "entmax"),
    "no readout": ("--no-readout",),
    "copying": ("--copying",),
    "two layers": ("--layers", "2"),
    "encoder 2, residual": ("--encoder-layers", "2", "--residual"),
    "GRU": ("--cell", "gru"),
    "label smoothing 0": ("--label-smoothing", "0"),
    "no averaging": ("--weight-averaging", "0"),
    "dropout 0.2": ("--dropout", "0.2"),
    "dropout 0.5": ("--dropout", "0.5"),
    "peeky": ("--peeky",),
    "batches of 16 rows": ("--batch-symbols", "none", "--batch-size", "16"),
    "no tying": ("--no-tied",),
}
"""For each change its options; the recipe has attention general with softmax, a readout, one LSTM layer in each
direction, label smoothing 0.1 and averaged weights; for words dropout 0.3, for sentences dropout 0.4 and tied
embeddings."""
RARE = [chr(code) for code in range(0xDF, 0x250) if unicodedata.category(chr(code)) == "Ll"]


def letters(count: int) -> small_data.Pairs:
    """Return inflected words whose letters come from a large alphabet, the n-th of them n times rarer."""
    draw, pairs = random.Random(6), dict[str, str]()
    alphabet = ["n", "k", "s", "t", "r", "m", *(letter for letter in RARE if letter not in "ıöüğ")]
    weights = [1 / place for place in range(1, len(alphabet) + 1)]
    while len(pairs) < 2 * count + small_data.MEASURED_ON:
        vowels, size = draw.choice((small_data.BACK, small_data.FRONT)), draw.randint(1, 3)
        consonants = draw.choices(alphabet, weights, k=size + 1)
        stem = "".join(letter + draw.choice(vowels) for letter in consonants[:-1]) + consonants[-1]
        plural, case = draw.random() < 0.5, draw.choice(small_data.CASES)
        pairs[f"{stem} {'PL' if plural else 'SG'} {case}"] = small_data.inflected(stem, plural, case)
    return list(pairs.items())


def sentences(count: int) -> small_data.Pairs:
    """Return English sentences and their French translations, each English one once."""
    text = (DATA / "tatoeba_eng_fra" / "train.tsv").read_text(encoding="utf-8")
    pairs: dict[str, str] = {}
    for line in text.splitlines():
        source, target = line.split("\t")
        pairs.setdefault(source, target)
    return list(pairs.items())


TASKS = {
    **{name: (*small_data.TASKS[name], "char") for name in ("pronunciation", "korean", "inflection")},
    "letters": (letters, "char", "char"),
    "sentences": (sentences, "word", "word"),
}
"""For each task what makes its pairs, and how targets and sources are cut."""


def measure(folder: Path, change: str, seed: int, given: list[str]) -> dict[str, Any]:
    model, before = folder / "m.pkl", os.times()
    s2s(
        "train",
        "data",
        "--preset",
        "auto",
        *given,
        *CHANGES[change],
        "--seed",
        seed,
        "-o",
        model,
        "--force",
        cwd=folder,
    )
    after = os.times()
    figures = json.loads(s2s("evaluate", "data", "-m", model, "--json", cwd=folder)[0])
    bleu = {"test_bleu": round(figures["free_running_bleu"], 2)} if "free_running_bleu" in figures else {}
    return {
        "test_exact_match": figures["free_running_exact_match"],
        **bleu,
        "test_loss": round(figures["teacher_forced_loss"], 4),
        "epochs": len(curve(model)),
        "train_cpu_seconds": round(after.children_user - before.children_user, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=[name for name in TASKS if name != "sentences"])
    parser.add_argument("--rows", type=int, nargs="+", default=[900, 3_600])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--changes", nargs="+", choices=CHANGES, default=list(CHANGES))
    arguments, given = parser.parse_known_args()
    for rows in arguments.rows:
        for task in arguments.tasks:
            make, target_level, source_level = TASKS[task]
            levels = ("--target-level", target_level, "--source-level", source_level)
            with tempfile.TemporaryDirectory() as place:
                folder = Path(place)
                small_data.write_parts(folder, make(rows), rows)
                parts = [word for part in ("train", "valid", "test") for word in (f"--{part}-file", f"{part}.tsv")]
                s2s("prep", "pairs", *parts, *levels, "-o", "data", cwd=folder)
                for seed in arguments.seeds:
                    for change in arguments.changes:
                        figures = measure(folder, change, seed, given)
                        report(task=task, rows=rows, change=change, seed=seed, given=given, **figures)


if __name__ == "__main__":
    main()
