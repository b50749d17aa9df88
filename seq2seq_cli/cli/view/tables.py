"""Results as tables, on stdout: cards, what works here, a run's options."""

from __future__ import annotations

import sys
from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seq2seq_cli.cli.spelling import spell
from seq2seq_cli.cli.view.curves import curves
from seq2seq_cli.cli.view.notes import make_console, percent, printable
from seq2seq_cli.cli.view.terminal import UNICODE, signs_of

if TYPE_CHECKING:
    from seq2seq_cli.config import Settings

SYMBOLS_SHOWN = 40


def print_table(
    title: str,
    rows: Sequence[Sequence[str]],
    header: Sequence[str] = (),
    *,
    numbers: Container[int] = (),
    only_first_folds: bool = False,
) -> None:
    """Print a table to stdout: in columns at a terminal, elsewhere with a tab between cells, for other programs.

    Args:
        title: a line before it; "" writes none.
        rows: cells, as many in each.
        header: names of the columns, if they have any.
        numbers: the columns that stand to the right, from 0.
        only_first_folds: where it is too wide for the terminal, cells are folded; or those of the first column alone.
    """
    if not sys.stdout.isatty():
        # What is piped is often on its way to a terminal all the same.
        for line in [title] if title else []:
            print(printable(line))
        for row in ([header] if header else []) + list(rows):
            cells = (printable(cell).replace("\t", "\\t").replace("\n", "\\n") for cell in row)
            line = "\t".join(cells)
            print(line if header else line.rstrip("\t"))
        return
    from rich.table import Table
    from rich.text import Text

    console = make_console()
    if title:  # Rich would break it at the table's width
        console.print(Text(printable(title)))
    table = Table(show_header=bool(header), box=None, pad_edge=False)
    for number, column in enumerate(header or ("",) * max((len(row) for row in rows), default=1)):
        side: Any = "right" if number in numbers else "left"
        table.add_column(Text(column), overflow="fold", justify=side, no_wrap=only_first_folds and number > 0)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print(table)


def visible(text: str) -> str:
    """Return a text in which what can't be seen is written as an escape."""
    return text if text.isprintable() else repr(text)[1:-1]


def print_card(card: Mapping[str, Any]) -> None:
    """Print a model's card to stdout."""
    from seq2seq_cli.config.effects import obstacle
    from seq2seq_cli.config.fields import options_of
    from seq2seq_cli.config.model import ModelConfig
    from seq2seq_cli.config.wording import setting_in_words
    from seq2seq_cli.kinds import kind_of_model

    config, data, metrics = card["config"], card["data"], card["metrics"]
    options, kind = options_of(ModelConfig), kind_of_model(card["kind"]).name
    shown = [
        setting_in_words(options[name], value)
        for name, value in config.items()
        if name in options and value not in (None, False, 0, 0.0) and not obstacle(options[name], kind, config)
    ]
    rows = [
        ("kind", f"{card['kind']}, {card['variant']}" + (" (checkpoint)" if card["checkpoint"] else "")),
        ("parameters", f"{card['parameters']:,} in {card['bytes']:,} bytes"),
        ("config", ", ".join(shown)),
    ]
    if card["source_vocabulary"]:
        rows.append(("source symbols", _symbols(card["source_vocabulary"])))
    rows.append(("target symbols" if card["source_vocabulary"] else "symbols", _symbols(card["target_vocabulary"])))
    rows.append(("data", _data_line(data)))
    if metrics:
        known = ((name, value) for name, value in metrics.items() if value is not None)
        rows.append(("metrics", ", ".join(f"{name.replace('_', ' ')} {_figure(name, value)}" for name, value in known)))
    rows.append(("versions", ", ".join(f"{name} {version}" for name, version in card["versions"].items())))
    # A file or a pipe gets UTF-8 whatever the locale.
    levels = (signs_of(sys.stdout) if sys.stdout.isatty() else UNICODE).levels
    print_table(card["file"], [*rows, *curves(card["history"], levels)])


def _figure(name: str, value: Any) -> str:
    if name in ("valid_exact_match", "valid_error_rate") and isinstance(value, float):
        return percent(value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _count(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)  # a file may say anything


def _symbols(vocabulary: Mapping[str, Any]) -> str:
    symbols = vocabulary["symbols"]
    more = " …" if len(symbols) > SYMBOLS_SHOWN else ""
    shown = " ".join(map(visible, symbols[:SYMBOLS_SHOWN]))
    return f"{len(symbols):,} ({vocabulary['level']}): {shown}{more}"


def _data_line(data: Mapping[str, Any]) -> str:
    words = [str(data.get("kind", "unknown"))]
    if data.get("path"):
        words.append(str(data["path"]))
    counts = data.get("counts")
    if isinstance(counts, dict):
        words.append(", ".join(f"{name} {_count(count)}" for name, count in counts.items()))
    return ": ".join(words)


def print_facts(facts: Mapping[str, Any]) -> None:
    """Print what works here to stdout."""
    rows = [(name, str(facts[name])) for name in ("s2s", "python", "platform", "cpus")]
    if facts["memory"] is not None:
        rows.append(("memory", f"{facts['memory'] / 2**30:,.1f} GiB"))
    rows.append(("packages", ", ".join(f"{name} {version}" for name, version in facts["packages"].items())))
    rows.append(("installed in", facts["installed_in"]))
    rows.append(("encoding", ", ".join(f"{name} {encoding}" for name, encoding in facts["encoding"].items())))
    if facts["environment"]:
        rows.append(("environment", " ".join(f"{name}={value}" for name, value in facts["environment"].items())))
    for pool in facts["blas"]:
        rows.append(("blas", " ".join(f"{name}={value}" for name, value in pool.items() if value is not None)))
    for name, backend in facts["backends"].items():
        works = (
            f"works on {', '.join(backend['devices'])}"
            if backend["works"]
            else f"no: {spell(backend['why'], {'device': '--device'})}"
        )
        if "instructions" in backend:
            works += f" ({backend['instructions']})"
        rows.append((f"backend {name}", works))
    for name, extra in facts["extras"].items():
        works = f"works ({extra['version']})" if extra["works"] else f"no: {extra['why']}"
        rows.append((f"extra {name}", f"{works}, for {extra['for']}"))
    print_table("what works here", rows)


def print_settings(settings: Settings) -> None:
    """Print all options of a run that have an effect, in their groups, and where each comes from."""
    from seq2seq_cli.config import train_options

    rows, group = list[tuple[str, ...]](), ""
    spellings = {name: f"--{train_options()[name].spelling.replace('_', '-')}" for name in settings.values}
    for name, value in settings.values.items():
        entry = train_options()[name]
        if entry.group != group:
            group = entry.group
            rows += [*([("",)] if rows else []), (group,)]
        origin = settings.origins[name]
        origin = spell(origin, spellings) if origin.startswith("follows ") else _ORIGINS.get(origin, origin)
        rows.append((f"  {spellings[name]}", _option_value(value), origin))
    widths = [max(len(row[place]) for row in rows if len(row) > 1) for place in range(2)]
    for row in rows:
        if not sys.stdout.isatty():  # for other programs, as `print_table` has it
            print("\t".join(word.strip() for word in row))
        else:
            print(row[0] if len(row) == 1 else f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}")


_ORIGINS = {"argument": "command line"}


def _option_value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else visible(str(value))
