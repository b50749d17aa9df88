"""A model file in a few lines for people: what it is, what it learned from, how well it did."""

from __future__ import annotations

from math import exp, prod

from seq2seq_cli.cli.view.notes import percent
from seq2seq_cli.kinds import kind_of_model
from seq2seq_cli.model_file.content import ModelFile
from seq2seq_cli.models.spec import parameter_shapes
from seq2seq_cli.text.vocabulary import Vocabulary

SYMBOLS = 40
"""Of a vocabulary, the most that are shown."""
LONGEST = 300
"""Characters of what a file says of itself."""
LARGEST_LOSS = 100.0
"""From here on a perplexity is no figure."""
UNITS = {"char": "characters", "word": "words", "subword": "subword units"}


def model_in_words(file: ModelFile) -> str:
    """Say what a model is, in a few words: its kind, and what it learned."""
    learned = str(file.data.get("kind") or "")[:LONGEST]
    return f"a {kind_of_model(file.config.kind).model_title}" + (f" that learned {learned}" if learned else "")


def model_summary(file: ModelFile) -> list[tuple[str, str]]:
    """Return titles and lines: what a model is, its data, its figures, what it reads and writes."""
    count = sum(map(prod, parameter_shapes(file.config).values()))
    kind = kind_of_model(file.config.kind).model_title
    rows = [("model", f"{kind}, {file.config.variant}, {count:,} parameters"), ("data", _data(file))]
    if figures := _figures(file):
        rows.append(("figures", figures))
    if file.source_vocabulary is not None:
        longest = file.text.get("longest_source")
        trained = f"; sources in training had at most {longest}" if longest else ""
        rows.append(("reads", _symbols(file.source_vocabulary) + trained))
    rows.append(("writes" if file.source_vocabulary else "knows", _symbols(file.target_vocabulary)))
    return rows


def _data(file: ModelFile) -> str:
    """Say what the training part was, as far as the file knows."""
    data = file.data
    words = [str(data.get("kind") or "unknown")]
    if data.get("path"):
        words[0] += f" in {data['path']}"
    counts = found if isinstance(found := data.get("counts"), dict) else {}
    options = found if isinstance(found := data.get("options"), dict) else {}
    others = {name: value for name, value in options.items() if name not in counts and value not in (None, [])}
    words.append(", ".join(f"{part} {count:,}" for part, count in counts.items() if type(count) is int))
    words.append(", ".join(f"{name} {value}" for name, value in others.items()))
    return "; ".join(filter(None, words))[:LONGEST]


def _figures(file: ModelFile) -> str:
    """Say how well a model did, in its best epoch."""
    words = []
    for title, name, share in (
        ("exact match", "valid_exact_match", True),
        ("symbol error rate", "valid_error_rate", True),
        ("loss", "valid_loss", False),
    ):
        value = file.metrics.get(name)
        if isinstance(value, float):
            words.append(f"{title} {percent(value)}" if share else f"{title} {value:.4f}")
    loss = file.metrics.get("valid_loss")
    if file.source_vocabulary is None and isinstance(loss, float) and loss < LARGEST_LOSS:
        words.append(f"perplexity {exp(loss):.2f}")
    part = str(file.data.get("eval_part") or "valid")[:LONGEST]
    return f"{', '.join(words)} on {part}" if words else ""


def _symbols(vocabulary: Vocabulary) -> str:
    """Count a vocabulary's symbols and show the first ones."""
    symbols = [vocabulary.join([symbol]).strip() for symbol in list(vocabulary.ids)[:SYMBOLS]]
    if vocabulary.level == "char" and len(vocabulary.ids) <= SYMBOLS:
        symbols.sort()
    shown = " ".join(symbol for symbol in symbols if symbol)
    more = " …" if len(vocabulary.ids) > SYMBOLS else ""
    return f"{len(vocabulary.ids):,} {UNITS[vocabulary.level]}: {shown[:LONGEST]}{more}"
