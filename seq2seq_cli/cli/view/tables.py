"""Results as tables, on stdout: reports, cards, what works here, a run's options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seq2seq_cli.cli.view.curves import curves
from seq2seq_cli.cli.view.notes import make_console, percent

if TYPE_CHECKING:
    from seq2seq_cli.config import Settings
    from seq2seq_cli.evaluation.pairs import Report
    from seq2seq_cli.evaluation.text import ScoredText
    from seq2seq_cli.inference.text_generator import Surprisal

SYMBOLS_SHOWN = 40


def _table(title: str, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", show_header=bool(header), box=None, pad_edge=False)
    for column in header or ("",) * max((len(row) for row in rows), default=1):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def print_report(part: str, report: Report, *, by_length: bool) -> None:
    """Print an evaluation to stdout."""
    low, high = report.free_running_exact_match_low, report.free_running_exact_match_high
    out = make_console()
    rows = [
        (
            "free-running exact match",
            f"{percent(report.free_running_exact_match)}  ({percent(low)} to {percent(high)})",
        ),
        ("free-running character error rate", f"{100 * report.free_running_character_error_rate:.3f}%"),
        ("teacher-forced token accuracy", percent(report.teacher_forced_token_accuracy)),
        ("teacher-forced loss", f"{report.teacher_forced_loss:.5f} nats a symbol"),
        ("teacher-forced perplexity", f"{report.teacher_forced_perplexity:.4f}"),
    ]
    if report.free_running_unfinished:
        rows.append(("answers that reached the longest length", f"{report.free_running_unfinished:,}"))
    title = f"{part}: {report.rows:,} rows, {report.sources:,} sources"
    out.print(_table(title, rows))
    if by_length:
        lengths = [(str(group.length), f"{group.rows:,}", percent(group.exact_match)) for group in report.by_length]
        out.print(_table("\nby length of the source", lengths, ("length", "rows", "exact match")))
    if report.mistakes:
        wrong = [(mistake.source, mistake.answer, " | ".join(mistake.right)) for mistake in report.mistakes]
        title = f"\n{len(report.mistakes)} of {report.mistakes_in_all:,} wrong answers"
        out.print(_table(title, wrong, ("source", "answer", "right")))


def print_text_report(
    part: str, scored: ScoredText, surprisals: Sequence[Surprisal], *, level: str, as_book: bool
) -> None:
    """Print the evaluation of a text to stdout."""
    out, unit = make_console(), "character" if level == "char" else "word"
    rows = [("perplexity", f"{scored.perplexity:.2f}"), ("loss", f"{scored.loss:.5f} nats a {unit}")]
    if level == "char":
        rows.append(("bits a character", f"{scored.bits:.4f}"))
    procedure = "the book's procedure" if as_book else "the whole text"
    out.print(f"{part}: {len(scored.losses):,} {unit}s, {procedure}", markup=False)
    out.print(_table("", rows))
    if surprisals:
        lines = [(f"{s.loss:.2f}", _visible(s.symbol), _visible(s.before)) for s in surprisals]
        out.print(_table("\nthe worst surprisals", lines, ("nats", unit, "after")))


def _visible(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]


def print_card(card: Mapping[str, Any]) -> None:
    """Print a model's card to stdout."""
    out = make_console()
    config, data, metrics = card["config"], card["data"], card["metrics"]
    shown = {name: value for name, value in config.items() if value not in (None, False, 0, 0.0)}
    rows = [
        ("kind", f"{card['kind']}, {card['variant']}" + (" (checkpoint)" if card["checkpoint"] else "")),
        ("parameters", f"{card['parameters']:,} in {card['bytes']:,} bytes"),
        ("config", ", ".join(f"{name} {value}" for name, value in shown.items() if name != "kind")),
    ]
    if card["source_vocabulary"]:
        rows.append(("source symbols", _symbols(card["source_vocabulary"])))
    rows.append(("target symbols" if card["source_vocabulary"] else "symbols", _symbols(card["target_vocabulary"])))
    rows.append(("data", _data_line(data)))
    if metrics:
        known = ((name, value) for name, value in metrics.items() if value is not None)
        rows.append(("metrics", ", ".join(f"{name} {_number(value)}" for name, value in known)))
    rows.append(("versions", ", ".join(f"{name} {version}" for name, version in card["versions"].items())))
    out.print(_table(card["file"], [*rows, *curves(card["history"])]))


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _symbols(vocabulary: Mapping[str, Any]) -> str:
    symbols = vocabulary["symbols"]
    more = " …" if len(symbols) > SYMBOLS_SHOWN else ""
    shown = " ".join(map(_visible, symbols[:SYMBOLS_SHOWN]))
    return f"{len(symbols):,} ({vocabulary['level']}): {shown}{more}"


def _data_line(data: Mapping[str, Any]) -> str:
    words = [str(data.get("kind", "unknown"))]
    if data.get("path"):
        words.append(str(data["path"]))
    counts = data.get("counts")
    if isinstance(counts, dict):
        words.append(", ".join(f"{name} {count}" for name, count in counts.items()))
    return ": ".join(words)


def print_facts(facts: Mapping[str, Any]) -> None:
    """Print what works here to stdout."""
    rows = [(name, str(facts[name])) for name in ("s2s", "python", "platform", "cpus", "numpy")]
    for pool in facts["blas"]:
        rows.append(("blas", " ".join(f"{name}={value}" for name, value in pool.items() if value is not None)))
    for name, backend in facts["backends"].items():
        works = f"works on {', '.join(backend['devices'])}" if backend["works"] else f"no: {backend['why']}"
        rows.append((f"backend {name}", works))
    for name, extra in facts["extras"].items():
        works = f"works ({extra['version']})" if extra["works"] else f"no: {extra['why']}"
        rows.append((f"extra {name}", f"{works}, for {extra['for']}"))
    make_console().print(_table("what works here", rows))


def print_settings(settings: Settings) -> None:
    """Print all options of a run that have an effect, in their groups, and where each comes from."""
    from seq2seq_cli.config import train_options

    rows, group = list[tuple[str, ...]](), ""
    for name, value in settings.values.items():
        entry = train_options()[name]
        if entry.group != group:
            group = entry.group
            rows += [*([("",)] if rows else []), (group,)]
        origin = settings.origins[name]
        rows.append((f"  --{entry.spelling.replace('_', '-')}", _option_value(value), _ORIGINS.get(origin, origin)))
    widths = [max(len(row[place]) for row in rows if len(row) > 1) for place in range(2)]
    for row in rows:
        print(row[0] if len(row) == 1 else f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}")


_ORIGINS = {"argument": "command line"}


def _option_value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
